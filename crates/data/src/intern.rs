//! Keeps every distinct text once and gives it a code.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// Gives every distinct text a code: 0, 1, 2, … in the order in which the texts appear.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    /// The key (see [`key`]) and the code of every text.
    index: HashTable<(u64, u32)>,
    /// All texts in a row, without separators.
    text: String,
    /// The end of each text in `text`, by code.
    ends: Vec<usize>,
}

/// The highest byte of a key that is a hash. In other keys this byte is the length of the text, 0
/// to 7.
const HASHED: u64 = 0xff << 56;

/// The key of a text in the index. A text of up to 7 bytes is its own key; ids in logs are mostly
/// that short, and comparing keys then is enough to find them. The key of a longer text is a hash.
fn key(text: &str) -> u64 {
    let bytes = text.as_bytes();
    if bytes.len() > 7 {
        return FixedState::default().hash_one(bytes) | HASHED;
    }
    let mut key = [0; 8];
    key[..bytes.len()].copy_from_slice(bytes);
    key[7] = bytes.len() as u8;
    u64::from_le_bytes(key)
}

/// The hash of a key, for its place in the table.
fn spread(key: u64) -> u64 {
    FixedState::default().hash_one(key)
}

impl Interner {
    /// The code of `text`; a new text gets the next code.
    pub fn code(&mut self, text: &str) -> u32 {
        let Self { index, text: all, ends } = self;
        let key = key(text);
        // Two long texts may have the same hash, so only for them the texts are compared, too.
        let same = |e: &(u64, u32)| e.0 == key && (key < HASHED || part(all, ends, e.1) == text);
        match index.entry(spread(key), same, |e| spread(e.0)) {
            Entry::Occupied(entry) => entry.get().1,
            Entry::Vacant(place) => {
                let code = ends.len() as u32;
                place.insert((key, code));
                all.push_str(text);
                ends.push(all.len());
                code
            }
        }
    }

    /// The code of `text`, or `None` if it has no code yet.
    pub fn find(&self, text: &str) -> Option<u32> {
        let key = key(text);
        let same = |e: &(u64, u32)| e.0 == key && (key < HASHED || self.text(e.1) == text);
        self.index.find(spread(key), same).map(|e| e.1)
    }

    /// The text of a code.
    pub fn text(&self, code: u32) -> &str {
        part(&self.text, &self.ends, code)
    }

    /// All texts in the order of their codes.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len() as u32).map(|code| self.text(code))
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Approximate memory in bytes.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + 8 * self.ends.capacity() + 17 * self.index.capacity()
    }
}

/// The text of a code in the joined texts.
fn part<'a>(text: &'a str, ends: &[usize], code: u32) -> &'a str {
    let code = code as usize;
    let start = code.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[code]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Texts of 0 to 9 letters, some shorter and some longer than a key can hold. They use only
        /// three letters, so that some texts are equal.
        #[test]
        fn texts_have_one_code_each(texts in prop::collection::vec("[a\u{0}ü]{0,9}", 0..200)) {
            let mut interner = Interner::default();
            let mut codes = BTreeMap::new();
            for text in &texts {
                let next = codes.len() as u32;
                prop_assert_eq!(interner.find(text), codes.get(text).copied());
                prop_assert_eq!(interner.code(text), *codes.entry(text).or_insert(next));
            }
            prop_assert_eq!(interner.len(), codes.len());
            for (text, code) in codes {
                prop_assert_eq!(interner.text(code), text);
                prop_assert_eq!(interner.find(text), Some(code));
            }
        }
    }
}
