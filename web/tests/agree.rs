//! Whether a row is shared is decided by one function, and all that is shown follows from it: the map and the table, the
//! row whose fields are changed, two lists side by side, and the pictures in documents.

#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use ssim_core::artifact::Artifact;
use ssim_core::look::inspect::Chance;
use ssim_core::mask::Pool;
use ssim_figure::{Figures, State, View};
use ssim_viz::{Look, count};
use ssim_web::address::List;
use ssim_web::engine::Engine;
use ssim_web::sample::{Sample, jaccard};
use ssim_web::share::ShareCriterion;
use std::sync::OnceLock;

const DEMO: &[u8] = include_bytes!("../../static/demo.ssim");

fn pool() -> impl Strategy<Value = Pool> {
    prop::sample::select(&Pool::ALL[..])
}

/// Random rows of up to seven scenarios with equal scores among them, and random weights.
fn sample() -> impl Strategy<Value = Sample> {
    (1usize..8, 1usize..1500).prop_flat_map(|(k, n)| {
        let scores = prop::collection::vec((-20i8..20).prop_map(|z| f32::from(z) / 8.0), n);
        let of = prop::collection::vec(0..k, n);
        let planted = prop::collection::vec(any::<bool>(), n);
        let weights = prop::collection::vec(1.0..9.0, k);
        (scores, of, planted, weights).prop_map(move |(scores, of, planted, weights)| {
            let column = |name: &str, values: Vec<f32>| (name.to_owned(), values);
            let rows = (0..n).map(|i| i as f64).collect();
            let mut sample = Sample::new(
                rows,
                Chance::new(n),
                [
                    column("scenario", of.iter().map(|k| *k as f32 + 1.0).collect()),
                    column("planted", planted.iter().map(|b| f32::from(u8::from(*b))).collect()),
                    column("score", scores),
                ],
            );
            sample.weights = weights;
            sample
        })
    })
}

fn criterion() -> impl Strategy<Value = ShareCriterion> {
    prop_oneof![
        (0.0..=1.0).prop_map(ShareCriterion::Ratio),
        (-3.0f32..3.0).prop_map(ShareCriterion::Threshold),
    ]
}

proptest! {
    /// What-if says of every row what the map says, and the counts are those of the rows.
    #[test]
    fn a_row_alone_is_what_it_is_among_all(sample in sample(), pool in pool(), criterion in criterion()) {
        for list in List::ALL {
            // The page has a lowest score for the list of the selector alone.
            let criterion = if *list == List::Ssim { criterion } else { ShareCriterion::Ratio(0.4) };
            let ranking = sample.ranking(*list, pool);
            let shared = sample.shared(*list, ranking.as_ref(), criterion);
            let scores = sample.column("score").unwrap();
            for i in 0..sample.len() {
                let verdict = sample.verdict(*list, pool, criterion, i, sample.scenarios[i]);
                prop_assert_eq!(verdict.shares(scores[i]), shared[i], "row {} of {:?}", i, list);
            }
            let k = 8;
            let tallies = sample.tallies(k, &shared, &shared);
            for (scenario, tally) in tallies.iter().enumerate() {
                let rows = (0..sample.len()).filter(|i| usize::from(sample.scenarios[*i]) == scenario);
                let listed = rows.clone().filter(|i| shared[*i]).count() as u64;
                prop_assert_eq!(tally.rows, [rows.count() as u64, listed]);
                prop_assert_eq!(tally.selected, [listed, listed]);
            }
            prop_assert_eq!(jaccard(&shared, &shared), 1.0);
        }
    }

    /// A picture in a document counts the rows that the page counts.
    #[test]
    fn pictures_count_the_rows_of_the_page(percent in 0u32..=100, pool in pool()) {
        static OPEN: OnceLock<(Engine, Figures)> = OnceLock::new();
        let (engine, figures) = OPEN.get_or_init(|| {
            let figures = Figures::new(Artifact::from_bytes(DEMO).unwrap()).unwrap();
            (Engine::open(DEMO).unwrap(), figures)
        });
        let ratio = f64::from(percent) / 100.0;
        let (sample, k) = (engine.rows(), engine.overview().scenarios.len());
        let ranking = sample.ranking(List::Ssim, pool);
        let shared = sample.shared(List::Ssim, ranking.as_ref(), ShareCriterion::Ratio(ratio));
        let state = State { view: View::Shares, ratio: Some(ratio), by: Some(pool), ..State::default() };
        let svg = figures.draw(&state, &Look::default()).unwrap().svg;
        for tally in sample.tallies(k, &shared, &[]) {
            let [rows, listed] = tally.rows;
            let words = format!("{} of {}", count(listed), count(rows));
            prop_assert!(svg.contains(&words), "{words} at {ratio} of {pool:?}");
        }
    }
}
