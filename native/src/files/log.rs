//! Finds the files of a person's log, and reads them.

use crate::files::parts::{files, is_parquet};
use crate::files::place::{FilePlace, is_archive, members_of};
use crate::files::wanted::InputKind;
use crate::files::{placed, read};
use crate::terminal::exit::Fail;
use crate::terminal::watch::Watch;
use anyhow::Result;
use ssim_data::table::{SourceFile, StreamFormat, TableLog, TableSchema};
use ssim_data::{Raw, Reading};
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
    /// the log in parts, or an archive.
    ///
    /// # Errors
    /// A path does not exist or cannot be read, or there is no file with bytes in it.
    pub fn find(paths: &[PathBuf]) -> Result<Self> {
        let mut places = Vec::new();
        for path in paths {
            let kind = InputKind::of(path).filter(|kind| *kind != InputKind::File);
            if let Some(kind) = kind {
                return Fail::data(format!(
                    "{}: expected a log, got {}; name the log that it was made of",
                    path.display(),
                    kind.name()
                ));
            }
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
                places.extend(parts.into_iter().map(FilePlace::File));
            } else if is_archive(path) {
                let mut members = members_of(path)?;
                members.retain(|member| is_table(&member.name) && member.bytes > 0);
                if members.is_empty() {
                    return Fail::data(format!(
                        "{}: expected files in it, got none",
                        path.display()
                    ));
                }
                places.extend(members.into_iter().map(|m| FilePlace::Member(path.clone(), m)));
            } else {
                read::open(path)?;
                places.push(FilePlace::File(path.clone()));
            }
        }
        let names: Vec<_> = paths.iter().map(|path| read::name(path)).collect();
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
            match TableFile::of(place)? {
                TableFile::Parquet(path) => log.parquet(read::open(path)?, source)?,
                TableFile::Stream(format) => log.stream(format, reader()?, source)?,
            }
        }
        Ok(log.end()?)
    }
}

/// The format of a file, which its first bytes say.
pub enum TableFile<'a> {
    /// Parquet, which is read from this path.
    Parquet(&'a Path),
    /// Another format, which is read in order.
    Stream(StreamFormat),
}

impl<'a> TableFile<'a> {
    /// Recognises a file. One that is named as Parquet files are counts as one.
    ///
    /// # Errors
    /// The file cannot be read, or a Parquet file is in an archive.
    pub fn of(place: &'a FilePlace) -> Result<Self> {
        let mut magic = Vec::new();
        place.open()?.reader.take(4).read_to_end(&mut magic)?;
        match place {
            FilePlace::File(path) if magic == b"PAR1" || is_parquet(path) => {
                return Ok(TableFile::Parquet(path));
            }
            FilePlace::Member(..) if magic == b"PAR1" => {
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
