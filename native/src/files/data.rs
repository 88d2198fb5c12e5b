//! Opens data folders, and writes them as a whole or not at all.

use crate::files::lock::{self, DraftFolder, FolderLock};
use crate::files::parts::parquet_files;
use crate::files::wanted::InputKind;
use crate::files::write::AtomicFile;
use crate::files::{mode, read, replace, write};
use crate::machine::memory_check;
use crate::settings::size::LogSize;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use ssim_core::instances::Instances;
use ssim_core::row_digest::{RowDigest, RowHasher};
use ssim_core::schema::Schema;
use ssim_core::split::{SPLITS, Split};
use ssim_data::folder::{self, Manifest};
use ssim_data::table::CellRules;
use ssim_data::{Error as DataError, Fitted, JobPart, Prepared, Reject};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// File that records the columns of the raw log. Scoring takes their names from it.
pub const LAYOUT: &str = "layout.toml";
/// File that lists the raw rows that were left out, with the reasons.
pub const REJECTS: &str = "rejects.csv";

/// The remedy for a folder that is not empty.
pub const REMOVE: &str = "choose another folder or remove it";

/// Rows of a split, a piece at a time.
pub type Pieces<'a> = Box<dyn Iterator<Item = ssim_data::Result<Instances>> + 'a>;

/// A data folder whose schema has been read.
pub struct Data {
    pub path: PathBuf,
    pub manifest: Manifest,
    pub schema: Schema,
}

impl Data {
    /// Opens a data folder.
    ///
    /// # Errors
    /// There is none; or an error names the file and what is wrong with it.
    pub fn open(path: &Path) -> Result<Self> {
        match InputKind::of(path) {
            Some(InputKind::Data) => Self::of_run(path),
            // A data folder of which a file is missing is told by the name of that file.
            _ if path.join(folder::MANIFEST).exists() && path.join("train").exists() => {
                Self::of_run(path)
            }
            _ => InputKind::Data.refuse(path),
        }
    }

    /// Opens the schema in a run folder, which has the form of a data folder without rows.
    ///
    /// # Errors
    /// An error names the file and what is wrong with it.
    pub fn of_run(path: &Path) -> Result<Self> {
        let at = path.join(folder::MANIFEST);
        let manifest = folder::read_manifest(read::open(&at)?, &read::name(&at))?;
        let at = path.join(folder::VOCABULARY);
        let schema = folder::read_vocabulary(read::open(&at)?, &read::name(&at), &manifest)?;
        Ok(Self { path: path.to_owned(), manifest, schema })
    }

    /// Gives the size of the log, as the manifest says it.
    pub fn size(&self) -> LogSize {
        LogSize { rows: self.manifest.rows.train, scenarios: self.schema.scenarios.len() }
    }

    /// Reads the rows of a split, which must not be empty, and checks that they are those that the
    /// manifest describes.
    ///
    /// # Errors
    /// An error names the file or the split, and what is wrong with it.
    pub fn split(&self, name: &str) -> Result<Instances> {
        let at = self.split_folder(name)?;
        let claimed = self.manifest.rows.get(name).copied().unwrap_or(0);
        memory_check::rows(&at, claimed, self.schema.fields.len())?;
        let mut rows = Instances::default();
        for file in parquet_files(&at)? {
            let more = folder::read_split(read::open(&file)?, &read::name(&file), &self.schema)?;
            match rows.is_empty() {
                true => rows = more,
                false => rows.extend(&more, 0..more.len()),
            }
        }
        if rows.is_empty() {
            return Fail::data(format!("{}: expected at least one row, got none", at.display()));
        }
        self.manifest.expect(name, &read::name(&at), &RowDigest::of(&rows))?;
        Ok(rows)
    }

    /// Reads the rows of all splits, none of which may be empty.
    ///
    /// # Errors
    /// An error names the file and what is wrong with it.
    pub fn rows(&self) -> Result<Split<Instances>> {
        Split::try_new(|name| self.split(name))
    }

