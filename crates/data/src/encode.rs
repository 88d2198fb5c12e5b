//! Turns the codes of keys into the ids of fields. Per row and key this is one look-up, which gives
//! the ids of all fields that depend on the key.

use crate::count::{WAVE, values};
use crate::error::Result;
use crate::raw::{Block, FieldOrigin, Held, Raw};
use crate::reading::ReadProgress;
use crate::split::Part;
use ssim_core::instances::{Instances, Planted};
use ssim_core::parallel;
use ssim_core::schema::Schema;

/// Encodes the rows of a log that is already split, with vocabularies that are already fitted.
pub struct Encoder {
    raw: Raw,
    schema: Schema,
    /// For each field, `[F]`: the ids of the values of its joined column; empty if the field is a
    /// key.
    joined: Vec<Vec<u32>>,
}

/// The ids of one key's values in one generation of codes.
struct Ids {
    /// The fields that depend on the key.
    fields: Vec<usize>,
    /// The ids by code, row-major, `[values, fields]`.
    ids: Vec<u32>,
}

impl Encoder {
    pub(crate) fn new(raw: Raw, schema: &Schema) -> Self {
        let fields = schema.fields.iter().zip(schema.offsets()).zip(&raw.fields).collect();
        let joined =
            parallel::map(fields, |((field, offset), FieldOrigin { key, column })| {
                match (&raw.keys[*key].side, column) {
                    (Some(side), Some(column)) => side
                        .values(*column)
                        .texts()
                        .map(|text| offset + field.encode(text))
                        .collect(),
                    _ => Vec::new(),
                }
            });
        Self { joined, schema: schema.clone(), raw }
    }

    /// The schema, which gives the ids their meaning.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// True if the rows are synthetic, so that their planted truth is known.
    #[cfg(feature = "table")]
    pub(crate) fn planted(&self) -> bool {
        self.raw.planted
    }

    /// Encodes all rows block by block, in the order of the log. Calls `take` with the train,
    /// validation and test rows of each block.
    ///
    /// # Errors
    /// `take` or the scratch file fails.
    pub fn each(mut self, mut take: impl FnMut([Instances; 3]) -> Result<()> + Send) -> Result<()> {
        // The blocks leave `raw` one by one, so that each is freed as soon as it is encoded.
        let mut held = std::mem::take(&mut self.raw.blocks).into_iter();
        let ends: Vec<usize> = self.raw.generations.iter().map(|past| past.blocks).collect();
        let mut block = 0;
        let mut row = 0;
        for (generation, end) in ends.into_iter().chain([usize::MAX]).enumerate() {
            let keys = (0..self.raw.keys.len()).collect();
            let ids = parallel::map(keys, |key| self.ids(key, generation));
            let ids = ids.into_iter().collect::<Result<Vec<_>>>()?;
            let mut encoded = Vec::new();
            loop {
                let wave: Vec<Held> = held.by_ref().take(WAVE.min(end - block)).collect();
                block += wave.len();
                let mut starts = Vec::with_capacity(wave.len());
                for held in wave {
                    starts.push((row, held.len(), held));
                    row += starts.last().map_or(0, |(_, n, _)| *n);
                }
                // Hands the previous wave on while this one is encoded. The loop therefore needs
                // one more turn with an empty wave, which hands on the last rows of the generation.
                let last = starts.is_empty();
                let (taken, more) = parallel::join(
                    || {
                        std::mem::take(&mut encoded)
                            .into_iter()
                            .try_for_each(|rows: Result<_>| take(rows?))
                    },
                    || parallel::map(starts, |(start, n, held)| self.encode(&ids, start, n, held)),
                );
                taken?;
                self.raw.report(ReadProgress::Encoded(row, self.raw.len()))?;
                encoded = more;
                if last {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Looks up the ids of all values of a key.
    fn ids(&self, key: usize, generation: usize) -> Result<Ids> {
        let origins = || self.raw.fields.iter().enumerate().filter(|(_, o)| o.key == key);
        let fields: Vec<usize> = origins().map(|(f, _)| f).collect();
        let offsets = self.schema.offsets();
        let values = values(&self.raw, key, generation)?;
        let mut ids = Vec::with_capacity(fields.len() * values.len());
        let mut codes = Vec::new();
        for text in values.texts() {
            if let Some(side) = &self.raw.keys[key].side {
                codes.clear();
                codes.extend(side.codes(side.row(text)));
            }
            ids.extend(origins().map(|(f, origin)| match origin.column {
                Some(column) => self.joined[f][codes[column] as usize],
                None => offsets[f] + self.schema.fields[f].encode(text),
            }));
        }
        Ok(Ids { fields, ids })
    }

    /// Encodes the rows of a block and divides them into the three splits.
    fn encode(&self, ids: &[Ids], start: usize, n: usize, held: Held) -> Result<[Instances; 3]> {
        let block = match held {
            Held::Here(block) => block,
            there => self.raw.load(&there)?.into_owned(),
        };
        let parts = &self.raw.parts[start..start + n];
        let mut out = [0, 1, 2].map(|part| self.empty(&block, parts, part));
        for (i, part) in parts.iter().enumerate() {
            let Some(out) = out.get_mut(usize::from(*part)) else { continue };
            let at = out.ids.len();
            out.ids.resize(at + out.fields, 0);
            for (key, codes) in ids.iter().zip(&block.keys) {
                let from = codes[i] as usize * key.fields.len();
                for (f, id) in key.fields.iter().zip(&key.ids[from..]) {
                    out.ids[at + f] = *id;
                }
            }
            out.labels.push(self.raw.labels[start + i]);
            out.scenarios.push(self.raw.scenarios[start + i]);
            out.rows.push(block.rows[i]);
            if let (Some(to), Some(from)) = (&mut out.planted, &block.planted) {
                to.shared.push(from.shared[i]);
                to.probability.push(from.probability[i]);
            }
        }
        Ok(out)
    }

    /// Instances without rows, with enough capacity for the rows of `part` in this block.
    fn empty(&self, block: &Block, parts: &[Part], part: Part) -> Instances {
        let n = parts.iter().filter(|p| **p == part).count();
        Instances {
            ids: Vec::with_capacity(n * self.schema.fields.len()),
            labels: Vec::with_capacity(n),
            scenarios: Vec::with_capacity(n),
            rows: Vec::with_capacity(n),
            planted: block.planted.as_ref().map(|_| Planted::default()),
            ..Instances::of(&self.schema)
        }
    }
}
