//! The report of a run as one HTML file.

use ssim_tests::{arg, run};
use std::fs;
use std::path::{Path, PathBuf};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("static/demo.ssim")
}

/// A folder with the files of the built page that a report takes.
fn page(folder: &Path) -> PathBuf {
    let web = folder.join("web");
    fs::create_dir(&web).unwrap();
    for name in ["index.html", "picture.js", "report.js", "live.js", "live_bg.wasm"] {
        fs::write(web.join(name), format!("/* {name} */")).unwrap();
    }
    web
}

/// Checks that a browser finds nothing to fetch in a report, and that its policy forbids it.
fn stands_alone(html: &str) {
    for reference in [" src=", "href=\"http", "href=\"/", "url(", "@import", "srcset="] {
        assert!(!html.contains(reference), "{reference}");
    }
    assert!(html.contains("content=\"default-src 'none'; script-src 'wasm-unsafe-eval' 'sha256-"));
    assert!(!html.contains("'unsafe-inline'"));
}

#[test]
fn an_artifact_becomes_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let (demo, out) = (demo(), folder.path().join("report.html"));
    let export = ["export", "--artifact", arg(&demo), "--html", arg(&out)];
    let printed = run(&export, 0);
    assert!(printed.err.contains("cargo install --path native --features page"), "{}", printed.err);
    let html = fs::read_to_string(&out).unwrap();
    stands_alone(&html);
    assert_eq!(html.matches("<figure>").count(), 6);
    assert!(html.contains("<h1>ssim on synthetic</h1>") && html.contains("has no page inside"));
    assert!(!html.contains("application/gzip"));

    let web = page(folder.path());
    let live = [&export[..], &["--web", arg(&web), "--view", "map", "--ratio", "0.2"]].concat();
    assert_eq!(run(&live, 0).err, "");
    let html = fs::read_to_string(&out).unwrap();
    stands_alone(&html);
    assert!(html.contains("<figure data-state=\"view=map&amp;ratio=0.2\">"));
    for part in
        ["id=\"numbers\"", "id=\"worker\"", "id=\"program\"", "/* picture.js *//* report.js */"]
    {
        assert!(html.contains(part), "{part}");
    }
    fs::remove_file(web.join("report.js")).unwrap();
    assert!(run(&live, 2).error().contains("expected a page of this version with report.js"));
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report.html");
    let demo = demo();
    let error = |args: &[&str]| run(&[&["export"], args].concat(), 2).err;
    assert!(error(&["--html", arg(&out)]).contains("--run"));
    assert!(error(&["--artifact", arg(&demo)]).contains("--html"));
    let choice = ["--artifact", arg(&demo), "--html", arg(&out), "--ratio", "30"];
    assert!(error(&choice).contains("--ratio: expected a number from 0 to 1"));
    let row = ["--artifact", arg(&demo), "--html", arg(&out), "--row", "6000"];
    assert!(error(&row).contains("row 6000"));
    assert!(!out.exists());
}

#[test]
fn a_run_with_copies_of_the_model_has_a_report_without_rows() {
    let folder = tempfile::tempdir().unwrap();
    let [data, copies, out] = ["data", "run", "report.html"].map(|name| folder.path().join(name));
    run(&["prepare", "synthetic", "--rows", "5000", "--out", arg(&data)], 0);
    let fit = ["fit", "--data", arg(&data), "--method", "finetune", "--preset", "demo"];
    let small = ["--set", "model.mlp=[8]", "--set", "retrain.max_epochs=1", "--out", arg(&copies)];
    run(&[&fit[..], &small].concat(), 0);
    let printed = run(&["export", "--run", arg(&copies), "--html", arg(&out)], 0);
    assert!(printed.err.contains("a copy of the model per scenario"), "{}", printed.err);
    let html = fs::read_to_string(&out).unwrap();
    stands_alone(&html);
    assert!(html.contains("a copy of the model per scenario"));
    assert_eq!(html.matches("<figure>").count(), 2);
    assert!(html.contains("<td>1</td>"), "a table of scenarios");
}

/// Rows without a share score lie by their embeddings, and clicked ones are filled.
#[test]
fn a_run_without_a_selector_has_a_map() {
    let folder = tempfile::tempdir().unwrap();
    let [data, fitted] = ["data", "run"].map(|name| folder.path().join(name));
    run(&["prepare", "synthetic", "--rows", "5000", "--out", arg(&data)], 0);
    for method in ["st", "mt"] {
        let out = folder.path().join(format!("{method}.html"));
        let to = fitted.join(method);
        let fit = ["fit", "--data", arg(&data), "--method", method, "--preset", "demo"];
        let small = ["--set", "model.mlp=[8]", "--max-steps", "6", "--out", arg(&to)];
        run(&[&fit[..], &small].concat(), 0);
        run(&["export", "--run", arg(&to), "--html", arg(&out)], 0);
        let html = fs::read_to_string(&out).unwrap();
        stands_alone(&html);
        for part in ["similar ones lie near each other", "clicked / all", "t-SNE, first axis"] {
            assert!(html.contains(part), "{method}: {part}");
        }
        assert!(!html.contains("There is no map") && !html.contains("NaN"), "{method}");
    }
}
