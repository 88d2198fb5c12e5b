//! Writes the files that every corpus begins with into `fuzz/corpus`. It leaves the other files alone:
//! those that failed once, and those in the form of older versions (`old-…`).

use std::fs;
use std::io::Result;

fn main() -> Result<()> {
    for target in ssim_fuzz::TARGETS {
        fs::create_dir_all(target.folder())?;
        for (name, bytes) in (target.seeds)() {
            fs::write(target.folder().join(name), bytes)?;
        }
    }
    Ok(())
}
