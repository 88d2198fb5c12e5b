//! Values of foreign lists and scores are taken if they are exact, whatever their type, and refused with
//! their place otherwise.

use crate::prepare::parquet_bytes;
use crate::{LOG, csv};
use arrow::array::*;
use arrow::datatypes::Int32Type;
use half::f16;
use ssim_core::schema::Schema;
use ssim_data::{Result, list, scored};
use std::sync::Arc;

fn file(columns: Vec<(&str, ArrayRef)>) -> bytes::Bytes {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    parquet_bytes(bytes)
}

fn schema(scenarios: [&str; 2]) -> Schema {
    Schema { scenarios: scenarios.map(str::to_owned).to_vec(), ..csv(LOG).unwrap().schema }
}

fn array(values: impl Array + 'static) -> ArrayRef {
    Arc::new(values)
}

fn decimals(values: Vec<i128>) -> ArrayRef {
    array(Decimal128Array::from(values).with_precision_and_scale(20, 2).unwrap())
}

/// Reads a list of two rows.
fn listed(row: ArrayRef, shared: ArrayRef) -> Result<(Vec<u64>, Vec<bool>)> {
    let list = list::read(file(vec![("row", row), ("shared", shared)]), "l", &schema(["a", "b"]))?;
    Ok((list.rows, list.shared))
}

/// Reads scores of two rows, in the order score, scenario, label.
fn read(schema: &Schema, columns: [Option<ArrayRef>; 3]) -> Result<scored::Scored> {
    let [score, scenario, label] = columns;
    let rows = array(UInt64Array::from(vec![7, 8]));
    let given = [
        ("row", Some(rows)),
        ("scenario", Some(scenario.unwrap_or(array(StringArray::from(vec!["a", "b"]))))),
        ("score", Some(score.unwrap_or(array(Float32Array::from(vec![0.5, 0.25]))))),
        ("label", label),
    ];
    let given = given.into_iter().filter_map(|(name, column)| Some((name, column?))).collect();
    scored::read(file(given), "s", schema)?.next().unwrap()
}

#[test]
fn exact_values_of_any_type_are_taken() {
    let rows = || -> Vec<ArrayRef> {
        let dictionary: DictionaryArray<Int32Type> = DictionaryArray::new(
            Int32Array::from(vec![1, 0]),
            array(UInt8Array::from(vec![9, 12])),
        );
        vec![
            array(UInt64Array::from(vec![12, 9])),
            array(Int8Array::from(vec![12, 9])),
            array(Float64Array::from(vec![12.0, 9.0])),
            array(Float16Array::from(vec![f16::from_f32(12.0), f16::from_f32(9.0)])),
            decimals(vec![1200, 900]),
            array(dictionary),
        ]
    };
    let marks: Vec<ArrayRef> = vec![
        array(BooleanArray::from(vec![true, false])),
        array(UInt8Array::from(vec![1, 0])),
        array(Int64Array::from(vec![1, 0])),
        array(Float64Array::from(vec![1.0, -0.0])),
        decimals(vec![100, 0]),
    ];
    for row in rows() {
        for shared in &marks {
            let (rows, marks) = listed(row.clone(), shared.clone()).unwrap();
            assert_eq!((rows, marks), (vec![12, 9], vec![true, false]));
        }
    }
    for label in marks {
        let scored = read(&schema(["a", "b"]), [None, None, Some(label)]).unwrap();
        assert_eq!(scored.labels, [1, 0]);
    }
    for score in [
        array(Float64Array::from(vec![0.5, -2.0])),
        array(Float16Array::from(vec![f16::from_f32(0.5), f16::from_f32(-2.0)])),
        decimals(vec![50, -200]),
    ] {
        assert_eq!(
            read(&schema(["a", "b"]), [Some(score), None, None]).unwrap().scores,
            [0.5, -2.0]
        );
    }
}

