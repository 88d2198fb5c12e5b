//! A batch, the rule that shares its rows, and the slices that the batch is cut into.

use super::selection::Selection;
use ssim_core::borrowers::Borrowers;
use ssim_core::instances::Instances;
use ssim_core::parallel;
use ssim_core::routing::Routing;
use ssim_core::selector::Selector;
use ssim_core::tower_draw::TowerDraw;
use std::ops::Range;
use std::sync::Arc;

/// The rows of a data set that make up a batch.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// The data set.
    pub instances: &'a Instances,
    /// Positions of the batch's rows in it, `[m]`.
    pub rows: &'a [u32],
}

/// The rule that decides which rows of a batch train every tower.
#[derive(Clone, Copy)]
pub enum Sharing<'a> {
    /// A list decides: one bit per row of the data set.
    Given(&'a [bool]),
    /// A directed list decides: its rows train the towers of their scenario's borrowers.
    Directed(&'a [bool], &'a Borrowers),
    /// The selection network decides, and learns from the same step.
    Searched(&'a Selector, &'a Selection),
}

impl<'a> Sharing<'a> {
    /// The list, if one decides.
    pub fn list(self) -> Option<&'a [bool]> {
        match self {
            Self::Given(list) | Self::Directed(list, _) => Some(list),
            Self::Searched(..) => None,
        }
    }

    /// The borrowers, if the list is directed.
    pub fn borrowers(self) -> Option<&'a Borrowers> {
        match self {
            Self::Directed(_, borrowers) => Some(borrowers),
            _ => None,
        }
    }
}

/// One slice of a batch, which one worker computes: its rows' routing and labels, and the logits and
/// scores of its forward pass. All ranks know the slices of all ranks.
pub struct Slice {
    /// Places of the slice's rows in the batch, ascending, `[n]`.
    pub places: Arc<[u32]>,
    /// The rows that each tower sees; empty in a search until there are scores.
    pub routing: Routing,
    /// Logits of the routing's pairs, `[P]`; empty before the forward pass.
    pub logits: Vec<f32>,
    /// Labels, `[n]`.
    pub labels: Vec<u8>,
    /// Scenarios, `[n]`.
    pub scenarios: Vec<u16>,
    /// Raw scores, `[n]`; empty outside search.
    pub scores: Vec<f32>,
}

/// A batch with everything that is known of it before the forward pass.
#[derive(Clone, Copy)]
pub struct BatchInput<'a> {
    /// The rows of all ranks.
    pub batch: Batch<'a>,
    /// The rule that shares rows.
    pub sharing: Sharing<'a>,
    /// Number of towers `K`.
    pub towers: usize,
    /// The towers that a shared row trains; `None` if it trains all of them.
    pub draw: Option<TowerDraw>,
    /// Whether each slice has rows with all of their towers, as [`Model::works_by_row`] says. In a
    /// search it has in any case, because the scores that route a row are computed with it.
    ///
    /// [`Model::works_by_row`]: ssim_core::model::Model::works_by_row
    pub by_row: bool,
}

impl BatchInput<'_> {
    /// Cuts the rows `part` of the batch into at most `count` slices of equal work, without logits and
    /// scores.
    ///
    /// If a list shares rows, a slice is a range of the pairs of row and tower, tower by tower. So
    /// few towers are in two slices, and the number of slices hardly changes what the weights and
    /// gradients of many towers cost.
    pub fn cut(&self, part: Range<usize>, count: usize) -> Vec<Slice> {
        let place = |row: u32| part.start as u32 + row;
        if let (Some(list), false) = (self.sharing.list(), self.by_row) {
            let pieces = self.route(part.clone(), list).cut(count).into_iter();
            let pieces = pieces
                .map(|(rows, routing)| self.slice(rows.into_iter().map(place).collect(), routing));
            return pieces.collect();
        }
        let ranges = parallel::ranges(part.len(), count).into_iter().filter(|r| !r.is_empty());
        let ranges = ranges.map(|r| part.start + r.start..part.start + r.end);
        let slices = ranges.map(|range| {
            let list = self.sharing.list();
            let routing =
                list.map_or_else(Routing::default, |list| self.route(range.clone(), list));
            self.slice(range.map(|place| place as u32).collect(), routing)
        });
        slices.collect()
    }

    /// The routing of the rows at `range` of the batch by a list.
    fn route(&self, range: Range<usize>, list: &[bool]) -> Routing {
        let first = range.start;
        let rows = self.batch.rows[range].iter().map(|row| *row as usize);
        let shared: Vec<bool> = rows.clone().map(|row| list[row]).collect();
        let scenarios: Vec<u16> = rows.map(|row| self.batch.instances.scenarios[row]).collect();
        match (self.sharing.borrowers(), self.draw) {
            (Some(to), _) => Routing::directed(self.towers, &scenarios, &shared, to),
            (None, Some(draw)) => Routing::drawn(self.towers, &scenarios, &shared, draw, first),
            (None, None) => Routing::new(self.towers, &scenarios, &shared),
        }
    }

    fn slice(&self, places: Arc<[u32]>, routing: Routing) -> Slice {
        let Batch { instances, rows } = self.batch;
        let row = |place: &u32| rows[*place as usize] as usize;
        let labels = places.iter().map(|place| instances.labels[row(place)]).collect();
        let scenarios = places.iter().map(|place| instances.scenarios[row(place)]).collect();
        Slice { places, routing, logits: Vec::new(), labels, scenarios, scores: Vec::new() }
    }

    /// Number of rows of the batch that more than one tower may see; `slices` are those of all ranks.
    pub fn shared(&self, slices: &[Slice]) -> usize {
        match self.sharing.list() {
            Some(list) => self.batch.rows.iter().filter(|row| list[**row as usize]).count(),
            None => slices.iter().map(|slice| slice.routing.shared().len()).sum(),
        }
    }
}

impl Slice {
    /// Takes the scores `[n]` of a search, by which the rows are routed to `towers` towers.
    pub fn score(&mut self, scores: Vec<f32>, selection: &Selection, towers: usize) {
        let shares = |z: &f32| selection.mask.shares(*z, selection.temperature);
        let shared: Vec<bool> = scores.iter().map(shares).collect();
        self.routing = Routing::new(towers, &self.scenarios, &shared);
        self.scores = scores;
    }
}
