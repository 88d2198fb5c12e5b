//! Turns the columns of a Parquet or Arrow batch into text, each value in its one
//! [spelling](ssim_core::spelling).

use crate::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, PrimitiveArray, RecordBatch, StringViewArray,
    StringViewBuilder, UInt64Array,
};
use crate::arrow::compute::{strict_cast, take};
use crate::arrow::datatypes::{
    DataType, Float16Type, Int16Type, Int32Type, Int64Type, RunEndIndexType,
};
use crate::error::{Error, Result, cut};
use crate::guard::guard;
use crate::parquet_file::Batch;
use crate::table::cells::Cells;
use crate::table::times::{Bad, Times, int96, times};
use half::f16;
use ssim_core::spelling::respelled;

/// A batch whose columns have been turned into text.
pub(crate) struct TextBatch {
    /// The column of each name in the header, or `None` if the batch does not have it.
    columns: Vec<Option<Texts>>,
    /// Number of rows.
    rows: usize,
    /// Number of the first row in the file.
    first: u64,
}

/// A column as text.
struct Texts {
    values: Values,
    /// Nanoseconds as text, if the column has times.
    nanoseconds: Option<StringViewArray>,
}

enum Values {
    Known(StringViewArray),
    /// Bytes that may be text; each cell is checked when it is used.
    Bytes(BinaryViewArray),
}

/// One row of a batch.
pub(crate) struct TextRow<'a> {
    texts: &'a TextBatch,
    row: usize,
}

impl TextBatch {
    /// Turns all columns of the batch into text. `first` is the number of its first row.
    pub fn new(batch: &Batch, header: &[String], first: u64, source: &str) -> Result<Self> {
        guard(source, "sound columns", || Self::of(batch, header, first, source))
    }

    fn of(batch: &Batch, header: &[String], first: u64, source: &str) -> Result<Self> {
        let mut columns = Vec::with_capacity(header.len());
        for (at, name) in header.iter().enumerate() {
            let seconds = batch.seconds.as_ref().and_then(|batch| batch.column_by_name(name));
            let column = batch.rows.column_by_name(name).map(|values| match seconds {
                Some(seconds) => int96(values, seconds).map(timed),
                None => texts(values),
            });
            let column = column.transpose().map_err(|Bad { row, reason }| {
                let row = first + row as u64;
                Error::Data(format!("{source}:{row}:{}: field \"{name}\": {reason}", at + 1))
            })?;
            columns.push(column);
        }
        Ok(Self { columns, rows: batch.rows.num_rows(), first })
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = TextRow<'_>> {
        (0..self.rows).map(|row| TextRow { texts: self, row })
    }
}

impl Cells for TextRow<'_> {
    fn line(&self) -> u64 {
        self.texts.first + self.row as u64
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        match &self.texts.columns[column] {
            Some(texts) => texts.values.get(self.row),
            None => Ok(""),
        }
    }

    fn number(&self, column: usize) -> Result<&str, String> {
        match &self.texts.columns[column] {
            Some(Texts { nanoseconds: Some(numbers), .. }) => Ok(known(numbers, self.row)),
            _ => self.get(column),
        }
    }

    fn raw(&self) -> String {
        let columns = self.texts.columns.iter().flatten();
        let cells = columns.map(|texts| texts.values.get(self.row).map_or_else(|bytes| bytes, cut));
        cells.collect::<Vec<_>>().join(",")
    }
}

impl Values {
    fn get(&self, row: usize) -> Result<&str, String> {
        match self {
            Values::Known(values) => Ok(known(values, row)),
            Values::Bytes(values) if values.is_valid(row) => {
                let bytes = values.value(row);
                std::str::from_utf8(bytes)
                    .map_err(|_| format!("bytes \"{}\"", cut(&bytes.escape_ascii().to_string())))
            }
            Values::Bytes(_) => Ok(""),
        }
    }
}

/// The text of a row; a null is empty.
fn known(values: &StringViewArray, row: usize) -> &str {
    if values.is_valid(row) { values.value(row) } else { "" }
}

/// True if values of this type can be turned into text.
pub(crate) fn readable(kind: &DataType) -> Result<(), String> {
    match kind {
        DataType::Dictionary(_, values) => readable(values),
        DataType::RunEndEncoded(_, values) => readable(values.data_type()),
        kind if kind.is_nested()
            || matches!(kind, DataType::Duration(_) | DataType::Interval(_)) =>
        {
            Err(format!("expected text, numbers or booleans, got {kind}"))
        }
        _ => Ok(()),
    }
}

