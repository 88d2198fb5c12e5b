//! Raw text is kept once per distinct value.

use crate::raw::Values;
use std::collections::HashMap;

/// Gives every distinct text a code, in order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Interner(HashMap<Box<str>, u32>);

impl Interner {
    /// The code of `text`.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.0.get(text) {
            return *code;
        }
        let code = self.0.len() as u32;
        self.0.insert(text.into(), code);
        code
    }

    /// The values in order of their codes.
    pub fn finish(self, name: &str, position: u64) -> Values {
        let mut values = vec![Box::default(); self.0.len()];
        #[allow(clippy::iter_over_hash_type)] // every value goes to its own place
        for (text, code) in self.0 {
            values[code as usize] = text;
        }
        Values { name: name.to_owned(), position, values }
    }
}
