//! Plans that come with the program: the paper's tables.

macro_rules! plans {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../../../presets/plans/", $name, ".toml")))),*]
    };
}

const PLANS: &[(&str, &str)] = plans![
    "result1-dnn",
    "result1-deepfm",
    "result1-dcn",
    "result1-msr",
    "result2",
    "result3",
    "plus",
    "ratio",
    "real",
    "auto"
];

/// Gives the names of all plans.
pub fn names() -> impl Iterator<Item = &'static str> {
    PLANS.iter().map(|(name, _)| *name)
}

/// Gives the TOML text of a plan, if there is one of that name.
pub fn text(name: &str) -> Option<&'static str> {
    PLANS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
