//! Takes the place of the crate `arrow-cast` in a build without the feature `foreign`: it knows the
//! types that our own files have.

use super::array::{Array, ArrayRef, AsArray};
use super::datatypes::{DataType, Float32Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use super::error::{ArrowError, Result};
use std::sync::Arc;

/// Changes the type of a column: a smaller whole number without a sign becomes one of 64 bits.
///
/// # Errors
/// The column has another type already, and a type that our files do not have.
pub fn cast(column: &dyn Array, to: &DataType) -> Result<ArrayRef> {
    let from = column.data_type();
    let wide = match (from, to) {
        (from, to) if from == to => return Ok(column.slice(0, column.len())),
        (DataType::UInt8, DataType::UInt64) => {
            column.as_primitive::<UInt8Type>().unary::<_, UInt64Type>(u64::from)
        }
        (DataType::UInt16, DataType::UInt64) => {
            column.as_primitive::<UInt16Type>().unary::<_, UInt64Type>(u64::from)
        }
        (DataType::UInt32, DataType::UInt64) => {
            column.as_primitive::<UInt32Type>().unary::<_, UInt64Type>(u64::from)
        }
        _ => {
            return Err(ArrowError::NotYetImplemented(format!(
                "this program was built without the feature `foreign`, which reads columns of {from}"
            )));
        }
    };
    Ok(Arc::new(wide))
}

/// Writes one value as text; a null is an empty text.
///
/// # Errors
/// The column has a type that our files do not have.
pub fn array_value_to_string(column: &dyn Array, i: usize) -> Result<String> {
    Ok(match column.data_type() {
        _ if column.is_null(i) => String::new(),
        DataType::Boolean => column.as_boolean().value(i).to_string(),
        DataType::Float32 => column.as_primitive::<Float32Type>().value(i).to_string(),
        DataType::Utf8 => column.as_string::<i32>().value(i).to_owned(),
        _ => cast(column, &DataType::UInt64)?.as_primitive::<UInt64Type>().value(i).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrow::array::{BooleanArray, Float32Array, StringArray, UInt8Array, UInt16Array};
    use crate::arrow::array::{UInt32Array, UInt64Array};

    #[test]
    fn types_of_our_own_files_are_known() {
        let expected = UInt64Array::from(vec![Some(3), None]);
        let columns: [&dyn Array; 4] = [
            &UInt8Array::from(vec![Some(3), None]),
            &UInt16Array::from(vec![Some(3), None]),
            &UInt32Array::from(vec![Some(3), None]),
            &expected,
        ];
        for column in columns {
            let wide = cast(column, &DataType::UInt64).unwrap();
            assert_eq!(wide.as_primitive::<UInt64Type>(), &expected);
            assert_eq!(array_value_to_string(column, 0).unwrap(), "3");
            assert_eq!(array_value_to_string(column, 1).unwrap(), "");
        }
        let texts: [(&dyn Array, &str); 3] = [
            (&StringArray::from(vec!["home"]), "home"),
            (&BooleanArray::from(vec![true]), "true"),
            (&Float32Array::from(vec![0.25]), "0.25"),
        ];
        for (column, text) in texts {
            assert_eq!(array_value_to_string(column, 0).unwrap(), text);
        }
    }

    #[test]
    fn other_types_name_the_feature() {
        let error = cast(&StringArray::from(vec!["1"]), &DataType::UInt64).unwrap_err();
        assert!(error.to_string().contains("without the feature `foreign`"), "{error}");
    }
}
