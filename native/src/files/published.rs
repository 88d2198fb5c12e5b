//! Finds the files of published logs in a folder or in archives, and shows the published counts
//! beside ours.

use crate::files::place::{FileAt, FilePlace};
use crate::terminal::exit::Fail;
use crate::terminal::report;
use anyhow::Result;
use ssim_data::DataSummary;
use ssim_data::archive::Member;
use ssim_data::published::{self as known, AliMamaQuirks, Count, Log, LogSource};
use std::path::{Path, PathBuf};

/// Endings that may follow a file's published name: none, or that of a packed file.
const PACKED: [&str; 3] = ["", ".gz", ".zst"];

/// The published logs, under the names of their commands.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Known {
    /// Display ads of Taobao, 2017
    AliMama,
    /// Recommended goods in Taobao
    AliCcp,
    /// Ratings of films
    Movielens,
    /// Short videos of Kuaishou
    Kuairand,
}

impl Known {
    /// Gives the layouts in which the log is published.
    pub fn layouts(self) -> Vec<Log> {
        match self {
            Known::AliMama => vec![known::ali_mama(AliMamaQuirks::default())],
            Known::AliCcp => vec![known::ali_ccp()],
            Known::Movielens => known::movielens().into(),
            Known::Kuairand => vec![known::kuairand()],
        }
    }
}

/// A log, and the places of its files.
pub struct Found<'a> {
    /// The layout that was found.
    pub log: &'a Log,
    places: Vec<(&'static str, FilePlace)>,
}

/// Chooses the layout whose files are in `raw`, a folder with files or archives, or one archive.
///
/// # Errors
/// An error names the folder, or a file that is missing or found twice. All files are looked for
/// first, so that nobody waits for hours before a missing file is reported.
pub fn choose<'a>(layouts: &'a [Log], raw: &Path) -> Result<Found<'a>> {
    if !raw.exists() {
        return Fail::data(format!("{}: expected a folder or an archive, got none", raw.display()));
    }
    // Archives are opened only if no layout has all its files beside them.
    let complete = layouts.iter().any(|log| log.files.iter().all(|name| file(raw, name).is_some()));
    let members = if complete { Vec::new() } else { members(raw)? };
    for log in layouts {
        if let [first, rest @ ..] = log.files
            && let Some(place) = find(raw, &members, first)?
        {
            let mut places = vec![(*first, place)];
            for name in rest {
                let Some(place) = find(raw, &members, name)? else { return missing(raw, name) };
                places.push((*name, place));
            }
            return Ok(Found { log, places });
        }
    }
    let names: Vec<&str> = layouts.iter().filter_map(|l| l.files.first().copied()).collect();
    Fail::data(format!(
        "{}: expected a folder or an archive with {} (or .gz, .zst), got none",
        raw.display(),
        names.join(" or ")
    ))
}

impl Found<'_> {
    /// Sums the sizes of the log's files in bytes, packed as they are. A file of unknown size
    /// counts 0.
    pub fn bytes(&self) -> u64 {
        self.places.iter().map(|(_, place)| place.bytes()).sum()
    }

    /// Opens a file by its published name.
    ///
    /// # Errors
    /// An error names the file.
    pub fn open(&self, name: &str) -> ssim_data::Result<LogSource> {
        let fail = |e: anyhow::Error| ssim_data::Error::Data(e.to_string());
        match self.places.iter().find(|(known, _)| *known == name) {
            None => missing(Path::new(self.log.name), name).map_err(fail),
            Some((_, place)) => place.open(),
        }
    }
}

/// Lists the files in all archives of a folder, or in one archive.
fn members(raw: &Path) -> Result<Vec<(FileAt, Member)>> {
    let mut archives = vec![raw.to_owned()];
    if raw.is_dir() {
        let entries = std::fs::read_dir(raw)?.collect::<Result<Vec<_>, _>>()?;
        archives = entries.into_iter().map(|entry| entry.path()).collect();
        archives.retain(|path| path.is_file() && FileAt::Path(path.clone()).is_archive());
        archives.sort();
    }
    let mut found = Vec::new();
    for at in archives.into_iter().map(FileAt::Path) {
        found.extend(at.members()?.into_iter().map(|member| (at.clone(), member)));
    }
    Ok(found)
}

/// Finds a file in the folder, or else the one file of that name in the archives.
fn find(raw: &Path, members: &[(FileAt, Member)], name: &str) -> Result<Option<FilePlace>> {
    if let Some(path) = file(raw, name) {
        return Ok(Some(FilePlace::Whole(FileAt::Path(path))));
    }
    let mut places = members.iter().filter(|(_, member)| {
        // The archive may keep its files in folders, with `/` or `\` between the names.
        let file_name = member.name.rsplit(['/', '\\']).next();
        let ending = file_name.and_then(|file_name| file_name.strip_prefix(name));
        ending.is_some_and(|ending| PACKED.contains(&ending))
    });
    match (places.next(), places.next()) {
        (Some((at, member)), Some((another, again))) => Fail::data(format!(
            "{}:{}: expected one {name}, got another: {}:{}",
            another.name(),
            again.name,
            at.name(),
            member.name
        )),
        (place, _) => Ok(place.map(|(at, member)| FilePlace::Member(at.clone(), member.clone()))),
    }
}

fn file(folder: &Path, name: &str) -> Option<PathBuf> {
    PACKED.iter().map(|end| folder.join(format!("{name}{end}"))).find(|path| path.is_file())
}

fn missing<T>(raw: &Path, name: &str) -> Result<T> {
    Fail::data(format!(
        "{}: expected this file (or .gz, .zst, or in an archive), got none",
        raw.join(name).display()
    ))
}

/// Makes JSON of a summary, with the published counts if there are any.
///
/// # Errors
/// Fails only if the summary cannot become JSON, which does not happen.
pub fn json(summary: &DataSummary, published: &[(Count, usize)]) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(summary)?;
    if let (false, Some(object)) = (published.is_empty(), value.as_object_mut()) {
        let counts = published.iter().map(|(what, n)| (what.name(summary), (*n).into()));
        object.insert("published".into(), serde_json::Value::Object(counts.collect()));
    }
    Ok(value)
}

/// Makes a table of the published counts beside ours; an empty text if there are none.
pub fn text(summary: &DataSummary, published: &[(Count, usize)]) -> String {
    if published.is_empty() {
        return String::new();
    }
    let mut rows = vec![["to compare", "published", "here"].map(str::to_owned).to_vec()];
    rows.extend(published.iter().map(|(what, n)| {
        let published = report::count(*n as u64);
        let here = report::count(what.of(summary) as u64);
        vec![format!("  {}", what.name(summary)), published, here]
    }));
    format!("\n{}", report::table(&rows))
}
