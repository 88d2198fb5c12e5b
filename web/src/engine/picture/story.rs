//! The pictures of the start page, drawn from the numbers of the open file. All of them show the list of the run.

use crate::address::{Axes, List};
use crate::engine::Engine;
use crate::protocol::{MethodsWanted, StoryPicture};
use crate::sample::Plane;
use crate::share::ShareCriterion;
use crate::strips::{counts, strips};
use crate::text::scenario;
use ssim_core::mask::Pool;
use ssim_core::method::Method;
use ssim_core::metric::Metric;
use ssim_figure::methods::chart;
use ssim_figure::report::{self, ListLine};
use ssim_viz::{
    COLOURED, CurveLine, Curves, Look, Map, Marked, MetricsChart, OTHER, Picks, Points,
    ScenarioCounts, Shares, classes, count, largest, seen,
};

/// The methods that share nothing and everything.
pub const ENDS: [&str; 2] = [Method::Mt.name(), Method::MtS.name()];
/// The method whose list the story tells of.
pub const OURS: &str = Method::Ssim.name();
/// The most scenarios of which each has a bar.
const MOST: usize = 12;
/// The most points of the map: more hide each other, and make a large picture.
const MARKS: usize = 2000;

impl Engine {
    /// A picture of the start page.
    pub(super) fn step(&self, picture: StoryPicture, picks: Picks, look: &Look) -> String {
        let record = &self.artifact.header.report;
        let classes = classes(self.overview.scenarios.len(), picks);
        match picture {
            StoryPicture::Rows => rows(&report::lists(record), &classes).svg(look),
            StoryPicture::Ends => self.ends_or_all(&ENDS).svg(look),
            StoryPicture::Map => self.map(picks, &classes, look),
            StoryPicture::Search => search(&report::search(record)).svg(look),
            StoryPicture::Ratios => self.sweep(Metric::AUC, None, None).svg(look),
            StoryPicture::Result => self.ends_or_all(&[]).svg(look),
        }
    }

    /// The AUC of every scenario under the methods in `only`, or under all methods where it is empty.
    fn ends_or_all(&self, only: &[&str]) -> MetricsChart {
        let (metric, overview) = (Metric::AUC, &self.overview);
        let picks = largest(&overview.tested);
        let mut lines = self.lines(&MethodsWanted {
            metric: metric.name().to_owned(),
            ratio: overview.ratio,
            picks,
        });
        lines.retain(|l| only.is_empty() || only.contains(&l.method.as_str()));
        chart(metric, &self.scenario_names(), &overview.tested, &lines, picks)
    }

    /// The rows of the file and which of them are on the list of the run: by share score and disagreement of the
    /// towers, or as a strip per scenario.
    fn map(&self, picks: Picks, classes: &[u8], look: &Look) -> String {
        let (overview, sample) = (&self.overview, &self.sample);
        let (list, k) = (overview.list(), overview.scenarios.len());
        let pool = overview.by.unwrap_or_default();
        let ranking = sample.ranking(list, pool);
        let shared = sample.shared(list, ranking.as_ref(), ShareCriterion::Ratio(overview.ratio));
        let tallies = sample.tallies(k, &shared, &[]);
        let scenarios = counts(&overview.scenarios, &tallies, classes);
        if k > COLOURED && sample.has(Axes::Strips) {
            return strips(sample, "score", &shared, scenarios, picks, MOST).svg(look);
        }
        let plane = Plane::new(if sample.has(Axes::Map) { Axes::Map } else { Axes::Pca }, None);
        let (x, y) = sample.positions(&plane).unwrap_or_default();
        let cuts = match list {
            List::Ssim if plane.axes == Axes::Map => {
                sample.cuts(pool == Pool::Scenario, &shared, x, classes)
            }
            _ => Vec::new(),
        };
        // A projection has places for some rows only. Rows of no scenario are left out.
        let placed = sample.scenarios.iter().zip(x);
        let placed: Vec<u16> =
            placed.map(|(s, x)| if x.is_finite() { *s } else { u16::MAX }).collect();
        let rows = thinned(&placed, k);
        let note = match rows.len() < sample.len() {
            true => format!(
                "{} of {} rows are drawn, small scenarios over-represented.",
                count(rows.len() as u64),
                count(sample.len() as u64)
            ),
            false => String::new(),
        };
        let pick = |values: &[f32]| rows.iter().map(|i| values[*i]).collect::<Vec<f32>>();
        let class_of =
            |i: &usize| classes.get(usize::from(sample.scenarios[*i])).copied().unwrap_or(OTHER);
        let (class, marks): (Vec<u8>, Vec<bool>) =
            rows.iter().map(|i| (class_of(i), shared[*i])).unzip();
        let map = Map {
            title: "Test rows of the file".into(),
            note,
            x: plane.words[0].into(),
            y: plane.words[1].into(),
            value: String::new(),
            scenarios,
            marked: Marked::Shared,
            cuts,
            points: Points {
                x: &pick(x),
                y: &pick(y),
                class: &class,
                shared: &marks,
                ..Points::default()
            },
        };
        // So few points are drawn as marks, so the encoder of pixels is never called.
        map.svg_with(look, &|_, _, _| None)
    }
}

