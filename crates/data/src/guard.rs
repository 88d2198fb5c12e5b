//! Runs decoders that others have written. Some of them panic on damaged input; such a panic becomes
//! an error here.

use crate::error::{Error, Result};
use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Number of decoders that run on this thread, one inside the other.
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

/// True if a decoder runs on this thread, so that a panic will become an error. A program's panic
/// hook may ask this, and then be silent.
pub fn guarded() -> bool {
    RUNNING.get() > 0
}

/// Runs a decoder on the bytes of `source`. `format` says what the bytes should be.
///
/// After a panic the decoder is in no known state, so the caller must not use it again.
///
/// # Errors
/// The decoder fails or panics.
pub(crate) fn guard<T>(
    source: &str,
    format: &str,
    decode: impl FnOnce() -> Result<T>,
) -> Result<T> {
    run(decode).unwrap_or_else(|panic| Err(damaged(source, format, &panic)))
}

/// Runs a decoder that reads from a stream.
///
/// # Errors
/// The decoder fails or panics.
pub(crate) fn guard_read(decode: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
    run(decode).unwrap_or_else(|panic| Err(io::Error::new(io::ErrorKind::InvalidData, panic)))
}

/// Runs a decoder, and returns the message of its panic as an error.
fn run<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    RUNNING.set(RUNNING.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(decode));
    RUNNING.set(RUNNING.get() - 1);
    result.map_err(|panic| message(&*panic))
}

/// Makes the error for bytes of `source` that are not a whole `format`.
pub(crate) fn damaged(source: &str, format: &str, got: &dyn std::fmt::Display) -> Error {
    let got = got.to_string();
    let got = crate::error::cut(got.lines().next().unwrap_or_default());
    Error::Data(format!("{source}: expected {format}, got one that cannot be decoded: {got}"))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("the decoder gave up")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_names_the_file() {
        assert!(!guarded());
        let error = guard::<()>("log.parquet", "a whole Parquet file", || {
            assert!(guarded());
            panic!("index {} out of range\nmore", 7)
        });
        let expected = "log.parquet: expected a whole Parquet file, got one that cannot be decoded: \
                        index 7 out of range";
        assert_eq!(error.unwrap_err().to_string(), expected);
        assert!(!guarded());
        assert_eq!(guard_read(|| panic!("no")).unwrap_err().to_string(), "no");
    }
}
