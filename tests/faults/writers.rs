//! Two programs that write into one folder at once: one of them does, and the other is refused.

use crate::chance::Chance;
use crate::scene::Scene;
use crate::tree::{difference, leftovers, tree};
use serde_json::Value;
use ssim_tests::ssim;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Rounds of every pair.
const ROUNDS: usize = 25;

fn command(scene: &Scene, words: &str, work: &Path) -> Command {
    let words = scene.words(words);
    let mut command = ssim(&words.iter().map(String::as_str).collect::<Vec<_>>());
    command.current_dir(work).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs two commands at once, and gives back the place of the one that was not refused; nothing if
/// the second began after the end of the first.
fn race(first: &mut Command, second: &mut Command, pause: Duration) -> Option<usize> {
    let first = first.spawn().unwrap();
    std::thread::sleep(pause);
    let second = second.spawn().unwrap();
    let outputs = [first, second].map(|child| child.wait_with_output().unwrap());
    let text = |o: &Output| String::from_utf8_lossy(&o.stderr).into_owned();
    let codes = outputs.each_ref().map(|o| o.status.code());
    if codes == [Some(0); 2] {
        return None;
    }
    let winner = codes.iter().position(|code| *code == Some(0));
    let winner = winner.unwrap_or_else(|| panic!("{:?}", outputs.each_ref().map(text)));
    let told = text(&outputs[1 - winner]);
    assert_eq!(codes[1 - winner], Some(2), "{told}");
    let refused = ["another program is writing it", "is there already and not empty"];
    assert!(refused.iter().any(|text| told.contains(text)), "{told}");
    Some(winner)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The command lines of two writers. `SEED` is 1 for the first and 2 for the second, where two
/// different commands may meet.
const PAIRS: [(&str, &str); 5] = [
    ("prepare", "prepare synthetic --rows 5000 --seed SEED --out data"),
    ("fit", "fit --method ssim --data IN/data --seed SEED --out run SMALL"),
    ("resume", "fit --method ssim --data IN/data --resume --out run SMALL"),
    ("compare", "compare IN/plan.toml --data IN/data --seed SEED --seeds 1 --out compared"),
    ("sweep", "sweep --run run --data IN/data --ratios 0.5 --seeds 1 --threads 1"),
];

#[test]
#[ignore = "takes minutes: cargo xtask test faults"]
fn one_of_two_writers_is_refused() {
    let scene = Scene::new();
    let mut chance = Chance(22);
    for (name, words) in PAIRS {
        let of = |seed: usize| words.replace("SEED", &seed.to_string());
        // What each writes alone.
        let alone = [1, 2].map(|seed| {
            let work = scene.ready(name);
            assert!(command(&scene, &of(seed), work.path()).output().unwrap().status.success());
            tree(work.path())
        });
        let mut wins = [0, 0];
        let mut tries = 0;
        while wins[0] + wins[1] < ROUNDS {
            tries += 1;
            assert!(tries < 10 * ROUNDS, "{name}: the commands do not meet");
            let work = scene.ready(name);
            let [mut a, mut b] = [1, 2].map(|seed| command(&scene, &of(seed), work.path()));
            let pause = Duration::from_micros((chance.share() * 3000.0) as u64);
            let winner = match tries % 2 {
                0 => race(&mut a, &mut b, pause),
                _ => race(&mut b, &mut a, pause).map(|place| 1 - place),
            };
            let Some(winner) = winner else { continue };
            wins[winner] += 1;
            let got = tree(work.path());
            assert_eq!(leftovers(&got), [""; 0], "{name}");
            assert_eq!(difference(&alone[winner], &got), None, "{name}");
            if name == "fit" {
                let [run, summary] =
                    ["run.json", "summary.json"].map(|file| work.path().join("run").join(file));
                assert_eq!(json(&run)["seed"], json(&summary)["seed"]);
            }
        }
        eprintln!("{name}: the first won {} times, the second {}", wins[0], wins[1]);
    }
    eprintln!("{} rounds of two writers, no mixture", ROUNDS * PAIRS.len());
}
