//! The overview of an artifact: everything that the page shows before a reader asks for rows.

use crate::protocol::{Check, FieldLine, Overview};
use ssim_core::Result;
use ssim_core::artifact::Artifact;
use ssim_core::look::inspect::{Inspection, Order, Orders};
use ssim_core::method::Role;
use ssim_figure::report;

/// Everything but the rows, and but the sentences, which are made of it.
pub fn overview(
    artifact: &Artifact,
    seen: &Inspection,
    models: Vec<String>,
    digest: String,
) -> Result<Overview> {
    let header = &artifact.header;
    let schema = &header.schema;
    Ok(Overview {
        dataset: schema.dataset.clone(),
        facts: String::new(),
        verdict: String::new(),
        story: Vec::new(),
        digest,
        synthetic: seen.sample.planted.is_some(),
        scenarios: schema.scenarios.clone(),
        rows: seen.sample.len(),
        weights: seen.weights.clone(),
        fields: (schema.fields.iter())
            .map(|f| FieldLine { name: f.name.clone(), values: f.vocabulary.len() })
            .collect(),
        towers: header.model.towers,
        selected: seen.scorer.is_some(),
        ratio: header.ratio(),
        by: header.report.share.by,
        method: method(artifact).to_owned(),
        models,
        projections: (artifact.projections()?.into_iter())
            .map(|p| (p.name, p.trustworthiness))
            .collect(),
        check: check(artifact, seen)?,
        tested: match report::tested(&header.report) {
            Some(test) => test.scenarios.iter().map(|s| s.1.instances).collect(),
            None => count(&seen.sample.scenarios, schema.scenarios.len()),
        },
        moments: header.moments.iter().map(|m| (m.step, m.temperature, m.cut)).collect(),
        compared: false,
        measured: report::sweep(&header.report),
    })
}

/// Rows of every scenario.
fn count(scenarios: &[u16], k: usize) -> Vec<u64> {
    let mut counts = vec![0; k];
    for s in scenarios {
        if let Some(count) = counts.get_mut(usize::from(*s)) {
            *count += 1;
        }
    }
    counts
}

fn check(artifact: &Artifact, seen: &Inspection) -> Result<Check> {
    let (logits, scores) = (artifact.golden_logits()?, artifact.golden_scores()?);
    let mut largest = difference(&seen.logits, &logits);
    let mut compared = logits.len() + scores.len();
    for (i, own) in seen.variants.iter().enumerate() {
        let golden = artifact.golden_variant(i)?;
        largest = largest.max(difference(own, &golden));
        compared += golden.len();
    }
    let cut = |scores: &[f32]| {
        let orders = Orders { scores: Some(scores), ..seen.orders() };
        let ranking = orders.ranking(Order::Score, artifact.header.pool());
        ranking.and_then(|r| r.cut(artifact.header.ratio()).ok())
    };
    Ok(Check {
        logits: largest,
        scores: seen.scores.as_ref().map(|s| difference(s, &scores)),
        same_shared: seen.scores.as_ref().is_none_or(|s| cut(s) == cut(&scores)),
        compared,
        whole: artifact.checked,
    })
}

/// The method of the run. The record of another program's file can be blank.
fn method(artifact: &Artifact) -> &str {
    match artifact.header.report.method.as_str() {
        "" => "model",
        method => method,
    }
}

/// Names of the model and of its variants, each with its logits `[n]` on the sample.
pub fn models(artifact: &Artifact, seen: &Inspection) -> Vec<(String, Vec<f32>)> {
    let header = &artifact.header;
    // The ratio says nothing where the method alone decides which rows are shared.
    let name = |method: &str, ratio: f64| match Role::of(method) {
        Role::OneTower | Role::SharesNothing | Role::SharesAll => method.to_owned(),
        _ => format!("{method}@{}", (100.0 * ratio).round() / 100.0),
    };
    let mut models = vec![(name(method(artifact), header.ratio()), seen.own())];
    for (variant, logits) in header.variants.iter().zip(&seen.variants) {
        let name = name(&variant.method, variant.ratio);
        // A sweep meets the run itself again.
        if models.iter().all(|m| m.0 != name) {
            models.push((name, logits.clone()));
        }
    }
    models
}

/// Largest absolute difference; infinite where one of them is not a number.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    apart.fold(0.0, |most, d| if d.is_nan() { f32::MAX } else { most.max(d.min(f32::MAX)) })
}
