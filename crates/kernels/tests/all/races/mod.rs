//! No two threads of a kernel meet at a value. On the host threads take turns, so a test of results finds only some races.
//! Here every access to memory is watched: a thread must not read or write between two barriers what another one
//! writes there, nor what another block writes. Shared memory must be set before it is read, and every
//! address must be in an array.

#![allow(unsafe_code, reason = "a library is given a function to call")]

mod watch;

use crate::check::{Check, Told};
use crate::compiled::{Change, Compiled, compile};
use crate::draw::Draw;
use crate::{dense, embed, loss, optimizer, route, scores, table, touched};
use libloading::Library;
use ssim_kernels::kernel::Kernel;
use ssim_kernels::{DeviceError, DeviceMemory, DeviceProduct, KernelDevice, Result, Simulated};
use std::cell::RefCell;
use std::ffi::c_void;
use watch::Watch;

/// Cases of each check.
const CASES: u64 = 25;

/// Tells the watch of barriers, of turns and of blocks, and gives shared memory a place of its own.
const WATCHED: [Change; 4] = [
    (
        "kernel.h",
        "#define SHARED\n",
        "#define SHARED static __attribute__((section(\"shared_memory\")))\n\
         void ssim_note(u32, u64);\n",
    ),
    ("kernel.h", "turn < THREADS; ", "turn < THREADS || (ssim_note(3, 0), 0); "),
    (
        "kernel.h",
        "THREADS - 1 - turn : turn)",
        "THREADS - 1 - turn : turn) if (ssim_note(2, t), 1)",
    ),
    ("kernel.h", "name##_block(*(const", "ssim_note(4, at.block); name##_block(*(const"),
];

thread_local! {
    static WATCH: RefCell<Watch> = RefCell::default();
}

/// The function that the library calls.
extern "C" fn note(what: u32, value: u64) {
    WATCH.with_borrow_mut(|watch| watch.note(what, value));
}

/// A device whose kernels are watched.
struct Watched<'a>(Compiled<'a>);

impl KernelDevice for Watched<'_> {
    fn reserve(&self, bytes: usize) -> Result<DeviceMemory> {
        let memory = self.0.reserve(bytes)?;
        let from = memory.address();
        WATCH.with_borrow_mut(|watch| watch.known.push(from..from + bytes as u64));
        Ok(memory)
    }

    fn write(&self, to: &mut DeviceMemory, offset: usize, bytes: &[u8]) -> Result<()> {
        self.0.write(to, offset, bytes)
    }

    fn read(&self, from: &DeviceMemory, offset: usize, bytes: &mut [u8]) -> Result<()> {
        self.0.read(from, offset, bytes)
    }

    unsafe fn launch(&self, kernel: Kernel, blocks: u32, arguments: *const c_void) -> Result<()> {
        let from = arguments as u64;
        WATCH.with_borrow_mut(|watch| {
            watch.begin();
            watch.known.push(from..from + kernel.bytes() as u64);
        });
        // SAFETY: the caller promises the same.
        unsafe { self.0.launch(kernel, blocks, arguments) }?;
        WATCH.with_borrow_mut(|watch| {
            watch.known.pop();
            let told = |mistake| DeviceError::Driver(format!("{}: {mistake}", kernel.name()));
            watch.end().map_or(Ok(()), |mistake| Err(told(mistake)))
        })
    }

    unsafe fn multiply(&self, product: &DeviceProduct) -> Result<()> {
        // SAFETY: the caller promises the same.
        unsafe { self.0.multiply(product) }
    }
}

/// The kernels of a file, compiled so that they can be watched.
fn watched(file: &str, changes: &[Change]) -> Told<Library> {
    let changes = [&WATCHED[..], changes].concat();
    let hooks = ("hooks.c", include_str!("hooks.c"));
    let library = compile(file, &changes, &["-fsanitize=thread"], &[hooks])?;
    // SAFETY: these are the types that `hooks.c` gives them.
    unsafe {
        **library.get::<*mut extern "C" fn(u32, u64)>(b"ssim_watch")? = note;
        let from = library.get::<extern "C" fn() -> u64>(b"ssim_shared_from")?();
        let to = library.get::<extern "C" fn() -> u64>(b"ssim_shared_to")?();
        WATCH.with_borrow_mut(|watch| watch.shared = from..to);
    }
    Ok(library)
}

