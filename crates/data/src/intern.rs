//! Raw text is kept once per distinct value.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// Gives every distinct text a code, in order of appearance. The texts lie one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    /// The key and the code of every text.
    index: HashTable<(u64, u32)>,
    text: String,
    ends: Vec<usize>,
}

/// The last byte of a key that is a hash; that of others is the length of their text.
const HASHED: u64 = 0xff << 56;

/// A text of up to 7 bytes itself, as ids in logs mostly are: whoever looks one up need not look at the
/// texts. Of longer ones a hash.
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

fn spread(key: u64) -> u64 {
    FixedState::default().hash_one(key)
}

impl Interner {
    /// The code of `text`.
    pub fn code(&mut self, text: &str) -> u32 {
        let Self { index, text: all, ends } = self;
        let key = key(text);
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

    /// The code of `text`, where it has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        let key = key(text);
        let same = |e: &(u64, u32)| e.0 == key && (key < HASHED || self.text(e.1) == text);
        self.index.find(spread(key), same).map(|e| e.1)
    }

    /// The text of a code.
    pub fn text(&self, code: u32) -> &str {
        part(&self.text, &self.ends, code)
    }

    /// The texts in order of their codes.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len() as u32).map(|code| self.text(code))
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + 8 * self.ends.capacity() + 17 * self.index.capacity()
    }
}

/// The text of a code.
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
        /// Texts on both sides of the length that a key holds, of few letters so that some are equal.
        #[test]
        fn texts_have_one_code_each(texts in prop::collection::vec("[a\u{0}ü]{0,9}", 0..200)) {
            let (mut interner, mut codes) = (Interner::default(), BTreeMap::new());
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
