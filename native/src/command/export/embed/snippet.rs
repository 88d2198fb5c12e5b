//! Writes the snippets that people copy into a document.

use crate::report::escaped;
use std::path::Path;

/// The folder, as a document finds it.
pub struct Place {
    /// Beginning of the addresses of the folder's files: its name, or the URL where it is
    /// published.
    base: String,
    artifact: String,
}

/// A state, its title, and the names of its posters for light and dark ground.
type Shown = (String, String, String, String);

impl Place {
    /// A folder beside the document, or published at `url`.
    pub fn new(folder: &Path, url: Option<&str>, artifact: &str) -> Self {
        let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or(".");
        let base = url.unwrap_or(name).trim_end_matches('/').to_owned();
        Self { base: escaped(&base), artifact: escaped(artifact) }
    }

    /// Makes HTML: the element with its poster inside, and a frame for places that forbid scripts.
    pub fn html(&self, shown: &[Shown]) -> String {
        let Self { base, artifact } = self;
        let mut text = format!("<script type=\"module\" src=\"{base}/embed.js\"></script>\n");
        for (state, title, light, dark) in shown {
            let attributes: String = state.split('&').filter_map(attribute).collect();
            let poster = self.poster(state, title, light, dark);
            text += &format!(
                "\n<ssim-view artifact=\"{base}/{artifact}\"{attributes}>\n{poster}\n</ssim-view>\n"
            );
        }
        text += "\n<!-- Where scripts are forbidden, a frame:\n";
        for (state, title, ..) in shown {
            let live = self.live(state);
            let title = escaped(title);
            text += &format!(
                "<iframe src=\"{live}\" title=\"{title}\" loading=\"lazy\" style=\"width:100%;height:560px;border:0\"></iframe>\n"
            );
        }
        text + "-->\n"
    }

    /// Makes Markdown: posters with links to live views, for a README or a crate's page.
    pub fn markdown(&self, shown: &[Shown]) -> String {
        let posters =
            shown.iter().map(|(state, title, light, dark)| self.poster(state, title, light, dark));
        posters.collect::<Vec<_>>().join("\n\n") + "\n"
    }

    fn poster(&self, state: &str, title: &str, light: &str, dark: &str) -> String {
        let base = &self.base;
        let live = self.live(state);
        let title = escaped(title);
        format!(
            "<a href=\"{live}\">\n<picture>\n<source media=\"(prefers-color-scheme: dark)\" srcset=\"{base}/{dark}\">\n\
             <img src=\"{base}/{light}\" alt=\"{title}\" style=\"max-width:100%;height:auto\">\n</picture>\n</a>"
        )
    }

    /// Gives the address of a state's live view.
    fn live(&self, state: &str) -> String {
        let Self { base, artifact } = self;
        format!("{base}/view.html#artifact={artifact}&amp;{}", escaped(state))
    }
}

/// Turns `key=value` of an address into the attribute ` key="value"`.
fn attribute(pair: &str) -> Option<String> {
    let (key, value) = pair.split_once('=')?;
    // These are the only characters of a state that an address writes in another way.
    let value = value.replace("%3A", ":").replace("%2C", ",");
    Some(format!(" {key}=\"{}\"", escaped(&value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        let place = Place::new(Path::new("docs/live"), None, "a&b.ssim");
        let state = "view=whatif&row=3&edits=2%3A9%2C3%3A1".to_owned();
        let shown = [(state, "A \"row\"".to_owned(), "w-light.svg".into(), "w-dark.svg".into())];
        let html = place.html(&shown);
        assert!(html.contains("src=\"live/embed.js\""));
        let tag = "<ssim-view artifact=\"live/a&amp;b.ssim\" view=\"whatif\" row=\"3\" edits=\"2:9,3:1\">";
        assert!(html.contains(tag), "{html}");
        assert!(html.contains("alt=\"A &quot;row&quot;\""));
        let place = Place::new(Path::new("live"), Some("https://example.org/x/"), "run.ssim");
        let text = place.markdown(&shown);
        let link =
            "<a href=\"https://example.org/x/view.html#artifact=run.ssim&amp;view=whatif&amp;row=3";
        assert!(text.starts_with(link), "{text}");
    }
}
