//! The processes that train together: this one alone, or all that `mpirun` has started.

#[cfg(feature = "mpi")]
mod mpi;
#[cfg(feature = "nccl")]
mod nccl;

use crate::files::{draft, lock, read, write};
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::{Context, Result};
use candle_core::Device;
use sha2::{Digest, Sha256};
use ssim_train::ranks::{Alone, Collective};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The variables in which launchers tell their processes how many there are.
const SIZES: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"];

/// Bytes of a file that are sent to the ranks at a time.
const PIECE: u64 = 1 << 26;

/// The number of processes that a launcher has started together.
pub fn launched() -> usize {
    let size = |name: &&str| std::env::var(name).ok()?.parse::<usize>().ok();
    SIZES.iter().find_map(size).unwrap_or(1)
}

/// This process among those that train together.
pub struct World {
    ranks: Box<dyn Collective>,
    /// The folder in which a rank other than the first keeps its run.
    scratch: Option<TempDir>,
}

impl World {
    /// Joins the other processes, if a launcher has started any.
    ///
    /// # Errors
    /// When there are others, and this program is built without the means to reach them.
    pub fn join() -> Result<Self> {
        let launched = launched();
        let ranks: Box<dyn Collective> =
            if launched > 1 { others(launched)? } else { Box::new(Alone) };
        let scratch = (ranks.rank() > 0).then(tempfile::tempdir).transpose();
        let scratch = scratch.context("cannot make a folder for this rank's run")?;
        if let Some(scratch) = &scratch {
            draft::remember(scratch.path());
            // The first rank alone prints.
            out::mute();
        }
        Ok(Self { ranks, scratch })
    }

    /// Connects the GPUs of all ranks, if every rank has one and the program is built for it.
    ///
    /// # Errors
    /// When they cannot be connected.
    pub fn connect(&mut self, device: &Device) -> Result<()> {
        #[cfg(feature = "nccl")]
        if let Device::Cuda(device) = device
            && self.ranks.size() > 1
        {
            let ranks = std::mem::replace(&mut self.ranks, Box::new(Alone));
            self.ranks = Box::new(nccl::Nccl::join(ranks, device)?);
        }
        let _ = device;
        Ok(())
    }

    /// All ranks, seen from this one.
    pub fn ranks(&self) -> &dyn Collective {
        &*self.ranks
    }

    /// Whether this is the first rank, whose output people see.
    pub fn leads(&self) -> bool {
        self.scratch.is_none()
    }

    /// The run folder to work in. The first rank uses the one that was asked for; the others use folders that
    /// are removed in the end. When a run is resumed, the others get copies of the first rank's files.
    ///
    /// # Errors
    /// When the file system reports an error, or a rank is gone.
    pub fn folder(&self, out: &Path, resume: bool) -> Result<PathBuf> {
        let own = self.scratch.as_ref().map(|dir| dir.path().join("run"));
        if resume && self.ranks.size() > 1 {
            let mut names = if self.leads() { files(out)? } else { Vec::new() };
            names = serde_json::from_slice(&self.first(&serde_json::to_vec(&names)?)?)?;
            names.iter().try_for_each(|name| self.copy(&out.join(name), name))?;
        }
        Ok(own.unwrap_or_else(|| out.to_owned()))
    }

    /// The bytes that the first rank has given.
    fn first(&self, own: &[u8]) -> Result<Vec<u8>> {
        let own = if self.leads() { own } else { &[] };
        Ok(self.ranks.gather(own)?.swap_remove(0))
    }

    /// Copies a file of the first rank to all ranks, a piece at a time.
    fn copy(&self, from: &Path, name: &str) -> Result<()> {
        let mut from = self.leads().then(|| read::open(from)).transpose()?;
        let mut to = None;
        if let Some(own) = &self.scratch {
            let path = own.path().join("run").join(name);
            write::folder(path.parent().unwrap_or(own.path()))?;
            to = Some(File::create(path)?);
        }
        loop {
            let mut piece = Vec::new();
            if let Some(from) = &mut from {
                from.take(PIECE).read_to_end(&mut piece)?;
            }
            let piece = self.first(&piece)?;
            if piece.is_empty() {
                return Ok(());
            }
            to.iter_mut().try_for_each(|to| to.write_all(&piece))?;
        }
    }