/// The number of training rows per scenario, and how many of them are shared. The scenarios have the
/// colours of `classes` `[K]`.
fn rows(lists: &[ListLine], classes: &[u8]) -> Shares {
    let sizes: Vec<u64> = lists.iter().map(|line| line.instances).collect();
    let mut order = seen(&sizes, largest(&sizes), usize::MAX);
    let rest = order.split_off(order.len().min(MOST));
    let mut scenarios: Vec<ScenarioCounts> = order
        .into_iter()
        .map(|k| {
            let line = &lists[k];
            let (instances, shared, class) =
                (line.instances, line.shared, classes.get(k).copied().unwrap_or(OTHER));
            ScenarioCounts { scenario: scenario(&line.scenario), instances, shared, class }
        })
        .collect();
    if !rest.is_empty() {
        let sum = |of: fn(&ListLine) -> u64| rest.iter().map(|k| of(&lists[*k])).sum();
        scenarios.push(ScenarioCounts {
            scenario: format!("{} others", rest.len()),
            instances: sum(|l| l.instances),
            shared: sum(|l| l.shared),
            class: OTHER,
        });
    }
    Shares {
        title: "Training rows, and those that the list shares".into(),
        note: String::new(),
        scenarios,
    }
}

/// About [`MARKS`] rows, spread evenly over each of `k` scenarios; of a small scenario there are more than its part.
/// `of` has the scenario of every row; rows of no scenario are left out.
fn thinned(of: &[u16], k: usize) -> Vec<usize> {
    let mut sizes = vec![0usize; k];
    of.iter().for_each(|s| sizes.get_mut(usize::from(*s)).into_iter().for_each(|n| *n += 1));
    let all = sizes.iter().sum::<usize>().max(1);
    let least = MARKS / (2 * k.max(1));
    let most = |n: usize| n.min(least + (MARKS - least * k) * n / all);
    let mut seen = vec![0usize; k];
    let drawn = of.iter().enumerate().filter(|(_, s)| {
        let Some(n) = sizes.get(usize::from(**s)).copied() else { return false };
        let i = &mut seen[usize::from(**s)];
        *i += 1;
        all <= MARKS || *i * most(n) / n > (*i - 1) * most(n) / n
    });
    drawn.map(|(row, _)| row).collect()
}

/// The part of every batch that the mask shared during the search.
fn search(searches: &[Vec<(f64, f64)>]) -> Curves {
    let curves = searches.iter().map(|points| CurveLine {
        name: "part of the batch that is shared".into(),
        points: points.clone(),
    });
    Curves {
        title: "What the mask shares while searching".into(),
        x: "step".into(),
        y: "part of the batch".into(),
        curves: curves.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thinned_map_has_rows_of_every_scenario() {
        let of: Vec<u16> = (0..20_000).map(|i| if i % 50 == 0 { 1 } else { 0 }).collect();
        let rows = thinned(&of, 2);
        assert!(rows.len() <= MARKS && rows.len() > MARKS * 7 / 10, "{}", rows.len());
        let small = rows.iter().filter(|i| of[**i] == 1).count();
        assert!(small == 400, "{small} of 400");
        assert_eq!(thinned(&of[..100], 2).len(), 100);
        assert_eq!(thinned(&[5, 0, u16::MAX], 1), [1]);
    }
}
