//! A result belongs to its rows, method, settings, seed, threads and list. Every command that goes on
//! with a result or puts it together with others is tried with one of these changed at a time: it
//! says what differs, and it changes nothing.

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use ssim_tests::{arg, log, run};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A small model, so that a run takes a moment.
const SETTINGS: [&str; 4] =
    ["model.mlp=[8]", "selector.mlp=[4]", "train.batch=64", "retrain.max_epochs=1"];
/// The sections of the settings, each with a change that the method `ssim` obeys or ignores.
const CHANGES: [&str; 13] = [
    "model.dim=3",
    "star.mlp=[9]",
    "hmoe.experts=7",
    "dffm.layers=2",
    "mmoe.experts=7",
    "ple.experts=2",
    "pepnet.gate=9",
    "selector.heads=\"one\"",
    "train.checkpoint_steps=9",
    "search.lambda=0.7",
    "distil.epochs=7",
    "select.ratio=0.4",
    "retrain.lr=0.002",
];

/// A data folder of 600 rows.
struct Log {
    /// What differs from the base, in the words of the message.
    differs: &'static str,
    folder: tempfile::TempDir,
    data: PathBuf,
}

/// The base log, with changes to its rows: which rows there are, their clicks, their order.
fn log(
    differs: &'static str,
    rows: &[usize],
    flip: usize,
    part: impl Fn(usize) -> &'static str,
) -> Log {
    let folder = tempfile::tempdir().unwrap();
    let csv = log::csv("tab,user,item,part,click", rows.len(), |place| {
        let i = rows[place];
        let click = usize::from((i * 7919 % 13 < 4) ^ (i == flip));
        let tab = ["home", "cart"][i % 2];
        format!("{tab},{},{},{},{click}", i / 5 % 12, i / 60, part(i))
    });
    let fields = [("user", ""), ("item", ""), ("tab", "")];
    let data = log::prepared(folder.path(), &csv, &log::schema(&fields, log::BY_PART));
    Log { differs, folder, data }
}

fn thirds(i: usize) -> &'static str {
    ["train", "train", "train", "val", "test"][i % 5]
}

/// The base, and one log per way in which rows can differ. Every value is as frequent as the others of
/// its field, so the vocabularies are the same.
fn logs() -> (Log, Vec<Log>) {
    let all: Vec<usize> = (0..600).collect();
    let mut turned = all.clone();
    turned.swap(0, 1);
    let others = vec![
        log("test: expected", &all[..599], 600, thirds),
        log("train: expected", &all, 10, thirds),
        log("train: expected the same 360 rows, got other", &turned, 600, thirds),
        log("train: expected", &all, 600, |i| ["val", "train", "train", "train", "test"][i % 5]),
    ];
    (log("", &all, 600, thirds), others)
}

