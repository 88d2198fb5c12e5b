//! Published logs: their files in a folder or in archives, and their counts beside ours.

use crate::exit::Fail;
use crate::{read, report};
use anyhow::Result;
use ssim_data::Summary;
use ssim_data::archive::{self, Member};
use ssim_data::published::{self as known, AliMamaQuirks, Count, Log, Source};
use std::path::{Path, PathBuf};

/// What may follow a file's published name.
const PACKED: [&str; 3] = ["", ".gz", ".zst"];
/// How the names of archives end.
const ARCHIVES: [&str; 6] = [".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"];

/// The published logs by their commands' names.
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
    /// The layouts that it is published in.
    pub fn layouts(self) -> Vec<Log> {
        match self {
            Known::AliMama => vec![known::ali_mama(AliMamaQuirks::default())],
            Known::AliCcp => vec![known::ali_ccp()],
            Known::Movielens => known::movielens().into(),
            Known::Kuairand => vec![known::kuairand()],
        }
    }
}

/// A log and where its files lie.
pub struct Found<'a> {
    /// The layout that was found.
    pub log: &'a Log,
    places: Vec<(&'static str, Place)>,
}

/// Where a file lies: in a folder, or in an archive.
enum Place {
    File(PathBuf),
    Member(PathBuf, Member),
}

/// The layout whose files lie in `raw`: a folder with files or archives, or one archive.
///
/// # Errors
/// Names the folder, or the files that are missing or there twice: before hours go into those that are there.
pub fn choose<'a>(layouts: &'a [Log], raw: &Path) -> Result<Found<'a>> {
    if !raw.exists() {
        return Fail::data(format!("{}: expected a folder or an archive, got none", raw.display()));
    }
    // Archives are looked into only for what does not lie beside them.
    let plain = |log: &Log| log.files.iter().all(|name| file(raw, name).is_some());
    let members = match layouts.iter().any(plain) {
        true => Vec::new(),
        false => members(raw)?,
    };
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
    /// Bytes of the log's files as they lie there, as far as they are known.
    pub fn bytes(&self) -> u64 {
        let of = |place: &Place| match place {
            Place::File(path) => path.metadata().map_or(0, |file| file.len()),
            Place::Member(_, member) => member.bytes,
        };
        self.places.iter().map(|(_, place)| of(place)).sum()
    }

    /// Opens a file by its published name.
    ///
    /// # Errors
    /// Names the file.
    pub fn open(&self, name: &str) -> ssim_data::Result<Source> {
        let fail = |e: anyhow::Error| ssim_data::Error::Data(e.to_string());
        match self.places.iter().find(|(known, _)| *known == name) {
            None => missing(Path::new(self.log.name), name).map_err(fail),
            Some((_, Place::File(path))) => {
                let file = read::open(path).map_err(fail)?;
                Ok(Source { name: read::name(path), reader: Box::new(file) })
            }
            Some((_, Place::Member(path, member))) => {
                let (file, source) = (read::open(path).map_err(fail)?, read::name(path));
                let reader = archive::open(file, &source, member)?;
                Ok(Source { name: format!("{source}:{}", member.name), reader })
            }
        }
    }
}

/// The files in all archives of a folder, or in one archive.
fn members(raw: &Path) -> Result<Vec<(PathBuf, Member)>> {
    let mut archives = vec![raw.to_owned()];
    if raw.is_dir() {
        let entries = std::fs::read_dir(raw)?.collect::<Result<Vec<_>, _>>()?;
        archives = entries.into_iter().map(|entry| entry.path()).collect();
        archives.retain(|path| {
            let name = read::name(path).to_lowercase();
            path.is_file() && ARCHIVES.iter().any(|end| name.ends_with(end))
        });
        archives.sort();
    }
    let mut found = Vec::new();
    for path in archives {
        let members = archive::members(read::open(&path)?, &read::name(&path))?;
        found.extend(members.into_iter().map(|member| (path.clone(), member)));
    }
    Ok(found)
}

/// A file of the folder, or else the one file of that name in its archives.
fn find(raw: &Path, members: &[(PathBuf, Member)], name: &str) -> Result<Option<Place>> {
    if let Some(path) = file(raw, name) {
        return Ok(Some(Place::File(path)));
    }
    let named = |member: &Member| {
        let own = member.name.rsplit(['/', '\\']).next().and_then(|own| own.strip_prefix(name));
        own.is_some_and(|end| PACKED.contains(&end))
    };
    let mut places = members.iter().filter(|(_, member)| named(member));
    match (places.next(), places.next()) {
        (Some((path, member)), Some((another, again))) => Fail::data(format!(
            "{}:{}: expected one {name}, got another: {}:{}",
            another.display(),
            again.name,
            path.display(),
            member.name
        )),
        (place, _) => Ok(place.map(|(path, member)| Place::Member(path.clone(), member.clone()))),
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

/// A summary as JSON, with the published counts where there are any.
///
/// # Errors
/// None that can happen.
pub fn json(summary: &Summary, published: &[(Count, usize)]) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(summary)?;
    if let (false, Some(object)) = (published.is_empty(), value.as_object_mut()) {
        let counts = published.iter().map(|(what, n)| (what.name(summary), (*n).into()));
        object.insert("published".into(), serde_json::Value::Object(counts.collect()));
    }
    Ok(value)
}

/// The published counts beside ours, for people.
pub fn text(summary: &Summary, published: &[(Count, usize)]) -> String {
    if published.is_empty() {
        return String::new();
    }
    let mut rows = vec![["to compare", "published", "here"].map(str::to_owned).to_vec()];
    rows.extend(published.iter().map(|(what, n)| {
        let (n, here) = (report::count(*n as u64), report::count(what.of(summary) as u64));
        vec![format!("  {}", what.name(summary)), n, here]
    }));
    format!("\n{}", report::table(&rows))
}
