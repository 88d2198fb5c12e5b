//! Code that the compiler cannot check stands in few files, and says why it is sound.

use crate::source::{Scan, sources};

/// The files with such code, and the reason that they have it.
const ALLOWED: [(&str, &str); 22] = [
    ("crates/core/src/layer/bf16.rs", "the AVX-512 instructions for bfloat16"),
    ("crates/core/src/layer/product.rs", "gemm takes pointers and strides"),
    ("crates/core/src/subnormal.rs", "the mode of a processor is a register"),
    ("crates/kernels/src/arguments.rs", "kernels read their arguments by address"),
    ("crates/kernels/src/cuda.rs", "the driver of a GPU is called by address"),
    ("crates/kernels/src/dense.rs", "kernels read and write memory by address"),
    ("crates/kernels/src/device.rs", "a device is told addresses"),
    ("crates/kernels/src/embed.rs", "kernels read and write memory by address"),
    ("crates/kernels/src/loss.rs", "kernels read and write memory by address"),
    ("crates/kernels/src/optimizer.rs", "kernels read and write memory by address"),
    ("crates/kernels/src/product.rs", "products read and write memory by address"),
    ("crates/kernels/src/recorded.rs", "a recorded device passes addresses on"),
    ("crates/kernels/src/route.rs", "kernels read and write memory by address"),
    ("crates/kernels/src/simulated.rs", "kernels are functions of C on the host"),
    ("crates/kernels/src/touched.rs", "kernels read and write memory by address"),
    ("crates/kernels/tests/all/compiled.rs", "functions of a library are called by name"),
    ("crates/kernels/tests/all/races/mod.rs", "a library is given a function to call"),
    (
        "native/src/machine/device.rs",
        "candle takes its number of threads from the environment alone",
    ),
    (
        "native/src/machine/memory.rs",
        "an allocator is unsafe to write, and mimalloc's options are set by a function of C",
    ),
    (
        "native/src/machine/ranks/mpi.rs",
        "a communicator of MPI is a pointer, which the ranks' threads share",
    ),
    (
        "native/src/machine/ranks/nccl.rs",
        "a communicator of NCCL is a pointer, which the ranks' threads share",
    ),
    ("native/src/terminal/interrupt.rs", "signals are ignored by a function of C"),
];

/// The lines of a file's `unsafe` blocks and `impl`s, and whether a `// SAFETY:` comment stands
/// directly above each of them.
fn uses(text: &str) -> Vec<(usize, bool)> {
    let scan = Scan::new(text);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut uses = Vec::new();
    for at in scan.words("unsafe") {
        let next = scan.code[at + "unsafe".len()..].trim_start();
        if next.starts_with('{') || next.starts_with("impl") {
            let line = scan.line(at);
            let above = lines[..line - 1].iter().rev().skip_while(|line| line.starts_with("#["));
            let mut comment = above.take_while(|line| line.starts_with("//"));
            uses.push((line, comment.any(|line| line.starts_with("// SAFETY:"))));
        }
    }
    uses
}

#[test]
fn unsafe_code_stands_in_few_files_and_says_why() {
    let mut wrong = Vec::new();
    let mut needed = [false; ALLOWED.len()];
    for source in sources() {
        if Scan::new(&source.text).words("unsafe").is_empty() {
            continue;
        }
        match ALLOWED.iter().position(|(file, _)| *file == source.name) {
            Some(entry) => needed[entry] = true,
            None => wrong.push(format!("{}: add it to ALLOWED with a reason", source.name)),
        }
        let silent = uses(&source.text).into_iter().filter(|(_, explained)| !explained);
        wrong.extend(silent.map(|(line, _)| format!("{}:{line}: no // SAFETY:", source.name)));
    }
    let listed = ALLOWED.iter().zip(needed).filter(|(_, needed)| !needed);
    wrong.extend(listed.map(|((file, _), _)| format!("{file} is listed, and has no unsafe code")));
    assert!(wrong.is_empty(), "{} places with unsafe code:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_block_without_a_comment_is_found() {
    let text = "fn a() {\n // SAFETY: b\n // and c.\n unsafe { d() };\n\n unsafe { e() };\n}\n\
                // SAFETY: f\n#[cfg(unix)]\nunsafe impl G for H {}\n// unsafe { i() }\nunsafe fn j()
                // {}\n";
    assert_eq!(uses(text), [(4, true), (6, false), (10, true)]);
    assert_eq!(Scan::new("#![deny(unsafe_code)] // unsafe\n").words("unsafe").len(), 0);
}
