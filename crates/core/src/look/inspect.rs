//! The rows of an artifact as its model and its selector see them: columns to show, to draw, and to
//! select by.

use crate::artifact::Artifact;
use crate::error::{Error, Result};
use crate::instances::Instances;
use crate::mask::{Pool, Ranking};
use crate::method::Role;
use crate::metric::{cross_entropy, disagreement};
use crate::model::{Model, sigmoid};
use crate::rng::Stream;
use crate::selector::Scorer;
use candle_core::Device;

/// Rows of a batch, for lists that are cut batch by batch.
pub(super) const BATCH: usize = 1024;

/// The order of the rows that a share ratio cuts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The order of the selector's scores.
    #[default]
    Score,
    /// A random order.
    Random,
    /// Planted rows first, in random order, as a perfect selector would rank them.
    Planted,
}

/// A sample of `n` rows with the predictions of `K` towers and the scores of the selector.
pub struct Inspection {
    /// The CTR model.
    pub model: Model,
    /// The selector with the table it looks through, if the artifact has one.
    pub scorer: Option<Scorer>,
    /// The rows.
    pub sample: Instances,
    /// Number of towers `K`.
    pub towers: usize,
    /// Logits of all towers, `[n, K]`.
    pub logits: Vec<f32>,
    /// Raw share scores, `[n]`; `None` without a selector.
    pub scores: Option<Vec<f32>>,
    /// Logits `[n]` of every variant, each row by its own scenario's tower.
    pub variants: Vec<Vec<f32>>,
    /// Change of every tower's loss against the model that shares nothing, `[n, K]`, if the artifact has
    /// that model.
    pub change: Option<Vec<f32>>,
    /// The number of rows for which one row of each scenario stands, `[K]`.
    pub weights: Vec<f64>,
    /// The random numbers of lists of the rows.
    pub chance: Chance,
}

impl Inspection {
    /// Predicts and scores every row of the artifact's sample.
    ///
    /// # Errors
    /// When a part of the artifact is missing or damaged, or a prediction is not a number.
    pub fn new(artifact: &Artifact, device: &Device) -> Result<Self> {
        let sample = artifact.sample()?;
        let rows: Vec<u32> = (0..sample.len() as u32).collect();
        let model = artifact.model(device)?;
        let towers = model.config.towers;
        let logits = finite("logits", model.predict_all(&sample, &rows)?)?;
        let scorer = artifact.scorer(device)?;
        let scores = match &scorer {
            Some(scorer) => Some(finite("share scores", scorer.score(&sample, &rows, device)?)?),
            None => None,
        };
        let (mut variants, mut change) = (Vec::new(), None);
        for (i, variant) in artifact.header.variants.iter().enumerate() {
            let model: Model = artifact.variant(i, device)?;
            let is_reference = Role::of(&variant.method).is_reference();
            if change.is_none() && is_reference && variant.model.towers == towers {
                let all = finite("logits", model.predict_all(&sample, &rows)?)?;
                change = Some(losses_apart(&logits, &all, &sample.labels, towers));
                variants.push(own(&all, &sample.scenarios, towers));
            } else {
                variants.push(finite("logits", model.predict(&sample, &rows)?)?);
            }
        }
        let weights = artifact.header.weights();
        let chance = Chance::new(sample.len());
        Ok(Self {
            model,
            scorer,
            sample,
            towers,
            logits,
            scores,
            variants,
            change,
            weights,
            chance,
        })
    }

    /// Logits `[n]`, each row by its own scenario's tower.
    pub fn own(&self) -> Vec<f32> {
        own(&self.logits, &self.sample.scenarios, self.towers)
    }

