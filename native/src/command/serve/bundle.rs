//! The page that the program carries inside, where it was built with it.

use anyhow::Result;
use std::path::PathBuf;

#[cfg(feature = "page")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist"]
struct Bundle;

/// Unpacks the page into a folder of its own, which goes with the process's temporary files: the
/// server then has one way to find a file, whoever the page came from.
///
/// # Errors
/// When there is no room for it.
#[cfg(feature = "page")]
pub fn folder() -> Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("ssim-page-").tempdir()?.keep();
    for name in Bundle::iter() {
        if let Some(file) = Bundle::get(&name) {
            let path = folder.join(name.as_ref());
            std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            std::fs::write(path, file.data)?;
        }
    }
    Ok(folder.canonicalize()?)
}

/// Says how to get a page.
///
/// # Errors
/// Always.
#[cfg(not(feature = "page"))]
pub fn folder() -> Result<PathBuf> {
    crate::exit::Fail::usage(
        "no page to serve: give --web DIR or SSIM_WEB_DIST (`cargo xtask web` builds the page)",
    )
}
