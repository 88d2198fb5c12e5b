//! Helpers of the tests.

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
/// When it has not been built: `cargo build -p ssim-cli` first.
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

/// A command of the program, on two threads and without settings from outside.
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

/// Runs the program, expects an exit code, and gives back what it printed.
///
/// # Panics
/// When it ends with another code.
pub fn run(args: &[&str], code: i32) -> Printed {
    finish(&mut ssim(args), code)
}

/// Runs a command, expects an exit code, and gives back what it printed.
///
/// # Panics
/// When it ends with another code.
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
/// When it ends before, or has not got so far in two minutes.
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

/// What a program printed.
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
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }

    /// The last line of standard error, and the only one that reports an error.
    ///
    /// # Panics
    /// When there is none or more than one.
    pub fn error(&self) -> &str {
        let errors: Vec<_> = self.err.lines().filter(|l| l.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        errors[0]
    }
}

/// A path as an argument.
///
/// # Panics
/// When it is not UTF-8.
pub fn arg(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

/// Small synthetic data in `folder/data`.
///
/// # Panics
/// When they cannot be prepared.
pub fn synthetic(folder: &Path, rows: usize) -> PathBuf {
    let data = folder.join("data");
    run(&["prepare", "synthetic", "--rows", &rows.to_string(), "--out", arg(&data)], 0);
    data
}

/// A checkpoint's bytes.
///
/// # Panics
/// When it cannot be written.
pub fn written(save: impl FnOnce(&mut Vec<u8>) -> ssim_train::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    save(&mut bytes).expect("a checkpoint");
    bytes
}
