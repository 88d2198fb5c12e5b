//! A small SVG writer. It escapes text and rounds coordinates; elements keep the caller's order.
//!
//! The crate is compiled for speed because of the points of the map. Nothing here needs that, so functions are not copied into
//! their callers: that would make the page's program larger.

use crate::number::px;
use crate::theme::{Look, Theme};
use std::fmt::Write;

/// An SVG document that is written from top to bottom.
pub(crate) struct Svg {
    look: Look,
    body: String,
}

/// Height of a line of text in pixels.
pub(crate) const LINE: f64 = 18.0;
/// The width of bold letters, in that of others.
pub(crate) const BOLD: f64 = 1.16;
/// Width in pixels of the empty border around a chart.
pub(crate) const PAD: f64 = 16.0;

impl Svg {
    pub fn new(look: &Look) -> Self {
        Self { look: *look, body: String::new() }
    }

    pub fn width(&self) -> f64 {
        self.look.width
    }

    /// Adds an element that is already SVG.
    #[inline(never)]
    pub fn raw(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    /// Adds text with its baseline at `y`. `class` sets weight, tone and anchor.
    #[inline(never)]
    pub fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let text = escape(text);
        self.raw(&format!("<text{class} x=\"{}\" y=\"{}\">{text}</text>", px(x), px(y)));
    }

    /// Adds a straight line.
    #[inline(never)]
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.raw(&format!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            px(from.0),
            px(from.1),
            px(to.0),
            px(to.1)
        ));
    }

    /// Adds a rectangle with its upper left corner at `at` and rounded corners.
    #[inline(never)]
    pub fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), radius: f64) {
        self.raw(&format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            px(at.0),
            px(at.1),
            px(size.0),
            px(size.1),
            px(radius)
        ));
    }

    /// Adds text from baseline `y` on, in lines of at most the chart's width that break only at
    /// plain spaces. Returns the next baseline.
    #[inline(never)]
    pub fn paragraph(&mut self, y: f64, class: &str, text: &str) -> f64 {
        let factor = if class == "strong" { BOLD } else { 1.0 };
        let room = (self.look.width - 2.0 * PAD) / factor;
        let mut y = y;
        let mut line = String::new();
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            if !line.is_empty() && text_width(&line) + text_width(word) + 4.0 > room {
                self.text(PAD, y, class, &line);
                line.clear();
                y += LINE;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            self.text(PAD, y, class, &line);
            y += LINE;
        }
        y
    }

    /// Completes the document. `title` names it, and `description` says in words what it shows. The
    /// height is rounded up to whole pixels, because browsers stretch an `<img>` of another height.
    #[inline(never)]
    pub fn finish(self, title: &str, description: &str, height: f64) -> String {
        let (w, h) = (px(self.look.width), px(height.ceil()));
        let mut out = String::new();
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ssim-chart\" role=\"img\" \
             width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">\n\
             <title>{}</title>\n<desc>{}</desc>\n",
            escape(title),
            escape(description),
        );
        if self.look.theme != Theme::Inherit {
            let _ = writeln!(out, "<style>\n{}</style>", self.look.theme.sheet());
            let _ = writeln!(out, "<rect class=\"ground\" width=\"{w}\" height=\"{h}\" rx=\"8\"/>");
        }
        out.push_str(&self.body);
        out.push_str("</svg>\n");
        out
    }
}

/// Text that is safe inside an element or an attribute. A character that XML does not have becomes
/// U+FFFD, and so does one that turns the direction of the text around it.
#[inline(never)]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            // XML 1.0 cannot contain these, not even escaped.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Estimated width of text in pixels. The estimate is generous, because there are no font metrics
/// here.
#[inline(never)]
pub(crate) fn text_width(text: &str) -> f64 {
    text.chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ' ' | '-' => 4.6,
            'm' | 'w' | 'M' | 'W' => 11.2,
            c if (c as u32) >= 0x2E80 => 13.5,
            c if c.is_uppercase() => 9.2,
            c if c.is_ascii_digit() => 8.3,
            _ => 7.6,
        })
        .sum()
}

/// The text if it fits into `room` pixels. Otherwise "…" stands for its middle, because names such as
/// `placement_12` differ at their ends; where there is little room, it stands for all but the beginning.
#[inline(never)]
pub(crate) fn fitted(text: &str, room: f64) -> String {
    if text_width(text) <= room {
        return text.to_owned();
    }
    let kept = if room < 60.0 { 0 } else { 4 };
    let end: String = text.chars().skip(text.chars().count().saturating_sub(kept)).collect();
    let room = room - text_width(&end);
    let mut out = String::new();
    for c in text.chars() {
        if text_width(&out) + 20.0 > room {
            break;
        }
        out.push(c);
    }
    format!("{}…{}", out.trim_end(), end.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_document() {
        assert_eq!(escape("a<b & \"c\"\n"), "a&lt;b &amp; &quot;c&quot; ");
        let bad = ['\0', '\u{1}', '\u{b}', '\u{1b}', '\u{9b}', '\u{202e}', '\u{fffe}', '\u{ffff}'];
        for c in bad {
            assert_eq!(escape(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
        assert_eq!(escape("ä 商品 \u{10ffff}"), "ä 商品 \u{10ffff}");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(fitted("short", 100.0), "short");
        let cut = fitted("a_rather_long_scenario_name", 80.0);
        assert!(cut.ends_with("…name") && text_width(&cut) <= 80.0, "{cut}");
        let cut = fitted("a_rather_long_scenario_name", 40.0);
        assert!(cut.ends_with('…') && text_width(&cut) <= 40.0, "{cut}");
    }
}
