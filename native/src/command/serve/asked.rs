//! Reads from the headers of a request which part is asked for, and in which form.

use http_range_header::{EndPosition, StartPosition, parse_range_header};
use hyper::header::{self, HeaderMap, HeaderName};
use std::ops::Range;

/// The headers of a request.
#[derive(Clone, Copy)]
pub struct Asked<'a>(pub &'a HeaderMap);

/// The part of a content that is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// All bytes.
    All,
    /// These bytes. They are in the content.
    Range(Range<u64>),
    /// Bytes that are not in the content.
    Outside,
}

impl Asked<'_> {
    fn text(&self, name: HeaderName) -> Option<&str> {
        self.0.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the browser has the content with this entity tag already.
    pub fn has(&self, tag: &str) -> bool {
        let all = self.0.get_all(header::IF_NONE_MATCH).iter();
        let mut tags = all.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
        tags.any(|one| {
            let one = one.trim();
            one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
        })
    }

    /// Whether the browser takes a packed answer: it names `gzip` or everything, and not with the
    /// weight 0.
    pub fn takes_gzip(&self) -> bool {
        let weight = |wanted: &str| {
            let all = self.0.get_all(header::ACCEPT_ENCODING).iter();
            let mut forms =
                all.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
            forms.find_map(|form| {
                let (name, weight) = form.split_once(';').unwrap_or((form, "q=1"));
                let weight = weight.trim().strip_prefix("q=").unwrap_or("0");
                let named = name.trim().eq_ignore_ascii_case(wanted);
                named.then(|| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
            })
        };
        weight("gzip").or_else(|| weight("*")).unwrap_or(false)
    }

    /// The part of a content with this entity tag and so many bytes. All of it is sent where no
    /// range, or more than one, is asked for, and where the browser has begun with other content.
    pub fn part(&self, tag: &str, length: u64) -> Part {
        let same =
            self.0.get(header::IF_RANGE).is_none_or(|known| known.as_bytes() == tag.as_bytes());
        let Some(parsed) = self.text(header::RANGE).map(parse_range_header).filter(|_| same) else {
            return Part::All;
        };
        let Ok([range]) = parsed.as_ref().map(|parsed| &parsed.ranges[..]) else {
            return Part::All;
        };
        let start = match range.start {
            StartPosition::Index(start) => start,
            StartPosition::FromLast(last) => length.saturating_sub(last),
        };
        let end = match range.end {
            EndPosition::Index(last) => last.saturating_add(1).min(length),
            EndPosition::LastByte => length,
        };
        if start < end { Part::Range(start..end) } else { Part::Outside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, text: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, text.parse().unwrap())])
    }

    #[test]
    fn parts_are_inside_the_content() {
        let part = |text| Asked(&headers(header::RANGE, text)).part("\"t\"", 10);
        assert_eq!(part("bytes=0-3"), Part::Range(0..4));
        assert_eq!(part("bytes=8-"), Part::Range(8..10));
        assert_eq!(part("bytes=8-99"), Part::Range(8..10));
        assert_eq!(part("bytes=-3"), Part::Range(7..10));
        assert_eq!(part("bytes=-99"), Part::Range(0..10));
        assert_eq!(part("bytes=10-"), Part::Outside);
        assert_eq!(part("bytes=0-18446744073709551615"), Part::Range(0..10));
        for whole in ["bytes=0-1,4-5", "lines=0-1", "bytes=x", "nothing"] {
            assert_eq!(part(whole), Part::All, "{whole}");
        }
        let none = Asked(&headers(header::RANGE, "bytes=0-3")).part("\"t\"", 0);
        assert_eq!(none, Part::Outside);
    }

    #[test]
    fn a_part_of_other_content_is_not_sent() {
        let mut headers = headers(header::RANGE, "bytes=0-3");
        headers.insert(header::IF_RANGE, "\"t\"".parse().unwrap());
        assert_eq!(Asked(&headers).part("\"t\"", 10), Part::Range(0..4));
        assert_eq!(Asked(&headers).part("\"u\"", 10), Part::All);
        headers.insert(header::IF_RANGE, "W/\"t\"".parse().unwrap());
        assert_eq!(Asked(&headers).part("\"t\"", 10), Part::All);
    }

    #[test]
    fn a_known_tag_is_found_in_the_list() {
        let has = |text| Asked(&headers(header::IF_NONE_MATCH, text)).has("\"t\"");
        assert!(has("\"t\"") && has("\"a\", W/\"t\"") && has("*"));
        assert!(!has("\"a\"") && !has("t") && !has("\"t-gzip\""));
    }

    #[test]
    fn gzip_is_taken_where_it_is_accepted() {
        let takes = |text| Asked(&headers(header::ACCEPT_ENCODING, text)).takes_gzip();
        for yes in ["gzip", "br, GZIP", "gzip;q=0.5", "*", "gzip, *;q=0"] {
            assert!(takes(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.0", "identity", "*;q=0", "gzip;q=0, *"] {
            assert!(!takes(no), "{no}");
        }
        assert!(!Asked(&HeaderMap::new()).takes_gzip());
    }
}
