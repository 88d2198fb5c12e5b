//! Handles SIGINT, SIGTERM and SIGHUP: training ends at the next step, a preparation at the next
//! block, a server after its last answer, and everything else at once.

use anyhow::{Context, Result};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Number of guards: phases, preparations and servers that are running.
static GUARDS: AtomicUsize = AtomicUsize::new(0);
/// Whether a signal has asked the program to stop.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Exit code of an interrupted program.
const CODE: i32 = 130;

/// Installs the handler of the signals.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        // Nothing has to end cleanly, or the user asks for the second time.
        if GUARDS.load(Ordering::SeqCst) == 0 || ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(CODE);
        }
    })
    .context("cannot listen for signals")
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
