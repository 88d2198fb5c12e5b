//! The commands that write, and what they need.

use crate::tree::{Tree, difference, leftovers, tree};
use ssim_tests::{arg, finish, log, program, ssim};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A command that writes. Its folder is empty, or holds a copy of a run.
pub struct Job {
    pub name: &'static str,
    /// Words of the command line. `IN` stands for the folder of the inputs, and `SMALL` for settings
    /// of a small run.
    words: &'static str,
    /// The run that stands in the folder before.
    run: bool,
    /// The file that the command writes, if it is one file and not a folder.
    pub file: Option<&'static str>,
}

const fn job(name: &'static str, words: &'static str) -> Job {
    Job { name, words, run: false, file: None }
}

impl Job {
    const fn with_run(self) -> Self {
        Self { run: true, ..self }
    }

    const fn file(self, name: &'static str) -> Self {
        Self { file: Some(name), ..self }
    }
}

pub const JOBS: [Job; 16] = [
    job("prepare table", "prepare table --raw IN/log.csv --schema IN/schema.toml --out data"),
    job("prepare synthetic", "prepare synthetic --rows 5000 --out data"),
    job("fit ssim", "fit --method ssim --resume --data IN/data --out run SMALL"),
    job("fit mt", "fit --method mt --resume --data IN/data --out run SMALL"),
    job("fit finetune", "fit --method finetune --resume --data IN/data --out run SMALL"),
    job("fit ssim+", "fit --method ssim+ --resume --data IN/data --out run SMALL"),
    job("search", "search --resume --data IN/data --out run SMALL"),
    job("retrain", "retrain --shared IN/list.parquet --resume --data IN/data --out run SMALL"),
    job("compare", "compare IN/plan.toml --data IN/data --out compared --seeds 2 --jobs 2"),
    job("sweep", "sweep --run run --data IN/data --ratios 0.5 --seeds 1 --threads 1").with_run(),
    job("select", "select --run IN/run --data IN/data --out list.parquet").file("list.parquet"),
    job("score", "score --model IN/run --input IN/log.csv --output scores.csv").file("scores.csv"),
    job("export", "export --run IN/run --out a.ssim").file("a.ssim"),
    job("export --embed", "export --artifact IN/a.ssim --embed live --web IN/web --view shares"),
    job("plot svg", "plot map --run IN/run --out map.svg").file("map.svg"),
    job("plot png", "plot metrics --run IN/run --theme dark --out m.png").file("m.png"),
];

const SMALL: &str = "--preset demo --threads 1 --set model.mlp=[8] --set selector.mlp=[8] \
                     --set train.batch=128 --set train.checkpoint_steps=10 --set search.epochs=2 \
                     --set retrain.max_epochs=2 --set distil.epochs=2";

pub const PLAN: &str = r#"
preset = "demo"
[settings]
model.mlp = [8]
selector.mlp = [8]
train = { batch = 128, checkpoint_steps = 10 }
search.epochs = 2
retrain.max_epochs = 2
[[system]]
name = "mt"
method = "mt"
baseline = true
[[system]]
name = "ssim"
method = "ssim"
[[system]]
name = "ssim-p"
method = "ssim-p"
"#;

