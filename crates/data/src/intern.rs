//! Raw text is kept once per distinct value.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// Gives every distinct text a code, in order of appearance. The texts lie one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    /// Half a hash and the code of every text.
    index: HashTable<(u32, u32)>,
    text: String,
    ends: Vec<usize>,
}

/// Half a hash, which is all that is kept of it.
fn mark(text: &str) -> u32 {
    FixedState::default().hash_one(text.as_bytes()) as u32
}

/// A table takes a place from the low bits of a hash and a tag from the high ones.
fn spread(mark: u32) -> u64 {
    u64::from(mark) << 32 | u64::from(mark)
}

impl Interner {
    /// The code of `text`.
    pub fn code(&mut self, text: &str) -> u32 {
        let Self { index, text: all, ends } = self;
        let mark = mark(text);
        let same = |e: &(u32, u32)| e.0 == mark && part(all, ends, e.1) == text;
        match index.entry(spread(mark), same, |e| spread(e.0)) {
            Entry::Occupied(entry) => entry.get().1,
            Entry::Vacant(place) => {
                let code = ends.len() as u32;
                place.insert((mark, code));
                all.push_str(text);
                ends.push(all.len());
                code
            }
        }
    }

    /// The code of `text`, where it has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        let mark = mark(text);
        let same = |e: &(u32, u32)| e.0 == mark && self.text(e.1) == text;
        self.index.find(spread(mark), same).map(|e| e.1)
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
        self.text.capacity() + 8 * self.ends.capacity() + 9 * self.index.capacity()
    }
}

/// The text of a code.
fn part<'a>(text: &'a str, ends: &[usize], code: u32) -> &'a str {
    let code = code as usize;
    let start = code.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[code]]
}
