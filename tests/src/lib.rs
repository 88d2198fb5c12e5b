//! Helpers that the tests of several folders share: running the program, and making data for it.

pub mod log;
pub mod server;
pub mod subnormal;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Settings that make a run of `ssim fit` small and short.
pub const SMALL: [&str; 10] = [
    "--preset",
    "demo",
    "--set",
    "model.mlp=[8]",
    "--set",
    "selector.mlp=[8]",
    "--set",
    "train.batch=256",
    "--max-steps",
    "6",
];

/// The `ssim` program that was built with the tests.
///
/// # Panics
/// When it has not been built; `cargo build -p ssim-cli` builds it.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    // target/debug/deps/test-hash -> target/debug/ssim
    let folder = test.ancestors().nth(2).expect("tests lie in target/PROFILE/deps");
    let program = folder.join(format!("ssim{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is missing: build it with `cargo build -p ssim-cli` in the tests' profile",
        program.display()
    );
    program
}

/// The schema of a data folder.
///
/// # Panics
/// When the folder is none.
pub fn schema(folder: &Path) -> ssim_core::schema::Schema {
    use ssim_data::folder::{MANIFEST, VOCABULARY, read_manifest, read_vocabulary};
    let open = |name: &str| std::fs::File::open(folder.join(name)).expect("a data folder");
    let manifest = read_manifest(open(MANIFEST), MANIFEST).expect("a manifest");
    read_vocabulary(open(VOCABULARY), VOCABULARY, &manifest).expect("vocabularies")
}

/// A command of the program, with two threads and without settings from the environment.
pub fn ssim(args: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(args).env("RAYON_NUM_THREADS", "2");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SSIM_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program, checks its exit code, and gives back its output.
///
/// # Panics
/// When the exit code is another one.
pub fn run(args: &[&str], code: i32) -> Printed {
    finish(&mut ssim(args), code)
}

/// Runs a command, checks its exit code, and gives back its output.
///
/// # Panics
/// When the exit code is another one.
pub fn finish(command: &mut Command, code: i32) -> Printed {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let printed = Printed {
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    };
    assert_eq!(status.code(), Some(code), "{command:?}\n{}\n{}", printed.out, printed.err);
    printed
}

/// Starts a command and waits until it has written a file.
///
/// # Panics
/// When the command ends before it has written the file, or has not written it after two minutes.
pub fn start(command: &mut Command, until: &Path) -> Child {
    let mut child = command.stdout(Stdio::null()).spawn().expect("the program starts");
    let started = Instant::now();
    while !until.exists() {
        let ended = child.try_wait().expect("a child can be asked");
        assert!(ended.is_none() || until.exists(), "{command:?} ended, {ended:?}: no {until:?}");
        assert!(started.elapsed() < Duration::from_secs(120), "{command:?}: no {until:?} yet");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

/// The output of a program that has ended.
pub struct Printed {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Printed {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }

    /// The one line of standard error that reports an error.
    ///
    /// # Panics
    /// When there is no such line or more than one, or when the program has panicked.
    pub fn error(&self) -> &str {
        let errors: Vec<_> = self.err.lines().filter(|l| l.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        errors[0]
    }
}

/// A path as an argument of a command.
///
/// # Panics
/// When the path is not UTF-8.
pub fn arg(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

/// Prepares so many synthetic rows, and gives back their data folder, `folder/data`.
///
/// # Panics
/// When they cannot be prepared.
pub fn synthetic(folder: &Path, rows: usize) -> PathBuf {
    let data = folder.join("data");
    run(&["prepare", "synthetic", "--rows", &rows.to_string(), "--out", arg(&data)], 0);
    data
}

/// The bytes of the checkpoint that `save` writes.
///
/// # Panics
/// When it cannot be written.
pub fn written(save: impl FnOnce(&mut Vec<u8>) -> ssim_train::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    save(&mut bytes).expect("a checkpoint");
    bytes
}
