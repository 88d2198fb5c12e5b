//! One program at a time writes into a folder.

use ssim_tests::{SMALL, arg, run, synthetic};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

const PLAN: &str = "preset = \"demo\"\n[[system]]\nname = \"mt\"\nmethod = \"mt\"\n";

/// Data, a run on them, and a plan.
fn scene(folder: &Path) -> [PathBuf; 3] {
    let (data, done, plan) =
        (synthetic(folder, 5000), folder.join("done"), folder.join("plan.toml"));
    run(
        &[&["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&done)], &SMALL[..]]
            .concat(),
        0,
    );
    fs::write(&plan, PLAN).unwrap();
    [data, done, plan]
}

/// Holds the lock of a folder, as another program would.
fn hold(lock: &Path) -> File {
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let mut file = File::create(lock).unwrap();
    file.write_all(b"4711 \n").unwrap();
    file.lock().unwrap();
    file
}

#[test]
fn a_second_writer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [data, done, plan] = scene(folder.path()).map(|path| arg(&path).to_owned());
    let at = |name: &str| folder.path().join(name);
    let out = arg(&at("out")).to_owned();
    let list = arg(&at("done/shared.parquet")).to_owned();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("static/demo.ssim");
    let web = at("web");
    fs::create_dir(&web).unwrap();
    for name in ["index.html", "embed.js", "view.html", "picture.js", "view.js", "view.css"] {
        fs::write(web.join(name), "").unwrap();
    }
    for name in ["live_loader.js", "live.js", "live_bg.wasm"] {
        fs::write(web.join(name), "").unwrap();
    }
    let held = [
        at("out/.ssim-lock"),
        at("done/.ssim-lock"),
        at("done/sweep/.ssim-lock"),
        at(".ssim-new.lock"),
    ];
    let locks = held.each_ref().map(|lock| hold(lock));
    let new = arg(&at("new")).to_owned();
    let refused: [&[&str]; 9] = [
        &["fit", "--method", "ssim", "--data", &data, "--out", &out],
        &["fit", "--method", "ssim", "--data", &data, "--out", &done, "--resume"],
        &["search", "--data", &data, "--out", &out],
        &["retrain", "--shared", &list, "--data", &data, "--out", &out],
        &["compare", &plan, "--data", &data, "--out", &out],
        &["sweep", "--run", &done, "--data", &data],
        &["prepare", "synthetic", "--rows", "5000", "--out", &new],
        &["export", "--artifact", arg(&demo), "--embed", &out, "--web", arg(&web)],
        &["demo", "--quick", "--out", &out],
    ];
    for args in refused {
        let error = run(args, 2).error().to_owned();
        assert!(error.ends_with(": another program is writing it, process 4711"), "{error}");
    }
    // Readers need no lock.
    run(&["evaluate", "--run", &done, "--data", &data], 0);
    // The files stay after a program was killed. Nobody holds their locks then.
    drop(locks);
    run(refused[6], 0);
    run(&[&["fit", "--method", "ssim", "--data", &data, "--out", &out], &SMALL[..]].concat(), 0);
    assert!(!held[0].exists() && !held[3].exists());
}

#[test]
fn what_is_no_lock_stays() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at(".ssim-data.lock"), "dear diary").unwrap();
    let args =
        ["prepare", "synthetic", "--rows", "5000", "--out", arg(&at("data"))].map(str::to_owned);
    let prepare = |code| run(&args.each_ref().map(String::as_str), code);
    assert!(prepare(2).error().contains("expected a lock of ssim, got another file"));
    assert_eq!(fs::read(at(".ssim-data.lock")).unwrap(), b"dear diary");
    fs::rename(at(".ssim-data.lock"), at("diary")).unwrap();
    std::os::unix::fs::symlink("diary", at(".ssim-data.lock")).unwrap();
    prepare(1);
    assert_eq!(fs::read(at("diary")).unwrap(), b"dear diary");
}

#[test]
fn a_comparison_replaces_only_its_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let [data, _, plan] = scene(folder.path()).map(|path| arg(&path).to_owned());
    let out = folder.path().join("out");
    let args = ["compare", &plan, "--data", &data, "--seeds", "1", "--max-steps", "2"];
    let compare = |out: &Path, code| run(&[&args[..], &["--out", arg(out)]].concat(), code);
    // The plan's own folder: its plan.toml does not make it the folder of a comparison.
    assert!(compare(folder.path(), 2).error().contains("not empty"));
    assert_eq!(fs::read_to_string(&plan).unwrap(), PLAN);
    compare(&out, 0);
    let first = fs::read(out.join("compare.md")).unwrap();
    compare(&out, 0);
    assert_eq!(fs::read(out.join("compare.md")).unwrap(), first);
    fs::write(out.join("compare.md"), "my notes").unwrap();
    assert!(compare(&out, 2).error().contains("compare.md: expected no file, or the one that"));
    assert_eq!(fs::read(out.join("compare.md")).unwrap(), b"my notes");
}
