//! The checks find mistakes. Each of a list of kernels with a character or two changed is compiled, and its check must fail.

mod mistakes;

use crate::check::{Told, cases};
use crate::compiled::{Compiled, compile};
use mistakes::{MISTAKES, Mistake};
use ssim_kernels::Simulated;

/// Cases of a check, of which one at least must find the mistake.
const CASES: u64 = 400;

/// The result of the check of a mistake, without it or with it.
fn run(mistake: &Mistake, with: bool) -> Told<Told<()>> {
    let Mistake { file, source, check, right, wrong } = *mistake;
    let changes = [(source, right, wrong)];
    let library = &compile(file, if with { &changes } else { &[] }, &[], &[])?;
    let order = |backwards| {
        let host = Simulated { backwards, ..Simulated::default() };
        Compiled { host, file, library }
    };
    Ok(cases(check, [&order(false), &order(true)], if with { CASES } else { 10 }))
}

/// Checks the mistakes in the kernels of a file.
fn finds_mistakes(file: &str) {
    let here: Vec<&Mistake> = MISTAKES.iter().filter(|mistake| mistake.file == file).collect();
    assert!(here.len() > 2, "{file}: only {} mistakes", here.len());
    run(here[0], false).expect("it compiles").expect("without a mistake the check passes");
    for mistake in here {
        let told = run(mistake, true).expect("it compiles");
        let Mistake { source, right, wrong, .. } = mistake;
        assert!(told.is_err(), "{source}: nobody finds `{wrong}` in place of `{right}`");
    }
}

#[test]
fn mistakes_in_adam_are_found() {
    finds_mistakes("adam");
}

#[test]
fn mistakes_in_dense_are_found() {
    finds_mistakes("dense");
}

#[test]
fn mistakes_in_embed_are_found() {
    finds_mistakes("embed");
}

#[test]
fn mistakes_in_loss_are_found() {
    finds_mistakes("loss");
}

#[test]
fn mistakes_in_route_are_found() {
    finds_mistakes("route");
}

#[test]
fn mistakes_in_touched_are_found() {
    finds_mistakes("touched");
}
