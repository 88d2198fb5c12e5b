//! Estimates the memory of a training before it begins, from the sizes of its networks.

use super::memory_check;
use anyhow::Result;
use ssim_core::backbone;
use ssim_train::recipe::{ListSource, Recipe, ScenarioOrder, Start};
use ssim_train::setup::Setup;

/// Bytes that a training needs at its peak, by what they are for.
pub struct TrainingMemory {
    /// The embedding table, its optimiser's state, and the best epoch's table.
    pub table: u64,
    /// Dense weights, their two moments, and the best epoch's weights.
    pub weights: u64,
    /// Gradients of the dense weights.
    pub gradients: u64,
    /// The values of its rows that a step keeps until its backward pass: embeddings, hidden layers, gradients.
    pub step: u64,
    /// The number of towers.
    pub towers: usize,
    /// Whether the estimate is that of a search.
    search: bool,
}

/// Bytes of a number.
const F32: u64 = 4;

impl TrainingMemory {
    /// The estimate for the largest phase of a recipe, on its own list or on a `given` one.
    ///
    /// # Errors
    /// When the networks cannot be built.
    pub fn of(setup: &Setup, recipe: &Recipe, given: Option<&[bool]>) -> Result<Self> {
        let towers = recipe.towers(setup.schema.scenarios.len());
        let first = match recipe.start {
            Start::Fitted { method, .. } => Some(Recipe::of(method).list),
            Start::Seed | Start::Searched | Start::Given => None,
        };
        let share = |list: ListSource| match list {
            ListSource::Nothing => 0.0,
            ListSource::Everything => 1.0,
            _ => setup.config.select.ratio,
        };
        let own = given.map_or_else(
            || share(recipe.list),
            |list| list.iter().filter(|shared| **shared).count() as f64 / list.len().max(1) as f64,
        );
        let mut retrain = Self::of_retrain(setup, towers, own.max(first.map_or(0.0, share)))?;
        // The weights from which an inner loop of MAMDR began, and the average of the epochs.
        let outer = recipe.order != ScenarioOrder::Mixed;
        for _ in [outer, setup.config.retrain.average > 0.0].iter().filter(|has| **has) {
            retrain.add_copy(setup)?;
        }
        match given.is_none() && recipe.list.is_searched() {
            true => Ok(retrain.or_more(Self::of_search(setup)?)),
            false => Ok(retrain),
        }
    }

    /// The estimate for a search. While it starts, all rows may be shared.
    ///
    /// # Errors
    /// When the networks cannot be built.
    pub fn of_search(setup: &Setup) -> Result<Self> {
        let towers = setup.schema.scenarios.len();
        let selector = setup.selector();
        let widths = [&[selector.width][..], &selector.mlp, &[selector.heads]].concat();
        let layers = widths.windows(2).map(|w| (w[0] as u64 + 1).saturating_mul(w[1] as u64));
        let selector: u64 = layers.sum();
        let model = backbone::weights(&setup.backbone(towers))?;
        let mut needs = Self::new(setup, towers, towers as f64);
        needs.search = true;
        needs.weights = bytes(selector.saturating_add(model).saturating_mul(3));
        // Every worker has rows of all towers, and so gradients of all weights.
        let workers = rayon::current_num_threads() as u64;
        needs.gradients = bytes(selector.saturating_add(model)).saturating_mul(workers);
        let widest: usize = setup.selector().mlp.iter().sum();
        needs.step = needs.step.saturating_add(bytes(rows(setup).saturating_mul(widest as u64)));
        Ok(needs)
    }

