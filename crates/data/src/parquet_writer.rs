//! Writes Parquet files with checksums.

use crate::arrow::array::RecordBatch;
use crate::arrow::datatypes::Schema;
use crate::error::Result;
use crate::sums::{CREATOR, RunningSums};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::sync::Arc;

/// A writer of Parquet whose files carry checksums of their values.
pub struct ParquetWriter<W: Write + Send> {
    to: ArrowWriter<W>,
    schema: Arc<Schema>,
    sums: RunningSums,
    pairs: Vec<KeyValue>,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// The writer fails.
    pub fn new(to: W, schema: Arc<Schema>, options: ArrowWriterOptions) -> Result<Self> {
        let to = ArrowWriter::try_new_with_options(to, schema.clone(), options)?;
        let sums = RunningSums::new(schema.fields().len());
        Ok(Self { to, schema, sums, pairs: Vec::new() })
    }

    /// Adds metadata.
    pub fn note(&mut self, key: &str, value: String) {
        self.pairs.push(KeyValue::new(key.to_owned(), value));
    }

    /// Adds rows.
    ///
    /// # Errors
    /// The rows do not fit the schema, or the writer fails.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.sums.add(batch)?;
        Ok(self.to.write(batch)?)
    }

    /// Writes the footer and ends the file.
    ///
    /// # Errors
    /// The writer fails.
    pub fn finish(mut self) -> Result<()> {
        for pair in self.sums.finish(&self.schema, self.pairs) {
            self.to.append_key_value_metadata(pair);
        }
        self.to.close()?;
        Ok(())
    }
}

/// The options of a file that is written as fast as possible, without compression.
pub fn uncompressed() -> ArrowWriterOptions {
    let properties = WriterProperties::builder().set_created_by(CREATOR.to_owned());
    ArrowWriterOptions::new().with_properties(properties.build())
}
