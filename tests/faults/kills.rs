//! Every command is killed at any moment (SIGKILL), and done again.

use crate::chance::Chance;
use crate::scene::{JOBS, Job, Scene, start};

/// Kills over all commands.
const KILLS: usize = 200;

/// Kills a job so often, and does it again each time. `seed` draws the moments.
fn kill(scene: &Scene, job: &Job, wanted: usize, seed: u64) {
    let mut chance = Chance(seed);
    let (expected, took) = scene.undisturbed(job);
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
    eprintln!("{}: {kills} kills, the same bytes after each", job.name);
}

#[test]
#[ignore = "takes minutes: cargo xtask test faults"]
fn a_killed_command_ends_later_with_the_same_bytes() {
    let scene = Scene::new();
    std::thread::scope(|scope| {
        for (i, job) in JOBS.iter().enumerate() {
            let wanted = KILLS * (i + 1) / JOBS.len() - KILLS * i / JOBS.len();
            let scene = &scene;
            scope.spawn(move || kill(scene, job, wanted, 20 + i as u64));
        }
    });
    eprintln!("{KILLS} kills over all commands");
}