fn with<'a>(args: &[&'a str], settings: &[&'a str]) -> Vec<&'a str> {
    let settings = SETTINGS.iter().chain(settings).flat_map(|set| ["--set", set]);
    args.iter().copied().chain(["--preset", "demo"]).chain(settings).collect()
}

/// Fits `ssim` with these settings.
fn fit(data: &Path, out: &Path, seed: &str) {
    let args = ["--data", arg(data), "--out", arg(out), "--seed", seed];
    run(&with(&[&["fit", "--method", "ssim"], &args[..]].concat(), &[]), 0);
}

/// All files below a folder with their bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

/// Runs a command that must be refused with these words, and must leave the folder as it is.
fn refused(folder: &Path, args: &[&str], code: i32, words: &str) {
    let before = files(folder);
    let printed = run(args, code);
    let text = printed.error();
    assert!(text.contains(words), "{args:?}: expected {words:?} in {text}");
    assert!(files(folder) == before, "{args:?} changed a file of {}", folder.display());
}

#[test]
fn fit_goes_on_with_the_same_run_only() {
    let (base, others) = logs();
    let out = base.folder.path().join("run");
    let args = |data: &Path, more: &[&str], settings: &[&str]| -> Vec<String> {
        let start = ["fit", "--data", arg(data), "--out", arg(&out), "--threads", "1"];
        let method = if more.contains(&"--method") { &[][..] } else { &["--method", "ssim"] };
        with(&[&start[..], method, more].concat(), settings)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let call = |args: Vec<String>, code, words: &str| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        refused(&out, &args, code, words);
    };
    let text = args(&base.data, &[], &[]);
    run(&text.iter().map(String::as_str).collect::<Vec<_>>(), 0);
    // The same again gives the same, and writes nothing.
    let before = files(&out);
    let again = args(&base.data, &["--resume"], &[]);
    run(&again.iter().map(String::as_str).collect::<Vec<_>>(), 0);
    let unchanged = |(path, _): &(PathBuf, Vec<u8>)| !path.ends_with("environment.json");
    assert!(files(&out).into_iter().filter(unchanged).eq(before.into_iter().filter(unchanged)));

    for other in &others {
        call(args(&other.data, &["--resume"], &[]), 2, other.differs);
    }
    for (more, words) in [
        (["--method", "ssim-r"], "method: expected \"ssim\", got \"ssim-r\""),
        (["--backbone", "dcn"], "backbone: expected \"dnn\", got \"dcn\""),
        (["--seed", "2"], "seed: expected 1, got 2"),
        (["--max-steps", "5"], "max_steps: expected null, got 5"),
        (
            ["--shared", arg(&out.join("shared.parquet"))],
            "list: expected null, got \"one from outside\"",
        ),
    ] {
        call(args(&base.data, &[&more[..], &["--resume"]].concat(), &[]), 2, words);
    }
    let mut threads = args(&base.data, &["--resume"], &[]);
    let place = threads.iter().position(|word| word == "--threads").unwrap();
    threads[place + 1] = "2".to_owned();
    call(threads, 2, "threads: expected 1, got 2");
    for change in CHANGES {
        let (key, _) = change.split_once('=').unwrap();
        call(args(&base.data, &["--resume"], &[change]), 2, &format!("setting {key}"));
    }
}

#[test]
fn a_comparison_goes_on_with_the_same_runs_only() {
    let (base, others) = logs();
    let folder = base.folder.path();
    let (plan, out) = (folder.join("plan.toml"), folder.join("compared"));
    let text = |method: &str, settings: &str| {
        let systems = format!("[[system]]\nname = \"a\"\nmethod = \"{method}\"\n{settings}");
        format!("seeds = 1\n[[system]]\nname = \"st\"\nmethod = \"st\"\nbaseline = true\n{systems}")
    };
    fs::write(&plan, text("ssim", "")).unwrap();
    let compare = |data: &Path, more: &[&'static str]| -> Vec<String> {
        let start = ["compare", arg(&plan), "--data", arg(data), "--out", arg(&out), "--jobs", "1"];
        with(&[&start[..], more].concat(), &[]).iter().map(ToString::to_string).collect()
    };
    let call = |args: Vec<String>, words: &str| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        refused(&out, &args, 2, words);
    };
    let first = compare(&base.data, &["--json"]);
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let table = run(&first, 0).out;
    assert_eq!(run(&first, 0).out, table);
    for other in &others {
        call(compare(&other.data, &[]), other.differs);
    }
    call(compare(&base.data, &["--threads", "2"]), "threads: expected 1, got 2");
    // A plan that is another one under the old names.
    for (method, settings, words) in [
        ("ssim-r", "", "recipe: expected \"ssim\", got \"ssim-r\""),
        ("ssim", "set.select.ratio = 0.2\n", "setting select.ratio"),
    ] {
        fs::write(&plan, text(method, settings)).unwrap();
        call(compare(&base.data, &[]), words);
    }
}

#[test]
fn other_commands_take_the_rows_of_the_run_only() {
    let (base, others) = logs();
    let folder = base.folder.path();
    let out = folder.join("run");
    fit(&base.data, &out, "1");
    let (run_folder, list) = (arg(&out), out.join("shared.parquet"));
    let there = folder.join("retrained");
    for Log { differs, data, .. } in &others {
        let data = arg(data);
        refused(&out, &["sweep", "--run", run_folder, "--data", data, "--seeds", "1"], 4, "");
        refused(&out, &["evaluate", "--run", run_folder, "--data", data], 4, differs);
        run(&["evaluate", "--run", run_folder, "--data", data, "--other-rows"], 0);
        let retrain = ["retrain", "--data", data, "--shared", arg(&list), "--out", arg(&there)];
        // A list belongs to the train rows, whatever the others are.
        if differs.starts_with("test") {
            run(&with(&retrain, &[]), 0);
            fs::remove_dir_all(&there).unwrap();
            continue;
        }
        run(&with(&retrain, &[]), 4).error();
        assert!(!there.exists(), "nothing is begun with a list of other rows");
    }
    let data = arg(&base.data);
    run(&["evaluate", "--run", run_folder, "--data", data], 0);
    run(&with(&["retrain", "--data", data, "--shared", arg(&list), "--out", arg(&there)], &[]), 0);

    // A point of a sweep that an older program has measured on other rows is not shown.
    run(&["sweep", "--run", run_folder, "--data", data, "--seeds", "1", "--ratios", "0.5"], 0);
    run(&["export", "--run", run_folder, "--out", arg(&folder.join("a.ssim"))], 0);
    let point = out.join("sweep/mt-0-1/run.json");
    let mut there: serde_json::Value = serde_json::from_slice(&fs::read(&point).unwrap()).unwrap();
    there.as_object_mut().unwrap().remove("checksum");
    there["rows"]["train"]["clicks"] = 1.into();
    fs::write(&point, there.to_string()).unwrap();
    let error = run(&["export", "--run", run_folder, "--out", arg(&folder.join("a.ssim"))], 4);
    assert!(error.error().contains("expected the data of the run; train:"), "{}", error.err);
}

