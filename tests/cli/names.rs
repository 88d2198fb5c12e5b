//! Names from a log are text in everything that the program prints and writes, whatever characters
//! they have.

use ssim_tests::{SMALL, arg, log, run};
use std::fs;

/// Names of scenarios that a terminal, XML, LaTeX or Markdown would read as something else.
const NAMES: [&str; 4] =
    ["a\u{ffff}\u{fffe}\u{b}", "\u{1b}[31m|\u{9b}2J", "<i>&\\x_%$ | b", "l\nm\u{202e}n"];

/// Characters that must not reach a terminal.
fn obeyed(c: char) -> bool {
    (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)
}

/// Whether the text is one element of XML: tags are closed in their order, and every character is one
/// that XML has.
fn well_formed(text: &str) -> bool {
    let allowed = |c: char| c == '\n' || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    let mut open = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((tag, after)) = after.split_once('>') else { return false };
        if !before
            .split('&')
            .skip(1)
            .all(|e| ["amp;", "lt;", "gt;", "quot;"].iter().any(|k| e.starts_with(k)))
        {
            return false;
        }
        match tag.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => return false,
            None if !tag.ends_with('/') => open.push(tag.split(' ').next().unwrap_or(tag)),
            _ => {}
        }
        rest = after;
    }
    open.is_empty() && rest.trim().is_empty() && text.chars().all(allowed)
}

#[test]
fn names_are_text_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = log::csv("user,item,tab,click", 2000, |i| {
        format!("u{},{},\"{}\",{}", i % 7, i % 11, NAMES[i % 4], u8::from(i * i % 5 == 1))
    });
    let schema = log::schema(&log::USER_AND_ITEM, log::BY_CHANCE);
    let data = log::prepared(folder.path(), &text, &schema);
    let out = at("run");
    let fit = [&["fit", "--method", "ssim", "--data", arg(&data), "--out", arg(&out)], &SMALL[..]]
        .concat();
    let printed = run(&fit, 0);
    assert!(
        !printed.out.chars().any(obeyed) && !printed.err.chars().any(obeyed),
        "{}",
        printed.out
    );
    assert!(printed.out.contains("<i>&\\x_%$ | b"), "{}", printed.out);
    // A message, too.
    let error = run(&["doctor", "no\u{1b}[2J\r\u{9b}such"], 4).err;
    assert!(!error.chars().any(obeyed), "{error:?}");
    for view in ["shares", "metrics", "map", "curves"] {
        let svg = at("picture.svg");
        run(&["plot", view, "--run", arg(&out), "--out", arg(&svg)], 0);
        let text = fs::read_to_string(&svg).unwrap();
        assert!(well_formed(&text), "{view}: {text}");
    }
    // The renderer of PNGs reads XML strictly.
    run(&["plot", "shares", "--run", arg(&out), "--out", arg(&at("picture.png"))], 0);

    let plan = at("plan.toml");
    let title = "title = \"a\\n\\\\input{x} | <b>\"\nseeds = 1\n[[system]]\nname = \"mt\"\nmethod = \"mt\"\n";
    fs::write(&plan, title).unwrap();
    let compare = at("compare");
    let args = ["compare", arg(&plan), "--data", arg(&data), "--out", arg(&compare)];
    let printed = run(&[&args[..], &SMALL[..]].concat(), 0);
    assert!(!printed.out.chars().any(obeyed), "{}", printed.out);
    let file = |name: &str| fs::read_to_string(compare.join(name)).unwrap();
    assert!(well_formed(&file("compare.svg")));
    let text = file("compare.md");
    assert!(!text.chars().any(obeyed), "{text}");
    // A bar in a name is escaped, so every row of a table has as many cells as its head.
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut head = None;
    for line in text.lines() {
        head = line.starts_with('|').then(|| *head.get_or_insert(bars(line)));
        assert!(head.is_none_or(|n| bars(line) == n), "{line}");
    }
    let tex = file("compare.tex");
    assert!(tex.starts_with("% a\u{fffd}\\input{x} | <b>\n"), "{tex}");
    assert!(
        tex.contains("\\textless{}i\\textgreater{}\\&\\textbackslash{}x\\_\\%\\$ \\textbar{} b"),
        "{tex}"
    );
}
