//! Options that many commands have: `--force`, `--color`, `--verbose`, `--json`, and patterns of names.

use crate::shapes::{parts, plain};
use ssim_tests::{Printed, SMALL, finish, ssim};
use std::fs;
use std::path::Path;

fn go(folder: &Path, args: &[&str], code: i32) -> Printed {
    finish(ssim(args).current_dir(folder), code)
}

/// A folder with a log and its schema.
fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log.csv"), plain()).unwrap();
    go(folder.path(), &["init", "log.csv", "--out", "schema.toml"], 0);
    folder
}

const PREPARE: [&str; 8] =
    ["prepare", "table", "--input", "log.csv", "--schema", "schema.toml", "--out", "data"];

#[test]
fn force_replaces_what_the_program_has_written() {
    let folder = scene();
    let at = |name: &str| folder.path().join(name);
    go(folder.path(), &PREPARE, 0);
    assert!(go(folder.path(), &PREPARE, 2).error().contains("data is there already"));
    // A log that cannot be read leaves the old data.
    let manifest = fs::read(at("data/schema.json")).unwrap();
    fs::write(at("log.csv"), "user,item,tab,price,click\nu1,1,home,2,9\n").unwrap();
    go(folder.path(), &[&PREPARE[..], &["--force"]].concat(), 4);
    assert_eq!(fs::read(at("data/schema.json")).unwrap(), manifest);
    let fewer: String = plain().split_inclusive('\n').take(200).collect();
    fs::write(at("log.csv"), fewer).unwrap();
    go(folder.path(), &[&PREPARE[..], &["--force"]].concat(), 0);
    assert_ne!(fs::read(at("data/schema.json")).unwrap(), manifest);

    let fit = |method, more: &[&str], code| {
        let args = ["fit", "--method", method, "--data", "data", "--out", "run"];
        go(folder.path(), &[&args[..], &SMALL, more].concat(), code)
    };
    fit("mt", &[], 0);
    assert!(fit("st", &[], 2).error().contains("run is there already"));
    fit("st", &["--force", "--resume"], 2);
    fs::write(at("run/checkpoints/old"), "").unwrap();
    fit("st", &["--force"], 0);
    assert!(!at("run/checkpoints/old").exists());
    let identity = fs::read_to_string(at("run/run.json")).unwrap();
    assert!(identity.contains("\"st\""), "{identity}");

    // Folders of others stay, and so do inputs.
    fs::create_dir(at("photos")).unwrap();
    fs::write(at("photos/a.png"), "").unwrap();
    let other = ["fit", "--method", "st", "--data", "data", "--out", "photos", "--force"];
    let error = go(folder.path(), &other, 2).error().to_owned();
    assert!(error.contains("a folder that ssim has written"), "{error}");
    let own = ["fit", "--method", "st", "--data", "data", "--out", "data", "--force"];
    assert!(go(folder.path(), &own, 2).error().contains("inputs outside of data"));
    assert!(at("photos/a.png").exists() && at("data/schema.json").exists());

    let init = ["init", "log.csv", "--out", "schema.toml"];
    assert!(go(folder.path(), &init, 2).error().contains("replace it by --force"));
    go(folder.path(), &[&init[..], &["--force"]].concat(), 0);
}

#[test]
fn force_replaces_the_folder_of_a_whole_run() {
    let folder = scene();
    let args = ["run", "log.csv", "--out", "shop", "--trials", "2", "--preset", "demo", "--json"];
    let small = ["--set", "model.mlp=[4]", "--set", "retrain.max_epochs=1"];
    let all = [&args[..], &small].concat();
    let printed = go(folder.path(), &all, 0);
    let found = printed.json();
    assert_eq!(found["files"]["report"], "shop/report.html");
    assert_eq!(found["race"]["chosen"], found["run"]["method"]);
    go(folder.path(), &all, 2);
    fs::write(folder.path().join("shop/run/old"), "").unwrap();
    let again = go(folder.path(), &[&all[..], &["--force"]].concat(), 0).json();
    assert_eq!(again["run"]["test"], found["run"]["test"]);
    assert!(!folder.path().join("shop/run/old").exists());
    // A log in the folder would be lost.
    fs::write(folder.path().join("shop/log.csv"), plain()).unwrap();
    let inside = ["run", "shop/log.csv", "--out", "shop", "--force"];
    assert!(go(folder.path(), &inside, 2).error().contains("inputs outside of shop"));
}

