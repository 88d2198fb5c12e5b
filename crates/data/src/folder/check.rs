//! The check of a manifest before anything is made from it. The file may be damaged, or written by
//! another program, and its numbers are used as places in arrays.

use super::manifest::{FieldEntry, Manifest};
use crate::error::{Error, Result};
use crate::prepared::ScenarioSummary;
use ssim_core::split::Split;
use ssim_core::vocabulary::Transform;
use std::collections::HashSet;

/// The most rows of a split, scenarios and ids: what their types can count.
const ROWS: usize = u32::MAX as usize;
const SCENARIOS: usize = u16::MAX as usize;

impl Manifest {
    /// Checks that the parts of the manifest fit together. `source` is its name for messages.
    ///
    /// # Errors
    /// Names the key and what was expected: at least one field and one scenario, names that are not
    /// empty (of fields) and different, ids of a field that begin where those of the field before it
    /// end, rows of scenarios that add up to the rows of each split, and numbers in their range.
    pub fn check(&self, source: &str) -> Result<()> {
        let checks = || -> Result<(), String> {
            self.fields()?;
            self.scenarios()?;
            self.rows()?;
            same("vocabulary", self.vocabulary.as_str(), super::VOCABULARY)
        };
        checks().map_err(|what| Error::Data(format!("{source}: {what}")))
    }

    fn fields(&self) -> Result<(), String> {
        if self.fields.is_empty() {
            return Err("fields: expected at least one field, got none".into());
        }
        let mut names = HashSet::new();
        let mut next = 0u32;
        for (i, FieldEntry { name, offset, features, transform }) in self.fields.iter().enumerate()
        {
            let at = format!("fields[{i}]");
            if name.is_empty() {
                return Err(format!("{at}.name: expected a name, got an empty one"));
            }
            if !names.insert(name) {
                return Err(format!("{at}.name: expected names that differ, got \"{name}\" twice"));
            }
            same(&format!("{at}.offset"), offset, &next)?;
            let end = u32::try_from(*features).ok().filter(|n| *n > 0);
            next = end.and_then(|n| next.checked_add(n)).ok_or_else(|| {
                format!(
                    "{at}.features: expected 1 or more, all together at most {ROWS}, got {features}"
                )
            })?;
            if let Transform::Quantile(bounds) = transform
                && !(bounds.iter().all(|b| b.is_finite()) && bounds.is_sorted())
            {
                return Err(format!("{at}.transform: expected rising numbers, got {bounds:?}"));
            }
        }
        same("features", &self.features, &(next as usize))
    }

    fn scenarios(&self) -> Result<(), String> {
        if !(1..=SCENARIOS).contains(&self.scenarios.len()) {
            let got = self.scenarios.len();
            return Err(format!("scenarios: expected 1 to {SCENARIOS}, got {got}"));
        }
        let mut names = HashSet::new();
        for (i, ScenarioSummary { scenario, ctr, .. }) in self.scenarios.iter().enumerate() {
            if !names.insert(scenario) {
                return Err(format!(
                    "scenarios[{i}].scenario: expected names that differ, got \"{scenario}\" twice"
                ));
            }
            if !(0.0..=1.0).contains(ctr) {
                return Err(format!("scenarios[{i}].ctr: expected 0 to 1, got {ctr}"));
            }
        }
        Ok(())
    }

    fn rows(&self) -> Result<(), String> {
        let sum = |rows: fn(&ScenarioSummary) -> usize| {
            self.scenarios.iter().map(rows).fold(0, usize::saturating_add)
        };
        let sums = Split { train: sum(|s| s.train), val: sum(|s| s.val), test: sum(|s| s.test) };
        for ((split, rows), (_, sum)) in self.rows.named().into_iter().zip(sums.named()) {
            if *rows > ROWS {
                return Err(format!("rows.{split}: expected at most {ROWS}, got {rows}"));
            }
            if rows != sum {
                return Err(format!(
                    "rows.{split}: expected the {sum} rows of the scenarios together, got {rows}"
                ));
            }
        }
        Ok(())
    }
}

/// An error about the key, unless the value is the expected one.
fn same<T>(key: &str, got: &T, expected: &T) -> Result<(), String>
where
    T: PartialEq + std::fmt::Debug + ?Sized,
{
    if got == expected {
        return Ok(());
    }
    Err(format!("{key}: expected {expected:?}, got {got:?}"))
}
