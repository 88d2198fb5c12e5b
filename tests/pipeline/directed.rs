//! Directed lists in a world of two clusters of scenarios: who is like whom is found, and kept with the list. Which
//! rows are shared is measured in docs/results.md, since it takes more rows than a test has.

use ssim_core::artifact::record::Record;
use ssim_core::borrowers::Borrowers;
use ssim_tests::{arg, run};
use std::fs;

#[test]
fn lists_find_who_is_like_whom() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out, again] = ["data", "run", "again"].map(|name| folder.path().join(name));
    let prepare = ["prepare", "synthetic", "--rows", "60000", "--clusters", "2"];
    run(&[&prepare[..], &["--out", arg(&data)]].concat(), 0);
    let fit = ["fit", "--method", "ssim+-directed", "--data", arg(&data), "--preset", "demo"];
    let more = ["--set", "select.ratio=0.7", "--out", arg(&out)];
    let told = run(&[&fit[..], &more].concat(), 0).out;
    let record: Record =
        serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    let borrowers = record.share.borrowers.unwrap();
    // Scenarios 1 and 3 are one cluster, 2 and 4 the other.
    let expected = Borrowers::new(4, |from, to| from % 2 == to % 2);
    assert_eq!(borrowers, expected);
    assert!(told.contains("shared rows of 4 train the tower of: 2"), "{told}");

    // Another model can be trained on it, and keeps the borrowers.
    let list = out.join("shared.parquet");
    let retrain = ["retrain", "--shared", arg(&list), "--data", arg(&data), "--preset", "demo"];
    run(&[&retrain[..], &["--max-steps", "3", "--out", arg(&again)]].concat(), 0);
    let again = fs::read_to_string(again.join("summary.json")).unwrap();
    let again: Record = serde_json::from_str(&again).unwrap();
    assert_eq!(again.share.borrowers, Some(borrowers));
    for command in [
        &["sweep", "--ratios", "0.3", "--data", arg(&data)][..],
        &["select", "--data", arg(&data), "--ratio", "0.2", "--out", "list.parquet"],
        &["export", "--out", "run.ssim"],
    ] {
        let told = run(&[command, &["--run", arg(&out)]].concat(), 2);
        assert!(told.error().contains("directed list"), "{}", told.err);
    }
}
