//! The methods of the paper's tables, as data: how many towers, which rows they share, where their
//! weights start, and which settings they fix. Nothing outside the table asks which method it is.

use crate::config::{Config, Heads};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// A way to train a backbone on several scenarios; what each one is stands in its [`Plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the table below says what each one is")]
pub enum Method {
    St,
    Finetune,
    Mt,
    MtS,
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
    /// The rows that a search scores best.
    Search,
    /// The rows that a selector scores best that has learnt from a fitted model by scenario swap
    /// ([`crate::swap`]).
    Taught(Method),
    /// Rows drawn anew for every epoch, each with the probability that a search gives it.
    Soft,
}

impl ListSource {
    /// Whether there is a search before the list.
    pub fn searches(self) -> bool {
        matches!(self, Self::Search | Self::Soft)
    }
}

/// Where the weights start that a list is trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the seed's values, where a search started too.
    Seed,
    /// At the searched weights.
    Searched,
    /// At another method's fitted model, which competes with the epochs that follow: a model that
    /// training on does not improve on validation rows stays as it is.
    Fitted(Method),
}

/// What a method is.
#[derive(Debug)]
pub struct Plan {
    /// The method.
    pub method: Method,
    /// Name on the command line and in reports.
    pub name: &'static str,
    /// One sentence for people.
    pub about: &'static str,
    /// Whether every scenario has a tower of its own.
    pub towers: bool,
    /// Where the list of shared rows comes from.
    pub list: ListSource,
    /// Where the weights start.
    pub start: Start,
    /// Whether every scenario gets a copy of the whole model, trained and stopped on its own rows.
    pub copies: bool,
    /// Settings that the method fixes.
    pub settings: fn(&mut Config),
}

/// What most methods have in common.
const COMMON: Plan = Plan {
    method: Method::Ssim,
    name: "ssim",
    about: "a tower per scenario; the rows that a search selects train all of them",
    towers: true,
    list: ListSource::Search,
    start: Start::Seed,
    copies: false,
    settings: |_| (),
};

/// All methods.
const TABLE: &[Plan] = &[
    Plan {
        method: Method::St,
        name: "st",
        about: "one tower for all scenarios (ST-Backbone)",
        towers: false,
        list: ListSource::Nothing,
        ..COMMON
    },
    Plan {
        method: Method::Finetune,
        name: "finetune",
        about: "st, then a copy of it per scenario trained on with that scenario's rows",
        towers: false,
        list: ListSource::Nothing,
        start: Start::Fitted(Method::St),
        copies: true,
        ..COMMON
    },
    Plan {
        method: Method::Mt,
        name: "mt",
        about: "a tower per scenario, every row trains its own (MT-Backbone)",
        list: ListSource::Nothing,
        ..COMMON
    },
    Plan {
        method: Method::MtS,
        name: "mt-s",
        about: "a tower per scenario, every row trains all of them (MT-Backbone-S)",
        list: ListSource::Everything,
        ..COMMON
    },
    Plan {
        method: Method::MtFromMtS,
        name: "mt-from-mt-s",
        about: "mt-s, then trained on as mt: a strong baseline",
        list: ListSource::Nothing,
        start: Start::Fitted(Method::MtS),
        ..COMMON
    },
    COMMON,
    Plan {
        method: Method::SsimR,
        name: "ssim-r",
        about: "as many rows as with ssim, drawn at random",
        list: ListSource::Random,
        ..COMMON
    },
    Plan {
        method: Method::SsimSearched,
        name: "ssim-searched",
        about: "the searched model as it is, without retrain (second reading of SSIM-R)",
        start: Start::Searched,
        settings: |config| config.retrain.max_epochs = 0,
        ..COMMON
    },
    Plan {
        method: Method::SsimP,
        name: "ssim-p",
        about: "ssim that retrains from the searched weights instead of rewinding",
        start: Start::Searched,
        ..COMMON
    },
    Plan {
        method: Method::SsimSoft,
        name: "ssim-soft",
        about: "rows are shared by their probability, not by a cut (second reading of SSIM-P)",
        list: ListSource::Soft,
        ..COMMON
    },
    Plan {
        method: Method::SsimNk,
        name: "ssim-nk",
        about: "ssim without the term that asks for sharing (lambda is 0)",
        settings: |config| config.search.lambda = 0.0,
        ..COMMON
    },
    Plan {
        method: Method::SsimNd,
        name: "ssim-nd",
        about: "ssim with one selector head for all scenarios",
        settings: |config| config.selector.heads = Heads::One,
        ..COMMON
    },
    Plan {
        method: Method::SsimPlus,
        name: "ssim+",
        about: "ssim with a selector that learns from st which rows say the same in every scenario",
        list: ListSource::Taught(Method::St),
        ..COMMON
    },
];

impl Method {
    /// All methods.
    pub fn all() -> impl Iterator<Item = Method> {
        TABLE.iter().map(|row| row.method)
    }

    /// What the method is.
    pub fn plan(self) -> &'static Plan {
        // The table has a row for every method, which a test checks.
        TABLE.iter().find(|row| row.method == self).unwrap_or(&COMMON)
    }

    /// Name on the command line and in reports.
    pub fn name(self) -> &'static str {
        self.plan().name
    }

    /// Number of towers for `scenarios` scenarios.
    pub fn towers(self, scenarios: usize) -> usize {
        if self.plan().towers { scenarios } else { 1 }
    }

    /// Where the list of shared rows comes from.
    pub fn list(self) -> ListSource {
        self.plan().list
    }

    /// Whether somebody's list can take the place of the method's own.
    pub fn takes_list(self) -> bool {
        let plan = self.plan();
        plan.start != Start::Searched && plan.list != ListSource::Soft && !plan.copies
    }

    /// The settings with those that the method fixes.
    pub fn settings(self, config: &Config) -> Config {
        let mut config = config.clone();
        (self.plan().settings)(&mut config);
        config
    }
}

impl std::str::FromStr for Method {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
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
    fn names_read_back_and_are_those_of_files() {
        let mut names = Vec::new();
        for method in Method::all() {
            assert_eq!(method.name().parse::<Method>().unwrap(), method);
            assert_eq!(serde_json::to_value(method).unwrap(), method.name());
            names.push(method.name());
        }
        names.sort_unstable();
        assert!(names.windows(2).all(|w| w[0] < w[1]), "{names:?}");
        assert!("ssm".parse::<Method>().is_err());
    }

    #[test]
    fn what_a_method_starts_from_starts_from_the_seed() {
        for row in TABLE {
            assert_eq!(row.method.plan().name, row.name);
            match row.start {
                Start::Seed => (),
                Start::Searched => assert!(row.list.searches(), "{}", row.name),
                Start::Fitted(other) => {
                    assert_eq!(other.plan().start, Start::Seed, "{}", row.name);
                    assert!(!other.list().searches() && !other.plan().copies, "{}", row.name);
                }
            }
        }
    }

    #[test]
    fn fixed_settings_are_valid() {
        for method in Method::all() {
            method.settings(&Config::default()).check().unwrap();
        }
    }
}
