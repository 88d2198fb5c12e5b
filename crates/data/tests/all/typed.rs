//! Columns of every type of Parquet and Arrow. A value gets the id that it has in a CSV.

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal32Array, Decimal64Array,
    Decimal128Array, Decimal256Array, DictionaryArray, FixedSizeBinaryArray, Float16Array,
    Float32Array, Float64Array, Int8Array, Int64Array, LargeStringArray, ListArray, NullArray,
    RecordBatch, RunArray, StringArray, StringViewArray, StructArray, Time32MillisecondArray,
    Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt32Array, UInt64Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Int32Type, i256};
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow::ipc::{CompressionType, Endianness, MessageHeader, MetadataVersion};
use bytes::Bytes;
use half::f16;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type as PhysicalInt32, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_data::table::{CellRules, Scoring, TableSchema, encode_stream, read_csv, read_parquet};
use ssim_data::{JobPart, OnError, Prepared, Result};
use std::sync::Arc;

/// A schema with one field, whose values all have an id.
pub const SCHEMA: &str = r#"
label = "click"
scenario = "tab"
[[field]]
name = "value"
min_count = 1
[split]
column = { name = "split", train = "train", val = "val", test = "test" }
"#;

fn schema() -> TableSchema {
    TableSchema::parse(SCHEMA, "log.toml").unwrap()
}

/// The places of a column's values in a log: all of them in the train rows of both scenarios, and
/// the first one in validation and test.
fn places(values: usize) -> Vec<u32> {
    (0..values as u32).chain(0..values as u32).chain([0, 0]).collect()
}

/// The columns of a log beside the values: scenario, click and split.
fn others(values: usize) -> [Vec<&'static str>; 3] {
    let rows = 2 * values + 2;
    let tabs = (0..rows).map(|row| if row < values { "a" } else { "b" }).collect();
    let split = |row| ["train", "val", "test"][usize::saturating_sub(row + 1, 2 * values)];
    [tabs, vec!["1"; rows], (0..rows).map(split).collect()]
}

/// A log with these values, as one batch.
fn batch(values: &ArrayRef) -> RecordBatch {
    let [tabs, clicks, splits] = others(values.len());
    let text = |texts: Vec<&str>| Arc::new(StringArray::from(texts)) as ArrayRef;
    // Runs cannot be taken apart, so such a column has the rows already.
    let column = match values.data_type() {
        DataType::RunEndEncoded(..) => panic!("see `batch_of`"),
        _ => take(values, &UInt32Array::from(places(values.len())), None).unwrap(),
    };
    batch_of(column, [text(tabs), text(clicks), text(splits)])
}

fn batch_of(column: ArrayRef, [tabs, clicks, splits]: [ArrayRef; 3]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([
        ("tab", tabs, false),
        ("value", column, true),
        ("click", clicks, false),
        ("split", splits, false),
    ])
    .unwrap()
}

fn written(batch: &RecordBatch, compression: Compression) -> Bytes {
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap().into()
}

fn prepared(file: Bytes, schema: &TableSchema) -> Result<Prepared> {
    ssim_data::prepare(read_parquet(file, "log.parquet", schema, OnError::Fail)?, schema, 1)
}

/// Prepares a CSV with these texts as values.
fn from_csv(texts: &[&str]) -> Prepared {
    let [tabs, clicks, splits] = others(texts.len());
    let rows = places(texts.len()).into_iter().enumerate().map(|(row, place)| {
        format!("{},{},{},{}\n", tabs[row], texts[place as usize], clicks[row], splits[row])
    });
    let log = "tab,value,click,split\n".to_owned() + &rows.collect::<String>();
    let raw = read_csv(log.as_bytes(), "log.csv", &schema(), OnError::Fail).unwrap();
    ssim_data::prepare(raw, &schema(), 1).unwrap()
}

fn streamed(batch: &RecordBatch, compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer =
        StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn scoring(schema: &Schema) -> Scoring<'_> {
    let (label, row) = (Some("click"), None);
    let (shard, on_error) = (JobPart::WHOLE, OnError::Fail);
    Scoring {
        schema,
        scenario: "tab",
        unknown_scenarios: false,
        label,
        row,
        shard,
        on_error,
        cells: CellRules::default(),
    }
}

/// The ids of a stream's rows.
fn ids(stream: &[u8], schema: &Schema) -> Result<Vec<u32>> {
    let blocks = encode_stream(stream, "in", &scoring(schema))?;
    let blocks = blocks.collect::<Result<Vec<_>>>()?;
    Ok(blocks.into_iter().flat_map(|block| block.instances.ids).collect())
}

