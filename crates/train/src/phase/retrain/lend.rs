//! A retraining on a directed list.

use super::Retrain;
use crate::error::{Error, Result};
use ssim_core::borrowers::Borrowers;
use ssim_core::row_digest;

impl Retrain<'_> {
    /// Lets the rows of the list train the towers of their scenario's borrowers alone.
    ///
    /// # Errors
    /// When the borrowers are of another number of scenarios than there are towers, or the settings draw
    /// towers for shared rows.
    pub fn lend(&mut self, borrowers: Borrowers) -> Result<()> {
        let fail = |text: String| Err(Error::Config(text));
        let towers = self.trainer.model.config.towers;
        if !borrowers.fit(towers) {
            let got = borrowers.scenarios();
            return fail(format!("list: expected borrowers among {towers} towers, got {got}"));
        }
        let drawn = self.setup.config.retrain.towers_per_row;
        if drawn > 0 {
            return fail(format!(
                "retrain.towers_per_row: expected 0 with a directed list, got {drawn}"
            ));
        }
        let digest = row_digest::of_directed(&self.given, Some(&borrowers));
        self.progress.state.identity.list = Some(digest);
        self.borrowers = Some(borrowers);
        Ok(())
    }
}
