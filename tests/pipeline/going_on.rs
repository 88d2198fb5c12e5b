//! `ssim fit --from`: a model goes on with the rows of a later day.

use crate::same_bytes::assert_same;
use ssim_core::schema::Schema;
use ssim_tests::{arg, finish, log, run, ssim, start};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TABS: [&str; 3] = ["home", "cart", "shop"];

/// A day of the log. On the second day, other users click.
fn day(rows: usize, shift: usize) -> String {
    log::csv("user,item,tab,click", rows, |i| {
        let (user, item) = (i * 7 % 41, i * 13 % 29);
        let click = (user + shift + item * item + i * i % 3).is_multiple_of(5);
        format!("u{user},{item},{},{}", TABS[i % 3], u8::from(click))
    })
}

struct Days {
    folder: tempfile::TempDir,
    first: PathBuf,
    second: PathBuf,
}

/// Prepares two days, the second like the first, and fits a model on the first.
fn days(method: &str) -> Days {
    days_with(method, &[])
}

fn days_with(method: &str, more: &[&str]) -> Days {
    let folder = tempfile::tempdir().unwrap();
    let first = log::prepared(
        folder.path(),
        &day(6000, 0),
        &log::schema(&log::USER_AND_ITEM, log::BY_CHANCE),
    );
    let [log, second] = ["day.csv", "second"].map(|name| folder.path().join(name));
    fs::write(&log, day(9000, 2)).unwrap();
    let like = ["--like", arg(&first), "--out", arg(&second)];
    run(&[&["prepare", "table", "--input", arg(&log)], &like[..]].concat(), 0);
    let out = folder.path().join("run");
    let fit = ["fit", "--method", method, "--data", arg(&first), "--out", arg(&out)];
    let set = ["--preset", "demo", "--set", "train.batch=128", "--set", "retrain.max_epochs=3"];
    run(&[&fit[..], &set, more].concat(), 0);
    Days { folder, first, second }
}

impl Days {
    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command that goes on with the second day.
    fn going_on(&self, out: &Path, more: &[&str]) -> Command {
        let from = self.at("run");
        let fit = ["fit", "--from", arg(&from), "--data", arg(&self.second), "--out", arg(out)];
        ssim(&[&fit[..], &["--resume"], more].concat())
    }

    /// The metrics of a run's model on the second day.
    fn measured(&self, name: &str) -> serde_json::Value {
        let fitted = self.at(name);
        let evaluate = ["evaluate", "--run", arg(&fitted), "--data", arg(&self.second)];
        run(&[&evaluate[..], &["--other-rows", "--json"]].concat(), 0).json()["test"].clone()
    }
}

fn model(run: &Path) -> Vec<u8> {
    fs::read(run.join("model.safetensors")).unwrap()
}

#[test]
fn a_model_learns_the_second_day() {
    let days = days("mt");
    let next = days.at("next");
    let printed = finish(days.going_on(&next, &["--json"]).stdout(Stdio::piped()), 0);
    let told = "the optimisers go on after the ";
    assert!(printed.err.contains(told), "{}", printed.err);
    let summary = printed.json();
    assert_eq!(summary["method"], "mt");
    // The report is of the second day.
    assert_eq!(summary["test"], days.measured("next"));
    let logloss = |name: &str| days.measured(name)["logloss"].as_f64().unwrap();
    assert!(logloss("next") < logloss("run") - 0.01, "{} {}", logloss("next"), logloss("run"));
    // The settings of the first run hold.
    let config = |name: &str| fs::read_to_string(days.at(name).join("config.toml")).unwrap();
    assert_eq!(config("next"), config("run"));
    // Without a step that helps, the model stays as it was.
    let still = days.at("still");
    finish(&mut days.going_on(&still, &["--set", "retrain.continued_lr=1e-12"]), 0);
    assert_eq!(days.measured("still"), days.measured("run"));
    // Towers go on from the one tower of another method's model.
    let other = days.at("towers");
    finish(&mut days.going_on(&other, &["--method", "mt-s"]), 0);
    assert_ne!(model(&other), model(&next));
    // Their steps count, also those of the first run in a third one.
    let third = days.at("third");
    let fit = ["fit", "--from", arg(&next), "--data", arg(&days.second), "--out", arg(&third)];
    let steps = |text: &str| -> u64 {
        text.split(told).nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap()
    };
    let after = steps(&run(&fit, 0).err);
    let taken: u64 =
        summary["phases"].as_array().unwrap().iter().map(|p| p["steps"].as_u64().unwrap()).sum();
    assert_eq!(after, taken);
    // Without the checkpoint the optimisers begin anew, and learn something else.
    let checkpoint = days.at("run/checkpoints/retrain.safetensors");
    fs::remove_file(checkpoint).unwrap();
    let anew = days.at("anew");
    let told = finish(&mut days.going_on(&anew, &[]), 0).err;
    assert!(told.contains("the optimisers begin anew"), "{told}");
    assert_ne!(model(&anew), model(&next));
}

