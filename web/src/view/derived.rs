//! What follows from the open file and the reader's choices. Everything is computed once, and
//! again only where something it depends on has changed.

use super::state::Shown;
use crate::address::{Address, Axes, Colour, List, Route};
use crate::sample::{Plane, Sample, scores};
use leptos::prelude::*;
use ssim_core::listed::Tally;
use ssim_core::mask::Ranking;
use ssim_viz::{Grid, Rect};
use std::sync::Arc;

/// Shared by all views; a handle that can be copied anywhere.
#[derive(Clone, Copy)]
pub struct Derived {
    /// The rows.
    pub sample: Memo<Kept<Sample>>,
    /// Share of rows on the list: chosen, the run's, or what another cut comes to.
    pub ratio: Memo<f64>,
    /// What the list is cut by.
    pub cut: Memo<Cut>,
    /// Whose list, if the file has it.
    pub list: Memo<List>,
    /// Which rows are shared, `[n]`.
    pub shared: Memo<Kept<Vec<bool>>>,
    /// Which rows are selected, `[n]`, or what is wrong with the rule.
    pub selected: Memo<Result<Kept<Vec<bool>>, String>>,
    /// Counts per scenario.
    pub tallies: Memo<Vec<Tally>>,
    /// The map's axes, if the file has them.
    pub plane: Memo<Plane>,
    /// The rectangle around all rows.
    pub extent: Memo<Option<Rect>>,
    /// For finding the row under the pointer.
    pub grid: Memo<Kept<Option<Grid>>>,
    /// Numbers that give colours, `[n]`.
    pub colours: Memo<Kept<Vec<f32>>>,
}

/// What the list is cut by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cut {
    /// A share of the rows.
    Ratio(f64),
    /// The lowest score that is shared.
    Threshold(f32),
    /// The mask, at a moment of the search (from 1) that shared the rows above a score.
    Moment(usize, f64),
}

impl Cut {
    /// The moment of the search, if it is one.
    pub fn moment(self) -> Option<usize> {
        if let Self::Moment(i, _) = self { Some(i) } else { None }
    }
}

/// A shared value that counts as changed whenever it was computed anew.
#[derive(Debug, Default)]
pub struct Kept<T>(Arc<T>);

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> From<T> for Kept<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> std::ops::Deref for Kept<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl Derived {
    /// What follows from `shown` and `address`.
    pub fn new(shown: RwSignal<Option<Shown>>, address: RwSignal<Address>) -> Self {
        let sample = Memo::new(move |_| {
            shown.with(|s| s.as_ref().map_or_else(Kept::default, |s| Kept(s.sample.clone())))
        });
        let chosen = Memo::new(move |_| address.with(|a| a.ratio));
        let wanted = Memo::new(move |_| address.with(|a| (a.list, a.cut)));
        let ranking: Memo<Kept<Option<Ranking>>> =
            Memo::new(move |_| sample.get().ranking(wanted.get().0, wanted.get().1).into());
        let list = Memo::new(move |_| match wanted.get().0 {
            list @ (List::All | List::Nothing) => list,
            list if ranking.get().is_some() => list,
            _ => List::Nothing,
        });
        let by = Memo::new(move |_| address.with(|a| (a.threshold, a.moment, a.route)));
        let cut = Memo::new(move |_| {
            let ratio = || {
                let said = shown.with(|s| s.as_ref().and_then(|s| s.overview.ratio));
                chosen.get().or(said).unwrap_or(0.3)
            };
            if list.get() != List::Ssim {
                return Cut::Ratio(ratio());
            }
            // Moments are looked at where there is a hand to go through them.
            let (threshold, moment, route) = by.get();
            let above = moment.filter(|_| route == Route::Explore).and_then(|i| {
                let at = |s: &Shown| s.overview.moments.get(i - 1).map(|m| Cut::Moment(i, m.2));
                shown.with(|s| s.as_ref().and_then(at))
            });
            above.or(threshold.map(Cut::Threshold)).unwrap_or_else(|| Cut::Ratio(ratio()))
        });
        let shared: Memo<Kept<Vec<bool>>> = Memo::new(move |_| {
            let (sample, cut) = (sample.get(), cut.get());
            let marked = |shares: &dyn Fn(f32) -> bool| {
                let column = sample.column(&scores(cut.moment())).unwrap_or_default();
                column.iter().map(|z| shares(*z)).collect::<Vec<bool>>()
            };
            match cut {
                Cut::Ratio(ratio) => sample.shared(list.get(), ranking.get().as_ref(), ratio),
                Cut::Threshold(t) => marked(&|z| z >= t),
                Cut::Moment(_, above) => marked(&|z| f64::from(z) > above),
            }
            .into()
        });
        let ratio = Memo::new(move |_| match cut.get() {
            Cut::Ratio(ratio) => ratio,
            _ => sample.get().part(&shared.get()),
        });
        let rule = Memo::new(move |_| address.with(|a| a.rule.clone()));
        let selected = Memo::new(move |_| {
            let (sample, rule) = (sample.get(), rule.get());
            let listed = rule.columns().contains(&"shared").then(|| {
                shared.get().iter().map(|b| f32::from(u8::from(*b))).collect::<Vec<f32>>()
            });
            let column = |name: &str| match name {
                "shared" => listed.as_deref(),
                name => sample.column(name),
            };
            let rows = rule.rows(sample.len(), column);
            rows.map(Kept::from).map_err(|e| e.to_string())
        });
        let tallies = Memo::new(move |_| {
            let scenarios = shown.with(|s| s.as_ref().map_or(0, |s| s.overview.scenarios.len()));
            let selected = selected.get().unwrap_or_default();
            sample.get().tallies(scenarios, &shared.get(), &selected)
        });
        let asked = Memo::new(move |_| address.with(|a| (a.axes, a.colour)));
        let moment = Memo::new(move |_| cut.get().moment());
        let plane = Memo::new(move |_| {
            let sample = sample.get();
            let mut all = [asked.get().0].into_iter().chain(Axes::ALL.iter().copied());
            let axes = all.find(|a| sample.has(*a)).unwrap_or_default();
            Plane::new(axes, moment.get())
        });
        let extent = Memo::new(move |_| {
            let sample = sample.get();
            let (x, y) = sample.positions(&plane.get())?;
            Rect::around(x.iter().zip(y).map(|(x, y)| (f64::from(*x), f64::from(*y))))
        });
        let grid = Memo::new(move |_| {
            let sample = sample.get();
            sample.positions(&plane.get()).map(|(x, y)| Grid::new(x, y)).into()
        });
        let colours = Memo::new(move |_| {
            let colour = match asked.get().1 {
                Colour::Planted if sample.get().planted.is_none() => Colour::Scenario,
                colour => colour,
            };
            sample.get().colours(colour, &scores(moment.get())).into()
        });
        Self { sample, ratio, cut, list, shared, selected, tallies, plane, extent, grid, colours }
    }
}
