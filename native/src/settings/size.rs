//! Chooses the preset by the size of the log, where nobody names one.
//!
//! A tower learns from the rows of its scenario, so its width and the learning rate go by the rows
//! that a tower has on average. The published settings are for millions of rows: on a small log an
//! epoch has too few steps for their learning rate, and the first one without a gain ends the run.

use crate::settings::args::Settings;
use crate::terminal::report::count;
use ssim_train::config::Config;

/// The preset from so many train rows per scenario on. The thresholds lie between the sizes of the
/// logs that the presets were chosen on.
pub const BY_ROWS: [(usize, &str); 4] =
    [(0, "small-log"), (5_000, "medium-log"), (50_000, "large-log"), (2_000_000, "paper-ali-mama")];

/// The size of a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogSize {
    /// Number of train rows.
    pub rows: usize,
    /// Number of scenarios.
    pub scenarios: usize,
}

impl LogSize {
    /// Gives the place in [`BY_ROWS`] of the preset for logs of this size.
    fn place(self) -> usize {
        BY_ROWS.iter().rposition(|(from, _)| *from <= self.rows_each()).unwrap_or(0)
    }

    fn rows_each(self) -> usize {
        self.rows / self.scenarios.max(1)
    }

    /// Gives the preset for logs of this size.
    pub fn preset(self) -> &'static str {
        BY_ROWS[self.place()].1
    }

    /// Says in one sentence which preset was chosen, and why.
    pub fn reason(self) -> String {
        let place = self.place();
        let (from, name) = BY_ROWS[place];
        let number = |n: usize| count(n as u64);
        let range = match BY_ROWS.get(place + 1) {
            Some((to, _)) => format!("{} to {}", number(from), number(*to)),
            None => format!("{} or more", number(from)),
        };
        let (rows, scenarios) = (number(self.rows), self.scenarios);
        let each = number(self.rows_each());
        format!("preset {name}: {rows} train rows of {scenarios} scenarios, {each} each ({range})")
    }
}

impl Settings {
    /// The same settings for a log of this size, which decides about the preset if none is named.
    pub fn for_log(&self, log: Option<LogSize>) -> Self {
        Self { log, ..self.clone() }
    }

    /// Gives the preset that holds; nothing if none is named and there is no log.
    pub fn preset_in_force(&self) -> Option<&str> {
        self.preset.as_deref().or(self.log.map(LogSize::preset))
    }

    /// Says in one line which preset the log's size has chosen, and which settings hold now; nothing
    /// if a preset is named.
    pub fn told(&self, config: &Config) -> Option<String> {
        let log = self.log.filter(|_| self.preset.is_none())?;
        let Config { model, train, retrain, .. } = config;
        Some(format!(
            "{}; batch {}, embeddings {} wide, hidden layers {:?}, lr {:e}, l2 {:e}, dropout {}, \
             at most {} epochs, patience {}",
            log.reason(),
            train.batch,
            model.dim,
            model.mlp,
            retrain.lr,
            retrain.l2,
            retrain.dropout,
            retrain.max_epochs,
            retrain.patience
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(rows: usize, scenarios: usize) -> LogSize {
        LogSize { rows, scenarios }
    }

    #[test]
    fn the_preset_goes_by_rows_per_scenario() {
        for (rows, scenarios, preset) in [
            (4_000, 4, "small-log"),
            (48_000, 4, "medium-log"),
            (480_000, 4, "large-log"),
            (480_000, 48, "medium-log"),
            (20_000_000, 3, "paper-ali-mama"),
            (0, 0, "small-log"),
        ] {
            assert_eq!(
                size(rows, scenarios).preset(),
                preset,
                "{rows} rows, {scenarios} scenarios"
            );
        }
    }

    #[test]
    fn the_reason_names_the_range() {
        let told = size(48_000, 4).reason();
        let expected =
            "preset medium-log: 48 000 train rows of 4 scenarios, 12 000 each (5 000 to 50 000)";
        assert_eq!(told, expected);
        assert!(size(100, 1).reason().ends_with("(0 to 5 000)"));
        assert!(size(9_000_000, 1).reason().ends_with("(2 000 000 or more)"));
    }

    #[test]
    fn a_named_preset_stays() {
        let log = Some(size(480_000, 4));
        let named = Settings { preset: Some("demo".into()), ..Settings::default() }.for_log(log);
        assert_eq!(named.preset_in_force(), Some("demo"));
        assert_eq!(named.told(&Config::default()), None);
        let chosen = Settings::default().for_log(log);
        assert_eq!(chosen.preset_in_force(), Some("large-log"));
        assert!(chosen.told(&Config::default()).unwrap().contains("batch 4096"));
        assert_eq!(Settings::default().for_log(None).preset_in_force(), None);
    }
}
