//! Adds to the answer for a line that cannot be parsed the word of this program for a word of another.

use crate::settings::config;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use std::ffi::OsString;

/// Commands of other programs, and the words to write here.
const COMMANDS: [(&[&str], &str); 9] = [
    (&["train", "trian", "learn"], "ssim fit"),
    (&["predict", "infer", "inference"], "ssim score"),
    (&["eval", "test", "validate", "metrics"], "ssim evaluate"),
    (&["import", "convert", "preprocess", "split", "load"], "ssim prepare"),
    (&["tune", "benchmark", "experiment", "grid"], "ssim compare"),
    (&["show", "view", "ui", "web", "page", "open"], "ssim serve"),
    (&["check", "inspect", "stats", "describe", "info"], "ssim doctor"),
    (&["auto", "start", "all"], "ssim run"),
    (&["version"], "ssim --version"),
];

/// Options of other programs and of other commands, and the option here. The first that the command has
/// is told.
const OPTIONS: [(&[&str], &[&str]); 9] = [
    (&["gpu", "cuda", "use-cuda"], &["device"]),
    (&["o", "output", "output-dir", "out-dir", "dest", "save"], &["out"]),
    (&["d", "dataset", "train-data", "input", "data", "raw"], &["data", "raw", "input"]),
    (&["workers", "num-workers", "n-jobs", "cores", "j", "jobs"], &["threads"]),
    (&["random-state", "random-seed"], &["seed"]),
    (&["c", "conf", "settings"], &["config"]),
    (&["m", "model", "run", "checkpoint"], &["model", "run", "backbone"]),
    (&["f", "fmt", "type"], &["format", "to"]),
    (&["overwrite", "force", "continue", "restart"], &["resume"]),
];

/// Adds a tip to the error where one of the tables has the word that nobody knows.
pub fn added(mut error: Error, program: &Command, line: &[OsString]) -> Error {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    };
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            word(ContextKind::InvalidSubcommand).and_then(|word| of_command(&word))
        }
        ErrorKind::UnknownArgument => word(ContextKind::InvalidArg)
            .and_then(|word| of_argument(&word, called(program, line))),
        _ => None,
    };
    if let Some(tip) = tip {
        for suggested in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand] {
            error.remove(suggested);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// The command that a line calls, as far as its words are commands.
fn called<'a>(program: &'a Command, line: &[OsString]) -> &'a Command {
    line.iter().skip(1).fold(program, |command, word| {
        word.to_str().and_then(|word| command.find_subcommand(word)).unwrap_or(command)
    })
}

fn of_command(word: &str) -> Option<String> {
    if std::path::Path::new(word).exists() {
        return Some(format!("a command comes first, such as: ssim run {word} --out report"));
    }
    let word = word.to_lowercase();
    let ours = COMMANDS.iter().find(|(others, _)| others.contains(&word.as_str()));
    ours.map(|(_, ours)| format!("this program says: {ours}"))
}

fn of_argument(word: &str, command: &Command) -> Option<String> {
    let has = |name: &str| command.get_arguments().any(|arg| arg.get_long() == Some(name));
    let name = word.trim_start_matches(['-', '—', '–']).to_lowercase();
    let name = name.split('=').next().unwrap_or_default().replace('_', "-");
    if !word.starts_with(['-', '—', '–']) {
        return unnamed(command);
    }
    if has(&name) {
        return Some(format!("write it in small letters, with two dashes before it: --{name}"));
    }
    let ours = OPTIONS.iter().filter(|(others, _)| others.contains(&name.as_str()));
    let ours = ours.flat_map(|(_, ours)| ours.iter()).find(|ours| has(ours));
    if let Some(ours) = ours {
        return Some(format!("this program says: --{ours}"));
    }
    let settings = if has("set") { config::called(&name) } else { Vec::new() };
    let lines: Vec<_> = settings.iter().map(|setting| format!("--set {setting}=VALUE")).collect();
    (!lines.is_empty()).then(|| format!("it is a setting: {}", lines.join(" or ")))
}

/// For a word without an option: the options that take a path here.
fn unnamed(command: &Command) -> Option<String> {
    let required = command.get_arguments().filter(|arg| arg.is_required_set());
    let named: Vec<_> = required.filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
    (!named.is_empty()).then(|| format!("paths stand behind options here: {}", named.join(", ")))
}
