//! Writes rows as CSV, Parquet or an Arrow stream.

use crate::files::raw::RawFormat;
use anyhow::Result;
use ssim_data::arrow::array::{Array, AsArray, RecordBatch};
use ssim_data::arrow::datatypes::{DataType, Float32Type, Schema};
use ssim_data::arrow::display::array_value_to_string;
use ssim_data::arrow::ipc::writer::StreamWriter;
use ssim_data::parquet_writer::ParquetWriter;
use ssim_data::table::StreamFormat;
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// File format of rows, read or written.
#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
pub enum RowFormat {
    Csv,
    Parquet,
    /// Arrow's streaming format, for pipes: `ssim score` answers every batch with one batch
    ArrowStream,
}

impl RowFormat {
    /// The format of a file to write: the one that its name's ending says, or else that of the input.
    pub fn of_output(path: &Path, input: RawFormat) -> Self {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        match (ending.as_deref().and_then(OsStr::to_str), input) {
            (Some("csv"), _) => RowFormat::Csv,
            (Some("parquet" | "pq"), _) => RowFormat::Parquet,
            (Some("arrow" | "arrows"), _) => RowFormat::ArrowStream,
            (_, RawFormat::Parquet) => RowFormat::Parquet,
            (_, RawFormat::Stream(StreamFormat::Arrow)) => RowFormat::ArrowStream,
            (_, RawFormat::Stream(_)) => RowFormat::Csv,
        }
    }
}

type To<'a> = &'a mut (dyn Write + Send);

/// A writer of rows in one of the formats.
pub enum RowWriter<'a> {
    Csv(csv::Writer<To<'a>>),
    Parquet(ParquetWriter<To<'a>>),
    ArrowStream(StreamWriter<To<'a>>),
}

impl<'a> RowWriter<'a> {
    /// Begins the output; `parquet` begins it for Parquet.
    ///
    /// # Errors
    /// Returns the writer's error.
    pub fn new(
        format: RowFormat,
        to: To<'a>,
        schema: &Arc<Schema>,
        parquet: impl FnOnce(To<'a>, Arc<Schema>) -> ssim_data::Result<ParquetWriter<To<'a>>>,
    ) -> Result<Self> {
        Ok(match format {
            RowFormat::Csv => {
                let mut csv = csv::Writer::from_writer(to);
                csv.write_record(schema.fields().iter().map(|f| f.name())).map_err(io)?;
                RowWriter::Csv(csv)
            }
            RowFormat::Parquet => RowWriter::Parquet(parquet(to, schema.clone())?),
            RowFormat::ArrowStream => {
                let mut stream = StreamWriter::try_new(to, schema)?;
                // The other side of a pipe waits for the columns before it sends its first batch.
                stream.flush()?;
                RowWriter::ArrowStream(stream)
            }
        })
    }

    /// Adds rows. A stream passes them on at once.
    ///
    /// # Errors
    /// Returns the writer's error.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match self {
            RowWriter::Csv(csv) => {
                for i in 0..batch.num_rows() {
                    let cells = batch.columns().iter().map(|column| text(column, i));
                    csv.write_record(cells.collect::<Result<Vec<_>>>()?).map_err(io)?;
                }
            }
            RowWriter::Parquet(writer) => writer.write(batch)?,
            RowWriter::ArrowStream(stream) => {
                stream.write(batch)?;
                stream.flush()?;
            }
        }
        Ok(())
    }

    /// Ends the output.
    ///
    /// # Errors
    /// Returns the writer's error.
    pub fn finish(self) -> Result<()> {
        match self {
            RowWriter::Csv(mut csv) => csv.flush()?,
            RowWriter::Parquet(writer) => writer.finish()?,
            RowWriter::ArrowStream(mut stream) => stream.finish()?,
        }
        Ok(())
    }
}

/// Writes a cell as text; a null becomes an empty text.
fn text(column: &dyn Array, i: usize) -> Result<String> {
    Ok(match column.data_type() {
        _ if column.is_null(i) => String::new(),
        // The fewest digits that give the same number back, and no exponent.
        DataType::Float32 => column.as_primitive::<Float32Type>().value(i).to_string(),
        _ => array_value_to_string(column, i)?,
    })
}

/// Takes out the file's own error, so that `exit` can tell a closed pipe from a full disk.
fn io(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow::anyhow!("{other:?}"),
    }
}
