//! Lists of any rows. The list is the same whether scores are counted or sorted, and whether one
//! process scores the rows or several do.

use arrow::array::{RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use ssim_core::mask::{Pool, cut};
use ssim_data::list::{self, SharedList};
use ssim_tests::{Printed, SMALL, arg, log, run, schema};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The number of rows of the log: enough blocks for three shards, of which the last is shorter.
const ROWS: usize = 40_000;

/// A log, and a run that was fitted to its first rows.
struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        let text = log::csv("user,item,tab,click", ROWS, |i| {
            // There are more rows than combinations of values, so some rows have equal scores.
            let user = i * i % 97;
            let item = i * 7 % 53;
            let click = u8::from((user + item) % 5 == i % 3);
            format!("u{user},i{item},{},{click}", ["home", "shop", "cart"][i % 7 % 3])
        });
        fs::write(scene.at("new.csv"), &text).unwrap();
        let head: Vec<&str> = text.lines().take(5000).collect();
        let split = "random = { train = 0.6, val = 0.2, test = 0.2 }";
        let described = log::schema(&log::USER_AND_ITEM, split);
        let data = log::prepared(scene.folder.path(), &head.join("\n"), &described);
        let out = scene.at("run");
        run(
            &[&["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&out)], &SMALL[..]]
                .concat(),
            0,
        );
        scene
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn select(&self, args: &[&str], code: i32) -> Printed {
        let fitted = self.at("run");
        run(&[&["select", "--run", arg(&fitted)], args].concat(), code)
    }

    fn list(&self, path: &Path) -> SharedList {
        list::read(File::open(path).unwrap(), "list", &schema(&self.at("run"))).unwrap()
    }

    /// Writes the log as Parquet, in row groups that are not those of the shards.
    fn parquet(&self, name: &str) -> PathBuf {
        let text = fs::read_to_string(self.at("new.csv")).unwrap();
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
        let column = |c: usize| Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r[c])));
        let names = ["user", "item", "tab", "click"].into_iter().enumerate();
        let batch =
            RecordBatch::try_from_iter(names.map(|(c, name)| (name, column(c) as _))).unwrap();
        let path = self.at(name);
        let properties =
            WriterProperties::builder().set_max_row_group_row_count(Some(7000)).build();
        let to = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(to, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path
    }
}

#[test]
fn every_pool_is_cut_as_by_sorting() {
    let scene = Scene::new();
    let (data, out, fitted) = (scene.at("data"), scene.at("list.parquet"), scene.at("run"));
    // The run itself has selected by batches.
    let own = scene.list(&fitted.join("shared.parquet"));
    scene.select(&["--data", arg(&data), "--out", arg(&out)], 0);
    assert_eq!(scene.list(&out), own);
    for split in ["train", "val", "test"] {
        for (by, pool) in [("global", Pool::Global), ("scenario", Pool::Scenario)] {
            for ratio in ["0", "0.3", "1"] {
                let args = ["--data", arg(&data), "--split", split, "--by", by, "--ratio", ratio];
                scene.select(&[&args[..], &["--out", arg(&out)]].concat(), 0);
                let list = scene.list(&out);
                let order: Vec<u32> = (0..list.rows.len() as u32).collect();
                let ratio = ratio.parse().unwrap();
                let sorted = cut(&list.scores, &list.scenarios, &order, ratio, pool, 1).unwrap();
                assert_eq!(list.shared, sorted, "{split} by {by}, {ratio}");
                assert!(list.rows.is_sorted() && list.fingerprint == own.fingerprint);
            }
        }
        if split != "train" {
            let args =
                ["--data", arg(&data), "--split", split, "--by", "batch", "--out", arg(&out)];
            assert!(scene.select(&args, 2).error().contains("batches are those of a train split"));
        }
    }
    let mut sorted = own.scores.clone();
    sorted.sort_by(f32::total_cmp);
    sorted.dedup();
    assert!(sorted.len() < own.scores.len(), "the log holds ties");
    // A threshold shares the rows with this score or a higher one.
    let from = sorted[sorted.len() / 2];
    let args = ["--data", arg(&data), "--threshold", &from.to_string(), "--out", arg(&out)];
    scene.select(&args, 0);
    let shared: Vec<bool> = own.scores.iter().map(|z| *z >= from).collect();
    assert_eq!(scene.list(&out).shared, shared);
}

