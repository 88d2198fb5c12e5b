//! Pictures for documents, which `plot --artifact` and `export --embed` write.

use ssim_tests::{arg, run};
use std::fs;
use std::path::{Path, PathBuf};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("static/demo.ssim")
}

/// A folder with the files of the built page that a live view needs.
fn page(folder: &Path) -> PathBuf {
    let web = folder.join("web");
    fs::create_dir(&web).unwrap();
    let live = [
        "embed.js",
        "view.html",
        "picture.js",
        "view.js",
        "view.css",
        "live_loader.js",
        "live.js",
        "live_bg.wasm",
    ];
    for name in live.into_iter().chain(["index.html"]) {
        fs::write(web.join(name), name).unwrap();
    }
    web
}

#[test]
fn a_picture_is_written_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let demo = demo();
    for view in ["map", "shares", "metrics", "curves", "matrix", "whatif"] {
        let out = folder.path().join(format!("{view}.svg"));
        let args = ["plot", view, "--artifact", arg(&demo), "--theme", "dark", "--out", arg(&out)];
        run(&args, 0);
        run(&[&args[..], &["--check"]].concat(), 0);
        let svg = fs::read_to_string(&out).unwrap();
        assert!(svg.contains("--paper:#121417") && !svg.contains("prefers-color-scheme"), "{view}");
    }
    let out = folder.path().join("map.svg");
    let check = ["plot", "map", "--artifact", arg(&demo), "--out", arg(&out), "--check"];
    let other = [&check[..], &["--theme", "dark", "--ratio", "0.2"]].concat();
    let told = run(&other, 1).err;
    assert!(told.contains("1 of 1 files are stale") && told.contains("map.svg:"), "{told}");
    let png = folder.path().join("map.png");
    run(&["plot", "map", "--artifact", arg(&demo), "--theme", "dark", "--out", arg(&png)], 0);
    assert!(fs::read(&png).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (demo, out) = (demo(), folder.path().join("a.svg"));
    let plot = |more: &[&str], code: i32| {
        run(
            &[&["plot", "whatif", "--artifact", arg(&demo), "--out", arg(&out)], more].concat(),
            code,
        )
        .error()
        .to_owned()
    };
    assert!(
        plot(&["--ratio", "30"], 2).contains("--ratio: expected a number from 0 to 1, got \"30\"")
    );
    assert!(
        plot(&["--metric", "f1"], 2).contains("--metric: expected one of auc, logloss, true_auc")
    );
    assert!(plot(&["--row", "6000"], 2).contains("row 6000: expected a place below 6000"));
    assert!(
        plot(&["--edits", "3"], 2).contains("--edits: expected the place of a field and an id")
    );
    let bad = folder.path().join("bad.ssim");
    fs::write(&bad, "no artifact").unwrap();
    assert!(
        run(&["plot", "map", "--artifact", arg(&bad), "--out", arg(&out)], 4)
            .error()
            .contains("bad.ssim")
    );
    assert!(!out.exists());
}

#[test]
fn a_folder_for_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let (web, live, demo) = (page(folder.path()), folder.path().join("live"), demo());
    let args = ["export", "--artifact", arg(&demo), "--embed", arg(&live), "--web", arg(&web)];
    let told = run(&[&args[..], &["--ratio", "0.3", "--json"]].concat(), 0).json();
    // Six views in two themes, seven files of the live view, two snippets, the artifact.
    assert_eq!(told["files"].as_array().unwrap().len(), 12 + 8 + 2 + 1);
    let text = |name: &str| fs::read_to_string(live.join(name)).unwrap();
    assert_eq!(fs::read(live.join("demo.ssim")).unwrap(), fs::read(&demo).unwrap());
    assert!(
        text("snippet.html")
            .contains("<ssim-view artifact=\"live/demo.ssim\" view=\"map\" ratio=\"0.3\">")
    );
    assert!(text("snippet.md").contains("srcset=\"live/shares-dark.svg\""));
    // The poster is the picture that `plot` draws of the same state.
    let out = folder.path().join("again.svg");
    run(
        &[
            "plot",
            "map",
            "--artifact",
            arg(&demo),
            "--ratio",
            "0.3",
            "--theme",
            "light",
            "--out",
            arg(&out),
        ],
        0,
    );
    assert_eq!(fs::read_to_string(out).unwrap(), text("map-light.svg"));

    let check = ["export", "--embed", arg(&live), "--check"];
    run(&check, 0);
    fs::write(live.join("map-light.svg"), text("map-light.svg").replacen("<text", "<txet", 1))
        .unwrap();
    fs::remove_file(live.join("curves-dark.svg")).unwrap();
    let told = run(&check, 1).err;
    assert!(told.contains("2 of 12 files are stale"), "{told}");
    assert!(told.contains("map-light.svg:") && told.contains("curves-dark.svg: missing"), "{told}");
    run(&[&args[..], &["--ratio", "0.3"]].concat(), 0);
    run(&check, 0);
}

#[test]
fn a_folder_needs_a_run_or_an_artifact_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let (live, demo) = (folder.path().join("live"), demo());
    let error = run(&["export", "--artifact", arg(&demo), "--embed", arg(&live)], 2);
    assert!(error.error().contains("SSIM_WEB_DIST"));
    assert!(!live.exists());
    run(&["export", "--embed", arg(&live)], 2);
    run(&["export", "--check"], 2);
    let error = run(&["export", "--embed", arg(&live), "--check"], 4);
    assert!(error.error().contains("embed.json"));
}
