//! A metric that is not in the table. It shows all that is needed to add one.

use serde_json::{Value, json};
use ssim_core::instances::{Instances, Planted};
use ssim_core::metric::{Better, Entry, MetricInfo, Predictions, Report, TABLE};

/// The line that adds it to the table.
const BRIER: Entry = (
    MetricInfo {
        key: "brier",
        label: "Brier",
        title: "Brier score",
        better: Some(Better::Lower),
        most: None,
        needs_truth: false,
    },
    brier,
);

fn brier(rows: &Predictions) -> Option<f64> {
    let square = |(z, y): (&f32, &u8)| {
        let prediction = 1.0 / (1.0 + (-f64::from(*z)).exp());
        (prediction - f64::from(*y)).powi(2)
    };
    let sum: f64 = rows.logits.iter().zip(rows.labels).map(square).sum();
    (!rows.labels.is_empty()).then(|| sum / rows.labels.len() as f64)
}

/// Two scenarios with rows, and one without.
fn reports(instances: &Instances) -> [Report; 2] {
    let names = ["a", "b", "none"].map(str::to_owned);
    let logits = [0.0, 1.0, 1.0, 0.0, -1.0];
    let table = [TABLE, &[BRIER]].concat();
    [Report::new(&logits, instances, &names), Report::with(&table, &logits, instances, &names)]
}

fn instances() -> Instances {
    Instances {
        labels: vec![0, 1, 0, 1, 0],
        scenarios: vec![0, 0, 1, 1, 1],
        ..Instances::default()
    }
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Takes the newcomer's values out of a report: pooled, and by scenario.
fn take(report: &mut Value) -> (Value, Vec<Value>) {
    let take = |object: &mut Value| object.as_object_mut().unwrap().shift_remove("brier").unwrap();
    let pooled = take(report);
    (pooled, report["scenarios"].as_array_mut().unwrap().iter_mut().map(take).collect())
}

#[test]
fn a_new_metric_is_a_key_after_the_others() {
    let mut rows = instances();
    let base = ["instances", "ctr", "auc", "auc_interval", "logloss", "calibration"];
    let end = ["mean_auc", "gauc", "scenarios"];
    for truth in [None, Some("true_auc")] {
        let probability = vec![0.1, 0.9, 0.2, 0.8, 0.3];
        rows.planted = truth.map(|_| Planted { shared: vec![true; 5], probability });
        let [old, new] = reports(&rows);
        let old = serde_json::to_value(old).unwrap();
        let mut new_json = serde_json::to_value(&new).unwrap();
        let before: Vec<&str> = base.into_iter().chain(truth).collect();
        assert_eq!(keys(&old), [&before[..], &end].concat());
        assert_eq!(keys(&new_json), [&before[..], &["brier"], &end].concat());
        assert_eq!(keys(&new_json["scenarios"][0]).last(), Some(&"brier"));
        let again: Report = serde_json::from_value(new_json.clone()).unwrap();
        assert_eq!(again, new);
        assert_eq!(again.pooled.value("brier"), new_json["brier"].as_f64());

        let (pooled, scenarios) = take(&mut new_json);
        // The order of the other keys and all their values are as before.
        assert_eq!(new_json.to_string(), old.to_string());
        let square = |z: f64, y: f64| (1.0 / (1.0 + (-z).exp()) - y).powi(2);
        let first = (square(0.0, 0.0) + square(1.0, 1.0)) / 2.0;
        let second = (square(1.0, 0.0) + square(0.0, 1.0) + square(-1.0, 0.0)) / 3.0;
        assert!((scenarios[0].as_f64().unwrap() - first).abs() < 1e-12);
        assert!((scenarios[1].as_f64().unwrap() - second).abs() < 1e-12);
        let mean = (2.0 * first + 3.0 * second) / 5.0;
        assert!((pooled.as_f64().unwrap() - mean).abs() < 1e-12);
        assert_eq!(scenarios[2], Value::Null);
    }
}

#[test]
fn a_report_is_read_strictly() {
    let read = |report: Value| serde_json::from_value::<Report>(report);
    let good = json!({ "instances": 9, "ctr": 0.1, "auc": 0.7, "logloss": 0.2, "calibration": 1.0,
        "mean_auc": 0.7, "gauc": 0.7, "scenarios": [] });
    let report = read(good.clone()).unwrap();
    assert_eq!(serde_json::to_value(&report).unwrap().to_string(), good.to_string());
    assert_eq!((report.pooled.auc(), report.pooled.true_auc()), (Some(0.7), None));
    for (key, value) in [("instances", json!("9")), ("auc", json!("0.7")), ("ctr", json!([]))] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(read(bad).is_err(), "{key}");
    }
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("instances");
    assert!(read(bad).unwrap_err().to_string().contains("missing field `instances`"));
    let mut other = good.clone();
    other["note"] = json!({ "of": "another program" });
    assert_eq!(read(other).unwrap(), report);
}
