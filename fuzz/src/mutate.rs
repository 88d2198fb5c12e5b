//! Changes files at random, with a seed, for tests that run everywhere. The crates that do this
//! bring an engine of their own or change typed values instead of bytes.

use ssim_core::rng::Stream;

/// Numbers at which programs go wrong.
const NUMBERS: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    i64::MAX as u64,
    u64::MAX,
];

/// Pieces of text that formats treat in a special way.
const TEXTS: [&str; 20] = [
    "\"", "\"\"", "\n", "\r\n", "\r", ",", "\0", "-", "-1", "1e999", "NaN", "inf", ".5", "null",
    "[", "]", "{", "}", "=", "\u{feff}",
];

/// Makes changed copies of the files of a corpus.
pub struct Mutator<'a> {
    corpus: &'a [Vec<u8>],
    random: Stream,
}

impl<'a> Mutator<'a> {
    /// The same name and corpus give the same files.
    pub fn new(name: &str, corpus: &'a [Vec<u8>]) -> Self {
        Self { corpus, random: Stream::new(1, name, &[]) }
    }

    fn below(&mut self, n: usize) -> usize {
        self.random.below(n.max(1) as u64) as usize
    }

    /// A file of the corpus with one to eight changes; at most twice as long as the longest one.
    pub fn file(&mut self) -> Vec<u8> {
        let file = self.below(self.corpus.len());
        let mut data = self.corpus.get(file).cloned().unwrap_or_default();
        for _ in 0..=self.below(8) {
            self.change(&mut data);
        }
        let longest = self.corpus.iter().map(Vec::len).max().unwrap_or(64);
        data.truncate(2 * longest.max(64));
        data
    }

    fn change(&mut self, data: &mut Vec<u8>) {
        let at = self.below(data.len());
        let end = at + self.below((data.len() - at.min(data.len())).min(64) + 1);
        match self.below(10) {
            0 | 1 if !data.is_empty() => data[at] ^= 1 << self.below(8),
            2 if !data.is_empty() => data[at] = self.random.bits() as u8,
            3 => {
                let bytes = NUMBERS[self.below(NUMBERS.len())].to_le_bytes();
                let width = [1, 2, 4, 8][self.below(4)];
                data.iter_mut().skip(at).zip(&bytes[..width]).for_each(|(to, b)| *to = *b);
            }
            4 => {
                let text = TEXTS[self.below(TEXTS.len())];
                data.splice(at..at, text.bytes());
            }
            5 => drop(data.drain(at..end)),
            6 => {
                let piece = data[at..end].to_vec();
                let to = self.below(data.len() + 1);
                data.splice(to..to, piece);
            }
            7 => {
                // A piece of another file in place of this one's.
                let other = &self.corpus[self.below(self.corpus.len())];
                let from = self.below(other.len());
                let to = from + self.below((other.len() - from).min(64) + 1);
                let piece = other[from..to].to_vec();
                data.splice(at..end, piece);
            }
            8 => {
                // One digit more or less makes another number.
                let digits: Vec<usize> =
                    (0..data.len()).filter(|i| data[*i].is_ascii_digit()).collect();
                if !digits.is_empty() {
                    let at = digits[self.below(digits.len())];
                    data[at] = b'0' + self.below(10) as u8;
                }
            }
            _ if self.below(8) == 0 => data.truncate(at),
            _ => (),
        }
    }
}
