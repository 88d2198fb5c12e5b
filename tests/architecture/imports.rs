//! Files of a crate import one another in one direction. Two files that need each other can only be
//! read together, and neither can be moved without the other.

use crate::source::{Scan, Source, name_at, products};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The crates that are checked, and the folder of each in which no circle may be.
const CHECKED: [(&str, &str); 2] =
    [("crates/train/src", "crates/train/src/"), ("crates/core/src", "crates/core/src/layer/")];

/// Imports that may close a circle: the file, the file it imports from, and the reason.
const ALLOWED: [(&str, &str, &str); 0] = [];

/// By file: the files that it imports from, each with a path that it imports.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// A path of names in a `use`, or in the middle of the code.
#[derive(Debug, PartialEq)]
struct Path {
    names: Vec<String>,
    /// Whether it stands in a `pub use` (or `pub(crate) use`).
    public: bool,
}

/// A module's file, and the paths that stand in it.
struct Module {
    file: String,
    paths: Vec<Path>,
}

/// The modules of a crate, by their path from the root. The root's own path is empty.
struct Crate(BTreeMap<Vec<String>, Module>);

impl Crate {
    /// The crate whose files lie below `src`.
    fn new(sources: &[Source], src: &str) -> Self {
        let below = sources.iter().filter_map(|source| {
            let path = source.name.strip_prefix(src)?.strip_prefix('/')?.strip_suffix(".rs")?;
            let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
            module.pop_if(|last| ["lib", "main", "mod"].contains(&last.as_str()));
            let paths = paths(&source.text);
            Some((module, Module { file: source.name.clone(), paths }))
        });
        Self(below.collect())
    }

    /// The imports among the files of a folder.
    fn imports(&self, folder: &str) -> Imports {
        let mut imports = Imports::new();
        for (module, Module { file, paths }) in &self.0 {
            let from = imports.entry(file.clone()).or_default();
            for path in paths {
                let Some(target) = self.target(module, &path.names, 0) else { continue };
                // A parent that re-exports the items of its children does not need them.
                let reexports = path.public && target.starts_with(module);
                if target != *module && !reexports {
                    let file = self.0[&target].file.clone();
                    from.entry(file).or_insert_with(|| path.names.join("::"));
                }
            }
            from.retain(|file, _| file.starts_with(folder));
        }
        imports.retain(|file, _| file.starts_with(folder));
        imports
    }

    /// The module in which a path of `module` ends, or `None` if it leads to another crate.
    fn target(&self, module: &[String], names: &[String], depth: usize) -> Option<Vec<String>> {
        let (first, mut rest) = names.split_first()?;
        let mut place = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            child => {
                let place = [module, &[child.to_owned()]].concat();
                self.0.contains_key(&place).then_some(place)?
            }
        };
        while let Some((name, after)) = rest.split_first() {
            let child = [&place[..], std::slice::from_ref(name)].concat();
            if name == "super" {
                place.pop()?;
            } else if self.0.contains_key(&child) {
                place = child;
            } else {
                return Some(self.reexported(&place, name, depth).unwrap_or(place));
            }
            rest = after;
        }
        Some(place)
    }

    /// The module that an item comes from which `place` re-exports.
    fn reexported(&self, place: &[String], name: &str, depth: usize) -> Option<Vec<String>> {
        // Two modules that re-export one another's items would be followed for ever.
        if depth > 8 {
            return None;
        }
        let public = self.0.get(place)?.paths.iter().filter(|path| path.public);
        let mut exports = public.filter(|path| path.names.last().is_some_and(|last| last == name));
        exports.find_map(|path| self.target(place, &path.names, depth + 1))
    }
}

/// The paths in a file that may lead to other files of its crate: those of its `use` items, and
/// those that begin with `crate` or `super`.
fn paths(text: &str) -> Vec<Path> {
    let scan = Scan::without_tests(text);
    let code = scan.code.as_str();
    let mut paths = Vec::new();
    let mut seen = 0;
    let mut starts: Vec<(usize, bool)> = scan.words("use").iter().map(|at| (*at, true)).collect();
    starts.extend(["crate", "super"].iter().flat_map(|w| scan.words(w)).map(|at| (at, false)));
    starts.sort_unstable();
    for (at, item) in starts {
        // The names inside a `use` have been read with it.
        if at < seen {
            continue;
        }
        let before = code[..at].trim_end();
        let (start, public) = if item {
            (at + "use".len(), before.ends_with("pub") || before.ends_with(')'))
        } else if code[at..].starts_with("crate::") || code[at..].starts_with("super::") {
            (at, false)
        } else {
            continue;
        };
        let mut found = Vec::new();
        seen = tree(code, start, &[], &mut found);
        paths.extend(found.into_iter().map(|names| Path { names, public }));
    }
    paths
}

/// Reads a tree of paths such as `a::b::{c, d::e}`, adds its paths to `found`, and gives back its end.
fn tree(code: &str, start: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let bytes = code.as_bytes();
    let mut names = prefix.to_vec();
    let mut at = start;
    loop {
        at = next_word(code, at);
        if bytes.get(at) == Some(&b'{') {
            at += 1;
            loop {
                at = next_word(code, tree(code, at, &names, found));
                match bytes.get(at) {
                    Some(b',') => at += 1,
                    Some(b'}') => return at + 1,
                    _ => return at,
                }
            }
        }
        let name = name_at(code, at);
        let glob = bytes.get(at) == Some(&b'*');
        if name.is_empty() && !glob {
            return at;
        }
        at += name.len().max(1);
        // `self` at the end of a list names the module before it.
        if !glob && (name != "self" || names.is_empty()) {
            names.push(name.to_owned());
        }
        if !code[at..].starts_with("::") {
            found.push(names);
            // A new name after `as` is passed over.
            let renamed = next_word(code, at);
            if name_at(code, renamed) != "as" {
                return at;
            }
            let name = next_word(code, renamed + "as".len());
            return name + name_at(code, name).len();
        }
        at += "::".len();
    }
}

