//! Tests of published logs. They compare small files in the published layout with a simple, slow
//! reading of them.

mod ali_ccp;
mod ali_mama;
mod kuairand;
mod movielens;

use crate::archives;
use flate2::{Compression, write::GzEncoder};
use ssim_data::archive;
use ssim_data::published::{Log, LogSource};
use ssim_data::{Error, OnError, Prepared, Result};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};

/// Files by name.
type Files = BTreeMap<&'static str, Vec<u8>>;

fn prepare(log: &Log, files: &Files, on_error: OnError) -> Result<Prepared> {
    let mut open = |name: &str| {
        assert!(log.files.contains(&name), "{name} is none of the files of {}", log.name);
        let bytes = files.get(name).ok_or_else(|| Error::Data(format!("{name}: none")))?;
        Ok(LogSource { name: name.into(), reader: Box::new(Cursor::new(bytes.clone())) })
    };
    log.prepare("raw", &mut open, on_error, 1)
}

/// The error message for the files if a text in one of them is replaced.
fn message(log: &Log, files: &Files, name: &'static str, from: &str, to: &str) -> String {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert!(text.contains(from), "{from}");
    with(log, files, name, text.replacen(from, to, 1))
}

/// The error message for the files if one of them has other bytes.
fn with(log: &Log, files: &Files, name: &'static str, bytes: impl Into<Vec<u8>>) -> String {
    let mut files = files.clone();
    files.insert(name, bytes.into());
    prepare(log, &files, OnError::Fail).unwrap_err().to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Prepares the log from an archive that has its files in a folder.
fn from_archive(log: &Log, bytes: &[u8]) -> Result<Prepared> {
    let archive = || Cursor::new(bytes.to_vec());
    let members = archive::members(archive(), "x")?;
    let mut open = |name: &str| {
        let member = members.iter().find(|m| m.name == format!("some/folder/{name}")).unwrap();
        let reader = archive::open(archive(), "x", member)?;
        Ok(LogSource { name: format!("x:{}", member.name), reader })
    };
    log.prepare("raw", &mut open, OnError::Fail, 1)
}

/// Checks that a reader accepts files that are compressed, in archives, or written on another
/// system, and that it reports files that are cut, empty, or have a bad line.
fn any_log(log: &Log, files: &Files) {
    let plain = prepare(log, files, OnError::Fail).unwrap();
    let all = |change: &dyn Fn(&[u8]) -> Vec<u8>| {
        let files = files.iter().map(|(name, bytes)| (*name, change(bytes))).collect();
        prepare(log, &files, OnError::Fail).unwrap()
    };
    assert_eq!(all(&gzip), plain, "packed");
    let inside = |(name, bytes): (&&str, _)| (format!("some/folder/{name}"), bytes);
    let members = files.iter().map(|(name, bytes)| inside((name, &bytes[..]))).collect();
    for (kind, bytes) in archives::all(&members) {
        assert_eq!(from_archive(log, &bytes).unwrap(), plain, "{kind}");
    }
    let windows = |b: &[u8]| {
        b.to_vec()
            .utf8_chunks()
            .flat_map(|c| [c.valid().replace('\n', "\r\n").as_bytes(), c.invalid()].concat())
            .collect()
    };
    assert_eq!(all(&windows), plain, "line ends of Windows");
    assert_eq!(all(&|b| [b"\xef\xbb\xbf", b].concat()), plain, "byte order mark");
    for (name, bytes) in files {
        let packed = gzip(bytes);
        let cut = with(log, files, name, &packed[..packed.len() - 9]);
        assert!(cut.starts_with(&format!("{name}:")), "{cut}");
        assert!(cut.contains("expected a whole gzip stream, got: "), "{cut}");
        let empty = with(log, files, name, "");
        assert!(empty.starts_with(&format!("{name}:")) && empty.contains("expected"), "{empty}");
        // The first cell of the last line is always read, because it is a key or a user.
        let last = bytes[..bytes.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
        let lines = bytes.iter().filter(|b| **b == b'\n').count();
        let extra =
            with(log, files, name, [&bytes[..last], b"\x02,\t|::", &bytes[last..]].concat());
        assert!(
            extra.starts_with(&format!("{name}:{lines}:")) && extra.contains("values"),
            "{extra}"
        );
    }
}

/// The expected result of one line.
#[derive(Clone, Debug)]
struct Row {
    values: Vec<String>,
    scenario: String,
    label: u8,
}

/// Checks every id: it stands for the row's value if train has this value often enough, and else
/// for unseen values.
fn check(data: &Prepared, expected: &BTreeMap<u64, Row>, min_count: impl Fn(usize) -> usize) {
    let all: usize = data.rows.named().iter().map(|(_, split)| split.len()).sum();
    assert_eq!(all, expected.len());
    let offsets = data.schema.offsets();
    for (f, field) in data.schema.fields.iter().enumerate() {
        let text = |line: &u64| field.transform.bucket(&expected[line].values[f]);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for value in data.rows.train.rows.iter().filter_map(text) {
            *counts.entry(value).or_default() += 1;
        }
        counts.retain(|_, n| *n >= min_count(f));
        assert_eq!(field.vocabulary.len(), counts.len(), "{}", field.name);
        for (_, split) in data.rows.named() {
            for (i, line) in split.rows.iter().enumerate() {
                let id = split.ids[i * split.fields + f] - offsets[f];
                let value = field.vocabulary.values().get(id as usize);
                let kept = text(line).filter(|t| counts.contains_key(t));
                assert_eq!(value, kept.as_ref(), "line {line}, {}", field.name);
            }
        }
    }
    for (_, split) in data.rows.named() {
        for (i, line) in split.rows.iter().enumerate() {
            let scenario = &data.schema.scenarios[usize::from(split.scenarios[i])];
            assert_eq!(
                (scenario, split.labels[i]),
                (&expected[line].scenario, expected[line].label)
            );
        }
    }
}
