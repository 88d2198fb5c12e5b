//! `ssim prepare` reads published logs: folders of their files, and archives.

use flate2::{Compression, write::GzEncoder};
use ssim_tests::log::movielens;
use ssim_tests::{Printed, arg, run};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Writes a small AliMama of four scenarios into the folder. One of its files is compressed.
fn ali_mama(folder: &Path) {
    let mut log = String::from("user,time_stamp,adgroup_id,pid,nonclk,clk\n");
    for i in 0..60 {
        let (user, time, click) = (i % 5, 1_494_000_000 + 10_000 * i, i / 5 % 2);
        log += &format!("{user},{time},{},430548_1007,{},{click}\n", i % 3, 1 - click);
    }
    fs::write(folder.join("raw_sample.csv"), log).unwrap();
    let users = "userid,cms_segid,cms_group_id,final_gender_code,age_level,pvalue_level,shopping_level,occupation,new_user_class_level \n\
        1,0,1,1,5,,1,0,3\n2,20,2,2,4,1,2,1,\n3,10,1,2,4,2,3,0,\n4,0,1,1,5,,3,1,4\n";
    fs::write(folder.join("user_profile.csv.gz"), gzip(users.as_bytes())).unwrap();
    let ads = "adgroup_id,cate_id,campaign_id,customer,brand,price\n0,7,70,9,NULL,199.0\n1,7,71,9,5,1.5\n";
    fs::write(folder.join("ad_feature.csv"), ads).unwrap();
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
    // The six days before the test day have 51.84 steps of 10,000 seconds.
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
    let expected = "u.item: expected this file (or .gz, .zst, or in an archive), got none";
    assert!(error.error().contains(expected), "{}", error.error());
    fs::remove_file(folder.path().join("u.data")).unwrap();
    let error = prepare("movielens", folder.path(), &folder.path().join("again"), &[], 4);
    assert!(error.error().contains("with ratings.dat or u.data"));
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
        let expected = "expected a folder or an archive with";
        assert!(error.error().contains(expected), "{}", error.error());
        let error = prepare(name, &raw.join("nowhere"), &out, &[], 4);
        assert!(error.error().contains("nowhere: expected a folder or an archive, got none"));
    }
    ali_mama(raw);
    let packed = fs::read(raw.join("user_profile.csv.gz")).unwrap();
    fs::write(raw.join("user_profile.csv.gz"), &packed[..packed.len() - 9]).unwrap();
    let error = prepare("ali-mama", raw, &out, &[], 4);
    assert!(error.error().contains("user_profile.csv.gz:"), "{}", error.error());
    assert!(error.error().contains("expected a whole gzip stream"), "{}", error.error());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// A tar archive of some files of a folder, each under the name beside it.
fn tar(from: &Path, files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (file, name) in files {
        tar.append_path_with_name(from.join(file), name).unwrap();
    }
    tar.into_inner().unwrap()
}

/// A small MovieLens is read from the archive that one downloads, and from a folder of archives.
#[test]
fn archives_are_read_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (at, plain) = (folder.path(), folder.path().join("plain"));
    fs::create_dir(&plain).unwrap();
    movielens(&plain);
    let expected = prepare("movielens", &plain, &at.join("data"), &["--json"], 0).out;
    let all = ["u.data", "u.user", "u.item"].map(|name| (name, format!("ml-100k/{name}")));
    let all = all.each_ref().map(|(file, name)| (*file, name.as_str()));

    let mut zip = zip::ZipWriter::new(fs::File::create(at.join("ml-100k.zip")).unwrap());
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (file, name) in all {
        zip.start_file(name, stored).unwrap();
        zip.write_all(&fs::read(plain.join(file)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    // An archive in a folder is recognised by its name, and one that the command names by its
    // bytes.
    fs::write(at.join("download"), gzip(&tar(&plain, &all))).unwrap();
    let parts = at.join("parts");
    fs::create_dir(&parts).unwrap();
    fs::write(parts.join("a.TGZ"), gzip(&tar(&plain, &all[..1]))).unwrap();
    fs::write(parts.join("b.tar"), tar(&plain, &all[1..2])).unwrap();
    fs::write(parts.join("u.item.gz"), gzip(&fs::read(plain.join("u.item")).unwrap())).unwrap();
    for (i, raw) in ["ml-100k.zip", "download", "parts"].into_iter().enumerate() {
        let out = at.join(format!("data-{i}"));
        assert_eq!(prepare("movielens", &at.join(raw), &out, &["--json"], 0).out, expected);
        for file in ["train/part-0.parquet", "schema.json"] {
            assert_eq!(
                fs::read(out.join(file)).unwrap(),
                fs::read(at.join("data").join(file)).unwrap()
            );
        }
    }
}

#[test]
fn archives_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let (at, plain) = (folder.path(), folder.path().join("plain"));
    fs::create_dir(&plain).unwrap();
    movielens(&plain);
    let out = at.join("data");
    let fails = |name: &str, bytes: Vec<u8>, words: &[&str]| {
        fs::write(at.join(name), bytes).unwrap();
        let error = prepare("movielens", &at.join(name), &out, &[], 4);
        for word in words {
            assert!(error.error().contains(word), "{word}: {}", error.error());
        }
        assert!(!out.exists());
    };
    let all = [("u.data", "m/u.data"), ("u.user", "m/u.user"), ("u.item", "m/u.item")];
    let whole = gzip(&tar(&plain, &all));
    fails(
        "cut.tgz",
        whole[..whole.len() / 2].into(),
        &["cut.tgz: expected a whole tar archive", "gzip"],
    );
    fails("log.csv", b"user,click\n".into(), &["log.csv: expected a whole tar archive"]);
    fails("cut.zip", b"PK\x03\x04".into(), &["cut.zip: expected a whole zip archive"]);
    let others = tar(&plain, &[("u.data", "m/u.data.old"), ("u.user", "m/not_u.data")]);
    fails("others.tar", others, &["others.tar: expected a folder or an archive with", "u.data"]);
    let few = tar(&plain, &all[..2]);
    fails("few.tar", few, &["few.tar/u.item: expected this file"]);
    let twice = tar(&plain, &[&all[..], &[("u.data", "old/u.data")]].concat());
    fails(
        "twice.tar",
        twice,
        &["twice.tar:old/u.data: expected one u.data, got another: ", "m/u.data"],
    );
    let ratings = fs::read_to_string(plain.join("u.data")).unwrap();
    fs::write(plain.join("u.data"), ratings.replacen("\t2\t", "\t6\t", 1)).unwrap();
    let stars = "stars.tgz:m/u.data:4:3: field \"rating\": expected 1 to 5, got \"6\"";
    fails("stars.tgz", gzip(&tar(&plain, &all)), &[stars]);
}
