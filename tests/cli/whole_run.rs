//! `ssim run`: from a log to a report, and on after a failure.

use ssim_tests::{Printed, finish, log, ssim};
use std::fs;
use std::path::Path;

/// A log of three tabs, in which some items are liked.
fn text() -> String {
    log::csv("user,item,tab,click", 3000, |i| {
        let (user, item) = (i * 7 % 40, i * 13 % 30);
        let click = u8::from(item % 3 == 0 && i * 37 % 11 < 6 || i * 29 % 10 == 0);
        format!("u{user},i{item},{},{click}", ["home", "cart", "search"][i % 3])
    })
}

/// Runs `ssim run` with small networks in the folder.
fn go(folder: &Path, more: &[&str], code: i32) -> Printed {
    let args = ["run", "log.csv", "--out", "shop", "--trials", "2", "--preset", "demo"];
    let small = ["--set", "model.mlp=[8]", "--set", "retrain.max_epochs=2"];
    finish(ssim(&[&args[..], &small, more].concat()).current_dir(folder), code)
}

#[test]
fn a_log_becomes_a_report_in_one_command() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log.csv"), text()).unwrap();
    let printed = go(folder.path(), &[], 0);
    assert!(printed.err.contains("label: click: its name says so"), "{}", printed.err);
    assert!(printed.err.contains("report: shop/report.html"), "{}", printed.err);
    // A program without a page says so before it computes.
    let beginning = printed.err.lines().next().unwrap_or_default();
    assert!(beginning.contains("has no page inside"), "{beginning}");
    assert!(printed.out.contains("Chosen: "), "{}", printed.out);
    let shop = folder.path().join("shop");
    let report = fs::read_to_string(shop.join("report.md")).unwrap();
    for part in [
        "# log.csv",
        "was chosen",
        "## The columns",
        "# tab: its name says so; 3 values",
        "## The rows",
        "## Which scenarios are alike",
        "## The choice of the method",
        "## The quality of its model",
        "| cart |",
        "`ssim score --run shop/run",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let html = fs::read_to_string(shop.join("report.html")).unwrap();
    for part in
        ["<h1>log.csv</h1>", "<td>cart</td>", "<h2>Pictures</h2>", "<svg ", "has no page inside"]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    let artifact = fs::read(shop.join("run.ssim")).unwrap();
    ssim_core::artifact::Artifact::from_bytes(&artifact).unwrap();
    assert!(go(folder.path(), &[], 2).error().contains("shop is there already and not empty"));
    // A step that is done stays, so the decisions about columns are not told again.
    let again = go(folder.path(), &["--resume"], 0);
    assert!(again.err.contains("shop/schema.toml: kept"), "{}", again.err);
    assert!(again.err.contains("shop/data: kept"), "{}", again.err);
    assert_eq!(fs::read(shop.join("run.ssim")).unwrap(), artifact);
    assert!(fs::read_to_string(shop.join("report.md")).unwrap().contains("## The columns"));
}

/// The time is over before the first step, so no model is fitted for the likeness, and the race fits two.
#[test]
fn a_short_budget_skips_the_likeness() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log.csv"), text()).unwrap();
    let printed = go(folder.path(), &["--budget", "1us"], 0);
    assert!(printed.out.contains("Not measured: "), "{}", printed.out);
    let report = fs::read_to_string(folder.path().join("shop/report.md")).unwrap();
    let chapter = report.split("## Which scenarios are alike").nth(1).unwrap();
    let words: Vec<&str> = chapter.split_whitespace().collect();
    assert!(words.join(" ").contains("a quarter of --budget is"), "{report}");
    assert!(report.contains("## The calibration of its CTRs"), "{report}");
}

#[test]
fn a_step_that_fails_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log.csv"), text() + "u1,i1,home,7\n").unwrap();
    // One label of another kind makes the column a choice.
    let error = go(folder.path(), &[], 2).error().to_owned();
    assert!(error.contains("--threshold N"), "{error}");
    assert!(!folder.path().join("shop").exists());
    let bad = text().replacen("u7,", "\u{fffd},", 1) + "u1,i1,,1\n";
    fs::write(folder.path().join("log.csv"), bad).unwrap();
    let printed = go(folder.path(), &[], 4);
    assert!(printed.err.contains("log.csv:3002:3: field \"tab\": expected a scenario"));
    assert!(printed.err.contains("the same command with --resume goes on"), "{}", printed.err);
    let shop = folder.path().join("shop");
    assert!(shop.join("schema.toml").exists() && !shop.join("data").exists());
    go(folder.path(), &["--resume", "--on-error", "skip"], 0);
    assert!(shop.join("report.md").exists());
    // A schema by hand, and a command line that does not go together.
    let args = ["run", "log.csv", "--out", "other", "--schema", "shop/schema.toml"];
    let both = [&args[..], &["--label", "click"]].concat();
    finish(ssim(&both).current_dir(folder.path()), 2);
}
