//! Writes the rows of a split to its file while they arrive. All columns are encoded in parallel.

use crate::arrow::array::{ArrayRef, BooleanArray, PrimitiveArray};
use crate::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Float32Type, Schema as ArrowSchema, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use crate::encode::Encoder;
use crate::error::Result;
use crate::folder::part::{PROBABILITY, SHARED, column};
use crate::folder::{FINGERPRINT, writing};
use crate::sums::{ROWS, RunningSums};
use parquet::arrow::arrow_writer::{
    ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriter, compute_leaves,
};
use parquet::file::metadata::KeyValue;
use parquet::file::writer::SerializedFileWriter;
use ssim_core::instances::{Instances, Planted};
use ssim_core::parallel;
use ssim_core::row_digest::{RowDigest, RowHasher};
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

/// Number of rows that are turned into columns at the same time.
const PIECE: usize = 1 << 16;
/// Number of pieces that are encoded before they are written as one row group, which then has as many
/// rows as a checksum is for.
const GROUP: usize = ROWS as usize / PIECE;
/// The largest number of ids for which a field is written with a dictionary. A Parquet dictionary
/// may have 1 MB, so larger fields would only waste time on it.
const VARIED: usize = 1 << 15;

impl Encoder {
    /// Encodes all rows and writes the splits to `to`, in the order of
    /// [`FILES`](crate::folder::FILES). The files are those of
    /// [`write_split`](crate::folder::write_split).
    ///
    /// Returns the digest of each split's rows, which the manifest keeps.
    ///
    /// # Errors
    /// A writer or the scratch file fails.
    pub fn write<W: Write + Send>(self, to: [W; 3]) -> Result<Split<RowDigest>> {
        let fingerprint = self.schema().fingerprint();
        let mut writers = Vec::with_capacity(to.len());
        for to in to {
            writers.push(SplitWriter::new(to, self.schema(), &fingerprint, self.planted())?);
        }
        self.each(|splits| {
            writers.iter_mut().zip(&splits).try_for_each(|(writer, rows)| writer.write(rows))
        })?;
        let mut writers = writers.into_iter();
        Split::try_new(|_| {
            writers.next().map_or_else(|| Ok(RowDigest::default()), SplitWriter::finish)
        })
    }
}

/// Writes a split. The bytes do not depend on the number of rows per call of
/// [`write`](Self::write).
pub(super) struct SplitWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    columns: Arc<ArrowSchema>,
    /// The columns of the row group that is being encoded.
    group: Vec<ArrowColumnWriter>,
    /// Number of pieces in this row group.
    pieces: usize,
    /// Rows that wait until they fill a piece.
    rest: Instances,
    digest: RowHasher,
    sums: RunningSums,
    fingerprint: String,
}

impl<W: Write + Send> SplitWriter<W> {
    /// Begins a split without rows. `planted` says whether its rows are synthetic and have a
    /// planted truth.
    pub fn new(to: W, schema: &Schema, fingerprint: &str, planted: bool) -> Result<Self> {
        let field = |name: &str, kind: DataType| Field::new(name, kind, false);
        let mut columns = vec![
            field("row", DataType::UInt64),
            field("scenario", DataType::UInt16),
            field("label", DataType::UInt8),
        ];
        let names = schema.fields.iter().map(|f| column(&f.name));
        columns.extend(names.map(|name| field(&name, DataType::UInt32)));
        if planted {
            columns.push(field(SHARED, DataType::Boolean));
            columns.push(field(PROBABILITY, DataType::Float32));
        }
        let columns = Arc::new(ArrowSchema::new(columns));
        let varied = schema.fields.iter().filter(|field| field.size() > VARIED);
        let varied: Vec<String> = varied.map(|field| column(&field.name)).collect();
        let options = writing(&varied);
        let writer = ArrowWriter::try_new_with_options(to, columns.clone(), options)?;
        let (file, factory) = writer.into_serialized_writer()?;
        let planted = planted.then(Planted::default);
        let rest = Instances { planted, ..Instances::of(schema) };
        let (digest, sums) = (RowHasher::default(), RunningSums::new(columns.fields().len()));
        let fingerprint = fingerprint.to_owned();
        let (group, pieces) = (Vec::new(), 0);
        Ok(Self { file, factory, columns, group, pieces, rest, digest, sums, fingerprint })
    }

