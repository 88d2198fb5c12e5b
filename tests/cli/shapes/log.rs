//! The log that has many shapes, and the ways to write it.

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use serde_json::json;
use std::io::Write;
use std::sync::Arc;

/// Rows of the log that has all these shapes.
pub const ROWS: usize = 240;

/// A row of the log.
pub struct Row {
    pub user: String,
    pub item: usize,
    pub tab: &'static str,
    pub price: f64,
    pub click: bool,
}

pub fn rows() -> impl Iterator<Item = Row> {
    (0..ROWS).map(|i| Row {
        user: format!("u{}", i * 7 % 30),
        item: i * 13 % 17,
        tab: ["home", "search", "home", "cart"][i % 4],
        price: 0.5 + (i * 31 % 90) as f64 / 4.0,
        click: i * 37 % 5 == 0,
    })
}

/// The columns of a row as cells.
pub type Cells = Vec<String>;

/// The log as lines of cells, the header first.
pub fn lines() -> Vec<Cells> {
    let header = ["user", "item", "tab", "price", "click"].map(str::to_owned).to_vec();
    let row = |row: Row| {
        let click = u8::from(row.click).to_string();
        vec![row.user, row.item.to_string(), row.tab.to_owned(), row.price.to_string(), click]
    };
    std::iter::once(header).chain(rows().map(row)).collect()
}

/// Lines as a text.
pub fn joined(lines: &[Cells], delimiter: &str, end: &str) -> String {
    lines.iter().map(|line| line.join(delimiter) + end).collect()
}

/// The log with commas.
pub fn plain() -> String {
    joined(&lines(), ",", "\n")
}

/// The log with one column changed: `cell` makes its new cells of the old ones.
pub fn with(column: usize, cell: impl Fn(&str, usize) -> String) -> String {
    let mut lines = lines();
    for (n, line) in lines.iter_mut().enumerate().skip(1) {
        line[column] = cell(&line[column], n - 1);
    }
    joined(&lines, ",", "\n")
}

/// The log with other labels: the first for a click.
pub fn labelled(click: &'static str, other: &'static str) -> String {
    with(4, |cell, _| (if cell == "1" { click } else { other }).to_owned())
}

/// The log with one more column in front.
pub fn and(name: &str, cell: impl Fn(usize) -> String) -> String {
    let mut lines = lines();
    for (n, line) in lines.iter_mut().enumerate() {
        line.insert(0, if n == 0 { name.to_owned() } else { cell(n - 1) });
    }
    joined(&lines, ",", "\n")
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        to.start_file(*name, stored).unwrap();
        to.write_all(bytes).unwrap();
    }
    to.finish().unwrap().into_inner()
}

pub fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut to = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    to.append_data(&mut header, name, bytes).unwrap();
    to.into_inner().unwrap()
}

pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut to = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

/// The rows as columns.
fn batch(rows: impl Iterator<Item = Row>) -> RecordBatch {
    let rows: Vec<Row> = rows.collect();
    let column = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
    let item = rows.iter().map(|row| row.item as i64).collect::<Int64Array>();
    let price = rows.iter().map(|row| row.price).collect::<Float64Array>();
    let click = rows.iter().map(|row| Some(row.click)).collect::<BooleanArray>();
    RecordBatch::try_from_iter([
        ("user", column(rows.iter().map(|row| row.user.clone()).collect())),
        ("item", Arc::new(item) as ArrayRef),
        ("tab", column(rows.iter().map(|row| row.tab.to_owned()).collect())),
        ("price", Arc::new(price) as ArrayRef),
        ("click", Arc::new(click) as ArrayRef),
    ])
    .unwrap()
}

pub fn parquet(rows: impl Iterator<Item = Row>) -> Vec<u8> {
    let batch = batch(rows);
    let mut to = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    to.write(&batch).unwrap();
    to.into_inner().unwrap()
}

/// The log in Arrow's format with random access, as pandas writes it: in batches, compressed by LZ4.
pub fn feather() -> Vec<u8> {
    let options = IpcWriteOptions::default();
    let options = options.try_with_compression(Some(CompressionType::LZ4_FRAME)).unwrap();
    let batches = [batch(rows().take(100)), batch(rows().skip(100))];
    let mut to =
        FileWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| to.write(batch).unwrap());
    to.into_inner().unwrap()
}

/// The log as an Arrow stream.
pub fn arrow_stream() -> Vec<u8> {
    let batch = batch(rows());
    let mut to = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    to.write(&batch).unwrap();
    to.into_inner().unwrap()
}

/// The log with an object per line.
pub fn json() -> String {
    let line = |row: Row| {
        let Row { user, item, tab, price, click } = row;
        json!({ "user": user, "item": item, "tab": tab, "price": price, "click": click })
    };
    rows().map(|row| line(row).to_string() + "\n").collect()
}

/// Files of a shape, by their names.
pub type Files = Vec<(&'static str, Vec<u8>)>;

/// A shape: its files, and the arguments of `ssim init`.
pub struct Shape {
    pub name: &'static str,
    pub files: Files,
    pub args: &'static [&'static str],
}

pub fn shape(name: &'static str, text: impl Into<Vec<u8>>, args: &'static [&'static str]) -> Shape {
    Shape { name, files: vec![(args[0], text.into())], args }
}

/// The parts of the log, each after `header`.
pub fn parts(header: &str, names: [&'static str; 3]) -> Files {
    let lines = lines();
    let part =
        |n: usize| header.to_owned() + &joined(&lines[1 + n * 80..1 + (n + 1) * 80], ",", "\n");
    names.into_iter().enumerate().map(|(n, name)| (name, part(n).into_bytes())).collect()
}
