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
use crate::table::messages::Messages;
use crate::table::parquet::{Opened, names, open, places};
use crate::table::rows::RawLine;
use crate::table::source_file::{PlacedRow, SourceFile};
use crate::table::stream_format::StreamFormat;
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

    /// Reads a file of this format.
    ///
    /// # Errors
    /// Those of the function for the format: [`arrow`](Self::arrow), [`json_lines`](Self::json_lines) or
    /// [`csv`](Self::csv).
    pub fn stream(
        &mut self,
        format: StreamFormat,
        reader: impl Read + Send,
        source: &SourceFile,
    ) -> Result<()> {
        match format {
            StreamFormat::Arrow => self.arrow(reader, source),
            StreamFormat::JsonLines => self.json_lines(reader, source),
            StreamFormat::Text => self.csv(reader, source),
        }
    }

    /// Reads a CSV, as [`read_csv`](crate::table::read_csv) does.
    ///
    /// # Errors
    /// Those of [`read_csv`](crate::table::read_csv), except that a file may have no rows; or the
    /// columns are not those of the first file.
    pub fn csv(&mut self, reader: impl Read + Send, source: &SourceFile) -> Result<()> {
        let mut blocks = Blocks::delimited(self.block, reader, &source.name, &self.schema.cells)?;
        let (header, placed) = &source.place(blocks.header.clone());
        let Begun { form, raw, lines, .. } = self.begin(header, source)?;
        raw.read(
            || blocks.block(),
            |rows| parse(form, rows, |row, to| form.add(&PlacedRow { row, placed }, to)),
        )?;
        *lines += blocks.lines();
        Ok(())
    }

    /// Reads a file with a JSON object in each line. The keys are the columns, and a key that an object
    /// does not have is an empty cell. It may be compressed as a CSV.
    ///
    /// # Errors
    /// A key of the schema is in no object, the stream is broken, or a line is longer than a mebibyte.
    /// Unless bad rows are skipped, it is also an error if a line is no object, or if a row cannot be
    /// used for the reasons of [`read_csv`](crate::table::read_csv).
    pub fn json_lines(&mut self, reader: impl Read + Send, source: &SourceFile) -> Result<()> {
        let asker = &self.schema.source;
        let keys = JsonKeys::new(self.schema.columns().filter(|name| !source.says(name)));
        let mut blocks = json_lines::lines(reader, &source.name)?;
        let (header, placed) = &source.place(keys.names.clone());
        let Begun { form, raw, lines, .. } = self.begin(header, source)?;
        let add = |line: &RawLine, to: &mut Parsed| {
            form.add(&PlacedRow { row: &keys.row(line)?, placed }, to)
        };
        let seen = raw.read(|| blocks.block(), |rows| parse(form, rows, add))?;
        *lines += blocks.lines();
        if seen > 0 { keys.require(&source.name, asker) } else { Ok(()) }
    }

    /// Reads a Parquet file, as [`read_parquet`](crate::table::read_parquet) does.
    ///
    /// # Errors
    /// Those of [`read_parquet`](crate::table::read_parquet), except that a file may have no rows; or
    /// the columns are not those of the first file.
    pub fn parquet(
        &mut self,
        reader: impl ChunkReader + 'static,
        source: &SourceFile,
    ) -> Result<()> {
        let schema = self.schema;
        let wanted: Vec<&str> = schema.columns().filter(|name| !source.says(name)).collect();
        let Opened { header, rows, mut batches } =
            open(reader, &source.name, &wanted, &schema.source, JobPart::WHOLE)?;
        // Each batch goes to a worker together with the number of its first row.
        let next = || {
            let first = batches.first();
            Some((batches.next()?, first))
        };
        self.batches(header, next, source)?;
        self.lines(rows);
        Ok(())
    }

    /// Reads a file in Arrow's format, with random access (Feather) or as a stream. It may be compressed
    /// as a CSV. Its columns may have the types that [`read_parquet`](crate::table::read_parquet) reads.
    ///
    /// # Errors
    /// Those of [`encode_stream`](crate::table::encode_stream) for a damaged stream and of
    /// [`read_csv`](crate::table::read_csv) for bad rows; or the columns are not those of the first file.
    pub fn arrow(&mut self, reader: impl Read + Send, source: &SourceFile) -> Result<()> {
        let wanted: Vec<&str> = self.schema.columns().filter(|name| !source.says(name)).collect();
        let mut stream = Messages::new(reader, &source.name)?;
        let columns = stream.schema()?;
        let wanted = places(&columns, &wanted, &source.name, &self.schema.source)?;
        let mut rows = 0;
        let mut ended = false;
        let next = || {
            if ended {
                return None;
            }
            let (batch, first) = (stream.batch(&wanted).transpose()?, rows + 1);
            match &batch {
                Ok(batch) => rows += batch.rows.num_rows() as u64,
                Err(_) => ended = true,
            }
            Some((batch, first))
        };
        self.batches(names(&columns), next, source)?;
        self.lines(rows);
        Ok(())
    }

    /// Reads the batches of a file, each with the number of its first row.
    fn batches(
        &mut self,
        own: Vec<String>,
        next: impl FnMut() -> Option<(Result<Batch>, u64)> + Send,
        source: &SourceFile,
    ) -> Result<()> {
        let (header, placed) = &source.place(own.clone());
        let Begun { form, raw, .. } = self.begin(header, source)?;
        let texts = |(batch, first): (Result<Batch>, u64)| {
            TextBatch::new(&batch?, &own, first, &source.name)
        };
        raw.read(next, |batch| {
            let mut to = Parsed::new(form.keys());
            match texts(batch) {
                Err(end) => to.end = Some(end),
                Ok(texts) => {
                    for row in texts.rows() {
                        to.seen += 1;
                        let bad = form.add(&PlacedRow { row: &row, placed }, &mut to).err();
                        to.rejects.extend(bad.map(|bad| bad.reject(&row)));
                    }
                }
            }
            to
        })?;
        Ok(())
    }

    /// Counts the lines of the file that has been read.
    fn lines(&mut self, of_file: u64) {
        self.begun.iter_mut().for_each(|begun| begun.lines += of_file);
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
    fn begin(&mut self, header: &[String], source: &SourceFile) -> Result<&mut Begun> {
        let source = source.name.as_str();
        let begun = match (self.begun.take(), self.reading.take()) {
            (Some(begun), _) => begun,
            (None, reading) => {
                let reading = reading.unwrap_or_else(|| crate::OnError::Fail.into());
                let (form, mut raw) = Form::new(self.schema, header, source, Vec::new(), reading)?;
                raw.source.clone_from(&self.source);
                Begun { form, raw, first: source.to_owned(), header: header.to_owned(), lines: 0 }
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
