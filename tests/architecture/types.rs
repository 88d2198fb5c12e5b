//! A public type's name is found once in the whole family of crates, so that a reader who meets it
//! knows which type is meant.

use crate::source::{Scan, name_at, products};
use std::collections::BTreeMap;

/// Names that more than one crate gives to a type of its own, and the reason.
const ALLOWED: [(&str, &str); 2] = [
    ("Error", "every library has an error of its own, and names it as Rust programs do"),
    ("Result", "every library has a result with its own error"),
];

const KINDS: [&str; 5] = ["struct", "enum", "trait", "type", "union"];

/// The names of a file's public types, with their lines. A type that is written once for each of
/// several targets counts once.
fn public_types(text: &str) -> BTreeMap<String, usize> {
    let scan = Scan::without_tests(text);
    let mut types = BTreeMap::new();
    for at in scan.words("pub") {
        let mut words = scan.code[at..].split_ascii_whitespace();
        if words.next() != Some("pub") {
            continue; // as in `pub(crate)`
        }
        let mut kind = words.next().unwrap_or_default();
        if kind == "unsafe" {
            kind = words.next().unwrap_or_default();
        }
        let name = name_at(words.next().unwrap_or_default(), 0);
        if KINDS.contains(&kind) && !name.is_empty() {
            types.entry(name.to_owned()).or_insert_with(|| scan.line(at));
        }
    }
    types
}

#[test]
fn names_of_public_types_are_unique() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in products() {
        for (name, line) in public_types(&source.text) {
            places.entry(name).or_default().push(format!("{}:{line}", source.name));
        }
    }
    places.retain(|_, places| places.len() > 1);
    let unneeded = ALLOWED.iter().filter(|(name, _)| !places.contains_key(*name));
    let mut wrong: Vec<String> = unneeded
        .map(|(name, _)| format!("{name} is allowed twice, and there are no two"))
        .collect();
    places.retain(|name, _| !ALLOWED.iter().any(|(allowed, _)| allowed == name));
    wrong.extend(places.iter().map(|(name, places)| format!("{name}: {}", places.join(", "))));
    assert!(
        wrong.is_empty(),
        "{} names of several public types (rename, or add to ALLOWED with a reason):\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn public_types_are_found() {
    let text = "pub struct A<T>(T);\npub(crate) struct B;\n/// pub enum C {}\npub enum D {}\nstruct E;\n\
                pub fn f() {}\npub unsafe trait G {}\npub type H = u8;\npub union I { a: u8 }\n\
                #[cfg(unix)]\npub struct J;\n#[cfg(windows)]\npub struct J;\n";
    let found = public_types(text);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["A", "D", "G", "H", "I", "J"]);
    assert_eq!(found["D"], 4);
}