/// The rows' ids in the order of the log.
fn in_order(data: &Prepared) -> Vec<u32> {
    let splits = data.rows.named();
    splits.into_iter().flat_map(|(_, rows)| rows.ids.clone()).collect()
}

/// A value has the same id in Parquet, in a stream, and in a CSV with these texts.
fn same(column: impl arrow::array::Array + 'static, texts: &[&str]) {
    let column = Arc::new(column) as ArrayRef;
    let kind = column.data_type().clone();
    let csv = from_csv(texts);
    let data = prepared(written(&batch(&column), Compression::SNAPPY), &schema());
    let data = data.unwrap_or_else(|e| panic!("{kind}: {e}"));
    assert_eq!(data.schema, csv.schema, "{kind}");
    assert_eq!(data.rows, numbered(csv.rows.clone()), "{kind}");
    let stream = streamed(&batch(&column), None);
    assert_eq!(ids(&stream, &csv.schema).unwrap(), in_order(&csv), "{kind}");
}

/// Numbers the rows of a CSV as those of Parquet, which has no line with the header.
fn numbered(mut rows: Split<Instances>) -> Split<Instances> {
    for rows in [&mut rows.train, &mut rows.val, &mut rows.test] {
        rows.rows.iter_mut().for_each(|row| *row -= 1);
    }
    rows
}

#[test]
fn a_number_has_one_id() {
    same(Int8Array::from(vec![-5, 0, 1, 100]), &["-5", "0", "1", "100"]);
    same(Int64Array::from(vec![123, 1000, i64::MIN]), &["123.0", "1e3", "-9223372036854775808"]);
    same(UInt64Array::from(vec![7, u64::MAX]), &["7.00", "18446744073709551615"]);
    let f64s = vec![123.0, -0.0, 1000.0, 0.1, 1e21, 1e-7, -2.5];
    let texts = ["123", "0", "1E+03", "0.1", "1000000000000000000000", "1e-07", "-2.5"];
    same(Float64Array::from(f64s), &texts);
    same(Float32Array::from(vec![0.1, 16_777_216.0, 3.0]), &["0.1", "16777216", "3"]);
    let f16s = [0.1, 0.5, 2048.0, 3.0].map(f16::from_f32).to_vec();
    same(Float16Array::from(f16s), &["0.1", "0.5", "2048", "3.0"]);
    same(BooleanArray::from(vec![true, false]), &["True", "false"]);
}

#[test]
fn a_decimal_is_written_with_its_scale_unless_it_is_whole() {
    let texts = ["12.50", "12", "-0.05"];
    let d32 = Decimal32Array::from(vec![1250, 1200, -5]).with_precision_and_scale(9, 2);
    let d64 = Decimal64Array::from(vec![1250, 1200, -5]).with_precision_and_scale(18, 2);
    let d128 = Decimal128Array::from(vec![1250, 1200, -5]).with_precision_and_scale(30, 2);
    let d256 = [1250, 1200, -5].map(i256::from_i128).to_vec();
    let d256 = Decimal256Array::from(d256).with_precision_and_scale(60, 2);
    same(d32.unwrap(), &texts);
    same(d64.unwrap(), &texts);
    same(d128.unwrap(), &texts);
    same(d256.unwrap(), &texts);
}

#[test]
fn a_time_has_one_id_in_every_unit() {
    // 2024-01-01, the same day at 12:30:01, and 1969-12-31 23:59:59.
    let seconds = [1_704_067_200, 1_704_112_201, -1];
    let texts = ["2024-01-01T00:00:00Z", "2024-01-01 13:30:01+01:00", "1969-12-31 23:59:59.000"];
    let of = |unit: i64| seconds.map(|s| s * unit).to_vec();
    same(TimestampMillisecondArray::from(of(1000)), &texts);
    same(TimestampMicrosecondArray::from(of(1_000_000)), &texts);
    same(TimestampNanosecondArray::from(of(1_000_000_000)), &texts);
    same(TimestampSecondArray::from(of(1)), &texts);
    let zoned = TimestampMicrosecondArray::from(of(1_000_000)).with_timezone("Europe/Berlin");
    same(zoned, &texts);
    let broken = TimestampNanosecondArray::from(vec![1_500_000_001, 1_500_000_000]);
    same(broken, &["1970-01-01 00:00:01.500000001", "1970-01-01T00:00:01.5Z"]);
    // A date is the midnight of its day.
    same(Date32Array::from(vec![19723, 0]), &["2024-01-01", "1970-01-01 00:00:00"]);
    same(Date64Array::from(vec![19723 * 86_400_000, 0]), &["2024-01-01", "1970-01-01"]);
    // Years that no unit of 64 bits of nanoseconds holds.
    same(TimestampMicrosecondArray::from(vec![253_402_214_400_000_000]), &["9999-12-31"]);
    let clocks = ["00:00:01", "12:30:00.250"];
    same(Time32MillisecondArray::from(vec![1000, 45_000_250]), &clocks);
    same(Time64NanosecondArray::from(vec![1_000_000_000, 45_000_250_000_000]), &clocks);
}

