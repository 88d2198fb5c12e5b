//! `cargo xtask test`: runs every check, cheap ones first, and stops at the first that fails.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{
    apt, ban, book, browser, cuda, demo, native,
    native::{TARGETS, WORKSPACE},
    python, run, setup, tools, wasm_std, web,
};

struct Stage {
    name: &'static str,
    about: &'static str,
    /// Stages that must run before this one, even if the user has not named them.
    after: &'static [&'static str],
    run: fn() -> Result<()>,
    /// Runs only if the user names it, because not everybody wants the programs that it installs.
    extra: bool,
}

impl Stage {
    const fn new(
        name: &'static str,
        about: &'static str,
        after: &'static [&'static str],
        run: fn() -> Result<()>,
    ) -> Self {
        Self { name, about, after, run, extra: false }
    }

    const fn extra(self) -> Self {
        Self { extra: true, ..self }
    }
}

const STAGES: &[Stage] = &[
    Stage::new("fmt", "the sources are formatted", &[], fmt),
    Stage::new("lint", "clippy finds nothing (native)", &[], lint),
    Stage::new("ban", "every banned call is caught in a library", &[], ban::test),
    Stage::new("doc", "the documentation builds without warnings", &[], doc),
    Stage::new("unit", "unit and integration tests", &[], unit),
    Stage::new("doctest", "the examples in the documentation run", &[], doctest),
    Stage::new("setup", "what the checks of page and book need is here", &[], tools_for_page),
    Stage::new("lint-wasm", "clippy and documentation for wasm32", &["setup"], lint_wasm),
    Stage::new("wasm", "the same numbers on wasm32, in node", &["setup"], parity),
    Stage::new("web", "the page builds as published", &["setup"], page),
    Stage::new("book", "the book builds, and no link in it is dead", &[], book::build),
    // The book contains the built page, which makes its pictures live.
    Stage::new(
        "browser",
        "page and book work in Chromium",
        &["setup", "web", "book"],
        browser::test,
    ),
    Stage::new("mpi", "processes of mpirun train one model", &[], mpi).extra(),
    Stage::new("damage", "2,000 flipped bits are refused or change nothing", &[], damage).extra(),
    Stage::new("faults", "killed, starved and doubled commands harm nothing", &[], faults).extra(),
    Stage::new(
        "cuda",
        "the CUDA build compiles and links, and its tests of a GPU run on the host",
        &[],
        cuda::check,
    )
    .extra(),
    Stage::new("deny", "licences, versions and sources, by cargo-deny", &[], deny).extra(),
    Stage::new("publish", "every crate could be published as it is", &[], publish).extra(),
    Stage::new("python", "the list in PyTorch, DuckDB, Spark and Ray", &[], python::test).extra(),
];

pub fn chore(args: &[String]) -> Result<()> {
    if args.iter().any(|arg| arg == "--list") {
        for stage in STAGES {
            let when = if stage.extra { " (only where it is named)" } else { "" };
            println!("{:<10} {}{when}", stage.name, stage.about);
        }
        return Ok(());
    }
    let stages = selected(args)?;
    let was_clean = changes().is_ok_and(|changes| changes.is_empty());
    let start = Instant::now();
    let mut took: Vec<(&str, Duration)> = Vec::new();
    for (i, stage) in stages.iter().enumerate() {
        eprintln!("\n[{}/{}] {}: {}", i + 1, stages.len(), stage.name, stage.about);
        let start = Instant::now();
        let done = (stage.run)();
        took.push((stage.name, start.elapsed()));
        if done.is_err() {
            summary(&took, Some(stage.name));
            return done.with_context(|| {
                format!("stage {} (again: cargo xtask test {})", stage.name, stage.name)
            });
        }
    }
    summary(&took, None);
    eprintln!(
        "{} of {} stages passed in {:.0} s",
        took.len(),
        stages.len(),
        start.elapsed().as_secs_f64()
    );
    match changes() {
        Ok(changes) if was_clean && !changes.is_empty() => {
            bail!(
                "the checks changed the working tree, so a file they make was committed out of date:\n{changes}"
            )
        }
        _ => Ok(()),
    }
}

/// The files that differ from the last commit, as git lists them.
fn changes() -> Result<String> {
    run::text(run::program("git")?.args(["status", "--porcelain"]))
}

/// The named stages in order, with those that must run before them. If none is named, all stages
/// but the extra ones.
fn selected(names: &[String]) -> Result<Vec<&'static Stage>> {
    for name in names {
        if !STAGES.iter().any(|stage| stage.name == name) {
            bail!("there is no stage `{name}` (cargo xtask test --list)");
        }
    }
    let named = |stage: &Stage| names.iter().any(|name| name == stage.name);
    let mut selected = Vec::new();
    for stage in STAGES {
        let all = names.is_empty() && !stage.extra;
        let needed = STAGES.iter().any(|other| named(other) && other.after.contains(&stage.name));
        if all || named(stage) || needed {
            selected.push(stage);
        }
    }
    Ok(selected)
}

