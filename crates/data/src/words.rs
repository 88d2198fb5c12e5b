//! Finds the word that a person means.

/// The known word that is within `most` edits of `got`, the most similar one, or else the only one that
/// `got` is a part of.
pub fn closest<S: AsRef<str>>(
    got: &str,
    known: impl IntoIterator<Item = S>,
    most: usize,
) -> Option<String> {
    let known: Vec<S> = known.into_iter().collect();
    let distances = known.iter().map(AsRef::as_ref);
    let distances = distances.map(|word| (strsim::damerau_levenshtein(got, word), word));
    let most = most.min(got.len().div_ceil(2));
    let near = distances.filter(|(edits, word)| *edits <= most.min(word.len() / 2 + 1));
    let plain = |word: &str| word.replace(['-', '_'], "");
    let part = || {
        let mut longer =
            known.iter().map(AsRef::as_ref).filter(|word| plain(word).contains(&plain(got)));
        longer.next().filter(|_| got.len() >= 4 && longer.next().is_none())
    };
    near.min().map(|(_, word)| word).or_else(part).map(str::to_owned)
}

/// The hint `; did you mean "…"?` with the word, or an empty text.
pub fn hint(word: Option<String>) -> String {
    word.map_or(String::new(), |word| format!("; did you mean \"{word}\"?"))
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn the_closest_word_has_something_in_common() {
        let methods = ["mt", "mt-s", "ssim", "mamdr", "paper-ali-mama"];
        for (got, expected) in [
            ("mtt", Some("mt")),
            ("sim", Some("ssim")),
            ("mmoe", None),
            ("alimama", Some("paper-ali-mama")),
            ("x", None),
        ] {
            assert_eq!(closest(got, methods, 3).as_deref(), expected, "{got}");
        }
    }
}
