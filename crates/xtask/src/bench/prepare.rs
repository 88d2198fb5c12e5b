//! `cargo xtask bench prepare`: compares `ssim prepare ali-mama` with pandas and Polars, which do
//! the same work.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use wait4::Wait4;

use super::{busy, table::median, vacant};
use crate::{place, run};

pub const HELP: &str = "\
cargo xtask bench prepare [--rows 5000000] [--turns 3] [--python PROGRAM] [--built] [--json]

Makes a log in AliMama's raw layout (once), checks that `ssim prepare ali-mama` and its peers in benches/prepare give the
same data, id by id, and then runs the three in turn. Files are in the system's cache; all have every core.
PROGRAM (or SSIM_PYTHON, else python3) is a Python with pandas, polars and pyarrow; --built takes the release program as
it is.";

struct Options {
    rows: usize,
    turns: usize,
    python: String,
    built: bool,
    json: bool,
}

/// The sides. The names of the peers are those of their scripts.
const WHO: [&str; 3] = ["ssim", "pandas", "polars"];
const FILES: [&str; 3] = ["raw_sample.csv", "ad_feature.csv", "user_profile.csv"];

/// One run of one side.
struct Run {
    who: &'static str,
    seconds: f64,
    cpu_seconds: f64,
    /// The largest resident memory, in bytes.
    peak: u64,
}

pub fn chore(args: &[String]) -> Result<()> {
    let mut given =
        super::given(args, &["--rows", "--turns", "--python"], &["--built", "--json"], HELP)?;
    let options = Options {
        rows: super::number(given.remove("--rows"), "--rows", 5_000_000)?,
        turns: super::number(given.remove("--turns"), "--turns", 3)?,
        python: super::python(given.remove("--python")),
        built: given.contains_key("--built"),
        json: given.contains_key("--json"),
    };
    let home = place::made(place::cache()?.join("bench-prepare"))?;
    let raw = log(&options, &home)?;
    if !options.built {
        run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]))?;
    }
    agree(&options, &raw, &home)?;
    let mut runs = Vec::new();
    let mut load = 0f64;
    for turn in 1..=options.turns {
        eprintln!("turn {turn} of {}", options.turns);
        for who in WHO {
            load = load.max(busy());
            runs.push(measured(who, &mut side(&options, who, &raw, &vacant(&home, who)?)?)?);
        }
    }
    let bytes = FILES.iter().map(|name| Ok(fs::metadata(raw.join(name))?.len())).sum::<Result<_>>();
    let report = report(&runs, options.rows, bytes?, load);
    if options.json {
        println!("{report:#}");
    } else {
        print!("{}", text(&report));
    }
    Ok(())
}

/// The folder of the log. It is kept in the cache until its generator changes.
fn log(options: &Options, home: &Path) -> Result<PathBuf> {
    let script = scripts().join("generate.py");
    let source = fs::read(&script).with_context(|| format!("reading {}", script.display()))?;
    let log = home.join(format!("log-{}", options.rows));
    let stamp = log.join("generate.py");
    if fs::read(&stamp).is_ok_and(|made_by| made_by == source) {
        return Ok(log);
    }
    eprintln!("making a log of {} rows", options.rows);
    // The log is written under another name and moved, so that an interrupted run leaves nothing
    // that looks finished.
    let part = vacant(home, "log.part")?;
    let mut python = run::program(&options.python)?;
    python.arg(&script).args(["--rows", &options.rows.to_string()]).arg("--out").arg(&part);
    run::check(&mut python)?;
    fs::write(part.join("generate.py"), source).context("noting the generator")?;
    fs::rename(&part, vacant(home, &format!("log-{}", options.rows))?).context("moving the log")?;
    Ok(log)
}

/// Checks before any timing that all sides make the same data, so that no side is fast because it
/// does less.
fn agree(options: &Options, raw: &Path, home: &Path) -> Result<()> {
    let ours = vacant(home, WHO[0])?;
    run::text(&mut side(options, WHO[0], raw, &ours)?)?;
    for peer in &WHO[1..] {
        let theirs = vacant(home, peer)?;
        // The validation rows are drawn by chance, so the peer takes ours here.
        run::text(side(options, peer, raw, &theirs)?.arg("--like").arg(&ours))?;
        let mut agree = run::program(&options.python)?;
        run::check(agree.arg("-B").arg(scripts().join("agree.py")).arg(&ours).arg(&theirs))?;
    }
    Ok(())
}