#[test]
fn color_is_a_choice() {
    let folder = tempfile::tempdir().unwrap();
    let told = |args: &[&str], no_color: &str| {
        let mut command = ssim(&[&["init", "none.csv"], args].concat());
        finish(command.current_dir(folder.path()).env("NO_COLOR", no_color), 4).err
    };
    for args in [&["--color", "always"][..], &["--color=always"]] {
        assert!(told(args, "1").starts_with("\u{1b}[1;31merror\u{1b}[0m: none.csv"));
    }
    for args in [&[][..], &["--color", "never"], &["--color", "auto"]] {
        assert!(told(args, "").starts_with("error: none.csv"));
    }
    let help = |color| go(folder.path(), &["init", "--help", "--color", color], 0).out;
    assert!(help("always").contains('\u{1b}') && !help("never").contains('\u{1b}'));
    let wrong = go(folder.path(), &["init", "log.csv", "--color", "red"], 2).err;
    assert!(wrong.contains("auto, always, never"), "{wrong}");
}

#[test]
fn verbose_says_what_is_read_and_how_long_it_took() {
    let folder = scene();
    let dry = [&PREPARE[..], &["--dry-run"]].concat();
    let plain = go(folder.path(), &dry, 0).err;
    let verbose = go(folder.path(), &[&dry[..], &["--verbose"]].concat(), 0).err;
    assert!(!plain.contains("reads ") && !plain.contains("took "), "{plain}");
    assert!(verbose.contains("reads log.csv: text, 4.") && verbose.contains("took "), "{verbose}");
    go(folder.path(), &[&dry[..], &["-v", "-q"]].concat(), 2);
}

#[test]
fn results_are_json_where_a_command_prints_any() {
    let folder = scene();
    let proposed = go(folder.path(), &["init", "log.csv", "--json"], 0).json();
    let schema = fs::read_to_string(folder.path().join("schema.toml")).unwrap();
    let keys = |text: &str| {
        text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(keys(proposed["toml"].as_str().unwrap()), keys(&schema));
    assert_eq!(proposed["decisions"][1]["about"], "label");
    go(folder.path(), &PREPARE, 0);
    let fit = ["fit", "--method", "st", "--data", "data", "--out", "run"];
    go(folder.path(), &[&fit[..], &SMALL].concat(), 0);
    let score = ["score", "--run", "run", "--input", "log.csv", "--json", "--out"];
    let counts = go(folder.path(), &[&score[..], &["scores.csv"]].concat(), 0).json();
    assert_eq!((&counts["scored"], &counts["rejected"]), (&240.into(), &0.into()));
    assert_eq!(counts["unseen"].as_array().unwrap().len(), 4);
    go(folder.path(), &[&score[..], &["-"]].concat(), 2);
}

#[test]
fn a_pattern_in_quotes_stands_for_files() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["day-1.csv", "day-2.csv", "day-10.csv"];
    for (name, bytes) in parts("user,item,tab,price,click\n", names) {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let all = go(folder.path(), &[&["init", "--json"], &names[..]].concat(), 0).json();
    let matched = go(folder.path(), &["init", "day-*.csv", "--json"], 0).json();
    assert_eq!(all["decisions"], matched["decisions"]);
    let error = go(folder.path(), &["init", "night-*.csv"], 4).error().to_owned();
    assert!(error.contains("night-*.csv: expected files that match, got none"), "{error}");
    let error = go(folder.path(), &["init", "day-***.csv"], 2).error().to_owned();
    assert!(error.contains("expected a path or a pattern"), "{error}");
}