#[test]
fn scores_belong_to_a_selector_and_to_rows() {
    let (base, others) = logs();
    let folder = base.folder.path();
    let (one, two) = (folder.join("one"), folder.join("two"));
    for (out, seed) in [(&one, "1"), (&two, "2")] {
        fit(&base.data, out, seed);
    }
    let part = |run_folder: &Path, data: &Path, shard: &str| {
        let to = folder.join(format!("scores-{}.parquet", shard.replace('/', "-")));
        let select = ["select", "--run", arg(run_folder), "--data", arg(data), "--shard", shard];
        run(&[&select[..], &["--out", arg(&to)]].concat(), 0);
        to
    };
    let list = folder.join("list.parquet");
    let put = |files: &[&Path], code: i32| {
        let start =
            ["select", "--run", arg(&one), "--by", "global", "--out", arg(&list), "--scores"];
        let files: Vec<&str> = files.iter().map(|path| arg(path)).collect();
        run(&[&start[..], &files].concat(), code)
    };
    let (first, second) = (part(&one, &base.data, "1/2"), part(&one, &base.data, "2/2"));
    put(&[&first, &second], 0);
    // The list says whose rows it has, although it was made of files of scores.
    let retrain = |data: &Path, code: i32| {
        let there = folder.join(format!("there-{code}"));
        let args = ["retrain", "--data", arg(data), "--shared", arg(&list), "--out", arg(&there)];
        run(&with(&args, &[]), code)
    };
    retrain(&base.data, 0);
    let relabelled = &others[1];
    assert!(retrain(&relabelled.data, 4).error().contains("the list was made for other rows"));

    let other = part(&one, &relabelled.data, "2/2");
    assert!(put(&[&first, &other], 4).error().contains("expected scores of the rows of"));
    let other = part(&two, &base.data, "2/2");
    assert!(put(&[&first, &other], 4).error().contains("those of another one"));
    // The same holds for the answers of `ssim score`.
    let answers = folder.join("answers.parquet");
    let raw = folder.join("raw.parquet");
    let column =
        |values: [&'static str; 2]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let columns = [("tab", ["home", "cart"]), ("user", ["1", "2"]), ("item", ["3", "4"])];
    let columns = columns.map(|(name, values)| (name, column(values)));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let to = File::create(&raw).unwrap();
    let mut writer = ArrowWriter::try_new(to, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let score = ["score", "--model", arg(&two), "--input", arg(&raw), "--format", "parquet"];
    run(&[&score[..], &["--output", arg(&answers)]].concat(), 0);
    assert!(put(&[&answers], 4).error().contains("those of another one"));
}

/// A split in several files is read whole, and a file that is missing is noticed.
#[test]
fn every_part_of_a_split_counts() {
    let (base, _) = logs();
    let train = base.data.join("train");
    let whole = run(&["doctor", arg(&base.data), "--json"], 0).out;
    let file = train.join("part-0.parquet");
    let rows = fs::read(&file).unwrap();
    fs::create_dir(train.join("more")).unwrap();
    fs::rename(&file, train.join("more/PART-7.PARQUET")).unwrap();
    fs::write(train.join("_SUCCESS"), "").unwrap();
    fs::write(train.join(".half.parquet"), &rows[..90]).unwrap();
    let same = run(&["doctor", arg(&base.data), "--json"], 0).out;
    let counts = |text: &str| text[..text.find("\"preparation\"").unwrap()].to_owned();
    assert_eq!(counts(&same), counts(&whole));
    fs::write(train.join("part-1.pq"), &rows).unwrap();
    let error = run(&["doctor", arg(&base.data)], 4);
    assert!(error.error().contains("train: expected 360 rows, got 720"), "{}", error.err);
    fs::remove_file(train.join("part-1.pq")).unwrap();
    fs::rename(base.data.join("val/part-0.parquet"), train.join("more/PART-7.PARQUET")).unwrap();
    let error = run(&["doctor", arg(&base.data)], 4);
    assert!(error.error().contains("train: expected 360 rows, got 120"), "{}", error.err);
}
