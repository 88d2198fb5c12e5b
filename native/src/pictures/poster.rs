//! Writes pictures of an artifact to files, or checks that existing files are still up to date.

use crate::files::{read, write};
use crate::pictures::png;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use ssim_core::metric::Metric;
use ssim_figure::{Figures, State};
use ssim_viz::{Look, Theme};
use std::path::Path;

/// Options that choose what a picture shows.
#[derive(Clone, Debug, Default, Args)]
pub struct Choices {
    /// Share of the rows on the list [default: the run's]
    #[arg(long, value_name = "0..1")]
    ratio: Option<String>,
    // The table of metrics gives the help text.
    #[arg(long, help = metric_help())]
    metric: Option<String>,
    /// For the picture curves: loss, shared, temperature or val_auc [default: loss]
    #[arg(long)]
    curve: Option<String>,
    /// For the picture whatif: the row, by its place in the file [default: 0]
    #[arg(long, value_name = "N")]
    row: Option<String>,
    /// For the picture whatif: the changed fields, by place and id
    #[arg(long, value_name = "FIELD:ID,…")]
    edits: Option<String>,
}

/// The help text of the option `--metric`.
fn metric_help() -> String {
    let names: Vec<_> = Metric::compared().map(Metric::name).collect();
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    let default = Metric::default().name();
    format!("For the picture metrics: {} or {last} [default: {default}]", others.join(", "))
}

impl Choices {
    /// Whether any of these options was given.
    pub fn any(&self) -> bool {
        self.pairs().next().is_some()
    }

    /// Makes the state of a picture from a view and these options.
    ///
    /// # Errors
    /// An error names the option whose value is not allowed.
    pub fn state(&self, view: &str) -> Result<State> {
        let mut state = State::default();
        for (key, value) in [("view", view)].into_iter().chain(self.pairs()) {
            state.set(key, value).or_else(|e| Fail::usage(format!("--{e}")))?;
        }
        Ok(state)
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = [
            ("ratio", &self.ratio),
            ("metric", &self.metric),
            ("curve", &self.curve),
            ("row", &self.row),
            ("edits", &self.edits),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?)))
    }
}

/// The colour theme of a picture.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Colours {
    /// As the reader's system is set (a PNG is light)
    Auto,
    /// On white
    Light,
    /// On near-black
    Dark,
}

impl From<Colours> for Theme {
    fn from(colours: Colours) -> Self {
        match colours {
            Colours::Auto => Theme::Auto,
            Colours::Light => Theme::Light,
            Colours::Dark => Theme::Dark,
        }
    }
}

/// Reads an artifact and prepares its pictures.
///
/// # Errors
/// An error names the file.
pub fn figures(path: &Path) -> Result<Figures> {
    Figures::new(read::artifact(path)?).with_context(|| path.display().to_string())
}

/// Encodes a picture in the format that the ending of the file's name asks for.
///
/// # Errors
/// Fails when the name ends in neither `.svg` nor `.png`, and when this machine cannot draw a PNG.
pub fn bytes(path: &Path, svg: String, theme: Theme) -> Result<Vec<u8>> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("svg") => Ok(svg.into_bytes()),
        Some("png") => png::png(&svg, theme == Theme::Dark),
        _ => Fail::usage(format!(
            "--out: expected a name that ends in .svg or .png, got {}",
            path.display()
        )),
    }
}

/// Draws a state of a picture as an SVG.
///
/// # Errors
/// Fails when the state asks for something that the artifact does not hold.
pub fn svg(figures: &Figures, state: &State, look: &Look) -> Result<String> {
    figures.draw(state, look).map(|f| f.svg).or_else(|e| Fail::usage(e.to_string()))
}

/// Writes the files. With `check`, it only compares them with the files that are there.
///
/// # Errors
/// Fails when a file cannot be written. With `check`, an error (exit code 1) lists all files that
/// differ.
pub fn put(files: &[(std::path::PathBuf, Vec<u8>)], check: bool) -> Result<()> {
    if !check {
        return files.iter().try_for_each(|(path, bytes)| write::bytes(path, bytes));
    }
    let stale: Vec<String> = files.iter().filter_map(|(path, new)| differs(path, new)).collect();
    if stale.is_empty() {
        return Ok(());
    }
    bail!("{} of {} files are stale:\n{}", stale.len(), files.len(), stale.join("\n"))
}

/// Says how a file differs from the bytes that it should hold; nothing if it does not.
fn differs(path: &Path, new: &[u8]) -> Option<String> {
    let name = path.display();
    let Ok(old) = std::fs::read(path) else { return Some(format!("{name}: missing")) };
    if old == new {
        return None;
    }
    let (Ok(old), Ok(new)) = (std::str::from_utf8(&old), std::str::from_utf8(new)) else {
        return Some(format!("{name}: another picture"));
    };
    let different = old.lines().zip(new.lines()).position(|(old, new)| old != new);
    // If one text only continues the other, the difference begins after the shorter one.
    let line = different.unwrap_or_else(|| old.lines().count().min(new.lines().count()));
    let cut = |text: &str| {
        text.lines().nth(line).unwrap_or("nothing").chars().take(100).collect::<String>()
    };
    Some(format!("{name}:{}: expected {}, got {}", line + 1, cut(new), cut(old)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_file_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.svg");
        assert!(differs(&path, b"<svg>").unwrap().ends_with("a.svg: missing"));
        std::fs::write(&path, "<svg>\n<a/>\n</svg>").unwrap();
        assert_eq!(differs(&path, b"<svg>\n<a/>\n</svg>"), None);
        let told = differs(&path, b"<svg>\n<b/>\n</svg>").unwrap();
        assert!(told.ends_with("a.svg:2: expected <b/>, got <a/>"), "{told}");
        let told = differs(&path, b"<svg>\n<a/>").unwrap();
        assert!(told.ends_with("a.svg:3: expected nothing, got </svg>"), "{told}");
    }
}
