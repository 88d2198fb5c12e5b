//! Measures the time that the parts of the map take:
//! `cargo run --release -p ssim-viz --example speed`. With a folder after `--` it also writes the
//! maps to that folder.
// Unlike the library, an example is a host, so it may use the clock, files and the terminal.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, clippy::print_stdout)]

use ssim_viz::{
    Image, Look, Map, PickGrid, Points, Polygon, Rasterizer, Rect, ScenarioCounts, Style, Theme,
    View, simplify,
};
use std::hint::black_box;
use std::time::Instant;

const SIZE: (usize, usize) = (900, 600);

/// Runs `work` 25 times and prints the median and the worst time.
fn best<T>(name: &str, mut work: impl FnMut() -> T) {
    let mut all: Vec<f64> = (0..25)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            1e3 * start.elapsed().as_secs_f64()
        })
        .collect();
    all.sort_by(f64::total_cmp);
    println!("{name:48} median {:8.3} ms   worst {:8.3} ms", all[12], all[24]);
}

fn main() {
    for n in [10_000, 100_000, 500_000] {
        println!("{n} points");
        measure(n);
    }
}

fn measure(n: usize) {
    let (x, y) = clouds(n);
    let shared: Vec<bool> = x.iter().map(|x| *x > 0.9).collect();
    let class: Vec<u8> = (0..n).map(|i| (i % 4) as u8).collect();
    let value: Vec<f32> = x.iter().map(|x| 0.5 + 0.2 * x).collect();
    let selected: Vec<bool> = (0..n).map(|i| i % 7 == 0).collect();
    let points = Points { x: &x, y: &y, class: &class, shared: &shared, ..Points::default() };
    let pixels = Rect { x: (0.0, SIZE.0 as f64), y: (0.0, SIZE.1 as f64) };
    let view = View::fit(&x, &y, pixels, 12.0);
    let suggested = Style::suggest(n, (900.0, 600.0), false);
    let five = Style { size: 5.0, ..suggested };

    let mut rasterizer = Rasterizer::default();
    let mut picture = vec![0; 4 * SIZE.0 * SIZE.1];
    let mut draw = |points: &Points<'_>, style: &Style| {
        let mut image = Image::new(&mut picture, SIZE.0, SIZE.1).expect("size");
        rasterizer.draw(points, &view, style, &mut image)
    };
    best("draw, 5 px", || draw(&points, &five));
    best(&format!("draw, {:.1} px as suggested", suggested.size), || draw(&points, &suggested));
    best("draw, 5 px, colours by value", || draw(&Points { value: &value, ..points }, &five));
    let some = Points { selected: &selected, hovered: Some(3), ..points };
    best("draw, 5 px, a seventh selected", || draw(&some, &five));

    best("sort into a grid", || PickGrid::new(&x, &y));
    let grid = PickGrid::new(&x, &y);
    best("nearest within 8 px", || grid.nearest(&x, &y, &view, (450.0, 300.0), 8.0));
    best("nearest within 2000 px", || grid.nearest(&x, &y, &view, (450.0, 300.0), 2000.0));
    let path: Vec<_> = (0..200)
        .map(|i| {
            let (s, c) = (i as f64 * std::f64::consts::TAU / 200.0).sin_cos();
            let r = 1.0 + 0.5 * (i % 2) as f64;
            (r * c, r * s)
        })
        .collect();
    best("lasso of 200 corners", || Polygon::new(&path).inside(&x, &y).count());
    best("simplify 200 corners to 40", || simplify(&path, 0.001, 40).len());
    if let Some(folder) = std::env::args().nth(1) {
        write(&folder, &points, &value);
    }
}

/// Writes maps of the points, by class and by value, in every theme.
fn write(folder: &str, points: &Points<'_>, value: &[f32]) {
    let share = |(k, name): (usize, &&str)| {
        let here = (0..points.len()).filter(|i| usize::from(points.class[*i]) == k);
        let shared = here.clone().filter(|i| points.shared[*i]).count() as u64;
        ScenarioCounts {
            scenario: (*name).into(),
            instances: here.count() as u64,
            shared,
            class: k as u8,
        }
    };
    let scenarios = ["home", "search", "cart", "detail"].iter().enumerate().map(share).collect();
    let map = Map {
        title: format!("{} instances", ssim_viz::count(points.len() as u64)),
        note: "Four clouds, not a model's numbers.".into(),
        x: "share score".into(),
        y: "disagreement of the towers".into(),
        value: "predicted click rate".into(),
        marked: ssim_viz::Marked::Shared,
        scenarios,
        cuts: Vec::new(),
        points: *points,
    };
    let valued = Map { points: Points { value, ..*points }, ..map.clone() };
    for (name, theme) in [("light", Theme::Light), ("dark", Theme::Dark), ("auto", Theme::Auto)] {
        for (kind, map) in [("classes", &map), ("values", &valued)] {
            let svg = map.svg(&Look { theme, ..Look::default() });
            let path = format!("{folder}/map-{}-{kind}-{name}.svg", points.len());
            println!("{path}: {} kB", svg.len() / 1000);
            std::fs::write(path, svg).expect("a folder to write to");
        }
    }
}

/// Four clouds of points. A small generator is random enough for a measurement.
fn clouds(n: usize) -> (Vec<f32>, Vec<f32>) {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let mut bell = || (0..6).map(|_| next()).sum::<f32>() - 3.0;
    (0..n)
        .map(|i| ([-1.0, 1.0, -0.6, 1.2][i % 4] + bell(), [-0.8, -0.6, 1.0, 0.9][i % 4] + bell()))
        .unzip()
}
