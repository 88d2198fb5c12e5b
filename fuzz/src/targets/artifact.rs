//! Artifacts, as the page and the pictures read them, and the record of a run in them.

use super::seed;
use crate::fixture;
use crate::target::Seed;
use candle_core::Device;
use serde_json::Value;
use ssim_core::artifact::record::{
    Curve, ListTruth, Record, SampleRecord, ScenarioSample, Share, SweepPoint, Timing,
};
use ssim_core::artifact::{Artifact, Header, Parts, Projection, Snapshot, Storage, Variant};
use ssim_core::calibrator::{Calibrator, LabelledLogits};
use ssim_core::drift::{Baseline, DriftCounter};
use ssim_core::instances::Instances;
use ssim_core::look::inspect::Inspection;
use ssim_core::method::Method;
use ssim_core::metric::Report;
use ssim_figure::{Figures, State, report};
use ssim_viz::Look;
use std::sync::OnceLock;

/// Reads an artifact, writes it again, predicts its sample, and draws its pictures.
pub fn run(data: &[u8]) {
    let Ok(artifact) = Artifact::from_bytes(data) else { return };
    let written = artifact.to_bytes().expect("it can be written");
    let again = Artifact::from_bytes(&written).expect("it can be read again");
    assert_eq!(artifact.header, again.header);
    assert_eq!(again.to_bytes().expect("it can be written"), written);
    parts(&artifact);
    drop(Inspection::new(&artifact, &Device::Cpu));
    let Ok(figures) = Figures::new(artifact) else { return };
    let views: Vec<_> = figures.views().collect();
    for view in views {
        if let Ok(figure) = figures.draw(&State { view, ..State::default() }, &Look::default()) {
            assert!(figure.svg.starts_with("<svg"), "{}", figure.title);
        }
    }
}

/// Every part that can be read has the length that the header says.
fn parts(artifact: &Artifact) {
    let header = &artifact.header;
    let n = header.sample;
    let sample = artifact.sample().expect("the sample was checked");
    assert_eq!(sample.len(), n);
    consistent(header);
    for projection in artifact.projections().unwrap_or_default() {
        assert_eq!(projection.at.len(), 2 * n);
    }
    for i in 0..header.moments.len().min(4) {
        assert!(artifact.moment(i).is_ok_and(|z| z.len() == n) || artifact.moment(i).is_err());
    }
    for i in 0..header.variants.len().min(4) {
        drop((artifact.golden_variant(i), artifact.variant(i, &Device::Cpu)));
    }
    drop((artifact.golden_logits(), artifact.golden_scores()));
    later_rows(header, &sample);
}

/// Counts of fitted rows that fit the schema can be compared with rows, and rising lines can be applied.
fn later_rows(header: &Header, sample: &Instances) {
    let mut logits: Vec<f32> = (0..sample.len()).map(|i| i as f32 - 1.5).collect();
    let counts = header.report.baseline.clone();
    let counts: Option<Baseline> = counts.and_then(|counts| serde_json::from_value(counts).ok());
    if let Some(counts) = counts.filter(|counts| counts.check(&header.schema).is_ok()) {
        let mut counter = DriftCounter::new(&counts, &header.schema).expect("the same schema");
        counter.add(sample, true, Some(&logits));
        assert_eq!(counter.finish().rows, [counts.rows(), sample.len() as u64]);
    }
    if let Some(lines) = header.report.calibration.as_ref()
        && lines.check(&header.schema).is_ok()
    {
        lines.apply(&mut logits, &sample.scenarios);
        assert!(logits.iter().all(|z| !z.is_nan()));
    }
}

/// The numbers that the page takes from a header are in their ranges.
fn consistent(header: &Header) {
    assert!((0.0..=1.0).contains(&header.ratio()));
    let weights = header.weights();
    assert_eq!(weights.len(), header.schema.scenarios.len());
    assert!(weights.iter().all(|w| w.is_finite() && *w > 0.0), "{weights:?}");
    assert!(header.scenario_field().is_none_or(|field| field < header.schema.fields.len()));
}

fn artifact(backbone: &str, storage: Storage) -> Artifact {
    let sample = fixture::planted();
    let n = sample.len();
    let model = fixture::model(backbone);
    let other = fixture::model(backbone);
    let variant =
        Variant { method: "planted".into(), ratio: 0.25, seed: 1, model: other.config.clone() };
    let at = (0..2 * n).map(|i| if i == 0 { f32::NAN } else { i as f32 }).collect();
    Artifact::new(Parts {
        writer: "fuzz",
        schema: fixture::schema(),
        model: &model,
        scorer: Some(&fixture::scorer()),
        variants: &[(variant, other)],
        sample: &sample,
        projections: &[Projection { name: "pca".into(), trustworthiness: 0.5, at }],
        moments: &[(Snapshot { step: 3, temperature: 0.5, cut: 0.1 }, vec![0.5; n])],
        report: full_record(),
        storage,
    })
    .expect("an artifact")
}

