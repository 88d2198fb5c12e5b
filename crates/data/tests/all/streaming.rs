//! Tests of a log that is larger than a block. The result must not depend on the way it is read.

use crate::{SCHEMA, schema};
use ssim_data::folder::{Manifest, write_manifest, write_split, write_vocabulary};
use ssim_data::table::{TableSchema, read_csv, read_parquet};
use ssim_data::{Error, OnError, Prepared, ReadProgress, Reading, Result, Scratch};
use std::io::{Cursor, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const HEADER: &str = "user,price,age,tab,click,split\n";

/// A log of about 5 MB. `bad` says for each row whether it has a bad label.
fn log(bad: impl Fn(usize) -> bool) -> String {
    let row = |i: usize| {
        let user = i * 7919 % 30_011;
        let split = ["train", "train", "train", "val", "test"][i % 5];
        let click = if bad(i) { 7 } else { usize::from(i.is_multiple_of(3)) };
        let price = user % 977;
        let age = i % 83;
        let tab = 9 + i % 2;
        format!("user-{user:020},{price}.5,{age},{tab},{click},{split}\n")
    };
    HEADER.to_owned() + &(0..100_000).map(row).collect::<String>()
}

/// Options for reading with this memory limit in bytes, and a scratch file in memory.
fn with_memory(memory: usize) -> Reading {
    let lend = || Ok(Box::new(Cursor::new(Vec::new())) as Box<dyn Scratch>);
    Reading { memory, scratch: Some(Box::new(lend)), ..OnError::Fail.into() }
}

fn workers<T: Send>(n: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(work)
}

/// All files of a data folder, written block by block.
fn written(log: &str, schema: &TableSchema, reading: Reading) -> [Vec<u8>; 5] {
    let fitted =
        ssim_data::fit(read_csv(log.as_bytes(), "log.csv", schema, reading).unwrap(), schema, 1);
    let fitted = fitted.unwrap();
    let mut manifest = Vec::new();
    let mut vocabulary = Vec::new();
    write_vocabulary(&mut vocabulary, &fitted.schema).unwrap();
    let [mut train, mut val, mut test] = [Vec::new(), Vec::new(), Vec::new()];
    let digests = fitted.encoder.write([&mut train, &mut val, &mut test]).unwrap();
    let described = Manifest::of(&fitted.schema, fitted.summary, digests);
    write_manifest(&mut manifest, &described).unwrap();
    [manifest, vocabulary, train, val, test]
}

/// All files of a data folder, written from rows that are all in memory.
fn held(log: &str, schema: &TableSchema) -> [Vec<u8>; 5] {
    let raw = read_csv(log.as_bytes(), "log.csv", schema, OnError::Fail).unwrap();
    let data = ssim_data::prepare(raw, schema, 1).unwrap();
    let mut files = [const { Vec::new() }; 5];
    write_manifest(&mut files[0], &Manifest::new(&data)).unwrap();
    write_vocabulary(&mut files[1], &data.schema).unwrap();
    for (file, (_, rows)) in files[2..].iter_mut().zip(data.rows.named()) {
        write_split(file, &data.schema, rows).unwrap();
    }
    files
}

#[test]
fn memory_and_workers_change_no_byte() {
    let log = log(|_| false);
    let held_out = "held_out = { name = \"split\", train = \"train\", test = \"test\", val = 0.2 }";
    let (head, _) = SCHEMA.split_once("column = {").unwrap();
    let other = TableSchema::parse(&format!("{head}{held_out}"), "log.toml").unwrap();
    for (schema, log) in [(schema(), log.clone()), (other, log.replace(",val", ",train"))] {
        let expected = workers(1, || held(&log, &schema));
        for (n, memory) in [(1, 0), (3, 0), (2, 4 << 20), (2, usize::MAX)] {
            let files = workers(n, || written(&log, &schema, with_memory(memory)));
            assert!(files == expected, "{n} workers, {memory} bytes");
        }
    }
}

#[test]
fn nothing_is_lent_to_those_who_need_nothing() {
    let lent = Arc::new(AtomicUsize::new(0));
    let counted = lent.clone();
    let lend = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Cursor::new(Vec::new())) as Box<dyn Scratch>)
    };
    let reading = |memory, lend| Reading { memory, scratch: Some(lend), ..OnError::Fail.into() };
    let log = log(|_| false);
    written(&log, &schema(), reading(usize::MAX, Box::new(lend.clone())));
    assert_eq!(lent.load(Ordering::Relaxed), 0);
    written(&log, &schema(), reading(0, Box::new(lend)));
    assert_eq!(lent.load(Ordering::Relaxed), 1);
}

