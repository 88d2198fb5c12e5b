//! Columns of lists and scores, which may come from other programs. A value is taken only if it is
//! exactly one that the column may hold; the first other value is an error with its place.
//!
//! Any type of numbers will do for a column of numbers: 12, 12.0 and the decimal 12.00 are the same row.
//! Text is no number, and a number is no text, so that a file which was written by mistake is noticed.

use crate::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use crate::arrow::compute::cast;
use crate::arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type};
use crate::arrow::datatypes::{SchemaRef, UInt64Type};
use crate::arrow::display::array_value_to_string;
use crate::error::{Error, Reject, Result};
use ssim_core::schema::Schema;
use std::collections::HashMap;

/// 2^64 as a float; the first whole number that needs more than 64 bits.
const END: f64 = 18_446_744_073_709_551_616.0;

/// The columns of a file, from which batches are read one after the other.
pub(crate) struct Columns<'a> {
    source: &'a str,
    schema: SchemaRef,
    /// Records in the batches before the current one.
    before: u64,
}

impl<'a> Columns<'a> {
    /// The columns of the file `source`, which have the names and the places of `schema`.
    pub fn new(source: &'a str, schema: &SchemaRef) -> Self {
        Self { source, schema: schema.clone(), before: 0 }
    }

    /// Whether the file has a column of this name.
    pub fn has(&self, name: &str) -> bool {
        self.schema.column_with_name(name).is_some()
    }

    /// Says that the records of this batch have been read.
    pub fn done(&mut self, batch: &RecordBatch) {
        self.before += batch.num_rows() as u64;
    }

    /// The column of this name.
    ///
    /// # Errors
    /// The file has no such column, or several.
    pub fn column(&self, batch: &RecordBatch, name: &str) -> Result<Column<'a>> {
        let fail = |got: usize| {
            let got = if got == 0 { "none".to_owned() } else { got.to_string() };
            let source = self.source;
            Err(Error::Data(format!(
                "{source}: field \"{name}\": expected such a column, got {got}"
            )))
        };
        let all = self.schema.fields().iter().filter(|field| field.name() == name).count();
        let (1, Some(values)) = (all, batch.column_by_name(name)) else { return fail(all) };
        let values = match values.data_type() {
            DataType::Dictionary(_, kind) => cast(values, kind)?,
            DataType::RunEndEncoded(_, values_field) => cast(values, values_field.data_type())?,
            _ => values.clone(),
        };
        let place = self.schema.index_of(name)? as u64 + 1;
        Ok(Column {
            source: self.source,
            name: name.to_owned(),
            place,
            before: self.before,
            values,
        })
    }
}

/// The values of one column in one batch.
pub(crate) struct Column<'a> {
    source: &'a str,
    name: String,
    /// Place of the column in the file, counted from 1.
    place: u64,
    /// Records of the file before the first value.
    before: u64,
    values: ArrayRef,
}

