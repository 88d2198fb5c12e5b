//! Counts the values of the columns in the first rows of a log.

use super::layout;
use crate::cell_rules::CellRules;
use crate::error::{Error, Result};
use crate::intern::Interner;
use crate::parquet_file::{ParquetFile, Wanted};
use crate::table::blocks::{BLOCK, Blocks};
use crate::table::cells::Cells;
use crate::table::json_lines::{self, JsonKeys, object};
use crate::table::lines::Lines;
use crate::table::parquet::names;
use crate::table::texts::{TextBatch, readable};
use crate::table::unpack::unpack;
use parquet::file::reader::ChunkReader;
use std::io::{Cursor, Read};

/// Most rows that are counted.
const ROWS: u64 = 200_000;
/// Most cells that are counted, so that a log of many columns needs no more memory.
const CELLS: u64 = 4_000_000;
/// Most bytes of distinct values.
const BYTES: usize = 512 << 20;

/// Rows of a Parquet file that are decoded at the same time.
const BATCH: usize = 8192;
/// The reason for which columns of one name are not read.
const SAME_NAME: &str = "another column has the same name; rename one of them to use it";

/// The values in the first rows of a log, at most 200,000 rows and 4,000,000 cells.
#[derive(Debug, Default)]
pub struct Survey {
    /// Name of the first file.
    pub(super) source: String,
    /// The way to cut the lines of text files into cells.
    pub(super) rules: CellRules,
    /// The format of files that are no text with delimiters, in words.
    pub(super) format: Option<&'static str>,
    pub(super) columns: Vec<ColumnCounts>,
    /// Number of rows that were counted.
    pub(super) rows: u64,
    /// True if there are more rows, which were not counted.
    pub(super) more: bool,
    /// Number of rows that had too few or too many cells, or bytes that are no text.
    pub(super) bad: u64,
}

/// The values of one column.
#[derive(Debug, Default)]
pub(super) struct ColumnCounts {
    pub name: String,
    /// The reason for which the column cannot be read, if it cannot.
    pub unreadable: Option<String>,
    pub values: Interner,
    /// Number of rows with each value.
    pub counts: Vec<u32>,
}

impl ColumnCounts {
    fn add(&mut self, text: &str) {
        let code = self.values.code(text) as usize;
        if code == self.counts.len() {
            self.counts.push(0);
        }
        self.counts[code] += 1;
    }
}

impl Survey {
    /// Number of rows that were counted.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Counts the rows of a text file, which may be compressed with gzip or Zstandard. `source` is
    /// its name for messages. Returns false if no more rows are to be counted.
    ///
    /// # Errors
    /// The file is empty or no text, nothing divides its lines into cells, a quote is not closed, or
    /// its columns are not those of the file before.
    pub fn csv(&mut self, reader: impl Read, source: &str) -> Result<bool> {
        let fail = |e: std::io::Error| Error::Data(format!("{source}:1:1: {e}"));
        let mut reader = unpack(reader).map_err(fail)?;
        let mut head = Vec::new();
        reader.by_ref().take(BLOCK as u64).read_to_end(&mut head).map_err(fail)?;
        let whole = head.len() < BLOCK;
        if self.columns.is_empty() {
            self.rules = layout::rules(&head, whole, source)?;
        }
        let blocks =
            Blocks::delimited(BLOCK, Cursor::new(head).chain(reader), source, &self.rules)?;
        self.begin(&blocks.header.clone(), source)?;
        let mut lines = Lines::new(blocks);
        while let Some(row) = lines.advance()? {
            if !self.wants_more() {
                self.more = true;
                return Ok(false);
            }
            match row {
                Ok(row) => self.add(row),
                Err(_) => self.bad += 1,
            }
        }
        Ok(true)
    }

