//! `ssim evaluate --input`: raw rows are encoded as the model's own were, predicted, and compared with their
//! labels.

use super::EvaluateArgs;
use super::by_value::RowsByValue;
use crate::files::scoring_counts::ScoringCounts;
use crate::run::run_folder::RunFolder;
use crate::run::scoring;
use crate::terminal::exit::Fail;
use crate::terminal::{drift, out, report};
use anyhow::Result;
use candle_core::Device;
use serde_json::json;
use ssim_core::drift::DriftCounter;
use ssim_core::instances::Instances;
use ssim_core::metric::Report;
use ssim_core::model::Predict;
use ssim_data::JobPart;
use std::path::Path;

pub fn run(args: &EvaluateArgs, input: &Path) -> Result<()> {
    let (run, _) = RunFolder::open(&args.run)?;
    let data = run.schema()?;
    let schema = &data.schema;
    let models = run.models(schema, &Device::Cpu)?;
    let (scenario, label) = (data.scenario_column()?, data.label_column()?);
    let Some(label) = args.label.as_deref().or(label.as_deref()) else {
        return Fail::usage("--label: the run does not say which column holds the label");
    };
    let scoring = args.reading.scoring(
        schema,
        scenario.as_deref(),
        Some(label),
        JobPart::WHOLE,
        data.cell_rules()?,
    )?;
    let opened = args.reading.open(input, None)?;
    let source = opened.source.clone();
    let mut counts = ScoringCounts::new(schema);
    let by_value = args.gauc.as_ref().map(|field| RowsByValue::new(schema, field));
    let mut by_value = by_value.transpose()?;
    let baseline = run.baseline(schema)?;
    let drift = baseline.as_ref().map(|was| DriftCounter::new(was, schema));
    let mut drift = drift.transpose()?;
    let calibrator = args.calibrated.then(|| run.calibrator(schema)).transpose()?;
    // Ids are needed for a block at a time, and what the metrics need stays.
    let (mut seen, mut logits) = (Instances::default(), Vec::new());
    for block in opened.blocks(&source, &scoring)? {
        let block = block?;
        counts.add(&block);
        let rows = block.instances;
        by_value.iter_mut().for_each(|by_value| by_value.add(&rows));
        let mut predicted = scoring::each(&rows, |places| models.predict(&rows, places))?;
        drift.iter_mut().for_each(|drift| drift.add(&rows, true, Some(&predicted)));
        calibrator.iter().for_each(|lines| lines.apply(&mut predicted, &rows.scenarios));
        logits.append(&mut predicted);
        seen.labels.extend_from_slice(&rows.labels);
        seen.scenarios.extend_from_slice(&rows.scenarios);
    }
    let unseen = counts.end(args.reading.max_unseen);
    if counts.scored == 0 {
        return Fail::data(format!("{source}: expected at least one row, got none"));
    }
    let drift = drift.map(DriftCounter::finish);
    let found = Report::new(&logits, &seen, &schema.scenarios);
    if args.json {
        let mut all = json!({
            "schema": 1,
            "input": found,
            "calibrated": args.calibrated,
            "unseen": unseen,
            "drift": drift,
        });
        if let Some(by_value) = by_value {
            all["by_value"] = by_value.json(&logits, &seen.labels);
        }
        return out::json(&all);
    }
    let more = by_value.map(|by_value| by_value.text(&logits, &seen.labels)).unwrap_or_default();
    let drift = match &drift {
        Some(drift) => drift::text(drift),
        None => report::wrap(drift::NO_BASELINE) + "\n",
    };
    out::text(&(report::quality(&source, &found) + &more + "\n" + &drift))
}
