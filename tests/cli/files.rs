//! The places and rights of outputs, and the files that are left when the program ends early.

use ssim_tests::{SMALL, arg, finish, log, program, run, ssim};
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A folder with `log.csv`, `data` and `run`.
fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = log::csv("user,item,tab,click", 2000, |i| {
        format!("{},{},{},{}", i % 37, i % 11, i % 2, i % 3 / 2)
    });
    let data =
        log::prepared(folder.path(), &text, &log::schema(&log::USER_AND_ITEM, log::BY_CHANCE));
    let out = folder.path().join("run");
    run(
        &[&["fit", "--data", arg(&data), "--method", "mt", "--out", arg(&out)], &SMALL[..]]
            .concat(),
        0,
    );
    folder
}

fn score(folder: &Path, output: &str, code: i32) {
    let mut command = ssim(&["score", "--model", "run", "--input", "log.csv", "--output", output]);
    finish(command.current_dir(folder), code);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let names =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn links_and_rights_of_outputs_stay() {
    let scene = scene();
    let at = |name: &str| scene.path().join(name);
    fs::create_dir(at("far")).unwrap();
    fs::write(at("far/scores.csv"), "older").unwrap();
    symlink("far/scores.csv", at("link.csv")).unwrap();
    symlink("far/new.csv", at("dangling.csv")).unwrap();
    fs::write(at("own.csv"), "older").unwrap();
    fs::set_permissions(at("own.csv"), Permissions::from_mode(0o640)).unwrap();
    for name in ["link.csv", "dangling.csv", "own.csv", "plain.csv"] {
        score(scene.path(), name, 0);
    }
    let plain = fs::read(at("plain.csv")).unwrap();
    for name in ["far/scores.csv", "far/new.csv", "own.csv"] {
        assert!(fs::read(at(name)).unwrap() == plain, "{name}");
    }
    for name in ["link.csv", "dangling.csv"] {
        assert!(fs::symlink_metadata(at(name)).unwrap().is_symlink(), "{name}");
    }
    assert_eq!(mode(&at("own.csv")), 0o640);
    assert_eq!(names(&at("far")), ["new.csv", "scores.csv"]);

    // Links in a circle lead to no file.
    symlink("round.csv", at("round.csv")).unwrap();
    score(scene.path(), "round.csv", 1);
}

#[test]
fn new_outputs_follow_the_umask() {
    let scene = scene();
    let at = |name: &str| scene.path().join(name);
    for (umask, file, folder) in
        [("077", 0o600, 0o700), ("027", 0o640, 0o750), ("000", 0o666, 0o777)]
    {
        let (scores, data) = (format!("{umask}.csv"), format!("data-{umask}"));
        let commands = [
            vec!["score", "--model", "run", "--input", "log.csv", "--output", &scores],
            vec!["prepare", "table", "--raw", "log.csv", "--schema", "schema.toml", "--out", &data],
        ];
        for args in commands {
            let mut command = Command::new("sh");
            let script = format!("umask {umask}; exec \"$@\"");
            command.args(["-c", &script, "sh"]).arg(program()).args(args);
            finish(command.current_dir(scene.path()), 0);
        }
        assert_eq!(mode(&at(&scores)), file);
        assert_eq!(mode(&at(&data)), folder);
        assert_eq!(mode(&at(&data).join("train")), folder);
        assert_eq!(mode(&at(&data).join("train/part-0.parquet")), file);
    }
    // An empty folder that is there already keeps its rights, also behind a link.
    fs::create_dir(at("there")).unwrap();
    fs::set_permissions(at("there"), Permissions::from_mode(0o710)).unwrap();
    symlink("there", at("link")).unwrap();
    run(&["prepare", "synthetic", "--rows", "5000", "--out", arg(&at("link"))], 0);
    assert_eq!(mode(&at("there")), 0o710);
    assert!(
        at("there/schema.json").exists() && fs::symlink_metadata(at("link")).unwrap().is_symlink()
    );
}

/// A program that scores rows from a pipe, which stays open.
struct Scoring {
    child: Child,
    rows: JoinHandle<ChildStdin>,
}

/// Rows in the pipe, more than the program reads at a time.
const ROWS: usize = 400_000;

/// Starts to score rows, after the shell's command `first`, and waits for the draft.
fn scoring(folder: &Path, first: &str) -> Scoring {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{first} exec \"$@\""), "sh"]).arg(program());
    command.args(["score", "--model", "../run", "--input", "-", "--output", "scores.csv"]);
    command.current_dir(folder).stdin(Stdio::piped()).stderr(Stdio::null());
    let before = names(folder).len();
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let rows = std::thread::spawn(move || {
        // The program may be stopped before it has read them.
        let _ = pipe.write_all(log::csv("user,item,tab", ROWS, |_| "1,1,1".into()).as_bytes());
        pipe
    });
    let begun = Instant::now();
    while names(folder).len() == before {
        assert!(child.try_wait().unwrap().is_none());
        assert!(begun.elapsed() < Duration::from_secs(60), "no draft");
        std::thread::sleep(Duration::from_millis(1));
    }
    Scoring { child, rows }
}

