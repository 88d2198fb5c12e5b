//! `cargo xtask fuzz` searches for inputs that make a reader fail. libFuzzer changes files of the
//! corpus and keeps those that reach new code; for that, the compiler puts counters into all code.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Mutex, thread};

use anyhow::{Context, Result, bail};

use crate::{apt, place, run};

const HELP: &str = "\
cargo xtask fuzz TARGET|all [--minutes N]   search for N minutes (1), with all targets as many at a time as there are cores
cargo xtask fuzz --list                     the targets
cargo xtask fuzz --corpus                   write the files that fuzz/corpus begins with

Inputs that reach new code are kept in the cache, and a later search goes on from them. An input that fails is written
there too; give it a name in fuzz/corpus/TARGET, and mend the cause.";

/// Counters at every edge of the code, and the operands of comparisons. The pass belongs to the
/// stable compiler.
const COUNTERS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Limits of an execution: seconds, and megabytes of the whole process.
const LIMITS: [&str; 2] = ["-timeout=5", "-rss_limit_mb=1024"];
/// The longest input in bytes.
const LONGEST: &str = "-max_len=16384";

pub fn chore(args: &[String]) -> Result<()> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let (target, minutes) = match words[..] {
        [] | ["--help" | "-h"] => {
            println!("{HELP}");
            return Ok(());
        }
        ["--corpus"] => return corpus(),
        ["--list"] => {
            println!("{}", targets()?.join("\n"));
            return Ok(());
        }
        [target] if !target.starts_with('-') => (target, 1.0),
        [target, "--minutes", n] | ["--minutes", n, target] => {
            let minutes: Option<f64> = n.parse().ok().filter(|n| *n > 0.0);
            (target, minutes.context("--minutes wants a number above 0")?)
        }
        _ => bail!("expected a target\n\n{HELP}"),
    };
    let mut targets = targets()?;
    if target != "all" {
        targets.retain(|name| name == target);
    }
    if targets.is_empty() {
        bail!("there is no target `{target}` (cargo xtask fuzz --list)");
    }
    search(&Search::new(build()?)?, &targets, minutes * 60.0)
}

/// The targets are the folders of the corpus; a test of theirs checks that.
fn targets() -> Result<Vec<String>> {
    let folder = place::root().join("fuzz/corpus");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn corpus() -> Result<()> {
    run::check(run::cargo()?.args(["run", "--package", "ssim-fuzz", "--bin", "corpus"]))
}

/// Builds the program with counters, and gives back its path.
fn build() -> Result<PathBuf> {
    if ["c++", "g++", "clang++"].into_iter().all(|name| run::which(name).is_none()) {
        apt::install(&["g++"], "libFuzzer")?;
    }
    let about = run::text(run::program("rustc")?.arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc names no host")?;
    let folder = place::cache()?.join("target-fuzz");
    let mut cargo = run::program("cargo")?;
    cargo.args(["build", "--package", "ssim-fuzz", "--bin", "engine", "--features", "engine"]);
    // With the target named, programs that only help to build get no counters.
    cargo.args(["--target", host]).env("CARGO_TARGET_DIR", &folder);
    run::check(cargo.env("RUSTFLAGS", COUNTERS.join(" ")))?;
    Ok(folder.join(host).join("debug/engine"))
}

/// The program and the folders of a search.
struct Search {
    engine: PathBuf,
    /// Inputs that were found, a folder per target.
    found: PathBuf,
    /// Inputs that failed.
    failed: PathBuf,
    /// The output of each target.
    logs: PathBuf,
}

impl Search {
    fn new(engine: PathBuf) -> Result<Self> {
        let home = place::cache()?.join("fuzz");
        let [found, failed, logs] = ["found", "failed", "logs"].map(|name| home.join(name));
        for folder in [&failed, &logs] {
            place::made(folder.clone())?;
        }
        Ok(Self { engine, found, failed, logs })
    }

    /// Searches with one target. The numbers are those that libFuzzer prints at its end.
    fn run(&self, target: &str, seconds: u64) -> Result<BTreeMap<String, u64>> {
        let log = self.logs.join(format!("{target}.txt"));
        let to = fs::File::create(&log).with_context(|| log.display().to_string())?;
        let mut engine = run::program(&self.engine)?;
        engine.env("SSIM_FUZZ", target).stderr(to);
        engine.args(LIMITS).args([LONGEST, "-print_final_stats=1"]);
        engine.arg(format!("-max_total_time={seconds}"));
        engine.arg(format!("-artifact_prefix={}/{target}-", self.failed.display()));
        engine.arg(place::made(self.found.join(target))?);
        engine.arg(place::root().join("fuzz/corpus").join(target));
        let status = engine.status().with_context(|| self.engine.display().to_string())?;
        let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        if !status.success() {
            let lines: Vec<&str> = text.lines().collect();
            let end = lines[lines.len().saturating_sub(25)..].join("\n");
            bail!("{target} failed; {} says more\n{end}", log.display());
        }
        Ok(numbers(&text))
    }
}

/// The numbers in lines such as `stat::peak_rss_mb: 80`.
fn numbers(text: &str) -> BTreeMap<String, u64> {
    let pairs = text.lines().filter_map(|line| line.strip_prefix("stat::")?.split_once(':'));
    pairs.filter_map(|(name, n)| Some((name.to_owned(), n.trim().parse().ok()?))).collect()
}

/// Searches with all targets, which share the time.
fn search(search: &Search, targets: &[String], seconds: f64) -> Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(targets.len());
    let each = (seconds * cores as f64 / targets.len() as f64).ceil() as u64;
    println!(
        "{:<12} {:>12} {:>8} {:>10} {:>10}",
        "target", "executions", "found", "peak MB", "slowest s"
    );
    let next = Mutex::new(targets.iter());
    let done = Mutex::new((0, Vec::new()));
    let lock = |error| anyhow::anyhow!("a thread has panicked: {error}");
    thread::scope(|scope| {
        let work = || -> Result<()> {
            loop {
                let Some(target) = next.lock().map_err(|e| lock(e.to_string()))?.next() else {
                    return Ok(());
                };
                let ended = search.run(target, each);
                let mut done = done.lock().map_err(|e| lock(e.to_string()))?;
                match ended {
                    Ok(numbers) => {
                        let number = |name: &str| numbers.get(name).copied().unwrap_or(0);
                        let executions = number("number_of_executed_units");
                        println!(
                            "{target:<12} {executions:>12} {:>8} {:>10} {:>10}",
                            number("new_units_added"),
                            number("peak_rss_mb"),
                            number("slowest_unit_time_sec")
                        );
                        done.0 += executions;
                    }
                    Err(error) => done.1.push(format!("{error:#}")),
                }
            }
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(ended) => ended,
            Err(_) => bail!("a thread has panicked"),
        })
    })?;
    let (executions, failed) = done.into_inner().map_err(|e| lock(e.to_string()))?;
    println!("{:<12} {executions:>12}", "together");
    if !failed.is_empty() {
        let folder = search.failed.display();
        bail!("{} targets failed, inputs in {folder}:\n\n{}", failed.len(), failed.join("\n\n"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_end_are_read() {
        let text = "#1 NEW\nstat::number_of_executed_units: 12\nstat::peak_rss_mb:          40\n";
        let expected = [("number_of_executed_units", 12), ("peak_rss_mb", 40)];
        let expected = expected.map(|(name, n)| (name.to_owned(), n));
        assert_eq!(numbers(text), BTreeMap::from(expected));
    }
}