#[test]
fn a_full_disk_is_told() {
    let lend = || Err(std::io::Error::other("no space left"));
    let reading = Reading { memory: 0, scratch: Some(Box::new(lend)), ..OnError::Fail.into() };
    let error = read_csv(log(|_| false).as_bytes(), "log.csv", &schema(), reading).err().unwrap();
    assert!(matches!(&error, Error::Io(e) if e.to_string() == "no space left"), "{error}");
}

/// Prepares a log and skips its bad rows.
fn skipping(log: &str) -> Result<Prepared> {
    let raw = read_csv(log.as_bytes(), "log.csv", &schema(), OnError::Skip)?;
    ssim_data::prepare(raw, &schema(), 1)
}

#[test]
fn rejects_are_listed_in_order() {
    let log = log(|i| i % 4001 == 5);
    let one = workers(1, || skipping(&log).unwrap());
    let lines: Vec<u64> = one.rejects.iter().map(|r| r.line).collect();
    assert_eq!(lines, (0..100_000).filter(|i| i % 4001 == 5).map(|i| i + 2).collect::<Vec<_>>());
    assert!(workers(3, || skipping(&log).unwrap()) == one);
    let first = workers(3, || read_csv(log.as_bytes(), "log.csv", &schema(), OnError::Fail));
    let message = first.err().unwrap().to_string();
    assert_eq!(message, "log.csv:7:5: field \"click\": expected 0 or 1, got \"7\"");
}

#[test]
fn the_first_rows_are_those_of_a_shorter_log() {
    let log = log(|i| i == 50_000);
    for n in [60, 49_999, 50_000, 60_000] {
        let reading = Reading { limit: n, ..OnError::Skip.into() };
        let raw = read_csv(log.as_bytes(), "log.csv", &schema(), reading).unwrap();
        let lines = n + 1 + usize::from(n > 50_000);
        let shorter: String = log.split_inclusive('\n').take(lines).collect();
        let (first, all) = (ssim_data::prepare(raw, &schema(), 1), skipping(&shorter));
        assert!(first.unwrap() == all.unwrap(), "{n} rows");
    }
}

