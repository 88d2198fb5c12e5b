//! Reads a log that is one file or several, one after the other.

use crate::error::{Error, Result};
use crate::job_part::JobPart;
use crate::layout::TableSchema;
use crate::parquet_file::Batch;
use crate::raw::{Parsed, Raw};
use crate::reading::Reading;
use crate::table::blocks::{BLOCK, Blocks};
use crate::table::csv::parse;
use crate::table::form::Form;
use crate::table::json_lines::{self, JsonKeys};
use crate::table::parquet::{Opened, open};
use crate::table::texts::TextBatch;
use parquet::file::reader::ChunkReader;
use std::io::Read;

/// A log whose files are read one after the other. Their rows are numbered consecutively: the first
/// line of a file follows the last line of the file before it. All files have the same columns.
pub struct TableLog<'a> {
    schema: &'a TableSchema,
    /// The log as the host names it.
    source: String,
    /// Bytes of a block of text.
    block: usize,
    /// The options, until the first file comes.
    reading: Option<Reading>,
    begun: Option<Begun>,
}

/// A log of which a file has been opened.
struct Begun {
    form: Form,
    raw: Raw,
    /// The first file, and its columns.
    first: String,
    header: Vec<String>,
    /// Number of lines of the files so far.
    lines: u64,
}

impl<'a> TableLog<'a> {
    /// Begins to read a log. `source` is its name for messages that concern all files.
    pub fn new(schema: &'a TableSchema, source: &str, reading: impl Into<Reading>) -> Self {
        let reading = reading.into();
        let block = reading.block.unwrap_or(BLOCK);
        Self { schema, source: source.to_owned(), block, reading: Some(reading), begun: None }
    }

    /// Reads a CSV, as [`read_csv`](crate::table::read_csv) does. `source` is the file's name.
    ///
    /// # Errors
    /// Those of [`read_csv`](crate::table::read_csv), except that a file may have no rows; or the
    /// columns are not those of the first file.
    pub fn csv(&mut self, reader: impl Read + Send, source: &str) -> Result<()> {
        let mut blocks = Blocks::delimited(self.block, reader, source, &self.schema.cells)?;
        let header = blocks.header.clone();
        let Begun { form, raw, lines, .. } = self.begin(header, source)?;
        raw.read(|| blocks.block(), |rows| parse(form, rows, |line, to| form.add(line, to)))?;
        *lines += blocks.lines();
        Ok(())
    }

    /// Reads a file with a JSON object in each line. The keys are the columns, and a key that an object
    /// does not have is an empty cell. It may be compressed with gzip or Zstandard. `source` is the
    /// file's name.
    ///
    /// # Errors
    /// A key of the schema is in no object, the stream is broken, or a line is longer than a mebibyte.
    /// Unless bad rows are skipped, it is also an error if a line is no object, or if a row cannot be
    /// used for the reasons of [`read_csv`](crate::table::read_csv).
    pub fn json_lines(&mut self, reader: impl Read + Send, source: &str) -> Result<()> {
        let asker = &self.schema.source;
        let keys = JsonKeys::new(self.schema.columns());
        let mut blocks = json_lines::lines(reader, source)?;
        let Begun { form, raw, lines, .. } = self.begin(keys.names.clone(), source)?;
        let seen = raw.read(
            || blocks.block(),
            |rows| parse(form, rows, |line, to| form.add(&keys.row(line)?, to)),
        )?;
        *lines += blocks.lines();
        if seen > 0 { keys.require(source, asker) } else { Ok(()) }
    }

    /// Reads a Parquet file, as [`read_parquet`](crate::table::read_parquet) does. `source` is the
    /// file's name.
    ///
    /// # Errors
    /// Those of [`read_parquet`](crate::table::read_parquet), except that a file may have no rows; or
    /// the columns are not those of the first file.
    pub fn parquet(&mut self, reader: impl ChunkReader + 'static, source: &str) -> Result<()> {
        let schema = self.schema;
        let wanted: Vec<&str> = schema.columns().collect();
        let Opened { header, rows, mut batches } =
            open(reader, source, &wanted, &schema.source, JobPart::WHOLE)?;
        let Begun { form, raw, lines, .. } = self.begin(header.clone(), source)?;
        // Each batch goes to a worker together with the number of its first row.
        let next = || {
            let first = batches.first();
            Some((batches.next()?, first))
        };
        let texts =
            |(batch, first): (Result<Batch>, u64)| TextBatch::new(&batch?, &header, first, source);
        raw.read(next, |batch| {
            let mut to = Parsed::new(form.keys());
            match texts(batch) {
                Err(end) => to.end = Some(end),
                Ok(texts) => {
                    for row in texts.rows() {
                        to.seen += 1;
                        let bad = form.add(&row, &mut to).err();
                        to.rejects.extend(bad.map(|bad| bad.reject(&row)));
                    }
                }
            }
            to
        })?;
        *lines += rows;
        Ok(())
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// No file had a row.
    pub fn end(self) -> Result<Raw> {
        match self.begun {
            Some(Begun { raw, .. }) => raw.non_empty(),
            None => Err(Error::Data(format!("{}: expected rows, got no file", self.source))),
        }
    }

    /// Begins the next file, which has these columns.
    fn begin(&mut self, header: Vec<String>, source: &str) -> Result<&mut Begun> {
        let begun = match (self.begun.take(), self.reading.take()) {
            (Some(begun), _) => begun,
            (None, reading) => {
                let reading = reading.unwrap_or_else(|| crate::OnError::Fail.into());
                let (form, mut raw) = Form::new(self.schema, &header, source, Vec::new(), reading)?;
                raw.source.clone_from(&self.source);
                let header = header.clone();
                Begun { form, raw, first: source.to_owned(), header, lines: 0 }
            }
        };
        let begun = self.begun.insert(begun);
        if begun.header != header {
            return Err(Error::Data(format!(
                "{source}:1:1: expected the columns of {} ({}), got {}",
                begun.first,
                begun.header.join(", "),
                header.join(", ")
            )));
        }
        begun.form.begin(begun.lines);
        begun.raw.begin(source, begun.lines);
        Ok(begun)
    }
}
