//! Tables on their way out: CSV, Parquet or an Arrow stream.

use anyhow::Result;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Schema};
use arrow::ipc::writer::StreamWriter;
use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use std::io::Write;
use std::sync::Arc;

/// How rows are written down.
#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
pub enum Format {
    Csv,
    Parquet,
    /// Arrow's streaming format, for pipes: every batch is answered by one
    ArrowStream,
}

type To<'a> = &'a mut (dyn Write + Send);

/// Where rows go.
pub enum Sink<'a> {
    Csv(csv::Writer<To<'a>>),
    Parquet(ArrowWriter<To<'a>>),
    ArrowStream(StreamWriter<To<'a>>),
}

impl<'a> Sink<'a> {
    /// Begins the output; `options` are those of Parquet.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn new(
        format: Format,
        to: To<'a>,
        schema: &Arc<Schema>,
        options: ArrowWriterOptions,
    ) -> Result<Self> {
        Ok(match format {
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(to);
                csv.write_record(schema.fields().iter().map(|f| f.name())).map_err(io)?;
                Sink::Csv(csv)
            }
            Format::Parquet => {
                Sink::Parquet(ArrowWriter::try_new_with_options(to, schema.clone(), options)?)
            }
            Format::ArrowStream => {
                let mut stream = StreamWriter::try_new(to, schema)?;
                // Who asks waits for the answer's columns before it sends its first batch.
                stream.flush()?;
                Sink::ArrowStream(stream)
            }
        })
    }

    /// Adds rows; on the way through a stream they are seen at once.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match self {
            Sink::Csv(csv) => {
                for i in 0..batch.num_rows() {
                    let cells = batch.columns().iter().map(|column| text(column, i));
                    csv.write_record(cells.collect::<Result<Vec<_>>>()?).map_err(io)?;
                }
            }
            Sink::Parquet(writer) => writer.write(batch)?,
            Sink::ArrowStream(stream) => {
                stream.write(batch)?;
                stream.flush()?;
            }
        }
        Ok(())
    }

    /// Ends the output.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn finish(self) -> Result<()> {
        match self {
            Sink::Csv(mut csv) => csv.flush()?,
            Sink::Parquet(writer) => drop(writer.close()?),
            Sink::ArrowStream(mut stream) => stream.finish()?,
        }
        Ok(())
    }
}

/// A cell as text; a null is an empty one.
fn text(column: &dyn Array, i: usize) -> Result<String> {
    Ok(match column.data_type() {
        _ if column.is_null(i) => String::new(),
        // The fewest digits that give the same number back, and no exponent.
        DataType::Float32 => column.as_primitive::<Float32Type>().value(i).to_string(),
        _ => array_value_to_string(column, i)?,
    })
}

/// The writer's own error, so that a closed pipe can be told from a full disk.
fn io(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow::anyhow!("{other:?}"),
    }
}
