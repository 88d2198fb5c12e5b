//! Mistakes of people who are new to the program: each gets an answer that says what is wrong, and
//! what to do. The answers are stored, and whoever changes one reads it again.

mod logs;
mod order;
mod places;
mod scene;
mod values;
mod words;

use scene::Scene;

/// One mistake: its name, the exit code, and the line that is typed.
type Mistake = (&'static str, i32, &'static str);

const GROUPS: [(&str, &[Mistake]); 5] = [
    ("words", words::MISTAKES),
    ("values", values::MISTAKES),
    ("places", places::MISTAKES),
    ("order", order::MISTAKES),
    ("logs", logs::MISTAKES),
];

#[test]
fn every_mistake_has_an_answer_that_helps() {
    let scene = Scene::new();
    let mut before = scene.files();
    let mut wrong = Vec::new();
    for (group, mistakes) in GROUPS {
        let mut told = String::new();
        for (name, expected, line) in mistakes {
            let (code, answer) = scene.types(line);
            told += &format!("# {name}\n$ {line}\n{answer}exit code {code}\n\n");
            if code != *expected {
                wrong.push(format!("{line}: expected exit code {expected}, got {code}"));
            }
            if answer.contains("panicked") {
                wrong.push(format!("{line}: panics"));
            }
            let left: Vec<_> = scene.files().symmetric_difference(&before).cloned().collect();
            if let Some((first, ..)) = left.first() {
                wrong.push(format!("{line}: changes {} files, the first is {first}", left.len()));
                before = scene.files();
            }
        }
        insta::assert_snapshot!(format!("mistakes_{group}"), told);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_enough_mistakes() {
    let mut lines: Vec<&str> = GROUPS.iter().flat_map(|g| g.1.iter().map(|m| m.2)).collect();
    let all = lines.len();
    lines.sort_unstable();
    lines.dedup();
    assert!(all >= 105 && lines.len() == all, "{all} mistakes, {} of them differ", lines.len());
}
