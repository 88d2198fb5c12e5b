//! The rows of a slice on their way to the towers.

use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::{Pass, RowPass};
use crate::routing::Routing;
use candle_core::{DType, Tensor};

/// The rows of a slice, and the towers that see them.
pub struct RoutedSlice<'a> {
    /// The rows.
    pub lookup: &'a Lookup<'a>,
    /// The towers of each row.
    pub routing: &'a Routing,
    /// How the rows go through the networks.
    pub pass: &'a Pass,
}

/// [`super::Backbone::tower`] of one backbone.
type Tower<'a> = dyn Fn(usize, &Tensor, &[Tensor], &RowPass) -> Result<Tensor> + 'a;

impl RoutedSlice<'_> {
    /// The towers that see rows, with the pass of these rows.
    pub fn busy(&self) -> impl Iterator<Item = (usize, RowPass)> {
        let towers = (0..self.routing.towers()).map(|k| (k, self.routing.tower(k)));
        let busy = towers.filter(|(_, rows)| !rows.is_empty());
        busy.map(|(k, rows)| (k, self.pass.rows(rows, k)))
    }

    /// The embedded rows, `[m, F·D]`, as one leaf, if towers can run as one operation: in a training
    /// step in host memory.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn leaf(&self) -> Result<Option<Tensor>> {
        let fuses = self.lookup.tracks() && self.pass.fuses(self.lookup.device());
        (fuses && !self.routing.pairs().is_empty()).then(|| self.lookup.all()).transpose()
    }

    /// The rows of `common`, `[m, …]`, for all pairs: `[P, …]`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn spread(&self, common: &Tensor) -> Result<Tensor> {
        let at = Tensor::new(self.routing.pairs(), self.lookup.device())?;
        Ok(common.index_select(&at, 0)?)
    }

    /// Calls `tower` for every tower that sees rows, as [`super::Backbone::tower`] is called; joins
    /// the logits to `[P]`. `common` gives the tensors `[m, …]` of which a tower gets its rows.
    ///
    /// # Errors
    /// As `tower`.
    pub fn tower_by_tower(
        &self,
        common: &dyn Fn(usize) -> Vec<Tensor>,
        tower: &Tower,
    ) -> Result<Tensor> {
        let Self { lookup, routing, .. } = self;
        // Without gradients all towers that see every row can share one embedded copy of the rows.
        // With gradients each tower gets a leaf of its own.
        let sees_all = |k: usize| routing.tower(k).iter().copied().eq(0..lookup.len() as u32);
        let whole = (!lookup.tracks() && (0..routing.towers()).any(sees_all))
            .then(|| lookup.embed(&lookup.places()))
            .transpose()?;
        let mut logits = Vec::with_capacity(routing.towers());
        for (k, seen) in self.busy() {
            if let Some((e, repeats)) = whole.as_ref().filter(|_| sees_all(k)) {
                logits.push(tower(k, e, &common(k), &seen.with_repeats(e, repeats.clone()))?);
                continue;
            }
            let rows = routing.tower(k);
            let at = Tensor::new(rows, lookup.device())?;
            let common: Vec<Tensor> =
                common(k).iter().map(|c| c.index_select(&at, 0)).collect::<Result<_, _>>()?;
            let (e, repeats) = lookup.embed(rows)?;
            logits.push(tower(k, &e, &common, &seen.with_repeats(&e, repeats))?);
        }
        match &logits[..] {
            [] => Ok(Tensor::zeros(0, DType::F32, lookup.device())?),
            [only] => Ok(only.clone()),
            _ => Ok(Tensor::cat(&logits, 0)?),
        }
    }
}
