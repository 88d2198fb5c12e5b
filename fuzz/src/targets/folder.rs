//! The files of a data folder: manifest, vocabularies and the rows of a split.

use super::seed;
use crate::fixture;
use crate::target::Seed;
use bytes::Bytes;
use ssim_core::instances::Instances;
use ssim_data::folder::{
    Manifest, read_manifest, read_split, read_vocabulary, stream_split, write_manifest,
    write_split, write_vocabulary,
};
use ssim_data::{JobPart, Result};
use std::sync::OnceLock;

/// Reads a manifest, writes it, and reads it again; reads the vocabularies that belong to the
/// toy log with it.
pub fn manifest(data: &[u8]) {
    let Ok(manifest) = read_manifest(data, "schema.json") else { return };
    let mut written = Vec::new();
    write_manifest(&mut written, &manifest).expect("a manifest is JSON");
    let again = read_manifest(&written[..], "again").expect("a manifest that was written");
    assert_eq!(manifest, again);
    drop(manifest.summary());
    if let Ok(schema) = read_vocabulary(words(), "vocabulary.parquet", &manifest) {
        schema.check().expect("a schema that was read");
        drop(read_split(rows(), "part.parquet", &schema));
    }
}

fn described() -> &'static Manifest {
    static MANIFEST: OnceLock<Manifest> = OnceLock::new();
    MANIFEST.get_or_init(|| Manifest::new(fixture::prepared()))
}

/// The manifest of the toy log.
pub fn manifests() -> Vec<Seed> {
    let mut bytes = Vec::new();
    write_manifest(&mut bytes, described()).expect("a manifest is JSON");
    vec![seed("schema.json", bytes)]
}

/// Reads vocabularies by the manifest of the toy log. Its fingerprint allows one content only.
pub fn vocabulary(data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    let Ok(schema) = read_vocabulary(data, "vocabulary.parquet", described()) else { return };
    assert_eq!(schema.fields, fixture::schema().fields);
}

fn words() -> Bytes {
    static WORDS: OnceLock<Bytes> = OnceLock::new();
    let write = || {
        let mut bytes = Vec::new();
        write_vocabulary(&mut bytes, fixture::schema()).expect("vocabularies");
        Bytes::from(bytes)
    };
    WORDS.get_or_init(write).clone()
}

/// The vocabularies of the toy log.
pub fn vocabularies() -> Vec<Seed> {
    vec![seed("vocabulary", words())]
}

/// Reads rows whole and in two parts, writes them, and reads them again.
pub fn split(data: &[u8]) {
    let schema = fixture::schema();
    let data = Bytes::copy_from_slice(data);
    let part = |part: JobPart| -> Result<Vec<u64>> {
        let pieces = stream_split(data.clone(), "part", schema, part)?;
        let pieces = pieces.collect::<Result<Vec<Instances>>>()?;
        Ok(pieces.into_iter().flat_map(|piece| piece.rows).collect())
    };
    let streamed = ["1/2", "2/2"].map(|text| part(text.parse().expect("a part")));
    let Ok(rows) = read_split(data.clone(), "part", schema) else { return };
    rows.check(schema).expect("rows fit the schema");
    // The places of the rows in a damaged file may be wrong although the rows are not.
    if let [Ok(first), Ok(second)] = &streamed {
        assert_eq!([&first[..], second].concat(), rows.rows);
    }
    let mut written = Vec::new();
    write_split(&mut written, schema, &rows).expect("rows that were read can be written");
    let again = read_split(Bytes::from(written), "again", schema).expect("rows that were written");
    assert_eq!(bits(&rows), bits(&again));
    let plain = |rows: Instances| Instances { planted: None, ..rows };
    assert_eq!(plain(rows), plain(again));
}

/// The planted truth by its bits, because NaN differs from itself.
fn bits(rows: &Instances) -> Option<(Vec<bool>, Vec<u32>)> {
    let planted = rows.planted.as_ref()?;
    Some((planted.shared.clone(), planted.probability.iter().map(|p| p.to_bits()).collect()))
}

fn rows() -> Bytes {
    static ROWS: OnceLock<Bytes> = OnceLock::new();
    ROWS.get_or_init(|| written(&fixture::prepared().rows.train)).clone()
}

fn written(rows: &Instances) -> Bytes {
    let mut bytes = Vec::new();
    write_split(&mut bytes, fixture::schema(), rows).expect("rows");
    bytes.into()
}

/// Rows with and without a planted truth.
pub fn splits() -> Vec<Seed> {
    vec![seed("plain", rows()), seed("planted", written(&fixture::planted()))]
}
