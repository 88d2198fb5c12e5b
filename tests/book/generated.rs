//! Chapters that the program writes, and pictures that it draws of the demo, are up to date.

use crate::chapter::docs;
use ssim_tests::{arg, run};
use std::fs;
use std::path::Path;

fn is_current(chapter: &str) {
    let file = format!("{chapter}.md");
    let written = fs::read_to_string(docs().join(&file)).unwrap();
    let current = run(&["reference", chapter], 0).out;
    assert!(written == current, "docs/{file} is out of date: cargo xtask book writes it anew");
}

#[test]
fn the_list_of_commands_is_current() {
    is_current("commands");
}

#[test]
fn the_list_of_settings_is_current() {
    is_current("settings");
}

#[test]
fn every_setting_is_explained() {
    let listed = run(&["reference", "settings"], 0).out;
    let config: toml::Table = run(&["config"], 0).out.parse().unwrap();
    for (section, settings) in &config {
        assert!(listed.contains(&format!("\n## `[{section}]`\n\n")), "{section}");
        for key in settings.as_table().unwrap().keys() {
            let line = listed.lines().find(|l| l.starts_with(&format!("| `{section}.{key}` | ")));
            let about = line.and_then(|l| l.split(" | ").nth(2)).unwrap_or_default();
            assert!(about.len() > 5, "{section}.{key}: {line:?}");
        }
    }
}

/// Asks the program whether the file is the picture that the tag describes. A reader sees the file
/// until the live picture takes its place.
fn is_poster(tag: &str, picture: &Path) {
    let attribute = |name: &str| {
        let (_, value) = tag.split_once(&format!(" {name}=\""))?;
        value.split('"').next()
    };
    let demo = docs().join("../static/demo.ssim");
    let mut args = vec!["plot", attribute("view").unwrap(), "--artifact", arg(&demo), "--check"];
    let choices = [("ratio", "--ratio"), ("metric", "--metric"), ("curve", "--curve")];
    for (name, flag) in choices {
        args.extend(attribute(name).map(|value| [flag, value]).into_iter().flatten());
    }
    args.extend(["--out", arg(picture)]);
    // If this fails, `cargo xtask book` draws the picture again.
    run(&args, 0);
}

#[test]
fn posters_are_the_live_pictures() {
    let (mut chapters, mut libraries) = (0, 0);
    for file in crate::FILES {
        let text = fs::read_to_string(docs().join(file)).unwrap();
        for view in text.split("<ssim-view artifact=\"page/demo.ssim\"").skip(1) {
            let (tag, inside) = view.split_once('>').unwrap();
            let image = inside.split_once("<img src=\"").unwrap().1.split('"').next().unwrap();
            is_poster(tag, &docs().join(image));
            chapters += 1;
        }
    }
    for library in ["core", "data", "figure", "train", "viz"] {
        let folder = docs().join("../crates").join(library);
        let text = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        for view in text.split("<ssim-view artifact=\"../../page/demo.ssim\"").skip(1) {
            is_poster(view.split('>').next().unwrap(), &folder.join("figure.svg"));
            libraries += 1;
        }
    }
    assert!(chapters >= 7 && libraries == 5, "{chapters} in chapters, {libraries} in libraries");
}
