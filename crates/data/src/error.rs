//! The errors of this crate, with their place in the file if they have one.

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row of a raw file that cannot be used.
    #[error("{path}:{reject}")]
    Row {
        /// The file as the host names it.
        path: String,
        /// The line, the column and the reason.
        reject: Reject,
    },
    /// Data that are wrong as a whole; the message names the file.
    #[error("{0}")]
    Data(String),
    /// A TOML description of a table that cannot be used; the message names the file.
    #[error("{0}")]
    Config(String),
    /// Instances or a schema that `ssim-core` refuses.
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
    Arrow(#[from] crate::arrow::error::ArrowError),
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One raw row that cannot become an instance.
#[derive(Clone, Debug, Default, PartialEq, thiserror::Error)]
#[error("{line}:{column}: {reason}")]
pub struct Reject {
    /// The file as the host names it; empty until the reject is added to the list of rejects.
    pub file: String,
    /// Line in the file, counted from 1; in a Parquet file, the row's number.
    pub line: u64,
    /// Number of the column in the row, counted from 1.
    pub column: u64,
    /// The reason, in the form `field "x": expected …, got …`.
    pub reason: String,
    /// The row, or the value at fault, shortened for messages.
    pub raw: String,
}

/// The way to treat a row that cannot become an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Stop with an error at the first such row.
    #[default]
    Fail,
    /// Leave the row out and add it to the rejects.
    Skip,
}

impl OnError {
    /// Returns the reject as an error, or adds it to `rejects`.
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

/// Shortens a raw text to 200 characters for messages.
#[cfg(feature = "csv")]
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
