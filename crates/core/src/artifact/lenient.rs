//! Reading the record of an artifact, part by part: a part of another shape is left out, and the file can
//! still be shown.
//!
//! Programs read records with serde. The page reads them here, because the code that serde makes for so
//! many types is five times as large, and a reader downloads it. The compiler checks that every field is
//! read, and a key is the name of its field.

use super::record::{
    ClickRates, Curve, ListTruth, Record, SampleRecord, ScenarioSample, ScenarioShare, Share,
    SweepPoint, Timing,
};
use crate::borrowers::Borrowers;
use crate::calibrator::{Calibrator, CtrFit, LineRows, ScenarioLine};
use crate::mask::Pool;
use crate::metric::{Metrics, Report, ScenarioMetrics};
use serde::Deserialize;
use serde_json::{Value, json};

/// A value that can be read from JSON; `None` where the JSON has another shape.
pub(crate) trait FromJson: Sized {
    fn from_json(json: &Value) -> Option<Self>;
}

/// The value under a key; a missing key reads like null.
pub(crate) fn field<T: FromJson>(json: &Value, key: &str) -> Option<T> {
    T::from_json(json.get(key).unwrap_or(&Value::Null))
}

impl FromJson for u64 {
    fn from_json(json: &Value) -> Option<Self> {
        json.as_u64()
    }
}

impl FromJson for u32 {
    fn from_json(json: &Value) -> Option<Self> {
        json.as_u64()?.try_into().ok()
    }
}

impl FromJson for f64 {
    fn from_json(json: &Value) -> Option<Self> {
        json.as_f64()
    }
}

impl FromJson for String {
    fn from_json(json: &Value) -> Option<Self> {
        json.as_str().map(str::to_owned)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: &Value) -> Option<Self> {
        if json.is_null() { Some(None) } else { T::from_json(json).map(Some) }
    }
}

impl FromJson for Borrowers {
    fn from_json(json: &Value) -> Option<Self> {
        Self::deserialize(json).ok()
    }
}

/// A pool of another name is one that this version does not know.
impl FromJson for Option<Pool> {
    fn from_json(json: &Value) -> Option<Self> {
        Some(json.as_str().and_then(Pool::find))
    }
}

impl FromJson for LineRows {
    fn from_json(json: &Value) -> Option<Self> {
        let name = json.as_str()?;
        Self::ALL.into_iter().find(|rows| rows.name() == name)
    }
}

/// Items of another shape are left out of a list.
impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &Value) -> Option<Self> {
        Some(json.as_array()?.iter().filter_map(T::from_json).collect())
    }
}

impl<A: FromJson, B: FromJson> FromJson for (A, B) {
    fn from_json(json: &Value) -> Option<Self> {
        let [a, b] = json.as_array()?.as_slice() else { return None };
        Some((A::from_json(a)?, B::from_json(b)?))
    }
}

/// Reads a type field by field.
macro_rules! from_json {
    ($($type:ident { $($field:ident),+ })+) => {
        $(impl FromJson for $type {
            fn from_json(json: &Value) -> Option<Self> {
                json.as_object()?;
                Some(Self { $($field: field(json, stringify!($field))?),+ })
            }
        })+
    };
}

from_json! {
    Timing { phase, epochs, steps, instances, seconds, instances_per_second }
    Share { ratio, by, shared, borrowers, scenario_r2, ctr, by_scenario }
    ScenarioShare { scenario, instances, shared, ctr }
    ClickRates { shared, private }
    ListTruth { precision, recall, base_rate, list_rate, score_auc }
    SampleRecord { split, rows, of, by_scenario }
    ScenarioSample { scenario, rows, of }
    Curve { phase, what, points }
    Calibrator { before, after, scenarios }
    ScenarioLine { scenario, from, slope, intercept, before, after }
    CtrFit { logloss, error }
    SweepPoint { method, ratio, seed, shared, test }
}

impl FromJson for Report {
    fn from_json(json: &Value) -> Option<Self> {
        Some(Self {
            pooled: Metrics::from_json(json)?,
            mean_auc: field(json, "mean_auc")?,
            gauc: field(json, "gauc")?,
            scenarios: field(json, "scenarios")?,
        })
    }
}

impl FromJson for ScenarioMetrics {
    fn from_json(json: &Value) -> Option<Self> {
        Some(Self { scenario: field(json, "scenario")?, metrics: Metrics::from_json(json)? })
    }
}

impl FromJson for Value {
    fn from_json(json: &Value) -> Option<Self> {
        Some(json.clone())
    }
}

/// A run among those that are compared says nothing without its method and its quality.
impl FromJson for Record {
    fn from_json(json: &Value) -> Option<Self> {
        field::<String>(json, "method")?;
        field::<Report>(json, "test")?;
        Some(record(json))
    }
}

/// The record in a report; blank where the report is no object.
pub(super) fn record(report: &Value) -> Record {
    macro_rules! parts {
        ($($part:ident),+) => { Record { $($part: part(report, stringify!($part))),+ } };
    }
    let mut record = parts!(
        schema,
        dataset,
        method,
        backbone,
        seed,
        phases,
        share,
        val,
        test,
        calibration,
        selector,
        methods,
        sample,
        scenario_column,
        cells,
        baseline,
        curves,
        sweep,
        identity
    );
    // Earlier versions wrote the missing values alone.
    if let (None, Some(values)) = (&record.cells, report.get("na_values")) {
        record.cells = Some(json!({ "na_values": values }));
    }
    // A column that is null is unknown, and a missing one was never written.
    if report.get("scenario_column").is_some_and(Value::is_null) {
        record.scenario_column = Some(None);
    }
    record
}

/// A part of a record, blank where it is missing or of another shape.
fn part<T: FromJson + Default>(record: &Value, key: &str) -> T {
    field(record, key).unwrap_or_default()
}
