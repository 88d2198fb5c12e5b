//! The program that searches for inputs with libFuzzer; `SSIM_FUZZ` names the target.
#![no_main]
#![expect(clippy::print_stderr, reason = "libFuzzer reports to standard error too")]

use ssim_fuzz::Target;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Mutex, OnceLock, PoisonError};

static TARGET: OnceLock<&Target> = OnceLock::new();
/// The message of the last panic.
static LAST: Mutex<String> = Mutex::new(String::new());

/// Chooses the target. The hook of the library would end the program on every panic, also on one in
/// a decoder, which is caught and becomes an error. This hook only keeps the message.
fn start() {
    set_hook(Box::new(|info| {
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    let name = std::env::var("SSIM_FUZZ").unwrap_or_default();
    if let Some(target) = ssim_fuzz::find(&name) {
        TARGET.get_or_init(|| target);
    }
}

/// Runs the target. A panic that nobody has caught ends the program.
fn attack(data: &[u8]) {
    let target = TARGET.get().map(|target| target.run);
    let run = || target.map(|run| run(data));
    if target.is_none() || catch_unwind(AssertUnwindSafe(run)).is_err() {
        eprintln!("{}", LAST.lock().unwrap_or_else(PoisonError::into_inner));
        std::process::abort();
    }
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| attack(data));
