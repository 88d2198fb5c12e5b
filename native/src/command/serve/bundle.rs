//! The page inside the program, if the program was built with it.

use anyhow::Result;
use std::path::PathBuf;

#[cfg(feature = "page")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist"]
struct Bundle;

/// Unpacks the page into a folder of its own among the temporary files. The server then finds a
/// file in one way, whether the page comes from the program or from a folder.
///
/// # Errors
/// Returns the file system's error, such as a full disk.
#[cfg(feature = "page")]
pub fn folder() -> Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("ssim-page-").tempdir()?.keep();
    // The server runs until a signal ends it.
    crate::files::draft::remember(&folder);
    for name in Bundle::iter() {
        if let Some(file) = Bundle::get(&name) {
            let path = folder.join(name.as_ref());
            std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            std::fs::write(path, file.data)?;
        }
    }
    Ok(folder.canonicalize()?)
}

/// Fails with a message that says how to get a page.
///
/// # Errors
/// Always fails, because this program has no page inside.
#[cfg(not(feature = "page"))]
pub fn folder() -> Result<PathBuf> {
    crate::terminal::exit::Fail::usage(
        "no page to serve: give --web DIR or SSIM_WEB_DIST (`cargo xtask web` builds the page)",
    )
}
