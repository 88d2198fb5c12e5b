//! Every record of a text file becomes a row, is named as left out, or ends the command; and rows
//! whose values a model has never seen are not scored in silence.

use ssim_tests::{arg, log, run};
use std::fs;
use std::path::{Path, PathBuf};

/// A log of 1000 rows with a text and a number, which may have any line end.
fn text(end: &str) -> String {
    let text = log::csv("user,price,tab,note,click", 1000, |i| {
        let (user, price, tab) = (i % 7, i % 11, ["home", "shop"][i % 2]);
        format!("u{user},{price},{tab},x,{}", u8::from(i * i % 5 == 1))
    });
    text.replace('\n', end)
}

fn schema() -> String {
    let number = "kind = \"numeric\"\nbuckets = \"quantile:5\"";
    log::schema(&[("user", ""), ("price", number)], log::BY_CHANCE)
}

/// Prepares [`text`] into `folder/data` and fits a model, `folder/run`.
fn fitted(folder: &Path, end: &str) -> [PathBuf; 3] {
    let data = log::prepared(folder, &text(end), &schema());
    let model = folder.join("run");
    let fit =
        ["fit", "--method", "ssim", "--data", arg(&data), "--preset", "demo", "--max-steps", "3"];
    run(&[&fit[..], &["--set", "train.batch=256", "--out", arg(&model)]].concat(), 0);
    [data, model, folder.join("new.csv")]
}

#[test]
fn what_prepare_refuses_score_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let [_, model, new] = fitted(folder.path(), "\n");
    let [schema, scores] = ["schema.toml", "scores.csv"].map(|name| folder.path().join(name));
    let refused = |text: &str, message: &str| {
        fs::write(&new, text).unwrap();
        let prepare = ["prepare", "table", "--schema", arg(&schema), "--dry-run"];
        let score = ["score", "--model", arg(&model), "--output", arg(&scores)];
        let message = format!("error: {}:{message}", new.display());
        for policy in ["fail", "skip"] {
            if policy == "skip" && !message.contains("quote") {
                continue;
            }
            let bad_rows = ["--on-error", policy];
            let told = run(&[&prepare[..], &["--raw", arg(&new)], &bad_rows].concat(), 4);
            assert_eq!(told.error(), message);
            let told = run(&[&score[..], &["--input", arg(&new)], &bad_rows].concat(), 4);
            assert_eq!(told.error(), message);
        }
        assert!(!scores.exists());
    };
    let noted = |notes: &[(usize, &str)]| {
        let text = text("\n");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (line, note) in notes {
            lines[line - 1] = lines[line - 1].replace(",x,", &format!(",{note},"));
        }
        lines.join("\n")
    };
    let open = "801:4: a quote that is not closed";
    refused(&noted(&[(801, "\"5 inch")]), open);
    refused(
        &noted(&[(801, "\"5 inch"), (811, "\"6 inch")]),
        "811:4: text after a closing quote (a closing quote must be followed by a comma or the end \
         of the line); the cell began on line 801",
    );
    for bad in ["abc", "1_000", "\"1,5\"", "NA", "inf", "1e400"] {
        let got = bad.trim_matches('"');
        let text = text("\n") + &format!("u1,{bad},home,x,0\n");
        let what = format!("expected a finite number or nothing, got \"{got}\"");
        refused(&text, &format!("1002:2: field \"price\": {what}"));
    }
}

#[test]
fn line_ends_of_old_macs_end_lines() {
    let folder = tempfile::tempdir().unwrap();
    let [data, model, new] = fitted(folder.path(), "\r");
    let [scores, list] = ["scores.csv", "list.parquet"].map(|name| folder.path().join(name));
    fs::write(&new, text("\r")).unwrap();
    run(&["score", "--model", arg(&model), "--input", arg(&new), "--output", arg(&scores)], 0);
    let scores = fs::read_to_string(&scores).unwrap();
    let rows = scores.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned());
    assert!(rows.eq((2..=1001).map(|row| row.to_string())));
    // The run's own list fits its data.
    let select = ["select", "--run", arg(&model), "--data", arg(&data), "--by", "global"];
    run(&[&select[..], &["--ratio", "0.5", "--out", arg(&list)]].concat(), 0);
    let again = folder.path().join("again");
    let retrain = ["retrain", "--data", arg(&data), "--shared", arg(&list), "--preset", "demo"];
    run(&[&retrain[..], &["--max-steps", "3", "--out", arg(&again)]].concat(), 0);
}

#[test]
fn prepare_says_how_many_records_it_has_read() {
    let folder = tempfile::tempdir().unwrap();
    let bad = text("\n") + "\n\"u1\n\",1,home,x,0\nu1,cheap,home,x,0\nu1,1,home\n\n";
    let [raw, schema] = log::write(folder.path(), &bad, &schema());
    let args = ["prepare", "table", "--raw", arg(&raw), "--schema", arg(&schema), "--dry-run"];
    let skip = [&args[..], &["--on-error", "skip"]].concat();
    let told = run(&skip, 0).out;
    let counts = "1 003 records read: 1 001 rows, 2 left out (rejects.csv lists 2)";
    assert!(told.ends_with(&format!("\n{counts}\n")), "{told}");
    let told = run(&[&skip[..], &["--json"]].concat(), 0).json();
    assert_eq!((&told["records"], &told["rejected"]), (&1003.into(), &2.into()));
}

#[test]
fn unseen_values_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let [data, model, new] = fitted(folder.path(), "\n");
    let list = folder.path().join("list.parquet");
    // Users are written in another way, and the last two of four rows have no known price.
    fs::write(&new, "user,price,tab\nU1,1,home\nU2,2,shop\nu3,,home\nU4,,shop\n").unwrap();
    let score = |args: &[&str]| {
        let score = ["score", "--model", arg(&model), "--input", arg(&new), "--output", "-"];
        run(&[&score[..], args].concat(), 0).err
    };
    let told = score(&[]);
    assert!(
        told.starts_with("4 rows scored\nunseen values: user 75.0 %, price 50.0 %\n"),
        "{told}"
    );
    assert!(told.contains("warning: field \"user\": 75.0 % of the values"), "{told}");
    assert!(!told.contains("field \"price\""), "50 % is the limit: {told}");
    assert!(!score(&["--max-unseen", "0.75"]).contains("warning"));
    assert!(score(&["--max-unseen", "0"]).contains("field \"price\""));
    let base = ["select", "--run", arg(&model), "--out", arg(&list), "--by", "global", "--json"];
    let select = |args: &[&str]| run(&[&base[..], args].concat(), 0);
    let told = select(&["--input", arg(&new)]);
    assert!(told.err.contains("warning: field \"user\""), "{}", told.err);
    let expected = serde_json::json!([
        { "field": "user", "share": 0.75 }, { "field": "price", "share": 0.5 }
    ]);
    assert_eq!(told.json()["unseen"], expected);
    let told = select(&["--data", arg(&data)]);
    assert!(told.err.contains("unseen values: none"), "{}", told.err);
    for bad in ["nan", "inf", "1e50"] {
        let base = ["select", "--run", arg(&model), "--data", arg(&data), "--out", arg(&list)];
        let told = run(&[&base[..], &["--threshold", bad]].concat(), 2).err;
        assert!(told.contains("expected a finite number"), "{told}");
    }
}
