//! The checksums of a Parquet file that this program has written. They are in the footer, and they are
//! those of the values, so that a reader notices every damage that would change a value, wherever it
//! is in the file.
//!
//! Every column has one for each [`ROWS`] rows, because some readers need only a part of the rows or
//! of the columns. The other metadata of the program have one too. A file that another program has
//! written anew may still have the old checksums; they do not count there.

use crate::arrow::array::{Array, AsArray, RecordBatch};
use crate::arrow::datatypes::{DataType, Schema};
use crate::error::{Error, Result};
use parquet::file::metadata::KeyValue;
use serde::{Deserialize, Serialize};
use ssim_core::checksum::Checksum;
use std::ops::Range;

/// Number of consecutive rows that have a checksum of their own.
pub(crate) const ROWS: u64 = 1 << 20;
/// The name with which the program signs its files, without a version: an upgrade of the Parquet
/// library does not change the bytes.
pub(crate) const CREATOR: &str = "ssim";
/// Metadata key of the checksums.
pub(crate) const KEY: &str = "ssim.checksums";
/// Metadata key that the Parquet library adds.
const ARROW: &str = "ARROW:schema";

/// The checksums as they are in the footer.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    /// Number of rows.
    pub rows: u64,
    pub columns: Vec<String>,
    /// By part of [`ROWS`] rows, and then by column.
    pub parts: Vec<Vec<String>>,
    /// That of all other metadata of the program.
    pub metadata: String,
}

/// The checksum of a column's values.
#[derive(Clone, Default)]
pub(crate) struct ColumnSum {
    /// Of the values that are there.
    values: Checksum,
    /// Of the places of those that are not.
    nulls: Checksum,
    row: u64,
}

impl ColumnSum {
    /// Adds values. How they are cut into arrays does not matter, nor whether texts are views.
    ///
    /// # Errors
    /// The type is one that the program does not write.
    pub fn add(&mut self, array: &dyn Array) -> Result<()> {
        if array.null_count() > 0 {
            for i in (0..array.len()).filter(|i| array.is_null(*i)) {
                self.nulls.add(&(self.row + i as u64).to_le_bytes());
            }
        }
        self.row += array.len() as u64;
        match array.data_type() {
            DataType::Boolean => {
                let bits: Vec<u8> = array.as_boolean().iter().flatten().map(u8::from).collect();
                self.values.add(&bits);
            }
            DataType::Utf8 => self.texts(array.as_string::<i32>().iter()),
            DataType::LargeUtf8 => self.texts(array.as_string::<i64>().iter()),
            DataType::Utf8View => self.texts(array.as_string_view().iter()),
            kind => {
                let data = array.to_data();
                let (Some(width), Some(bytes)) = (kind.primitive_width(), data.buffers().first())
                else {
                    return Err(Error::Data(format!("expected numbers or texts, got {kind}")));
                };
                let bytes = &bytes[data.offset() * width..][..data.len() * width];
                if array.null_count() == 0 {
                    self.values.add(bytes);
                } else {
                    let there = bytes.chunks_exact(width).enumerate();
                    let there = there.filter(|(i, _)| array.is_valid(*i));
                    there.for_each(|(_, value)| self.values.add(value));
                }
            }
        }
        Ok(())
    }

    fn texts<'a>(&mut self, texts: impl Iterator<Item = Option<&'a str>>) {
        let mut bytes = Vec::new();
        for text in texts.flatten() {
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
            if bytes.len() > 1 << 16 {
                self.values.add(&bytes);
                bytes.clear();
            }
        }
        self.values.add(&bytes);
    }

    fn take(&mut self) -> String {
        let Self { values, nulls, .. } = std::mem::take(self);
        let both = [values.value().to_le_bytes(), nulls.value().to_le_bytes()];
        hex(Checksum::of(both.as_flattened()))
    }
}

/// Sums the rows of a file while they are written or read.
pub(crate) struct RunningSums {
    columns: Vec<ColumnSum>,
    /// Rows since the last part.
    rows: u64,
    pub parts: Vec<Vec<String>>,
}

impl RunningSums {
    /// No rows of so many columns.
    pub fn new(columns: usize) -> Self {
        Self { columns: vec![ColumnSum::default(); columns], rows: 0, parts: Vec::new() }
    }

