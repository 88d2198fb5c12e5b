//! The limit of memory for a target, in every program that is linked with this library.

use cap::Cap;
use std::alloc::System;

/// The largest number of bytes that may be allocated at the same time. A larger allocation fails,
/// which ends the program unless the code can do without it.
pub const LIMIT: usize = 1 << 30;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, LIMIT);

/// The largest number of bytes that were allocated at the same time so far.
pub fn peak() -> usize {
    MEMORY.max_allocated()
}
