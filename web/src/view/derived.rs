//! Values that are computed from the open file and the reader's choices. Each is computed once, and
//! again only when something it depends on has changed.

use super::state::Shown;
use crate::address::{Address, Axes, Colour, List, Route};
use crate::protocol::{Reply, Request};
use crate::sample::{Plane, Sample, scores};
use crate::share::{ShareCriterion, ShareVerdict};
use leptos::prelude::*;
use ssim_core::look::list_statistics::Tally;
use ssim_core::mask::{Pool, Ranking};
use ssim_viz::{COLOURED, OTHER, PickGrid, Picks, Rect, classes, count, largest, seen};
use std::sync::Arc;

/// The computed values, used by all views; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Derived {
    /// The rows of the sample.
    pub sample: Memo<Computed<Sample>>,
    /// The share ratio: the one that was chosen, otherwise the run's; for a threshold or a moment,
    /// the part of the rows that it shares.
    pub ratio: Memo<f64>,
    /// The criterion that decides which rows are shared.
    pub cut: Memo<ShareCriterion>,
    /// The list that is shown: the chosen one, otherwise the run's; the list of no rows where the file
    /// does not have it.
    pub list: Memo<List>,
    /// The pool of rows within which the best are chosen: the chosen one, otherwise the run's.
    pub pool: Memo<Pool>,
    /// The pool with which the models of the file were trained.
    pub pool_of_run: Memo<Pool>,
    /// Whether each row is shared, `[n]`.
    pub shared: Memo<Computed<Vec<bool>>>,
    /// Whether each row is selected, `[n]`, or the error in the rule.
    pub selected: Memo<Result<Computed<Vec<bool>>, String>>,
    /// The rule as a question for the worker, where the page cannot apply it alone.
    pub asked: Memo<Option<Request>>,
    /// Counts per scenario.
    pub tallies: Memo<Vec<Tally>>,
    /// Which scenarios have a colour.
    pub colouring: Memo<Computed<Colouring>>,
    /// The axes of the map.
    pub plane: Memo<Plane>,
    /// The smallest rectangle that contains all rows on the map.
    pub extent: Memo<Option<Rect>>,
    /// The index that finds the row under the pointer.
    pub grid: Memo<Computed<Option<PickGrid>>>,
    /// Numbers in 0..=1 that determine the points' colours, `[n]`, and the values of 0 and 1; without
    /// numbers where the scenario does.
    pub colours: Memo<Computed<(Vec<f32>, [f32; 2])>>,
}

/// The order and the colours of the `K` scenarios.
#[derive(Debug, Default)]
pub struct Colouring {
    /// The scenarios, the largest first; up to four in the order of the file. `[K]`
    pub order: Vec<usize>,
    /// The scenarios that have a colour of their own.
    pub picks: Picks,
    /// The class of every scenario, which gives its colour, `[K]`.
    pub classes: Vec<u8>,
    /// The class of every row, `[n]`.
    pub rows: Vec<u8>,
}

/// A computed value that is cheap to copy. Two are equal only if they are the same computation, so
/// that memos need not compare long columns.
#[derive(Debug, Default)]
pub struct Computed<T>(Arc<T>);

impl<T> Clone for Computed<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Computed<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> From<T> for Computed<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> std::ops::Deref for Computed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl Derived {
    /// The decision about a row of the sample, as a row of `scenario`.
    pub fn verdict(self, row: usize, scenario: u16) -> ShareVerdict {
        let sample = self.sample.get();
        sample.verdict(self.list.get(), self.pool.get(), self.cut.get(), row, scenario)
    }

    /// Vertical lines at the lowest shared scores: of all scenarios, or of those with a colour where each
    /// scenario has its own.
    pub fn cuts(self) -> Vec<(f64, u8)> {
        let by_ratio = matches!(self.cut.get(), ShareCriterion::Ratio(_));
        self.cuts_of(self.list.get(), by_ratio, &self.shared.get())
    }