#[test]
fn text_has_one_id_in_every_layout() {
    let texts = ["x", "", "a longer text than twelve bytes", "007"];
    same(StringArray::from(texts.to_vec()), &texts);
    same(LargeStringArray::from(texts.to_vec()), &texts);
    same(StringViewArray::from(texts.to_vec()), &texts);
    same(BinaryArray::from_vec(texts.iter().map(|t| t.as_bytes()).collect()), &texts);
    same(texts.iter().map(|text| Some(*text)).collect::<DictionaryArray<Int32Type>>(), &texts);
    let fixed = FixedSizeBinaryArray::try_from_iter([b"ab", b"cd"].into_iter()).unwrap();
    same(fixed, &["ab", "cd"]);
    same(StringArray::from(vec![Some("x"), None]), &["x", ""]);
    same(NullArray::new(1), &[""]);
    // A number may be in a dictionary, too.
    let keys = arrow::array::Int32Array::from(vec![1, 0]);
    let dictionary = DictionaryArray::new(keys, Arc::new(Float64Array::from(vec![2.0, 3.5])));
    same(dictionary, &["3.5", "2"]);
}

#[test]
fn runs_are_read_from_a_stream() {
    let csv = from_csv(&["x", "y"]);
    let ends = arrow::array::Int32Array::from(vec![1, 2, 3, 4, 6]);
    let values = StringArray::from(vec!["x", "y", "x", "y", "x"]);
    let runs = RunArray::try_new(&ends, &values).unwrap();
    let text = |texts: Vec<&str>| Arc::new(StringArray::from(texts)) as ArrayRef;
    let batch = batch_of(Arc::new(runs), others(2).map(text));
    assert_eq!(ids(&streamed(&batch, None), &csv.schema).unwrap(), in_order(&csv));
}

#[test]
fn every_common_compression_is_read() {
    let texts = ["x", "y", "a longer text than twelve bytes"];
    let csv = from_csv(&texts);
    let batch = batch(&(Arc::new(StringArray::from(texts.to_vec())) as ArrayRef));
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let data = prepared(written(&batch, compression), &schema()).unwrap();
        assert_eq!(data.schema, csv.schema, "{compression}");
    }
    for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        let stream = streamed(&batch, compression);
        assert_eq!(ids(&stream, &csv.schema).unwrap(), in_order(&csv), "{compression:?}");
    }
}

#[test]
fn what_is_no_value_is_refused() {
    let told = |column: ArrayRef| {
        let batch = batch(&column);
        let file = prepared(written(&batch, Compression::SNAPPY), &schema());
        let csv = from_csv(&["x"]);
        let stream = ids(&streamed(&batch, None), &csv.schema);
        (file.err().map(|e| e.to_string()), stream.err().map(|e| e.to_string()))
    };
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]);
    let one: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![1]));
    let group = StructArray::from(vec![(Arc::new(Field::new("a", DataType::Int32, false)), one)]);
    for column in [Arc::new(list) as ArrayRef, Arc::new(group)] {
        let (file, stream) = told(column);
        let expected = "field \"value\": expected text, numbers or booleans, got ";
        assert!(file.unwrap().starts_with(&format!("log.parquet:1:2: {expected}")));
        assert!(stream.unwrap().contains(expected));
    }
    // Bytes that are no text, and a time of day that no day has.
    let (file, _) = told(Arc::new(BinaryArray::from_vec(vec![b"a", b"\xff"])));
    let expected = "log.parquet:2:2: field \"value\": expected UTF-8 text, got bytes \"\\xff\"";
    assert_eq!(file.unwrap(), expected);
    let late = Time64NanosecondArray::from(vec![0, 86_400_000_000_000]);
    let (file, _) = told(Arc::new(late));
    let expected =
        "log.parquet:2:2: field \"value\": expected a time, got one that is out of range";
    assert_eq!(file.unwrap(), expected);
}

