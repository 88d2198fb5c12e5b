//! Scores as CSV or Parquet: row, scenario, ctr, share_score.

use super::Format;
use super::model::Scores;
use anyhow::Result;
use arrow::array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_writer::ArrowWriter;
use std::io::Write;
use std::sync::Arc;

const COLUMNS: [&str; 4] = ["row", "scenario", "ctr", "share_score"];

/// Where scored rows go.
pub enum Sink<'a> {
    Csv(csv::Writer<&'a mut (dyn Write + Send)>),
    Parquet(ArrowWriter<&'a mut (dyn Write + Send)>, Arc<Schema>),
}

impl<'a> Sink<'a> {
    /// Begins the output.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn new(format: Format, to: &'a mut (dyn Write + Send)) -> Result<Self> {
        match format {
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(to);
                csv.write_record(COLUMNS).map_err(io)?;
                Ok(Sink::Csv(csv))
            }
            Format::Parquet => {
                let [row, scenario, ctr, share] = COLUMNS;
                let schema = Arc::new(Schema::new(vec![
                    Field::new(row, DataType::UInt64, false),
                    Field::new(scenario, DataType::Utf8, false),
                    Field::new(ctr, DataType::Float32, false),
                    // Null where the model came without a selector.
                    Field::new(share, DataType::Float32, true),
                ]));
                Ok(Sink::Parquet(ArrowWriter::try_new(to, schema.clone(), None)?, schema))
            }
        }
    }

    /// Adds rows.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn write(&mut self, scores: &Scores) -> Result<()> {
        match self {
            Sink::Csv(csv) => {
                for (i, row) in scores.rows.iter().enumerate() {
                    let share = scores.share.as_ref().map_or(String::new(), |s| s[i].to_string());
                    let (row, ctr) = (row.to_string(), scores.ctr[i].to_string());
                    csv.write_record([&row, scores.scenarios[i], &ctr, &share]).map_err(io)?;
                }
            }
            Sink::Parquet(writer, schema) => {
                let share: Float32Array = match &scores.share {
                    Some(share) => share.clone().into(),
                    None => Float32Array::new_null(scores.rows.len()),
                };
                let columns: Vec<ArrayRef> = vec![
                    Arc::new(UInt64Array::from(scores.rows.to_vec())),
                    Arc::new(StringArray::from(scores.scenarios.clone())),
                    Arc::new(Float32Array::from(scores.ctr.clone())),
                    Arc::new(share),
                ];
                writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
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
            Sink::Parquet(writer, _) => drop(writer.close()?),
        }
        Ok(())
    }
}

/// The writer's own error, so that a closed pipe can be told from a full disk.
fn io(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow::anyhow!("{other:?}"),
    }
}
