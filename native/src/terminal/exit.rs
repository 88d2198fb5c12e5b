//! Turns an error into one clear message and an exit code.

use crate::terminal::out;
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
    /// Input that is not as expected.
    #[error("{0}")]
    Data(String),
    /// The user asked the program to stop. A training run has written a checkpoint before.
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

/// Prints the error, if there is one, and gives the exit code.
pub fn code(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    // A reader that closes the pipe early (`ssim … | head`) is no failure.
    let mut io_errors = error.chain().filter_map(|e| e.downcast_ref::<std::io::Error>());
    if io_errors.any(|e| e.kind() == std::io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    ExitCode::from(tell(&error, ""))
}

/// Prints an error, after `whose` (the name of the process that failed, or nothing), and gives the
/// exit code.
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
    if is_of_the_machine(&text) {
        return FAILURE;
    }
    error.chain().find_map(known_code).unwrap_or(FAILURE)
}

/// Whether a message ends with a failure of the machine: there are no more descriptors, threads,
/// memory or room, or the disk is damaged. The libraries that read tables hand over such an error as
/// a text, in the form that all errors of the system have, so the text is what can be asked.
fn is_of_the_machine(text: &str) -> bool {
    #[cfg(unix)]
    {
        use nix::libc::{EAGAIN, EDQUOT, EFBIG, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC, EROFS};
        let numbers = [EAGAIN, EDQUOT, EFBIG, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC, EROFS];
        numbers.iter().any(|n| text.ends_with(&format!("(os error {n})")))
    }
    #[cfg(not(unix))]
    {
        let _ = text;
        false
    }
}

/// Gives the exit code of an error, if its type has one.
fn known_code(error: &(dyn std::error::Error + 'static)) -> Option<u8> {
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
            ssim_train::Error::Core(core) => core_code(core),
            ssim_train::Error::Config(_) => Some(CONFIG),
            ssim_train::Error::Diverged { .. } => Some(DIVERGED),
            ssim_train::Error::Tensor(_)
            | ssim_train::Error::Ranks(_)
            | ssim_train::Error::Device(_) => None,
        };
    }
    if let Some(error) = error.downcast_ref::<ssim_data::Error>() {
        return match error {
            ssim_data::Error::Core(core) => core_code(core),
            ssim_data::Error::Config(_) => Some(CONFIG),
            ssim_data::Error::Io(_) => None,
            _ => Some(DATA),
        };
    }
    error.downcast_ref().and_then(core_code)
}

fn core_code(error: &ssim_core::Error) -> Option<u8> {
    match error {
        ssim_core::Error::Data(_) | ssim_core::Error::File(_) => Some(DATA),
        ssim_core::Error::Config(_) => Some(CONFIG),
        ssim_core::Error::Tensor(_) => None,
    }
}