#[test]
fn line_ends_and_quotes_at_the_ends_of_blocks() {
    let plain = log(|_| false);
    let expected = skipping(&plain).unwrap();
    for shift in 0..3 {
        // Blanks in the header shift everything after them, so that other bytes are at the ends of
        // blocks.
        let moved = |log: &str| log.replacen("split", &format!("split{}", " ".repeat(shift)), 1);
        let text = SCHEMA.replacen("\"split\"", &format!("\"split{}\"", " ".repeat(shift)), 1);
        let schema = TableSchema::parse(&text, "log.toml").unwrap();
        let with = |log: &str| {
            let raw = read_csv(moved(log).as_bytes(), "log.csv", &schema, OnError::Fail).unwrap();
            ssim_data::prepare(raw, &schema, 1).unwrap()
        };
        assert!(with(&plain.replace('\n', "\r\n")) == expected);
        assert!(with(&plain.replace('\n', "\r")) == expected);
    }
    let quoted: String = plain
        .lines()
        .map(|line| match line.split_once(',') {
            Some((user, rest)) if user != "user" => format!("\"{user}\n,\"\"\",{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let quoted = skipping(&quoted).unwrap();
    assert!(
        quoted.rows.train.ids == expected.rows.train.ids
            && quoted.rows.test.ids == expected.rows.test.ids
    );
    let lines: Vec<u64> = expected.rows.val.rows.iter().map(|row| 2 * row - 2).collect();
    assert!(quoted.rows.val.rows == lines);
}

/// A reader that counts the bytes that are read from it.
struct Counted<R>(R, Arc<AtomicUsize>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.0.read(buffer)?;
        self.1.fetch_add(n, Ordering::Relaxed);
        Ok(n)
    }
}

#[test]
fn ten_gigabytes_without_an_end_of_line() {
    let long = "expected a row of at most 1048576 bytes, got more";
    let open = "a quote that is not closed within 1048576 bytes, which is the limit for a row";
    for (text, what) in [("a", long), ("\"a", open), ("\"\n", open)] {
        let read = Arc::new(AtomicUsize::new(0));
        let endless = std::io::repeat(0).take(10 << 30);
        let endless = endless.chain(Cursor::new(text));
        let file = Cursor::new(format!("{HEADER}a,1,1,9,1,train\n{text}")).chain(endless);
        let file = Counted(file, read.clone());
        let error = read_csv(file, "log.csv", &schema(), OnError::Skip).err().unwrap();
        assert_eq!(error.to_string(), format!("log.csv:3:1: {what}"));
        assert!(read.load(Ordering::Relaxed) < 4 << 20);
    }
}

#[test]
fn who_listens_hears_and_may_end_it() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = log(|_| false);
    let listen = |end: Option<ReadProgress>| {
        let heard = heard.clone();
        move |progress: ReadProgress| {
            heard.lock().unwrap().push(progress);
            match end == Some(progress) {
                true => Err(Error::Io(std::io::ErrorKind::Interrupted.into())),
                false => Ok(()),
            }
        }
    };
    let run = |end| {
        let reading = Reading { listener: Box::new(listen(end)), ..OnError::Fail.into() };
        let raw = read_csv(log.as_bytes(), "log.csv", &schema(), reading)?;
        ssim_data::prepare(raw, &schema(), 1)
    };
    run(None).unwrap();
    let all = std::mem::take(&mut *heard.lock().unwrap());
    for last in [
        ReadProgress::Read(100_000),
        ReadProgress::Counted(100_000, 100_000),
        ReadProgress::Encoded(100_000, 100_000),
    ] {
        assert!(all.contains(&last), "{all:?}");
        assert!(matches!(run(Some(last)), Err(Error::Io(_))));
        assert_eq!(heard.lock().unwrap().pop(), Some(last), "nothing after it");
    }
}

#[test]
fn parquet_in_batches() {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    let log = log(|i| i % 30_001 == 5);
    let rows: Vec<Vec<&str>> = log.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let column = |at: usize| -> ArrayRef {
        let texts = rows.iter().map(|row| row[at]);
        match at {
            3 | 4 => Arc::new(Int64Array::from_iter_values(texts.map(|t| t.parse().unwrap()))),
            _ => Arc::new(StringArray::from_iter_values(texts)),
        }
    };
    let names = HEADER.trim_end().split(',').enumerate();
    let batch = RecordBatch::try_from_iter(names.map(|(at, name)| (name, column(at)))).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let read = |memory| {
        let reading = Reading { on_error: OnError::Skip, ..with_memory(memory) };
        let bytes = bytes::Bytes::from(bytes.clone());
        let raw = read_parquet(bytes, "log.parquet", &schema(), reading).unwrap();
        ssim_data::prepare(raw, &schema(), 1).unwrap()
    };
    let (csv, parquet) = (skipping(&log).unwrap(), read(usize::MAX));
    assert!(parquet.schema == csv.schema && parquet.rows.train.ids == csv.rows.train.ids);
    let lines = |data: &Prepared| data.rejects.iter().map(|r| r.line).collect::<Vec<_>>();
    assert_eq!(lines(&parquet), [6, 30_007, 60_008, 90_009]);
    assert!(workers(3, || read(0)) == parquet);
}
