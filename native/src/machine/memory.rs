//! Sets up the allocator, and asks the system how much memory there is.
//!
//! A training step allocates and frees every activation. The C library's allocator maps and unmaps
//! them page by page, which takes half the step, so the program uses mimalloc.

#![allow(unsafe_code, reason = "mimalloc's options are set by a function of C")]

use libmimalloc_sys::{mi_option_set_default, mi_option_t};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Number of `mi_option_purge_delay` in mimalloc's header, which the bindings leave out.
const PURGE_DELAY: mi_option_t = 15;
/// Time that freed memory is kept, in milliseconds.
const MILLISECONDS: std::ffi::c_long = 10_000;

/// Keeps freed memory for ten seconds before the system gets it back. After the usual 10 ms, every
/// step would have to fault its buffers in again, a tenth of its time. The variable
/// `MIMALLOC_PURGE_DELAY` wins over this.
pub fn keep() {
    // SAFETY: this sets a number that the allocator reads when it next frees. The option has the
    // number 15 in both of mimalloc's lines (v2, v3) that the pinned bindings build.
    unsafe { mi_option_set_default(PURGE_DELAY, MILLISECONDS) };
}

/// Amounts of memory, in bytes.
pub struct Memory {
    /// Memory of the machine, or the limit of this process.
    pub total: u64,
    /// Memory that programs can still get.
    pub free: u64,
}

/// Asks how much memory there is; nothing if the system does not say.
pub fn there_is() -> Option<Memory> {
    let refresh = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(refresh).ok()?;
    let machine = Memory { total: system.total_memory(), free: system.available_memory() };
    let limit = system.cgroup_limits();
    let limit = limit.map(|l| Memory { total: l.total_memory, free: l.free_memory });
    Some(limit.unwrap_or(machine)).filter(|memory| memory.total > 0)
}

/// Asks for the most bytes that this process has held so far; nothing if the system does not say.
pub fn peak() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kb| kb * 1024)
}