/// A user who is new on the second day gets a row of the table, and all others keep theirs.
#[test]
fn new_values_get_rows() {
    let days = days("mt");
    let [log, grown, next, still] = ["day.csv", "grown", "next", "still"].map(|name| days.at(name));
    let text = fs::read_to_string(&log).unwrap().replace("u40,", "newcomer,");
    fs::write(&log, text).unwrap();
    let prepare = ["prepare", "table", "--input", arg(&log), "--like", arg(&days.first)];
    run(&[&prepare[..], &["--grow", "--out", arg(&grown)]].concat(), 0);
    let (old, new) = (ssim_tests::schema(&days.first), ssim_tests::schema(&grown));
    let users = |schema: &Schema| schema.fields[0].vocabulary.values().to_vec();
    assert_eq!(users(&new), [users(&old), vec!["newcomer".to_owned()]].concat());
    assert_eq!(new.fields[1..], old.fields[1..]);
    let from = days.at("run");
    let fit = ["fit", "--from", arg(&from), "--data", arg(&grown), "--out"];
    run(&[&fit[..], &[arg(&next)]].concat(), 0);
    run(&[&fit[..], &[arg(&still), "--set", "retrain.continued_lr=1e-12"]].concat(), 0);
    // Before it learns, the model gives the second day what it gave it, newcomer or not.
    let scores = |fitted: &Path| {
        run(&["score", "--run", arg(fitted), "--input", arg(&log), "--out", "-"], 0).out
    };
    let before = scores(&from);
    assert_eq!(scores(&still), before);
    // The newcomer is told apart from any other unseen user after it.
    let stranger = days.at("stranger.csv");
    fs::write(&stranger, "user,item,tab\nnewcomer,3,home\nstranger,3,home\n").unwrap();
    let ctr = |fitted: &Path| -> Vec<String> {
        let score = ["score", "--run", arg(fitted), "--input", arg(&stranger), "--out", "-"];
        let lines = run(&score, 0).out;
        lines.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().to_owned()).collect()
    };
    let [first, second] = [ctr(&from), ctr(&next)];
    assert_eq!(first[0], first[1]);
    assert_ne!(second[0], second[1]);
}

/// A model of several members goes on member by member, each from its own values and moments.
#[test]
fn every_member_goes_on() {
    let days = days_with("mt", &["--set", "model.members=2"]);
    let next = days.at("next");
    finish(&mut days.going_on(&next, &[]), 0);
    let logloss = |name: &str| days.measured(name)["logloss"].as_f64().unwrap();
    assert!(logloss("next") < logloss("run") - 0.01, "{} {}", logloss("next"), logloss("run"));
    let (first, alone) = (days.at("run/members/2"), days.at("alone"));
    let fit = ["fit", "--from", arg(&first), "--data", arg(&days.second), "--seed", "2"];
    run(&[&fit[..], &["--out", arg(&alone)]].concat(), 0);
    assert_eq!(model(&alone), model(&next.join("members/2")));
    let out = days.at("other");
    let error = finish(&mut days.going_on(&out, &["--set", "model.members=3"]), 2).err;
    assert!(error.contains("model.members: expected 2, as many as"), "{error}");
    let error = finish(&mut days.going_on(&out, &["--set", "model.members=1"]), 2).err;
    assert!(error.contains("expected a run of one member, got one of 2"), "{error}");
}

