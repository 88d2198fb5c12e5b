//! Memory: the allocator, and what the system says of it.
//!
//! A training step allocates and frees every activation; the C library's allocator
//! maps and unmaps them page by page, which takes half the step.

use libmimalloc_sys::{mi_option_set_default, mi_option_t};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc's header, which the bindings leave out.
const PURGE_DELAY: mi_option_t = 15;
const MILLISECONDS: std::ffi::c_long = 10_000;

/// Keeps freed memory for ten seconds before the system gets it back. After the usual 10 ms, every
/// step would have to fault its buffers in again (a tenth of it). `MIMALLOC_PURGE_DELAY` has the
/// last word.
pub fn keep() {
    // SAFETY: sets a number that the allocator reads when it next frees; 15 is the option of that
    // meaning in both of mimalloc's lines (v2, v3) that the pinned bindings build.
    unsafe { mi_option_set_default(PURGE_DELAY, MILLISECONDS) };
}

/// Bytes of memory.
pub struct Memory {
    /// Of the machine, or of the limit that this process is under.
    pub total: u64,
    /// Free for programs.
    pub free: u64,
}

/// How much memory there is, where the system says so.
pub fn there_is() -> Option<Memory> {
    let refresh = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(refresh).ok()?;
    let machine = Memory { total: system.total_memory(), free: system.available_memory() };
    let limit = system.cgroup_limits();
    let limit = limit.map(|l| Memory { total: l.total_memory, free: l.free_memory });
    Some(limit.unwrap_or(machine)).filter(|memory| memory.total > 0)
}

/// Bytes that this process has held at most, where the system says so.
pub fn peak() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kb| kb * 1024)
}
