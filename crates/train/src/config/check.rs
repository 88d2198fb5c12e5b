//! The check of the settings' values.

use super::Config;
use crate::error::{Error, Result};
use ssim_core::bounds;

impl Config {
    /// Checks every value. The phases rely on it and do not check again.
    ///
    /// # Errors
    /// Names the setting, what was expected and what was found.
    pub fn check(&self) -> Result<()> {
        let Config {
            model,
            star,
            hmoe,
            dffm,
            mmoe,
            ple,
            pepnet,
            selector,
            train,
            search,
            distil,
            select,
            retrain,
            mamdr,
        } = self;
        star.check()?;
        hmoe.check()?;
        dffm.check()?;
        mmoe.check()?;
        ple.check()?;
        pepnet.check()?;
        bounds::widths("model.mlp", &model.mlp)?;
        bounds::widths("selector.mlp", &selector.mlp)?;
        for (key, size) in [
            ("model.dim", model.dim as u64),
            ("model.cross", model.cross as u64),
            ("model.members", model.members as u64),
            ("train.batch", train.batch as u64),
            ("train.eval_batch", train.eval_batch as u64),
            ("train.checkpoint_steps", train.checkpoint_steps),
            ("search.epochs", search.epochs),
            ("distil.epochs", distil.epochs),
            ("retrain.max_epochs", retrain.max_epochs),
            ("retrain.patience", retrain.patience),
            ("retrain.towers_per_row", retrain.towers_per_row as u64),
            ("mamdr.helpers", mamdr.helpers as u64),
        ] {
            bounds::one(key, size)?;
        }
        for (key, lr) in [
            ("search.lr", search.lr),
            ("search.selector_lr", search.selector_lr),
            ("distil.lr", distil.lr),
            ("retrain.lr", retrain.lr),
            ("retrain.continued_lr", retrain.continued_lr),
            ("search.final_temperature", search.final_temperature),
        ] {
            expect(lr > 0.0 && lr.is_finite(), key, "a positive number", lr)?;
        }
        for (key, x) in [
            ("search.l2", search.l2),
            ("search.lambda", search.lambda),
            ("search.leak", search.leak),
            ("retrain.l2", retrain.l2),
        ] {
            expect(x >= 0.0 && x.is_finite(), key, "0 or more", x)?;
        }
        expect(search.head_bias.is_finite(), "search.head_bias", "a number", search.head_bias)?;
        for (key, p) in [
            ("search.dropout", search.dropout),
            ("select.dropout", select.dropout),
            ("retrain.dropout", retrain.dropout),
            ("retrain.average", retrain.average),
        ] {
            expect((0.0..1.0).contains(&p), key, "0 or more and below 1", p)?;
        }
        for (key, x) in [
            ("mamdr.negotiation_rate", mamdr.negotiation_rate),
            ("mamdr.regularisation_rate", mamdr.regularisation_rate),
        ] {
            expect(x > 0.0 && x <= 1.0, key, "above 0 and at most 1", x)?;
        }
        let e = search.threshold;
        expect(e > 0.0 && e < 1.0, "search.threshold", "between 0 and 1", e)?;
        for (key, x, expected) in [
            ("train.scenario_power", train.scenario_power, "0 to 1"),
            ("select.ratio", select.ratio, "0 to 1, such as 0.2 for 20 %"),
        ] {
            expect((0.0..=1.0).contains(&x), key, expected, x)?;
        }
        Ok(())
    }
}

fn expect(ok: bool, key: &str, expected: &str, got: impl std::fmt::Display) -> Result<()> {
    if ok {
        return Ok(());
    }
    Err(Error::Config(format!("{key}: expected {expected}, got {got}")))
}
