//! Drawing a picture of an artifact.

use crate::control::label;
use crate::measured::Measured;
use crate::methods::{chart, lines};
use crate::report::{self, RunLine};
use crate::state::{Number, State, View};
use crate::{matrix, plane, scenario};
use candle_core::Device;
use ssim_core::artifact::{Artifact, Projection};
use ssim_core::error::{Error, Result};
use ssim_core::instances::Instances;
use ssim_core::look::inspect::{Chance, Order, Orders, losses_apart};
use ssim_core::look::list_statistics::ListStatistics;
use ssim_core::look::stratified_sample;
use ssim_core::mask::Pool;
use ssim_core::method::Role;
use ssim_core::metric::disagreement;
use ssim_viz::{
    CurveLine, Curves, Look, Map, Marked, OTHER, Points, ScenarioCounts, Shares, classes, count,
    fixed, largest,
};

/// The largest number of points of a map in a document. More points would make a large file and
/// hide each other.
pub(crate) const MARKS: usize = 2000;

/// A picture and its heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The heading of the picture.
    pub title: String,
    /// The picture as an SVG document.
    pub svg: String,
}

/// The contents of an artifact, ready to be drawn.
pub struct Figures {
    pub(crate) artifact: Artifact,
    /// The rows in the file `[n]`.
    pub(crate) sample: Instances,
    /// Logits of all towers as stored in the file `[n, K]`.
    pub(crate) logits: Vec<f32>,
    /// Share scores as stored in the file `[n]`; `None` without a selector.
    pub(crate) scores: Option<Vec<f32>>,
    /// Whether each row was clicked `[n]`.
    pub(crate) clicks: Vec<bool>,
    /// Names of the scenarios `[K]`.
    pub(crate) names: Vec<String>,
    weights: Vec<f64>,
    chance: Chance,
    /// The runs that the report compares.
    runs: Vec<RunLine>,
    /// The positions of the rows in the plane, for a map where the rows have no score or there is one tower.
    pub(crate) plane: Option<Projection>,
    /// The results of a sweep; empty if there was none.
    measured: Measured,
}

impl Figures {
    /// Reads everything that pictures need from the artifact. It predicts nothing.
    ///
    /// # Errors
    /// The artifact's sample, logits or scores cannot be read, or its model has no towers.
    pub fn new(artifact: Artifact) -> Result<Self> {
        let (header, sample) = (&artifact.header, artifact.sample()?);
        if header.model.towers == 0 {
            return Err(Error::File("expected a model with towers, got none".into()));
        }
        Ok(Self {
            logits: artifact.golden_logits()?,
            scores: header.selector.is_some().then(|| artifact.golden_scores()).transpose()?,
            clicks: sample.labels.iter().map(|y| *y > 0).collect(),
            names: header.schema.scenarios.iter().map(|s| scenario(s)).collect(),
            weights: header.weights(),
            chance: Chance::new(sample.len()),
            runs: report::runs(&header.report),
            measured: report::sweep(&header.report),
            plane: plane::of(&artifact)?,
            sample,
            artifact,
        })
    }

    /// The views that this artifact has.
    pub fn views(&self) -> impl Iterator<Item = View> {
        let selected = self.is_selected();
        let towers = self.artifact.header.model.towers > 1;
        View::ALL.iter().copied().filter(move |view| match view {
            View::Map => (selected && towers) || self.plane.is_some(),
            View::Shares | View::Matrix => selected,
            View::Metrics => !self.runs.is_empty() || self.is_swept(),
            View::Curves => self.has(Number::Loss),
            View::WhatIf => !self.sample.is_empty(),
        })
    }

    /// Draws the picture that the state asks for.
    ///
    /// # Errors
    /// The artifact does not have this view, or it does not have a row, a field or an id of the
    /// state.
    pub fn draw(&self, state: &State, look: &Look) -> Result<Figure> {
        if !self.views().any(|view| view == state.view) {
            let names: Vec<_> = self.views().map(View::name).collect();
            return Err(Error::Data(format!(
                "view {}: this run has none; expected one of {}",
                state.view.name(),
                names.join(", ")
            )));
        }
        let (title, svg) = match state.view {
            View::Map => match &self.plane {
                Some(plane) => self.plane_map(plane, look),
                None => self.map(state, look),
            },
            View::Shares => self.shares(state, look),
            View::Metrics => self.metrics(state, look),
            View::Curves => self.curves(state, look),
            View::Matrix => {
                let matrix = matrix(&self.names, &self.cells(state)?);
                (matrix.title.clone(), matrix.svg(look))
            }
            View::WhatIf => self.row(state, look)?,
        };
        Ok(Figure { title, svg })
    }