/// Artifacts of every backbone.
pub fn seeds() -> Vec<Seed> {
    let bytes = |artifact: Artifact| artifact.to_bytes().expect("bytes");
    let mut files: Vec<Seed> = ssim_core::backbone::names()
        .into_iter()
        .map(|name| seed(name, bytes(artifact(name, Storage::Single))))
        .collect();
    files.push(seed("half", bytes(artifact("dnn", Storage::Half))));
    files
}

/// The header of an artifact as JSON, in which another report is put.
fn header() -> &'static Value {
    static HEADER: OnceLock<Value> = OnceLock::new();
    HEADER.get_or_init(|| {
        serde_json::to_value(artifact("dnn", Storage::Single).header).expect("a header")
    })
}

/// Reads the record of a run, part by part, as the page does.
pub fn record(data: &[u8]) {
    let Ok(report) = serde_json::from_slice::<Value>(data) else { return };
    let mut header = header().clone();
    header["report"] = report;
    let header: Header =
        serde_json::from_value(header).expect("parts of other shapes are left out");
    consistent(&header);
    let record = &header.report;
    drop((report::of(record), report::lists(record), report::search(record)));
    drop((report::runs(record), report::tested(record), report::curves(record, "loss")));
    let measured = report::sweep(record);
    for method in measured.methods() {
        drop(measured.ratios(method));
    }
    let written = serde_json::to_value(record).expect("a record is JSON");
    let again: Record = serde_json::from_value(written.clone()).expect("a record that was written");
    assert_eq!(serde_json::to_value(again).expect("a record is JSON"), written);
}

/// A record with all its parts.
fn full_record() -> Record {
    let (rows, schema) = (fixture::planted(), fixture::schema());
    let n = rows.len();
    let names = &schema.scenarios;
    let scores: Vec<f32> = (0..n).map(|i| i as f32 - 1.5).collect();
    let report = Report::new(&scores, &rows, names);
    let shared = rows.planted.as_ref().map_or(Vec::new(), |p| p.shared.clone());
    let timing = |phase: &str| Timing {
        phase: phase.into(),
        epochs: 1,
        steps: 2,
        instances: n as u64,
        seconds: Some(1.5),
        instances_per_second: None,
    };
    let by_scenario = |name: &String| ScenarioSample { scenario: name.clone(), rows: 1, of: 3 };
    let run = Record {
        schema: 1,
        dataset: "toy".into(),
        method: Method::Ssim.name().into(),
        backbone: "dnn".into(),
        seed: 1,
        phases: vec![timing("search"), timing("retrain")],
        share: Share::count(names, &rows, &shared, Some(0.5)),
        val: report.clone(),
        test: report.clone(),
        ..Record::default()
    };
    let labelled =
        LabelledLogits { logits: &scores, labels: &rows.labels, scenarios: &rows.scenarios };
    let baseline = Baseline::new(schema, &rows).with_predictions(&scores, &rows);
    let points = vec![(1, 0.7), (2, 0.6)];
    let curve =
        |what: &str| Curve { phase: "search".into(), what: what.into(), points: points.clone() };
    let point = |ratio: f64| SweepPoint {
        method: Method::Ssim.name().into(),
        ratio,
        seed: 1,
        shared: 2,
        test: report.clone(),
    };
    Record {
        selector: Some(ListTruth::new(&shared, &shared, &scores)),
        methods: vec![run.clone()],
        sample: Some(SampleRecord {
            split: "test".into(),
            rows: 2,
            of: 6,
            by_scenario: names.iter().map(by_scenario).collect(),
        }),
        scenario_column: Some(Some("tab".into())),
        calibration: Some(Calibrator::fit(names, labelled).measured(labelled)),
        baseline: serde_json::to_value(baseline).ok(),
        curves: Some(vec![curve("loss"), curve("shared")]),
        sweep: Some(vec![point(0.2), point(0.4)]),
        ..run
    }
}

/// A record with all its parts, and one without any.
pub fn records() -> Vec<Seed> {
    let full = serde_json::to_vec_pretty(&full_record()).expect("a record is JSON");
    vec![seed("full.json", full), seed("empty.json", "{}")]
}
