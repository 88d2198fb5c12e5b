//! The overview of an artifact: everything that the page shows before a reader asks for rows.

use crate::protocol::{Check, FieldLine, ModelLine, ModelSize, Overview, SelectorSize};
use ssim_core::Result;
use ssim_core::artifact::Artifact;
use ssim_core::look::inspect::{Inspection, Order, Orders};
use ssim_core::method::Role;
use ssim_core::parameters::Parameters;
use ssim_core::selector::Scorer;
use ssim_core::vocabulary::{Field, Transform};
use ssim_figure::report;

/// Everything but the rows.
pub fn overview(
    artifact: &Artifact,
    seen: &Inspection,
    models: Vec<ModelLine>,
    digest: String,
) -> Result<Overview> {
    let header = &artifact.header;
    let schema = &header.schema;
    Ok(Overview {
        dataset: schema.dataset.clone(),
        writer: header.writer.clone(),
        fingerprint: schema.fingerprint(),
        digest,
        synthetic: seen.sample.planted.is_some(),
        scenarios: schema.scenarios.clone(),
        rows: seen.sample.len(),
        weights: seen.weights.clone(),
        fields: schema.fields.iter().map(field).collect(),
        model: ModelSize {
            backbone: header.model.backbone.clone(),
            features: schema.features(),
            dim: header.dim,
            width: header.model.width,
            mlp: header.model.mlp.clone(),
            towers: header.model.towers,
            parameters: size(&seen.model.parameters),
        },
        selector: seen.scorer.as_ref().map(|Scorer { selector, .. }| SelectorSize {
            mlp: selector.config.mlp.clone(),
            heads: selector.config.heads,
            parameters: size(&selector.parameters),
        }),
        ratio: header.ratio(),
        by: header.report.share.by,
        models,
        projections: (artifact.projections()?.into_iter())
            .map(|p| (p.name, p.trustworthiness))
            .collect(),
        check: check(artifact, seen)?,
        of: report::of(&header.report),
        tested: match report::tested(&header.report) {
            Some(test) => test.scenarios.iter().map(|s| s.1.instances).collect(),
            None => count(&seen.sample.scenarios, schema.scenarios.len()),
        },
        lists: report::lists(&header.report),
        search: report::search(&header.report),
        moments: header.moments.iter().map(|m| (m.step, m.temperature, m.cut)).collect(),
        runs: report::runs(&header.report),
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

/// The model and its variants, each with its logits `[n]` on the sample.
pub fn models(artifact: &Artifact, seen: &Inspection) -> Vec<(ModelLine, Vec<f32>)> {
    let header = &artifact.header;
    // The record of another program's file can be blank.
    let method = match header.report.method.as_str() {
        "" => "model",
        method => method,
    };
    let line = |method: &str, ratio: f64| ModelLine {
        // The ratio says nothing where the method alone decides which rows are shared.
        name: match Role::of(method) {
            Role::OneTower | Role::SharesNothing | Role::SharesAll => method.to_owned(),
            _ => format!("{method}@{}", (100.0 * ratio).round() / 100.0),
        },
        method: method.to_owned(),
        ratio,
    };
    let mut models = vec![(line(method, header.ratio()), seen.own())];
    for (variant, logits) in header.variants.iter().zip(&seen.variants) {
        let line = line(&variant.method, variant.ratio);
        // A sweep meets the run itself again.
        if models.iter().all(|m| m.0.name != line.name) {
            models.push((line, logits.clone()));
        }
    }
    models
}

fn field(field: &Field) -> FieldLine {
    FieldLine {
        name: field.name.clone(),
        values: field.vocabulary.len(),
        buckets: match &field.transform {
            Transform::None => String::new(),
            Transform::Log2 => "log²".into(),
            Transform::Quantile(bounds) => format!("{} quantiles", bounds.len() + 1),
        },
    }
}

fn size(parameters: &Parameters) -> usize {
    parameters.vars().iter().map(|(_, v)| v.elem_count()).sum()
}

/// Largest absolute difference; infinite where one of them is not a number.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    apart.fold(0.0, |most, d| if d.is_nan() { f32::MAX } else { most.max(d.min(f32::MAX)) })
}
