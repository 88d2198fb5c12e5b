//! From an artifact's bytes to answers: plain Rust, the same in the worker and in a native test.

use crate::diagnose::diagnose;
use crate::protocol::{
    Check, Failure, FieldLine, ModelSize, Order, Overview, Row, RowPage, RowsWanted, ScenarioLine,
    SelectorSize,
};
use candle_core::Device;
use ssim_core::artifact::{Artifact, Header};
use ssim_core::instances::Instances;
use ssim_core::mask::{Pool, cut};
use ssim_core::metric::{Metrics, Report};
use ssim_core::model::sigmoid;
use ssim_core::parameters::Parameters;
use ssim_core::vocabulary::{Field, Transform};
use ssim_core::{Error, Result};

/// An artifact with everything that was computed from it.
pub struct Engine {
    overview: Overview,
    sample: Instances,
    logits: Vec<f32>,
    scores: Vec<f32>,
    shared: Vec<bool>,
}

impl Engine {
    /// Reads an artifact, predicts and scores its sample, and compares with its golden values.
    ///
    /// # Errors
    /// Says in a person's words why the bytes cannot be shown.
    pub fn open(bytes: &[u8]) -> std::result::Result<Self, Failure> {
        let artifact = Artifact::from_bytes(bytes).map_err(|e| diagnose(bytes, &e))?;
        Self::compute(&artifact).map_err(|e| diagnose(bytes, &e))
    }

    fn compute(artifact: &Artifact) -> Result<Self> {
        let header = &artifact.header;
        let sample = artifact.sample()?;
        let rows: Vec<u32> = (0..sample.len() as u32).collect();

        let model = artifact.model(&Device::Cpu)?;
        let logits = model.predict_all(&sample, &rows)?;
        all_finite("logits", &logits)?;

        let selector = artifact.selector(&Device::Cpu)?;
        let scores = match &selector {
            Some((selector, table)) => selector.score(table, &sample, &rows, &Device::Cpu)?,
            None => Vec::new(),
        };
        all_finite("share scores", &scores)?;

        let ratio = selector.is_some().then(|| ratio(header));
        let choose = |scores: &[f32]| match ratio {
            Some(ratio) => {
                cut(scores, &sample.scenarios, &rows, ratio, Pool::Global, rows.len().max(1))
            }
            None => Ok(vec![false; rows.len()]),
        };
        let shared = choose(&scores)?;
        let (golden_logits, golden_scores) = (artifact.golden_logits()?, artifact.golden_scores()?);
        let check = Check {
            logits: difference(&logits, &golden_logits),
            scores: selector.is_some().then(|| difference(&scores, &golden_scores)),
            same_shared: shared == choose(&golden_scores)?,
            compared: logits.len() + scores.len(),
        };

        let counted = selector.is_some().then_some(shared.as_slice());
        let (pooled, scenarios) = lines(header, &sample, &logits, counted);
        let overview = Overview {
            dataset: header.schema.dataset.clone(),
            writer: header.writer.clone(),
            fingerprint: header.schema.fingerprint(),
            synthetic: sample.planted.is_some(),
            scenarios,
            pooled,
            fields: header.schema.fields.iter().map(field).collect(),
            model: ModelSize {
                backbone: header.model.backbone.clone(),
                features: header.schema.features(),
                dim: header.dim,
                width: header.model.width,
                mlp: header.model.mlp.clone(),
                towers: header.model.towers,
                parameters: size(&model.parameters),
            },
            selector: selector.as_ref().map(|(selector, _)| SelectorSize {
                mlp: selector.config.mlp.clone(),
                heads: selector.config.heads,
                parameters: size(&selector.parameters),
            }),
            ratio,
            check,
            report: header.report.clone(),
        };
        Ok(Self { overview, sample, logits, scores, shared })
    }

    /// Everything but the rows.
    pub fn overview(&self) -> &Overview {
        &self.overview
    }

    /// Some rows of the sample.
    pub fn rows(&self, wanted: &RowsWanted) -> RowPage {
        let mut places: Vec<usize> = (0..self.sample.len())
            .filter(|i| wanted.scenario.is_none_or(|s| self.sample.scenarios[*i] == s))
            .collect();
        if wanted.order == Order::Score && !self.scores.is_empty() {
            // A stable sort: equal scores stay in the file's order.
            places.sort_by(|a, b| self.scores[*b].total_cmp(&self.scores[*a]));
        }
        let rows = places.iter().skip(wanted.from).take(wanted.count).map(|i| self.row(*i));
        RowPage { wanted: wanted.clone(), total: places.len(), rows: rows.collect() }
    }

    fn row(&self, i: usize) -> Row {
        let towers = self.overview.model.towers;
        Row {
            row: self.sample.rows[i],
            scenario: self.sample.scenarios[i],
            click: self.sample.labels[i] > 0,
            score: self.scores.get(i).copied(),
            shared: self.shared[i],
            ctr: self.logits[i * towers..(i + 1) * towers].iter().map(|z| sigmoid(*z)).collect(),
        }
    }
}

/// The share of rows that the run asked for; 30 % where it does not say.
fn ratio(header: &Header) -> f64 {
    let said = header.report.get("share").and_then(|s| s.get("ratio")).and_then(|r| r.as_f64());
    said.filter(|r| (0.0..=1.0).contains(r)).unwrap_or(0.3)
}

/// Metrics and shares on the sample, each row predicted by its own scenario's tower.
fn lines(
    header: &Header,
    sample: &Instances,
    logits: &[f32],
    shared: Option<&[bool]>,
) -> (ScenarioLine, Vec<ScenarioLine>) {
    let (towers, names) = (header.model.towers, &header.schema.scenarios);
    let own: Vec<f32> = (sample.scenarios.iter().enumerate())
        .map(|(i, s)| logits[i * towers + usize::from(*s).min(towers - 1)])
        .collect();
    let report = Report::new(&own, sample, names);
    let line = |name: &str, m: &Metrics, scenario: Option<usize>| ScenarioLine {
        name: name.to_owned(),
        rows: m.instances,
        shared: shared.map(|bits| {
            let bits = bits.iter().zip(&sample.scenarios);
            bits.filter(|(bit, s)| **bit && scenario.is_none_or(|k| usize::from(**s) == k)).count()
                as u64
        }),
        ctr: m.ctr,
        auc: m.auc,
        logloss: m.logloss,
    };
    let scenarios = report.scenarios.iter().enumerate();
    let scenarios = scenarios.map(|(k, s)| line(&s.scenario, &s.metrics, Some(k))).collect();
    (line("all", &report.pooled, None), scenarios)
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

fn all_finite(what: &str, values: &[f32]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(Error::File(format!("{what}: value {i} is {}, not a number", values[i]))),
        None => Ok(()),
    }
}

/// Largest absolute difference; infinite where one of them is not a number.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    apart.fold(0.0, |most, d| if d.is_nan() { f32::MAX } else { most.max(d.min(f32::MAX)) })
}
