//! Reads the repository's Rust files, and tells code from comments and from the texts of string
//! literals, so that a rule looks at the right one of them.

use std::fs;
use std::path::{Path, PathBuf};

/// A Rust file of the repository.
pub struct Source {
    /// The path from the top folder, with `/` between its parts.
    pub name: String,
    /// The whole file.
    pub text: String,
}

impl Source {
    /// Whether the file belongs to a library, the program or the page, and not to their tests.
    pub fn is_product(&self) -> bool {
        let parts: Vec<&str> = self.name.split('/').collect();
        let product = matches!(parts[..], ["crates", _, "src", ..] | ["native" | "web", "src", ..]);
        product && !parts.contains(&"tests") && parts.last() != Some(&"tests.rs")
    }
}

/// The top folder of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every Rust file of the repository, sorted by name.
pub fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    rust_files(&root(), &mut paths);
    assert!(paths.len() > 50, "the walk found the sources");
    let mut sources: Vec<Source> = paths.iter().map(|path| read(path)).collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources
}

/// The files of the libraries, the program and the page, without those that only test.
pub fn products() -> Vec<Source> {
    sources().into_iter().filter(Source::is_product).collect()
}

fn read(path: &Path) -> Source {
    let parts = path.strip_prefix(root()).unwrap().components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    Source { name: parts.join("/"), text: fs::read_to_string(path).unwrap() }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !["target", "node_modules", "dist", ".git"].contains(&name.as_str()) {
                rust_files(&path, found);
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// A file's code, and the texts of its string literals.
pub struct Scan {
    /// The file with a space in place of every byte of a comment, a string or a character, so that
    /// places and line ends are those of the file.
    pub code: String,
    /// The texts between the quotes, and the byte at which each begins.
    pub texts: Vec<(usize, String)>,
}

impl Scan {
    /// Takes the file apart.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut code = bytes.to_vec();
        let mut texts = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let (end, literal) = match bytes[at] {
                b'/' if text[at..].starts_with("//") => (line_end(text, at), None),
                b'/' if text[at..].starts_with("/*") => (comment_end(bytes, at), None),
                b'"' => {
                    let end = string_end(bytes, at);
                    (end, Some(at + 1..end - 1))
                }
                b'r' => match raw_string(text, at) {
                    Some((inside, end)) => (end, Some(inside)),
                    None => (at, None),
                },
                b'\'' => (character_end(text, at).unwrap_or(at), None),
                _ => (at, None),
            };
            if end == at {
                at += 1;
                continue;
            }
            if let Some(inside) = literal {
                texts.push((inside.start, text[inside].to_owned()));
            }
            blank(&mut code, at, end);
            at = end;
        }
        let code = String::from_utf8(code).unwrap();
        Self { code, texts }
    }

    /// The same without items that are compiled for tests only (`#[cfg(test)]`).
    pub fn without_tests(text: &str) -> Self {
        let mut scan = Self::new(text);
        let mut code = scan.code.clone().into_bytes();
        let mut from = 0;
        while let Some(found) = scan.code[from..].find("#[cfg(test)]") {
            let start = from + found;
            let end = item_end(scan.code.as_bytes(), start + "#[cfg(test)]".len());
            blank(&mut code, start, end);
            scan.texts.retain(|(at, _)| !(start..end).contains(at));
            from = end;
        }
        scan.code = String::from_utf8(code).unwrap();
        scan
    }

    /// The number, from 1, of the line that the byte stands in.
    pub fn line(&self, at: usize) -> usize {
        self.code.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// The bytes at which a word stands in the code, and not as a part of a longer one.
    pub fn words(&self, word: &str) -> Vec<usize> {
        let bytes = self.code.as_bytes();
        let alone = |at: &usize| {
            let before = at.checked_sub(1).map(|before| bytes[before]);
            let after = bytes.get(at + word.len()).copied();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        };
        self.code.match_indices(word).map(|(at, _)| at).filter(alone).collect()
    }
}

/// Whether the byte can stand in a name.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The name that begins at the byte, or an empty text.
pub fn name_at(code: &str, at: usize) -> &str {
    let rest = &code[at..];
    &rest[..rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len())]
}

