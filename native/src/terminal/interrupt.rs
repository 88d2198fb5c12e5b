//! Handles SIGINT, SIGTERM and SIGHUP: training ends at the next step, a preparation at the next
//! block, a server after its last answer, and everything else at once. Drafts and locks are removed in
//! any case.

#![allow(unsafe_code, reason = "signals are ignored by a function of C")]

use crate::files::draft;
use anyhow::{Context, Result};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Number of guards: phases, preparations and servers that are running.
static GUARDS: AtomicUsize = AtomicUsize::new(0);
/// Whether a signal has asked the program to stop.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Exit code of an interrupted program.
const CODE: i32 = 130;

/// Installs the handler of the signals. `nohup` stays in force: a hang-up that is ignored when the
/// program starts is ignored from then on.
///
/// # Errors
/// Returns the system's error.
pub fn install() -> Result<()> {
    let without_hangup = without_hangup();
    ctrlc::set_handler(|| {
        // Nothing has to end cleanly, or the user asks for the second time.
        if GUARDS.load(Ordering::SeqCst) == 0 || ASKED.swap(true, Ordering::SeqCst) {
            let _nothing_new = draft::abandon();
            std::process::exit(CODE);
        }
    })
    .context("cannot listen for signals")?;
    #[cfg(unix)]
    {
        use nix::sys::signal::Signal;
        // A file that would grow above its limit is then an error of the write, and no death.
        ignore(Signal::SIGXFSZ)?;
        if without_hangup {
            ignore(Signal::SIGHUP)?;
        }
    }
    let _ = without_hangup;
    Ok(())
}

/// Ignores a signal from now on, and tells whether it was ignored before.
#[cfg(unix)]
fn ignore(signal: nix::sys::signal::Signal) -> Result<bool> {
    use nix::sys::signal::{SigHandler, signal as set};
    // SAFETY: the signal is ignored, so no code of this program runs when it comes.
    let before = unsafe { set(signal, SigHandler::SigIgn) };
    Ok(matches!(before.context("cannot ignore a signal")?, SigHandler::SigIgn))
}

#[cfg(unix)]
fn without_hangup() -> bool {
    ignore(nix::sys::signal::Signal::SIGHUP).unwrap_or(false)
}

#[cfg(not(unix))]
fn without_hangup() -> bool {
    false
}

/// While a guard exists, a signal does not end the program; `asked` tells of it instead.
pub struct InterruptGuard;

impl InterruptGuard {
    /// Begins a phase, a preparation or a server that can end cleanly.
    pub fn begin() -> Self {
        GUARDS.fetch_add(1, Ordering::SeqCst);
        Self
    }

    /// Whether a signal has asked the program to stop.
    pub fn asked(&self) -> bool {
        ASKED.load(Ordering::SeqCst)
    }
}

impl Drop for InterruptGuard {
    fn drop(&mut self) {
        GUARDS.fetch_sub(1, Ordering::SeqCst);
    }
}
