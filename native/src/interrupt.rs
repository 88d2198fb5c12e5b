//! SIGINT, SIGTERM and SIGHUP: training ends at the next step, a preparation at the next block; everything else ends at once.

use anyhow::{Context, Result};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Phases that train, and preparations, right now.
static TRAINING: AtomicUsize = AtomicUsize::new(0);
static ASKED: AtomicBool = AtomicBool::new(false);

/// Exit code of an interrupted program.
const CODE: i32 = 130;

/// Listens from now on.
pub fn install() -> Result<()> {
    let handler = || {
        // Asked twice, or nothing to save: go.
        if TRAINING.load(Ordering::SeqCst) == 0 || ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(CODE);
        }
    };
    ctrlc::set_handler(handler).context("cannot listen for signals")
}

/// While this lives, a signal is a request that `asked` tells of.
pub struct Training;

impl Training {
    /// Training begins.
    pub fn begin() -> Self {
        TRAINING.fetch_add(1, Ordering::SeqCst);
        Self
    }

    /// Whether somebody wants the program to stop.
    pub fn asked(&self) -> bool {
        ASKED.load(Ordering::SeqCst)
    }
}

impl Drop for Training {
    fn drop(&mut self) {
        TRAINING.fetch_sub(1, Ordering::SeqCst);
    }
}
