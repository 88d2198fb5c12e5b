//! Compares the text that the book shows with the text that a command prints.

/// Panics unless every part of `shown`, between lines of `…`, stands in `printed`, in this order.
pub fn check(place: &str, shown: &str, printed: &str) {
    let printed: Vec<String> = printed.lines().map(plain).collect();
    let shown: Vec<String> = shown.lines().map(plain).collect();
    let mut rest = printed.as_slice();
    for part in shown.split(|line| line == "…").filter(|part| !part.is_empty()) {
        let at = rest.windows(part.len()).position(|lines| lines == part);
        let Some(at) = at else {
            panic!("{place}: shown:\n{}\n\nprinted:\n{}", part.join("\n"), rest.join("\n"));
        };
        rest = &rest[at + part.len()..];
    }
}

/// A line with single spaces, and with `#` for every number that has a decimal point. Processors
/// differ in the last digits of a number, and measured times differ in all digits.
fn plain(line: &str) -> String {
    let hidden = |cell: &str| {
        let number = cell.trim_matches(|c: char| !c.is_ascii_digit() && c != '.');
        let decimal = number.contains('.') && number.parse::<f64>().is_ok();
        if decimal { cell.replacen(number, "#", 1) } else { cell.to_owned() }
    };
    let words = line.split_whitespace();
    let words = words.map(|word| word.split(',').map(hidden).collect::<Vec<_>>().join(","));
    words.collect::<Vec<_>>().join(" ")
}

/// The texts of an SVG, with `#` for every number.
pub fn words(svg: &str) -> Vec<String> {
    let texts = svg.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text.trim());
    let texts = texts.filter(|text| !text.is_empty());
    let hidden = texts.map(|text| {
        let mut out = String::new();
        for c in text.chars() {
            match c {
                '0'..='9' | ',' | '.' if out.ends_with('#') => (),
                '0'..='9' => out.push('#'),
                c => out.push(c),
            }
        }
        out
    });
    hidden.collect()
}

#[test]
fn what_is_shown_is_compared_but_for_decimals() {
    check("here", "2,home,0.0997914,", "2,home,0.0997915,");
    check("here", "auc  0.71\n…\nrows 20", "start\nauc 0.72 \nmore\nrows 20\nend");
    assert!(std::panic::catch_unwind(|| check("here", "rows 20", "rows 21")).is_err());
    assert!(std::panic::catch_unwind(|| check("here", "a\nb", "a\nc\nb")).is_err());
    assert!(std::panic::catch_unwind(|| check("here", "b\n…\na", "a\nb")).is_err());
}

#[test]
fn pictures_are_compared_by_their_words() {
    let svg =
        |n, label| format!("<svg><title>{n} of 1,310</title><text x=\"3\">{label}</text></svg>");
    assert_eq!(words(&svg("412", "home")), ["# of #", "home"]);
    assert_ne!(words(&svg("412", "home")), words(&svg("412", "cart")));
}