impl Scoring {
    /// Closes the pipe, and gives back the exit code.
    fn end(mut self) -> Option<i32> {
        drop(self.rows.join().unwrap());
        self.child.wait().unwrap().code()
    }
}

fn signal(child: &Child, signal: &str) {
    assert!(
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success()
    );
}

#[test]
fn no_draft_stays_after_a_signal() {
    let scene = scene();
    let out = scene.path().join("out");
    fs::create_dir(&out).unwrap();
    for name in ["-INT", "-TERM", "-HUP"] {
        let scoring = scoring(&out, "");
        signal(&scoring.child, name);
        let code = scoring.end();
        // A hang-up is ignored where the tests run under `nohup`.
        assert!(code == Some(130) || name == "-HUP", "{name}: {code:?}");
        fs::remove_file(out.join("scores.csv")).ok();
        assert_eq!(names(&out), [""; 0], "{name}");
    }
    // A program that is killed cannot remove its draft, so the next one does.
    let mut killed = scoring(&out, "");
    killed.child.kill().unwrap();
    killed.end();
    assert_eq!(names(&out).len(), 1);
    score(scene.path(), "out/scores.csv", 0);
    assert_eq!(names(&out), ["scores.csv"]);
    // The draft of a program that is still running stays.
    let other = scoring(&out, "");
    score(scene.path(), "out/scores.csv", 0);
    assert_eq!(names(&out).len(), 2, "{:?}", names(&out));
    assert_eq!(other.end(), Some(0));
    assert_eq!(names(&out), ["scores.csv"]);
}

#[test]
fn nohup_stays_in_force() {
    let scene = scene();
    let out = scene.path().join("out");
    fs::create_dir(&out).unwrap();
    let scoring = scoring(&out, "trap '' HUP;");
    signal(&scoring.child, "-HUP");
    assert_eq!(scoring.end(), Some(0));
    assert_eq!(fs::read_to_string(out.join("scores.csv")).unwrap().lines().count(), 1 + ROWS);
}

#[test]
fn nothing_of_others_is_taken_for_a_draft() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("victim")).unwrap();
    fs::write(at("victim/thesis.txt"), "precious").unwrap();
    for name in [".data.partial", ".ssim-link.partial"] {
        symlink("victim", at(name)).unwrap();
    }
    fs::create_dir(at(".ssim-own.partial")).unwrap();
    fs::write(at(".ssim-own.partial/mine.txt"), "mine").unwrap();
    // A forged lock file names them as the drafts of a killed program.
    for draft in [".ssim-link.partial", "../victim", "victim"] {
        fs::write(at(".ssim-data.lock"), format!("1 {draft}\n")).unwrap();
        run(&["prepare", "synthetic", "--rows", "5000", "--out", arg(&at("data"))], 0);
        fs::remove_dir_all(at("data")).unwrap();
    }
    assert_eq!(fs::read(at("victim/thesis.txt")).unwrap(), b"precious");
    assert_eq!(fs::read(at(".ssim-own.partial/mine.txt")).unwrap(), b"mine");
}

#[test]
fn few_descriptors_are_no_bad_data() {
    let scene = scene();
    for n in 4..12 {
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {n}; exec \"$@\"");
        command.args(["-c", &script, "sh"]).arg(program());
        command.args([
            "prepare",
            "table",
            "--raw",
            "log.csv",
            "--schema",
            "schema.toml",
            "--out",
            "new",
        ]);
        let output = command.current_dir(scene.path()).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => fs::remove_dir_all(scene.path().join("new")).unwrap(),
            Some(1) => {
                assert_eq!(err.lines().filter(|l| l.starts_with("error: ")).count(), 1, "{err}")
            }
            code => panic!("{n}: {code:?}, {err}"),
        }
        assert_eq!(names(scene.path()), ["data", "log.csv", "run", "schema.toml"]);
    }
}