fn summary(took: &[(&str, Duration)], failed: Option<&str>) {
    eprintln!();
    for (name, time) in took {
        let outcome = if failed == Some(name) { "FAILED" } else { "ok" };
        eprintln!("  {name:<10} {:>7.1} s  {outcome}", time.as_secs_f64());
    }
}

/// The packages that are documented and published. The page's documentation is built for its own target.
const LIBRARIES: [&str; 3] = ["--workspace", "--exclude", "ssim-web"];
const DENY: [&str; 3] = ["--", "-D", "warnings"];

fn fmt() -> Result<()> {
    run::check(run::cargo()?.args(["fmt", "--all", "--check"]))
}

fn lint() -> Result<()> {
    run::check(run::cargo()?.arg("clippy").args(WORKSPACE).arg("--all-targets").args(DENY))?;
    // `cargo xtask demo --quick` builds the program so.
    run::check(run::cargo()?.arg("clippy").args(demo::QUICK_BUILD).args(DENY))
}

fn doc() -> Result<()> {
    let mut doc = run::cargo()?;
    doc.args(["doc", "--no-deps"]).args(LIBRARIES).args(["--exclude", "xtask"]);
    run::check(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn unit() -> Result<()> {
    // The test of licences reads the manifests of all targets, and building fetches those of one.
    run::check(run::cargo()?.args(["fetch", "--locked"]))?;
    // The tests of the command line run the program, which `cargo test` alone does not build.
    native::build()?;
    run::check(run::cargo()?.arg("test").args(WORKSPACE).args(TARGETS).arg("--no-fail-fast"))
}

fn doctest() -> Result<()> {
    run::check(run::cargo()?.args(["test", "--doc"]).args(WORKSPACE))
}

fn publish() -> Result<()> {
    let kept = ["xtask", "ssim-tests", "ssim-fuzz"].map(|name| ["--exclude", name]);
    run::check(
        run::cargo()?.args(["publish", "--dry-run"]).args(LIBRARIES).args(kept.as_flattened()),
    )
}

fn deny() -> Result<()> {
    tools::cargo_deny()?;
    run::check(run::cargo()?.args(["fetch", "--locked"]))?;
    // Some packages in Cargo.lock are never built, so cargo-deny does not find them. The test of
    // versions reads the lock file, and wants them in the list of known ones.
    let mut deny = run::cargo()?;
    deny.args(["deny", "--offline", "check", "--allow", "unmatched-skip"]);
    run::check(deny.args(["licenses", "bans", "sources"]))
}

fn mpi() -> Result<()> {
    apt::mpi()?;
    // Features are those of the whole workspace, so that only the program is built again.
    let features = ["--features", "ssim-cli/mpi"];
    run::check(run::cargo()?.arg("build").args(WORKSPACE).args(TARGETS).args(features))?;
    let mut test = run::cargo()?;
    test.arg("test").args(WORKSPACE).args(features).args(["--test", "mpi", "--", "--ignored"]);
    run::check(&mut test)
}

fn damage() -> Result<()> {
    native::build()?;
    let mut test = run::cargo()?;
    test.arg("test").args(WORKSPACE).args(["--test", "damage", "--", "--ignored", "--nocapture"]);
    run::check(&mut test)
}

fn faults() -> Result<()> {
    native::build()?;
    let mut test = run::cargo()?;
    // Two tests at once would only make each other slower.
    let one_by_one = ["--", "--ignored", "--nocapture", "--test-threads=1"];
    run::check(test.arg("test").args(WORKSPACE).args(["--test", "faults"]).args(one_by_one))
}

fn tools_for_page() -> Result<()> {
    tools::node()?;
    wasm_std::ensure(wasm_std::StdSource::Any)?;
    setup::page()?;
    tools::mdbook()?;
    tools::playwright()?;
    tools::chromium().map(drop)
}

fn lint_wasm() -> Result<()> {
    let target = ["--target", wasm_std::TARGET];
    // The page is among them because its manifest names the source of random numbers in a browser.
    let packages = ["ssim-core", "ssim-train", "ssim-data", "ssim-viz", "ssim-figure", "ssim-web"];
    let packages = packages.map(|name| ["--package", name]);
    let mut clippy = wasm_std::cargo()?;
    clippy.args(["clippy", "--no-default-features"]).args(packages.as_flattened());
    run::check(clippy.args(target).args(DENY))?;
    let mut clippy = wasm_std::cargo()?;
    clippy.args(["clippy", "--all-targets", "--package", "ssim-web"]);
    run::check(clippy.args(target).args(DENY))?;
    let mut doc = wasm_std::cargo()?;
    doc.args(["doc", "--no-deps", "--package", "ssim-web"]).args(target);
    run::check(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn parity() -> Result<()> {
    let mut test = wasm_std::cargo()?;
    test.args(["test", "--package", "ssim-web", "--target", wasm_std::TARGET]);
    test.args(["--test", "parity", "--test", "backbones"]);
    run::check(&mut test)
}

fn page() -> Result<()> {
    web::build(true)?;
    // The program with the page inside compiles only where there is one.
    run::check(
        run::cargo()?.args(["clippy", "--package", "ssim-cli", "--features", "page"]).args(DENY),
    )
}
