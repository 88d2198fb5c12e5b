//! `ssim doctor`: what to know about data before training on them.

use crate::args::Settings;
use crate::data::Data;
use crate::exit::Fail;
use crate::fit::Rows;
use crate::{config, out, report};
use anyhow::Result;
use clap::Args;
use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::metric::auc;
use ssim_core::schema::Schema;
use ssim_data::Summary;
use ssim_train::config::Config;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Doctor {
    /// Data folder
    #[arg(value_name = "DATA", required_unless_present = "raw")]
    data: Option<PathBuf>,
    /// Raw log instead of a data folder; nothing is written
    #[arg(long, value_name = "FILE", requires = "schema", conflicts_with = "data")]
    raw: Option<PathBuf>,
    /// What the raw log's columns are
    #[arg(long, value_name = "FILE", requires = "raw")]
    schema: Option<PathBuf>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// A single field that ranks validation clicks better than this knows more than it should.
const LEAK: f64 = 0.9;

/// What was found.
#[derive(Serialize)]
struct Findings {
    #[serde(flatten)]
    summary: Summary,
    /// Bytes that training needs with these settings, about.
    memory: u64,
    fields_alone: Vec<Alone>,
    warnings: Vec<String>,
}

/// How well one field ranks validation clicks by itself.
#[derive(Serialize)]
struct Alone {
    field: String,
    auc: Option<f64>,
}

pub fn run(args: &Doctor) -> Result<()> {
    let config = config::resolve(&args.settings)?;
    let (summary, schema, rows) = match (&args.data, &args.raw, &args.schema) {
        (Some(data), ..) => {
            let data = Data::open(data)?;
            let rows = Rows::read(&data)?;
            (data.manifest.summary(), data.schema, rows)
        }
        (None, Some(raw), Some(schema)) => {
            let (p, _) = super::prepare::table(raw, schema, super::prepare::Bad::Skip, 1)?;
            (p.summary(), p.schema, Rows { train: p.train, val: p.val, test: p.test })
        }
        _ => return Fail::usage("doctor: expected DATA, or --raw and --schema"),
    };
    let fields_alone: Vec<Alone> = (0..schema.fields.len())
        .map(|f| Alone { field: schema.fields[f].name.clone(), auc: alone(f, &schema, &rows) })
        .collect();
    let warnings = warnings(&summary, &fields_alone, &rows);
    let memory = memory(&schema, &rows, &config);
    let findings = Findings { summary, memory, fields_alone, warnings };
    if args.json {
        return out::json(&findings);
    }
    out::data(&text(&findings))
}

/// AUC on validation of each value's click rate in train: a field that comes near 1 is the label
/// in disguise.
fn alone(f: usize, schema: &Schema, rows: &Rows) -> Option<f64> {
    let offset = schema.offsets()[f];
    let mut counts = vec![(0f32, 0f32); schema.fields[f].size()];
    let value = |rows: &Instances, i: usize| (rows.ids_of(i)[f] - offset) as usize;
    for i in 0..rows.train.len() {
        let (n, clicks) = &mut counts[value(&rows.train, i)];
        *n += 1.0;
        *clicks += f32::from(rows.train.labels[i]);
    }
    let (n, clicks) = counts.iter().fold((0.0, 0.0), |s, c| (s.0 + c.0, s.1 + c.1));
    // Rare values lean on the mean, as much as on ten rows.
    let rate = |(m, c): (f32, f32)| (c + 10.0 * clicks / n) / (m + 10.0);
    let scores: Vec<f32> = (0..rows.val.len()).map(|i| rate(counts[value(&rows.val, i)])).collect();
    auc(&scores, &rows.val.labels)
}

fn warnings(summary: &Summary, alone: &[Alone], rows: &Rows) -> Vec<String> {
    let mut warnings = Vec::new();
    for a in alone {
        if let Some(auc) = a.auc.filter(|auc| *auc > LEAK) {
            let field = &a.field;
            warnings.push(format!("field \"{field}\" alone ranks validation clicks with AUC {auc:.3}: does it leak the label?"));
        }
    }
    for f in summary.fields.iter().filter(|f| f.features <= 2) {
        warnings
            .push(format!("field \"{}\" has {} ids: it says next to nothing", f.name, f.features));
    }
    for (name, split) in [("val", &rows.val), ("test", &rows.test)] {
        for (k, s) in summary.scenarios.iter().enumerate() {
            let clicks = split.scenarios.iter().zip(&split.labels);
            let clicks = clicks.filter(|(s, y)| usize::from(**s) == k && **y == 1).count();
            if clicks < 50 {
                warnings.push(format!(
                    "scenario {} has {clicks} clicks in {name}: its AUC will say little",
                    s.scenario
                ));
            }
        }
    }
    warnings
}

/// Weights, two moments, the best weights and a step's activations; and the rows.
fn memory(schema: &Schema, rows: &Rows, config: &Config) -> u64 {
    let (dim, k) = (config.model.dim, schema.scenarios.len());
    let dense = |widths: &[usize]| {
        let mut from = schema.fields.len() * dim;
        let mut n = 0;
        for to in widths.iter().chain([&1]) {
            n += (from + 1) * to;
            from = *to;
        }
        n
    };
    let parameters =
        schema.features() * (dim + 1) + k * dense(&config.model.mlp) + dense(&config.selector.mlp);
    let wide: usize = config.model.mlp.iter().sum::<usize>() + schema.fields.len() * dim;
    let step = 3 * config.train.batch * wide * (k + 1);
    let of_rows = |r: &Instances| (r.ids.len() * 4 + r.len() * 11) as u64;
    (4 * (4 * parameters + step)) as u64
        + of_rows(&rows.train)
        + of_rows(&rows.val)
        + of_rows(&rows.test)
}

fn text(findings: &Findings) -> String {
    let mut rows = vec![vec!["field alone".to_owned(), "val AUC".to_owned()]];
    rows.extend(
        findings.fields_alone.iter().map(|a| vec![format!("  {}", a.field), report::number(a.auc)]),
    );
    let summary = super::prepare::text(&findings.summary);
    let memory = report::bytes(findings.memory);
    let mut text =
        format!("{summary}\n{}\nmemory to train  about {memory}\n", report::table(&rows));
    for warning in &findings.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text
}