    /// Adds rows.
    ///
    /// # Errors
    /// As [`ColumnSum::add`].
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut start = 0;
        while start < batch.num_rows() {
            let left = usize::try_from(ROWS - self.rows).unwrap_or(usize::MAX);
            let n = left.min(batch.num_rows() - start);
            for (sum, column) in self.columns.iter_mut().zip(batch.columns()) {
                sum.add(&column.slice(start, n))?;
            }
            self.advance(n as u64);
            start += n;
        }
        Ok(())
    }

    /// The sums of the columns. Whoever adds values to all of them calls [`advance`](Self::advance)
    /// then, and never adds more than are left of a part.
    pub fn columns(&mut self) -> &mut [ColumnSum] {
        &mut self.columns
    }

    /// Takes note of so many rows.
    pub fn advance(&mut self, rows: u64) {
        self.rows += rows;
        if self.rows == ROWS {
            self.part();
        }
    }

    /// Ends a part.
    pub fn part(&mut self) {
        if self.rows > 0 {
            self.parts.push(self.columns.iter_mut().map(ColumnSum::take).collect());
            self.rows = 0;
        }
    }

    /// The metadata of a file that ends here: its other metadata, and the checksums.
    pub fn finish(mut self, schema: &Schema, mut pairs: Vec<KeyValue>) -> Vec<KeyValue> {
        let rows = self.parts.len() as u64 * ROWS + self.rows;
        self.part();
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        let sums = Sums { rows, columns, parts: self.parts, metadata: of_metadata(&pairs) };
        // A struct of texts and numbers can always be written.
        let sums = serde_json::to_string(&sums).unwrap_or_default();
        pairs.push(KeyValue::new(KEY.to_owned(), sums));
        pairs
    }
}

/// The smallest range of whole parts around a range of rows, of `total` rows. Only whole parts can be
/// compared with their checksums.
pub(crate) fn whole_parts(range: Range<u64>, total: u64) -> Range<u64> {
    if range.is_empty() {
        return 0..0;
    }
    let end = range.end.checked_next_multiple_of(ROWS).map_or(total, |end| end.min(total));
    let start = range.start / ROWS * ROWS;
    start.min(end)..end
}

/// The checksum of all metadata but the checksums and what the Parquet library adds.
pub(crate) fn of_metadata(pairs: &[KeyValue]) -> String {
    let others = pairs.iter().filter(|pair| pair.key != KEY && pair.key != ARROW);
    let mut texts: Vec<_> = others.map(|pair| (&pair.key, pair.value.as_deref())).collect();
    texts.sort();
    hex(Checksum::of(format!("{texts:?}").as_bytes()))
}

fn hex(sum: u64) -> String {
    format!("{sum:016x}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::arrow::array::{ArrayRef, BooleanArray, Float32Array, StringArray, UInt64Array};
    use crate::arrow::compute::cast;
    use std::sync::Arc;

    pub(crate) fn columns(n: u64) -> RecordBatch {
        let columns: [(&str, ArrayRef); 4] = [
            ("row", Arc::new(UInt64Array::from_iter_values(0..n))),
            ("name", Arc::new(StringArray::from_iter_values((0..n).map(|i| format!("v{i}"))))),
            ("shared", Arc::new(BooleanArray::from_iter((0..n).map(|i| Some(i % 3 == 0))))),
            (
                "score",
                Arc::new(Float32Array::from_iter((0..n).map(|i| (i % 5 > 0).then_some(0.5)))),
            ),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true))).expect("rows")
    }

    #[test]
    fn cuts_and_kinds_of_texts_do_not_matter() {
        let batch = columns(1000);
        let views = cast(batch.column(1), &DataType::Utf8View).expect("views");
        for column in batch.columns().iter().chain([&views]) {
            let (mut whole, mut cut) = (ColumnSum::default(), ColumnSum::default());
            whole.add(column).expect("a sum");
            for start in (0..1000).step_by(40) {
                cut.add(&column.slice(start, 40)).expect("a sum");
            }
            assert_eq!(whole.take(), cut.take());
        }
        let sum = |array: &dyn Array| {
            let mut sum = ColumnSum::default();
            sum.add(array).expect("a sum");
            sum.take()
        };
        assert_eq!(sum(batch.column(1)), sum(&views));
        let (a, b) =
            (Float32Array::from(vec![Some(1.0), None]), Float32Array::from(vec![None, Some(1.0)]));
        assert_ne!(sum(&a), sum(&b));
    }

    #[test]
    fn parts_are_whole() {
        for (range, total, expected) in [
            (0..5, 10, 0..10),
            (5..ROWS + 1, 3 * ROWS, 0..2 * ROWS),
            (ROWS..ROWS + 1, ROWS + 7, ROWS..ROWS + 7),
            (4..4, 10, 0..0),
        ] {
            assert_eq!(whole_parts(range, total), expected);
        }
    }
}
