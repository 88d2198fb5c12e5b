//! Writes the report of any run, or of an artifact, as one HTML file.

use super::embed::{EmbedArgs, states};
use crate::files::{read, write};
use crate::report::{HtmlReport, Life, LivePage, no_map, of_artifact, of_run, words};
use crate::run::run_folder::RunFolder;
use anyhow::{Context, Result};
use ssim_core::artifact::Artifact;
use ssim_core::artifact::record::Record;
use ssim_figure::Figures;
use std::path::Path;

/// Writes the file, and gives its length in bytes. `artifact` holds the bytes of the run's artifact;
/// without them the option `--artifact` is asked, and then the report is one without an artifact.
///
/// # Errors
/// Fails when something cannot be read, drawn or written.
pub fn run(
    to: &Path,
    args: &EmbedArgs,
    run: Option<&RunFolder>,
    artifact: Option<&[u8]>,
) -> Result<usize> {
    let page = LivePage::find(&args.web)?;
    let named = args.artifact.as_ref().map(|path| read::bytes(path)).transpose()?;
    let artifact = artifact.or(named.as_deref());
    let (record, pictures, note) = match (artifact, run) {
        (Some(bytes), _) => {
            let name = args.artifact.as_ref().map(|path| path.display().to_string());
            let artifact = Artifact::from_bytes(bytes).with_context(|| name.unwrap_or_default())?;
            let record = artifact.header.report.clone();
            let figures = Figures::new(artifact)?;
            let pictures = of_artifact(&figures, &states(args, &figures)?)?;
            (record, pictures, no_map(&figures))
        }
        (None, Some(run)) => {
            let record: Record = read::json(&run.summary())?;
            let pictures = of_run(run, &record)?;
            (record, pictures, "")
        }
        (None, None) => return crate::terminal::exit::Fail::usage(SOURCE),
    };
    let life = Life::of(page.as_ref(), artifact);
    life.tell();
    let report = HtmlReport {
        title: &words::title(&record),
        markdown: &words::of_run(&record),
        pictures: &pictures,
        note,
        life,
    };
    let text = report.document()?;
    write::bytes(to, text.as_bytes())?;
    Ok(text.len())
}

const SOURCE: &str = "--html: expected --run or --artifact";
