//! Turns a panic into a message and an exit code.

use crate::machine::ranks;
use anyhow::{Result, anyhow};
use std::panic::{self, AssertUnwindSafe};

/// Keeps the panics of decoders off the terminal. `ssim-data` makes errors of them, which name the
/// file.
pub fn quiet_decoders() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !ssim_data::guarded() {
            usual(panic);
            // The other processes would wait for this one. Their launcher ends them if it aborts.
            if ranks::launched() > 1 {
                std::process::abort();
            }
        }
    }));
}

/// Runs the program. A panic is a fault of the program itself; the hook has said where it was.
///
/// # Errors
/// Returns the program's own error, or one for a panic.
pub fn caught(run: impl FnOnce() -> Result<()>) -> Result<()> {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("no reason given");
        Err(anyhow!("the program has failed where it should not ({text}); please report this"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let error = caught(|| panic!("out of {}", "range")).unwrap_err();
        assert!(error.to_string().contains("(out of range)"), "{error}");
        assert!(caught(|| Ok(())).is_ok());
    }
}
