//! Every command is killed at any moment (SIGKILL), and done again.

use crate::chance::Chance;
use crate::scene::{JOBS, Scene, start};

/// Kills over all commands.
const KILLS: usize = 200;

#[test]
#[ignore = "takes minutes: cargo xtask test faults"]
fn a_killed_command_ends_later_with_the_same_bytes() {
    let scene = Scene::new();
    let mut chance = Chance(20);
    let mut told = Vec::new();
    let mut all = 0;
    for (i, job) in JOBS.iter().enumerate() {
        let (expected, took) = scene.undisturbed(job);
        let wanted = KILLS * (i + 1) / JOBS.len() - KILLS * i / JOBS.len();
        let (mut kills, mut tries) = (0, 0);
        // Some commands end before they are killed. They do not count.
        while kills < wanted {
            tries += 1;
            assert!(tries < 20 * wanted, "{} ends before it can be killed", job.name);
            let work = scene.work(job);
            let mut child = start(&mut scene.job(job, work.path()));
            let moment = took.mul_f64(chance.share());
            std::thread::sleep(moment);
            child.kill().unwrap();
            kills += usize::from(child.wait().unwrap().code().is_none());
            scene.ends_well(job, work.path(), &expected, &format!("killed after {moment:?}"));
        }
        told.push(format!("{} {kills}", job.name));
        all += kills;
    }
    eprintln!("{all} kills, the same bytes after each: {}", told.join(", "));
}
