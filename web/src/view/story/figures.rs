//! The pictures of the start page, drawn from the numbers of the open file.

use crate::address::{Axes, Metric};
use crate::protocol::Overview;
use crate::sample::Plane;
use crate::view::brush::paint;
use crate::view::explore::strips;
use crate::view::scenarios::{self, lines};
use crate::view::state::PageState;
use crate::view::text::scenario;
use leptos::prelude::{Get, document};
use ssim_figure::report::ListLine;
use ssim_viz::{
    COLOURED, CurveLine, Curves, Look, Map, Marked, MetricsChart, OTHER, Points, ScenarioCounts,
    Shares, largest, seen,
};
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

/// The most scenarios of which each has a bar.
const MOST: usize = 12;

/// The number of training rows per scenario, and how many of them are shared. The scenarios have the
/// colours of `classes` `[K]`.
pub fn rows(overview: &Overview, classes: &[u8]) -> Shares {
    let sizes: Vec<u64> = overview.lists.iter().map(|line| line.instances).collect();
    let mut order = seen(&sizes, largest(&sizes), usize::MAX);
    let rest = order.split_off(order.len().min(MOST));
    let mut scenarios: Vec<ScenarioCounts> = order
        .into_iter()
        .map(|k| {
            let line = &overview.lists[k];
            let (instances, shared, class) =
                (line.instances, line.shared, classes.get(k).copied().unwrap_or(OTHER));
            ScenarioCounts { scenario: scenario(&line.scenario), instances, shared, class }
        })
        .collect();
    if !rest.is_empty() {
        let sum = |of: fn(&ListLine) -> u64| rest.iter().map(|k| of(&overview.lists[*k])).sum();
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

/// The metric of every scenario under the methods in `only`, or under all methods where it is
/// empty.
pub fn methods(overview: &Overview, only: &[&str], metric: Metric) -> MetricsChart {
    let ratio = overview.ratio;
    let mut lines =
        lines(&overview.runs, &overview.measured, overview.scenarios.len(), ratio, metric);
    lines.retain(|l| only.is_empty() || only.contains(&l.method.as_str()));
    let names: Vec<String> = overview.scenarios.iter().map(|s| scenario(s)).collect();
    scenarios::chart(metric, &names, &overview.tested, &lines, largest(&overview.tested))
}

/// The map of the rows: share score to the right, disagreement upwards.
pub fn map(page: PageState, look: &Look) -> String {
    let sample = page.derived.sample.get();
    let shared = page.derived.shared.get();
    let Some(shown) = page.shown.get() else { return String::new() };
    let names = &shown.overview.scenarios;
    if names.len() > COLOURED && sample.has(Axes::Strips) {
        return strips(page, names, MOST, |s| s.svg(look));
    }
    let colouring = page.derived.colouring.get();
    let plane = Plane::new(if sample.has(Axes::Map) { Axes::Map } else { Axes::Pca }, None);
    let (x, y) = sample.positions(&plane).unwrap_or_default();
    let scenarios = names.iter().zip(page.derived.tallies.get()).zip(&colouring.classes);
    let scenarios = scenarios.map(|((name, tally), class)| ScenarioCounts {
        scenario: scenario(name),
        instances: tally.rows[0],
        shared: tally.rows[1],
        class: *class,
    });
    let map = Map {
        title: "Test rows of the file".into(),
        note: String::new(),
        x: plane.words[0].into(),
        y: plane.words[1].into(),
        value: String::new(),
        scenarios: scenarios.collect(),
        marked: Marked::Shared,
        cuts: if plane.axes == Axes::Map { page.derived.cuts() } else { Vec::new() },
        points: Points { x, y, class: &colouring.rows, shared: &shared, ..Points::default() },
    };
    map.svg_with(look, &encode)
}

/// Encodes pixels as a picture with the browser's own encoder. The background becomes transparent.
fn encode(pixels: &[u8], (width, height): (u32, u32), ground: [u8; 3]) -> Option<String> {
    let mut pixels = pixels.to_vec();
    for pixel in pixels.as_chunks_mut::<4>().0.iter_mut().filter(|p| p[..3] == ground) {
        pixel[3] = 0;
    }
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    paint(&canvas, &pixels, (width, height))?;
    canvas.to_data_url().ok()
}

/// The part of every batch that the mask shared during the search.
pub fn search(overview: &Overview) -> Curves {
    let curves = overview.search.iter().map(|points| CurveLine {
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
