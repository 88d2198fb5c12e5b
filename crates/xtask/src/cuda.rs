//! `cargo xtask cuda-check`: compiles and links the CUDA build, also on a machine without a GPU, and rehearses
//! `cargo xtask gpu`.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{apt, gpu, place, run};

/// NVIDIA's compiler and libraries, as packages of PyPI. They unpack into one folder that has the
/// layout of a toolkit.
const WHEELS: [&str; 9] = [
    "nvidia-cuda-nvcc==13.2.*",
    "nvidia-cuda-runtime==13.2.*",
    "nvidia-cuda-crt==13.2.*",
    "nvidia-cuda-cccl==13.2.*",
    "nvidia-cuda-nvrtc==13.2.*",
    "nvidia-nvvm==13.2.*",
    "nvidia-cublas==13.*",
    "nvidia-curand==10.*",
    "nvidia-nccl-cu13==2.30.*",
];

/// The generation of GPUs (Ampere) that kernels are compiled for. Later generations run them too.
const COMPUTE_CAPABILITY: &str = "80";

/// The driver that a program is linked with, which no package contains.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// A library without functions. The program only shows that the build works.
    Empty,
    /// A library with the names of the functions, called as the driver's own: a machine with a GPU finds that one.
    Named,
}

/// Compiles and links `ssim` with `--features nccl`, which includes `cuda` and `mpi`, and rehearses what
/// [`crate::gpu`] carries to a machine with a GPU.
pub fn check() -> Result<()> {
    apt::mpi()?;
    let mut cargo = cargo(Driver::Empty)?;
    run::check(cargo.args(["build", "--package", "ssim-cli", "--features", "nccl"]))?;
    gpu::rehearse()
}

/// A command of cargo that compiles kernels by the fetched toolkit, and links with its libraries.
pub fn cargo(driver: Driver) -> Result<Command> {
    let toolkit = toolkit()?;
    // NCCL is a package of its own, which unpacks beside the toolkit.
    let nccl = toolkit.with_file_name("nccl").join("lib");
    link("libnccl.so.2", &nccl.join("libnccl.so"))?;
    let stub = match driver {
        Driver::Empty => empty_driver()?,
        Driver::Named => named_driver()?,
    };
    let lib = toolkit.join("lib");
    let mut flags = format!("-L {} -L {} -L {}", lib.display(), nccl.display(), stub.display());
    if driver == Driver::Empty {
        flags += " -C link-arg=-Wl,--unresolved-symbols=ignore-all";
    }
    let mut cargo = run::program("cargo")?;
    // Other flags would rebuild everything in the usual folder.
    cargo.env("CARGO_TARGET_DIR", place::cache()?.join("target-cuda")).env("RUSTFLAGS", flags);
    for variable in ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"] {
        cargo.env(variable, &toolkit);
    }
    cargo.env("CUDA_COMPUTE_CAP", COMPUTE_CAPABILITY);
    let mut path = vec![toolkit.join("bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    cargo.env("PATH", std::env::join_paths(path)?);
    Ok(cargo)
}

/// The folder of the toolkit's libraries.
pub fn libraries() -> Result<PathBuf> {
    Ok(toolkit()?.join("lib"))
}

/// The folders in which a program of [`Driver::Named`] finds its libraries here.
pub fn search_path() -> Result<OsString> {
    Ok(std::env::join_paths([libraries()?, named_driver()?])?)
}

/// The toolkit's root folder. The toolkit is fetched once.
fn toolkit() -> Result<PathBuf> {
    let home = place::cache()?.join("cuda");
    let done = home.join("fetched");
    if !done.exists() {
        eprintln!(
            "fetching NVIDIA's compiler from PyPI (about 1 GB, under NVIDIA's licence, once)"
        );
        run::check(run::program("python3")?.args(["-m", "venv"]).arg(&home))?;
        let pip = home.join("bin/pip");
        run::check(run::program(pip)?.args(["install", "--quiet"]).args(WHEELS))?;
        links(&root(&home)?)?;
        fs::write(&done, "").with_context(|| format!("writing {}", done.display()))?;
    }
    root(&home)
}

/// The folder `…/site-packages/nvidia/cu13`, for any version of Python.
fn root(home: &Path) -> Result<PathBuf> {
    let versions = home.join("lib");
    let entries = fs::read_dir(&versions).with_context(|| versions.display().to_string())?;
    let roots = entries.flatten().map(|entry| entry.path().join("site-packages/nvidia/cu13"));
    roots.into_iter().find(|root| root.exists()).context("the wheels did not unpack to nvidia/cu13")
}

/// Adds links to the libraries: the packages hold only `libX.so.N`, linkers look for `libX.so`, and
/// some of them look in `lib64`.
fn links(root: &Path) -> Result<()> {
    let libraries = root.join("lib");
    let entries = fs::read_dir(&libraries).with_context(|| libraries.display().to_string())?;
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some((stem, _)) = name.split_once(".so.") {
            link(&name, &libraries.join(format!("{stem}.so")))?;
        }
    }
    link("lib", &root.join("lib64"))
}

fn link(target: &str, at: &Path) -> Result<()> {
    if at.exists() {
        return Ok(());
    }
    std::os::unix::fs::symlink(target, at).with_context(|| format!("linking {}", at.display()))
}

/// A folder with an empty `libcuda.so` to link with.
fn empty_driver() -> Result<PathBuf> {
    let dir = place::made(place::cache()?.join("cuda/stub"))?;
    let library = dir.join("libcuda.so");
    if !library.exists() {
        let mut cc = run::program("cc")?;
        run::check(cc.args(["-shared", "-x", "c", "/dev/null", "-o"]).arg(&library))?;
    }
    Ok(dir)
}

/// A folder with a `libcuda.so` that has the driver's functions by name, as the crate `cudarc` declares them. They
/// end the program: they are there to be linked with, and the driver takes their place.
fn named_driver() -> Result<PathBuf> {
    let dir = place::made(place::cache()?.join("cuda/names"))?;
    let library = dir.join("libcuda.so.1");
    let metadata = run::text(run::program("cargo")?.args(["metadata", "--format-version=1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata has no packages")?;
    let cudarc = packages.iter().find(|package| package["name"] == "cudarc");
    let manifest = cudarc.and_then(|package| package["manifest_path"].as_str());
    let manifest = Path::new(manifest.context("no package cudarc")?);
    let source = manifest.with_file_name("src/driver/sys/mod.rs");
    let text = fs::read_to_string(&source).with_context(|| source.display().to_string())?;
    let mut names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("fn "))
        .filter_map(|rest| rest.split_once('(').map(|(name, _)| name))
        .filter(|name| name.starts_with("cu"))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        bail!("{} declares no functions of the driver", source.display());
    }
    let functions = names.iter().map(|name| format!("void {name}(void) {{ __builtin_trap(); }}\n"));
    let c = dir.join("names.c");
    fs::write(&c, functions.collect::<String>()).with_context(|| c.display().to_string())?;
    let mut cc = run::program("cc")?;
    cc.args(["-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o"]).arg(&library).arg(&c);
    run::check(&mut cc)?;
    link("libcuda.so.1", &dir.join("libcuda.so"))?;
    Ok(dir)
}
