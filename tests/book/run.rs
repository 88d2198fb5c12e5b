//! Follows a chapter like a reader, who has installed the program and types the commands one after the
//! other in an empty folder.

use crate::chapter::{Block, Chapter, Note, docs};
use crate::shown;
use ssim_tests::program;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// Follows the chapter from the top.
pub fn chapter(chapter: &Chapter) {
    follow(&chapter.blocks, tempfile::tempdir().unwrap().path());
}

/// Follows blocks of a chapter in a folder.
pub fn follow(blocks: &[Block], scratch: &Path) {
    let mut printed = String::new();
    for (i, block) in blocks.iter().enumerate() {
        let place = &block.place;
        match (block.language.as_str(), &block.note) {
            (_, Some(Note::NotRun(reason))) => assert!(!reason.is_empty(), "{place}: why not?"),
            ("picture", Some(Note::Shows(file))) => {
                let (drawn, shown) = (scratch.join(file), docs().join(&block.text));
                let read = |path: &Path| {
                    fs::read_to_string(path)
                        .unwrap_or_else(|e| panic!("{place}: {}: {e}", path.display()))
                };
                let (drawn, shown) = (shown::words(&read(&drawn)), shown::words(&read(&shown)));
                assert_eq!(drawn, shown, "{place}: {file} is drawn (left), and shown (right)");
            }
            ("toml" | "csv", Some(Note::File(name))) => {
                let later = &blocks[i + 1..];
                assert!(later.iter().any(|b| reads(b, name)), "{place}: no command reads {name}");
                fs::write(scratch.join(name), &block.text).unwrap();
            }
            ("sh", None) => printed = typed(block, scratch),
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

/// A folder with nothing but `bin/ssim` and an empty home: the program as it is installed, far from the
/// checkout and from what was built with it.
fn installed() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        ["bin", "home"].iter().for_each(|name| fs::create_dir(folder.path().join(name)).unwrap());
        fs::copy(program(), folder.path().join("bin/ssim")).unwrap();
        folder
    };
    FOLDER.get_or_init(make).path()
}

/// Runs the lines of a block in the folder, in a shell that stops at the first error, and gives
/// back their output.
fn typed(block: &Block, folder: &Path) -> String {
    let mut path = vec![installed().join("bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let mut shell = Command::new("sh");
    shell.args(["-euc", &format!("exec 2>&1\n{}", block.text)]).current_dir(folder);
    shell.env("PATH", std::env::join_paths(path).unwrap()).env("RAYON_NUM_THREADS", "1");
    shell.env("HOME", installed().join("home"));
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
