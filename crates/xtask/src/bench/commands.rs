//! `cargo xtask bench commands`: the commands of the book, beside those of another build.

use std::{path::Path, process::Stdio, time::Instant};

use anyhow::{Context, Result, bail};
use wait4::Wait4;

use super::table::median;
use super::{busy, given, number, vacant};
use crate::{place, run};

pub const HELP: &str = "\
cargo xtask bench commands [--before PROGRAM] [--only WORD] [--turns 3] [--built]

Runs commands of the book from an empty folder, in turn with PROGRAM, which is another build of `ssim`, and prints seconds
and processor seconds as a Markdown table. --only takes the commands that contain WORD; --built takes the release program as it is.";

/// The commands. The first one makes the log of those that read `data`, and is not timed.
const DATA: &str = "prepare synthetic --out data";
const COMMANDS: [&str; 8] = [
    "fit --data data --method st --preset demo --out run",
    "fit --data data --method mt --preset demo --out run",
    "fit --data data --method mt-s --preset demo --out run",
    "fit --data data --method ssim --preset demo --out run",
    "fit --data data --method ssim+ --preset demo --out run",
    "demo --out run",
    "compare plus --data data --preset demo --seeds 2 --out run",
    "compare ratio --data data --preset demo --seeds 1 --out run",
];

pub fn chore(args: &[String]) -> Result<()> {
    let mut given = given(args, &["--before", "--only", "--turns"], &["--built"], HELP)?;
    let turns = number(given.remove("--turns"), "--turns", 3)?;
    let only = given.remove("--only").unwrap_or_default();
    if !given.contains_key("--built") {
        run::check(run::cargo()?.args(["build", "--release", "--package", "ssim-cli"]))?;
    }
    let mut programs = vec![place::native_target()?.join("release/ssim")];
    programs.extend(given.remove("--before").map(|path| place::root().join(path)));
    let home = vacant(&place::cache()?, "bench-commands")?;
    place::made(home.clone())?;
    timed(&programs[0], DATA, &home)?;
    println!("| command | s | s before | faster by | processor s | before | load |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for command in COMMANDS.iter().filter(|command| command.contains(&only)) {
        let mut times = vec![Vec::new(); programs.len()];
        let mut load = 0f64;
        for _ in 0..turns {
            for (program, times) in programs.iter().zip(&mut times) {
                load = load.max(busy());
                times.push(timed(program, command, &home)?);
            }
        }
        let middle = |side: usize, of: fn(&(f64, f64)) -> f64| {
            median(times.get(side).into_iter().flatten().map(of).collect())
        };
        let show =
            |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
        let (ours, before) = (middle(0, |t| t.0), middle(1, |t| t.0));
        let times = before.zip(ours).map(|(before, ours)| before / ours);
        println!(
            "| `ssim {command}` | {} | {} | {} | {} | {} | {load:.1} |",
            show(ours),
            show(before),
            show(times),
            show(middle(0, |t| t.1)),
            show(middle(1, |t| t.1)),
        );
    }
    println!("\nMedians of {turns} turns, {}, {}", super::machine(), super::date());
    Ok(())
}

/// Seconds and processor seconds of a command.
fn timed(program: &Path, command: &str, home: &Path) -> Result<(f64, f64)> {
    vacant(home, "run")?;
    let mut ssim = run::program(program)?;
    ssim.args(command.split(' ')).current_dir(home).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let used = ssim.spawn().with_context(|| program.display().to_string())?.wait4()?;
    if !used.status.success() {
        bail!("`ssim {command}` failed in {} ({})", home.display(), used.status);
    }
    let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok((start.elapsed().as_secs_f64(), cpu))
}
