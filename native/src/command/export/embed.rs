//! Writes a folder with everything that a document with live pictures needs.

mod snippet;

use crate::command::serve::PageFolderArgs;
use crate::files::lock::FolderLock;
use crate::files::{draft, read, write};
use crate::pictures::poster::{self, Choices};
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use snippet::Place;
use ssim_core::artifact::Artifact;
use ssim_figure::{Figures, State, View};
use ssim_viz::{Look, Theme};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct EmbedArgs {
    /// Write a folder for a document with live pictures: posters, artifact, scripts, snippets
    #[arg(long, value_name = "DIR", group = "shows")]
    embed: Option<PathBuf>,
    /// With --embed or --html: take this artifact in place of a run's
    #[arg(long, value_name = "FILE.ssim", conflicts_with = "run", requires = "shows")]
    pub(super) artifact: Option<PathBuf>,
    /// With --embed or --html: a picture to write (repeatable) [default: all that there are]
    #[arg(long, value_name = "VIEW", requires = "shows")]
    view: Vec<String>,
    #[command(flatten)]
    choices: Choices,
    #[command(flatten)]
    pub(super) web: PageFolderArgs,
    /// With --embed: address of the published folder, for documents that lie elsewhere
    #[arg(long, requires = "embed")]
    url: Option<String>,
    /// With --embed: write nothing; exit with code 1 if the folder's posters do not match its
    /// artifact, or its artifact is not the run's
    #[arg(long, requires = "embed")]
    check: bool,
}

impl EmbedArgs {
    /// Whether a folder is wanted.
    pub fn is_wanted(&self) -> bool {
        self.embed.is_some()
    }

    /// Whether the state of pictures is chosen.
    pub fn has_choices(&self) -> bool {
        self.choices.any()
    }
}

/// The folder's table of contents.
#[derive(Serialize, Deserialize)]
struct Contents {
    schema: u32,
    artifact: String,
    posters: Vec<Poster>,
}

/// The posters of one state, in both themes.
#[derive(Serialize, Deserialize)]
struct Poster {
    state: String,
    light: String,
    dark: String,
}

const CONTENTS: &str = "embed.json";
/// The files of the page that a live view needs.
const LIVE: [&str; 8] = [
    "embed.js",
    "view.html",
    "picture.js",
    "view.js",
    "view.css",
    "live_loader.js",
    "live.js",
    "live_bg.wasm",
];
/// Name of a run's artifact in the folder.
const ARTIFACT: &str = "run.ssim";

type Files = Vec<(PathBuf, Vec<u8>)>;

/// Writes the folder, or checks it. `artifact` holds the run's bytes. Gives the files that were
/// written, and their lengths in bytes.
///
/// # Errors
/// Fails when something cannot be read, drawn or written, and when a check finds stale files.
pub fn run(args: &EmbedArgs, artifact: Option<Vec<u8>>) -> Result<Vec<(PathBuf, usize)>> {
    let Some(folder) = &args.embed else { return Ok(Vec::new()) };
    if args.check {
        check(folder, artifact)?;
        return Ok(Vec::new());
    }
    let (name, bytes) = match (&args.artifact, artifact) {
        (Some(path), _) => (file_name(path)?, read::artifact_bytes(path)?.1),
        (None, Some(bytes)) => (ARTIFACT.to_owned(), bytes),
        (None, None) => return Fail::usage("--embed: expected --run or --artifact"),
    };
    let figures = Artifact::from_bytes(&bytes).and_then(Figures::new);
    let figures = figures.with_context(|| name.clone())?;
    let states = states(args, &figures)?;
    let contents =
        Contents { schema: 1, artifact: name, posters: states.iter().map(named).collect() };
    let mut files = posters(folder, &figures, &contents)?;
    let page = args.web.folder()?;
    for name in LIVE {
        files.push((folder.join(name), read::bytes(&page.join(name))?));
    }
    let place = Place::new(folder, args.url.as_deref(), &contents.artifact);
    let mut shown = Vec::new();
    for (state, poster) in states.iter().zip(&contents.posters) {
        let title = figures.draw(state, &Look::default())?.title;
        shown.push((state.to_string(), title, poster.light.clone(), poster.dark.clone()));
    }
    files.push((folder.join("snippet.html"), place.html(&shown).into_bytes()));
    files.push((folder.join("snippet.md"), place.markdown(&shown).into_bytes()));
    files.push((folder.join(&contents.artifact), bytes));
    let lock = FolderLock::take(folder)?;
    spare(&lock, &files)?;
    poster::put(&files, false)?;
    // The table of contents comes last, so that a folder with one is complete.
    write::json(&folder.join(CONTENTS), &contents)?;
    Ok(files.into_iter().map(|(path, bytes)| (path, bytes.len())).collect())
}

/// Refuses to replace files of a folder that has no table of contents: they are somebody else's.
fn spare(lock: &FolderLock, files: &Files) -> Result<()> {
    if lock.folder().join(CONTENTS).exists() {
        return draft::clear(lock.folder());
    }
    // A program that was killed before the end has left files with the same bytes.
    let other = |(path, new): &&(PathBuf, Vec<u8>)| {
        path.exists() && std::fs::read(path).map_or(true, |old| old != *new)
    };
    match files.iter().find(other) {
        None => draft::clear(lock.folder()),
        Some((path, _)) => Fail::usage(format!(
            "{}: expected no file, since the folder has no {CONTENTS}; choose another folder or \
             move the file away",
            path.display()
        )),
    }
}

/// Draws the posters of the table of contents again, and compares them with the files.
fn check(folder: &Path, artifact: Option<Vec<u8>>) -> Result<()> {
    let contents: Contents = read::json(&folder.join(CONTENTS))?;
    let path = folder.join(&contents.artifact);
    let mut files = posters(folder, &poster::figures(&path)?, &contents)?;
    files.extend(artifact.map(|bytes| (path, bytes)));
    poster::put(&files, true)
}

/// Makes the states of the wanted pictures, or of all pictures if none is named.
pub fn states(args: &EmbedArgs, figures: &Figures) -> Result<Vec<State>> {
    let views: Vec<String> = match args.view.is_empty() {
        true => figures.views().map(|v| v.name().to_owned()).collect(),
        false => args.view.clone(),
    };
    views.iter().map(|view| args.choices.state(view)).collect()
}

/// Names the posters of a state.
fn named(state: &State) -> Poster {
    let name = |theme: &str| format!("{}-{theme}.svg", View::name(state.view));
    Poster { state: state.to_string(), light: name("light"), dark: name("dark") }
}

/// Draws the posters of the table of contents.
fn posters(folder: &Path, figures: &Figures, contents: &Contents) -> Result<Files> {
    let mut files = Vec::new();
    for poster in &contents.posters {
        let state = State::parse(&poster.state)
            .or_else(|e| Fail::data(format!("{}: {e}", folder.join(CONTENTS).display())))?;
        for (name, theme) in [(&poster.light, Theme::Light), (&poster.dark, Theme::Dark)] {
            let look = Look { theme, ..Look::default() };
            let path = folder.join(name);
            let bytes = poster::bytes(&path, poster::svg(figures, &state, &look)?, theme)?;
            files.push((path, bytes));
        }
    }
    Ok(files)
}

fn file_name(path: &Path) -> Result<String> {
    match path.file_name().and_then(|n| n.to_str()) {
        Some(name) => Ok(name.to_owned()),
        None => Fail::usage(format!("--artifact: expected a file, got {}", path.display())),
    }
}
