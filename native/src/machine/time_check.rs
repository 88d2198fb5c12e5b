//! Estimates before a run how long it may take. A run of days is no mistake, but nobody should find
//! out on the second day that smaller settings would have done.

use crate::terminal::{out, report};
use candle_core::{DType, Device, Tensor};
use ssim_train::config::Config;
use ssim_train::recipe::{ListSource, Recipe, ScenarioOrder, Start};
use ssim_train::setup::Setup;
use std::time::Instant;

/// Runs that take longer are told beforehand.
const DAY: f64 = 86_400.0;
/// Part of the measured speed of one product that a training step reaches on each thread.
const REACHED: f64 = 0.5;
/// Multiply-adds in whose time a step does the rest of its work for a row: lookup, loss, Adam.
const PER_ROW: f64 = 50_000.0;
/// Multiply-adds below which no machine needs a day, so that its speed need not be measured.
const FEW: f64 = 1e13;

/// A smaller setting, and the change that it is.
type Cheaper = (&'static str, fn(&mut Config));

/// Smaller settings. The one that saves most is named.
const CHEAPER: [Cheaper; 4] = [
    ("retrain.max_epochs=2", |config| config.retrain.max_epochs = config.retrain.max_epochs.min(2)),
    ("search.epochs=1", |config| config.search.epochs = 1),
    ("select.ratio=0.1", |config| config.select.ratio = config.select.ratio.min(0.1)),
    ("model.mlp=[128,64]", |config| {
        if config.model.mlp.iter().sum::<usize>() > 192 {
            config.model.mlp = vec![128, 64];
        }
    }),
];

/// Runs that are about to begin.
pub struct PlannedRuns<'a> {
    /// Conditions and recipe of each.
    pub runs: Vec<(Setup<'a>, &'a Recipe)>,
    /// Number of seeds that each of them has.
    pub seeds: usize,
    /// Number of train rows.
    pub rows: usize,
    /// Threads that work at a time, in all runs together.
    pub threads: usize,
}

impl PlannedRuns<'_> {
    /// Warns if the runs may take more than a day, and names the setting that saves most.
    pub fn check(&self) {
        // Nothing is known of the speed of a GPU.
        let cpu = self.runs.iter().all(|(setup, _)| matches!(setup.device, Device::Cpu));
        if !cpu || self.multiply_adds(|_| ()) < FEW {
            return;
        }
        if let Some(warning) = self.warning(speed() * REACHED * self.threads as f64) {
            out::note(&warning);
        }
    }

    /// The warning, if the work is more than a day's at this speed, in multiply-adds a second.
    fn warning(&self, speed: f64) -> Option<String> {
        let seconds = self.multiply_adds(|_| ()) / speed;
        if seconds <= DAY {
            return None;
        }
        let options = CHEAPER.map(|(text, change)| (self.multiply_adds(change) / speed, text));
        let (less, text) = options.into_iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let advice = match less < seconds {
            true => format!("; --set {text} makes it {}", report::duration(less)),
            false => String::new(),
        };
        let (rows, days) = (report::count(self.rows as u64), seconds / DAY);
        let what = match self.runs.len() * self.seeds {
            1 => "this run".to_owned(),
            n => format!("{n} runs"),
        };
        Some(format!("warning: {what} on {rows} train rows may take {days:.1} days{advice}"))
    }

    /// The multiply-adds of every run.
    pub fn work(&self) -> Vec<f64> {
        self.runs.iter().map(|(setup, recipe)| multiply_adds(setup, recipe, self.rows)).collect()
    }

    /// Counts the multiply-adds of all runs after a change of the settings.
    fn multiply_adds(&self, change: fn(&mut Config)) -> f64 {
        let runs = self.runs.iter().map(|(setup, recipe)| {
            let mut config = setup.config.clone();
            change(&mut config);
            multiply_adds(&Setup { config: &config, ..*setup }, recipe, self.rows)
        });
        runs.sum::<f64>() * self.seeds as f64
    }
}

/// Counts the multiply-adds of a run's matrix products, forward and (twice as many) backward. It is
/// an upper bound where validation may end retrain early.
fn multiply_adds(setup: &Setup, recipe: &Recipe, rows: usize) -> f64 {
    let config = setup.config;
    let scenarios = setup.schema.scenarios.len();
    let selector = dense(setup.backbone(1).width, &config.selector.mlp);
    // Rows of a phase, each as often as it is visited.
    let visits = |epochs: u64| {
        let all = rows as f64 * epochs as f64;
        setup.max_steps.map_or(all, |steps| all.min(steps as f64 * config.train.batch as f64))
    };
    let retrain = |list: ListSource, towers: usize| {
        let of_shared = match config.retrain.towers_per_row {
            0 => towers as f64,
            drawn => towers.min(drawn) as f64,
        };
        let seen = match list {
            ListSource::Nothing => 1.0,
            ListSource::Everything | ListSource::Soft => of_shared,
            _ => 1.0 + config.select.ratio * (of_shared - 1.0),
        };
        visits(config.retrain.max_epochs) * (3.0 * of_row(setup, towers, seen) + PER_ROW)
    };
    let network = of_row(setup, scenarios, scenarios as f64);
    let searched = visits(config.search.epochs) * (3.0 * (network + selector) + PER_ROW);
    let list = match recipe.list {
        ListSource::Search | ListSource::Soft => searched,
        ListSource::Taught(teacher) => {
            let taught = visits(config.distil.epochs) * (3.0 * selector + PER_ROW);
            retrain(Recipe::of(teacher).list, 1) + taught
        }
        _ => 0.0,
    };
    let first = match recipe.start {
        Start::Fitted { method, .. } => {
            let first = Recipe::of(method);
            retrain(first.list, first.towers(scenarios))
        }
        _ => 0.0,
    };
    // How often an epoch of all models visits a row.
    let times = match recipe.order {
        ScenarioOrder::Mixed | ScenarioOrder::Negotiation => 1,
        ScenarioOrder::Regularisation => 2 * scenarios.min(1 + config.mamdr.helpers),
    };
    list + first + times as f64 * retrain(recipe.list, recipe.towers(scenarios))
}

