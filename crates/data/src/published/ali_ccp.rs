//! Ali-CCP: recommended goods in Taobao, <https://tianchi.aliyun.com/dataset/408>.
//!
//! A row is a line of the *skeleton* file. It has features of the goods and of the moment, and the
//! key of a line of *common* features. These are the features of the user, and they override the
//! row's own. A feature is `field \x02 id \x03 value`, and `\x01` stands between features. Only the
//! id is used, not the value; if a field is repeated, the last id is used.
//!
//! The published test file is the test split. A tenth of the rows of the train file is drawn for
//! validation. Rows with a purchase but without a click contradict themselves and are left out.

use super::intake::{Extended, Intake, find, find_all, plain, rows};
use super::{Count, Log, LogSource, Open, categorical};
use crate::error::Result;
use crate::layout::{CellRules, Quirks, SplitRule, TableSchema};
use crate::raw::{Raw, SideTable};
use crate::reading::Reading;
use crate::table::cells::{BadCell, Column};
use crate::table::rows::RawLine;

/// The fields in the order of an instance's ids. The fields of the user come first.
const FIELDS: [&str; 18] = [
    "101", "121", "122", "124", "125", "126", "127", "128", "129", "205", "206", "207", "216",
    "508", "509", "702", "853", SCENARIO,
];
/// The field of the scenario: the position of a recommendation.
const SCENARIO: &str = "301";
/// Values with fewer train rows share an id.
const MIN_COUNT: u32 = 12;

/// Columns of the skeleton file.
const SKELETON: [&str; 6] = ["sample_id", "click", "buy", "common_features", "features", FEATURES];
/// Columns of the file of common features.
const COMMON: [&str; 3] = ["common_features", "features", FEATURES];
/// The name of the last column of either file, for messages. The column `features` before it is
/// their number.
const FEATURES: &str = "feature_list";
/// The name of the split column. The files do not have it; its value follows from the file.
const SPLIT: &str = "split";

/// The log and its preparation.
pub fn log() -> Log {
    Log {
        name: "ali-ccp",
        files: &[
            "sample_skeleton_train.csv",
            "common_features_train.csv",
            "sample_skeleton_test.csv",
            "common_features_test.csv",
        ],
        layout: TableSchema {
            source: "sample_skeleton_train.csv".into(),
            label: "click".into(),
            scenario: SCENARIO.into(),
            fields: FIELDS.iter().map(|name| categorical(name, MIN_COUNT)).collect(),
            split: SplitRule::HeldOut {
                name: SPLIT.into(),
                train: "train".into(),
                test: "test".into(),
                val: 0.1,
            },
            cells: CellRules::default(),
            quirks: Quirks { scenario_order: &[0, 2, 1], ..Quirks::default() },
        },
        published: &[
            (Count::Train, 38_070_670),
            (Count::Scenario(0), 32_236_951),
            (Count::Scenario(1), 639_897),
            (Count::Scenario(2), 52_439_671),
        ],
        read,
    }
}

fn read(open: &mut Open, layout: &TableSchema, reading: Reading) -> Result<Raw> {
    let header: Vec<String> =
        SKELETON.iter().chain(&FIELDS).chain(&[SPLIT]).map(|&name| name.to_owned()).collect();
    let intake = Intake::new(reading.on_error);
    let (mut form, mut raw) = intake.log(layout, &header, Vec::new(), reading)?;
    // The lines of both skeleton files are numbered consecutively; `before` counts those of earlier
    // files.
    let mut before = 0;
    for split in ["train", "test"] {
        let mut intake = Intake::new(raw.on_error);
        let common = common(&mut intake, open(&format!("common_features_{split}.csv"))?)?;
        raw.rejects.append(&mut intake.rejects);
        let log = plain(open(&format!("sample_skeleton_{split}.csv"))?, ",", &SKELETON)?;
        let names = ["click", "buy", "common_features", FEATURES];
        let [click, buy, key, features] = find_all(&log, names)?;
        raw.begin(&log.source, before);
        form.begin(before);
        before += rows(&mut raw, &form, log, |line, to| {
            // Both cells are read, so that a bad one is reported in any case.
            if (click.label(line, &layout.cells)?, buy.label(line, &layout.cells)?) == (0, 1) {
                return Ok(());
            }
            let mut more = ids(&features, line)?;
            for (row_id, common_id) in more.iter_mut().zip(common.texts(key.text(line)?)) {
                if !common_id.is_empty() {
                    *row_id = common_id;
                }
            }
            if more.last().is_some_and(|id| id.is_empty()) {
                return Err(BadCell::new(features.at, SCENARIO, "a scenario", ""));
            }
            more.iter_mut().filter(|id| id.is_empty()).for_each(|id| *id = "0");
            more.push(split);
            form.add(&Extended { line, more: &more }, to)
        })?;
    }
    // The scenario is not a column of the file but one of the features in its last column.
    raw.scenario.position = SKELETON.len() as u64;
    raw.non_empty()
}

/// Reads the features that many rows have in common. They are found by key.
fn common(intake: &mut Intake, source: LogSource) -> Result<SideTable> {
    let file = plain(source, ",", &COMMON)?;
    let features = find(&file, FEATURES)?;
    let side = SideTable::new(FIELDS.len(), "");
    intake.side(file, "common_features", side, |line| ids(&features, line))
}

/// The id of each of the [`FIELDS`] in a line; empty if the line does not have the field.
fn ids<'l>(column: &Column, line: &'l RawLine) -> Result<Vec<&'l str>, BadCell> {
    let mut ids = vec![""; FIELDS.len()];
    let text = column.text(line)?;
    for feature in text.split('\x01').filter(|f| !f.is_empty()) {
        let parts = feature
            .split_once('\x02')
            .and_then(|(field, rest)| Some((field, rest.split_once('\x03')?.0)));
        let Some((field, id)) = parts else {
            let got = feature.escape_default().to_string();
            return Err(BadCell::new(column.at, FEATURES, "field \\x02 id \\x03 value", &got));
        };
        if let Some(at) = FIELDS.iter().position(|name| *name == field) {
            ids[at] = id;
        }
    }
    Ok(ids)
}
