//! Follows a chapter like a reader, who types its commands one after the other in an empty folder.

use crate::chapter::{Block, Chapter, Note, docs};
use crate::shown;
use ssim_tests::program;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Follows the chapter from the top.
pub fn chapter(chapter: &Chapter) {
    let scratch = tempfile::tempdir().unwrap();
    let mut printed = String::new();
    for (i, block) in chapter.blocks.iter().enumerate() {
        let place = &block.place;
        match (block.language.as_str(), &block.note) {
            (_, Some(Note::NotRun(reason))) => assert!(!reason.is_empty(), "{place}: why not?"),
            ("picture", Some(Note::Shows(file))) => {
                let (drawn, shown) = (scratch.path().join(file), docs().join(&block.text));
                let read = |path: &Path| {
                    fs::read_to_string(path)
                        .unwrap_or_else(|e| panic!("{place}: {}: {e}", path.display()))
                };
                let (drawn, shown) = (shown::words(&read(&drawn)), shown::words(&read(&shown)));
                assert_eq!(drawn, shown, "{place}: {file} is drawn (left), and shown (right)");
            }
            ("toml" | "csv", Some(Note::File(name))) => {
                let later = &chapter.blocks[i + 1..];
                assert!(later.iter().any(|b| reads(b, name)), "{place}: no command reads {name}");
                fs::write(scratch.path().join(name), &block.text).unwrap();
            }
            ("sh", None) => printed = typed(block, scratch.path()),
            ("text", None) => shown::check(place, &block.text, &printed),
            (language, note) => {
                panic!("{place}: `{language}` with {note:?}: what is to be done with it?")
            }
        }
    }
}

fn reads(block: &Block, file: &str) -> bool {
    block.language == "sh" && block.note.is_none() && block.text.contains(file)
}

/// Runs the lines of a block in the folder, in a shell that stops at the first error, and gives
/// back their output.
fn typed(block: &Block, folder: &Path) -> String {
    let program = program();
    let mut path = vec![program.parent().unwrap().to_path_buf()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let mut shell = Command::new("sh");
    shell.args(["-euc", &format!("exec 2>&1\n{}", block.text)]).current_dir(folder);
    shell.env("PATH", std::env::join_paths(path).unwrap()).env("RAYON_NUM_THREADS", "1");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SSIM_") {
            shell.env_remove(name);
        }
    }
    let output = shell.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}: {}\n{}\n{printed}",
        block.place,
        output.status,
        block.text
    );
    printed
}