/// The command of one side.
fn side(options: &Options, who: &str, raw: &Path, out: &Path) -> Result<Command> {
    let mut command = if who == WHO[0] {
        let mut ssim = run::program(place::native_target()?.join("release/ssim"))?;
        ssim.args(["prepare", "ali-mama", "--json"]);
        ssim
    } else {
        let mut peer = run::program(&options.python)?;
        peer.arg("-B").arg(scripts().join(format!("{who}_peer.py")));
        peer
    };
    command.arg("--raw").arg(raw).arg("--out").arg(out);
    Ok(command)
}

/// Runs one side to its end, and measures it.
fn measured(who: &'static str, command: &mut Command) -> Result<Run> {
    let start = Instant::now();
    let child = command.stdout(Stdio::null()).spawn().with_context(|| format!("starting {who}"))?;
    let used = child.wait4()?;
    let seconds = start.elapsed().as_secs_f64();
    if !used.status.success() {
        bail!("{who} failed ({})", used.status);
    }
    let cpu_seconds = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Run { who, seconds, cpu_seconds, peak: used.rusage.maxrss })
}

/// The medians over the turns, and the ratios to our side.
fn report(runs: &[Run], rows: usize, bytes: u64, load: f64) -> Value {
    let middle = |who: &str, number: fn(&Run) -> f64| {
        median(runs.iter().filter(|run| run.who == who).map(number).collect()).unwrap_or(f64::NAN)
    };
    let side = |who: &str| {
        let seconds = middle(who, |run| run.seconds);
        json!({
            "who": who, "seconds": seconds, "rows_per_s": rows as f64 / seconds,
            "mb_per_s": bytes as f64 / 1e6 / seconds, "cpu_s": middle(who, |run| run.cpu_seconds),
            "peak_mb": middle(who, |run| run.peak as f64) / 1e6,
            "ours_over_it": seconds / middle(WHO[0], |run| run.seconds),
            "cpu_it_over_ours":
                middle(who, |run| run.cpu_seconds) / middle(WHO[0], |run| run.cpu_seconds),
        })
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    json!({
        "schema": 1, "rows": rows, "bytes": bytes, "turns": runs.len() / WHO.len(),
        "threads": threads, "load": load, "sides": WHO.map(side),
    })
}

/// The report for people, at most 80 columns wide.
fn text(report: &Value) -> String {
    let mut out = format!(
        "{:<8}{:>10}{:>12}{:>9}{:>10}{:>10}{:>11}{:>10}\n",
        "", "seconds", "rows/s", "MB/s", "CPU s", "peak MB", "ours / it", "CPU"
    );
    for side in report["sides"].as_array().into_iter().flatten() {
        let show = |key: &str, digits: usize| {
            side[key].as_f64().map_or("-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let _ = writeln!(
            out,
            "{:<8}{:>10}{:>12}{:>9}{:>10}{:>10}{:>11}{:>10}",
            side["who"].as_str().unwrap_or_default(),
            show("seconds", 2),
            show("rows_per_s", 0),
            show("mb_per_s", 1),
            show("cpu_s", 2),
            show("peak_mb", 0),
            show("ours_over_it", 2),
            show("cpu_it_over_ours", 2),
        );
    }
    let _ = writeln!(
        out,
        "{} rows, {:.0} MB; medians of {} turns; {} threads, load up to {:.1}",
        report["rows"],
        report["bytes"].as_f64().unwrap_or_default() / 1e6,
        report["turns"],
        report["threads"],
        report["load"].as_f64().unwrap_or_default(),
    );
    out.push_str("where the load is above the threads, compare the CPU times (last column)\n");
    out
}

fn scripts() -> PathBuf {
    place::root().join("benches/prepare")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_medians_and_the_table_fits_a_terminal() {
        let run = |who, seconds| Run { who, seconds, cpu_seconds: 2.0 * seconds, peak: 3_000_000 };
        let mut runs: Vec<Run> = [2.0, 9.0, 1.0].map(|seconds| run("ssim", seconds)).into();
        runs.extend([30.0, 20.0, 10.0].map(|seconds| run("pandas", seconds)));
        runs.extend([3.0, 3.0, 3.0].map(|seconds| run("polars", seconds)));
        let report = report(&runs, 1_000_000, 40_000_000, 1.5);
        let sides = report["sides"].as_array().expect("sides");
        assert_eq!((&sides[0]["rows_per_s"], &sides[0]["mb_per_s"]), (&json!(5e5), &json!(20.0)));
        assert_eq!(
            (&sides[1]["ours_over_it"], &sides[2]["ours_over_it"]),
            (&json!(10.0), &json!(1.5))
        );
        assert_eq!((&sides[1]["peak_mb"], &report["turns"]), (&json!(3.0), &json!(3)));
        let text = text(&report);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