    /// The same for any list of the rows, which a ratio or a lowest score has cut.
    pub fn cuts_of(self, list: List, by_ratio: bool, shared: &[bool]) -> Vec<(f64, u8)> {
        let (sample, plane) = (self.sample.get(), self.plane.get());
        if list != List::Ssim || plane.axes != Axes::Map {
            return Vec::new();
        }
        let scores = sample.column(&plane.columns[0]).unwrap_or_default();
        let own = by_ratio && self.pool.get() == Pool::Scenario;
        sample.cuts(own, shared, scores, &self.colouring.get().classes)
    }

    /// A sentence where only a part of the rows has a place in the picture.
    pub fn sampled(self) -> Option<String> {
        let sample = self.sample.get();
        let (x, _) = sample.positions(&self.plane.get())?;
        let (n, all) = (x.iter().filter(|x| x.is_finite()).count(), x.len());
        (n < all).then(|| {
            let (n, all) = (count(n as u64), count(all as u64));
            format!("{n} of the {all} rows: the projection was computed for this sample.")
        })
    }

    /// Whether the models of the file can have been trained on a list like the shown one. A list of
    /// another pool, one from a lowest score on, and the rows of a moment of the search are others.
    pub fn is_list_of_models(self) -> bool {
        let by_ratio = matches!(self.cut.get(), ShareCriterion::Ratio(_));
        by_ratio && (self.pool_of_run.get() == self.pool.get() || self.list.get().is_end())
    }

