//! Says why rows of a raw log are left out, such as those of a scenario that is new in test.

use ssim_data::Reject;
use std::collections::BTreeMap;

/// Number of reasons that are told, the most frequent first.
const TOLD: usize = 5;

/// Warns of rows that are left out, in a line per reason.
pub fn warnings(rejects: &[Reject]) -> Vec<String> {
    let mut counts = BTreeMap::new();
    for reject in rejects {
        *counts.entry(reject.reason.as_str()).or_insert(0) += 1;
    }
    let mut reasons: Vec<(&str, usize)> = counts.into_iter().collect();
    // Of equal frequency: in the order of the alphabet.
    reasons.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let rest: usize = reasons.iter().skip(TOLD).map(|(_, rows)| rows).sum();
    let say = |rows: usize, why: &str| {
        let rows = if rows == 1 { "1 row is".to_owned() } else { format!("{rows} rows are") };
        format!("{rows} left out: {why}")
    };
    let mut warnings: Vec<String> =
        reasons.iter().take(TOLD).map(|(why, rows)| say(*rows, why)).collect();
    if rest > 0 {
        let others = reasons.len() - TOLD;
        warnings.push(say(rest, &format!("for {others} other reasons")));
    }
    warnings
}
