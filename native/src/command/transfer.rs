//! `ssim transfer`: how the towers changed on the shared rows of other scenarios.

use super::shared_rows::{SharedRows, SharedRowsArgs, field_of};
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use ssim_core::look::transfer::{LedgerLine, transfer};

#[derive(Debug, Args)]
pub struct TransferArgs {
    #[command(flatten)]
    rows: SharedRowsArgs,
    /// Divide the rows of a scenario by their values of this field
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// Fewest shared rows of a line
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    least: usize,
}

/// The rows of a line: their scenario, and their value of a field.
type Segment = (u16, Option<u32>);

pub fn run(args: &TransferArgs) -> Result<()> {
    let SharedRows { artifact, inspection, shared } = args.rows.open()?;
    let schema = &artifact.header.schema;
    let field = args.field.as_deref().map(|field| field_of(schema, field)).transpose()?;
    let Some(change) = &inspection.change else {
        return Fail::data(format!(
            "{}: the file has no model that shares nothing (mt) to compare with; `ssim sweep --run RUN` trains one, \
             and `ssim export --run RUN` writes it into the file",
            args.rows.name()
        ));
    };
    let sample = &inspection.sample;
    let offset = field.map(|field| schema.offsets()[field]);
    let mut lines: Vec<LedgerLine<Segment>> =
        transfer(change, inspection.towers, args.least, |row| {
            let value = field.zip(offset).map(|(field, offset)| sample.ids_of(row)[field] - offset);
            shared[row].then_some((sample.scenarios[row], value))
        });
    lines.retain(|line| usize::from(line.rows_of.0) != line.tower);
    lines.sort_by(|a, b| b.distance.abs().total_cmp(&a.distance.abs()));
    let found = lines.len();
    let clear = |better: bool| {
        lines.iter().filter(|line| line.p < 0.05 && (line.mean < 0.0) == better).count()
    };
    let (better, worse) = (clear(true), clear(false));
    lines.truncate(args.rows.top);
    let scenario = |k: usize| schema.scenarios[k].as_str();
    let value = |value: Option<u32>| {
        let values = schema.fields[field?].vocabulary.values();
        Some(values.get(value? as usize).map_or("unseen", String::as_str))
    };
    if args.rows.json {
        let lines = lines.iter().map(|line| {
            json!({
                "rows_of": scenario(line.rows_of.0.into()),
                "value": value(line.rows_of.1),
                "tower": scenario(line.tower),
                "rows": line.rows,
                "change": line.mean,
                "interval": [line.interval.0, line.interval.1],
                "p": line.p,
            })
        });
        return out::json(&json!({
            "schema": 1, "found": found, "better": better, "worse": worse, "lines": lines.collect::<Vec<_>>(),
        }));
    }
    if found == 0 {
        return out::text(&report::wrap(&format!(
            "No scenario shares {} rows with the tower of another.",
            args.least
        )));
    }
    out::text(&report::wrap(&format!(
        "The change of a tower's loss on shared rows of other scenarios, against training that shares nothing, in thousandths \
         with a 95 % interval; below 0 the tower predicts them better. Beyond chance (Holm, 5 %) of {found}: better {better}, \
         worse {worse}."
    )))?;
    out::text("")?;
    let head =
        ["shared rows of", "tower of", "rows", "change", "", "p"].map(str::to_owned).to_vec();
    let thousandths = |x: f64| format!("{:+.1}", 1000.0 * x);
    let line = |of: &LedgerLine<Segment>| {
        let rows_of = scenario(of.rows_of.0.into());
        vec![
            match (value(of.rows_of.1), &args.field) {
                (Some(value), Some(field)) => format!("{rows_of}, {field} = {value}"),
                _ => rows_of.to_owned(),
            },
            scenario(of.tower).to_owned(),
            report::count(of.rows),
            thousandths(of.mean),
            format!("{} to {}", thousandths(of.interval.0), thousandths(of.interval.1)),
            format!("{:.3}", of.p),
        ]
    };
    let table = [head].into_iter().chain(lines.iter().map(line));
    out::text(report::table(&table.collect::<Vec<_>>()).trim_end())?;
    if found > lines.len() {
        out::text(&format!("\n{} of {found} lines; --top shows more", lines.len()))?;
    }
    Ok(())
}
