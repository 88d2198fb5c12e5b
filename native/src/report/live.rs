//! The parts of a report that make its pictures live: the page's program and the artifact, packed into
//! the file.

use crate::command::serve::PageFolderArgs;
use crate::files::read;
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// The parts of the built page that a report takes.
pub struct LivePage {
    script: String,
    /// Bytes, and the names by which `report.js` finds them.
    packed: Vec<(&'static str, Vec<u8>)>,
}

/// Whether the pictures answer the reader.
pub enum Life<'a> {
    /// They do, with these numbers.
    Live { page: &'a LivePage, artifact: &'a [u8] },
    /// They do not, for this reason.
    Still(&'static str),
}

/// The reason of a program that has no page, in Markdown like the others.
pub const NO_PAGE: &str = "The program that wrote this report has no page inside, so its pictures are still. `cargo xtask web \
     --release` and then `cargo install --path native --features page` make a program that has it, and `--web DIR` names a page elsewhere.";
/// The reason of a run with a copy of the model per scenario.
pub const COPIES: &str = "This method trains a copy of the model per scenario, and an artifact holds one model. So these \
     pictures are still, and there are none of single rows.";
/// The reason of a large artifact.
pub const LARGE: &str =
    "The model is too large for a report with live pictures. `ssim serve` shows it.";
/// The largest artifact in bytes that goes into a report. A browser reads the file as a whole.
pub const MOST: usize = 64 << 20;

/// The files of the page from which a report takes its scripts, in the order in which they run.
const SCRIPTS: [&str; 2] = ["picture.js", "report.js"];
/// The files of the page that are packed, and the names by which `report.js` finds them.
const PACKED: [(&str, &str); 2] = [("worker", "live.js"), ("program", "live_bg.wasm")];

impl LivePage {
    /// Reads the parts. Gives nothing if no page is named and the program has none inside.
    ///
    /// # Errors
    /// The page lacks a part.
    pub fn find(args: &PageFolderArgs) -> Result<Option<Self>> {
        let Some(folder) = args.if_any()? else { return Ok(None) };
        let part = |name: &str| match folder.join(name) {
            path if path.is_file() => read::bytes(&path),
            _ => Fail::usage(format!(
                "{}: expected a page of this version with {name}, got none",
                folder.display()
            )),
        };
        let mut page = Self { script: String::new(), packed: Vec::new() };
        for name in SCRIPTS {
            page.script += std::str::from_utf8(&part(name)?)?;
        }
        for (name, file) in PACKED {
            page.packed.push((name, part(file)?));
        }
        Ok(Some(page))
    }
}

impl<'a> Life<'a> {
    /// Decides by the parts that there are.
    pub fn of(page: Option<&'a LivePage>, artifact: Option<&'a [u8]>) -> Self {
        match (page, artifact) {
            (_, None) => Self::Still(COPIES),
            (_, Some(artifact)) if artifact.len() > MOST => Self::Still(LARGE),
            (None, _) => Self::Still(NO_PAGE),
            (Some(page), Some(artifact)) => Self::Live { page, artifact },
        }
    }

    /// Elements that hold packed bytes, and the script that unpacks them and draws; both are empty for
    /// pictures that are still.
    ///
    /// # Errors
    /// The bytes cannot be packed.
    pub fn parts(&self) -> Result<(String, &str)> {
        let Self::Live { page, artifact } = self else { return Ok((String::new(), "")) };
        let mut data = packed("numbers", artifact)?;
        for (name, bytes) in &page.packed {
            data += &packed(name, bytes)?;
        }
        Ok((data, &page.script))
    }

    /// The reason for which the pictures are still; nothing if they are live.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Live { .. } => "",
            Self::Still(reason) => reason,
        }
    }

    /// Tells the reason in the terminal.
    pub fn tell(&self) {
        if let Self::Still(reason) = self {
            out::note(reason);
        }
    }
}

/// An element that holds bytes, which no browser takes for a script.
fn packed(name: &str, bytes: &[u8]) -> Result<String> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    let text = STANDARD.encode(packer.finish()?);
    Ok(format!("<script type=\"application/gzip\" id=\"{name}\">{text}</script>\n"))
}