    /// Adds rows.
    pub fn write(&mut self, rows: &Instances) -> Result<()> {
        self.digest.add(rows);
        let mut start = 0;
        while start < rows.len() {
            // A whole piece can be encoded without copying its rows first.
            let whole = self.rest.is_empty() && rows.len() - start >= PIECE;
            let end = rows.len().min(start + PIECE - self.rest.len());
            if whole {
                self.piece(rows, start..end)?;
            } else {
                self.rest.extend(rows, start..end);
                if self.rest.len() == PIECE {
                    self.flush()?;
                }
            }
            start = end;
        }
        Ok(())
    }

    /// Writes the remaining rows and the footer, and returns the digest of all rows.
    pub fn finish(mut self) -> Result<RowDigest> {
        if !self.rest.is_empty() {
            self.flush()?;
        }
        self.close()?;
        let fingerprint = KeyValue::new(FINGERPRINT.to_owned(), self.fingerprint);
        for pair in self.sums.finish(&self.columns, vec![fingerprint]) {
            self.file.append_key_value_metadata(pair);
        }
        self.file.close()?;
        Ok(self.digest.finish())
    }

    /// Encodes the rows that have been waiting.
    fn flush(&mut self) -> Result<()> {
        let mut rest = std::mem::take(&mut self.rest);
        self.piece(&rest, 0..rest.len())?;
        rest.clear();
        self.rest = rest;
        Ok(())
    }

    /// Encodes rows. Each column is a task of its own for the workers.
    fn piece(&mut self, rows: &Instances, range: Range<usize>) -> Result<()> {
        if self.group.is_empty() {
            self.group =
                self.factory.create_column_writers(self.file.flushed_row_groups().len())?;
        }
        let fields = self.columns.fields();
        let columns = self.group.iter_mut().zip(self.sums.columns()).enumerate().collect();
        let written = parallel::map(columns, |(at, (writer, sum))| -> Result<()> {
            let values = values(rows, at, range.clone());
            sum.add(&values)?;
            for leaf in compute_leaves(&fields[at], &values)? {
                writer.write(&leaf)?;
            }
            Ok(())
        });
        written.into_iter().collect::<Result<()>>()?;
        self.sums.advance(range.len() as u64);
        self.pieces += 1;
        match self.pieces {
            GROUP => self.close(),
            _ => Ok(()),
        }
    }

    /// Writes the row group, if it has rows.
    fn close(&mut self) -> Result<()> {
        let columns = parallel::map(std::mem::take(&mut self.group), ArrowColumnWriter::close);
        if !columns.is_empty() {
            let mut group = self.file.next_row_group()?;
            for column in columns {
                column?.append_to_row_group(&mut group)?;
            }
            group.close()?;
        }
        self.pieces = 0;
        Ok(())
    }
}

/// The values of column number `at` for a range of rows.
fn values(rows: &Instances, at: usize, range: Range<usize>) -> ArrayRef {
    // The columns row, scenario and label come before the fields.
    let before = 3;
    let f = rows.fields;
    match (at, &rows.planted) {
        (0, _) => array::<UInt64Type>(rows.rows[range].iter().copied()),
        (1, _) => array::<UInt16Type>(rows.scenarios[range].iter().copied()),
        (2, _) => array::<UInt8Type>(rows.labels[range].iter().copied()),
        (_, Some(planted)) if at == before + f => {
            Arc::new(BooleanArray::from(planted.shared[range].to_vec()))
        }
        (_, Some(planted)) if at > before + f => {
            array::<Float32Type>(planted.probability[range].iter().copied())
        }
        _ => array::<UInt32Type>(range.map(|i| rows.ids[i * f + at - before])),
    }
}

/// An Arrow column of numbers.
fn array<T: ArrowPrimitiveType>(values: impl Iterator<Item = T::Native>) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter_values(values))
}
