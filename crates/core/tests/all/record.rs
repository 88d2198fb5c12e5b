//! The record in an artifact's header.

use serde_json::{Value, json};
use ssim_core::artifact::record::{RATIO_IF_UNKNOWN, Record, Timing};
use ssim_core::artifact::{Artifact, Header};
use ssim_core::container::Container;

/// A file that was exported when the header's report was free JSON.
const FILE: &[u8] = include_bytes!("files/version-2.ssim");

/// The header of the file as JSON.
fn header() -> Value {
    Container::from_bytes::<Value>(FILE).unwrap().0
}

/// The header of the file with another report.
fn with(report: Value) -> Header {
    let mut header = header();
    header["report"] = report;
    serde_json::from_value(header).unwrap()
}

#[test]
fn a_file_of_an_older_program_is_read() {
    let Header { report, schema, sample, .. } = Artifact::from_bytes(FILE).unwrap().header;
    assert_eq!((report.method.as_str(), report.seed), ("ssim", 1));
    assert_eq!((report.share.ratio, report.share.shared), (0.7, 2797));
    assert_eq!(report.share.by_scenario.len(), schema.scenarios.len());
    assert_eq!(report.test.pooled.auc(), Some(0.4698004201680672));
    assert_eq!(report.test.scenarios.len(), schema.scenarios.len());
    assert_eq!(report.scenario_column(), Some("scenario"));
    let drawn = report.sample.unwrap();
    assert_eq!((drawn.rows as usize, drawn.of), (sample, 500));
    assert_eq!(drawn.by_scenario[1].of, 44);
    let curves = report.curves.unwrap();
    assert_eq!((curves[0].phase.as_str(), curves[0].what.as_str()), ("search", "loss"));
    assert_eq!(curves[0].points[0], (1, 1.0566971096820894));
    let sweep = report.sweep.unwrap();
    assert_eq!((sweep.len(), sweep[0].method.as_str()), (5, "mt"));
}

#[test]
fn a_file_of_an_older_program_is_written_again_with_checksums_alone() {
    let artifact = Artifact::from_bytes(FILE).unwrap();
    let written = serde_json::to_string(&artifact.header.report).unwrap();
    assert_eq!(written, header()["report"].to_string());
    let again = artifact.to_bytes().unwrap();
    let (kept, arrays) = Container::from_bytes::<Value>(&again).unwrap();
    let old = Container::from_bytes::<Value>(FILE).unwrap().1;
    assert_eq!(kept, header());
    assert!(arrays.names("").eq(old.names("")));
    let values = |file: &[u8]| {
        let head = u64::from_le_bytes(file[..8].try_into().unwrap());
        file[8 + head as usize..].to_vec()
    };
    // One checksum of eight bytes for each array, and one for the header.
    let sums = (old.names("").count() + 1) * 8;
    let (old, new) = (values(FILE), values(&again));
    assert!(new.len() == old.len() + sums && new.starts_with(&old));
}

#[test]
fn parts_of_another_shape_are_left_out() {
    let whole = header()["report"].clone();
    let mut odd = whole.clone();
    odd["test"] = json!("none");
    odd["share"] = json!({ "ratio": "much" });
    odd["curves"] = json!([{ "phase": "search" }]);
    odd["methods"] = json!([{ "method": "mt" }]);
    odd["scenario_column"] = json!(7);
    odd["sweep"].as_array_mut().unwrap().push(json!("a word"));
    let report = with(odd).report;
    let read = with(whole).report;
    let expected = Record {
        test: Default::default(),
        share: Default::default(),
        curves: Some(Vec::new()),
        scenario_column: None,
        ..read
    };
    assert_eq!(report, expected);
    assert_eq!(report.sample.unwrap().of, 500);
    assert!(!report.sweep.unwrap().is_empty(), "the other points of the sweep stay");
}

#[test]
fn a_report_that_is_no_object_is_blank() {
    for report in [Value::Null, json!(["ssim"]), json!(1), json!({}), json!({ "auc": 0.5 })] {
        let header = with(report);
        assert_eq!(header.report, Record::default());
        assert_eq!(header.ratio(), RATIO_IF_UNKNOWN);
        assert_eq!(header.weights(), [1.0; 4]);
    }
}

#[test]
fn missing_values_of_earlier_versions_are_rules_for_cells() {
    let read = |report| with(report).report.cells;
    assert_eq!(read(json!({ "na_values": ["-"] })), Some(json!({ "na_values": ["-"] })));
    let both = json!({ "na_values": ["-"], "cells": { "delimiter": ";" } });
    assert_eq!(read(both), Some(json!({ "delimiter": ";" })));
    assert_eq!(read(json!({})), None);
}

#[test]
fn a_share_ratio_out_of_range_is_not_taken() {
    let header = with(json!({ "share": { "ratio": 1.5, "shared": 0, "by_scenario": [] } }));
    assert_eq!(header.ratio(), RATIO_IF_UNKNOWN);
}

#[test]
fn a_summary_is_read_strictly() {
    let mut whole = serde_json::to_value(Record::default()).unwrap();
    const KEYS: [&str; 9] =
        ["schema", "dataset", "method", "backbone", "seed", "phases", "share", "val", "test"];
    assert_eq!(whole.as_object().unwrap().keys().collect::<Vec<_>>(), KEYS);
    for key in KEYS {
        let value = whole[key].take();
        assert!(serde_json::from_value::<Record>(whole.clone()).is_err(), "{key} is null");
        whole.as_object_mut().unwrap().remove(key);
        assert!(serde_json::from_value::<Record>(whole.clone()).is_err(), "{key} is missing");
        whole[key] = value;
    }
    assert_eq!(serde_json::from_value::<Record>(whole).unwrap(), Record::default());
}

#[test]
fn an_artifact_says_that_the_scenario_column_is_unknown() {
    let record = Record { scenario_column: Some(None), ..Record::default() };
    let text = serde_json::to_string(&record).unwrap();
    assert!(text.ends_with(",\"scenario_column\":null}"), "{text}");
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
}

#[test]
fn times_are_taken_out_of_every_run() {
    let phase = Timing {
        phase: "retrain".into(),
        epochs: 1,
        steps: 2,
        instances: 3,
        seconds: Some(0.5),
        instances_per_second: Some(6.0),
    };
    let run = Record { phases: vec![phase], ..Record::default() };
    assert!(serde_json::to_string(&run).unwrap().contains("\"seconds\":0.5"));
    let both = Record { methods: vec![run.clone()], ..run };
    let text = serde_json::to_string(&both.without_times()).unwrap();
    assert!(!text.contains("second"), "{text}");
}
