//! Archives with logs in them.

use super::seed;
use crate::fixture::LOG;
use crate::target::Seed;
use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use ssim_data::archive;
use std::io::{Cursor, Read, Write};

/// The most bytes that are read of a member; a small archive can hold members of any length.
const MOST: u64 = 1 << 20;

/// Lists the members and reads the first of them.
pub fn run(data: &[u8]) {
    let Ok(members) = archive::members(Cursor::new(data), "archive") else { return };
    assert!(members.is_sorted_by(|a, b| a.name < b.name), "sorted, and each name once");
    for member in members.iter().take(4) {
        let bytes = Cursor::new(data.to_vec());
        let Ok(mut reader) = archive::open(bytes, "archive", member) else { continue };
        let mut text = Vec::new();
        drop(reader.by_ref().take(MOST).read_to_end(&mut text));
    }
}

/// A zip with one file.
fn zip(name: &str, text: &str, deflated: bool) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes()).expect("bytes");
    let packed = match deflated {
        true => packer.finish().expect("bytes"),
        false => text.as_bytes().to_vec(),
    };
    let mut crc = Crc::new();
    crc.update(text.as_bytes());
    // Version, flags, method, time and date; then the checksum and the two lengths.
    let mut about: Vec<u8> =
        [20, 0, if deflated { 8u16 } else { 0 }, 0, 33].map(u16::to_le_bytes).concat();
    let words = [crc.sum(), packed.len() as u32, text.len() as u32];
    about.extend(words.map(u32::to_le_bytes).concat());
    about.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
    let file = [b"PK\x03\x04", &about[..], name.as_bytes(), &packed].concat();
    let entry = [b"PK\x01\x02\x14\0", &about[..], &[0; 14], name.as_bytes()].concat();
    let sizes = [entry.len() as u32, file.len() as u32].map(u32::to_le_bytes).concat();
    [&file[..], &entry, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &sizes, &[0; 2]].concat()
}

/// Archives of every kind.
pub fn seeds() -> Vec<Seed> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in [("a/log.csv", LOG), ("users.csv", "id\n7\n")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes()).expect("a file");
    }
    let tar = tar.into_inner().expect("an archive");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar).expect("bytes");
    vec![
        seed("stored.zip", zip("log.csv", LOG, false)),
        seed("deflated.zip", zip("log.csv", LOG, true)),
        seed("log.tar.gz", gzip.finish().expect("bytes")),
        seed("log.tar.zst", zstd::encode_all(&tar[..], 1).expect("bytes")),
        seed("log.tar", tar),
    ]
}
