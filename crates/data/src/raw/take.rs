//! Takes parsed rows into a [`Raw`], in the order of the log. Blocks and values that exceed the
//! memory limit go to the scratch file.

use super::{Block, Generation, Held, Parsed, Raw};
use crate::error::{Error, OnError, Result};
use crate::reading::ReadProgress;
use ssim_core::parallel;
use ssim_core::spelling::respelled;

impl Raw {
    /// Begins the next file of a log. The files before it have `before` lines altogether.
    #[cfg(feature = "table")]
    pub(crate) fn begin(&mut self, file: &str, before: u64) {
        self.files.push((before, file.to_owned()));
        self.before = self.len();
    }

    /// Reads a file: `next` returns its blocks, and `parse` parses a block on one of the workers.
    /// The results are taken in the order of the blocks. Returns the number of rows that were
    /// parsed.
    ///
    /// It works on three waves of blocks at the same time: it takes in the results of the first,
    /// parses the second, and reads the third.
    pub(crate) fn read<B: Send>(
        &mut self,
        mut next: impl FnMut() -> Option<B> + Send,
        parse: impl Fn(B) -> Parsed + Sync + Send,
    ) -> Result<usize> {
        let wave = 2 * parallel::workers();
        let mut read_wave = || (0..wave).map_while(|_| next()).collect::<Vec<B>>();
        let mut seen = 0;
        let mut parsed = Vec::new();
        let mut blocks = read_wave();
        loop {
            let (more, (parsed_next, blocks_next)) = parallel::join(
                || self.take(parsed),
                || parallel::join(|| parallel::map(blocks, &parse), &mut read_wave),
            );
            seen += parsed_next.iter().map(|p: &Parsed| p.seen).sum::<usize>();
            // An empty wave follows the end of the file; by then everything before it has been
            // taken in.
            if !more? || parsed_next.is_empty() {
                return Ok(seen);
            }
            parsed = parsed_next;
            blocks = blocks_next;
        }
    }

    /// Takes in the rows of a wave. Returns false if the limit of the file is reached.
    fn take(&mut self, mut wave: Vec<Parsed>) -> Result<bool> {
        let (file, lines) = match self.files.last() {
            Some((before, file)) => (file.clone(), *before),
            None => (self.source.clone(), 0),
        };
        // First all errors, in the order of the log: the first bad row must be the one that is
        // reported.
        let mut room = self.limit.saturating_sub(self.len() - self.before);
        for parsed in &mut wave {
            parsed.truncate(room, |row| row - lines);
            room -= parsed.rows.len();
            self.records += parsed.seen;
            for reject in parsed.rejects.drain(..) {
                self.on_error.handle(&file, &mut self.rejects, reject)?;
            }
            if let Some(end) = parsed.end.take() {
                return Err(end);
            }
        }
        // Codes follow the order of the log, so one worker takes a whole key. The result is
        // `[K][blocks][n]`.
        let keys = self.keys.iter_mut().enumerate().collect();
        let mut codes: Vec<Vec<Vec<u32>>> = parallel::map(keys, |(k, key)| {
            wave.iter().map(|p| p.keys[k].iter().map(|t| key.values.code(t)).collect()).collect()
        });
        for (at, parsed) in wave.into_iter().enumerate().filter(|(_, p)| !p.rows.is_empty()) {
            // If bad rows are errors, the first one will stop the preparation, so one is enough.
            let wanted = match self.on_error {
                OnError::Fail => 1 - self.unknown_splits.len(),
                OnError::Skip => usize::MAX,
            };
            self.unknown_splits.extend(parsed.unknown_splits.into_iter().take(wanted));
            self.labels.extend_from_slice(&parsed.labels);
            self.parts.extend_from_slice(&parsed.parts);
            let keys = codes.iter_mut().map(|key| std::mem::take(&mut key[at])).collect();
            self.push(Block { rows: parsed.rows, keys, planted: None })?;
        }
        // Only between waves, because the blocks of a wave have codes of the same generation.
        if self.keys.iter().map(|key| key.values.bytes()).sum::<usize>() > self.memory {
            self.start_generation()?;
        }
        self.report(ReadProgress::Read(self.len()))?;
        Ok(room > 0)
    }

    /// Takes in a block. The caller has already added its labels and parts.
    pub(crate) fn push(&mut self, block: Block) -> Result<()> {
        let Self { scenario, keys, .. } = self;
        let key = &keys[scenario.origin.key];
        // Values that are new since the last block need a scenario name; it is worked out once per
        // value.
        for code in scenario.name_codes.len() as u32..key.values.len() as u32 {
            let text = key.values.text(code);
            let name = match (&key.side, scenario.origin.column) {
                (Some(side), Some(column)) => {
                    let code = side.codes(side.row(text)).nth(column);
                    side.values(column).text(code.unwrap_or_default())
                }
                _ => text,
            };
            let spelled = respelled(name);
            let name = spelled.as_deref().unwrap_or(name);
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

    /// Moves the values of all keys to the scratch file and begins a new generation of codes.
    /// Without a scratch file, it does nothing.
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
        // This is indexed by the codes of the ended generation. The scenario names themselves keep
        // their codes, because `scenarios` already has them.
        self.scenario.name_codes.clear();
        self.generations.push(Generation { values, blocks: self.blocks.len() });
        Ok(())
    }
}
