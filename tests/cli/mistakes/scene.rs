//! A folder with everything that a person has after the first day: logs, data, runs, an artifact.

use ssim_tests::{SMALL, finish, log, program, ssim};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;
use tempfile::TempDir;

/// A file or folder: its path, its size, and the time of its last change.
type Left = (String, u64, Option<SystemTime>);

/// The folder, and a port that another program listens on.
pub struct Scene {
    folder: TempDir,
    listener: std::net::TcpListener,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let row = |i: usize| {
            let tab = ["home", "home", "search", "cart"][i % 4];
            format!("{tab},u{},i{},{},{}", i % 30, i * 7 % 20, i % 50, u8::from(i * 5 % 11 < 3))
        };
        let fields =
            [("user", ""), ("item", ""), ("price", "kind = \"numeric\"\nbuckets = \"log2\"")];
        let schema = log::schema(&fields, log::BY_CHANCE);
        log::write(at, &log::csv("tab,user,item,price,click", 600, row), &schema);
        super::logs::write(at, &schema);
        let ssim = |line: &str| {
            let args: Vec<&str> = line.split(' ').collect();
            finish(ssim(&args).current_dir(at), 0);
        };
        let small = SMALL.join(" ");
        ssim("prepare table --input log.csv --schema schema.toml --out data");
        ssim("prepare synthetic --rows 5000 --out other");
        ssim(&format!("fit --method ssim --data data --out run --threads 2 {small}"));
        ssim(&format!("fit --method st --data data --out run-st --threads 2 {small}"));
        ssim(&format!("fit --method ssim --data other --out run-other --threads 2 {small}"));
        ssim("select --run run-other --data other --out other-list.parquet");
        ssim("export --run run --out run.ssim");
        let unfinished = ["run.json", "config.toml", "schema.json", "vocabulary.parquet"];
        for (folder, files) in
            [("unfinished", &unfinished[..]), ("race/race/runs/st/1", &unfinished)]
        {
            fs::create_dir_all(at.join(folder)).unwrap();
            for file in files.iter().filter(|file| at.join("run-st").join(file).exists()) {
                fs::copy(at.join("run-st").join(file), at.join(folder).join(file)).unwrap();
            }
        }
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self { folder, listener }
    }

    /// Types a line into a shell. Gives the exit code, and everything that is printed.
    pub fn types(&self, line: &str) -> (i32, String) {
        let bin = program();
        let mut path = vec![bin.parent().unwrap().to_path_buf()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let port = self.listener.local_addr().unwrap().port().to_string();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec 2>&1; {line}")]).current_dir(self.folder.path());
        shell.env("PATH", std::env::join_paths(path).unwrap()).env("RAYON_NUM_THREADS", "2");
        shell.env("PORT", &port);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SSIM_") {
                shell.env_remove(name);
            }
        }
        let output = shell.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap().replace(&port, "$PORT");
        (output.status.code().unwrap_or(-1), text)
    }

    /// Every file and folder, with its size and the time of its last change.
    pub fn files(&self) -> BTreeSet<Left> {
        let mut found = BTreeSet::new();
        list(self.folder.path(), &mut found);
        found
    }
}

fn list(folder: &Path, found: &mut BTreeSet<Left>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let about = entry.metadata().unwrap();
        if about.is_dir() {
            found.insert((path.display().to_string(), 0, None));
            list(&path, found);
        } else {
            found.insert((path.display().to_string(), about.len(), about.modified().ok()));
        }
    }
}