impl Column<'_> {
    /// Row numbers: whole numbers from 0.
    ///
    /// # Errors
    /// Names the first record with another value.
    pub fn rows(&self) -> Result<Vec<u64>> {
        const EXPECTED: &str = "a whole number from 0 to 18446744073709551615";
        let whole = self.whole();
        self.all_are(&whole, EXPECTED)?;
        Ok(whole.values().to_vec())
    }

    /// Marks or clicks: booleans, or the numbers 0 and 1.
    ///
    /// # Errors
    /// Names the first record with another value.
    pub fn bits(&self) -> Result<Vec<bool>> {
        const EXPECTED: &str = "true, false, 0 or 1";
        if let Some(bits) = self.values.as_boolean_opt() {
            self.all_are(bits, EXPECTED)?;
            return Ok(bits.values().iter().collect());
        }
        let whole = self.whole();
        self.all_are(&whole, EXPECTED)?;
        match whole.values().iter().position(|n| *n > 1) {
            Some(i) => Err(self.refused(i, EXPECTED)),
            None => Ok(whole.values().iter().map(|n| *n == 1).collect()),
        }
    }

    /// Scores: numbers, rounded to 32 bits where they are longer. They may be infinite.
    ///
    /// # Errors
    /// Names the first record with another value: NaN, a boolean, text, or a number too large for 32
    /// bits.
    pub fn scores(&self) -> Result<Vec<f32>> {
        const EXPECTED: &str = "a number of 32 bits";
        if let Some(scores) = self.values.as_primitive_opt::<Float32Type>() {
            self.all_are(scores, EXPECTED)?;
            return match scores.values().iter().position(|z| z.is_nan()) {
                Some(i) => Err(self.refused(i, EXPECTED)),
                None => Ok(scores.values().to_vec()),
            };
        }
        let kind = self.values.data_type();
        if !kind.is_numeric() {
            return if self.values.is_empty() {
                Ok(Vec::new())
            } else {
                Err(self.refused(0, EXPECTED))
            };
        }
        let wide = cast(&self.values, &DataType::Float64)?;
        let wide = wide.as_primitive::<Float64Type>();
        self.all_are(wide, EXPECTED)?;
        // A finite number must not become an infinite one.
        let fits = |z: &f64| !z.is_nan() && (z.is_infinite() || (*z as f32).is_finite());
        match wide.values().iter().position(|z| !fits(z)) {
            Some(i) => Err(self.refused(i, EXPECTED)),
            None => Ok(wide.values().iter().map(|z| *z as f32).collect()),
        }
    }

    /// Scenarios: their names, or numbers as [`Scenarios`] understands them.
    ///
    /// # Errors
    /// Names the first record whose value is no scenario.
    pub fn scenarios(&self, known: &Scenarios) -> Result<Vec<u16>> {
        let kind = self.values.data_type();
        if matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
            let texts = cast(&self.values, &DataType::LargeUtf8)?;
            let texts = texts.as_string::<i64>();
            let index = |i: usize| match texts.is_null(i) {
                true => None,
                false => known.names.get(texts.value(i)).copied(),
            };
            let all =
                (0..texts.len()).map(|i| index(i).ok_or_else(|| self.refused(i, known.expected)));
            return all.collect();
        }
        let whole = self.whole();
        self.all_are(&whole, known.expected)?;
        let numbers = whole.values().iter().enumerate();
        let index = |n: u64| match &known.numbers {
            Some(numbers) => numbers.get(&n).copied(),
            None => u16::try_from(n).ok().filter(|k| usize::from(*k) < known.names.len()),
        };
        numbers.map(|(i, n)| index(*n).ok_or_else(|| self.refused(i, known.expected))).collect()
    }

    /// The values as whole numbers; null where a value is none, or does not fit 64 bits.
    fn whole(&self) -> UInt64Array {
        let none = || UInt64Array::new_null(self.values.len());
        let to = |kind: DataType| cast(&self.values, &kind).ok();
        match self.values.data_type() {
            kind if kind.is_integer() => {
                to(DataType::UInt64).map_or_else(none, |v| v.as_primitive::<UInt64Type>().clone())
            }
            kind if kind.is_floating() => to(DataType::Float64).map_or_else(none, |values| {
                let exact =
                    |v: f64| ((0.0..END).contains(&v) && v.fract() == 0.0).then_some(v as u64);
                values.as_primitive::<Float64Type>().unary_opt(exact)
            }),
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => {
                let scale = (*scale).max(0);
                let one = 10i128.checked_pow(scale.unsigned_abs().into());
                let wide = to(DataType::Decimal128(38, scale)).zip(one);
                wide.map_or_else(none, |(values, one)| {
                    let exact =
                        |v: i128| (v % one == 0).then(|| u64::try_from(v / one).ok()).flatten();
                    values.as_primitive::<Decimal128Type>().unary_opt(exact)
                })
            }
            _ => none(),
        }
    }

    /// Refuses the first null of `values`, which are this column's in another type.
    fn all_are(&self, values: &dyn Array, expected: &str) -> Result<()> {
        if values.null_count() == 0 {
            return Ok(());
        }
        match (0..values.len()).find(|i| values.is_null(*i)) {
            Some(i) => Err(self.refused(i, expected)),
            None => Ok(()),
        }
    }

    /// The error for value `i`.
    pub fn refused(&self, i: usize, expected: &str) -> Error {
        let kind = self.values.data_type();
        let text = array_value_to_string(&self.values, i).unwrap_or_default();
        let got = match kind {
            _ if self.values.is_null(i) => "null".to_owned(),
            kind if kind.is_numeric() => text,
            kind if kind.is_string() => format!("\"{}\" (text)", crate::error::cut(&text)),
            kind => format!("{} ({kind})", crate::error::cut(&text)),
        };
        let reason = format!("field \"{}\": expected {expected}, got {got}", self.name);
        let line = self.before + i as u64 + 1;
        let reject = Reject { line, column: self.place, reason, ..Reject::default() };
        Error::Row { path: self.source.to_owned(), reject }
    }
}

/// The scenarios of a schema, as another program may write them.
pub(crate) struct Scenarios<'a> {
    names: HashMap<&'a str, u16>,
    /// The scenarios whose names are whole numbers; `None` if a number is an index.
    numbers: Option<HashMap<u64, u16>>,
    expected: &'static str,
}

impl<'a> Scenarios<'a> {
    /// The scenarios of `schema`. A text is always a name. A number is an index in a file of our
    /// `own`; in another program's it is a name if any scenario has a whole number for a name, so
    /// that 1 is the scenario "1" and not the second one.
    pub fn new(schema: &'a Schema, own: bool) -> Self {
        let names: HashMap<&str, u16> =
            schema.scenarios.iter().map(String::as_str).zip(0..).collect();
        let number = |name: &str| name.parse::<u64>().ok().filter(|n| n.to_string() == name);
        let numbers: HashMap<u64, u16> = schema
            .scenarios
            .iter()
            .zip(0..)
            .filter_map(|(name, k)| Some((number(name)?, k)))
            .collect();
        let numbers = (!own && !numbers.is_empty()).then_some(numbers);
        let expected = match numbers {
            Some(_) => "the name of a scenario of the model",
            None => "a scenario of the model, by its name or by its number from 0",
        };
        Self { names, numbers, expected }
    }
}