    /// Reads a part of the rows of a split, in pieces. All rows together must be those that the
    /// manifest describes; a part cannot be checked.
    ///
    /// # Errors
    /// An error names the file and what is wrong with it. Errors in the rows are reported by the
    /// iterator.
    pub fn stream<'a>(&'a self, name: &'a str, part: JobPart) -> Result<Pieces<'a>> {
        let at = self.split_folder(name)?;
        let whole = part == JobPart::WHOLE;
        let pieces = parquet_files(&at)?.into_iter().flat_map(move |file| -> Pieces<'a> {
            let open = || {
                File::open(&file).map_err(|e| DataError::Data(format!("{}: {e}", file.display())))
            };
            let read = open().and_then(|from| {
                folder::stream_split(from, &read::name(&file), &self.schema, part)
            });
            match read {
                Ok(pieces) => Box::new(pieces),
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        });
        let mut hasher = Some(RowHasher::default());
        let checked = pieces.map(Some).chain([None]).filter_map(move |piece| match piece {
            Some(Ok(piece)) => {
                if let Some(hasher) = &mut hasher {
                    hasher.add(&piece);
                }
                Some(Ok(piece))
            }
            // After an error there is nothing left to check.
            Some(Err(error)) => {
                hasher = None;
                Some(Err(error))
            }
            None => {
                let digest = hasher.take().filter(|_| whole)?.finish();
                self.manifest.expect(name, &read::name(&at), &digest).err().map(Err)
            }
        });
        Ok(Box::new(checked))
    }

    /// The digest of the rows of every split, which tells this data set from others. It is computed
    /// from the rows where an older version of the program has written the folder without it.
    ///
    /// # Errors
    /// An error names the file and what is wrong with it.
    pub fn digests(&self) -> Result<Split<RowDigest>> {
        if let Some(digests) = &self.manifest.digests {
            return Ok(digests.clone());
        }
        Split::try_new(|name| {
            let mut hasher = RowHasher::default();
            for piece in self.stream(name, JobPart::WHOLE)? {
                hasher.add(&piece?);
            }
            Ok(hasher.finish())
        })
    }

    /// Gives the folder of a split's files.
    ///
    /// # Errors
    /// Fails for any name but train, val or test.
    pub fn split_folder(&self, name: &str) -> Result<PathBuf> {
        match SPLITS.contains(&name) {
            true => Ok(self.path.join(name)),
            false => Fail::usage(format!("split: expected train, val or test, got \"{name}\"")),
        }
    }

    /// Gives the name of the raw log's column that holds the scenario, if the folder records it.
    ///
    /// # Errors
    /// The folder has a layout that cannot be read; without it, another column might be taken.
    pub fn scenario_column(&self) -> Result<Option<String>> {
        self.column("scenario")
    }

    /// Gives the name of the raw log's column that holds the label, if the folder records it.
    ///
    /// # Errors
    /// Like [`Data::scenario_column`].
    pub fn label_column(&self) -> Result<Option<String>> {
        self.column("label")
    }

    /// The column that the layout names under this key.
    fn column(&self, key: &str) -> Result<Option<String>> {
        let at = self.path.join(LAYOUT);
        let Some(text) = self.layout()? else { return Ok(None) };
        let layout: toml::Table = toml::from_str(&text)
            .or_else(|e| Fail::data(format!("{}: {}", at.display(), e.message())))?;
        match layout.get(key) {
            None => Ok(None),
            Some(toml::Value::String(name)) => Ok(Some(name.clone())),
            Some(other) => {
                let at = at.display();
                Fail::data(format!("{at}: {key}: expected a name, got {other}"))
            }
        }
    }

    /// Gives the rules by which the cells of the raw log were read. A folder without a layout has the
    /// default rules.
    ///
    /// # Errors
    /// The folder has a layout that cannot be read.
    pub fn cell_rules(&self) -> Result<CellRules> {
        let source = read::name(&self.path.join(LAYOUT));
        let rules = self.layout()?.map(|text| CellRules::of_layout(&text, &source));
        Ok(rules.transpose()?.unwrap_or_default())
    }

    /// Reads the text of the folder's layout, if it has one.
    fn layout(&self) -> Result<Option<String>> {
        let at = self.path.join(LAYOUT);
        at.exists().then(|| read::toml(&at)).transpose()
    }

    /// The file that records the columns of the raw log.
    pub fn layout_file(&self) -> PathBuf {
        self.path.join(LAYOUT)
    }

    /// Copies the files that give ids their meaning into a run folder.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn copy_schema(&self, to: &Path) -> Result<()> {
        // The manifest comes last, so that a folder with a manifest is complete.
        for name in [folder::VOCABULARY, LAYOUT, folder::MANIFEST] {
            let from = self.path.join(name);
            if from.exists() {
                write::bytes(&to.join(name), &read::bytes(&from)?)?;
            }
        }
        Ok(())
    }
}

