//! Chapters that the program writes about itself.

use crate::chapter::docs;
use ssim_tests::run;
use std::fs;

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
