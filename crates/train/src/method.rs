//! The methods of the paper's tables: how many towers, and which rows they share.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// A way to train a backbone on several scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// One tower for all scenarios (ST-Backbone).
    St,
    /// A tower per scenario, nothing shared (MT-Backbone).
    Mt,
    /// A tower per scenario, every row shared (MT-Backbone-S).
    MtS,
    /// A tower per scenario, the rows shared that a search selected.
    Ssim,
    /// A tower per scenario, as many rows shared as with `ssim`, drawn at random (SSIM-R).
    SsimR,
}

/// Where a method's list of shared rows comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListSource {
    /// No row is shared.
    Nothing,
    /// Every row is shared.
    Everything,
    /// Rows drawn at random.
    Random,
    /// Rows that a search selected.
    Search,
}

/// All methods with their names, towers per scenario, and the source of their lists.
const TABLE: &[(Method, &str, bool, ListSource)] = &[
    (Method::St, "st", false, ListSource::Nothing),
    (Method::Mt, "mt", true, ListSource::Nothing),
    (Method::MtS, "mt-s", true, ListSource::Everything),
    (Method::Ssim, "ssim", true, ListSource::Search),
    (Method::SsimR, "ssim-r", true, ListSource::Random),
];

impl Method {
    /// All methods.
    pub fn all() -> impl Iterator<Item = Method> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (Method, &'static str, bool, ListSource) {
        // The table has a row for every method, which a test checks.
        TABLE.iter().find(|row| row.0 == self).unwrap_or(&TABLE[0])
    }

    /// Name on the command line and in reports.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Number of towers for `scenarios` scenarios.
    pub fn towers(self, scenarios: usize) -> usize {
        if self.row().2 { scenarios } else { 1 }
    }

    /// Where the list of shared rows comes from.
    pub fn list(self) -> ListSource {
        self.row().3
    }
}

impl std::str::FromStr for Method {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let names: Vec<_> = TABLE.iter().map(|row| row.1).collect();
        Method::all().find(|m| m.name() == name).ok_or_else(|| {
            Error::Config(format!("method: expected one of {}, got \"{name}\"", names.join(", ")))
        })
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for method in [Method::St, Method::Mt, Method::MtS, Method::Ssim, Method::SsimR] {
            assert_eq!(method.name().parse::<Method>().unwrap(), method);
        }
        assert!("ssm".parse::<Method>().is_err());
    }
}
