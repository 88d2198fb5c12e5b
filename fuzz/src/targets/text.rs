//! Texts that people write: rules of selections, schemas of logs, settings and plans.

use super::seed;
use crate::fixture::{LOG, SCHEMA};
use crate::settings::args::Settings;
use crate::settings::config::{self, Layer};
use crate::settings::plan::Plan;
use crate::target::Seed;
use ssim_data::OnError;
use ssim_data::table::{TableSchema, read_csv};
use ssim_viz::Rule;
use std::str;

/// The columns of every rule: numbers that comparisons treat in a special way.
const COLUMN: [f32; 8] = [0.0, -0.0, 0.1, 1.0, -5.5, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE];

/// Reads a rule, writes it, and selects rows by it.
pub fn rule(data: &[u8]) {
    let Ok(Ok(rule)) = str::from_utf8(data).map(str::parse::<Rule>) else { return };
    let text = rule.to_string();
    assert_eq!(text.parse::<Rule>().as_ref(), Ok(&rule), "{text}");
    assert!(rule.steps().len() <= Rule::STEPS);
    let rows = rule.rows(COLUMN.len(), |_| Some(&COLUMN)).expect("every column is there");
    assert_eq!(rows.len(), COLUMN.len());
    let other = rule.rows(1, |_| None);
    assert_eq!(other.is_ok(), rule.columns().is_empty());
}

/// Rules with every kind of clause.
pub fn rules() -> Vec<Seed> {
    vec![
        seed("every", "score,age in [0 0.5, 20 29] + score > 1.5 - click = 1"),
        seed("lasso", "x,y in (0 0, 1 0, 0.5 -1e-3) & a.b-c != 2 + all - d <= 1e300"),
    ]
}

/// Reads a schema, and a log by it.
pub fn schema(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(schema) = TableSchema::parse(text, "schema.toml") else { return };
    assert!(!schema.fields.is_empty());
    let Ok(raw) = read_csv(LOG.as_bytes(), "log.csv", &schema, OnError::Skip) else { return };
    let Ok(prepared) = ssim_data::prepare(raw, &schema, 1) else { return };
    let rows = prepared.rows.named().map(|(_, rows)| {
        rows.check(&prepared.schema).expect("prepared rows fit their schema");
        rows.len()
    });
    assert_eq!(rows.iter().sum::<usize>() + prepared.rejects.len(), LOG.lines().count() - 1);
}

/// Schemas with every kind of split.
pub fn schemas() -> Vec<Seed> {
    let split = |rule: &str| {
        let start = SCHEMA.find("column =").expect("a split");
        format!("{}{rule}\n", &SCHEMA[..start])
    };
    vec![
        seed("column.toml", SCHEMA),
        seed("random.toml", split("random = { train = 0.8, val = 0.1, test = 0.1 }")),
        seed("time.toml", split("time = { column = \"age\", val_from = 40, test_from = 41.5 }")),
        seed(
            "held-out.toml",
            split("held_out = { name = \"split\", train = \"train\", test = \"test\", val = 0.5 }"),
        ),
    ]
}

/// Reads settings, writes them, and reads them again.
pub fn settings(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let read = |text: &str| {
        let layer = Layer::parse("settings.toml", text)?;
        config::layered(&Settings::default(), vec![layer], Vec::new())
    };
    let Ok(config) = read(text) else { return };
    let written = config::to_toml(&config).expect("settings are TOML");
    assert_eq!(read(&written).expect("settings that were written"), config);
}

/// The presets and the defaults.
pub fn settings_files() -> Vec<Seed> {
    let defaults = config::resolve(&Settings::default()).expect("defaults");
    vec![
        seed("defaults.toml", config::to_toml(&defaults).expect("TOML")),
        seed("demo.toml", include_str!("../../../native/presets/demo.toml")),
        seed("paper-ali-ccp.toml", include_str!("../../../native/presets/paper-ali-ccp.toml")),
    ]
}

/// Reads a plan, and walks from each system to the one that its list comes from.
pub fn plan(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(plan) = Plan::parse("plan.toml", text.to_owned(), &Settings::default()) else { return };
    assert!(!plan.systems.is_empty());
    for (i, system) in plan.systems.iter().enumerate() {
        assert!(plan.level(i) < plan.systems.len());
        assert!(!system.candidates.is_empty());
    }
}

/// Plans that come with the program.
pub fn plans() -> Vec<Seed> {
    vec![
        seed("plus.toml", include_str!("../../../native/presets/plans/plus.toml")),
        seed("result2.toml", include_str!("../../../native/presets/plans/result2.toml")),
        seed("result3.toml", include_str!("../../../native/presets/plans/result3.toml")),
    ]
}