    /// The estimate for a retraining in which `share` of the rows are shared.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn of_retrain(setup: &Setup, towers: usize, share: f64) -> Result<Self> {
        let trained = match setup.config.retrain.towers_per_row {
            0 => towers,
            some => some.min(towers),
        };
        let model = backbone::weights(&setup.backbone(towers))?;
        let mut needs = Self::new(setup, towers, 1.0 + share * (trained as f64 - 1.0));
        needs.weights = bytes(model.saturating_mul(4));
        needs.gradients = bytes(model);
        Ok(needs)
    }

    /// Adds one more table, and one more network.
    fn add_copy(&mut self, setup: &Setup) -> Result<()> {
        let ids = setup.schema.features() as u64;
        let table = bytes(ids.saturating_mul(setup.config.model.dim as u64));
        self.table = self.table.saturating_add(table / setup.ranks.size() as u64);
        let model = backbone::weights(&setup.backbone(self.towers))?;
        self.weights = self.weights.saturating_add(bytes(model));
        Ok(())
    }

    /// The table and a step, in which a row goes through so many of the towers.
    fn new(setup: &Setup, towers: usize, seen: f64) -> Self {
        let config = setup.config;
        let table = memory_check::needed(
            setup.schema.features() as u64,
            config.model.dim as u64,
            config.train.embedding_optimizer,
            setup.ranks.size() as u64,
        );
        let sizes = setup.backbone(towers);
        let sum = |widths: &[usize]| widths.iter().map(|w| *w as u64).sum::<u64>();
        // Values of a pair of row and tower: the embedded row and its gradient twice, and the hidden
        // layers; and values of a row that serve all towers.
        let (shared, own) = sizes.shared_and_own();
        let (top, below) = (shared.last().map_or(0, |width| *width as u64), sum(shared));
        let (pair, row) = match setup.backbone {
            "hmoe" => {
                let (hmoe, k) = (&sizes.hmoe, towers as u64);
                let experts = (hmoe.experts as u64).saturating_mul(hmoe.expert as u64);
                let of_tower = k + hmoe.experts as u64 + 2 * hmoe.expert as u64 + sum(&hmoe.tower);
                let row = 3 * sizes.width as u64 + sum(&hmoe.share) + experts;
                (4 * k, row + 3 * k.saturating_mul(of_tower))
            }
            "shared-bottom" => {
                (3 * sizes.width as u64 + 2 * top + sum(own), 3 * sizes.width as u64 + below)
            }
            "mmoe" => {
                let experts = sizes.mmoe.experts as u64;
                let pair = 3 * sizes.width as u64 + (2 * experts + 2) * top + sum(own);
                (pair, 3 * sizes.width as u64 + experts.saturating_mul(below + 2 * top))
            }
            "ple" => {
                let (experts, k) = (sizes.ple.experts as u64, towers as u64);
                let pair = 3 * sizes.width as u64 + 6 * experts * top + sum(own);
                // A group's outputs are mixed for its tower and for the shared part.
                let groups = experts.saturating_mul(4 * (k + 1));
                (pair, 3 * sizes.width as u64 + groups.saturating_mul(below))
            }
            "pepnet" => {
                let gates = (sizes.mlp.len() as u64 + 1) * 2 * sizes.pepnet.gate as u64;
                (10 * sizes.width as u64 + 4 * sum(&sizes.mlp) + gates, 0)
            }
            "star" => (3 * sizes.width as u64 + 2 * sum(&sizes.star.mlp), 0),
            _ => (3 * sizes.width as u64 + sum(&sizes.mlp), 0),
        };
        let pairs = (rows(setup) as f64 * seen) as u64;
        let step = pairs.saturating_mul(pair).saturating_add(rows(setup).saturating_mul(row));
        Self { table, weights: 0, gradients: 0, step: bytes(step), towers, search: false }
    }

    /// The larger one of two phases, of which the second follows the first.
    fn or_more(self, other: Self) -> Self {
        if self.total() >= other.total() { self } else { other }
    }

    /// All bytes.
    pub fn total(&self) -> u64 {
        let parts = [self.table, self.weights, self.gradients, self.step];
        parts.into_iter().fold(0, u64::saturating_add)
    }

    /// The parts of the bytes, in words.
    pub fn text(&self) -> String {
        let size = memory_check::size;
        format!(
            "the table with its optimiser {}, weights and moments of {} tower{} {}, gradients {}, a step's rows {}",
            size(self.table),
            self.towers,
            if self.towers == 1 { "" } else { "s" },
            size(self.weights),
            size(self.gradients),
            size(self.step)
        )
    }

    /// The settings that lessen the largest part.
    pub fn advice(&self) -> &'static str {
        let dense = self.weights.saturating_add(self.gradients);
        match self.table.max(dense).max(self.step) {
            most if most == self.table => {
                "a smaller model.dim, fields with a larger min_count, and \
                 train.embedding_optimizer = \"rowwise-adagrad\" need less"
            }
            most if most == dense => {
                "narrower layers (model.mlp), and --method st, which has one tower, need less"
            }
            _ if self.search => {
                "a smaller train.batch needs less, and so does --method ssim+, which learns its list \
                 from a model of one tower"
            }
            _ => {
                "a smaller train.batch, retrain.towers_per_row = 4 and a smaller select.ratio \
                 need less"
            }
        }
    }
}

fn rows(setup: &Setup) -> u64 {
    setup.config.train.batch as u64
}

fn bytes(values: u64) -> u64 {
    values.saturating_mul(F32)
}