/// Runs checks with the kernels of a file, some of them changed.
fn run(file: &'static str, checks: &[Check], changes: &[Change]) -> Told<()> {
    let library = &watched(file, changes)?;
    let device = Watched(Compiled { host: Simulated::default(), file, library });
    for check in checks {
        for case in 0..CASES {
            WATCH.with_borrow_mut(|watch| watch.known.clear());
            check(&device, &mut Draw::new(case))?;
        }
    }
    Ok(())
}

/// Checks the kernels of a file, and then that a mistake in it is seen: a change, and the words that say so.
fn never_meet(file: &'static str, checks: &[Check], mistakes: &[(Change, &str)]) {
    run(file, checks, &[]).expect("no two threads meet");
    for (change, words) in mistakes {
        let told = run(file, checks, &[*change]).expect_err(change.2).to_string();
        assert!(told.contains(words), "{}: {told}", change.2);
    }
}

#[test]
fn threads_of_adam_never_meet() {
    let all_threads = ("adam.cu", "if (t == 0 && a.kind == ADAM)", "if (a.kind == ADAM)");
    let one_step_more = ("adam.cu", "step < a.now; step++) {", "step <= a.now; step++) {");
    let one_row = ("adam.cu", "a.last[a.ids[i]] = a.now", "a.last[a.ids[0]] = a.now");
    never_meet(
        "adam",
        &[optimizer::adam, optimizer::caught_up, table::step],
        &[
            (all_threads, "a value that another thread writes"),
            (one_step_more, "outside of all arrays"),
            (one_row, "a value that another thread writes"),
        ],
    );
}

#[test]
fn threads_of_dense_never_meet() {
    let in_pairs = ("dense.cu", "sums[t] = sum;", "sums[t / 2] = sum;");
    never_meet(
        "dense",
        &[dense::finished, dense::begun, dense::columns],
        &[(in_pairs, "a value that another thread writes")],
    );
}

#[test]
fn threads_of_embed_never_meet() {
    let in_pairs = ("embed.cu", "a.out[i] = sum;", "a.out[i / 2] = sum;");
    never_meet(
        "embed",
        &[embed::embedded, embed::collected],
        &[(in_pairs, "a value that another thread writes")],
    );
}

#[test]
fn threads_of_loss_never_meet() {
    let unguarded = (
        "kernel.h",
        "if (t < half) (sums)[t] += (sums)[t + half]",
        "(sums)[t] += (sums)[(t + half) % THREADS]",
    );
    never_meet(
        "loss",
        &[loss::pair_losses, loss::total, scores::score_slopes],
        &[(unguarded, "another thread")],
    );
}

#[test]
fn threads_of_route_never_meet() {
    let in_place = ("kernel.h", "(other)[t] = (sums)[t] +", "(sums)[t] = (sums)[t] +");
    let unset = ("route.cu", "if (t == 0) found = 0;", "");
    let no_room = ("route.cu", "slot < room", "slot <= room");
    never_meet(
        "route",
        &[route::listed, route::masked, route::routed],
        &[
            (in_place, "a value that another thread writes"),
            (unset, "before it is set"),
            (no_room, "a value that another thread writes"),
        ],
    );
}

#[test]
fn threads_of_touched_never_meet() {
    let all_blocks = ("touched.cu", "t == 0 && BLOCK == 0", "t == 0");
    // The results are right where the last thread is the last to have its turn.
    let no_barrier = (
        "touched.cu",
        " : 0);\n        }\n        PHASE(t) {\n            if (t == 0) before +=",
        " : 0);\n            if (t == THREADS - 1) before +=",
    );
    never_meet(
        "touched",
        &[touched::found],
        &[
            (all_blocks, "a value that another thread writes"),
            (no_barrier, "a write of a value that another thread reads"),
        ],
    );
}
