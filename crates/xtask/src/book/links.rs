//! Follows every link of the built book, and checks the size of its pages.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use html5gum::{Token, Tokenizer};

/// The bytes that a page and the files it fetches at once may have: a megabyte.
const HEAVIEST: u64 = 1_000_000;
/// Folders whose own links are checked elsewhere (by rustdoc, by the page's tests). Links of the
/// book that lead into them are followed.
const GUESTS: [&str; 2] = ["api", "page"];

/// The links of an HTML file, and the places in it that others can link to.
#[derive(Default)]
struct Page {
    /// The values of `href`, `src` and `artifact`.
    links: BTreeSet<String>,
    /// The addresses that a browser fetches at once.
    needs: BTreeSet<String>,
    /// The places to link to: the values of `id` and `name`.
    anchors: BTreeSet<String>,
    bytes: u64,
}

/// Follows every link, and gives back the number of pages.
///
/// # Errors
/// Names every dead link and every page that is too large.
pub fn check(book: &Path) -> Result<usize> {
    let mut pages = BTreeMap::new();
    read(book, book, &mut pages)?;
    let mut wrong = Vec::new();
    for (file, page) in &pages {
        let shown = file.strip_prefix(book).unwrap_or(file).display();
        let dead = page.links.iter().filter(|link| !arrives(book, file, link, &pages));
        wrong.extend(dead.map(|link| format!("{shown}: dead link {link}")));
        let weighs = weight(file, page);
        if weighs > HEAVIEST {
            wrong.push(format!("{shown}: {weighs} bytes, at most {HEAVIEST}"));
        }
    }
    if !wrong.is_empty() {
        bail!("in {}:\n{}", book.display(), wrong.join("\n"));
    }
    Ok(pages.len())
}

fn read(book: &Path, folder: &Path, pages: &mut BTreeMap<PathBuf, Page>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            if !GUESTS.iter().any(|guest| path == book.join(guest)) {
                read(book, &path, pages)?;
            }
        } else if path.extension().is_some_and(|end| end == "html") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            pages.insert(path, page(&text));
        }
    }
    Ok(())
}

fn page(text: &str) -> Page {
    let mut page = Page { bytes: text.len() as u64, ..Page::default() };
    for token in Tokenizer::new(text) {
        let Ok(Token::StartTag(tag)) = token else { continue };
        let lazy = tag.attributes.get(&b"loading"[..]).is_some_and(|how| how.as_slice() == b"lazy");
        for (name, value) in &tag.attributes {
            let value = String::from_utf8_lossy(value).into_owned();
            match (tag.name.as_slice(), name.as_slice()) {
                (_, b"id") | (b"a", b"name") => {
                    page.anchors.insert(value);
                }
                (b"a" | b"base", b"href") | (b"ssim-view", b"artifact") => {
                    page.links.insert(value);
                }
                (_, b"href" | b"src") => {
                    page.links.insert(value.clone());
                    if !lazy {
                        page.needs.insert(value);
                    }
                }
                _ => (),
            }
        }
    }
    page
}

/// Whether the link leads to something. Links to other sites are not followed.
fn arrives(book: &Path, from: &Path, link: &str, pages: &BTreeMap<PathBuf, Page>) -> bool {
    let Some((target, anchor)) = local(from, link) else { return true };
    if target.starts_with(book.join("page")) && !book.join("page").exists() {
        // The page has not been built, and `book` has said so.
        return true;
    }
    let target = if target.is_dir() { target.join("index.html") } else { target };
    match (pages.get(&target), anchor) {
        (Some(page), Some(anchor)) => page.anchors.contains(&anchor),
        _ => target.is_file(),
    }
}

/// The bytes of the page and of the files that it fetches at once.
fn weight(file: &Path, page: &Page) -> u64 {
    let mut bytes = page.bytes;
    for (target, _) in page.needs.iter().filter_map(|link| local(file, link)) {
        bytes += fs::metadata(target).map_or(0, |meta| meta.len());
    }
    bytes
}

/// The file and the anchor that an address on this site leads to; `None` for an address of another
/// site.
fn local(from: &Path, link: &str) -> Option<(PathBuf, Option<String>)> {
    let elsewhere = link.starts_with("//") || link.split(['/', '#']).next()?.contains(':');
    if elsewhere {
        return None;
    }
    let (path, anchor) =
        link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let path = path.split('?').next().unwrap_or_default();
    let mut target = from.to_owned();
    if !path.is_empty() {
        target.pop();
        for part in Path::new(path).components() {
            match part {
                Component::ParentDir => {
                    target.pop();
                }
                Component::Normal(name) => target.push(name),
                _ => (),
            }
        }
    }
    let anchor = anchor.filter(|anchor| !anchor.is_empty()).map(str::to_owned);
    Some((target, anchor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(files: &[(&str, &str)]) -> Result<usize> {
        let book = std::env::temp_dir().join(format!("ssim-links-{}", std::process::id()));
        for (name, text) in files {
            let path = book.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&book))?;
            fs::write(path, text)?;
        }
        let found = check(&book);
        fs::remove_dir_all(&book)?;
        found
    }

    #[test]
    fn dead_links_and_heavy_pages_are_found() -> Result<()> {
        let good = "<h1 id=top><a href='a/b.html#x'>b</a><a href=https://example.org>e</a><a href='#top'>t</a>";
        let other = "<a name=x href='../index.html'>up</a><img src=../p.svg>";
        let files = [("index.html", good), ("a/b.html", other), ("p.svg", "<svg/>")];
        assert_eq!(checked(&files)?, 2);
        let heavy = "x".repeat(HEAVIEST as usize);
        for (bad, told) in [
            ("<a href=c.html>", "dead link c.html"),
            ("<a href='a/b.html#y'>", "dead link a/b.html#y"),
            ("<img src=q.svg>", "dead link q.svg"),
            ("<ssim-view artifact=run.ssim>", "dead link run.ssim"),
            ("<img src=p.svg>", "bytes, at most"),
        ] {
            let files = [("index.html", bad), ("a/b.html", other), ("p.svg", heavy.as_str())];
            let error = checked(&files).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(told), "{bad}: {error}");
        }
        Ok(())
    }
}
