//! `cargo xtask cuda-check`: compiles and links the CUDA build, also on a machine without a GPU.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{apt, place, run};

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

/// Compiles and links `ssim` with `--features nccl`, which includes `cuda` and `mpi`. The program
/// only shows that the build works: on a machine without a driver it is linked with an empty
/// library.
pub fn check() -> Result<()> {
    apt::mpi()?;
    let toolkit = toolkit()?;
    // NCCL is a package of its own, which unpacks beside the toolkit.
    let nccl = toolkit.with_file_name("nccl").join("lib");
    link("libnccl.so.2", &nccl.join("libnccl.so"))?;
    let flags = format!(
        "-L {} -L {} -L {} -C link-arg=-Wl,--unresolved-symbols=ignore-all",
        toolkit.join("lib").display(),
        nccl.display(),
        driver()?.display()
    );
    let mut cargo = run::program("cargo")?;
    cargo.args(["build", "--package", "ssim-cli", "--features", "nccl"]);
    // Other flags would rebuild everything in the usual folder.
    cargo.env("CARGO_TARGET_DIR", place::cache()?.join("target-cuda")).env("RUSTFLAGS", flags);
    for variable in ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"] {
        cargo.env(variable, &toolkit);
    }
    cargo.env("CUDA_COMPUTE_CAP", COMPUTE_CAPABILITY);
    let mut path = vec![toolkit.join("bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    cargo.env("PATH", std::env::join_paths(path)?);
    run::check(&mut cargo)
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

/// A folder with an empty `libcuda.so` to link with, because no package contains the driver.
fn driver() -> Result<PathBuf> {
    let dir = place::made(place::cache()?.join("cuda/stub"))?;
    let library = dir.join("libcuda.so");
    if !library.exists() {
        let mut cc = run::program("cc")?;
        run::check(cc.args(["-shared", "-x", "c", "/dev/null", "-o"]).arg(&library))?;
    }
    Ok(dir)
}