/// A log with times of the old type INT96, which Spark and Hive write: day of the Julian calendar
/// and nanoseconds of the day.
fn int96(times: &[(u32, u64)]) -> Bytes {
    let message = "message log {
        required binary tab (UTF8); required int32 click; optional int96 value;
    }";
    let columns = Arc::new(parse_message_type(message).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), columns, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let n = times.len();
    let mut column = group.next_column().unwrap().unwrap();
    let tabs: Vec<ByteArray> = (0..n).map(|i| ["a", "b"][i % 2].into()).collect();
    column.typed::<ByteArrayType>().write_batch(&tabs, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<PhysicalInt32>().write_batch(&vec![1; n], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values: Vec<Int96> = times
        .iter()
        .map(|(day, ns)| Int96::from(vec![*ns as u32, (*ns >> 32) as u32, *day]))
        .collect();
    column.typed::<Int96Type>().write_batch(&values, Some(&vec![1; n]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap().into()
}

#[test]
fn old_times_of_the_year_9999_do_not_wrap_around() {
    // 2024-01-01 00:00:00.000000001, 2024-06-01, and 9999-12-31.
    let (early, late, last) = ((2_460_311, 1), (2_460_463, 0), (5_373_484, 0));
    let file = int96(&[early, early, late, late, last, last]);
    let (head, _) = SCHEMA.split_once("column = {").unwrap();
    let rule = "time = { column = \"value\", val_from = 1.71e18, test_from = 1.8e18 }";
    let schema = TableSchema::parse(&format!("{head}{rule}"), "log.toml").unwrap();
    let data = prepared(file.clone(), &schema).unwrap();
    let rows = [&data.rows.train, &data.rows.val, &data.rows.test].map(|rows| rows.rows.clone());
    assert_eq!(rows, [[1, 2], [3, 4], [5, 6]]);
    let values = data.schema.fields[0].vocabulary.values();
    assert_eq!(values, ["2024-01-01 00:00:00.000000001"]);

    // As a field, each has its own value.
    let random = "random = { train = 0.4, val = 0.3, test = 0.3 }";
    let schema = TableSchema::parse(&format!("{head}{random}"), "log.toml").unwrap();
    let file = int96(&[last; 20]);
    let data = prepared(file, &schema).unwrap();
    assert_eq!(data.schema.fields[0].vocabulary.values(), ["9999-12-31"]);
}

#[test]
fn a_split_by_time_does_not_depend_on_the_unit() {
    let (head, _) = SCHEMA.split_once("column = {").unwrap();
    let rule = "time = { column = \"value\", val_from = 100e9, test_from = 200e9 }";
    let schema = TableSchema::parse(&format!("{head}{rule}"), "log.toml").unwrap();
    let seconds = [0i64, 150, 250];
    let columns: [ArrayRef; 2] = [
        Arc::new(TimestampMillisecondArray::from(seconds.map(|s| s * 1000).to_vec())),
        Arc::new(TimestampNanosecondArray::from(seconds.map(|s| s * 1_000_000_000).to_vec())),
    ];
    for column in columns {
        let data = prepared(written(&batch(&column), Compression::SNAPPY), &schema).unwrap();
        let lengths = [data.rows.train.len(), data.rows.val.len(), data.rows.test.len()];
        assert_eq!(lengths, [4, 2, 2]);
    }
}

#[test]
fn big_endian_streams_are_refused() {
    // A stream with the schema alone, whose byte order is big-endian.
    let mut builder = flatbuffers::FlatBufferBuilder::new();
    let fields = builder.create_vector::<flatbuffers::WIPOffset<arrow::ipc::Field>>(&[]);
    let mut schema = arrow::ipc::SchemaBuilder::new(&mut builder);
    schema.add_endianness(Endianness::Big);
    schema.add_fields(fields);
    let schema = schema.finish();
    let mut message = arrow::ipc::MessageBuilder::new(&mut builder);
    message.add_version(MetadataVersion::V5);
    message.add_header_type(MessageHeader::Schema);
    message.add_header(schema.as_union_value());
    let message = message.finish();
    builder.finish(message, None);
    let header = builder.finished_data();
    let mut stream = vec![0xff; 4];
    stream.extend((header.len() as u32).to_le_bytes());
    stream.extend(header);
    stream.extend([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    let error = ids(&stream, &from_csv(&["x"]).schema).unwrap_err();
    let expected = "in: expected an Arrow stream: \
                    expected little-endian numbers, got big-endian ones";
    assert_eq!(error.to_string(), expected);
}
