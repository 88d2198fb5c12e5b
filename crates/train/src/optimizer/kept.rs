//! The optimisers' state at the end of a training, with which another training goes on.

use crate::config::EmbeddingOptimizer;

/// The count of steps that a training takes over at most. After so many steps the corrections of Adam's moments are 1
/// in 32 bits, so that a larger count would change nothing but the memory that replayed steps need.
pub(crate) const STEPS: u64 = 20_000;

/// Both moments of Adam for the dense parameters, and the state of the embedding table's optimiser, with every row up to
/// date.
pub struct KeptMoments {
    /// Steps that the training has taken.
    pub taken: u64,
    /// The steps that the optimisers go on after.
    pub(crate) steps: u64,
    pub(crate) kind: EmbeddingOptimizer,
    pub(crate) towers: usize,
    /// Name, first and second moments of every dense parameter.
    pub(crate) dense: Vec<(String, Vec<f32>, Vec<f32>)>,
    /// State of the table by id: `[N, D]` each, or nothing and `[N]` (rowwise Adagrad).
    pub(crate) table: [Vec<f32>; 2],
    /// Number of ids, `N`.
    pub(crate) ids: usize,
}

impl KeptMoments {
    /// The state for other ids: `before` says which of the ids so far each of them was, `[N]`; one that is new has moments
    /// of zero.
    #[must_use]
    pub fn of_ids(self, before: &[Option<u32>]) -> Self {
        let ids = self.ids;
        let table = self.table.map(|values| {
            let width = values.len() / ids.max(1);
            let row = |id: &Option<u32>| match id {
                Some(id) => values[*id as usize * width..(*id as usize + 1) * width].to_vec(),
                None => vec![0.0; width],
            };
            before.iter().flat_map(row).collect()
        });
        Self { table, ids: before.len(), ..self }
    }

    /// Whether a trainer's optimisers can go on with this state.
    pub(crate) fn fits(&self, towers: usize, kind: EmbeddingOptimizer, ids: usize) -> bool {
        self.towers == towers && self.kind == kind && self.ids == ids
    }
}

#[cfg(test)]
mod tests {
    use super::STEPS;
    use crate::optimizer::corrections;

    #[test]
    fn a_larger_count_of_steps_changes_nothing() {
        for later in [STEPS + 1, 10 * STEPS, 1 << 40] {
            assert_eq!(corrections(1e-3, STEPS), corrections(1e-3, later));
        }
        assert_ne!(corrections(1e-3, STEPS / 10), corrections(1e-3, STEPS));
    }
}