    /// Counts the rows of a file with a JSON object in each line. The columns are the keys in the first
    /// mebibyte. Returns false if no more rows are to be counted.
    ///
    /// # Errors
    /// The stream is broken or is no text, or the keys are not those of the file before.
    pub fn json_lines(&mut self, reader: impl Read, source: &str) -> Result<bool> {
        let fail = |e: std::io::Error| Error::Data(format!("{source}:1:1: {e}"));
        let mut reader = unpack(reader).map_err(fail)?;
        let mut head = Vec::new();
        reader.by_ref().take(BLOCK as u64).read_to_end(&mut head).map_err(fail)?;
        self.format = Some("an object of JSON per line");
        let mut names: Vec<String> = self.columns.iter().map(|c| c.name.clone()).collect();
        if names.is_empty() {
            for line in String::from_utf8_lossy(&head).trim_start_matches('\u{feff}').lines() {
                let object = object(line).unwrap_or_default();
                for (name, _) in object {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        self.begin(&names, source)?;
        let keys = JsonKeys::new(names.iter().map(String::as_str));
        let mut lines = Lines::new(json_lines::lines(Cursor::new(head).chain(reader), source)?);
        while let Some(line) = lines.advance()? {
            if !self.wants_more() {
                self.more = true;
                return Ok(false);
            }
            match line.map(|line| keys.row(line)) {
                Ok(Ok(row)) => self.add(&row),
                _ => self.bad += 1,
            }
        }
        Ok(true)
    }

    /// Counts the rows of a Parquet file. Returns false if no more rows are to be counted.
    ///
    /// # Errors
    /// The file is no Parquet file or is damaged, or its columns are not those of the file before.
    pub fn parquet(&mut self, reader: impl ChunkReader + 'static, source: &str) -> Result<bool> {
        let file = ParquetFile::open(reader, source)?;
        let header = names(file.schema());
        self.format = Some("Parquet");
        self.begin(&header, source)?;
        let mut places = Vec::new();
        for (at, field) in file.schema().fields().iter().enumerate() {
            // Columns of lists and the like are read by no command.
            let column = &mut self.columns[at];
            column.unreadable = column.unreadable.take().or(readable(field.data_type()).err());
            if column.unreadable.is_none() {
                places.push(at);
            }
        }
        let wanted = Wanted { columns: Some(places), rows: None, first: 1, batch: BATCH };
        let mut batches = file.read(wanted)?;
        loop {
            let first = batches.first();
            let Some(batch) = batches.next() else { return Ok(true) };
            let texts = TextBatch::new(&batch?, &header, first, source)?;
            for row in texts.rows() {
                if !self.wants_more() {
                    self.more = true;
                    return Ok(false);
                }
                self.add(&row);
            }
        }
    }

    /// Takes the names of a file's columns, which must be those of the file before.
    fn begin(&mut self, header: &[String], source: &str) -> Result<()> {
        if self.columns.is_empty() {
            source.clone_into(&mut self.source);
            let twice = |name: &String| header.iter().filter(|other| *other == name).count() > 1;
            let named = |name: &String| ColumnCounts {
                name: name.clone(),
                unreadable: twice(name).then(|| SAME_NAME.to_owned()),
                ..Default::default()
            };
            self.columns = header.iter().map(named).collect();
        }
        match self.columns.iter().map(|column| &column.name).eq(header) {
            true => Ok(()),
            false => {
                let known: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
                Err(Error::Data(format!(
                    "{source}:1:1: expected the columns of {} ({}), got {}",
                    self.source,
                    known.join(", "),
                    header.join(", ")
                )))
            }
        }
    }

    fn wants_more(&self) -> bool {
        let bytes: usize = self.columns.iter().map(|column| column.values.bytes()).sum();
        self.rows < ROWS && self.rows * self.columns.len() as u64 <= CELLS && bytes < BYTES
    }

    fn add(&mut self, row: &impl Cells) {
        self.rows += 1;
        for (at, column) in self.columns.iter_mut().enumerate() {
            if column.unreadable.is_none() {
                match row.get(at) {
                    Ok(text) => column.add(text),
                    Err(got) => column.unreadable = Some(format!("its cells are no text: {got}")),
                }
            }
        }
    }
}
