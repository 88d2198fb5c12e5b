//! The project's chores, `cargo xtask <chore>`: with Rust and this program one can run, test and
//! measure the project.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the ban list in crates/ is for libraries; this program runs other programs and talks to people"
)]

mod apt;
mod ban;
mod bench;
mod book;
mod browser;
mod cuda;
mod demo;
mod fuzz;
mod gpu;
mod native;
mod place;
mod program;
mod python;
mod run;
mod setup;
mod test;
mod tools;
mod wasm_std;
mod web;

use std::process::ExitCode;

const HELP: &str = "\
The project's chores. Whatever one of them needs and this machine lacks is named, then installed.

  cargo xtask demo  [--no-serve] [--quick] [...]   set up, build, train on the embedded data, open the page
                                                   (other arguments go to `ssim demo`)
  cargo xtask test  [STAGE...] [--list]            every check, cheap ones first; or only the stages named
  cargo xtask web   [--release]                    build the page into dist
  cargo xtask program                              build the program with the page inside (release)
  cargo xtask book                                 build the book, with the libraries' documentation, into dist-book
  cargo xtask setup [--web | --browser]            install what the page (and its browser tests) need
                    [--wasm-std rustup|debian]     insist on one source of the wasm32 standard library
  cargo xtask bench train --anchor DIR [...]       training speed beside PyTorch (`--help` says more)
  cargo xtask bench fit [--method M] [...]         whole trainings beside PyTorch, to the last step
  cargo xtask bench commands [--before PROGRAM]    the book's commands, beside those of another build
  cargo xtask bench prepare [--rows N] [...]       preparing a made log beside pandas and Polars
  cargo xtask bench web [MEASUREMENT...] [--land]  the page beside its budgets, in this machine's Chromium
  cargo xtask bench serve [...]                    what the server holds: connections, answers, bytes
  cargo xtask fuzz  TARGET|all [--minutes N]       search for inputs that make a reader fail (`--help` says more)
  cargo xtask gpu   [--out DIR]                    a folder that tests and times a GPU elsewhere (`--help` says more)
  cargo xtask cuda-check                           compile and link the CUDA build, GPU or not (fetches its compiler)

Tools and build outputs live in $SSIM_CACHE, else $XDG_CACHE_HOME/ssim, else ~/.cache/ssim;
CARGO_TARGET_DIR, where set, moves the native build outputs.";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let chore = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match chore.as_str() {
        "demo" => demo::chore(rest),
        "test" => test::chore(&rest),
        "web" => web::chore(&rest),
        "program" => program::chore(),
        "setup" => setup::chore(&rest),
        "bench" => bench::chore(&rest),
        "book" => book::chore(&rest),
        "fuzz" => fuzz::chore(&rest),
        "gpu" => gpu::chore(&rest),
        "cuda-check" => cuda::check(),
        "" | "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        other => {
            eprintln!("xtask: there is no chore `{other}`\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
