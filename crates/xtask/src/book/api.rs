//! The libraries' documentation, with the script that makes pictures live, and without a script of
//! rustdoc that fetches too much.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::copy;
use crate::{place, run};

/// Builds the documentation and puts it into `to`.
pub fn build(to: &Path) -> Result<()> {
    copy(&documentation()?, to)?;
    lighten(to)
}

fn documentation() -> Result<PathBuf> {
    let mut doc = run::cargo()?;
    // The same selection as in the stage `doc`, so that nothing is compiled with other features.
    let all = ["doc", "--no-deps", "--workspace", "--exclude", "ssim-web", "--exclude", "xtask"];
    doc.args(all);
    let header = place::root().join("docs/theme/rustdoc.html");
    doc.env("RUSTDOCFLAGS", format!("-D warnings --html-in-header {}", header.display()));
    run::check(&mut doc)?;
    Ok(place::native_target()?.join("doc"))
}

/// Removes a script of rustdoc from every page. It fetches all fonts in advance, two of which no
/// page uses, and it does so in a way that makes a browser fetch them twice: 700 kB of 1.5 MB.
/// Without the script a browser fetches the fonts of a page's text all the same.
fn lighten(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            lighten(&path)?;
        } else if path.extension().is_some_and(|end| end == "html") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            if let Some(text) = without_preloads(&text) {
                fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
            }
        }
    }
    Ok(())
}

fn without_preloads(html: &str) -> Option<String> {
    const SCRIPT: &str = "<script>if(window.location.protocol!==\"file:\")document.head";
    const END: &str = "</script>";
    let (before, script) = html.split_once(SCRIPT)?;
    let (script, after) = script.split_once(END)?;
    script.contains("as=\"font\"").then(|| format!("{before}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preloads_of_fonts_go_and_nothing_else() {
        let page = |kind: &str| {
            format!(
                "<head><script>a</script><script>if(window.location.protocol!==\"file:\")document.head.insert(\
                 '<link rel=\"preload\" as=\"{kind}\">')</script><link rel=\"icon\"></head>"
            )
        };
        let light = without_preloads(&page("font"));
        assert_eq!(light.as_deref(), Some("<head><script>a</script><link rel=\"icon\"></head>"));
        assert_eq!(without_preloads(&page("script")), None);
        assert_eq!(without_preloads("<head></head>"), None);
    }
}
