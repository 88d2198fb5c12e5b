//! Every command gets SIGINT, SIGTERM and SIGHUP at any moment. It removes its drafts before it ends.

use crate::chance::Chance;
use crate::scene::{JOBS, Scene, start};
use crate::tree::{leftovers, tree};
use std::process::Command;

/// Rounds of each signal, for each command.
const ROUNDS: usize = 2;

#[test]
#[ignore = "takes minutes: cargo xtask test faults"]
fn a_stopped_command_leaves_no_drafts() {
    let scene = Scene::new();
    let mut chance = Chance(21);
    let (mut stopped, mut ended) = (0, 0);
    for job in &JOBS {
        let (expected, took) = scene.undisturbed(job);
        for signal in ["-INT", "-TERM", "-HUP"].repeat(ROUNDS) {
            let work = scene.work(job);
            let mut child = start(&mut scene.job(job, work.path()));
            // A program that has just been started cannot handle signals yet.
            std::thread::sleep(took.mul_f64(0.1 + 0.9 * chance.share()));
            let _ = Command::new("kill").args([signal, &child.id().to_string()]).output();
            let how = format!("{}, {signal}", job.name);
            match child.wait().unwrap().code() {
                Some(130) => stopped += 1,
                Some(0) => ended += 1,
                // The signal came before the handler.
                None => (),
                code => panic!("{how}: {code:?}"),
            }
            assert_eq!(leftovers(&tree(work.path())), [""; 0], "{how}");
            scene.ends_well(job, work.path(), &expected, signal);
        }
    }
    eprintln!("{stopped} commands were stopped by signals, {ended} had ended; no draft is left");
}
