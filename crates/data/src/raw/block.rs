//! Some rows of a log as codes, and their form as bytes in the scratch file.

use ssim_core::instances::Planted;

/// The codes of `n` rows with `K` keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    /// Line of each row in the log, `[n]`.
    pub rows: Vec<u64>,
    /// Codes of every key, `[K][n]`.
    pub keys: Vec<Vec<u32>>,
    /// The planted truth of the rows; only for synthetic data.
    pub planted: Option<Planted>,
}

impl Block {
    /// Memory of the columns in bytes.
    pub fn bytes(&self) -> usize {
        self.rows.len() * (8 + 4 * self.keys.len() + 5 * usize::from(self.planted.is_some()))
    }

    /// The block as bytes: number of rows (u32), number of keys (u32), one byte that is 1 if there
    /// is a planted truth, and then the columns. All numbers are little-endian.
    pub fn pack(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(self.bytes() + 9);
        to.extend((self.rows.len() as u32).to_le_bytes());
        to.extend((self.keys.len() as u32).to_le_bytes());
        to.push(u8::from(self.planted.is_some()));
        to.extend(self.rows.iter().flat_map(|row| row.to_le_bytes()));
        to.extend(self.keys.iter().flatten().flat_map(|code| code.to_le_bytes()));
        if let Some(planted) = &self.planted {
            to.extend(planted.shared.iter().map(|s| u8::from(*s)));
            to.extend(planted.probability.iter().flat_map(|p| p.to_le_bytes()));
        }
        to
    }

    /// Reads a block from the bytes of [`pack`](Block::pack).
    pub fn unpack(bytes: &[u8]) -> Self {
        let mut from = bytes;
        let n = number(take(&mut from, 4));
        let keys = number(take(&mut from, 4));
        let planted = take(&mut from, 1) != [0];
        Self {
            rows: take(&mut from, 8 * n)
                .chunks_exact(8)
                .map(|b| u64::from_le_bytes(array(b)))
                .collect(),
            keys: (0..keys).map(|_| numbers(take(&mut from, 4 * n))).collect(),
            planted: planted.then(|| Planted {
                shared: take(&mut from, n).iter().map(|s| *s != 0).collect(),
                probability: take(&mut from, 4 * n)
                    .chunks_exact(4)
                    .map(|b| f32::from_le_bytes(array(b)))
                    .collect(),
            }),
        }
    }
}

/// Takes the next `n` bytes, or fewer if there are not so many.
fn take<'a>(from: &mut &'a [u8], n: usize) -> &'a [u8] {
    let (head, rest) = from.split_at(n.min(from.len()));
    *from = rest;
    head
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|i| bytes[i])
}

fn number(bytes: &[u8]) -> usize {
    u32::from_le_bytes(array(bytes)) as usize
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|b| u32::from_le_bytes(array(b))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_give_the_block_back() {
        let mut block = Block {
            rows: vec![2, 3, 1 << 40],
            keys: vec![vec![0, 1, u32::MAX], vec![7, 7, 8]],
            planted: None,
        };
        assert_eq!(Block::unpack(&block.pack()), block);
        block.planted =
            Some(Planted { shared: vec![true, false, true], probability: vec![0.5, 0.25, 1e-9] });
        assert_eq!(Block::unpack(&block.pack()), block);
        assert_eq!(block.bytes() + 9, block.pack().len());
    }
}
