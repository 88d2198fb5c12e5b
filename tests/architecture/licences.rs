//! Licences, versions and sources of all packages, compared with `deny.toml`. cargo-deny reads the
//! same file (`cargo xtask test deny`) and knows more, but takes minutes to install.

use crate::source::root;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

fn read(file: &str) -> toml::Table {
    fs::read_to_string(root().join(file)).unwrap().parse().unwrap()
}

/// The texts of a list in `deny.toml`.
fn allowed(rules: &toml::Table, section: &str, list: &str) -> Vec<String> {
    let entries = rules[section][list].as_array().unwrap().iter();
    entries.map(|entry| entry.as_str().unwrap().to_owned()).collect()
}

/// Whether a package may be used when these licences are allowed: `MIT`, `A OR B`, `A AND (B OR
/// C)`, and `A/B`, which older packages write for `A OR B`.
fn permits(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let permitted = either(&mut rest, allowed);
    assert!(rest.is_empty(), "{expression}: expected a licence expression, got {rest:?}");
    permitted
}

fn either(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut permitted = both(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        permitted |= both(words, allowed);
    }
    permitted
}

fn both(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut permitted = one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        permitted &= one(words, allowed);
    }
    permitted
}

fn one(words: &mut &[&str], allowed: &[String]) -> bool {
    let (name, rest) = match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let permitted = either(words, allowed);
            let [")", rest @ ..] = *words else { panic!("expected `)`, got {words:?}") };
            *words = rest;
            return permitted;
        }
        [licence, "WITH", exception, rest @ ..] => (format!("{licence} WITH {exception}"), rest),
        [licence, rest @ ..] => ((*licence).to_owned(), rest),
        [] => panic!("expected a licence, got the end"),
    };
    *words = rest;
    allowed.contains(&name)
}

/// Every version in Cargo.lock but the newest of its package, as `name@version`.
fn older(lock: &toml::Table) -> BTreeSet<String> {
    let mut packages: BTreeMap<&str, BTreeMap<Vec<u64>, &str>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        // The text after a plus does not make another version.
        let version = package["version"].as_str().unwrap().split('+').next().unwrap();
        let numbers = version.split(['.', '-']).map_while(|number| number.parse().ok());
        let versions = packages.entry(package["name"].as_str().unwrap()).or_default();
        versions.insert(numbers.collect(), version);
    }
    let mut older = BTreeSet::new();
    for (name, mut versions) in packages {
        versions.pop_last();
        older.extend(versions.values().map(|version| format!("{name}@{version}")));
    }
    older
}

#[test]
fn every_licence_is_allowed() {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--offline", "--locked", "--all-features", "--format-version", "1"]);
    let output = cargo.current_dir(root()).output().unwrap();
    // Building fetches the packages of one target; here their manifests are read for all targets.
    assert!(
        output.status.success(),
        "run `cargo fetch --locked` once (cargo xtask test unit does):\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed = allowed(&read("deny.toml"), "licenses", "allow");
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        // `publish = false` is an empty list of registries.
        let private = package["source"].is_null() && package["publish"] == serde_json::json!([]);
        let licence = package["license"].as_str();
        if !private && !licence.is_some_and(|licence| permits(licence, &allowed)) {
            wrong.push(format!("{} {}: {licence:?}", package["name"], package["version"]));
        }
    }
    assert!(wrong.is_empty(), "licences that deny.toml does not allow:\n{}", wrong.join("\n"));
}

#[test]
fn every_second_version_is_known() {
    let rules = read("deny.toml");
    let skipped = rules["bans"]["skip"].as_array().unwrap().iter();
    let known: BTreeSet<String> =
        skipped.map(|entry| entry["crate"].as_str().unwrap().to_owned()).collect();
    let found = older(&read("Cargo.lock"));
    let new: Vec<&String> = found.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "deny.toml, [bans] skip: add {new:?} with the package that needs it, and remove {gone:?}"
    );
}

#[test]
fn every_package_comes_from_a_known_registry() {
    let known = allowed(&read("deny.toml"), "sources", "allow-registry");
    let lock = read("Cargo.lock");
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 100, "Cargo.lock lists the packages");
    for package in packages {
        // The workspace's own packages have a path, and Cargo.lock names no source for a path.
        let Some(source) = package.get("source").and_then(|source| source.as_str()) else {
            let name = package["name"].as_str().unwrap();
            assert!(name.starts_with("ssim-") || name == "xtask", "{name}: a path from elsewhere");
            continue;
        };
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        assert!(known.iter().any(|known| known == registry), "{package} comes from {source}");
    }
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(GPL-3.0 OR MIT) AND Zlib", true),
        ("GPL-3.0 OR MIT AND Zlib", true),
        ("MIT AND GPL-3.0 OR GPL-2.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
    ] {
        assert_eq!(permits(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn older_versions_are_found_by_number() {
    let lock = "[[package]]\nname = \"a\"\nversion = \"0.9.1\"\n[[package]]\nname = \"a\"\n\
                version = \"0.10.0+1.2\"\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n";
    assert_eq!(older(&lock.parse().unwrap()), BTreeSet::from(["a@0.9.1".to_owned()]));
}
