//! Documentation says what a thing does in whole sentences. A line that begins with one of these
//! words is a riddle as a rule: it names the thing by what it is not told.

use crate::source::products;

const RIDDLES: [&str; 5] = ["What ", "Whose ", "Where ", "Who ", "That which "];

/// The numbers of a file's documentation lines that begin with such a word.
fn riddles(text: &str) -> Vec<usize> {
    let riddle = |line: &str| {
        let line = line.trim_start();
        let said = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        said.is_some_and(|said| RIDDLES.iter().any(|word| said.trim_start().starts_with(word)))
    };
    (1..).zip(text.lines()).filter(|(_, line)| riddle(line)).map(|(number, _)| number).collect()
}

#[test]
fn documentation_speaks_in_sentences() {
    let mut wrong = Vec::new();
    for source in products() {
        let lines: Vec<&str> = source.text.lines().collect();
        let found = riddles(&source.text).into_iter();
        wrong.extend(found.map(|n| format!("{}:{n}: {}", source.name, lines[n - 1].trim())));
    }
    assert!(
        wrong.is_empty(),
        "{} lines of documentation begin with {RIDDLES:?}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn riddles_are_found() {
    let text = "//! What it is.\n/// A sentence. What follows is fine.\nfn a() {} // What is this?\n\
                    /// Whose it is.\n/// Whatever\n";
    assert_eq!(riddles(text), [1, 4]);
}