/// The first byte from `at` on that is no space.
fn next_word(code: &str, at: usize) -> usize {
    code.len() - code[at..].trim_start().len()
}

/// A shortest circle through each group of files that all reach one another. Every file of it
/// imports from the one that follows, and the last from the first.
fn circles(imports: &Imports) -> Vec<Vec<&str>> {
    let reached: BTreeMap<&str, BTreeMap<&str, &str>> =
        imports.keys().map(|file| (file.as_str(), reached(imports, file))).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut circles = Vec::new();
    for (file, ways) in &reached {
        if done.contains(file) || !ways.contains_key(file) {
            continue;
        }
        let group = ways.keys().copied().filter(|other| reached[other].contains_key(file));
        let group: Vec<&str> = group.collect();
        let shortest = group.iter().map(|file| circle(&reached[file], file));
        circles.extend(shortest.min_by_key(Vec::len));
        done.extend(&group);
    }
    circles
}

/// The files that one reaches by imports, each with the file before it on a shortest way.
fn reached<'a>(imports: &'a Imports, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut before = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(file) = next.pop_front() {
        for target in imports.get(file).into_iter().flat_map(|targets| targets.keys()) {
            before.entry(target.as_str()).or_insert_with(|| {
                next.push_back(target);
                file
            });
        }
    }
    before
}

/// A shortest circle through a file, found from the ways that begin there.
fn circle<'a>(before: &BTreeMap<&'a str, &'a str>, file: &'a str) -> Vec<&'a str> {
    let mut way = vec![before[file]];
    while way[way.len() - 1] != file {
        way.push(before[way[way.len() - 1]]);
    }
    way.reverse();
    way
}

/// A circle for people: each file, and the path that it imports from the next.
fn describe(circle: &[&str], imports: &Imports) -> String {
    let next = circle.iter().cycle().skip(1);
    let steps = circle.iter().zip(next);
    let steps = steps.map(|(file, next)| format!("  {file} imports {}", imports[*file][*next]));
    steps.collect::<Vec<_>>().join("\n")
}

#[test]
fn files_import_in_one_direction() {
    let sources = products();
    let mut wrong = Vec::new();
    let mut unneeded: Vec<_> = ALLOWED.to_vec();
    for (src, folder) in CHECKED {
        let mut imports = Crate::new(&sources, src).imports(folder);
        assert!(imports.len() > 10, "{folder} has files");
        for (file, from, _) in ALLOWED {
            let removed = imports.get_mut(file).and_then(|targets| targets.remove(from));
            if removed.is_some() {
                unneeded.retain(|entry| (entry.0, entry.1) != (file, from));
            }
        }
        wrong.extend(circles(&imports).iter().map(|circle| describe(circle, &imports)));
    }
    wrong.extend(unneeded.iter().map(|entry| format!("{entry:?} is allowed, and not imported")));
    assert!(
        wrong.is_empty(),
        "{} circles (one of each group of files that need one another):\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[cfg(test)]
fn imports(files: &[(&str, &str)]) -> Imports {
    let source = |(name, text): &(&str, &str)| Source {
        name: format!("a/src/{name}"),
        text: (*text).to_owned(),
    };
    let sources: Vec<Source> = files.iter().map(source).collect();
    Crate::new(&sources, "a/src").imports("a/src/")
}

#[test]
fn a_circle_is_found_and_a_reexport_is_none() {
    let layers = [
        ("lib.rs", "pub mod error;\nmod layer;\npub use error::{Error, Result};\n"),
        ("error.rs", "pub struct Error;"),
        ("layer/mod.rs", "mod dense;\nmod pass;\npub use dense::Dense;\npub use pass::Pass;\n"),
        ("layer/dense.rs", "use crate::{Result, layer::Shape};\nuse super::Pass;\n"),
        ("layer/pass.rs", "use crate::error;\nuse std::{fmt, io as other};\n"),
    ];
    let open = imports(&layers);
    assert!(circles(&open).is_empty(), "{open:?}");
    let dense = &open["a/src/layer/dense.rs"];
    let found = ["a/src/error.rs", "a/src/layer/mod.rs", "a/src/layer/pass.rs"];
    assert_eq!(dense.keys().collect::<Vec<_>>(), found);

    let mut closed = layers;
    closed[4].1 = "use super::super::error;\nfn a() { super::dense::b() }\n";
    let closed = imports(&closed);
    let circles = circles(&closed);
    assert_eq!(circles, [["a/src/layer/dense.rs", "a/src/layer/pass.rs"]]);
    let text = describe(&circles[0], &closed);
    assert!(text.contains("pass.rs imports super::dense::b"), "{text}");

    let mut tested = layers;
    tested[4].1 = "#[cfg(test)]\nmod tests {\n    use super::super::dense;\n}\n";
    assert!(self::circles(&imports(&tested)).is_empty());
}

#[test]
fn every_path_of_a_use_is_read() {
    let text = "pub(crate) use super::{a, b::{self, C as D}, e::*};\nuse crate::f;\nfn g(_: crate::h::I) {}";
    let found: Vec<(String, bool)> =
        paths(text).into_iter().map(|path| (path.names.join("::"), path.public)).collect();
    let expected = [
        ("super::a", true),
        ("super::b", true),
        ("super::b::C", true),
        ("super::e", true),
        ("crate::f", false),
        ("crate::h::I", false),
    ];
    assert_eq!(found, expected.map(|(path, public)| (path.to_owned(), public)));
}