/// A folder with all inputs.
pub struct Scene {
    folder: TempDir,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scene = Self { folder };
        let at = |name: &str| scene.input(name);
        // Other users may not enter the folder in which the program was built.
        fs::copy(program(), at("ssim")).unwrap();
        let fields = [("user", ""), ("item", ""), ("tab", "")];
        let text = log::csv("user,item,tab,click", 12_000, |i| {
            format!("{},{},{},{}", i * 7 % 3001, i * 13 % 401, i % 3, i % 5 / 4)
        });
        log::write(scene.folder.path(), &text, &log::schema(&fields, log::BY_CHANCE));
        fs::write(at("plan.toml"), PLAN).unwrap();
        // The run is one of the log, so that the log's rows can be scored.
        finish(
            &mut scene
                .command("prepare table --raw IN/log.csv --schema IN/schema.toml --out IN/data"),
            0,
        );
        finish(
            &mut scene.command("fit --method ssim --data IN/data --out IN/run SMALL --max-steps 6"),
            0,
        );
        let begun = "fit --method ssim --data IN/data --resume --out IN/begun SMALL";
        let checkpoint = at("begun/checkpoints/search.safetensors");
        let mut child = ssim_tests::start(scene.command(begun).stderr(Stdio::null()), &checkpoint);
        child.kill().unwrap();
        child.wait().unwrap();
        finish(&mut scene.command("export --run IN/run --out IN/a.ssim"), 0);
        fs::copy(at("run/shared.parquet"), at("list.parquet")).unwrap();
        fs::create_dir(at("web")).unwrap();
        for name in [
            "index.html",
            "embed.js",
            "view.html",
            "picture.js",
            "view.js",
            "view.css",
            "live_loader.js",
            "live.js",
            "live_bg.wasm",
        ] {
            fs::write(at("web").join(name), name).unwrap();
        }
        scene
    }

    pub fn input(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The words of a command line.
    pub fn words(&self, words: &str) -> Vec<String> {
        let inputs = arg(self.folder.path());
        let words = words.replace("SMALL", SMALL);
        words.split_whitespace().map(|word| word.replace("IN/", &format!("{inputs}/"))).collect()
    }

    fn command(&self, words: &str) -> Command {
        let words = self.words(words);
        ssim(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A folder in which a job can be done.
    pub fn work(&self, job: &Job) -> TempDir {
        let work = tempfile::tempdir().unwrap();
        if job.run {
            copy(&self.input("run"), &work.path().join("run"));
        }
        work
    }

    /// A folder for two writers: with a run for a sweep, and with one that was killed for those who
    /// resume it.
    pub fn ready(&self, pair: &str) -> TempDir {
        let work = tempfile::tempdir().unwrap();
        let run = work.path().join("run");
        match pair {
            "sweep" => copy(&self.input("run"), &run),
            "resume" => copy(&self.input("begun"), &run),
            _ => (),
        }
        work
    }

    /// Lets everybody read the inputs and run the program.
    pub fn for_everybody(&self) {
        fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The job's command in a folder.
    pub fn job(&self, job: &Job, work: &Path) -> Command {
        let mut command = self.command(job.words);
        command.current_dir(work);
        command
    }

    /// The job's command in a shell that runs `first` before. The shell is bash, because that of
    /// Debian, dash, cannot limit threads.
    pub fn after(&self, first: &str, job: &Job, work: &Path) -> Command {
        let mut command = Command::new("bash");
        command.args(["-c", &format!("{first} && exec \"$@\""), "bash"]).arg(self.input("ssim"));
        command.args(self.words(job.words)).current_dir(work).env("RAYON_NUM_THREADS", "2");
        command
    }

    /// What the job writes if nothing disturbs it, and how long that takes.
    pub fn undisturbed(&self, job: &Job) -> (Tree, Duration) {
        let work = self.work(job);
        let started = Instant::now();
        finish(&mut self.job(job, work.path()), 0);
        let took = started.elapsed();
        let tree = tree(work.path());
        assert_eq!(leftovers(&tree), [""; 0]);
        (tree, took)
    }

    /// Does a disturbed job again, and compares what it has written. A preparation that was complete
    /// before is refused.
    pub fn ends_well(&self, job: &Job, work: &Path, expected: &Tree, how: &str) {
        let complete = job.name.starts_with("prepare") && work.join("data").exists();
        finish(&mut self.job(job, work), if complete { 2 } else { 0 });
        let found = difference(expected, &tree(work));
        assert_eq!(found, None, "{}, {how}", job.name);
    }
}

/// Starts a command that prints nothing.
pub fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

/// Runs a command that may fail as the machine does: with exit code 1 and one message.
pub fn fails_or_not(command: &mut Command, how: &str) -> bool {
    let output = command.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => false,
        Some(1) => {
            let errors = err.lines().filter(|line| line.starts_with("error: ")).count();
            assert!(errors == 1 && !err.contains("panicked"), "{how}: {err}");
            true
        }
        _ => panic!("{how}: {:?}\n{err}", output.status),
    }
}
