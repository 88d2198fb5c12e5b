//! Finds the files of a person's log, and reads them.

use crate::files::parts::{files, is_parquet, matching};
use crate::files::place::{self, FileAt, FilePlace, is_dash};
use crate::files::wanted::InputKind;
use crate::files::{placed, read, write};
use crate::terminal::exit::Fail;
use crate::terminal::watch::Watch;
use crate::terminal::{out, report};
use anyhow::Result;
use ssim_data::table::{SourceFile, StreamFormat, TableLog, TableSchema};
use ssim_data::{Raw, Reading};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The files of a log, in the order in which they are read.
pub struct LogFiles {
    /// The log's name for messages.
    pub name: String,
    /// Its files, at least one.
    pub files: Vec<LogFile>,
}

/// A file of a log.
pub struct LogFile {
    pub place: FilePlace,
    /// Its name, and the columns that its path says.
    pub source: SourceFile,
}

impl LogFiles {
    /// Finds the files of a log. A path is a file, a folder of files in which a program has written
    /// the log in parts, an archive, a pattern such as `day-*.csv`, or a pipe (`-` is standard input), which is
    /// copied into a file beside `out` because a log is read twice.
    ///
    /// # Errors
    /// A path does not exist or cannot be read, or there is no file with bytes in it.
    pub fn find(paths: &[PathBuf], out: Option<&Path>) -> Result<Self> {
        if paths.iter().filter(|path| is_dash(path)).count() > 1 {
            return Fail::usage("-: expected standard input once, got it twice");
        }
        let mut places = Vec::new();
        for path in paths {
            if let Some(pipe) = place::pipe(path)? {
                let folder = out.map(write::folder_of);
                let copy = FileAt::copy(pipe, &place::name(path), folder)?;
                places.extend(in_archive(&copy)?.unwrap_or_else(|| vec![FilePlace::Whole(copy)]));
                continue;
            }
            for path in matching(path)? {
                places.extend(at_path(&path)?);
            }
        }
        let names: Vec<_> = paths.iter().map(|path| place::name(path)).collect();
        let all: Vec<String> = places.iter().map(FilePlace::path).collect();
        let columns = placed::columns(&all);
        let file = |(place, columns): (FilePlace, _)| {
            let source = SourceFile { name: place.name(), columns };
            LogFile { place, source }
        };
        let files = places.into_iter().zip(columns).map(file).collect();
        Ok(Self { name: names.join(", "), files })
    }

    /// Sums the sizes of the files in bytes, packed as they are.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.place.bytes()).sum()
    }

    /// Reads the log.
    ///
    /// # Errors
    /// A file cannot be opened, or has rows that the schema does not describe; the message names the
    /// file.
    pub fn read(&self, schema: &TableSchema, reading: Reading, watch: &Watch) -> Result<Raw> {
        let mut log = TableLog::new(schema, &self.name, reading);
        for LogFile { place, source } in &self.files {
            let reader = || Ok::<_, anyhow::Error>(watch.count(place.open()?.reader));
            let format = TableFile::of(place)?;
            let (bytes, kind) = (report::bytes(place.bytes()), format.name());
            out::detail(&format!("reads {}: {kind}, {bytes}", source.name));
            match format {
                TableFile::Parquet(file) => log.parquet(file, source)?,
                TableFile::Stream(format) => log.stream(format, reader()?, source)?,
            }
        }
        Ok(log.end()?)
    }
}

/// The files of a log at a path.
fn at_path(path: &Path) -> Result<Vec<FilePlace>> {
    let kind = InputKind::of(path).filter(|kind| *kind != InputKind::File);
    if let Some(kind) = kind {
        return Fail::data(format!(
            "{}: expected a log, got {}; name the log that it was made of",
            path.display(),
            kind.name()
        ));
    }
    let whole = |path: PathBuf| FilePlace::Whole(FileAt::Path(path));
    if path.is_dir() {
        let mut parts = files(path)?;
        // Programs leave empty files where a worker had no rows.
        parts.retain(|part| part.metadata().is_ok_and(|m| m.len() > 0));
        if parts.is_empty() {
            return Fail::data(format!(
                "{}: expected a folder with the files of a log, got none (names that begin \
                 with . or _ and empty files do not count)",
                path.display()
            ));
        }
        return Ok(parts.into_iter().map(whole).collect());
    }
    read::open(path)?;
    let members = in_archive(&FileAt::Path(path.to_owned()))?;
    Ok(members.unwrap_or_else(|| vec![whole(path.to_owned())]))
}

/// The files of a log in an archive; `None` if it is none.
fn in_archive(at: &FileAt) -> Result<Option<Vec<FilePlace>>> {
    if !at.is_archive() {
        return Ok(None);
    }
    let mut members = at.members()?;
    // Spreadsheets and documents are archives of XML.
    if members.iter().any(|member| member.name == "[Content_Types].xml") {
        return Fail::data(format!(
            "{}: expected a log, got a file of an office program; save the table as CSV",
            at.name()
        ));
    }
    members.retain(|member| is_table(&member.name) && member.bytes > 0);
    if members.is_empty() {
        return Fail::data(format!("{}: expected files in it, got none", at.name()));
    }
    Ok(Some(members.into_iter().map(|member| FilePlace::Member(at.clone(), member)).collect()))
}

/// The format of a file, which its first bytes say.
pub enum TableFile {
    /// Parquet, which is read in any order.
    Parquet(File),
    /// Another format, which is read in order.
    Stream(StreamFormat),
}

impl TableFile {
    /// Its name, for people.
    pub fn name(&self) -> &'static str {
        match self {
            TableFile::Parquet(_) => "Parquet",
            TableFile::Stream(StreamFormat::Arrow) => "Arrow",
            TableFile::Stream(StreamFormat::JsonLines) => "JSON lines",
            TableFile::Stream(StreamFormat::Text) => "text",
        }
    }

    /// Recognises a file. One that is named as Parquet files are counts as one.
    ///
    /// # Errors
    /// The file cannot be read, or a Parquet file is in an archive.
    pub fn of(place: &FilePlace) -> Result<Self> {
        let mut magic = Vec::new();
        place.open()?.reader.take(4).read_to_end(&mut magic)?;
        let parquet = magic == b"PAR1";
        match place {
            FilePlace::Whole(at) if parquet || is_parquet(Path::new(&at.name())) => {
                return Ok(TableFile::Parquet(at.open()?));
            }
            FilePlace::Member(..) if parquet => {
                return Fail::data(format!(
                    "{}: expected text in an archive, got Parquet; unpack the archive first",
                    place.name()
                ));
            }
            _ => (),
        }
        let format = StreamFormat::of(place.open()?.reader);
        let format = format.or_else(|e| Fail::data(format!("{}:1:1: {e}", place.name())))?;
        Ok(TableFile::Stream(format))
    }
}

/// Whether a file in an archive is a part of the log, by its name. Others are notes of the program
/// that wrote the archive.
fn is_table(name: &str) -> bool {
    !name.split(['/', '\\']).any(|part| part.starts_with(['.', '_']))
}
