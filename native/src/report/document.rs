//! The parts of the report as one document.

use super::{HtmlReport, Still, escaped, html};
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use ssim_viz::{STYLE, variables};

const SHEET: &str = include_str!("report.css");
/// Lets the reader choose the theme. It is in every report, also in one with still pictures.
const THEME: &str = include_str!("theme.js");
const NO_SCRIPTS: &str =
    "<noscript><p>The pictures are still, because scripts are switched off here.</p></noscript>\n";

impl HtmlReport<'_> {
    /// Makes the file.
    ///
    /// # Errors
    /// The parts of live pictures cannot be packed.
    pub fn document(&self) -> Result<String> {
        let (data, script) = self.life.parts()?;
        let style = sheet();
        let [first, others] = html::of(self.markdown);
        let scripts = [THEME, script].into_iter().filter(|text| !text.is_empty());
        let tags: String =
            scripts.clone().map(|text| format!("<script>{text}</script>\n")).collect();
        Ok(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n<style>{style}</style>\n</head>\n<body>\n<main>\n\
             {first}{}{others}</main>\n{data}{tags}</body>\n</html>\n",
            policy(&style, scripts),
            escaped(self.title),
            self.pictures(!script.is_empty()),
        ))
    }

    /// The chapter with the pictures.
    fn pictures(&self, live: bool) -> String {
        if self.pictures.is_empty() {
            return String::new();
        }
        let about = match live {
            true => format!("<p id=\"told\" role=\"status\"></p>\n{NO_SCRIPTS}"),
            false => html::of(self.life.reason()).concat(),
        };
        let note = html::of(self.note).concat();
        let figures: String = self.pictures.iter().map(|still| figure(still, live)).collect();
        format!("<h2>Pictures</h2>\n{about}{note}{figures}")
    }
}

/// A picture, and the place for the choices of a live one.
fn figure(still: &Still, live: bool) -> String {
    let state = still
        .state
        .as_ref()
        .filter(|_| live)
        .map(|state| format!(" data-state=\"{}\"", escaped(state)));
    format!(
        "<figure{}>\n<div class=\"scroll\" tabindex=\"0\">\n{}</div>\n<form></form>\n</figure>\n",
        state.unwrap_or_default(),
        still.svg
    )
}

/// The style sheet with the colours of charts, which are those of the report.
fn sheet() -> String {
    let [light, dark] = [false, true].map(variables);
    format!(
        ":root{{color-scheme:light;{light}}}\n@media(prefers-color-scheme:dark){{:root:not([data-theme=light])\
         {{color-scheme:dark;{dark}}}}}\n:root[data-theme=dark]{{color-scheme:dark;{dark}}}\n{STYLE}{SHEET}"
    )
}

/// The content security policy: nothing is fetched, and nothing runs but these scripts.
fn policy<'a>(style: &str, scripts: impl Iterator<Item = &'a str>) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts: Vec<String> = scripts.map(hash).collect();
    format!(
        "default-src 'none'; script-src 'wasm-unsafe-eval' {}; worker-src blob:; style-src {}; img-src data:; \
         base-uri 'none'; form-action 'none'",
        scripts.join(" "),
        hash(style)
    )
}
