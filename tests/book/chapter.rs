//! Reads a chapter of the book: its blocks of code in order, and the hidden notes about them.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use std::fs;
use std::path::{Path, PathBuf};

/// The parts of a chapter that a reader can try.
pub struct Chapter {
    pub blocks: Vec<Block>,
}

/// A block of code, or a picture that a command of the chapter makes.
pub struct Block {
    /// The block's file and line, `path:line`.
    pub place: String,
    /// The word after the fence, or `picture` for a picture.
    pub language: String,
    /// The code, or the address of the picture.
    pub text: String,
    pub note: Option<Note>,
}

/// A comment directly before a block, which says how to test it.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// `<!-- not run: REASON -->`
    NotRun(String),
    /// `<!-- file: NAME -->`: the reader saves the block under this name.
    File(String),
    /// `<!-- shows: FILE -->`: the picture is the file that an earlier command has drawn.
    Shows(String),
}

impl Note {
    fn parse(comment: &str) -> Option<Self> {
        let text = comment.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
        let (kind, value) = text.split_once(':')?;
        let value = value.trim().to_owned();
        match kind.trim() {
            "not run" => Some(Self::NotRun(value)),
            "file" => Some(Self::File(value)),
            "shows" => Some(Self::Shows(value)),
            _ => None,
        }
    }
}

/// The book's folder.
pub fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs")
}

impl Chapter {
    pub fn read(file: &str) -> Self {
        let text = fs::read_to_string(docs().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        Self { blocks: blocks(file, &text) }
    }
}

fn blocks(file: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut note = None;
    let mut open: Option<Block> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        let place = || format!("docs/{file}:{}", text[..range.start].matches('\n').count() + 1);
        match event {
            Event::Html(html) => note = Note::parse(&html).or(note),
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(words) => words.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let text = String::new();
                open = Some(Block { place: place(), language, text, note: note.take() });
            }
            Event::Text(part) => open.iter_mut().for_each(|block| block.text.push_str(&part)),
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            Event::Start(Tag::Image { dest_url, .. }) => {
                if let Some(Note::Shows(_)) = &note {
                    let (language, text) = ("picture".to_owned(), dest_url.into_string());
                    blocks.push(Block { place: place(), language, text, note: note.take() });
                }
            }
            _ => (),
        }
    }
    assert_eq!(note, None, "docs/{file}: a note that is about nothing");
    blocks
}

/// The chapters that the table of contents lists.
pub fn listed() -> Vec<String> {
    let text = fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    let links = Parser::new(&text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.collect()
}

/// The chapters that exist as files.
pub fn files() -> Vec<String> {
    let entries = fs::read_dir(docs()).unwrap().map(|e| e.unwrap().file_name());
    let names = entries.map(|name| name.into_string().unwrap());
    names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect()
}
