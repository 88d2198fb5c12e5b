//! Markdown as HTML. A text may hold the names of somebody's log, so none of it becomes a tag, a link or
//! a picture.

use crate::terminal::out;
use pulldown_cmark::{Alignment, Event, Options, Parser, Tag, TagEnd, html};

/// A box that scrolls where its content is wider than the window, by keyboard too.
const SCROLL: [&str; 2] = ["<div class=\"scroll\" tabindex=\"0\">\n", "</div>\n"];

/// Turns a text into HTML, in two parts: up to the end of its first chapter, and the other chapters.
pub fn of(markdown: &str) -> [String; 2] {
    let events: Vec<Event> =
        Parser::new_ext(markdown, Options::ENABLE_TABLES).flat_map(harmless).collect();
    let begins = |event: &Event| matches!(event, Event::Start(Tag::Heading { level, .. }) if *level as usize == 2);
    let chapters = events.iter().enumerate().filter(|(_, event)| begins(event));
    let second = chapters.map(|(i, _)| i).nth(1).unwrap_or(events.len());
    let (first, others) = events.split_at(second);
    [first, others].map(|events| {
        let mut text = String::new();
        html::push_html(&mut text, events.iter().cloned());
        text
    })
}

/// The events that stand for this one in the report.
fn harmless(event: Event) -> Vec<Event> {
    let [begin, end] = SCROLL.map(|tag| Event::Html(tag.into()));
    match event {
        Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
        Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock)
        | Event::End(TagEnd::Link | TagEnd::Image | TagEnd::HtmlBlock) => Vec::new(),
        // The style sheet says where cells stand: a policy forbids styles in tags.
        Event::Start(Tag::Table(columns)) => {
            vec![begin, Event::Start(Tag::Table(vec![Alignment::None; columns.len()]))]
        }
        Event::Start(Tag::CodeBlock(kind)) => vec![begin, Event::Start(Tag::CodeBlock(kind))],
        Event::End(TagEnd::Table | TagEnd::CodeBlock) => vec![event, end],
        event => vec![event],
    }
}

/// Makes a text safe inside a tag or an attribute, on one line.
pub fn escaped(text: &str) -> String {
    let escapes = [("&", "&amp;"), ("\"", "&quot;"), ("<", "&lt;"), (">", "&gt;")];
    escapes.iter().fold(out::shown(text), |text, (plain, coded)| text.replace(plain, coded))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn pictures_have_a_place_after_the_first_chapter() {
        let [first, others] = of("# A log\n\nGood.\n\n## One\n\n1\n\n## Two\n\n2\n\n## Three\n");
        assert_eq!(first, "<h1>A log</h1>\n<p>Good.</p>\n<h2>One</h2>\n<p>1</p>\n");
        assert_eq!(others, "<h2>Two</h2>\n<p>2</p>\n<h2>Three</h2>\n");
        assert_eq!(of("# A log"), ["<h1>A log</h1>\n".to_owned(), String::new()]);
    }

    #[test]
    fn names_become_no_tags() {
        let text = "# <b>&\"\n\n<script>alert(1)</script>\n\na <img src=x onerror=y> [b](javascript:c) ![d](e)\n\n\
                    ```text\n</code></script><i>\n```\n\n| x | y |\n|---|--:|\n| <u> | 1 |\n";
        let [html, _] = of(text);
        let tags = ["<b>", "<script", "</script", "<img", "<a ", "<i>", "<u>", "style=", "href"];
        for tag in tags {
            assert!(!html.contains(tag), "{tag}: {html}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
        assert!(html.contains("<td>&lt;u&gt;</td><td>1</td>"), "{html}");
    }
}
