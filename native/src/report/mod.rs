//! The report of a run as one HTML file: a text that was written in Markdown, pictures of the run, and
//! the program that makes them live in the reader's browser. The file asks for nothing outside itself.

mod document;
mod html;
mod live;
mod pictures;
pub mod words;

pub use html::escaped;
pub use live::{Life, LivePage, NO_PAGE};
pub use pictures::{Still, no_map, of_artifact, of_run};

/// Everything that the file shows.
pub struct HtmlReport<'a> {
    pub title: &'a str,
    /// The text in Markdown. The pictures come after its first chapter.
    pub markdown: &'a str,
    pub pictures: &'a [Still],
    /// A sentence in Markdown about pictures that there are not; empty if there is nothing to say.
    pub note: &'a str,
    pub life: Life<'a>,
}
