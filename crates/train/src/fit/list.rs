//! The list of shared rows by its source. A new source is a variant of [`ListSource`] and an arm here.

use crate::error::{Error, Result};
use crate::recipe::ListSource;
use crate::select::{List, score, select, soft};
use crate::setup::Setup;
use ssim_core::instances::Instances;
use ssim_core::selector::Scorer;

/// Makes the list for the `train` rows; `scorer` is the selector that has learnt, where the source
/// needs one.
///
/// # Errors
/// When a score is NaN, when a selector is missing, or what scoring reports.
pub fn make(
    setup: &Setup,
    source: ListSource,
    train: &Instances,
    scorer: Option<&Scorer>,
) -> Result<List> {
    let scores = match (source, scorer) {
        (ListSource::Nothing, _) => return Ok(List::unscored(vec![false; train.len()])),
        (ListSource::Everything, _) => return Ok(List::unscored(vec![true; train.len()])),
        (ListSource::Rule(rule), _) => rule(setup, train)?,
        (_, Some(scorer)) => score(setup, scorer, train)?,
        (_, None) => {
            let text = "list: expected a source that needs no training, got one that does";
            return Err(Error::Config(text.into()));
        }
    };
    let shared = match source {
        ListSource::Soft => soft(&scores, setup.seed, 0),
        _ => select(setup, &scores, train)?,
    };
    Ok(List { scores, shared, borrowers: None })
}
