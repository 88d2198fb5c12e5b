//! Kernels whose sources are changed, compiled anew.

#![allow(unsafe_code, reason = "functions of a library are called by name")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the changed sources are compiled by a program, from files"
)]

use crate::check::Told;
use libloading::Library;
use ssim_kernels::kernel::Kernel;
use ssim_kernels::{DeviceError, DeviceMemory, DeviceProduct, KernelDevice, Result, Simulated};
use std::ffi::c_void;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A change: the name of a source, a text that stands once in it, and the one in its place.
pub type Change<'a> = (&'a str, &'a str, &'a str);

/// The host, with the kernels of one file from a library.
pub struct Compiled<'a> {
    pub host: Simulated,
    pub file: &'static str,
    pub library: &'a Library,
}

impl KernelDevice for Compiled<'_> {
    fn reserve(&self, bytes: usize) -> Result<DeviceMemory> {
        self.host.reserve(bytes)
    }

    fn write(&self, to: &mut DeviceMemory, offset: usize, bytes: &[u8]) -> Result<()> {
        self.host.write(to, offset, bytes)
    }

    fn read(&self, from: &DeviceMemory, offset: usize, bytes: &mut [u8]) -> Result<()> {
        self.host.read(from, offset, bytes)
    }

    unsafe fn launch(&self, kernel: Kernel, blocks: u32, arguments: *const c_void) -> Result<()> {
        if kernel.file() != self.file {
            // SAFETY: the caller promises the same.
            return unsafe { self.host.launch(kernel, blocks, arguments) };
        }
        type OnHost = unsafe extern "C" fn(*const c_void, u32, u32);
        let name = format!("ssim_{}", kernel.name());
        let told = |error| DeviceError::Driver(format!("{error}"));
        // SAFETY: `KERNEL` in `kernel.h` defines functions of this type. No change makes one write elsewhere.
        unsafe {
            let function = self.library.get::<OnHost>(name.as_bytes()).map_err(told)?;
            function(arguments, blocks, u32::from(self.host.backwards));
        }
        Ok(())
    }

    unsafe fn multiply(&self, product: &DeviceProduct) -> Result<()> {
        // SAFETY: the caller promises the same.
        unsafe { self.host.multiply(product) }
    }
}

/// Compiles a file of kernels with some changes and flags, and links it with more sources in C, given by name and text.
pub fn compile(
    file: &str,
    changes: &[Change],
    flags: &[&str],
    more: &[(&str, &str)],
) -> Told<Library> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("cuda");
    let folder = tempfile::tempdir()?;
    let kernels = format!("{file}.cu");
    for name in ["kernel.h", &kernels] {
        let mut text = fs::read_to_string(sources.join(name))?;
        for (_, right, wrong) in changes.iter().filter(|(source, ..)| *source == name) {
            if text.matches(right).count() != 1 {
                return Err(format!("{name}: expected `{right}` once").into());
            }
            text = text.replace(right, wrong);
        }
        fs::write(folder.path().join(name), text)?;
    }
    let mut objects = Command::new("cc");
    objects.args(["-xc", "-std=c11", "-O1", "-w", "-ffp-contract=off", "-fPIC", "-c"]).args(flags);
    run(objects.arg(&kernels).args(["-o", "kernels.o"]).current_dir(&folder))?;
    let mut library = Command::new("cc");
    library.args(["-shared", "-fPIC", "-o", "library.so", "kernels.o"]);
    for (name, text) in more {
        fs::write(folder.path().join(name), text)?;
        library.arg(name);
    }
    run(library.arg("-lm").current_dir(&folder))?;
    // SAFETY: the library has no code that runs when it is loaded, or code that does nothing.
    Ok(unsafe { Library::new(folder.path().join("library.so"))? })
}

fn run(command: &mut Command) -> Told<()> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}