    /// Whether there is a selector.
    pub(crate) fn is_selected(&self) -> bool {
        self.scores.is_some()
    }

    /// Whether the data is synthetic, so that the true click probabilities are known.
    pub(crate) fn is_synthetic(&self) -> bool {
        self.sample.planted.is_some()
    }

    /// Whether there are results of a sweep.
    pub(crate) fn is_swept(&self) -> bool {
        !self.measured.is_empty()
    }

    /// Whether the run reported this number.
    pub(crate) fn has(&self, number: Number) -> bool {
        !report::curves(&self.artifact.header.report, number.name()).is_empty()
    }

    /// The share ratio: the state's, or the run's if the state has none.
    pub(crate) fn ratio(&self, state: &State) -> f64 {
        state.ratio.unwrap_or_else(|| self.artifact.header.ratio())
    }

    /// The rows among which the best are shared: the state's choice, or the run's if the state has none.
    pub(crate) fn pool(&self, state: &State) -> Pool {
        state.by.unwrap_or_else(|| self.artifact.header.pool())
    }

    /// The columns that order the rows.
    pub(crate) fn orders(&self) -> Orders<'_> {
        Orders {
            scenarios: &self.sample.scenarios,
            scores: self.scores.as_deref(),
            planted: None,
            weights: &self.weights,
            chance: &self.chance,
        }
    }

    /// Whether each row is shared at the state's ratio `[n]`. Without a selector, no row is.
    pub(crate) fn shared(&self, state: &State) -> Vec<bool> {
        let ranking = self.orders().ranking(Order::Score, self.pool(state));
        let cut = ranking.and_then(|r| r.cut(self.ratio(state)).ok());
        cut.unwrap_or_else(|| vec![false; self.sample.len()])
    }

    /// The rows with their marks `shared` `[n]`, for counting.
    pub(crate) fn listed<'a>(&'a self, shared: &'a [bool]) -> ListStatistics<'a> {
        ListStatistics {
            k: self.names.len(),
            scenarios: &self.sample.scenarios,
            clicks: &self.clicks,
            weights: &self.weights,
            shared,
        }
    }

    /// Number of rows of every scenario, and of those that are shared.
    pub(crate) fn counts(&self, shared: &[bool]) -> Vec<ScenarioCounts> {
        let tallies = self.listed(shared).tallies(&[]);
        let sizes: Vec<u64> = tallies.iter().map(|t| t.rows[0]).collect();
        let classes = classes(sizes.len(), largest(&sizes));
        let mut counts = Vec::new();
        for ((name, tally), class) in self.names.iter().zip(tallies).zip(classes) {
            let [instances, shared] = tally.rows;
            counts.push(ScenarioCounts { scenario: name.clone(), instances, shared, class });
        }
        counts
    }

    fn map(&self, state: &State, look: &Look) -> (String, String) {
        let shared = self.shared(state);
        let rows = stratified_sample::places(&self.sample.scenarios, self.names.len(), MARKS, 0);
        let pick =
            |values: &[f32]| -> Vec<f32> { rows.iter().map(|i| values[*i as usize]).collect() };
        let towers = self.artifact.header.model.towers;
        let x = pick(self.scores.as_deref().unwrap_or_default());
        let y = pick(&disagreement(&self.logits, towers));
        let counts = self.counts(&shared);
        let class_of = |k: u16| counts.get(usize::from(k)).map_or(OTHER, |s| s.class);
        let class: Vec<u8> =
            rows.iter().map(|i| class_of(self.sample.scenarios[*i as usize])).collect();
        let cuts = self.cuts(state, &shared, &counts);
        let is_shared: Vec<bool> = rows.iter().map(|i| shared[*i as usize]).collect();
        let map = Map {
            title: "Which test instances the selector would share".into(),
            note: format!(
                "{} of {} test instances are drawn, small scenarios over-represented; shared: the {} % of {} with the best scores.",
                count(rows.len() as u64),
                count(self.sample.len() as u64),
                percent(self.ratio(state)),
                of_pool(self.pool(state))
            ),
            marked: Marked::Shared,
            x: "share score".into(),
            y: "disagreement of the towers (standard deviation of logits)".into(),
            value: String::new(),
            cuts,
            scenarios: counts,
            points: Points { x: &x, y: &y, class: &class, shared: &is_shared, ..Points::default() },
        };
        // So few points are drawn as marks, so the encoder of pixels is never called.
        (map.title.clone(), map.svg_with(look, &|_, _, _| None))
    }

    /// The lowest shared scores: one of all scenarios, or those of the coloured ones if each scenario has
    /// its own.
    fn cuts(&self, state: &State, shared: &[bool], counts: &[ScenarioCounts]) -> Vec<(f64, u8)> {
        let scores = self.scores.as_deref().unwrap_or_default();
        let lowest = self.listed(shared).cuts(scores);
        match self.pool(state) {
            Pool::Scenario => {
                let own = lowest.iter().zip(counts).filter(|(_, s)| s.class != OTHER);
                own.filter_map(|(cut, s)| Some((f64::from((*cut)?), s.class))).collect()
            }
            _ => self
                .listed(shared)
                .lowest(scores)
                .map(|cut| (f64::from(cut), OTHER))
                .into_iter()
                .collect(),
        }
    }

    fn shares(&self, state: &State, look: &Look) -> (String, String) {
        let shares = Shares {
            title: format!("Test instances that are shared at {} %", percent(self.ratio(state))),
            note: String::new(),
            scenarios: self.counts(&self.shared(state)),
        };
        (shares.title.clone(), shares.svg(look))
    }

    fn metrics(&self, state: &State, look: &Look) -> (String, String) {
        let k = self.names.len();
        let lines = lines(&self.runs, &self.measured, k, self.ratio(state), state.metric);
        let tested = report::tested(&self.artifact.header.report);
        let tested = tested.map(|t| t.scenarios.iter().map(|s| s.1.instances).collect());
        let counts: Vec<u64> = tested.unwrap_or_else(|| {
            self.counts(&vec![false; self.sample.len()]).iter().map(|s| s.instances).collect()
        });
        let chart = chart(state.metric, &self.names, &counts, &lines, largest(&counts));
        (chart.title.clone(), chart.svg(look))
    }

    fn curves(&self, state: &State, look: &Look) -> (String, String) {
        let curves = report::curves(&self.artifact.header.report, state.curve.name());
        let curves = Curves {
            title: format!("While training: {}", label(state.curve)),
            x: "step".into(),
            y: label(state.curve).into(),
            curves: curves.into_iter().map(|(name, points)| CurveLine { name, points }).collect(),
        };
        (curves.title.clone(), curves.svg(look))
    }

    /// For every scenario i and tower j, the number of i's rows that j sees, and the mean change of
    /// j's loss on these rows against training without sharing `[K, K]`. The change is `None` if
    /// there are no such rows, or if the artifact has no model that was trained without sharing.
    fn cells(&self, state: &State) -> Result<Vec<(u64, Option<f64>)>> {
        let header = &self.artifact.header;
        let towers = header.model.towers;
        let shared = self.shared(state);
        let mut variants = header.variants.iter();
        let baseline =
            variants.position(|v| Role::of(&v.method).is_reference() && v.model.towers == towers);
        let Some(i) = baseline.filter(|_| towers == self.names.len()) else {
            return Ok(self.listed(&shared).matrix(&[]));
        };
        let rows: Vec<u32> = (0..self.sample.len() as u32).collect();
        let old = self.artifact.variant(i, &Device::Cpu)?.predict_all(&self.sample, &rows)?;
        let change = losses_apart(&self.logits, &old, &self.sample.labels, towers);
        let changes: Vec<Vec<f32>> =
            (0..towers).map(|k| change.iter().skip(k).step_by(towers).copied().collect()).collect();
        let changes: Vec<&[f32]> = changes.iter().map(Vec::as_slice).collect();
        Ok(self.listed(&shared).matrix(&changes))
    }
}

/// The rows of a pool, in a sentence about the best of them.
fn of_pool(pool: Pool) -> &'static str {
    match pool {
        Pool::Batch => "each batch",
        Pool::Global => "all",
        Pool::Scenario => "each scenario",
    }
}

/// A fraction as text in percent, with one decimal unless that is zero.
fn percent(part: f64) -> String {
    let text = fixed(100.0 * part, 1);
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}
