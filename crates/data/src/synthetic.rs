//! Rows whose truth is known: a world in which sharing the right instances helps.
//!
//! # The world
//! Users and items have attributes and, summed over these, a taste (4 numbers). A row is a user, an
//! item and a position, drawn with long tails and alike in every scenario, and a scenario (83, 8,
//! 6 or 3 % of the rows). Half the rows follow one preference that all scenarios share; which half is
//! a function of user and item attributes plus a little noise, so it can be learned. The other
//! half follow the scenario's own preference. A preference weighs tastes and their products; the
//! logit's standard deviation is 2.5, the click rate 5 %, and 2 % of the labels are redrawn.
//! Sixteen fields: 8 of the user (its number first), 6 of the item, the position, the scenario.
//!
//! # Why these numbers
//! Most settings of such a world do not tell methods apart, even when the planted list itself is
//! what one trains on. Three choices do:
//! - *few ids*: about 500 rows per user and per item. With 50 to 100 every method overfits its ids in
//!   the first epoch and the embeddings, not the towers, are what small scenarios lack.
//! - *strong signal*: at a standard deviation of 1.5 (an earlier world of ten fields, click rate 10 %) the
//!   planted list did not help.
//! - *fixed angles*: the own preferences are corners of a tetrahedron at right angles to the
//!   shared one. Where they are drawn at random, seeds differ more than methods do.
//!
//! The one criterion was that the planted list beats no sharing and sharing everything in the small
//! scenarios. No selector was looked at, and the settings were chosen on a prototype with other
//! random numbers, so that all seeds below were new.
//!
//! # What was measured
//! 250,000 rows, seeds 1 to 10; a deep network with one tower per scenario, embedding width 8, hidden layers 64 and 32, Adam
//! at 2e-3 with L2 1e-6, batches of 1,024, stopped by validation logloss (patience 1, at most 10
//! epochs); AUC against the true probabilities of test rows, which has no label noise. Shared rows
//! weigh 1/4 on every tower, the others 1 on their own. Differences are those of the planted list
//! to a method, over paired seeds; p by two-sided t-test.
//!
//! | trained on | AUC in scenarios 1 to 4 | difference | p |
//! |---|---|---|---|
//! | planted list | .883 .851 .840 .823 | | |
//! | nothing shared (`mt`) | .888 .840 .823 .802 | −.005 +.011 +.017 +.022 | .02 .001 2e-5 1e-5 |
//! | everything shared (`mt-s`) | .890 .838 .816 .729 | −.007 +.013 +.024 +.094 | .001 .016 .003 5e-5 |
//! | a random half (seeds 6 to 10) | .884 .834 .815 .782 | −.005 +.008 +.015 +.031 | .13 .08 .03 .03 |
//! | one tower (`st`, seeds 1 to 5) | .893 .839 .808 .763 | −.005 +.021 +.043 +.071 | .04 .09 .01 .01 |
//!
//! The mean over the three small scenarios is better with the planted list in all ten seeds (+.016 to
//! `mt`, p = 1e-6; +.044 to `mt-s`, p = 1e-5). The large scenario pays for
//! it with half a point, probably because it has rows enough and half of them lose weight.
//!
//! This program's own trainer with its demo preset (`ssim demo --seeds 5`, seeds 1 to 5) has the mean of
//! the small scenarios at .842 for the planted list, .828 for `mt` (+.014, p = .008) and .819 for `mt-s`
//! (+.023, p = .08: on one seed `mt-s` falls far behind, which makes the differences vary). Over
//! five seeds the second difference is therefore not yet shown; the regime has to be calmer.

mod population;
mod preference;
mod rows;

use crate::error::{Error, OnError, Result};
use crate::layout::{FieldSpec, Kind, Split, TableSchema};
use crate::prepared::Prepared;
use crate::raw::{Marks, Raw, Values};
use population::Population;
use preference::Preferences;
use ssim_core::instances::Planted;
use ssim_core::parallel;

