//! Options that several commands have in common.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ssim_train::method::Method;
use std::path::PathBuf;

/// Where settings come from; later ones win: preset, file, `SSIM_*` variables, `--set`.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Settings that come with the program
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(crate::config::preset_names()))]
    pub preset: Option<String>,
    /// Settings from a TOML file (`ssim config` prints one)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, such as search.threshold=0.49 (repeatable; also as SSIM_SEARCH_THRESHOLD=0.49)
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// What the work runs on.
#[derive(Clone, Debug, Args)]
pub struct Machine {
    /// Worker threads (default: all cores); equal numbers give equal bytes
    #[arg(long, value_name = "N", value_parser = threads())]
    pub threads: Option<usize>,
    /// cpu, cuda or cuda:N
    #[arg(long, default_value = "cpu")]
    pub device: String,
}

/// A training run.
#[derive(Clone, Debug, Args)]
pub struct Training {
    /// Data folder, from `ssim prepare`
    #[arg(long)]
    pub data: PathBuf,
    /// CTR model
    #[arg(long, default_value = "dnn", value_parser = PossibleValuesParser::new(ssim_core::backbone::names()))]
    pub backbone: String,
    /// Run folder to write
    #[arg(long, value_name = "RUN")]
    pub out: PathBuf,
    /// Go on with an interrupted run: finished phases are kept
    #[arg(long)]
    pub resume: bool,
    /// End each phase after N steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_steps: Option<u64>,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print the result as one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub machine: Machine,
}

/// A positive number of threads.
pub fn threads() -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u64).range(1..=1024).map(|n| n as usize)
}

/// A method by its name.
pub fn method() -> impl TypedValueParser<Value = Method> {
    let value = |m: Method| PossibleValue::new(m.name()).help(m.plan().about);
    PossibleValuesParser::new(Method::all().map(value)).try_map(|name| name.parse::<Method>())
}

/// A share of rows.
pub fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse().ok().filter(|r| (0.0..=1.0).contains(r));
    ratio.ok_or_else(|| "expected 0 to 1".to_owned())
}

/// A number of bytes, such as 512MB or 2GB.
pub fn size(text: &str) -> Result<usize, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "" | "B" => Some(1),
        "kB" => Some(1 << 10),
        "MB" => Some(1 << 20),
        "GB" => Some(1 << 30),
        _ => None,
    };
    let bytes =
        number.parse().ok().zip(unit).and_then(|(n, unit): (usize, usize)| n.checked_mul(unit));
    bytes.ok_or_else(|| "expected a number with kB, MB or GB".to_owned())
}
