//! The program that searches for inputs with libFuzzer; `SSIM_FUZZ` names the target.
#![no_main]

use ssim_fuzz::Target;
use std::sync::OnceLock;

static TARGET: OnceLock<&Target> = OnceLock::new();

/// Chooses the target. The library's hook would end the program on a panic that is caught and
/// becomes an error, so the usual hook takes its place. A panic that reaches the library still
/// ends the program.
fn start() {
    drop(std::panic::take_hook());
    let name = std::env::var("SSIM_FUZZ").unwrap_or_default();
    let target = ssim_fuzz::find(&name).expect("SSIM_FUZZ names a target");
    TARGET.get_or_init(|| target);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    if let Some(target) = TARGET.get() {
        (target.run)(data);
    }
});
