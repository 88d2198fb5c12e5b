//! Prints data to standard output, and everything else to standard error.

use anyhow::Result;
use clap::ColorChoice;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a terminal may obey this character instead of showing it: a control character, or one
/// that turns the direction of the text around it. U+FFFE and U+FFFF are no characters at all.
fn obeyed(c: char) -> bool {
    let turns = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// The text with U+FFFD in place of every character that a terminal may obey, line breaks included.
/// Names in messages and tables come from people's files.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if obeyed(c) { '\u{fffd}' } else { c }).collect()
}

/// [`shown`], but with the line breaks of the text.
fn lines(text: &str) -> String {
    let kept = |c: char| !obeyed(c) || c == '\n' || c == '\t';
    text.chars().map(|c| if kept(c) { c } else { '\u{fffd}' }).collect()
}

/// Prints a text for people and a line end. Characters that a terminal may obey are replaced.
pub fn text(text: &str) -> Result<()> {
    raw(&lines(text))
}

/// Prints data and a line end. They are printed exactly as they are, unless standard output is a
/// terminal, which may obey some of their characters.
pub fn data(text: &str) -> Result<()> {
    if std::io::stdout().is_terminal() {
        return raw(&lines(text));
    }
    raw(text)
}

fn raw(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Prints data as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    data(&serde_json::to_string(value)?)
}

/// Whether notes are off: another process of the run prints them, or nobody wants them.
static MUTE: AtomicBool = AtomicBool::new(false);

/// Whether details are printed, too.
static MORE: AtomicBool = AtomicBool::new(false);

/// Turns details on.
pub fn tell_more() {
    MORE.store(true, Ordering::Relaxed);
}

/// Prints a detail, which most people do not need.
pub fn detail(text: &str) {
    if MORE.load(Ordering::Relaxed) {
        note(text);
    }
}

/// Whether the beginnings of messages are colored.
static PAINT: AtomicBool = AtomicBool::new(false);

/// Decides whether messages are colored.
pub fn paint(choice: ColorChoice) {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let paints = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => std::io::stderr().is_terminal() && !unwanted && !dumb,
    };
    PAINT.store(paints, Ordering::Relaxed);
}

/// The text with the word before its colon in red or yellow, if it is an error or a warning.
fn painted(text: String) -> String {
    for (word, color) in [("error", 31), ("warning", 33)] {
        if let Some(rest) = text.strip_prefix(word).filter(|rest| rest.starts_with(':')) {
            return format!("\u{1b}[1;{color}m{word}\u{1b}[0m{rest}");
        }
    }
    text
}

/// Turns notes off: from now on only errors are printed.
pub fn mute() {
    MUTE.store(true, Ordering::Relaxed);
}

/// Whether notes are printed on a terminal, so that progress can be drawn there.
pub fn draws() -> bool {
    !MUTE.load(Ordering::Relaxed) && std::io::stderr().is_terminal()
}

/// Whether a person sits at the terminal, who can be asked.
pub fn asks() -> bool {
    draws() && std::io::stdin().is_terminal()
}

/// Asks a person. Gives the answer without blanks around it, or nothing if it is empty.
pub fn ask(question: &str, word: &str) -> Option<String> {
    error(question);
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{word}: ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).ok()?;
    Some(answer.trim().to_owned()).filter(|answer| !answer.is_empty())
}

/// Prints a note for people. It is no failure if standard error is closed.
pub fn note(text: &str) {
    if !MUTE.load(Ordering::Relaxed) {
        error(text);
    }
}

/// Prints a message that people must see, even if notes are off. Characters that a terminal may obey
/// are replaced.
pub fn error(text: &str) {
    let text = lines(text);
    let text = if PAINT.load(Ordering::Relaxed) { painted(text) } else { text };
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::{lines, painted, shown};

    #[test]
    fn only_errors_and_warnings_have_a_color() {
        assert_eq!(painted("error: no".to_owned()), "\u{1b}[1;31merror\u{1b}[0m: no");
        assert_eq!(painted("warning: a".to_owned()), "\u{1b}[1;33mwarning\u{1b}[0m: a");
        assert_eq!(painted("errors are: 2".to_owned()), "errors are: 2");
    }

    #[test]
    fn a_terminal_obeys_no_name() {
        let name = "a\u{1b}[2J\u{9b}b\r\u{202e}c\n\td";
        assert_eq!(shown(name), "a\u{fffd}[2J\u{fffd}b\u{fffd}\u{fffd}c\u{fffd}\u{fffd}d");
        assert_eq!(lines(name), "a\u{fffd}[2J\u{fffd}b\u{fffd}\u{fffd}c\n\td");
        assert_eq!(shown("ä 商品 | & שלום"), "ä 商品 | & שלום");
    }
}
