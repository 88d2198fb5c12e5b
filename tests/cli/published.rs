//! Published logs: what the program makes of a folder of their files.

use flate2::{Compression, write::GzEncoder};
use ssim_tests::{Printed, arg, run};
use std::fs;
use std::io::Write;
use std::path::Path;

/// A folder with a small AliMama: four scenarios, one file of it packed.
fn ali_mama(folder: &Path) {
    let mut log = String::from("user,time_stamp,adgroup_id,pid,nonclk,clk\n");
    for i in 0..60 {
        let (user, time, click) = (i % 5, 1_494_000_000 + 10_000 * i, i / 5 % 2);
        log += &format!("{user},{time},{},430548_1007,{},{click}\n", i % 3, 1 - click);
    }
    fs::write(folder.join("raw_sample.csv"), log).unwrap();
    let users = "userid,cms_segid,cms_group_id,final_gender_code,age_level,pvalue_level,shopping_level,occupation,new_user_class_level \n\
        1,0,1,1,5,,1,0,3\n2,20,2,2,4,1,2,1,\n3,10,1,2,4,2,3,0,\n4,0,1,1,5,,3,1,4\n";
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(users.as_bytes()).unwrap();
    fs::write(folder.join("user_profile.csv.gz"), packer.finish().unwrap()).unwrap();
    let ads = "adgroup_id,cate_id,campaign_id,customer,brand,price\n0,7,70,9,NULL,199.0\n1,7,71,9,5,1.5\n";
    fs::write(folder.join("ad_feature.csv"), ads).unwrap();
}

/// A small MovieLens as the 100K release writes it.
fn movielens(folder: &Path) {
    let rating = |i: usize| format!("{}\t{}\t{}\t881250949\n", i % 3, i % 2, 1 + i / 3 % 5);
    fs::write(folder.join("u.data"), (0..60).map(rating).collect::<String>()).unwrap();
    fs::write(folder.join("u.user"), "0|24|M|writer|85711\n1|33|F|other|94043\n2|53|F|other|0\n")
        .unwrap();
    let film = |i: usize| format!("{i}|Film|01-Jan-1995||http://x|0|1{}\n", "|0".repeat(17));
    fs::write(folder.join("u.item"), film(0) + &film(1)).unwrap();
}

fn prepare(name: &str, raw: &Path, out: &Path, more: &[&str], code: i32) -> Printed {
    let args = ["prepare", name, "--raw", arg(raw), "--out", arg(out)];
    run(&[&args[..], more].concat(), code)
}

#[test]
fn ali_mama_from_the_files_to_a_fit() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, data, at) = (folder.path().join("raw"), folder.path().join("data"), folder.path());
    fs::create_dir(&raw).unwrap();
    ali_mama(&raw);
    let text = prepare("ali-mama", &raw, &data, &[], 0).out;
    assert!(text.contains("to compare") && text.contains("26 557 961"), "{text}");
    let json = prepare("ali-mama", &raw, &at.join("json"), &["--json"], 0).json();
    assert_eq!(json["dataset"], "ali-mama");
    assert_eq!(json["published"]["train"], 18_013_720);
    // The six days before have 51.84 steps of 10,000 seconds.
    assert_eq!(json["rows"], serde_json::json!({ "train": 47, "val": 5, "test": 8 }));
    assert_eq!(json["scenarios"].as_array().unwrap().len(), 4);
    let price = |out: &str, more: &[&str]| {
        let json =
            prepare("ali-mama", &raw, &at.join(out), &[more, &["--json"]].concat(), 0).json();
        json["fields"][13]["features"].clone()
    };
    assert_eq!(
        price("plain", &["--vocabulary-of-all-rows"]),
        4,
        "1.5, 199, no ad, and unseen ones"
    );
    assert_eq!(price("constant", &["--constant-price"]), 1);
    let fit =
        ["fit", "--data", arg(&data), "--preset", "demo", "--max-steps", "1", "--method", "mt"];
    run(&[&fit[..], &["--out", arg(&at.join("run"))]].concat(), 0);
}

#[test]
fn movielens_in_either_layout() {
    let folder = tempfile::tempdir().unwrap();
    movielens(folder.path());
    let json =
        prepare("movielens", folder.path(), &folder.path().join("data"), &["--json"], 0).json();
    assert_eq!(json["rows"], serde_json::json!({ "train": 48, "val": 6, "test": 6 }));
    assert_eq!(json["published"]["all"], 100_000);
    fs::remove_file(folder.path().join("u.item")).unwrap();
    let error = prepare("movielens", folder.path(), &folder.path().join("again"), &[], 4);
    assert!(error.error().contains("u.item: expected this file (or .gz, .zst), got none"));
    fs::remove_file(folder.path().join("u.data")).unwrap();
    let error = prepare("movielens", folder.path(), &folder.path().join("again"), &[], 4);
    assert!(error.error().contains("expected a folder with ratings.dat or u.data"));
}

#[test]
fn bad_rows_have_a_place_and_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path();
    ali_mama(raw);
    let log = fs::read_to_string(raw.join("raw_sample.csv")).unwrap();
    fs::write(raw.join("raw_sample.csv"), log.replacen("0,1494000000", "0,1493999999", 1)).unwrap();
    let ads = fs::read_to_string(raw.join("ad_feature.csv")).unwrap();
    fs::write(raw.join("ad_feature.csv"), format!("{ads}1,1,1,1,1,1\n")).unwrap();
    let out = raw.join("data");
    let error = prepare("ali-mama", raw, &out, &[], 4);
    assert!(error.error().contains("ad_feature.csv:4:1: field \"adgroup_id\": expected a key"));
    assert!(!out.exists());
    let json = prepare("ali-mama", raw, &out, &["--on-error", "skip", "--json"], 0).json();
    assert_eq!(json["rejected"], 2);
    let rejects = fs::read_to_string(out.join("rejects.csv")).unwrap();
    let files: Vec<&str> = rejects.lines().filter_map(|l| l.rsplit('/').next()).collect();
    assert_eq!(files[1..], ["ad_feature.csv", "raw_sample.csv"], "{rejects}");
}

#[test]
fn no_folder_and_cut_files() {
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path();
    let out = raw.join("data");
    for name in ["ali-mama", "ali-ccp", "movielens", "kuairand"] {
        let error = prepare(name, raw, &out, &[], 4);
        assert!(error.error().contains("expected a folder with"), "{}", error.error());
        let error = prepare(name, &raw.join("nowhere"), &out, &[], 4);
        assert!(error.error().contains("nowhere: expected a folder, got none"));
    }
    ali_mama(raw);
    let packed = fs::read(raw.join("user_profile.csv.gz")).unwrap();
    fs::write(raw.join("user_profile.csv.gz"), &packed[..packed.len() - 9]).unwrap();
    let error = prepare("ali-mama", raw, &out, &[], 4);
    assert!(error.error().contains("user_profile.csv.gz:"), "{}", error.error());
    assert!(error.error().contains("expected a whole gzip stream"), "{}", error.error());
}
