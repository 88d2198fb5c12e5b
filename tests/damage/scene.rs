//! The files that the program writes, and the commands that read them again.

use ssim_tests::{SMALL, arg, log, run, ssim};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How a command ended.
pub enum Answer {
    /// Its results.
    Made(Vec<u8>),
    /// Its exit code, and what it said.
    Refused(i32, String),
    /// It did not end.
    Hung,
}

/// A command that reads some of the files.
pub struct Probe {
    pub name: &'static str,
    /// The files, below the scene's folder.
    pub files: Vec<String>,
    /// Runs the command on a copy of the scene.
    pub run: fn(&Path) -> Answer,
    /// What it makes of the whole files.
    pub whole: Vec<u8>,
}

/// A folder with files of every kind.
pub struct Scene {
    folder: tempfile::TempDir,
    pub probes: Vec<Probe>,
}

const PLAN: &str = "title = \"Two\"\npreset = \"demo\"\nseeds = 1\n\
    [settings]\ntrain.batch = 256\nmodel.mlp = [8]\nselector.mlp = [8]\nretrain.max_epochs = 1\n\
    [[system]]\nname = \"all\"\nmethod = \"mt-s\"\nbaseline = true\n\
    [[system]]\nname = \"ours\"\nmethod = \"ssim\"\n";

/// The longest that a command may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs a command. Its results are these files, or its standard output if there are none.
fn made(args: &[&str], files: &[&Path]) -> Answer {
    let mut command = ssim(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A child that fills a pipe would wait for its reader.
    let read = |from: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        })
    };
    let out = read(child.stdout.take().map(|pipe| Box::new(pipe) as Box<_>));
    let err = read(child.stderr.take().map(|pipe| Box::new(pipe) as Box<_>));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            return Answer::Hung;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let (out, err) = (out.join().unwrap(), err.join().unwrap());
    if !status.success() {
        let told = String::from_utf8_lossy(&err).into_owned();
        return Answer::Refused(status.code().unwrap_or(-1), told);
    }
    match files.is_empty() {
        true => Answer::Made(out),
        false => Answer::Made(files.iter().flat_map(|file| fs::read(file).unwrap()).collect()),
    }
}

fn at(scene: &Path, name: &str) -> String {
    arg(&scene.join(name)).to_owned()
}

fn evaluate(scene: &Path, split: &str) -> Answer {
    let (run, data) = (at(scene, "run"), at(scene, "data"));
    made(&["evaluate", "--run", &run, "--data", &data, "--split", split, "--json"], &[])
}

fn export(scene: &Path) -> Answer {
    let out = scene.join("out.ssim");
    made(&["export", "--run", &at(scene, "run"), "--out", arg(&out)], &[&out])
}

fn select(scene: &Path, from: &[&str]) -> Answer {
    let (run, out) = (at(scene, "run"), scene.join("out.parquet"));
    let args = [&["select", "--run", &run, "--out", arg(&out)], from].concat();
    made(&args, &[&out])
}

fn resume(scene: &Path, folder: &str, method: &str) -> Answer {
    let (data, out) = (at(scene, "data"), scene.join(folder));
    let args = ["fit", "--method", method, "--data", &data, "--out", arg(&out), "--resume"];
    let files = ["selector.safetensors", "model.safetensors"].map(|name| out.join(name));
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    made(&[&args[..], &SMALL].concat(), &files)
}

fn compare(scene: &Path) -> Answer {
    let (plan, data, out) = (at(scene, "plan.toml"), at(scene, "data"), scene.join("compared"));
    let args = ["compare", &plan, "--data", &data, "--out", arg(&out), "--max-steps", "4"];
    made(&args, &[&out.join("compare.json")])
}

