//! `ssim profile`: which values of fields are shared more often than their scenarios explain.

use super::rows::cut::CutArgs;
use crate::files::read;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use serde_json::{Value, json};
use ssim_core::look::inspect::Inspection;
use ssim_core::look::profile::{ValueShare, beyond_chance, profile};
use ssim_core::schema::Schema;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// The artifact
    #[arg(value_name = "FILE.ssim")]
    file: PathBuf,
    #[command(flatten)]
    cut: CutArgs,
    /// Values of this field alone
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// Fewest rows of a value
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    least: u64,
    /// Values to print, the most surprising first
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &ProfileArgs) -> Result<()> {
    let name = || args.file.display().to_string();
    let artifact = read::artifact(&args.file)?;
    let schema = &artifact.header.schema;
    let field = args.field.as_deref().map(|field| field_of(schema, field)).transpose()?;
    let inspection = Inspection::new(&artifact, &Device::Cpu).with_context(name)?;
    let Some(shared) = args.cut.shared(&artifact, &inspection)? else {
        return Fail::data(format!(
            "{}: the run has no selector, so no row of it was chosen; a profile needs one, as of --method ssim",
            name()
        ));
    };
    let mut values = profile(&inspection.sample, schema, &shared, args.least);
    let (tested, beyond) = (values.len(), beyond_chance(&values));
    values.retain(|value| field.is_none_or(|field| value.field == field));
    let found = values.len();
    values.truncate(args.top);
    let listed = shared.iter().filter(|shared| **shared).count();
    if args.json {
        let values: Vec<Value> = values.iter().map(|value| object(value, schema)).collect();
        return out::json(&json!({
            "schema": 1, "rows": shared.len(), "shared": listed, "found": found, "beyond_chance": beyond, "values": values,
        }));
    }
    out::text(&report::wrap(&format!(
        "{} of {} rows are shared. Lift: shared rows of a value over those that would be shared if \
         its scenarios alone decided, with a 95 % interval. Distance: the standard deviations from \
         chance; among many values some are 2 or 3 away. Beyond chance (Holm, 5 %): {beyond} of {tested} values.",
        report::count(listed as u64),
        report::count(shared.len() as u64)
    )))?;
    out::text("")?;
    if values.is_empty() {
        return out::text(&report::wrap(
            "No value says more than its scenario does: every scenario is shared as a whole, or not at all, \
             or no value has enough rows (--least).",
        ));
    }
    let head = ["value", "rows", "shared", "lift", "", "distance"].map(str::to_owned).to_vec();
    let line = |value: &ValueShare| {
        let (low, high) = value.interval();
        vec![
            rule(value, schema),
            report::count(value.rows),
            format!("{:.0} %", 100.0 * value.shared as f64 / value.rows as f64),
            format!("{:.2}", value.lift()),
            format!("{low:.2} to {high:.2}"),
            format!("{:+.1}", value.distance()),
        ]
    };
    let lines = [head].into_iter().chain(values.iter().map(line));
    out::text(report::table(&lines.collect::<Vec<_>>()).trim_end())?;
    if found > values.len() {
        let text = format!("{} of {found} values; --top shows more", values.len());
        out::text(&format!("\n{text}"))?;
    }
    Ok(())
}

/// The place of the field that `--field` names.
pub(super) fn field_of(schema: &Schema, field: &str) -> Result<usize> {
    schema.fields.iter().position(|f| f.name == field).map_or_else(
        || {
            let names: Vec<&str> = schema.fields.iter().map(|f| f.name.as_str()).collect();
            let names = names.join(", ");
            Fail::usage(format!("--field: there is no field \"{field}\"; the fields are {names}"))
        },
        Ok,
    )
}

/// The text of a value; nothing for all values without an id of their own.
fn text<'a>(value: &ValueShare, schema: &'a Schema) -> Option<&'a str> {
    let values = schema.fields[value.field].vocabulary.values();
    values.get(value.value as usize).map(String::as_str)
}

/// The rule that selects the rows of a value, as `ssim rows` takes it.
fn rule(value: &ValueShare, schema: &Schema) -> String {
    let field = schema.fields[value.field].name.clone();
    match text(value, schema) {
        None => format!("{field}: values without an id"),
        Some(text) => {
            let values = vec![text.to_owned()];
            ssim_viz::Clause::Field { field, is: true, values }.to_string()
        }
    }
}

fn object(value: &ValueShare, schema: &Schema) -> Value {
    let (low, high) = value.interval();
    json!({
        "field": schema.fields[value.field].name,
        "value": text(value, schema),
        "rows": value.rows,
        "shared": value.shared,
        "expected": value.expected,
        "lift": value.lift(),
        "interval": [low, high],
        "distance": value.distance(),
    })
}
