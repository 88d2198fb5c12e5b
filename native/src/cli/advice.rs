//! Adds a tip to the answer for a line that cannot be parsed: the word of this program for a word of
//! another, or the place where a word belongs.

use super::others::{COMMANDS, OPTIONS, SENTENCES};
use crate::files::wanted::InputKind;
use crate::settings::config;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use std::ffi::OsString;
use std::path::Path;

/// Options that have to be there, and the commands that make their values.
const ORIGINS: [(&str, InputKind); 4] = [
    ("--data ", InputKind::Data),
    ("--run ", InputKind::Run),
    ("--shared ", InputKind::List),
    ("--schema ", InputKind::Schema),
];

/// Adds tips to an error, where there is something to say.
pub fn added(mut error: Error, program: &Command, line: &[OsString]) -> Error {
    let line: Vec<&str> = line.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let (mut command, mut first) = (program, 0);
    for (at, word) in line.iter().enumerate() {
        if let Some(called) = command.find_subcommand(word) {
            (command, first) = (called, at);
        }
    }
    let typed = Typed { program, command, line: &line, first };
    let texts = |kind| texts(&error, kind);
    let (kind, tips) = match error.kind() {
        ErrorKind::InvalidSubcommand => (
            ContextKind::SuggestedSubcommand,
            each(texts(ContextKind::InvalidSubcommand), |word| typed.subcommand(word)),
        ),
        ErrorKind::UnknownArgument => (
            ContextKind::SuggestedArg,
            each(texts(ContextKind::InvalidArg), |word| typed.argument(word)),
        ),
        ErrorKind::MissingRequiredArgument => (
            ContextKind::SuggestedArg,
            each(texts(ContextKind::InvalidArg), |arg| typed.missing(arg)),
        ),
        ErrorKind::InvalidValue => {
            let known = texts(ContextKind::ValidValue);
            let near = |word: &str| config::closest(&word.to_lowercase(), &known, 3);
            let tip = |word: &str| Some(format!("a similar value is '{}'", near(word)?));
            (ContextKind::SuggestedValue, each(texts(ContextKind::InvalidValue), tip))
        }
        _ => return error,
    };
    // The values that clap finds have often little in common with the word.
    if !tips.is_empty() || kind == ContextKind::SuggestedValue {
        error.remove(kind);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

/// The words of an error that say one thing about it.
fn texts(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

fn each(words: Vec<String>, tip: impl Fn(&str) -> Option<String>) -> Vec<StyledStr> {
    words.iter().filter_map(|word| tip(word)).map(StyledStr::from).collect()
}

/// The words of a line.
struct Typed<'a> {
    program: &'a Command,
    /// The command that the line calls.
    command: &'a Command,
    line: &'a [&'a str],
    /// The place of the command's name.
    first: usize,
}

impl Typed<'_> {
    /// The tip for a word where a command is expected.
    fn subcommand(&self, word: &str) -> Option<String> {
        if Path::new(word).exists() {
            return Some(match self.command.find_subcommand("table") {
                Some(_) => {
                    format!("the kind of log comes first: ssim prepare table --input {word}")
                }
                None => format!("a command comes first, such as: ssim run {word} --out report"),
            });
        }
        let names = self.command.get_subcommands().filter(|c| !c.is_hide_set());
        let names = names.map(Command::get_name);
        let others = COMMANDS.iter().flat_map(|(others, _)| others.iter().copied());
        let near = config::closest(&word.to_lowercase(), names.chain(others), 2)?;
        let ours = COMMANDS.iter().find(|(others, _)| others.contains(&near.as_str()));
        let ours = ours.map(|(_, ours)| (*ours).to_owned());
        let full = || match std::ptr::eq(self.command, self.program) {
            true => format!("ssim {near}"),
            false => format!("ssim {} {near}", self.command.get_name()),
        };
        Some(format!("the command for this is: {}", ours.unwrap_or_else(full)))
    }

    /// The tip for an option that the command does not have, or for a word without one.
    fn argument(&self, word: &str) -> Option<String> {
        let dashes = ['-', '—', '–'];
        let at = self.line.iter().position(|typed| typed.starts_with(word)).unwrap_or(0);
        if !word.starts_with(dashes) {
            return self.unnamed(word, at);
        }
        let whole = self.line.get(at).map_or(word, |typed| typed.split('=').next().unwrap_or(word));
        let name = whole.trim_start_matches(dashes).to_lowercase().replace('_', "-");
        if at < self.first && self.has(&name) {
            return Some(format!(
                "options stand after the command: ssim {} --{name} …",
                self.command.get_name()
            ));
        }
        if self.has(&name) {
            return Some(format!("write it with small letters and two dashes: --{name}"));
        }
        let of = |others: &[&str]| others.contains(&name.as_str());
        if let Some((_, sentence)) = SENTENCES.iter().find(|(others, _)| of(others)) {
            return Some((*sentence).to_owned());
        }
        let ours =
            OPTIONS.iter().filter(|(others, _)| of(others)).flat_map(|(_, ours)| ours.iter());
        let told = |ours: &&str| {
            if self.has(ours) {
                return Some(format!("the option for this is: --{ours}"));
            }
            let place = self.command.get_positionals().find(|arg| arg.get_id() == *ours)?;
            Some(format!("it stands without an option: ssim {} {place}", self.command.get_name()))
        };
        ours.filter_map(told).next().or_else(|| self.setting(&name))
    }

    /// The tip for an argument that has to be there.
    fn missing(&self, name: &str) -> Option<String> {
        if name.starts_with("<--") {
            return Some("one of them is enough".to_owned());
        }
        let positional = self.command.get_positionals().find(|arg| arg.to_string() == name);
        let values = positional.map(clap::Arg::get_possible_values).unwrap_or_default();
        if !values.is_empty() {
            let values: Vec<_> = values.iter().map(|value| value.get_name()).collect();
            return Some(format!("{name} is one of {}", values.join(", ")));
        }
        let found = ORIGINS.iter().find(|(option, _)| name.starts_with(option));
        found.map(|(option, kind)| format!("{option}names {}; {}", kind.name(), kind.origin()))
    }

    fn has(&self, name: &str) -> bool {
        self.command.get_arguments().any(|arg| arg.get_long() == Some(name))
    }

    /// The settings that an option means.
    fn setting(&self, name: &str) -> Option<String> {
        let settings = if self.has("set") { config::called(name) } else { Vec::new() };
        let lines: Vec<_> =
            settings.iter().map(|setting| format!("--set {setting}=VALUE")).collect();
        (!lines.is_empty()).then(|| format!("it is a setting: {}", lines.join(" or ")))
    }

    /// The tip for a word that no option stands before.
    fn unnamed(&self, word: &str, at: usize) -> Option<String> {
        let before =
            at.checked_sub(2).and_then(|at| self.line.get(at)).copied().unwrap_or_default();
        let value = at.checked_sub(1).and_then(|at| self.line.get(at)).copied().unwrap_or_default();
        let option = self.command.get_arguments().find(|arg| {
            arg.get_action().takes_values() && before.strip_prefix("--") == arg.get_long()
        });
        if before == "--set" {
            let key = value.split('=').next().unwrap_or_default();
            return Some(format!("a setting is one word without blanks: --set {key}=VALUE"));
        }
        if let Some(option) = option.filter(|arg| arg.get_long().is_some()) {
            return Some(match option.get_value_delimiter() {
                Some(delimiter) => format!("several values: {before} {value}{delimiter}{word}"),
                None => format!("{before} takes one value, which is '{value}' already"),
            });
        }
        let required = self.command.get_arguments().filter(|arg| {
            arg.is_required_set() || ["data", "run", "raw"].contains(&arg.get_id().as_str())
        });
        let named: Vec<_> =
            required.filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
        (!named.is_empty()).then(|| format!("paths stand after options: {}", named.join(", ")))
    }
}
