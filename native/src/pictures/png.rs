//! Draws a chart as a PNG, for documents that cannot show an SVG.

use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use ssim_viz::{STYLE, variables};
use std::fs::File;

/// Image pixels per CSS pixel: with 2, a chart is sharp in print and on dense screens.
const DENSITY: f32 = 2.0;
/// CSS classes that choose a series' colour, each with the variable that holds the colour.
const SERIES: [(&str, &str); 5] =
    [("c0", "--c0"), ("c1", "--c1"), ("c2", "--c2"), ("c3", "--c3"), ("neutral", "--muted")];

/// Descriptors that the search for fonts takes at most: folders lie in folders.
const DESCRIPTORS: usize = 16;

/// Makes sure that there are descriptors. The search for fonts passes over what it cannot open, and
/// would find another font or none.
fn descriptors() -> Result<()> {
    let program = std::env::current_exe()?;
    let opened = (0..DESCRIPTORS).map(|_| File::open(&program));
    opened.collect::<Result<Vec<_>, _>>().context("cannot look for fonts").map(drop)
}

/// Draws a chart in the light theme or the dark one.
///
/// # Errors
/// Fails when this machine has no font, or when the text is no valid SVG.
pub fn png(svg: &str, dark: bool) -> Result<Vec<u8>> {
    descriptors()?;
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    let Some(face) = fonts.faces().find(|f| f.style == Default::default()) else {
        return Fail::usage(
            "--out: PNG needs a font on this machine (apt install fonts-dejavu-core)",
        );
    };
    let family = face.families[0].0.clone();
    fonts.set_sans_serif_family(family);
    let tree = Tree::from_str(&plain(svg, dark), &options).context("drawing the chart")?;
    let size = tree.size().to_int_size().scale_by(DENSITY).context("an empty chart")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).context("an empty chart")?;
    resvg::render(&tree, Transform::from_scale(DENSITY, DENSITY), &mut pixels.as_mut());
    Ok(pixels.encode_png()?)
}

/// Replaces the chart's style sheet by one without CSS variables, which the renderer does not
/// support.
fn plain(svg: &str, dark: bool) -> String {
    let (Some(from), Some(to)) = (svg.find("<style>"), svg.find("</style>")) else {
        return svg.to_owned();
    };
    let mut sheet = String::new();
    for rule in STYLE.lines().filter(|rule| !rule.starts_with('@')) {
        match rule.split_once('.').and_then(|(_, rest)| rest.split_once('.')) {
            // A rule about the series colour becomes one for every series.
            Some((chart, rest)) if rule.contains("var(--c)") => {
                for (class, variable) in SERIES {
                    let rest = rest.replace("var(--c)", &format!("var({variable})"));
                    sheet += &format!(".{chart}.{class}.{rest}\n");
                }
            }
            // These rules only set the variable `--c`, which is written out above.
            _ if rule.contains("{--c:") => {}
            _ => sheet += &format!("{rule}\n"),
        }
    }
    for variable in variables(dark).split(';') {
        if let Some((name, value)) = variable.split_once(':') {
            sheet = sheet.replace(&format!("var({name})"), value);
            sheet = sheet.replace(&format!("var({name},inline)"), value);
            sheet = sheet.replace(&format!("var({name},none)"), value);
        }
    }
    format!("{}<style>{sheet}{}", &svg[..from], &svg[to..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variable_is_left() {
        let sheet = plain("<svg><style>old</style></svg>", false);
        assert!(!sheet.contains("var(") && !sheet.contains("old"), "{sheet}");
        assert!(sheet.contains(".ssim-chart .c1.filled{fill:#d55e00;stroke:#d55e00}"), "{sheet}");
        assert!(sheet.contains(".ssim-chart .muted{fill:#57606a}"), "{sheet}");
    }
}
