//! The names of the methods: how people and files call them, and how reports compare them.
//!
//! How each method is trained stands in `ssim_train::recipe`. The names are here because pictures
//! and the page show methods without training any.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Name of runs on the planted list of synthetic data, which no method can know.
pub const PLANTED: &str = "planted";

/// A way to train a backbone on several scenarios.
///
/// ```
/// use ssim_core::method::Method;
/// let method: Method = "mt-s".parse()?;
/// assert_eq!(method.role().ratio(), Some(1.0));
/// # Ok::<(), ssim_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the table below describes each method")]
pub enum Method {
    St,
    Finetune,
    Dn,
    Mamdr,
    Mt,
    MtS,
    MtFromSt,
    MtFromMtS,
    Ssim,
    SsimR,
    SsimSearched,
    SsimP,
    SsimSoft,
    SsimNk,
    SsimNd,
    #[serde(rename = "ssim+")]
    SsimPlus,
    #[serde(rename = "ssim+-directed")]
    SsimPlusDirected,
    #[serde(rename = "ssim+-from-st")]
    SsimPlusFromSt,
    SsimRFromSt,
}

/// The part that a method plays in reports and pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It has one tower for all scenarios, so there is nothing to share between towers.
    OneTower,
    /// Every row trains its own tower alone: the reference that sharing is compared with.
    SharesNothing,
    /// Every row trains all towers.
    SharesAll,
    /// Rows drawn at random train all towers: the control of every chosen list.
    SharesRandom,
    /// Any other method: chosen rows train all towers, or the shared rows change on the way.
    Other,
}

/// One row of the table of names.
struct Entry {
    method: Method,
    name: &'static str,
    about: &'static str,
    role: Role,
}

const fn entry(method: Method, name: &'static str, role: Role, about: &'static str) -> Entry {
    Entry { method, name, about, role }
}

/// All methods in the order of [`Method`], which is the order in which they are listed.
const TABLE: &[Entry] = &[
    entry(Method::St, "st", Role::OneTower, "one tower for all scenarios (ST-Backbone)"),
    entry(
        Method::Finetune,
        "finetune",
        Role::OneTower,
        "st, then a copy of it per scenario trained on with that scenario's rows",
    ),
    entry(
        Method::Dn,
        "dn",
        Role::OneTower,
        "one tower that learns the scenarios in turn, by domain negotiation (first half of MAMDR)",
    ),
    entry(
        Method::Mamdr,
        "mamdr",
        Role::OneTower,
        "dn, then a copy of it per scenario trained on by domain regularisation (MAMDR)",
    ),
    entry(
        Method::Mt,
        "mt",
        Role::SharesNothing,
        "a tower per scenario, every row trains its own (MT-Backbone)",
    ),
    entry(
        Method::MtS,
        "mt-s",
        Role::SharesAll,
        "a tower per scenario, every row trains all of them (MT-Backbone-S)",
    ),
    entry(
        Method::MtFromSt,
        "mt-from-st",
        Role::Other,
        "st, then a copy of its tower per scenario, trained on as mt: a strong baseline",
    ),
    entry(
        Method::MtFromMtS,
        "mt-from-mt-s",
        Role::Other,
        "mt-s, then trained on as mt: a strong baseline",
    ),
    entry(
        Method::Ssim,
        "ssim",
        Role::Other,
        "a tower per scenario; the rows that a search selects train all of them",
    ),
    entry(
        Method::SsimR,
        "ssim-r",
        Role::SharesRandom,
        "as many rows as with ssim, drawn at random",
    ),
    entry(
        Method::SsimSearched,
        "ssim-searched",
        Role::Other,
        "the searched model as it is, without retrain (second reading of SSIM-R)",
    ),
    entry(
        Method::SsimP,
        "ssim-p",
        Role::Other,
        "ssim that retrains from the searched weights instead of rewinding",
    ),
    entry(
        Method::SsimSoft,
        "ssim-soft",
        Role::Other,
        "rows are shared by their probability, not by a cut (second reading of SSIM-P)",
    ),
    entry(
        Method::SsimNk,
        "ssim-nk",
        Role::Other,
        "ssim without the term that asks for sharing (lambda is 0)",
    ),
    entry(Method::SsimNd, "ssim-nd", Role::Other, "ssim with one selector head for all scenarios"),
    entry(
        Method::SsimPlus,
        "ssim+",
        Role::Other,
        "ssim with a selector that learns from st which rows say the same in every scenario",
    ),
    entry(
        Method::SsimPlusDirected,
        "ssim+-directed",
        Role::Other,
        "ssim+, whose rows train the towers of like scenarios alone",
    ),
    entry(
        Method::SsimPlusFromSt,
        "ssim+-from-st",
        Role::Other,
        "mt-from-st whose copies are trained on with the list of ssim+",
    ),
    entry(
        Method::SsimRFromSt,
        "ssim-r-from-st",
        Role::SharesRandom,
        "the same with as many rows drawn at random",
    ),
];

impl Method {
    /// All methods.
    pub fn all() -> impl Iterator<Item = Method> {
        TABLE.iter().map(|entry| entry.method)
    }

    const fn entry(self) -> &'static Entry {
        // The table is in the order of the methods, which a test checks.
        &TABLE[self as usize]
    }

    /// Name on the command line, in files and in reports.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// One sentence for people.
    pub const fn about(self) -> &'static str {
        self.entry().about
    }

    /// The part that the method plays in reports.
    pub const fn role(self) -> Role {
        self.entry().role
    }
}

impl Role {
    /// The role of a run by its name in a report. A name that is no method's, such as
    /// [`PLANTED`], stands for a run on a list.
    ///
    /// ```
    /// use ssim_core::method::{Method, Role};
    /// assert_eq!(Role::of(Method::Mt.name()), Role::SharesNothing);
    /// assert_eq!(Role::of("planted"), Role::Other);
    /// ```
    pub fn of(name: &str) -> Self {
        let known = TABLE.iter().find(|entry| entry.name == name);
        known.map_or(Self::Other, |entry| entry.role)
    }

    /// The share of rows on the list, where the role fixes it: 0 or 1. Runs of these roles are the
    /// ends that lists of all ratios have in common.
    pub fn ratio(self) -> Option<f64> {
        match self {
            Self::SharesNothing => Some(0.0),
            Self::SharesAll => Some(1.0),
            _ => None,
        }
    }

    /// Whether this is the run that all sharing is compared with.
    pub fn is_reference(self) -> bool {
        self == Self::SharesNothing
    }
}

impl std::str::FromStr for Method {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Method::all().find(|method| method.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Method::all().map(Method::name).collect();
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
    fn names_read_back_and_are_those_of_files() {
        let mut names = Vec::new();
        for (i, method) in Method::all().enumerate() {
            assert_eq!(method as usize, i);
            assert_eq!(method.name().parse::<Method>().unwrap(), method);
            assert_eq!(serde_json::to_value(method).unwrap(), method.name());
            names.push(method.name());
        }
        names.sort_unstable();
        assert!(names.windows(2).all(|w| w[0] < w[1]), "{names:?}");
        assert!("ssm".parse::<Method>().is_err());
    }

    #[test]
    fn one_method_is_the_reference() {
        let references = Method::all().filter(|method| method.role().is_reference());
        assert_eq!(references.collect::<Vec<_>>(), [Method::Mt]);
    }
}
