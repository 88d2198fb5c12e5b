//! The folder of the page: one that the user names, or the page inside the program, unpacked.

use anyhow::Result;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folder of the page. A folder that the program has unpacked is removed with this value.
pub struct PageFolder {
    path: PathBuf,
    _unpacked: Option<TempDir>,
}

impl PageFolder {
    /// A folder of the user's, as a path without symbolic links.
    pub fn given(path: PathBuf) -> Self {
        Self { path, _unpacked: None }
    }
}

impl Deref for PageFolder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

#[cfg(feature = "page")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../dist"]
struct Bundle;

/// Unpacks the page inside this program into a folder of its own among the temporary files. The server then finds a
/// file in one way, whether the page comes from the program or from a folder.
///
/// # Errors
/// Returns the file system's error, such as a full disk.
#[cfg(feature = "page")]
pub fn folder() -> Result<Option<PageFolder>> {
    let unpacked = tempfile::Builder::new().prefix("ssim-page-").tempdir()?;
    // A second signal ends the program without dropping the folder.
    crate::files::draft::remember(unpacked.path());
    for name in Bundle::iter() {
        if let Some(file) = Bundle::get(&name) {
            let path = unpacked.path().join(name.as_ref());
            std::fs::create_dir_all(path.parent().unwrap_or(unpacked.path()))?;
            std::fs::write(path, file.data)?;
        }
    }
    Ok(Some(PageFolder { path: unpacked.path().canonicalize()?, _unpacked: Some(unpacked) }))
}

/// Gives nothing, because this program has no page inside.
///
/// # Errors
/// Never.
#[cfg(not(feature = "page"))]
pub fn folder() -> Result<Option<PageFolder>> {
    Ok(None)
}