/// Counts the multiply-adds that a backbone of so many towers takes forward for a row that `seen` of
/// them see.
fn of_row(setup: &Setup, towers: usize, seen: f64) -> f64 {
    let sizes = setup.backbone(towers);
    let (width, mlp) = (sizes.width, &sizes.mlp);
    let (shared, own) = sizes.shared_and_own();
    let own = dense(shared.last().copied().unwrap_or(width), own);
    let shared = dense(width, shared);
    // The work of a tower that sees the row, and the work that serves all towers.
    let (tower, common) = match setup.backbone {
        "star" => (dense(width, &sizes.star.mlp), 0.0),
        "hmoe" => {
            let below = sizes.hmoe.share.last().copied().unwrap_or(width);
            let experts = sizes.hmoe.experts * below * sizes.hmoe.expert;
            (dense(width, &sizes.hmoe.share) + experts as f64, 0.0)
        }
        "shared-bottom" => (own, shared),
        "mmoe" => (own, shared * sizes.mmoe.experts as f64),
        "ple" => (own, shared * (sizes.ple.experts * (towers + 1)) as f64),
        "pepnet" => {
            let gates = mlp.iter().chain([&width]).map(|out| sizes.dim + width + out);
            (dense(width, mlp) + (sizes.pepnet.gate * gates.sum::<usize>()) as f64, 0.0)
        }
        _ => (dense(width, mlp), 0.0),
    };
    tower * seen + common
}

/// Multiply-adds of a row in dense layers and the output.
fn dense(width: usize, layers: &[usize]) -> f64 {
    let ends = layers.iter().chain([&1]);
    let pairs = [&width].into_iter().chain(layers).zip(ends);
    pairs.map(|(from, to)| *from as f64 * *to as f64).sum()
}

/// Measures the multiply-adds a second of one thread in a product.
fn speed() -> f64 {
    const N: usize = 384;
    let Ok(a) = Tensor::ones((N, N), DType::F32, &Device::Cpu) else { return f64::INFINITY };
    let turn = || {
        let start = Instant::now();
        std::hint::black_box(a.matmul(&a).ok());
        start.elapsed().as_secs_f64().max(1e-9)
    };
    // The first product gets its memory from the system, so the fastest of a few counts.
    let fastest = (0..4).map(|_| turn()).fold(f64::INFINITY, f64::min);
    (N * N * N) as f64 / fastest
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssim_core::method::Method;
    use ssim_core::schema::Schema;
    use ssim_core::vocabulary::{Field, Transform, Vocabulary};
    use ssim_train::config::ModelConfig;

    fn schema(scenarios: usize) -> Schema {
        let vocabulary = Vocabulary::new(vec!["1".into()]);
        let field = Field { name: "user".into(), transform: Transform::None, vocabulary };
        let scenarios = (0..scenarios).map(|k| k.to_string()).collect();
        Schema { dataset: "log".into(), fields: vec![field; 10], scenarios }
    }

    fn told(method: Method, seeds: usize, rows: usize, config: &Config) -> Option<String> {
        let schema = schema(3);
        let runs = vec![(Setup::new(&schema, config), Recipe::of(method))];
        PlannedRuns { runs, seeds, rows, threads: 2 }.warning(4e10)
    }

    #[test]
    fn runs_of_days_are_told_with_the_cheapest_setting() {
        let config = Config::default();
        assert_eq!(told(Method::Mt, 1, 10_000_000, &config), None);
        let text = told(Method::Mt, 1, 1_000_000_000, &config).unwrap();
        assert!(text.contains("this run on 1 000 000 000 train rows may take "), "{text}");
        assert!(text.contains("--set model.mlp=[128,64] makes it"), "{text}");
        assert!(told(Method::Mt, 100, 10_000_000, &config).unwrap().contains("100 runs on"));
        let model = ModelConfig { dim: 8, mlp: vec![8], cross: 1, members: 1 };
        let text = told(Method::St, 1, 10_000_000_000, &Config { model, ..config }).unwrap();
        assert!(text.contains("--set retrain.max_epochs=2 makes it"), "{text}");
    }

    #[test]
    fn more_towers_cost_more_only_where_rows_are_shared() {
        let config = Config::default();
        let work = |method, scenarios| {
            let schema = schema(scenarios);
            multiply_adds(&Setup::new(&schema, &config), Recipe::of(method), 1000)
        };
        assert_eq!(work(Method::Mt, 64), work(Method::Mt, 2));
        assert_eq!(work(Method::St, 64), work(Method::Mt, 2));
        assert!(work(Method::MtS, 64) > 20.0 * work(Method::MtS, 2));
        assert!(work(Method::SsimR, 64) > work(Method::Mt, 64));
        // A start of one epoch, and then rows of two helpers and of the scenario itself, and each time
        // as many own rows.
        assert_eq!(work(Method::Mamdr, 3), 7.0 * work(Method::St, 3));
    }

    #[test]
    fn few_steps_are_no_long_run() {
        let (config, schema) = (Config::default(), schema(3));
        let setup = Setup { max_steps: Some(10), ..Setup::new(&schema, &config) };
        assert!(multiply_adds(&setup, Recipe::of(Method::Mt), 100_000_000_000) < FEW);
    }
}
