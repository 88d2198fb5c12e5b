//! Looks for subnormal numbers in the files of a run.
//!
//! Many processors compute with numbers below [`f32::MIN_POSITIVE`] a hundred times more slowly. Units
//! that have died reach them after some thousand steps, so a run that keeps them becomes slower.

use safetensors::{Dtype, SafeTensors};
use std::path::Path;

/// The arrays of 32-bit floats with subnormal numbers in a run folder: file, array, and how many of
/// its numbers are subnormal. It reads checkpoints with their moments, models and selectors.
///
/// # Panics
/// When a file cannot be read, or the folder has no array.
pub fn subnormals(run: &Path) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    let mut arrays = 0;
    for folder in [run.to_owned(), run.join("checkpoints")] {
        let files = std::fs::read_dir(&folder).expect("a run folder").map(|e| e.expect("a file"));
        let mut files: Vec<_> = files.map(|file| file.path()).collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "safetensors"));
        files.sort();
        for file in files {
            let bytes = std::fs::read(&file).expect("a file of arrays");
            let file = file.strip_prefix(run).expect("a file in the run").display().to_string();
            let container = SafeTensors::deserialize(&bytes).expect("arrays");
            for (name, array) in container.iter().filter(|(_, array)| array.dtype() == Dtype::F32) {
                arrays += 1;
                let values = array.data().as_chunks().0.iter().map(|le| f32::from_le_bytes(*le));
                let count = values.filter(|x| x.is_subnormal()).count();
                if count > 0 {
                    found.push((file.clone(), name.to_owned(), count));
                }
            }
        }
    }
    assert!(arrays > 0, "{} has no array", run.display());
    found
}
