//! A machine that gives no more descriptors or threads.

use crate::scene::{JOBS, Job, Scene, fails_or_not};
use crate::tree::{Tree, leftovers, tree};
use ssim_tests::finish;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Runs a job with a limit. It ends well or fails as the machine does, and goes on without the
/// limit. Tells whether it has failed.
fn limited(
    scene: &Scene,
    job: &Job,
    expected: &Tree,
    limited: &dyn Fn(&Path) -> Command,
    how: &str,
) -> bool {
    let work = scene.work(job);
    let how = format!("{}, {how}", job.name);
    let fails = fails_or_not(&mut limited(work.path()), &how);
    assert_eq!(leftovers(&tree(work.path())), [""; 0], "{how}");
    if fails {
        finish(&mut scene.job(job, work.path()), 0);
    }
    let found = crate::tree::difference(expected, &tree(work.path()));
    assert_eq!(found, None, "{how}");
    fails
}

#[test]
#[ignore = "takes minutes: cargo xtask test faults"]
fn few_descriptors_are_an_error() {
    let scene = Scene::new();
    let (mut failed, mut all) = (0, 0);
    for job in &JOBS {
        let expected = scene.undisturbed(job).0;
        for n in [4, 5, 6, 7, 8, 10, 12, 16, 24] {
            let limit = format!("ulimit -n {n}");
            let command = |work: &Path| scene.after(&limit, job, work);
            failed += usize::from(limited(&scene, job, &expected, &command, &limit));
            all += 1;
        }
    }
    eprintln!("{failed} of {all} commands failed for want of descriptors, and went on later");
}

/// The limit of threads does not hold for root. So root runs the command as another user, who may
/// write into the folder.
fn few_threads(scene: &Scene, job: &Job, work: &Path, n: u32) -> Command {
    let open = |path: &Path| fs::set_permissions(path, Permissions::from_mode(0o777));
    open(work).unwrap();
    let limited = scene.after(&format!("ulimit -u {n}"), job, work);
    let root =
        fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    if !root {
        return limited;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    command.arg(limited.get_program()).args(limited.get_args());
    command.current_dir(work).env("RAYON_NUM_THREADS", "2");
    command
}

#[test]
#[ignore = "takes minutes: cargo xtask test faults"]
fn few_threads_are_an_error() {
    let scene = Scene::new();
    scene.for_everybody();
    let (mut failed, mut all) = (0, 0);
    for job in JOBS.iter().filter(|job| job.name != "sweep") {
        let expected = scene.undisturbed(job).0;
        for n in 1..=6 {
            let command = |work: &Path| few_threads(&scene, job, work, n);
            failed +=
                usize::from(limited(&scene, job, &expected, &command, &format!("{n} threads")));
            all += 1;
        }
    }
    eprintln!("{failed} of {all} commands failed for want of threads, and went on later");
}
