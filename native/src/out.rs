//! The two ways out: data to standard output, everything else to standard error.

use anyhow::Result;
use serde::Serialize;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Prints data and a line end.
pub fn data(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Prints data as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    data(&serde_json::to_string(value)?)
}

/// Whether another process tells people how it goes.
static MUTE: AtomicBool = AtomicBool::new(false);

/// From now on only errors are told.
pub fn mute() {
    MUTE.store(true, Ordering::Relaxed);
}

/// Tells people something. Nobody listening is no reason to fail.
pub fn note(text: &str) {
    if !MUTE.load(Ordering::Relaxed) {
        error(text);
    }
}

/// Tells people what they must know.
pub fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