/// Writes a data folder under a temporary name, then renames it.
///
/// # Errors
/// Fails when the folder is there already and not empty; returns the file system's errors.
pub fn write(path: &Path, data: &Prepared, layout: &str) -> Result<()> {
    let partial = Partial::new(path, false)?;
    for ((name, file), (_, rows)) in folder::FILES.named().into_iter().zip(data.rows.named()) {
        write::folder(&partial.draft.path().join(name))?;
        write::atomic(&partial.draft.path().join(file), |to| {
            folder::write_split(to, &data.schema, rows)?;
            Ok(())
        })?;
    }
    partial.finish(&data.schema, &Manifest::new(data), &data.rejects, layout)
}

/// A data folder under a temporary name. Dropping it removes it.
pub struct Partial {
    /// Final path.
    path: PathBuf,
    /// The folder under its temporary name. It stands above the lock, so that it is removed first.
    draft: DraftFolder,
    /// Whether a folder that is there is replaced.
    force: bool,
    /// Lock on the final path's name, which this program holds while it writes.
    _lock: FolderLock,
}

impl Partial {
    /// Makes an empty folder under a temporary name, and locks the final name. If the final path is
    /// a link, the folder that the link names is written, and the link stays. With `force`, a folder that
    /// this program has written is replaced, when the new one is complete.
    ///
    /// # Errors
    /// Fails when the final folder is there already and not empty, or when another program is
    /// writing it; returns the file system's errors.
    pub fn new(path: &Path, force: bool) -> Result<Self> {
        let cannot = || format!("cannot write {}", path.display());
        let path = mode::behind_links(path).with_context(cannot)?;
        if path.file_name().is_none() {
            let path = path.display();
            return Fail::usage(format!("--out: expected the name of a new folder, got {path}"));
        }
        // The lock comes first. If the folder is there already, this removes the lock of a program that
        // was killed after it had finished the folder.
        let mut lock = FolderLock::beside(&path)?;
        replace::check(&path, force, REMOVE)?;
        let draft = lock.draft().with_context(cannot)?;
        Ok(Self { path, draft, force, _lock: lock })
    }

    /// Writes a prepared log, then renames the folder.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn fill(self, fitted: Fitted, layout: &str) -> Result<()> {
        let Fitted { schema, summary, rejects, encoder } = fitted;
        let splits = || -> Result<Split<RowDigest>> {
            let mut files = Vec::new();
            for (name, file) in folder::FILES.named() {
                write::folder(&self.draft.path().join(name))?;
                files.push(AtomicFile::new(&self.draft.path().join(file))?);
            }
            let digests = match files.as_mut_slice() {
                [train, val, test] => encoder.write([train, val, test])?,
                _ => Split::default(),
            };
            files.into_iter().try_for_each(AtomicFile::finish)?;
            Ok(digests)
        };
        let digests = splits()
            .map_err(write::plain)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        self.finish(&schema, &Manifest::of(&schema, summary, digests), &rejects, layout)
    }

    /// Writes everything but the rows, then renames the folder.
    fn finish(
        self,
        schema: &Schema,
        manifest: &Manifest,
        rejected: &[Reject],
        layout: &str,
    ) -> Result<()> {
        let at = |name: &str| self.draft.path().join(name);
        write::atomic(&at(folder::VOCABULARY), |to| Ok(folder::write_vocabulary(to, schema)?))?;
        write::toml(&at(LAYOUT), layout)?;
        if !rejected.is_empty() {
            write::bytes(&at(REJECTS), &rejects(rejected)?)?;
        }
        // The manifest comes last, so that a folder with a manifest is complete.
        write::atomic(&at(folder::MANIFEST), |to| Ok(folder::write_manifest(to, manifest)?))?;
        let Self { path, draft, force, _lock } = self;
        if force && path.exists() {
            replace::clear(&path)?;
        }
        draft.persist(&path).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Refuses a folder that is not empty. Locks, and files that a killed program has left half written,
/// do not count. `remedy` says what to do then.
///
/// # Errors
/// Fails when the folder holds any other file, or when it cannot be read.
pub fn vacant(path: &Path, remedy: &str) -> Result<()> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => {
            entries.filter(|e| !e.as_ref().is_ok_and(|e| lock::is_passing(&e.file_name()))).count()
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => 0,
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => return write::no_folder(path),
        Err(e) => return Err(e).with_context(|| path.display().to_string()),
    };
    if entries > 0 {
        return Fail::usage(format!("{} is there already and not empty; {remedy}", path.display()));
    }
    Ok(())
}

fn rejects(rejects: &[Reject]) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["line", "column", "reason", "raw", "file"])?;
    for r in rejects {
        csv.write_record([&r.line.to_string(), &r.column.to_string(), &r.reason, &r.raw, &r.file])?;
    }
    Ok(csv.into_inner()?)
}