/// Share of rows per scenario.
pub const SCENARIOS: [f64; 4] = [0.83, 0.08, 0.06, 0.03];
/// Mean click probability in every scenario.
pub const CTR: f64 = 0.05;
/// Share of labels that are redrawn at the mean click probability, whatever the row says.
pub const NOISE: f64 = 0.02;
/// Share of rows that follow the preference all scenarios have in common, in every scenario.
pub const SHARED: f64 = 0.7;
/// Fewer rows do not show every scenario a click.
pub const MIN_ROWS: usize = 5_000;

/// Rows that are drawn from one stream of random numbers; results do not depend on workers.
const BLOCK: usize = 4096;
/// Blocks that are drawn before they are put in their place: bounds what is held twice.
const WAVE: usize = 64;

/// A synthetic data set of `rows` rows (80 % train, 10 % validation, 10 % test), ready to train on,
/// with the planted truth beside the rows. The same arguments give the same data on every host
/// and with any number of workers; time and memory grow linearly.
///
/// ```
/// let data = ssim_data::synthetic::prepare(5_000, 1)?;
/// assert_eq!(data.schema.fields.len(), 16);
/// assert_eq!(data.schema.scenarios, ["1", "2", "3", "4"]);
/// assert_eq!(data.train.len(), 4_000);
/// assert!(data.train.planted.is_some());
/// # Ok::<_, ssim_data::Error>(())
/// ```
///
/// # Errors
/// Fewer than [`MIN_ROWS`] rows or more than `u32::MAX`, and a seed whose smallest scenario happens to have no click.
pub fn prepare(rows: usize, seed: u64) -> Result<Prepared> {
    if rows < MIN_ROWS || u32::try_from(rows).is_err() {
        return Err(Error::Config(format!(
            "synthetic: rows: expected {MIN_ROWS} to {}, got {rows}",
            u32::MAX
        )));
    }
    crate::prepare(generate(rows, seed), &layout(), seed)
}

/// The raw rows, in the order they are drawn, numbered from 1.
pub fn generate(rows: usize, seed: u64) -> Raw {
    let population = Population::new(rows, seed);
    let preferences = Preferences::new(&population, seed);
    let fields = population.fields();
    let mut raw = Raw {
        source: "synthetic".into(),
        dataset: "synthetic".into(),
        codes: Vec::with_capacity(rows * fields.len()),
        labels: Vec::with_capacity(rows),
        scenarios: Vec::with_capacity(rows),
        rows: (1..=rows as u64).collect(),
        scenario: fields.last().cloned().unwrap_or_default(),
        fields,
        marks: Marks::None,
        planted: None,
        on_error: OnError::Fail,
        rejects: Vec::new(),
    };
    let mut planted =
        Planted { shared: Vec::with_capacity(rows), probability: Vec::with_capacity(rows) };
    let blocks: Vec<usize> = (0..rows.div_ceil(BLOCK)).collect();
    for wave in blocks.chunks(WAVE) {
        let drawn = parallel::map(wave.to_vec(), |block| {
            let n = BLOCK.min(rows - block * BLOCK);
            rows::draw(&population, &preferences, n, seed, block as u64)
        });
        for block in drawn {
            raw.codes.extend_from_slice(&block.codes);
            raw.labels.extend_from_slice(&block.labels);
            raw.scenarios.extend_from_slice(&block.scenarios);
            planted.shared.extend_from_slice(&block.shared);
            planted.probability.extend_from_slice(&block.probability);
        }
    }
    raw.planted = Some(planted);
    raw
}

/// How the rows are split and encoded: as a table's would be.
fn layout() -> TableSchema {
    let spec = |name: &str| FieldSpec {
        name: name.to_owned(),
        kind: Kind::Categorical,
        buckets: None,
        min_count: 2,
    };
    TableSchema {
        source: "synthetic".into(),
        label: "click".into(),
        scenario: population::SCENARIO.into(),
        fields: population::names().map(spec).collect(),
        split: Split::Random { train: 0.8, val: 0.1, test: 0.1 },
    }
}

/// The dictionary of a column whose values are the numbers from 1.
fn numbered(name: &str, position: usize, size: usize) -> Values {
    Values {
        name: name.to_owned(),
        position: position as u64,
        values: (1..=size).map(|v| v.to_string().into()).collect(),
    }
}
