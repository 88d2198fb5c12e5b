//! `ssim reference`: prints the chapters of the book that list commands and settings. They are made
//! from the program's own definitions.

use crate::cli::Cli;
use crate::settings::args::Settings;
use crate::settings::config;
use crate::settings::size::BY_ROWS;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::Value;
use ssim_core::bounds::{self, Bounds};
use ssim_train::config::{Config, ModelConfig, RetrainConfig};
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct ReferenceArgs {
    /// The chapter to print
    #[arg(value_enum)]
    chapter: Chapter,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Chapter {
    Commands,
    Settings,
}

pub fn run(args: &ReferenceArgs) -> Result<()> {
    out::data(&match args.chapter {
        Chapter::Commands => commands(),
        Chapter::Settings => settings()?,
    })
}

fn commands() -> String {
    let options = clap_markdown::MarkdownOptions::new()
        .title("Every command".to_owned())
        .show_footer(false)
        .show_aliases(true);
    // "Options:" becomes no heading, because an outline would list it two dozen times, four levels
    // below the command.
    let text = clap_markdown::help_markdown_command_custom(&Cli::program(), &options);
    let text = text.replace("\n###### **", "\n**");
    // An example becomes an item of a list, as options are.
    let example = |line: &str| match line.strip_prefix("    ssim ") {
        Some(words) => format!("* `ssim {words}`\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(example).collect()
}

const SETTINGS: &str = "\
# Every setting

What `ssim config` prints, in the same order. A setting comes from the first of these that names it: a flag (`--set search.lr=0.001`), the environment
(`SSIM_SEARCH_LR=0.001`), a file (`--config FILE`), a preset (`--preset demo`), and its default, which is listed here.
An unknown name is an error that says which one was meant.

The defaults are the published settings for AliMama, which has millions of rows. They do badly on small logs: an epoch of few steps moves the weights
little, and the first epoch without a gain ends the run. So a command that trains takes the preset that fits its log, if `--preset` names none,
and says so in its first line. `ssim config --data DIR` prints the settings that a run on these data has. The number that counts is the train rows
divided by the scenarios:
";
const OTHERS: &str = "
`--preset paper-ali-mama` and `--preset paper-ali-ccp` are the published settings, for a log of any size. `--preset demo` has those of `ssim demo`.
";

/// Writes a table of the presets that the size of a log chooses among.
fn by_size() -> Result<String> {
    let mut text = "\n| train rows per scenario | preset | batch | embedding | hidden layers | lr | L2 | dropout | epochs | patience |\n\
                    |---|---|--:|--:|---|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for (from, name) in BY_ROWS {
        let settings = Settings { preset: Some(name.to_owned()), ..Settings::default() };
        let Config { model, train, retrain, .. } = config::resolve(&settings)?;
        let RetrainConfig { lr, l2, dropout, max_epochs, patience, .. } = retrain;
        let (from, ModelConfig { dim, mlp, .. }) = (report::count(from as u64), model);
        let batch = train.batch;
        let _ = writeln!(
            text,
            "| {from} or more | `{name}` | {batch} | {dim} | {mlp:?} | {lr:e} | {l2:e} | {dropout} | {max_epochs} | {patience} |"
        );
    }
    Ok(text + OTHERS)
}

/// Writes a table per section: name, default and meaning of every setting.
fn settings() -> Result<String> {
    let schema = schemars::schema_for!(Config).to_value();
    let mut text = SETTINGS.to_owned() + &by_size()?;
    let mut section = "";
    // The text of `ssim config` is used, so that order and numbers are those it prints.
    let defaults = config::to_toml(&Config::default())?;
    for line in defaults.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
            let about = about(&schema, &schema["properties"][section]);
            let _ = write!(text, "\n## `[{section}]`\n\n{about}\n\n");
            text.push_str("| setting | default | meaning |\n|---|---|---|\n");
        } else if let Some((key, default)) = line.split_once(" = ") {
            let setting = &resolved(&schema, &schema["properties"][section])["properties"][key];
            let about = about(&schema, setting);
            // A word is no size, though a size of the network may have its name.
            let bounds = match default.starts_with('"') {
                true => String::new(),
                false => bounded(&format!("{section}.{key}"), default.starts_with('[')),
            };
            let _ = writeln!(text, "| `{section}.{key}` | `{default}` | {about}{bounds} |");
        }
    }
    Ok(text)
}

/// Says the bounds of a size, if the setting is one.
fn bounded(key: &str, list: bool) -> String {
    let Some(Bounds { from, to, .. }) = bounds::find(key) else { return String::new() };
    let of = if list { format!("1 to {} layers, each of ", bounds::LAYERS) } else { String::new() };
    format!(" ({of}{from} to {to})")
}

/// Describes a setting, and lists the words that it may be.
fn about(schema: &Value, described: &Value) -> String {
    let words = |value: &Value| value.as_str().unwrap_or_default().replace('\n', " ");
    let mut about = words(&described["description"]);
    let choices = resolved(schema, described)["oneOf"].as_array();
    for choice in choices.into_iter().flatten() {
        let _ =
            write!(about, "<br>`{}`: {}", words(&choice["const"]), words(&choice["description"]));
    }
    about
}

/// Follows a reference to another schema, if there is one.
fn resolved<'a>(schema: &'a Value, described: &'a Value) -> &'a Value {
    let target = described["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    target.and_then(|path| schema.pointer(path)).unwrap_or(described)
}
