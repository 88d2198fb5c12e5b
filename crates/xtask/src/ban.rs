//! The canary: a test that clippy catches every call on the libraries' ban list.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{place, run};

/// Lints `examples/canary.rs`, which is in `crates/` like the libraries and so under the same list.
/// It uses every banned path once, and clippy must report each.
///
/// # Errors
/// Names the paths that clippy did not report.
pub fn test() -> Result<()> {
    let list = place::root().join("crates/clippy.toml");
    let list = fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
    let banned = paths(&list);
    if banned.is_empty() {
        bail!("crates/clippy.toml bans nothing");
    }
    let mut clippy = run::cargo()?;
    clippy.args([
        "clippy",
        "--quiet",
        "--package",
        "xtask",
        "--example",
        "canary",
        "--features",
        "canary",
        "--message-format=json",
    ]);
    let output = clippy.output().context("starting cargo clippy")?;
    let mut messages: Vec<String> =
        String::from_utf8_lossy(&output.stdout).lines().filter_map(diagnostic).collect();
    messages.retain(|message| {
        message.contains("use of a disallowed") || message.contains("use of `println!`")
    });

    let mut missed = Vec::new();
    for path in banned {
        if !messages.iter().any(|message| message.contains(&format!("`{path}`"))) {
            missed.push(path);
        }
    }
    if !messages.iter().any(|message| message.contains("use of `println!`")) {
        missed.push("println!");
    }
    if !missed.is_empty() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        bail!(
            "clippy let these through in crates/xtask/examples/canary.rs (used there at all?): {}",
            missed.join(", ")
        );
    }
    eprintln!("{} uses of what libraries may not touch, each caught", messages.len());
    Ok(())
}

/// The values of `path = "…"` in the ban list.
fn paths(list: &str) -> BTreeSet<&str> {
    list.split("path = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The text of a compiler's message; `None` for the other messages of cargo.
fn diagnostic(line: &str) -> Option<String> {
    let message: Value = serde_json::from_str(line).ok()?;
    Some(message.get("message")?.get("message")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_read_from_the_list() {
        let list = "a = [ { path = \"b::C\", reason = \"d\" },\n { path = \"e::f\" } ]";
        assert_eq!(super::paths(list).into_iter().collect::<Vec<_>>(), ["b::C", "e::f"]);
    }
}
