//! Help texts, compared with stored ones.

use ssim_tests::run;

fn snapshot(name: &str, args: &[&str]) {
    insta::assert_snapshot!(format!("help_{name}"), run(args, 0).out);
}

#[test]
fn of_the_program() {
    snapshot("ssim", &["--help"]);
}

#[test]
fn of_every_command() {
    for command in [
        "demo",
        "run",
        "init",
        "fit",
        "search",
        "select",
        "retrain",
        "compare",
        "evaluate",
        "score",
        "plot",
        "export",
        "serve",
        "config",
        "doctor",
        "completions",
        "man",
    ] {
        snapshot(command, &[command, "--help"]);
    }
    for source in ["table", "ali-mama", "ali-ccp", "movielens", "kuairand", "synthetic"] {
        snapshot(&format!("prepare_{source}"), &["prepare", source, "--help"]);
    }
}

#[test]
fn completions_and_manual() {
    assert!(run(&["completions", "bash"], 0).out.contains("ssim"));
    assert!(run(&["man"], 0).out.contains(".TH ssim"));
    assert!(run(&["man", "fit"], 0).out.contains("method"));
    run(&["man", "fitt"], 2);
}