fn texts(column: &ArrayRef) -> Result<Texts, Bad> {
    readable(column.data_type()).map_err(|reason| Bad::new(0, reason))?;
    let known = |values: ArrayRef| {
        let values = Values::Known(values.as_string_view().clone());
        Ok(Texts { values, nanoseconds: None })
    };
    let bytes = |values| Ok(Texts { values: Values::Bytes(values), nanoseconds: None });
    match column.data_type() {
        DataType::Utf8View => known(column.clone()),
        DataType::BinaryView => bytes(column.as_binary_view().clone()),
        DataType::Binary | DataType::LargeBinary => {
            bytes(cast(column, &DataType::BinaryView)?.as_binary_view().clone())
        }
        DataType::FixedSizeBinary(_) => {
            bytes(column.as_fixed_size_binary().iter().collect::<BinaryViewArray>())
        }
        DataType::Boolean => known(cast(&cast(column, &DataType::Int8)?, &DataType::Utf8View)?),
        DataType::Float16 => known(floats16(column.as_primitive())),
        DataType::Float32
        | DataType::Float64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => known(numbers(&cast(column, &DataType::Utf8)?)),
        DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Time32(_)
        | DataType::Time64(_) => Ok(timed(times(column)?)),
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            texts(dictionary.values())?.take(dictionary.keys())
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => runs::<Int16Type>(column),
            DataType::Int32 => runs::<Int32Type>(column),
            _ => runs::<Int64Type>(column),
        },
        // Text of the other layouts, integers and columns without values.
        _ => known(cast(column, &DataType::Utf8View)?),
    }
}

/// A column of times.
fn timed(Times { texts, nanoseconds }: Times) -> Texts {
    Texts { values: Values::Known(texts), nanoseconds: Some(nanoseconds) }
}

impl Texts {
    /// The texts at these places.
    fn take(&self, places: &dyn Array) -> Result<Self, Bad> {
        let fail = |e: crate::arrow::error::ArrowError| Bad::new(0, e.to_string());
        let strings = |values: &StringViewArray| {
            take(values, places, None).map(|values| values.as_string_view().clone()).map_err(fail)
        };
        Ok(Self {
            values: match &self.values {
                Values::Known(values) => Values::Known(strings(values)?),
                Values::Bytes(values) => {
                    let taken = take(values, places, None).map_err(fail)?;
                    Values::Bytes(taken.as_binary_view().clone())
                }
            },
            nanoseconds: self.nanoseconds.as_ref().map(strings).transpose()?,
        })
    }
}

/// Turns a column of runs into text: the value of each run once, and then the rows.
fn runs<E: RunEndIndexType>(column: &ArrayRef) -> Result<Texts, Bad> {
    let runs = column.as_run::<E>();
    let rows: Vec<u64> = (0..runs.len() as u64).collect();
    let places = runs.get_physical_indices(&rows).map_err(|e| Bad::new(0, e.to_string()))?;
    let places: UInt64Array = places.into_iter().map(|place| place as u64).collect();
    texts(runs.values())?.take(&places)
}

/// Casts a column. A value that does not fit is an error.
fn cast(column: &ArrayRef, to: &DataType) -> Result<ArrayRef, Bad> {
    strict_cast(column, to).map_err(|e| Bad::new(0, e.to_string()))
}

/// Numbers that have been turned into text by the Arrow library, in their one spelling.
fn numbers(texts: &ArrayRef) -> ArrayRef {
    let mut to = StringViewBuilder::with_capacity(texts.len());
    for text in texts.as_string::<i32>() {
        match text.map(|text| (text, text.strip_suffix(".0"))) {
            None => to.append_null(),
            // The common case: the whole number of a column of broken ones.
            Some((_, Some(whole))) if whole != "-0" && !whole.contains('e') => {
                to.append_value(whole);
            }
            Some((text, _)) => match respelled(text) {
                Some(spelled) => to.append_value(spelled),
                None => to.append_value(text),
            },
        }
    }
    std::sync::Arc::new(to.finish())
}

/// Numbers of 16 bits with the fewest digits that give them back.
fn floats16(column: &PrimitiveArray<Float16Type>) -> ArrayRef {
    let shortest = |value: f16| {
        let texts = (0..5).map(|digits| format!("{:.digits$e}", value.to_f32()));
        let mut read = texts.filter_map(|text| text.parse::<f32>().ok());
        let short = read.find(|short| f16::from_f32(*short) == value);
        let text = short.unwrap_or(value.to_f32()).to_string();
        respelled(&text).unwrap_or(text)
    };
    let texts = column.iter().map(|value| value.map(shortest));
    std::sync::Arc::new(texts.collect::<StringViewArray>())
}

/// A batch of a stream, which has no columns of the old type INT96.
impl From<RecordBatch> for Batch {
    fn from(rows: RecordBatch) -> Self {
        Self { rows, seconds: None }
    }
}