    /// Sets up the computations on the open file and the reader's choices.
    /// `matched` has the worker's answer to the question about a rule.
    pub fn new(
        shown: RwSignal<Option<Shown>>,
        address: RwSignal<Address>,
        matched: RwSignal<Option<Reply>>,
    ) -> Self {
        let sample = Memo::new(move |_| {
            shown
                .with(|s| s.as_ref().map_or_else(Computed::default, |s| Computed(s.sample.clone())))
        });
        let chosen = Memo::new(move |_| address.with(|a| a.ratio));
        let wanted = Memo::new(move |_| {
            let list = shown.with(|s| s.as_ref().map(|s| s.overview.list()));
            address.with(|a| a.list).or(list).unwrap_or_default()
        });
        let pool_of_run = Memo::new(move |_| {
            shown.with(|s| s.as_ref().and_then(|s| s.overview.by)).unwrap_or_default()
        });
        let pool = Memo::new(move |_| address.with(|a| a.cut).unwrap_or_else(|| pool_of_run.get()));
        let ranking: Memo<Computed<Option<Ranking>>> =
            Memo::new(move |_| sample.get().ranking(wanted.get(), pool.get()).into());
        let list = Memo::new(move |_| match wanted.get() {
            list if list.is_end() => list,
            list if ranking.get().is_some() => list,
            _ => List::Nothing,
        });
        let limits = Memo::new(move |_| address.with(|a| (a.threshold, a.moment, a.route)));
        let cut = Memo::new(move |_| {
            let ratio = || {
                let of_run = shown.with(|s| s.as_ref().map(|s| s.overview.ratio));
                chosen.get().or(of_run).unwrap_or(0.3)
            };
            if list.get() != List::Ssim {
                return ShareCriterion::Ratio(ratio());
            }
            // Only the Explore page has the slider for moments, so the others show the finished
            // list.
            let (threshold, moment, route) = limits.get();
            let moment = moment.filter(|_| route == Route::Explore).and_then(|i| {
                let score = shown.with(|s| Some(s.as_ref()?.overview.moments.get(i - 1)?.2));
                Some(ShareCriterion::Moment(i, score?))
            });
            moment
                .or(threshold.map(ShareCriterion::Threshold))
                .unwrap_or_else(|| ShareCriterion::Ratio(ratio()))
        });
        let shared: Memo<Computed<Vec<bool>>> = Memo::new(move |_| {
            let ranking = ranking.get();
            sample.get().shared(list.get(), ranking.as_ref(), cut.get()).into()
        });
        let ratio = Memo::new(move |_| match cut.get() {
            ShareCriterion::Ratio(ratio) => ratio,
            _ => sample.get().part(&shared.get()),
        });
        let rule = Memo::new(move |_| address.with(|a| a.rule.clone()));
        let own: Memo<Option<Computed<Vec<bool>>>> = Memo::new(move |_| {
            let sample = sample.get();
            let rule = rule.get();
            // A rule may refer to the list, which is no column of the file.
            let listed = rule.columns().contains(&"shared").then(|| {
                shared.get().iter().map(|b| f32::from(u8::from(*b))).collect::<Vec<f32>>()
            });
            let rows = rule.rows(sample.len(), |name| match name {
                "shared" => listed.as_deref(),
                name => sample.column(name),
            });
            rows.ok().map(Computed::from)
        });
        // Values of fields are in the worker. It knows all columns too, and what to say if one is missing.
        let asked = Memo::new(move |_| {
            own.get().is_none().then(|| {
                let rule = rule.get();
                let listed = rule.columns().contains(&"shared");
                let shared = if listed { shared.get().to_vec() } else { Vec::new() };
                Request::Match { rule: rule.to_string(), shared }
            })
        });
        let selected = Memo::new(move |_| match (own.get(), matched.get()) {
            (Some(rows), _) => Ok(rows),
            (None, Some(Reply::Matched(matched))) if rule.get().to_string() == matched.rule => {
                matched.rows.map(Computed::from)
            }
            // The answer is on its way.
            _ => Ok(Computed::default()),
        });
        let tallies = Memo::new(move |_| {
            let scenarios = shown.with(|s| s.as_ref().map_or(0, |s| s.overview.scenarios.len()));
            let selected = selected.get().unwrap_or_default();
            sample.get().tallies(scenarios, &shared.get(), &selected)
        });
        let wanted_look = Memo::new(move |_| address.with(|a| (a.axes, a.colour, a.picks)));
        let moment = Memo::new(move |_| cut.get().moment());
        let colouring: Memo<Computed<Colouring>> = Memo::new(move |_| {
            let sizes =
                shown.with(|s| s.as_ref().map_or(Vec::new(), |s| s.overview.tested.clone()));
            let picks = wanted_look.get().2.unwrap_or_else(|| largest(&sizes));
            let classes = classes(sizes.len(), picks);
            let of = |k: &u16| classes.get(usize::from(*k)).copied().unwrap_or(OTHER);
            let rows = sample.get().scenarios.iter().map(of).collect();
            Colouring { order: seen(&sizes, picks, usize::MAX), picks, classes, rows }.into()
        });
        let plane = Memo::new(move |_| {
            let sample = sample.get();
            // Many scenarios lie on each other in a map. After the wanted picture come the others, in case
            // the file does not have it.
            let many = colouring.with(|c| c.classes.len() > COLOURED);
            let first = if many { Axes::Strips } else { Axes::Map };
            let wanted = [wanted_look.get().0.unwrap_or(first), Axes::Map];
            let mut all = wanted.iter().chain(Axes::ALL);
            let axes = all.find(|a| sample.has(**a)).copied().unwrap_or_default();
            Plane::new(axes, moment.get())
        });
        let extent = Memo::new(move |_| {
            let sample = sample.get();
            let (x, y) = sample.positions(&plane.get())?;
            Rect::around(x.iter().zip(y).map(|(x, y)| (f64::from(*x), f64::from(*y))))
        });
        let grid = Memo::new(move |_| {
            let sample = sample.get();
            sample.positions(&plane.get()).map(|(x, y)| PickGrid::new(x, y)).into()
        });
        let colours = Memo::new(move |_| {
            let colour = match wanted_look.get().1 {
                Colour::Planted if sample.get().planted.is_none() => Colour::Scenario,
                colour => colour,
            };
            sample.get().colours(colour, &scores(moment.get())).into()
        });
        Self {
            sample,
            ratio,
            cut,
            list,
            pool,
            pool_of_run,
            shared,
            selected,
            asked,
            tallies,
            colouring,
            plane,
            extent,
            grid,
            colours,
        }
    }
}