impl Scene {
    /// Makes all files.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scene = folder.path().join("whole");
        fs::create_dir(&scene).unwrap();
        let row = |i: usize| {
            let (user, item, tab) = (i * 7 % 23, i * 5 % 31, i % 3);
            format!("{},{tab},u{user},i{item}", usize::from(i * i % 7 < 3))
        };
        let csv = log::csv("click,tab,user,item", 1500, row);
        let schema = log::schema(&[("user", ""), ("item", ""), ("tab", "")], log::BY_CHANCE);
        log::prepared(&scene, &csv, &schema);
        fs::write(scene.join("plan.toml"), PLAN).unwrap();
        let path = |name: &str| at(&scene, name);
        let data = path("data");
        for (name, method) in [("run", "ssim"), ("halted", "ssim"), ("plus", "ssim+")] {
            let out = path(name);
            let args = ["fit", "--method", method, "--data", &data, "--out", &out];
            run(&[&args[..], &SMALL].concat(), 0);
        }
        let whole_run = path("run");
        let sweep = ["sweep", "--run", &whole_run, "--data", &data, "--ratios", "0.5"];
        run(&[&sweep[..], &["--seeds", "1"]].concat(), 0);
        let selecting = ["select", "--run", &whole_run, "--data", &data];
        run(&[&selecting[..], &["--out", &path("list.parquet")]].concat(), 0);
        for (part, name) in [("1/2", "scores-1.parquet"), ("2/2", "scores-2.parquet")] {
            run(&[&selecting[..], &["--shard", part, "--out", &path(name)]].concat(), 0);
        }
        run(&["export", "--run", &whole_run, "--out", &path("run.ssim")], 0);
        let plan = path("plan.toml");
        let compared = ["compare", &plan, "--data", &data, "--out", &path("compared")];
        run(&[&compared[..], &["--max-steps", "4"]].concat(), 0);
        // Runs that go on from their checkpoints.
        for name in ["halted", "plus", "compared/runs/ours/1"] {
            for file in ["summary.json", "model.safetensors"] {
                fs::remove_file(scene.join(name).join(file)).unwrap();
            }
        }
        let mut scene = Self { folder, probes: Vec::new() };
        scene.probes = scene.probes();
        scene
    }

    /// The folder with the whole files.
    pub fn whole(&self) -> PathBuf {
        self.folder.path().join("whole")
    }

    /// A new copy of all files; the worker's last one is gone.
    pub fn copy(&self, worker: usize) -> PathBuf {
        let to = self.folder.path().join(format!("copy-{worker}"));
        if to.exists() {
            fs::remove_dir_all(&to).unwrap();
        }
        copy(&self.whole(), &to);
        to
    }

    fn probes(&self) -> Vec<Probe> {
        let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let run = ["run.json", "schema.json", "vocabulary.parquet", "layout.toml", "summary.json"];
        let made = [
            "metrics.jsonl",
            "sample.parquet",
            "trail.safetensors",
            "model.safetensors",
            "baseline.json",
        ];
        let mut exported: Vec<String> = [&run[..], &made, &["selector.safetensors"]]
            .concat()
            .iter()
            .map(|f| format!("run/{f}"))
            .collect();
        exported.extend(self.below("run/sweep", &["summary.json", "model.safetensors"]));
        let begun = ["run.json", "config.toml", "metrics.jsonl"];
        let resumed = |folder: &str| {
            let mut files: Vec<String> = begun.iter().map(|f| format!("{folder}/{f}")).collect();
            files.push(format!("{folder}/shared.parquet"));
            files.extend(self.below(&format!("{folder}/checkpoints"), &[".safetensors"]));
            files
        };
        let mut compared =
            self.below("compared", &["summary.json", "search.json", "run.json", "config.toml"]);
        compared.extend(self.below("compared/shared", &["search.safetensors"]));
        let probe = |name, files, run| Probe { name, files, run, whole: Vec::new() };
        let mut probes = vec![
            probe(
                "evaluate, test",
                files(&["data/schema.json", "data/vocabulary.parquet", "data/test/part-0.parquet"]),
                |scene| evaluate(scene, "test"),
            ),
            probe("evaluate, val", files(&["data/val/part-0.parquet"]), |scene| {
                evaluate(scene, "val")
            }),
            probe("select, a part", files(&["data/train/part-0.parquet"]), |scene| {
                select(scene, &["--data", &at(scene, "data"), "--shard", "2/3"])
            }),
            probe("export", exported, export),
            probe(
                "select, data",
                files(&["run/config.toml", "data/train/part-0.parquet"]),
                |scene| select(scene, &["--data", &at(scene, "data")]),
            ),
            probe("select, input", files(&["run/layout.toml"]), |scene| {
                select(scene, &["--input", &at(scene, "log.csv"), "--by", "global"])
            }),
            probe("select, scores", files(&["scores-1.parquet", "scores-2.parquet"]), |scene| {
                let [one, two] = ["scores-1.parquet", "scores-2.parquet"].map(|f| at(scene, f));
                select(scene, &["--scores", &one, "--scores", &two, "--by", "global"])
            }),
            probe("retrain", files(&["list.parquet"]), |scene| {
                let (list, data) = (at(scene, "list.parquet"), at(scene, "data"));
                let out = scene.join("retrained");
                let args = ["retrain", "--shared", &list, "--data", &data, "--out", arg(&out)];
                self::made(&[&args[..], &SMALL].concat(), &[&out.join("model.safetensors")])
            }),
            probe("rows", files(&["run.ssim"]), |scene| {
                self::made(&["rows", &at(scene, "run.ssim"), "--json"], &[])
            }),
            probe("fit", resumed("halted"), |scene| resume(scene, "halted", "ssim")),
            probe("fit, ssim+", resumed("plus"), |scene| resume(scene, "plus", "ssim+")),
            probe("compare", compared, compare),
        ];
        for probe in &mut probes {
            let copy = self.copy(0);
            match (probe.run)(&copy) {
                Answer::Made(made) => probe.whole = made,
                Answer::Refused(_, told) => panic!("{}: {told}", probe.name),
                Answer::Hung => panic!("{}: no end", probe.name),
            }
        }
        probes
    }

    /// The files below a folder whose names end so.
    fn below(&self, folder: &str, ends: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let mut entries: Vec<_> =
            fs::read_dir(self.whole().join(folder)).unwrap().map(|e| e.unwrap()).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            match entry.file_type().unwrap().is_dir() {
                true => found.extend(self.below(&name, ends)),
                false if ends.iter().any(|end| name.ends_with(end)) => found.push(name),
                false => (),
            }
        }
        found
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => copy(&from, &to),
            false => drop(fs::copy(&from, &to).unwrap()),
        }
    }
}
