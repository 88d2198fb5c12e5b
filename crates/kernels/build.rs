//! Compiles the kernels in `cuda/`: with a C compiler for tests, with nvcc for a GPU.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a build script asks the environment for a compiler, and runs it"
)]

/// The files of kernels; `src/kernel.rs` says which kernel is in which.
#[cfg(any(feature = "simulated", feature = "cuda"))]
const FILES: [&str; 6] = ["adam", "dense", "embed", "loss", "route", "touched"];

fn main() {
    println!("cargo::rerun-if-changed=cuda");
    #[cfg(feature = "simulated")]
    for_the_host();
    #[cfg(feature = "cuda")]
    for_gpus();
}

#[cfg(feature = "simulated")]
fn for_the_host() {
    let mut build = cc::Build::new();
    // Fused products would round otherwise than the host code that the kernels are compared with.
    build.std("c11").flag("-xc").flag("-ffp-contract=off").opt_level(2);
    // A variable that thread 0 sets looks uninitialised to the compiler.
    build.warnings(true).extra_warnings(true).flag("-Wno-maybe-uninitialized");
    build.files(FILES.map(|file| format!("cuda/{file}.cu"))).compile("ssim_kernels");
}

/// Writes `FILE.CAPABILITY.ptx` for every file and each generation of GPUs that has a form of its own.
#[cfg(feature = "cuda")]
fn for_gpus() {
    use std::path::PathBuf;
    use std::process::Command;

    let homes = ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"];
    homes.iter().for_each(|name| println!("cargo::rerun-if-env-changed={name}"));
    let home = homes.iter().find_map(std::env::var_os);
    let nvcc = home.map_or_else(|| "nvcc".into(), |home| PathBuf::from(home).join("bin/nvcc"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    for file in FILES {
        for capability in [80, 90] {
            let to = out.join(format!("{file}.{capability}.ptx"));
            let mut command = Command::new(&nvcc);
            command.args(["-ptx", "-O3", "--fmad=false"]);
            command.arg(format!("-arch=compute_{capability}"));
            command.arg(format!("cuda/{file}.cu")).arg("-o").arg(to);
            let told =
                format!("{} (from the CUDA toolkit, found by CUDA_HOME or PATH)", nvcc.display());
            match command.status() {
                Ok(status) if status.success() => {}
                Ok(status) => panic!("cuda/{file}.cu: {told} failed: {status}"),
                Err(error) => panic!("{told} cannot be run: {error}"),
            }
        }
    }
}
