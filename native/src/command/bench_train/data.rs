//! Reads the NumPy arrays of the peer that the benchmark compares with.

use anyhow::{Context, Result, bail};
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::vocabulary::{Field, Transform, Vocabulary};
use std::path::Path;

/// Reads the number of ids of every field from `meta.json`.
pub fn sizes(folder: &Path) -> Result<Vec<u32>> {
    let path = folder.join("meta.json");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let meta: serde_json::Value = serde_json::from_str(&text)?;
    Ok(serde_json::from_value(meta["vocab"].clone())?)
}

/// Makes a schema of `fields` fields without their values, since no value is looked up here. The
/// last field is the scenario.
pub fn schema(fields: usize) -> Schema {
    let scenarios: Vec<String> = (0..4).map(|k| k.to_string()).collect();
    let fields = (0..fields).map(|f| Field {
        name: format!("f{f}"),
        transform: Transform::None,
        vocabulary: Vocabulary::new(if f + 1 == fields { scenarios.clone() } else { Vec::new() }),
    });
    Schema { dataset: "bench".into(), fields: fields.collect(), scenarios }
}

/// Reads the instances, or the first `limit` of them, with so many ids per field.
pub fn instances(folder: &Path, sizes: &[u32], limit: Option<usize>) -> Result<Instances> {
    let fields = sizes.len();
    let n = limit.unwrap_or(usize::MAX);
    let labels: Vec<u8> = npy(&folder.join("y.npy"), n)?
        .iter()
        .map(|y| u8::from(f32::from_le_bytes(*y) > 0.5))
        .collect();
    let ids = npy(&folder.join("x.npy"), n.saturating_mul(fields))?;
    let scenarios = npy(&folder.join("d.npy"), n)?;
    Ok(Instances {
        fields,
        sizes: sizes.to_vec(),
        ids: ids.iter().map(|b| u32::from_le_bytes(*b)).collect(),
        rows: (0..labels.len() as u64).collect(),
        labels,
        scenarios: scenarios.iter().map(|b| u32::from_le_bytes(*b) as u16).collect(),
        planted: None,
    })
}

/// Reads the first `n` four-byte values of a version 1 `.npy` file.
fn npy(path: &Path, n: usize) -> Result<Vec<[u8; 4]>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let Some(header) = bytes.get(8..10).filter(|_| bytes.starts_with(b"\x93NUMPY\x01")) else {
        bail!("{}: expected a version 1 .npy file", path.display());
    };
    let start = 10 + usize::from(u16::from_le_bytes([header[0], header[1]]));
    Ok(bytes[start..].chunks_exact(4).take(n).map(|b| [b[0], b[1], b[2], b[3]]).collect())
}
