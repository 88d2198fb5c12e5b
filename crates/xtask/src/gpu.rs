//! `cargo xtask gpu`: a folder to carry to a machine with a GPU. It has the program, the tests of the device,
//! NVIDIA's libraries, a prepared log, and a script that runs all of it there within ten minutes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{cuda, place, run};

pub const HELP: &str = "\
cargo xtask gpu [--out DIR] [--no-libraries]
cargo xtask gpu --rehearse

Builds the program and the tests of the device with CUDA, and writes a folder (else gpu in the cache) to carry to
a machine with a GPU: `./run.sh` there tests the kernels, compares 200 steps with those of the CPU, times steps beside
PyTorch where Python has torch, and writes results.json and results.md. It needs no GPU here, and nothing but the
GPU's driver there. --no-libraries leaves out cuBLAS and what else of CUDA 13 the machine may have (0.8 GB).
--rehearse runs the same script here, with few small cases and the host in place of the GPU.";

/// The script that runs there, and the steps in PyTorch.
const SCRIPT: &str = include_str!("gpu/run.sh");
const TORCH: &str = include_str!("gpu/steps.py");

/// The libraries that program and tests are linked with.
const LIBRARIES: [&str; 6] = [
    "libcublas.so.13",
    "libcublasLt.so.13",
    "libcudart.so.13",
    "libcurand.so.10",
    "libnvrtc.so.13",
    "libnvrtc-builtins.so.13.2",
];

/// Writes the folder.
pub fn chore(args: &[String]) -> Result<()> {
    let mut to = place::cache()?.join("gpu");
    let mut libraries = true;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--out" => to = args.next().context("--out wants a folder")?.into(),
            "--no-libraries" => libraries = false,
            "--rehearse" => return rehearse(),
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(());
            }
            _ => bail!("gpu does not know `{arg}`\n\n{HELP}"),
        }
    }
    let to = emptied(&to)?;
    let features = Features { program: "cuda", tests: "simulated,cuda", release: true };
    fill(&to, &features, &|| cuda::cargo(cuda::Driver::Named))?;
    if libraries {
        let lib = place::made(to.join("lib"))?;
        for name in LIBRARIES {
            let from = cuda::libraries()?.join(name);
            fs::copy(&from, lib.join(name)).with_context(|| from.display().to_string())?;
        }
    }
    eprintln!("\n{}: carry it to the GPU, and run ./run.sh there", to.display());
    Ok(())
}

/// Writes a folder whose device is the host, and runs its script.
pub fn rehearse() -> Result<()> {
    let to = emptied(&place::cache()?.join("gpu-rehearsal"))?;
    let features = Features { program: "simulated", tests: "simulated", release: false };
    fill(&to, &features, &run::cargo)?;
    run::check(run::program("bash")?.arg("-n").arg(to.join("run.sh")))?;
    let mut script = run::program("bash")?;
    script.arg(to.join("run.sh")).env("SSIM_TEST_DEVICE", "simulated").env("SSIM_SMALL", "1");
    run::check(&mut script)?;
    check(&to.join("results"))
}

/// The features of program and tests, and the profile.
struct Features {
    program: &'static str,
    tests: &'static str,
    release: bool,
}

/// Builds everything, and writes it to a folder with the script.
fn fill(to: &Path, features: &Features, cargo: &dyn Fn() -> Result<Command>) -> Result<()> {
    let release = ["--release"].into_iter().filter(|_| features.release);
    let built = |args: &[&str]| -> Result<Vec<PathBuf>> {
        let mut cargo = cargo()?;
        cargo.args(args).args(release.clone()).arg("--message-format=json-render-diagnostics");
        // Its progress is for the terminal, its messages are for this program.
        cargo.stderr(Stdio::inherit());
        programs(&run::text(&mut cargo)?)
    };
    let program = built(&["build", "--package", "ssim-cli", "--features", features.program])?;
    let tests = |package, test| {
        let features = ["--features", features.tests];
        let args = [&["test", "--no-run", "--package", package, "--test", test], &features[..]];
        built(&args.concat())
    };
    let parts = [
        ("ssim", program),
        ("device-tests", tests("ssim-train", "device")?),
        ("kernel-tests", tests("ssim-kernels", "all")?),
    ];
    for (name, built) in parts {
        let from = built.last().with_context(|| format!("cargo has built no {name}"))?;
        fs::copy(from, to.join(name)).with_context(|| from.display().to_string())?;
    }
    write(to, "run.sh", SCRIPT)?;
    write(to, "steps.py", TORCH)?;
    let mut synthetic = run::program(to.join("ssim"))?;
    if features.release {
        // Such a program needs the libraries of CUDA to start, and a driver.
        synthetic.env("LD_LIBRARY_PATH", cuda::search_path()?);
    }
    synthetic.args(["prepare", "synthetic", "--rows", "60000", "--out"]).arg(to.join("data"));
    run::check(&mut synthetic)
}

/// The programs that cargo has built, as its messages say.
fn programs(messages: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        found.extend(message["executable"].as_str().map(PathBuf::from));
    }
    Ok(found)
}

/// Checks that the script has written what it promises.
fn check(results: &Path) -> Result<()> {
    let path = results.join("results.json");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let json: Value = serde_json::from_str(&text)?;
    let lines = json["lines"].as_array().context("results.json has no lines")?;
    let failed = lines.iter().find(|line| line["passed"] == false || !line["error"].is_null());
    if let Some(line) = failed {
        bail!("the rehearsal failed: {line}");
    }
    for who in ["kernels", "parity", "fit", "ssim"] {
        if !lines.iter().any(|line| line["who"] == who) {
            bail!("the rehearsal has no line of {who}: {}", path.display());
        }
    }
    Ok(())
}

fn emptied(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    place::made(folder.to_owned())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    fs::write(&path, text).with_context(|| path.display().to_string())
}
