//! `ssim rows`: lists the rows of an artifact that match a selection rule of the page.

use super::select::By;
use crate::files::read;
use crate::settings::args::{ratio, score};
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use serde_json::{Map, Value, json};
use ssim_core::artifact::Artifact;
use ssim_core::look::inspect::{Inspection, Order};
use ssim_core::mask::Pool;
use ssim_viz::Rule;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct RowsArgs {
    /// The artifact
    #[arg(value_name = "FILE.ssim")]
    file: PathBuf,
    /// Rule that the rows match, as the page writes it: "scenario = 2 & score > 0.5 + click = 1"
    #[arg(long, default_value = "all")]
    rule: Rule,
    /// Share of rows that count as shared (default: the run's)
    #[arg(long, value_parser = ratio)]
    ratio: Option<f64>,
    /// Choose the best rows of each batch, of all rows, or of each scenario (default: as the run)
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Lowest score that counts as shared, in place of a ratio
    #[arg(long, value_name = "SCORE", conflicts_with_all = ["ratio", "by"], allow_negative_numbers = true, value_parser = score)]
    threshold: Option<f32>,
    /// Moment of the search, from 1, whose mask says what is shared
    #[arg(long, value_name = "N", conflicts_with_all = ["ratio", "by", "threshold"])]
    moment: Option<usize>,
    /// Print one JSON object in place of CSV
    #[arg(long)]
    json: bool,
}

pub fn run(args: &RowsArgs) -> Result<()> {
    let name = || args.file.display().to_string();
    let artifact = read::artifact(&args.file)?;
    let inspection = Inspection::new(&artifact, &Device::Cpu).with_context(name)?;
    let mut columns = inspection.columns(&artifact).with_context(name)?;
    if let Some(shared) = args.shared(&artifact, &inspection)? {
        let shared = shared.into_iter().map(|b| f32::from(u8::from(b))).collect();
        columns.push(("shared".to_owned(), shared));
    }
    let n = inspection.sample.len();
    let column = |name: &str| columns.iter().find(|c| c.0 == name).map(|c| c.1.as_slice());
    let chosen = args.rule.rows(n, column).or_else(|e| {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        Fail::usage(format!("--rule: {e}; the columns are {}", names.join(", ")))
    })?;
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

impl RowsArgs {
    /// Marks the rows that count as shared, `[n]`; nothing if the artifact has no selector.
    fn shared(&self, artifact: &Artifact, inspection: &Inspection) -> Result<Option<Vec<bool>>> {
        if let Some(i) = self.moment {
            let moments = &artifact.header.moments;
            let Some(moment) = i.checked_sub(1).and_then(|i| moments.get(i)) else {
                return Fail::usage(format!(
                    "--moment: expected at most {}, the moments of the search in the file, got {i}",
                    moments.len()
                ));
            };
            let scores = artifact.moment(i - 1)?;
            return Ok(Some(scores.into_iter().map(|z| f64::from(z) > moment.cut).collect()));
        }
        if let (Some(threshold), Some(scores)) = (self.threshold, &inspection.scores) {
            return Ok(Some(scores.iter().map(|z| *z >= threshold).collect()));
        }
        let pool = self.by.map_or(artifact.header.pool(), Pool::from);
        let ranking = inspection.orders().ranking(Order::Score, pool);
        let ratio = self.ratio.unwrap_or_else(|| artifact.header.ratio());
        Ok(ranking.map(|ranking| ranking.cut(ratio)).transpose()?)
    }
}