#[test]
fn after_a_kill() {
    // Of another method the optimisers begin anew.
    for first in ["st", "mt"] {
        ends_with_the_same_bytes(&days(first));
    }
}

fn ends_with_the_same_bytes(days: &Days) {
    let set =
        ["--method", "mt", "--set", "train.checkpoint_steps=7", "--set", "retrain.patience=9"];
    let (whole, out) = (days.at("whole"), days.at("killed"));
    finish(&mut days.going_on(&whole, &set), 0);
    let checkpoint = out.join("checkpoints/retrain.safetensors");
    let mut child = start(days.going_on(&out, &set).stderr(Stdio::null()), &checkpoint);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!out.join("model.safetensors").exists(), "the kill came too late");
    finish(&mut days.going_on(&out, &set), 0);
    assert_same(&whole, &out);
    // The same folder does not take the model of another run.
    let fit = ["fit", "--method", "st", "--data", arg(&days.first), "--seed", "2"];
    let (first, other) = (days.at("run"), days.at("other"));
    run(&[&fit[..], &["--preset", "demo", "--max-steps", "4", "--out", arg(&other)]].concat(), 0);
    fs::remove_dir_all(&first).unwrap();
    fs::rename(other, first).unwrap();
    let error = finish(&mut days.going_on(&out, &set), 2).err;
    assert!(error.contains("from: expected"), "{error}");
}

#[test]
fn what_cannot_go_on_is_refused() {
    let days = days("finetune");
    let out = days.at("next");
    let error = finish(&mut days.going_on(&out, &[]), 2).err;
    assert!(error.contains("expected a run with one model, got one with a copy"), "{error}");
    fs::remove_dir_all(days.at("run")).unwrap();
    let first = days.at("run");
    let fit = ["fit", "--method", "ssim", "--data", arg(&days.first), "--out", arg(&first)];
    run(&[&fit[..], &["--preset", "demo", "--max-steps", "4"]].concat(), 0);
    let error = finish(&mut days.going_on(&out, &[]), 2).err;
    assert!(error.contains("--from: expected a list for ssim, got none; `ssim select`"), "{error}");
    let error = finish(&mut days.going_on(&out, &["--method", "finetune"]), 2).err;
    assert!(error.contains("--from: expected a method that trains one model"), "{error}");
    let error = finish(&mut days.going_on(&out, &["--method", "auto"]), 2).err;
    assert!(error.contains("--from: expected a method that goes on from a run"), "{error}");
    let other = log::schema(&[("user", "min_count = 900"), ("item", "")], log::BY_CHANCE);
    fs::create_dir(days.at("other")).unwrap();
    let other = log::prepared(&days.at("other"), &day(6000, 0), &other);
    let fit = ["fit", "--from", arg(&first), "--method", "mt", "--data", arg(&other)];
    let error = run(&[&fit[..], &["--out", arg(&out)]].concat(), 4).err;
    assert!(error.contains("prepares such data") && !out.exists(), "{error}");
    // A list of the second day, by the selector of the first.
    let list = days.at("list.parquet");
    let select = ["select", "--run", arg(&first), "--data", arg(&days.second), "--ratio", "0.5"];
    run(&[&select[..], &["--out", arg(&list)]].concat(), 0);
    let shared = finish(&mut days.going_on(&out, &["--shared", arg(&list), "--json"]), 0).json();
    assert!(shared["share"]["shared"].as_u64().unwrap() > 3000, "{}", shared["share"]);
}
