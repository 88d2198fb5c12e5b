//! `ssim rows`: lists the rows of an artifact that match a selection rule of the page.

pub mod cut;

use crate::files::read;
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use cut::CutArgs;
use serde_json::{Map, Value, json};
use ssim_core::look::inspect::Inspection;
use ssim_figure::chosen;
use ssim_viz::Rule;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct RowsArgs {
    /// The artifact
    #[arg(value_name = "FILE.ssim")]
    file: PathBuf,
    /// Rule that the rows match, as the page writes it: "scenario = 2 & score > 0.5 + click = 1", or by values
    /// of fields: "item = 3 & hour in (8, 12)"
    #[arg(long, default_value = "all")]
    rule: Rule,
    #[command(flatten)]
    cut: CutArgs,
    /// Print one JSON object in place of CSV
    #[arg(long)]
    json: bool,
}

pub fn run(args: &RowsArgs) -> Result<()> {
    let name = || args.file.display().to_string();
    let artifact = read::artifact(&args.file)?;
    let inspection = Inspection::new(&artifact, &Device::Cpu).with_context(name)?;
    let mut columns = inspection.columns(&artifact).with_context(name)?;
    let shared = args.cut.shared(&artifact, &inspection)?.unwrap_or_default();
    let (sample, n) = (&inspection.sample, inspection.sample.len());
    let chosen = chosen(&args.rule, sample, &artifact.header.schema, &columns, &shared)
        .or_else(|e| Fail::usage(format!("--rule: {e}")))?;
    if !shared.is_empty() {
        let shared = shared.into_iter().map(|b| f32::from(u8::from(b))).collect();
        columns.push(("shared".to_owned(), shared));
    }
    let lines = (0..n).filter(|i| chosen[*i]);
    let row = |i: usize| inspection.sample.rows[i];
    if args.json {
        let mut objects = Vec::new();
        for i in lines {
            let mut object = Map::new();
            object.insert("row".to_owned(), json!(row(i)));
            object.extend(columns.iter().map(|(name, values)| (name.clone(), json!(values[i]))));
            objects.push(Value::Object(object));
        }
        return out::json(
            &json!({ "schema": 1, "rule": args.rule.to_string(), "of": n, "rows": objects }),
        );
    }
    let mut csv = csv::Writer::from_writer(Vec::new());
    let names = columns.iter().map(|c| c.0.as_str());
    csv.write_record(["row"].into_iter().chain(names))?;
    for i in lines {
        let values = columns.iter().map(|c| c.1[i].to_string());
        csv.write_record([row(i).to_string()].into_iter().chain(values))?;
    }
    let bytes = csv.into_inner().map_err(|e| e.into_error())?;
    out::data(String::from_utf8(bytes)?.trim_end())
}
