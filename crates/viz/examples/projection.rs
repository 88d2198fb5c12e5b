//! Measures the time that projections take:
//! `cargo run --release -p ssim-viz --features projection --example projection`.
// Unlike the library, an example is a host, so it may use the clock and the terminal.
#![allow(clippy::disallowed_types, clippy::print_stdout)]

use ssim_viz::projection::{NEIGHBOURS, TsneConfig, Vectors, pca, trustworthiness, tsne};
use std::time::Instant;

/// Runs `work` and prints the time that it took.
fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("  {name:20} {:8.2} s", start.elapsed().as_secs_f64());
    result
}

fn main() {
    for (n, width) in [(300, 512), (2000, 64), (2000, 512), (5000, 64), (5000, 512)] {
        println!("{n} vectors of {width}");
        let values = clouds(n, width);
        let vectors = Vectors::new(&values, width).expect("finite rows");
        let found = timed("PCA", || pca(vectors));
        println!("  explained {:.4?}", found.explained);
        let affinities = TsneConfig { iterations: 0, ..TsneConfig::default() };
        timed("t-SNE, no steps", || tsne(vectors, &affinities));
        let found = timed("t-SNE, 1000 steps", || tsne(vectors, &TsneConfig::default()));
        let trusted = timed("trustworthiness", || {
            trustworthiness(vectors, &found.positions, NEIGHBOURS).expect("enough rows")
        });
        println!("  divergence {:.4}, trustworthiness {trusted:.4}", found.divergence);
    }
}

/// Ten clouds of vectors `[n, width]`. A small generator is random enough for a measurement.
fn clouds(n: usize, width: usize) -> Vec<f32> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let mut bell = || (0..6).map(|_| next()).sum::<f32>() - 3.0;
    (0..n * width)
        .map(|i| if i % width % 10 == i / width % 10 { 1.5 + bell() } else { bell() })
        .collect()
}