    /// Ends the work of all ranks if this one has failed, since the others would wait for it.
    pub fn end(self, result: Result<()>) -> Result<()> {
        #[cfg(feature = "mpi")]
        if let Err(error) = &result
            && self.ranks.size() > 1
        {
            let rank = self.ranks.rank();
            let code = crate::terminal::exit::tell(error, &format!("rank {rank}: "));
            drop(self.scratch);
            mpi::abort(i32::from(code));
        }
        result
    }
}

/// Checks that all ranks have the same text. It is compared line by line, so that the difference can be shown.
///
/// # Errors
/// Names the first rank whose text differs from that of rank 0, and the first line that differs.
pub fn agree(ranks: &dyn Collective, own: &str) -> Result<()> {
    let all = ranks.gather(own.as_bytes())?;
    let Some(rank) = odd(&all) else { return Ok(()) };
    let [first, other] = [&all[0], &all[rank]].map(|text| String::from_utf8_lossy(text));
    let lines = first.lines().zip(other.lines());
    let (expected, got) = lines.into_iter().find(|(a, b)| a != b).unwrap_or((&first, &other));
    let [expected, got] = [expected, got].map(|line| line.trim().trim_end_matches(','));
    Fail::usage(format!(
        "rank {rank} does something else than rank 0: expected {expected}, got {got}"
    ))
}

/// The first rank that tells something else than rank 0.
fn odd(all: &[Vec<u8>]) -> Option<usize> {
    all.iter().position(|text| *text != all[0])
}

/// A file on its way out, and its hash where somebody has others to compare it with.
pub struct Hashed<'a> {
    to: &'a mut dyn Write,
    hash: Option<Sha256>,
}

impl<'a> Hashed<'a> {
    pub fn new(ranks: &dyn Collective, to: &'a mut dyn Write) -> Self {
        Self { to, hash: (ranks.size() > 1).then(Sha256::new) }
    }
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        if let Some(hash) = &mut self.hash {
            Digest::update(hash, &bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// Makes sure that all ranks have written the same, before it is kept: a faulty machine is found here.
///
/// # Errors
/// Names the first rank that has written something else than rank 0.
pub fn replicas(ranks: &dyn Collective, written: Hashed) -> Result<()> {
    let Some(hash) = written.hash else { return Ok(()) };
    let all = ranks.gather(&hash.finalize())?;
    match odd(&all) {
        Some(rank) => anyhow::bail!("rank {rank} has other weights than rank 0"),
        None => Ok(()),
    }
}

#[cfg(feature = "mpi")]
fn others(_: usize) -> Result<Box<dyn Collective>> {
    Ok(Box::new(mpi::Mpi::join()?))
}

#[cfg(not(feature = "mpi"))]
fn others(launched: usize) -> Result<Box<dyn Collective>> {
    Fail::usage(format!(
        "{launched} processes were started to train together, but this program was built without MPI; \
         with OpenMPI's headers: cargo build --release -p ssim-cli --features mpi"
    ))
}

/// Names of all files of a folder, and of those in it; nothing where there is none.
fn files(folder: &Path) -> Result<Vec<String>> {
    let (mut names, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder_in) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder_in) else { continue };
        for entry in entries {
            let path = entry?.path();
            // Another program's drafts may vanish meanwhile.
            let passing = path.file_name().is_some_and(lock::is_passing);
            match path.is_dir() {
                true => folders.push(path),
                false if passing => (),
                false => names.push(path.strip_prefix(folder)?.to_string_lossy().into_owned()),
            }
        }
    }
    Ok(names)
}