#[test]
fn shards_are_the_whole() {
    let scene = Scene::new();
    let (csv, parquet) = (scene.at("new.csv"), scene.parquet("new.parquet"));
    let [whole, merged] = ["whole.parquet", "merged.parquet"].map(|name| scene.at(name));
    let data = scene.at("data");
    let sources: [&[&str]; 3] = [
        &["--input", arg(&csv), "--label", "click"],
        &["--input", arg(&parquet), "--format", "parquet", "--label", "click"],
        &["--data", arg(&data)],
    ];
    let mut lists = Vec::new();
    for source in sources {
        let cut = ["--by", "scenario", "--ratio", "0.35", "--json"];
        let one = scene.select(&[source, &cut, &["--out", arg(&whole)]].concat(), 0);
        // A shell would sort the second of these names before the first.
        let parts: Vec<PathBuf> = [2, 10, 1].map(|i| scene.at(&format!("part-{i}.parquet"))).into();
        for (part, shard) in parts.iter().zip(["2/3", "3/3", "1/3"]) {
            scene.select(&[source, &["--shard", shard, "--out", arg(part)]].concat(), 0);
        }
        let scores = ["--scores", arg(&parts[0]), arg(&parts[1]), arg(&parts[2])];
        let several = scene.select(&[&scores, &cut[..], &["--out", arg(&merged)]].concat(), 0);
        assert_eq!(fs::read(&whole).unwrap(), fs::read(&merged).unwrap());
        let mut told = one.json();
        // Only the command that scores rows has seen their values.
        assert!(told["unseen"].take().is_array());
        assert_eq!(told, several.json(), "with click rates and the cut");
        assert!(one.json()["share"]["ctr"]["shared"].as_f64().is_some());
        lists.push(scene.list(&whole));

        // A shard that is missing or given twice is refused.
        let some = scene.select(&[&scores[..3], &cut, &["--out", arg(&merged)]].concat(), 4);
        assert!(some.error().contains("expected shard 1/3, got 2/3"), "{}", some.err);
        let some = [scores[0], scores[1], scores[3]];
        let some = scene.select(&[&some[..], &cut, &["--out", arg(&merged)]].concat(), 4);
        assert!(some.error().contains("expected 3 shards, got none of number 3"), "{}", some.err);
        let twice =
            scene.select(&[&scores[..], &[scores[1]], &cut, &["--out", arg(&merged)]].concat(), 4);
        assert!(twice.error().contains("expected shard 3/3, got 2/3"), "{}", twice.err);
    }
    // A row of a CSV is named by its line, and the first line is the header.
    assert_eq!(lists[0].scores, lists[1].scores);
    assert!(lists[0].rows.iter().zip(&lists[1].rows).all(|(line, row)| *line == row + 1));
}

#[test]
fn scores_of_ssim_score_are_good_enough() {
    let scene = Scene::new();
    let (csv, parquet) = (scene.at("new.csv"), scene.parquet("new.parquet"));
    let (fitted, scores) = (scene.at("run"), scene.at("scores"));
    fs::create_dir(&scores).unwrap();
    let score = |shard: &str, to: &Path, from: &Path, format: &str| {
        let args = ["score", "--model", arg(&fitted), "--input", arg(from), "--format", format];
        run(&[&args[..], &["--shard", shard, "--output", arg(to)]].concat(), 0);
    };
    for i in 1..=4 {
        score(&format!("{i}/4"), &scores.join(format!("{i}.parquet")), &parquet, "parquet");
    }
    let [whole, merged] = ["whole.parquet", "merged.parquet"].map(|name| scene.at(name));
    let cut = ["--by", "global", "--ratio", "0.2"];
    let args = ["--input", arg(&parquet), "--format", "parquet", "--out", arg(&whole)];
    scene.select(&[&args[..], &cut].concat(), 0);
    scene.select(&[&["--scores", arg(&scores), "--out", arg(&merged)], &cut[..]].concat(), 0);
    assert_eq!(fs::read(&whole).unwrap(), fs::read(&merged).unwrap());

    // All shards together have the lines that one process writes.
    let lines = |path: &Path| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap();
        text.lines().skip(1).map(str::to_owned).collect()
    };
    let (one, part) = (scene.at("one.csv"), scene.at("part.csv"));
    score("1/1", &one, &csv, "csv");
    let mut all = Vec::new();
    for shard in ["1/2", "2/2"] {
        score(shard, &part, &csv, "csv");
        all.extend(lines(&part));
    }
    all.sort_by_key(|line| line.split(',').next().unwrap().parse::<u64>().unwrap());
    assert_eq!(all, lines(&one));

    // Scores of another run are refused.
    let other = scene.at("other");
    let data = scene.at("data");
    run(
        &[
            &["fit", "--method", "ssim", "--seed", "2", "--data", arg(&data), "--out", arg(&other)],
            &SMALL[..],
        ]
        .concat(),
        0,
    );
    let shard = scene.at("shard.parquet");
    scene.select(&["--data", arg(&data), "--shard", "1/1", "--out", arg(&shard)], 0);
    let args = ["select", "--run", arg(&other), "--scores", arg(&shard), "--by", "global", "--out"];
    let error = run(&[&args[..], &[arg(&merged)]].concat(), 4);
    assert!(error.error().contains("those of another one"), "{}", error.err);
}

#[test]
fn a_list_goes_out_as_csv_and_as_a_stream() {
    let scene = Scene::new();
    let (csv, out) = (scene.at("new.csv"), scene.at("list.parquet"));
    let by = ["--by", "global", "--ratio", "0.25"];
    scene.select(&[&["--input", arg(&csv), "--out", arg(&out)], &by[..]].concat(), 0);
    let list = scene.list(&out);
    let text =
        scene.select(&[&["--input", arg(&csv), "--out", "-", "--to", "csv"], &by[..]].concat(), 0);
    let mut lines = text.out.lines();
    assert_eq!(lines.next(), Some("row,scenario,score,shared"));
    for i in 0..list.rows.len() {
        let (row, s, z, shared) = (list.rows[i], list.scenarios[i], list.scores[i], list.shared[i]);
        assert_eq!(lines.next().unwrap(), format!("{row},{s},{z},{shared}"));
    }
    assert_eq!(lines.next(), None);
    let stream = scene.at("list.arrows");
    let args = ["--input", arg(&csv), "--out", arg(&stream), "--to", "arrow-stream"];
    scene.select(&[&args[..], &by].concat(), 0);
    let batches =
        arrow::ipc::reader::StreamReader::try_new(File::open(stream).unwrap(), None).unwrap();
    let rows: usize = batches.map(|b| b.unwrap().num_rows()).sum();
    assert_eq!(rows, ROWS);
}
