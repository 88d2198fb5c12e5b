//! The identity of a phase: its rows, its list, its settings and its seed.

use super::phase_names::SEARCH;
use crate::difference;
use crate::recipe::ScenarioOrder;
use crate::setup::Setup;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ssim_core::instances::Instances;
use ssim_core::row_digest::RowDigest;

/// The conditions under which a phase learns. Phases that differ in one of them have other results,
/// so a checkpoint of one is refused by the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseIdentity {
    /// Fingerprint of the schema, which says what the ids mean.
    pub fingerprint: String,
    /// The rows that the phase learns from.
    pub rows: RowDigest,
    /// Digest of the list that the phase trains on, where it trains on one.
    pub list: Option<String>,
    /// Whether the phase starts from weights of an earlier one, in place of the seed's.
    pub continues: bool,
    /// The order in which the phase learns its rows.
    pub order: ScenarioOrder,
    /// Name of the backbone.
    pub backbone: String,
    /// Number of towers.
    pub towers: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// The settings that the phase depends on.
    pub settings: Value,
}

impl PhaseIdentity {
    /// The identity of a phase without a list. That of a search leaves out the settings of select and
    /// retrain, so that one search serves several runs.
    pub fn new(phase: &str, setup: &Setup, towers: usize, rows: &Instances) -> Self {
        let config = setup.config;
        let mut settings = json!({
            "model": config.model,
            "star": config.star,
            "hmoe": config.hmoe,
            "dffm": config.dffm,
            "mmoe": config.mmoe,
            "ple": config.ple,
            "pepnet": config.pepnet,
            "selector": config.selector,
            "train": { "batch": config.train.batch,
                       "embedding_optimizer": config.train.embedding_optimizer,
                       "precision": config.train.precision,
                       "shuffle": config.train.shuffle,
                       "scenario_power": config.train.scenario_power },
            "search": config.search,
        });
        if phase != SEARCH {
            settings["distil"] = json!(config.distil);
            settings["select"] = json!(config.select);
            settings["retrain"] = json!(config.retrain);
            settings["mamdr"] = json!(config.mamdr);
        }
        Self {
            fingerprint: setup.schema.fingerprint(),
            rows: RowDigest::of(rows),
            list: None,
            continues: false,
            order: ScenarioOrder::Mixed,
            backbone: setup.backbone.to_owned(),
            towers,
            seed: setup.seed,
            settings,
        }
    }

    /// The first difference from `got` in words; `None` if both belong to the same phase.
    pub fn difference(&self, got: &Self) -> Option<String> {
        if self.fingerprint != got.fingerprint {
            return Some("data: expected the same vocabularies and scenarios, got others".into());
        }
        if let Some(rows) = self.rows.difference(&got.rows) {
            return Some(format!("train: {rows}"));
        }
        if self.list != got.list {
            return Some("list: expected the same shared rows, got others".into());
        }
        let rest = |identity: &Self| {
            json!({
                "continues": identity.continues,
                "order": identity.order,
                "backbone": identity.backbone,
                "towers": identity.towers,
                "seed": identity.seed,
                "settings": identity.settings,
            })
        };
        difference::first(&rest(self), &rest(got))
    }
}
