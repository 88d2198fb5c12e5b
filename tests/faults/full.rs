//! A disk that is full: files cannot grow beyond a limit, or a file system has no room.

use crate::scene::{JOBS, Scene, fails_or_not};
use crate::tree::{Tree, leftovers, tree};
use ssim_tests::{arg, finish};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Limits of the size of a file, in blocks of 512 bytes.
const BLOCKS: [u32; 6] = [0, 1, 4, 16, 64, 256];
/// Sizes of a file system, in kB.
const ROOM: [u32; 4] = [16, 64, 200, 600];

/// A search goes on without its trail where it cannot be written, so the trail does not count here.
fn without_trail(mut tree: Tree) -> Tree {
    tree.retain(|name, _| !name.ends_with("trail.safetensors"));
    tree
}

fn written(work: &Path) -> Tree {
    without_trail(tree(work))
}

#[test]
#[ignore = "takes minutes: cargo xtask test faults"]
fn a_file_that_cannot_grow_is_an_error() {
    let scene = Scene::new();
    let (mut failed, mut all) = (0, 0);
    for job in &JOBS {
        let expected = without_trail(scene.undisturbed(job).0);
        for blocks in BLOCKS {
            let work = scene.work(job);
            let how = format!("{}, {blocks} blocks", job.name);
            if let Some(name) = job.file {
                fs::write(work.path().join(name), "older").unwrap();
            }
            let limit = format!("ulimit -f {blocks}");
            let fails = fails_or_not(&mut scene.after(&limit, job, work.path()), &how);
            all += 1;
            failed += usize::from(fails);
            let left = written(work.path());
            assert_eq!(leftovers(&left), [""; 0], "{how}");
            if let (true, Some(name)) = (fails, job.file) {
                assert_eq!(left[name], b"older", "{how}");
            }
            if fails {
                finish(&mut scene.job(job, work.path()), 0);
            }
            assert!(written(work.path()) == expected, "{how}");
        }
    }
    eprintln!("{failed} of {all} commands failed at a limit of file sizes, and went on later");
}

/// A file system in memory. Only root can make one.
struct Small<'a>(&'a Path);

impl Small<'_> {
    fn mount(&self, options: &str) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs", arg(self.0)]);
        mount.output().is_ok_and(|output| output.status.success())
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).output();
    }
}

#[test]
#[ignore = "takes minutes: cargo xtask test faults"]
fn a_full_file_system_is_an_error() {
    let scene = Scene::new();
    let (mut failed, mut all) = (0, 0);
    for job in JOBS.iter().filter(|job| job.name != "sweep") {
        let expected = without_trail(scene.undisturbed(job).0);
        for room in ROOM {
            let work = scene.work(job);
            let disk = Small(work.path());
            if !disk.mount(&format!("size={room}k")) {
                eprintln!(
                    "no file system can be mounted here (only root can), so nothing is tested"
                );
                return;
            }
            let how = format!("{}, {room} kB", job.name);
            let fails = fails_or_not(&mut scene.job(job, disk.0), &how);
            all += 1;
            failed += usize::from(fails);
            assert_eq!(leftovers(&written(disk.0)), [""; 0], "{how}");
            if fails {
                assert!(disk.mount("remount,size=200m"), "{how}");
                finish(&mut scene.job(job, disk.0), 0);
            }
            assert!(written(disk.0) == expected, "{how}");
        }
    }
    eprintln!("{failed} of {all} commands failed on a full file system, and went on later");
}
