//! Rows come in, in the order of the log, as many as the memory holds; the others go to the scratch file.

use super::{Block, Generation, Held, Parsed, Raw};
use crate::error::{Error, OnError, Result};
use crate::reading::ReadProgress;
use ssim_core::parallel;

impl Raw {
    /// Rows that follow are lines of `file`, which comes after `before` lines of other files.
    #[cfg(feature = "table")]
    pub(crate) fn begin(&mut self, file: &str, before: u64) {
        self.files.push((before, file.to_owned()));
        self.before = self.len();
    }

    /// Hands blocks to all workers and takes what they make of them, in order; gives back how many rows
    /// they have seen. While some blocks are parsed, those before them are taken in and those after them read.
    pub(crate) fn read<B: Send>(
        &mut self,
        mut next: impl FnMut() -> Option<B> + Send,
        parse: impl Fn(B) -> Parsed + Sync + Send,
    ) -> Result<usize> {
        let wave = 2 * parallel::workers();
        let mut some = || (0..wave).map_while(|_| next()).collect::<Vec<B>>();
        let (mut seen, mut parsed, mut blocks) = (0, Vec::new(), some());
        loop {
            let (more, (made, following)) = parallel::join(
                || self.take(parsed),
                || parallel::join(|| parallel::map(blocks, &parse), &mut some),
            );
            seen += made.iter().map(|p: &Parsed| p.seen).sum::<usize>();
            if !more? || made.is_empty() {
                return Ok(seen);
            }
            (parsed, blocks) = (made, following);
        }
    }

    /// Takes rows in; false where no more are wanted.
    fn take(&mut self, mut wave: Vec<Parsed>) -> Result<bool> {
        let (file, lines) = match self.files.last() {
            Some((before, file)) => (file.clone(), *before),
            None => (self.source.clone(), 0),
        };
        let mut room = self.limit.saturating_sub(self.len() - self.before);
        for parsed in &mut wave {
            parsed.truncate(room, |row| row - lines);
            room -= parsed.rows.len();
            for reject in parsed.rejects.drain(..) {
                self.on_error.handle(&file, &mut self.rejects, reject)?;
            }
            if let Some(end) = parsed.end.take() {
                return Err(end);
            }
        }
        let keys = self.keys.iter_mut().enumerate().collect();
        let mut codes: Vec<Vec<Vec<u32>>> = parallel::map(keys, |(k, key)| {
            wave.iter().map(|p| p.keys[k].iter().map(|t| key.values.code(t)).collect()).collect()
        });
        for (at, parsed) in wave.into_iter().enumerate().filter(|(_, p)| !p.rows.is_empty()) {
            // The first one will end it all, or they are listed.
            let room = match self.on_error {
                OnError::Fail => 1 - self.unknown_splits.len(),
                OnError::Skip => usize::MAX,
            };
            self.unknown_splits.extend(parsed.unknown_splits.into_iter().take(room));
            self.labels.extend_from_slice(&parsed.labels);
            self.parts.extend_from_slice(&parsed.parts);
            let keys = codes.iter_mut().map(|of| std::mem::take(&mut of[at])).collect();
            self.push(Block { rows: parsed.rows, keys, planted: None })?;
        }
        if self.keys.iter().map(|key| key.values.bytes()).sum::<usize>() > self.memory {
            self.start_generation()?;
        }
        self.tell(ReadProgress::Read(self.len()))?;
        Ok(room > 0)
    }

    /// Takes in a block whose labels and parts are there.
    pub(crate) fn push(&mut self, block: Block) -> Result<()> {
        let Self { scenario, keys, .. } = self;
        let key = &keys[scenario.origin.key];
        for code in scenario.name_codes.len() as u32..key.values.len() as u32 {
            let text = key.values.text(code);
            let name = match (&key.side, scenario.origin.column) {
                (Some(side), Some(column)) => {
                    let code = side.codes(side.row(text)).nth(column);
                    side.values(column).text(code.unwrap_or_default())
                }
                _ => text,
            };
            let code = u16::try_from(scenario.names.code(name)).map_err(|_| {
                Error::Data(format!(
                    "{}: scenario column \"{}\": expected 2 to 65535 scenarios, got more",
                    self.source, scenario.name
                ))
            })?;
            scenario.name_codes.push(code);
        }
        let codes = &block.keys[scenario.origin.key];
        self.scenarios.extend(codes.iter().map(|code| scenario.name_codes[*code as usize]));
        self.planted |= block.planted.is_some();
        let bytes = block.bytes();
        let held = match &self.spill {
            Some(spill) if self.held + bytes > self.memory => {
                Held::There(block.rows.len(), spill.append(&block.pack())?)
            }
            _ => {
                self.held += bytes;
                Held::Here(block)
            }
        };
        self.blocks.push(held);
        Ok(())
    }

    /// Puts all values away and begins with new codes.
    pub(crate) fn start_generation(&mut self) -> Result<()> {
        let Some(spill) = &self.spill else { return Ok(()) };
        let mut values = Vec::with_capacity(self.keys.len());
        for key in &mut self.keys {
            let mut bytes = Vec::new();
            for text in std::mem::take(&mut key.values).texts() {
                bytes.extend((text.len() as u32).to_le_bytes());
                bytes.extend(text.as_bytes());
            }
            values.push(spill.append(&bytes)?);
        }
        self.scenario.name_codes.clear();
        self.generations.push(Generation { values, blocks: self.blocks.len() });
        Ok(())
    }
}