#[test]
fn scenarios_are_names_before_they_are_numbers() {
    let names: Vec<ArrayRef> = vec![
        array(StringArray::from(vec!["2", "1"])),
        array(LargeStringArray::from(vec!["2", "1"])),
        array(StringViewArray::from(vec!["2", "1"])),
        array(vec!["2", "1"].into_iter().collect::<DictionaryArray<Int32Type>>()),
        array(Int64Array::from(vec![2, 1])),
        array(Float64Array::from(vec![2.0, 1.0])),
    ];
    for scenario in names {
        let scored = read(&schema(["1", "2"]), [None, Some(scenario), None]).unwrap();
        assert_eq!(scored.scenarios, [1, 0]);
    }
    // A number is an index if no scenario has a number for a name.
    let numbers = || Some(array(Int64Array::from(vec![1, 0])));
    assert_eq!(read(&schema(["a", "b"]), [None, numbers(), None]).unwrap().scenarios, [1, 0]);
    let told = read(&schema(["1", "2"]), [None, numbers(), None]).unwrap_err().to_string();
    assert_eq!(
        told,
        "s:2:2: field \"scenario\": expected the name of a scenario of the model, got 0"
    );
    let told = |scenario: ArrayRef| {
        read(&schema(["a", "b"]), [None, Some(scenario), None]).unwrap_err().to_string()
    };
    let expected = "expected a scenario of the model, by its name or by its number from 0, got";
    let error = told(array(StringArray::from(vec!["a", "0"])));
    assert_eq!(error, format!("s:2:2: field \"scenario\": {expected} \"0\" (text)"));
    for (values, got) in
        [(vec![0.0, 0.5], "0.5"), (vec![1.0, 2.0], "2.0"), (vec![0.0, -1.0], "-1.0")]
    {
        let error = told(array(Float64Array::from(values)));
        assert_eq!(error, format!("s:2:2: field \"scenario\": {expected} {got}"));
    }
}

#[test]
fn other_values_are_refused_with_their_place() {
    let good = || array(UInt64Array::from(vec![1, 2]));
    let whole = "a whole number from 0 to 18446744073709551615";
    let rows: Vec<(ArrayRef, &str)> = vec![
        (array(Float64Array::from(vec![1.0, 12.7])), "12.7"),
        (array(Float64Array::from(vec![1.0, f64::NAN])), "NaN"),
        (
            array(Float64Array::from(vec![1.0, 18_446_744_073_709_551_616.0])),
            "1.8446744073709552e19",
        ),
        (array(Int64Array::from(vec![1, -1])), "-1"),
        (array(Int64Array::from(vec![Some(1), None])), "null"),
        (decimals(vec![100, 1270]), "12.70"),
    ];
    for (row, got) in rows {
        let told = listed(row, array(BooleanArray::from(vec![true; 2]))).unwrap_err().to_string();
        assert_eq!(told, format!("l:2:1: field \"row\": expected {whole}, got {got}"));
    }
    let told = listed(array(StringArray::from(vec!["1", "2"])), good()).unwrap_err().to_string();
    assert_eq!(told, format!("l:1:1: field \"row\": expected {whole}, got \"1\" (text)"));
    let marks: Vec<(ArrayRef, &str)> = vec![
        (array(Float64Array::from(vec![1.0, 0.3])), "0.3"),
        (array(Float64Array::from(vec![1.0, f64::NAN])), "NaN"),
        (array(Int64Array::from(vec![1, 2])), "2"),
        (array(Int64Array::from(vec![1, -1])), "-1"),
        (array(BooleanArray::from(vec![Some(true), None])), "null"),
    ];
    for (shared, got) in marks {
        let expected = format!("expected true, false, 0 or 1, got {got}");
        let told = listed(good(), shared.clone()).unwrap_err().to_string();
        assert_eq!(told, format!("l:2:2: field \"shared\": {expected}"));
        let told = read(&schema(["a", "b"]), [None, None, Some(shared)]).unwrap_err().to_string();
        assert_eq!(told, format!("s:2:4: field \"label\": {expected}"));
    }
    for (text, got) in [("no", "\"no\" (text)"), ("true", "\"true\" (text)")] {
        let told = listed(good(), array(StringArray::from(vec![text; 2]))).unwrap_err().to_string();
        assert_eq!(
            told,
            format!("l:1:2: field \"shared\": expected true, false, 0 or 1, got {got}")
        );
    }
    let scores: Vec<(ArrayRef, u8, &str)> = vec![
        (array(Float32Array::from(vec![0.5, f32::NAN])), 2, "NaN"),
        (array(Float64Array::from(vec![0.5, 1e300])), 2, "1e300"),
        (array(Float32Array::from(vec![Some(0.5), None])), 2, "null"),
        (array(BooleanArray::from(vec![true, false])), 1, "true (Boolean)"),
        (array(StringArray::from(vec!["0.5", "1"])), 1, "\"0.5\" (text)"),
    ];
    for (score, record, got) in scores {
        let told = read(&schema(["a", "b"]), [Some(score), None, None]).unwrap_err().to_string();
        let expected = format!("field \"score\": expected a number of 32 bits, got {got}");
        assert_eq!(told, format!("s:{record}:3: {expected}"));
    }
}
