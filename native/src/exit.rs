//! From an error to an exit code and one clear message.

use crate::out;
use anyhow::{Error, Result};
use std::process::ExitCode;

/// A failure whose exit code is known where it happens.
#[derive(Debug, thiserror::Error)]
pub enum Fail {
    /// Arguments that do not go together.
    #[error("{0}")]
    Usage(String),
    /// Settings that make no sense.
    #[error("{0}")]
    Config(String),
    /// Input that is not what it should be.
    #[error("{0}")]
    Data(String),
    /// Asked to stop; what is needed to go on has been written.
    #[error("{0}")]
    Interrupted(String),
}

impl Fail {
    /// A bad combination of arguments, as an `Err`.
    pub fn usage<T>(text: impl Into<String>) -> Result<T> {
        Err(Fail::Usage(text.into()).into())
    }

    /// Bad settings, as an `Err`.
    pub fn config<T>(text: impl Into<String>) -> Result<T> {
        Err(Fail::Config(text.into()).into())
    }

    /// Bad input, as an `Err`.
    pub fn data<T>(text: impl Into<String>) -> Result<T> {
        Err(Fail::Data(text.into()).into())
    }
}

const FAILURE: u8 = 1;
const USAGE: u8 = 2;
const CONFIG: u8 = 3;
const DATA: u8 = 4;
const DIVERGED: u8 = 5;
const INTERRUPTED: u8 = 130;

/// Prints what went wrong, if anything, and says so to the shell.
pub fn code(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    // Whoever reads our output has heard enough: `ssim … | head`.
    let closed = |e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe;
    if error.chain().filter_map(|e| e.downcast_ref()).any(closed) {
        return ExitCode::SUCCESS;
    }
    ExitCode::from(tell(&error, ""))
}

/// Prints what went wrong and `whose` fault it is; gives back what to tell the shell.
pub fn tell(error: &Error, whose: &str) -> u8 {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Transparent errors repeat what they wrap.
        if !text.ends_with(&cause) {
            let colon = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{colon}{cause}");
        }
    }
    out::error(&format!("error: {whose}{text}"));
    number(error)
}

fn number(error: &Error) -> u8 {
    error.chain().find_map(known).unwrap_or(FAILURE)
}

fn known(error: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if let Some(fail) = error.downcast_ref() {
        return Some(match fail {
            Fail::Usage(_) => USAGE,
            Fail::Config(_) => CONFIG,
            Fail::Data(_) => DATA,
            Fail::Interrupted(_) => INTERRUPTED,
        });
    }
    if let Some(error) = error.downcast_ref::<ssim_train::Error>() {
        return match error {
            ssim_train::Error::Core(core) => of_core(core),
            ssim_train::Error::Config(_) => Some(CONFIG),
            ssim_train::Error::Diverged { .. } => Some(DIVERGED),
            ssim_train::Error::Tensor(_) | ssim_train::Error::Ranks(_) => None,
        };
    }
    if let Some(error) = error.downcast_ref::<ssim_data::Error>() {
        return match error {
            ssim_data::Error::Core(core) => of_core(core),
            ssim_data::Error::Config(_) => Some(CONFIG),
            ssim_data::Error::Io(_) => None,
            _ => Some(DATA),
        };
    }
    error.downcast_ref().and_then(of_core)
}

fn of_core(error: &ssim_core::Error) -> Option<u8> {
    match error {
        ssim_core::Error::Data(_) | ssim_core::Error::File(_) => Some(DATA),
        ssim_core::Error::Config(_) => Some(CONFIG),
        ssim_core::Error::Tensor(_) => None,
    }
}
