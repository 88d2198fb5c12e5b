//! Tests of archives that are made by hand: their files are read, and their errors are reported.

use flate2::{Compression, Crc, write::DeflateEncoder, write::GzEncoder};
use proptest::prelude::*;
use ssim_data::archive::{self, Member};
use std::io::{Cursor, Read, Write};

/// Files with their names, in order.
type Files<'a> = Vec<(String, &'a [u8])>;

const LOG: &[u8] = b"user,click\n1,0\n1,0\n1,0\n1,0\n1,1\n";

fn files() -> Files<'static> {
    vec![("a/log.csv".into(), LOG), ("a/b/empty.csv".into(), b""), ("users.csv".into(), b"id\n7\n")]
}

/// Makes a zip. Its files are stored (method 0), deflated (8), or stored with another method's
/// number.
pub fn zip(files: &Files, method: u16) -> Vec<u8> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for (name, bytes) in files {
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        let deflated = packer.finish().unwrap();
        let packed = if method == 8 { &deflated } else { *bytes };
        let mut about = Vec::new();
        for half in [20, 0, method, 0, 33] {
            about.extend(u16::to_le_bytes(half));
        }
        for word in [crc.sum(), packed.len() as u32, bytes.len() as u32] {
            about.extend(word.to_le_bytes());
        }
        about.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        directory.extend([b"PK\x01\x02\x14\x00", &about[..], &[0; 10]].concat());
        directory.extend((zip.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        zip.extend([b"PK\x03\x04", &about[..], name.as_bytes(), packed].concat());
    }
    let n = (files.len() as u16).to_le_bytes();
    let size = (directory.len() as u32).to_le_bytes();
    let start = (zip.len() as u32).to_le_bytes();
    [&zip[..], &directory, b"PK\x05\x06\0\0\0\0", &n, &n, &size, &start, &[0; 2]].concat()
}

pub fn tar(files: &Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Makes an archive of each kind with these files.
pub fn all(files: &Files) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("stored.zip", zip(files, 0)),
        ("deflated.zip", zip(files, 8)),
        ("plain.tar", tar(files)),
        ("packed.tar.gz", gzip(&tar(files))),
        ("packed.tar.zst", zstd::encode_all(&tar(files)[..], 1).unwrap()),
    ]
}

fn members(bytes: &[u8]) -> Result<Vec<Member>, String> {
    archive::members(Cursor::new(bytes), "x").map_err(|e| e.to_string())
}

fn read(bytes: &[u8], member: &Member) -> Result<Vec<u8>, String> {
    let archive = Cursor::new(bytes.to_vec());
    let mut reader = archive::open(archive, "x", member).map_err(|e| e.to_string())?;
    let mut all = Vec::new();
    reader.read_to_end(&mut all).map_err(|e| e.to_string())?;
    Ok(all)
}

#[test]
fn what_went_in_comes_out() {
    let mut sorted = files();
    sorted.sort();
    for (kind, bytes) in all(&files()) {
        let members = members(&bytes).unwrap();
        let got: Vec<_> =
            members.iter().map(|m| (m.name.clone(), read(&bytes, m).unwrap())).collect();
        let expected: Vec<_> = sorted.iter().map(|(n, b)| (n.clone(), b.to_vec())).collect();
        assert_eq!(got, expected, "{kind}");
    }
}

#[test]
fn folders_and_links_are_no_files() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    for (kind, name) in
        [(tar::EntryType::Directory, "log.csv/"), (tar::EntryType::Symlink, "log.csv")]
    {
        header.set_entry_type(kind);
        header.set_size(0);
        tar.append_data(&mut header, name, &b""[..]).unwrap();
    }
    assert_eq!(members(&tar.into_inner().unwrap()).unwrap(), []);
    assert_eq!(members(&zip(&vec![("log.csv/".into(), b"")], 0)).unwrap(), []);
}

#[test]
fn a_long_name_does_not_fill_the_memory() {
    let files = |length: usize| -> Files { vec![("x".repeat(length), LOG), ("y".into(), b"z")] };
    let good = gzip(&tar(&files(500)));
    assert_eq!(read(&good, &members(&good).unwrap()[0]).unwrap(), LOG);
    let error = members(&gzip(&tar(&files(3 << 20)))).unwrap_err();
    let expected = "x: expected a whole tar archive, got: a header of more than 1048576 bytes";
    assert_eq!(error, expected);
}

#[test]
fn what_is_wrong_is_said() {
    let message = |bytes: &[u8]| members(bytes).unwrap_err();
    for other in [&b"user,click\n1,0\n"[..], &b"user,click\n".repeat(100), &gzip(LOG)] {
        assert_eq!(message(other), "x: expected a whole tar archive, got: something else");
    }
    assert!(message(&zip(&files(), 8)[..60]).starts_with("x: expected a whole zip archive, got: "));
    let packed = gzip(&tar(&files()));
    let cut = message(&packed[..packed.len() / 2]);
    assert!(cut.contains("expected a whole gzip stream"), "{cut}");
    let twice: Files = vec![("log.csv".into(), LOG), ("log.csv".into(), b"x\n")];
    for (kind, bytes) in all(&twice) {
        let twice = message(&bytes);
        assert!(twice.contains("two") && twice.starts_with("x:"), "{kind}: {twice}");
    }

    let of = |bytes: &[u8]| {
        let member = members(bytes).unwrap().into_iter().find(|m| m.name == "a/log.csv").unwrap();
        read(bytes, &member).unwrap_err()
    };
    assert_eq!(of(&zip(&files(), 12)), "x:a/log.csv: expected it stored or deflated, got Bzip2");
    // One bit of the member's bytes is wrong.
    let mut wrong = zip(&files(), 0);
    let at = wrong.windows(4).position(|w| w == b"user").unwrap();
    wrong[at] ^= 1;
    assert!(of(&wrong).starts_with("expected bytes with checksum "), "{}", of(&wrong));
    // A password is marked by bit 0 of the flags, in both headers of a member.
    let mut locked = zip(&files(), 0);
    let first = 6;
    let second = locked.windows(4).position(|w| w == b"PK\x01\x02").unwrap() + 8;
    locked[first] |= 1;
    locked[second] |= 1;
    assert!(of(&locked).contains("expected a file without a password"), "{}", of(&locked));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    /// An archive that was cut or changed gives the right bytes or an error.
    #[test]
    fn damage_is_found_or_harmless(which in 0..5usize, cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), flip in any::<u8>()) {
        let (kind, whole) = all(&files()).swap_remove(which);
        let cut = &whole[..cut.index(whole.len())];
        if let Ok(members) = members(cut) {
            for member in members {
                if let Ok(bytes) = read(cut, &member) {
                    prop_assert!(files().iter().any(|(n, b)| *n == member.name && *b == bytes), "{}", kind);
                }
            }
        }
        let mut changed = whole;
        let at = at.index(changed.len());
        changed[at] ^= flip;
        if let Ok(members) = members(&changed) {
            for member in members {
                let _ = read(&changed, &member);
            }
        }
    }
}