fn blank(code: &mut [u8], start: usize, end: usize) {
    code[start..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end)
}

/// Block comments stand inside one another in Rust.
fn comment_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0;
    let mut end = at;
    while end + 1 < bytes.len() {
        match &bytes[end..end + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                end += 1;
                continue;
            }
        }
        end += 2;
        if depth == 0 {
            return end;
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while bytes[end] != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    end + 1
}

/// The place between the quotes of `r"…"` or `r#"…"#`, and the end of the literal; none where no
/// literal begins.
fn raw_string(text: &str, at: usize) -> Option<(std::ops::Range<usize>, usize)> {
    // A name may end with this letter. Only the `b` of a byte string stands before a literal.
    let before = at.checked_sub(1).map(|before| text.as_bytes()[before]);
    if before.is_some_and(|before| is_word(before) && before != b'b') {
        return None;
    }
    let hashes = text[at + 1..].bytes().take_while(|byte| *byte == b'#').count();
    let start = at + 1 + hashes + 1;
    if text.as_bytes().get(start - 1) != Some(&b'"') {
        return None;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let end = start + text[start..].find(&close)?;
    Some((start..end, end + close.len()))
}

/// The end of a character literal, or `None` if the quote begins a lifetime.
fn character_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at + 1..];
    let first = rest.chars().next()?;
    if first == '\\' {
        // The character after the backslash may be a quote.
        return rest[2..].find('\'').map(|end| at + 1 + 2 + end + 1);
    }
    let after = at + 1 + first.len_utf8();
    text[after..].starts_with('\'').then_some(after + 1)
}

/// The end of the item that begins at the byte: its semicolon, or the brace that closes it.
fn item_end(code: &[u8], start: usize) -> usize {
    let (mut braces, mut others) = (0, 0);
    for (at, byte) in code.iter().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => others += 1,
            b')' | b']' => others -= 1,
            b'{' => braces += 1,
            b'}' => braces -= 1,
            _ => {}
        }
        let closes = *byte == b'}' || *byte == b';';
        // The braces of a `use` are followed by its semicolon.
        let listed = *byte == b'}' && code[at + 1..].trim_ascii_start().starts_with(b";");
        if closes && !listed && braces == 0 && others == 0 {
            return at + 1;
        }
    }
    code.len()
}

#[test]
fn comments_and_texts_are_no_code() {
    let text = "let a = \"x // \\\" y\"; // b \"c\"\n/* d /* e */ f */ let g: &'h str = r#\"i \"j\"#;\nlet k = ('\"', '\\'', b\"l\");";
    let scan = Scan::new(text);
    assert_eq!(scan.code.len(), text.len());
    let words: Vec<&str> = scan.code.split_whitespace().collect();
    assert_eq!(words.join(" "), "let a = ; let g: &'h str = ; let k = ( , , b );");
    let texts: Vec<&str> = scan.texts.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["x // \\\" y", "i \"j", "l"]);
    assert_eq!(scan.texts.iter().map(|(at, _)| scan.line(*at)).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(scan.words("k").len(), 1, "and not the one in a comment");
}

#[test]
fn tests_are_left_out() {
    let text = "fn a() { \"b\" }\n#[cfg(test)]\nmod tests {\n fn c() { \"d}\" }\n}\n#[cfg(test)]\nuse e::{f, g};\nfn h() {}\n";
    let scan = Scan::without_tests(text);
    let words: Vec<&str> = scan.code.split_whitespace().collect();
    assert_eq!(words.join(" "), "fn a() { } fn h() {}");
    assert_eq!(scan.texts.len(), 1);
}
