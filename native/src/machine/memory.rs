//! Sets up the allocator, and asks the system how much memory there is.
//!
//! A training step allocates and frees every activation. The C library's allocator maps and unmaps
//! them page by page, which takes half the step, so the program uses mimalloc.

#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to write, and mimalloc's options are set by a function of C"
)]

use libmimalloc_sys::{mi_option_set_default, mi_option_t};
use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::io::Write;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// mimalloc. Where it has no memory to give, the program ends with a message and exit code 1; the
/// standard library would abort it.
struct Allocator;

// SAFETY: every call is passed on to mimalloc as it is. A null pointer is never returned, because
// the program ends first.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of this function, which is mimalloc's as well.
        had(unsafe { MiMalloc.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        had(unsafe { MiMalloc.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        had(unsafe { MiMalloc.realloc(place, layout, size) }, size)
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe { MiMalloc.dealloc(place, layout) }
    }
}

/// Returns the place of some memory, or ends the program if there is none.
fn had(place: *mut u8, bytes: usize) -> *mut u8 {
    if place.is_null() {
        out_of_memory(bytes);
    }
    place
}

#[cold]
fn out_of_memory(bytes: usize) -> ! {
    // Neither formatting a number nor the error output allocates.
    let _ = writeln!(std::io::stderr(), "error: out of memory: {bytes} more bytes cannot be had");
    std::process::exit(1)
}

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
