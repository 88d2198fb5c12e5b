//! What can go wrong on the way from a log to instances, and where in which file.

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A place in a raw file that is not what it should be.
    #[error("{path}:{reject}")]
    Row {
        /// The file as the host names it.
        path: String,
        /// Line, column and reason.
        reject: Reject,
    },
    /// Data that are wrong as a whole, in words that name the file.
    #[error("{0}")]
    Data(String),
    /// A description of a table (TOML) that cannot be used, in words that name the file.
    #[error("{0}")]
    Config(String),
    /// Instances or a schema that break the core's contract.
    #[error(transparent)]
    Core(#[from] ssim_core::error::Error),
    /// The host's reader or writer failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A Parquet file that cannot be read or written.
    #[cfg(feature = "table")]
    #[error(transparent)]
    Parquet(#[from] parquet::errors::ParquetError),
    /// An Arrow batch that cannot be read or built.
    #[cfg(feature = "table")]
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One raw row that cannot become an instance.
#[derive(Clone, Debug, Default, PartialEq, thiserror::Error)]
#[error("{line}:{column}: {reason}")]
pub struct Reject {
    /// The file as the host names it; known once the reject is among others.
    pub file: String,
    /// Line in the file, counted from 1; the row's number in a Parquet file.
    pub line: u64,
    /// Number of the column in the row, counted from 1.
    pub column: u64,
    /// `field "x": expected …, got …`.
    pub reason: String,
    /// The row, or the value at fault, cut to a readable length.
    pub raw: String,
}

/// What happens to a row that cannot become an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The first such row ends the preparation.
    #[default]
    Fail,
    /// It is left out and reported among the rejects.
    Skip,
}

impl OnError {
    /// Ends with an error, or notes the reject.
    pub(crate) fn handle(
        self,
        path: &str,
        rejects: &mut Vec<Reject>,
        reject: Reject,
    ) -> Result<()> {
        match self {
            OnError::Fail => Err(Error::Row { path: path.to_owned(), reject }),
            OnError::Skip => {
                rejects.push(Reject { file: path.to_owned(), ..reject });
                Ok(())
            }
        }
    }
}

/// At most 200 characters of a raw text, for messages.
#[cfg(feature = "csv")]
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
