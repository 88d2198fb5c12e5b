//! Keeps the packed form of files, so that each is packed once and not for every answer.

use super::body;
use super::content::{Content, Stamp};
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Contents longer than this are sent as they are: to pack them would take seconds.
const LONGEST: u64 = 16 << 20;
/// Contents shorter than this fit into one packet anyway.
const SHORTEST: u64 = 1 << 10;
/// Bytes of contents whose packed forms are kept. Beyond them all are forgotten, and packed again
/// when somebody asks.
const KEPT: u64 = 128 << 20;
/// Endings of names whose content becomes shorter. Pictures and archives are packed already.
const ENDINGS: [&str; 14] = [
    "css",
    "csv",
    "html",
    "js",
    "json",
    "map",
    "md",
    "mjs",
    "ssim",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
    "xml",
];

/// The packed bytes, or `None` where packing does not help. The cell is filled by whoever asks first,
/// and the others wait for it.
type Cell = Arc<OnceCell<Option<Bytes>>>;

/// The packed forms by name, each with the state of the file that it belongs to.
#[derive(Default)]
pub struct Packed(Mutex<BTreeMap<String, (Stamp, Cell)>>);

impl Packed {
    /// Whether a content is worth packing.
    pub fn worth(name: &str, length: u64) -> bool {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        (SHORTEST..=LONGEST).contains(&length) && ENDINGS.contains(&ending)
    }

    /// Gives the packed form of a content, or `None` if that is not shorter by a tenth.
    ///
    /// # Errors
    /// Fails when the file cannot be read, or was changed meanwhile.
    pub async fn get(&self, name: &str, content: &Content) -> io::Result<Option<Bytes>> {
        let cell = self.cell(name, content.stamp);
        let packed = cell.get_or_try_init(|| async {
            let content = content.again()?;
            tokio::task::spawn_blocking(move || pack(content)).await.map_err(io::Error::other)?
        });
        packed.await.cloned()
    }

    fn cell(&self, name: &str, stamp: Stamp) -> Cell {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, cell)) = kept.get(name)
            && *known == stamp
        {
            return Arc::clone(cell);
        }
        kept.remove(name);
        if kept.values().map(|(stamp, _)| stamp.length).sum::<u64>() + stamp.length > KEPT {
            kept.clear();
        }
        let cell = Cell::default();
        kept.insert(name.to_owned(), (stamp, Arc::clone(&cell)));
        cell
    }
}

fn pack(content: Content) -> io::Result<Option<Bytes>> {
    let plain = body::whole(content)?;
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&plain)?;
    let packed = packer.finish()?;
    Ok((packed.len() < plain.len() / 10 * 9).then(|| packed.into()))
}