    /// The columns that can order the rows.
    pub fn orders(&self) -> Orders<'_> {
        Orders {
            scenarios: &self.sample.scenarios,
            scores: self.scores.as_deref(),
            planted: self.sample.planted.as_ref().map(|p| p.shared.as_slice()),
            weights: &self.weights,
            chance: &self.chance,
        }
    }

    /// Named numbers per row, `[n]` each. Scenarios are counted from 1.
    ///
    /// `scenario click score disagreement ctr loss planted probability`, projections as `pca.x`
    /// and `pca.y`, every tower's CTR as `tower.1` to `tower.K`, the change of its loss against
    /// the model that shares nothing as `change.1` to `change.K`, and raw scores while searching as `moment.1` and on.
    ///
    /// # Errors
    /// When a projection of the artifact is missing or damaged.
    pub fn columns(&self, artifact: &Artifact) -> Result<Vec<(String, Vec<f32>)>> {
        let sample = &self.sample;
        let own = self.own();
        let loss = own.iter().zip(&sample.labels).map(|(z, y)| cross_entropy(*z, *y) as f32);
        let mut columns = vec![
            ("scenario".to_owned(), sample.scenarios.iter().map(|s| f32::from(*s) + 1.0).collect()),
            ("click".to_owned(), sample.labels.iter().map(|y| f32::from(*y)).collect()),
            ("ctr".to_owned(), own.iter().map(|z| sigmoid(*z)).collect()),
            ("loss".to_owned(), loss.collect()),
        ];
        let mut add = |name: &str, values: Vec<f32>| columns.push((name.to_owned(), values));
        if let Some(scores) = &self.scores {
            add("score", scores.clone());
        }
        if self.towers > 1 {
            add("disagreement", disagreement(&self.logits, self.towers));
        }
        if let Some(planted) = &sample.planted {
            add("planted", planted.shared.iter().map(|b| f32::from(u8::from(*b))).collect());
            add("probability", planted.probability.clone());
        }
        for projection in artifact.projections()? {
            let along = |axis: usize| projection.at.iter().skip(axis).step_by(2).copied().collect();
            add(&format!("{}.x", projection.name), along(0));
            add(&format!("{}.y", projection.name), along(1));
        }
        for k in 0..self.towers {
            let of = self.logits.iter().skip(k).step_by(self.towers);
            add(&format!("tower.{}", k + 1), of.map(|z| sigmoid(*z)).collect());
            if let Some(change) = &self.change {
                let of = change.iter().skip(k).step_by(self.towers).copied();
                add(&format!("change.{}", k + 1), of.collect());
            }
        }
        for i in 0..artifact.header.moments.len() {
            columns.push((format!("moment.{}", i + 1), artifact.moment(i)?));
        }
        Ok(columns)
    }
}

/// The random numbers of lists of `n` rows. They are the same on every host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chance {
    /// Scores of a random list, `[n]` in 0..1.
    pub scores: Vec<f32>,
    /// The sequence in which batches are cut, `[n]`.
    pub order: Vec<u32>,
}

impl Chance {
    /// The draw for `n` rows.
    pub fn new(n: usize) -> Self {
        let mut stream = Stream::new(0, "inspection scores", &[]);
        let scores = (0..n).map(|_| stream.unit() as f32).collect();
        Self { scores, order: Stream::new(0, "inspection order", &[]).permutation(n) }
    }
}

/// The columns that can order `n` rows.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'a> {
    /// Places of the scenarios, `[n]`.
    pub scenarios: &'a [u16],
    /// Raw share scores, `[n]`, where there is a selector.
    pub scores: Option<&'a [f32]>,
    /// Rows that are planted as shared, `[n]`, where that is known.
    pub planted: Option<&'a [bool]>,
    /// The number of rows for which one row of each scenario stands, `[K]`.
    pub weights: &'a [f64],
    /// The random numbers.
    pub chance: &'a Chance,
}

impl Orders<'_> {
    /// The rows `[n]` in an order that share ratios can cut; `None` without the selector or the truth that
    /// the order needs.
    pub fn ranking(&self, order: Order, pool: Pool) -> Option<Ranking> {
        let (keys, rows) = (self.keys(order)?, &self.chance.order);
        Ranking::weighted(&keys, self.scenarios, rows, pool, BATCH, self.weights).ok()
    }

    /// The numbers that order the rows, `[n]`, the highest first; `None` as in [`Orders::ranking`].
    pub fn keys(&self, order: Order) -> Option<Vec<f32>> {
        let random = || self.chance.scores.clone();
        Some(match order {
            Order::Score => self.scores?.to_vec(),
            Order::Random => random(),
            Order::Planted => planted_first(random(), self.planted?),
        })
    }
}

/// Scores `[n]` in 0..1 that put planted rows before all others, and keep the order within each group.
pub fn planted_first(mut scores: Vec<f32>, planted: &[bool]) -> Vec<f32> {
    let bits = planted.iter().map(|b| f32::from(u8::from(*b)));
    scores.iter_mut().zip(bits).for_each(|(score, bit)| *score += bit);
    scores
}

fn own(logits: &[f32], scenarios: &[u16], towers: usize) -> Vec<f32> {
    let tower = |s: u16| usize::from(s).min(towers - 1);
    (scenarios.iter().zip(logits.chunks_exact(towers))).map(|(s, row)| row[tower(*s)]).collect()
}

/// By how much the loss of every logit of `new` differs from that of `old`, `[n, K]` each; `labels` `[n]`.
pub fn losses_apart(new: &[f32], old: &[f32], labels: &[u8], towers: usize) -> Vec<f32> {
    let apart = |(i, (new, old)): (usize, (&f32, &f32))| {
        let label = labels[i / towers];
        (cross_entropy(*new, label) - cross_entropy(*old, label)) as f32
    };
    new.iter().zip(old).enumerate().map(apart).collect()
}

fn finite(what: &str, values: Vec<f32>) -> Result<Vec<f32>> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(Error::File(format!("{what}: value {i} is {}, not a number", values[i]))),
        None => Ok(values),
    }
}
