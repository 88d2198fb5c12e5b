//! Counts the values of the columns in the first rows of a log.

use super::layout;
use crate::arrow::datatypes::Schema;
use crate::cell_rules::CellRules;
use crate::error::{Error, Result};
use crate::intern::Interner;
use crate::parquet_file::{Batch, ParquetFile, Wanted};
use crate::table::blocks::{BLOCK, Blocks};
use crate::table::cells::Cells;
use crate::table::json_lines::{self, JsonKeys, object};
use crate::table::lines::Lines;
use crate::table::messages::Messages;
use crate::table::parquet::names;
use crate::table::source_file::{Placed, PlacedRow, SourceFile};
use crate::table::stream_format::StreamFormat;
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
    /// The published log whose columns a text file without a header row has, or another name for its form.
    pub(super) known: Option<&'static str>,
    /// The format of files that are no text with delimiters, in words.
    pub(super) format: Option<&'static str>,
    pub(super) columns: Vec<ColumnCounts>,
    /// Names of the columns that the paths of the files say.
    pub(super) placed: Vec<String>,
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

    /// Counts the rows of a file of this format. Returns false if no more rows are to be counted.
    ///
    /// # Errors
    /// Those of the function for the format: [`arrow`](Self::arrow), [`json_lines`](Self::json_lines) or
    /// [`csv`](Self::csv).
    pub fn stream(
        &mut self,
        format: StreamFormat,
        reader: impl Read,
        source: &SourceFile,
    ) -> Result<bool> {
        match format {
            StreamFormat::Arrow => self.arrow(reader, source),
            StreamFormat::JsonLines => self.json_lines(reader, source),
            StreamFormat::Text => self.csv(reader, source),
        }
    }

    /// Counts the rows of a text file, which may be compressed. Returns false if no more rows are to be
    /// counted.
    ///
    /// # Errors
    /// The file is empty or no text, nothing divides its lines into cells, a quote is not closed, or
    /// its columns are not those of the file before.
    pub fn csv(&mut self, reader: impl Read, source: &SourceFile) -> Result<bool> {
        let name = source.name.as_str();
        let fail = |e: std::io::Error| Error::Data(format!("{name}:1:1: {e}"));
        let mut reader = unpack(reader).map_err(fail)?;
        let mut head = Vec::new();
        reader.by_ref().take(BLOCK as u64).read_to_end(&mut head).map_err(fail)?;
        let whole = head.len() < BLOCK;
        if self.columns.is_empty() {
            layout::TextForm { rules: self.rules, known: self.known } =
                layout::form(&head, whole, name)?;
        }
        let blocks = Blocks::delimited(BLOCK, Cursor::new(head).chain(reader), name, &self.rules)?;
        let placed = &self.begin(blocks.header.clone(), source)?;
        let mut lines = Lines::new(blocks);
        while let Some(row) = lines.advance()? {
            if !self.wants_more() {
                self.more = true;
                return Ok(false);
            }
            match row {
                Ok(row) => self.add(&PlacedRow { row, placed }),
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
    pub fn json_lines(&mut self, reader: impl Read, source: &SourceFile) -> Result<bool> {
        let name = source.name.as_str();
        let fail = |e: std::io::Error| Error::Data(format!("{name}:1:1: {e}"));
        let mut reader = unpack(reader).map_err(fail)?;
        let mut head = Vec::new();
        reader.by_ref().take(BLOCK as u64).read_to_end(&mut head).map_err(fail)?;
        self.format = Some("an object of JSON per line");
        let mut names: Vec<String> = self.columns.iter().map(|c| c.name.clone()).collect();
        names.retain(|name| !source.says(name));
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
        let keys = JsonKeys::new(names.iter().map(String::as_str));
        let placed = &self.begin(names.clone(), source)?;
        let mut lines = Lines::new(json_lines::lines(Cursor::new(head).chain(reader), name)?);
        while let Some(line) = lines.advance()? {
            if !self.wants_more() {
                self.more = true;
                return Ok(false);
            }
            match line.map(|line| keys.row(line)) {
                Ok(Ok(row)) => self.add(&PlacedRow { row: &row, placed }),
                _ => self.bad += 1,
            }
        }
        Ok(true)
    }

    /// Counts the rows of a Parquet file. Returns false if no more rows are to be counted.
    ///
    /// # Errors
    /// The file is no Parquet file or is damaged, or its columns are not those of the file before.
    pub fn parquet(
        &mut self,
        reader: impl ChunkReader + 'static,
        source: &SourceFile,
    ) -> Result<bool> {
        let file = ParquetFile::open(reader, &source.name)?;
        let schema = file.schema().clone();
        self.format = Some("Parquet");
        self.table(&schema, source, |places| {
            let columns = Some(places);
            let mut batches = file.read(Wanted { columns, rows: None, first: 1, batch: BATCH })?;
            Ok(move || batches.next().transpose())
        })
    }

    /// Counts the rows of a file in Arrow's format, with random access (Feather) or as a stream. Returns
    /// false if no more rows are to be counted.
    ///
    /// # Errors
    /// The file is no Arrow file or is damaged, or its columns are not those of the file before.
    pub fn arrow(&mut self, reader: impl Read, source: &SourceFile) -> Result<bool> {
        let mut stream = Messages::new(reader, &source.name)?;
        let schema = stream.schema()?;
        self.format = Some("Arrow");
        self.table(&schema, source, |places| Ok(move || stream.batch(&places)))
    }

    /// Counts the rows of a table of columns. `open` begins to read the columns at some places, and gives
    /// a function that reads the next batch of rows.
    fn table<N: FnMut() -> Result<Option<Batch>>>(
        &mut self,
        schema: &Schema,
        source: &SourceFile,
        open: impl FnOnce(Vec<usize>) -> Result<N>,
    ) -> Result<bool> {
        let own = names(schema);
        let placed = &self.begin(own.clone(), source)?;
        let mut places = Vec::new();
        for (at, field) in schema.fields().iter().enumerate() {
            if placed.iter().any(|(place, _)| *place == at) {
                continue;
            }
            // Columns of lists and the like are read by no command.
            let column = &mut self.columns[at];
            column.unreadable = column.unreadable.take().or(readable(field.data_type()).err());
            if column.unreadable.is_none() {
                places.push(at);
            }
        }
        let mut next = open(places)?;
        let mut first = 1;
        while let Some(batch) = next()? {
            let texts = TextBatch::new(&batch, &own, first, &source.name)?;
            first += batch.rows.num_rows() as u64;
            for row in texts.rows() {
                if !self.wants_more() {
                    self.more = true;
                    return Ok(false);
                }
                self.add(&PlacedRow { row: &row, placed });
            }
        }
        Ok(true)
    }

    /// Notes a file whose rows are not counted. What its place says counts as one row, so that no value
    /// is overlooked.
    pub fn skip(&mut self, source: &SourceFile) {
        for (name, value) in &source.columns {
            if let Some(column) = self.columns.iter_mut().find(|column| column.name == *name) {
                column.add(value);
            }
        }
    }

    /// Takes the names of a file's columns, which must be those of the file before. Gives the values that
    /// its place says.
    fn begin(&mut self, own: Vec<String>, source: &SourceFile) -> Result<Placed> {
        let (header, placed) = source.place(own);
        let (header, source) = (&header[..], source.name.as_str());
        if self.columns.is_empty() {
            source.clone_into(&mut self.source);
            self.placed = placed.iter().map(|(at, _)| header[*at].clone()).collect();
            let twice = |name: &String| header.iter().filter(|other| *other == name).count() > 1;
            let named = |name: &String| ColumnCounts {
                name: name.clone(),
                unreadable: twice(name).then(|| SAME_NAME.to_owned()),
                ..Default::default()
            };
            self.columns = header.iter().map(named).collect();
        }
        match self.columns.iter().map(|column| &column.name).eq(header) {
            true => Ok(placed),
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
