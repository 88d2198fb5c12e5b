//! Options that several commands have in common.

use crate::settings::config::preset;
use crate::settings::size::LogSize;
use crate::terminal::exit::Fail;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ssim_core::method::Method;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

/// Sources of settings. A later one wins: preset, file, `SSIM_*` variables, `--set`.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Settings that come with the program (default: those for logs of this size, or the defaults
    /// where there is no log)
    #[arg(long, value_name = "NAME", value_parser = preset())]
    pub preset: Option<String>,
    /// Settings from a TOML file (`ssim config` prints one)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, such as search.threshold=0.49 (repeatable; also as SSIM_SEARCH_THRESHOLD=0.49)
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The size of the log that the settings are for, where it is known.
    #[arg(skip)]
    pub log: Option<LogSize>,
}

/// Threads and device that do the work.
#[derive(Clone, Debug, Args)]
pub struct Machine {
    /// Worker threads (default: all cores); the same number gives the same results, byte for byte
    #[arg(long, value_name = "N", value_parser = threads())]
    pub threads: Option<usize>,
    /// cpu, cuda or cuda:N
    #[arg(long, default_value = "cpu")]
    pub device: String,
}

/// Options of a training run.
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
    /// Replace the run that is in the folder
    #[arg(long, conflicts_with = "resume")]
    pub force: bool,
    /// End each phase after N steps
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, u64::MAX))]
    pub max_steps: Option<u64>,
    /// Seed of everything random
    #[arg(long, default_value_t = 1, value_parser = any_whole::<u64>())]
    pub seed: u64,
    /// Print the result as one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub machine: Machine,
}

/// Parses a whole number from `from` to `to`.
pub fn whole<N>(from: u64, to: u64) -> impl TypedValueParser<Value = N>
where
    N: TryFrom<u64> + Clone + Send + Sync + 'static,
{
    let expected = match to {
        u64::MAX => format!("expected a whole number from {from} on"),
        _ => format!("expected a whole number from {from} to {to}"),
    };
    move |text: &str| {
        let number = text.parse().ok().filter(|n| (from..=to).contains(n));
        number.and_then(|n| N::try_from(n).ok()).ok_or_else(|| expected.clone())
    }
}

/// Parses any whole number.
pub fn any_whole<N>() -> impl TypedValueParser<Value = N>
where
    N: TryFrom<u64> + Clone + Send + Sync + 'static,
{
    whole(0, u64::MAX)
}

/// Parses a number of threads, 1 to 1024.
pub fn threads() -> impl TypedValueParser<Value = usize> {
    whole(1, 1024)
}

/// Parses the name of a preset; a former name becomes the one of today.
fn preset() -> impl TypedValueParser<Value = String> {
    let former = preset::former().map(|name| PossibleValue::new(name).hide(true));
    let values = preset::names().map(PossibleValue::new).chain(former);
    PossibleValuesParser::new(values).map(|name| preset::named(&name).to_owned())
}

/// The name that stands for the method which a race chooses.
pub const AUTO: &str = "auto";

/// Parses a method by its name, or [`AUTO`].
pub fn method() -> impl TypedValueParser<Value = Choice> {
    let methods = Method::all().map(|m| PossibleValue::new(m.name()).help(m.about()));
    let about =
        "the method that is best on the validation rows: candidates are fitted and compared";
    let auto = PossibleValue::new(AUTO).help(about);
    PossibleValuesParser::new(methods.chain([auto])).try_map(|name| match name.as_str() {
        AUTO => Ok(Choice::Auto),
        name => name.parse().map(Choice::Method),
    })
}

/// A method, or the wish that a race chooses one.
#[derive(Clone, Copy, Debug)]
pub enum Choice {
    Auto,
    Method(Method),
}

/// Parses a time such as 90s, 30m or 2h.
pub fn time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| "expected a time such as 90s, 30m or 2h".to_owned())
}

/// Parses a share of rows, 0 to 1.
pub fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse().ok().filter(|r| (0.0..=1.0).contains(r));
    ratio.ok_or_else(|| "expected 0 to 1, such as 0.2 for 20 %".to_owned())
}

/// Gives `n` seeds from the first one up.
///
/// # Errors
/// Fails when the last of them is larger than any seed can be.
pub fn seeds(first: u64, n: u64) -> anyhow::Result<Range<u64>> {
    match first.checked_add(n) {
        Some(end) => Ok(first..end),
        None => Fail::usage(format!("--seed: expected at most {}, got {first}", u64::MAX - n)),
    }
}

/// Parses a finite number.
pub fn number(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|x: &f64| x.is_finite());
    number.ok_or_else(|| "expected a number".to_owned())
}

/// Parses a score, which is a finite number.
pub fn score(text: &str) -> Result<f32, String> {
    let score = text.parse().ok().filter(|z: &f32| z.is_finite());
    score.ok_or_else(|| "expected a finite number".to_owned())
}

/// Parses a number of bytes, such as 512MB or 2GB. A kB has 1024 bytes.
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
    bytes.ok_or_else(|| "expected a number with kB, MB or GB, such as 2GB".to_owned())
}
