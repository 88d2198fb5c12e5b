//! `ssim profile`: which values of fields are shared more often than their scenarios explain.

use super::shared_rows::{SharedRows, SharedRowsArgs, field_of};
use crate::terminal::{out, report};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use ssim_core::look::profile::{ValueShare, beyond_chance, profile};
use ssim_core::schema::Schema;

#[derive(Debug, Args)]
pub struct ProfileArgs {
    #[command(flatten)]
    rows: SharedRowsArgs,
    /// Values of this field alone
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// Fewest rows of a value
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    least: u64,
}

pub fn run(args: &ProfileArgs) -> Result<()> {
    let SharedRows { artifact, inspection, shared } = args.rows.open()?;
    let schema = &artifact.header.schema;
    let field = args.field.as_deref().map(|field| field_of(schema, field)).transpose()?;
    let mut values = profile(&inspection.sample, schema, &shared, args.least);
    let (tested, beyond) = (values.len(), beyond_chance(&values));
    values.retain(|value| field.is_none_or(|field| value.field == field));
    let found = values.len();
    values.truncate(args.rows.top);
    let listed = shared.iter().filter(|shared| **shared).count();
    if args.rows.json {
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
