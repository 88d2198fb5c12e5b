//! A test of a selection: a model on the list as it is shown, and one on the list with the selected rows forced in
//! or kept out, for several seeds.

use super::data::parts;
use super::{Drive, TrainControl, failure, learn, settings};
use crate::cell;
use crate::engine::Engine;
use crate::engine::drawn::html::{line, paragraph, signed, table, whisker};
use crate::protocol::{Failure, Reply, Trial};
use ssim_core::instances::Instances;
use ssim_core::look::statistics::{interval, mean};
use ssim_core::method::Method;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_figure::{Metric, Tested};
use ssim_train::config::Config;
use ssim_train::evaluate::evaluate;
use ssim_train::fit::Fit;
use ssim_train::recipe::Recipe;
use ssim_train::setup::Setup;
use ssim_viz::{count, escape, fixed};

/// Passes over the training rows.
const EPOCHS: u64 = 3;
/// Most seeds.
const SEEDS: u64 = 10;

/// A test that is ready to begin.
pub struct SelectionTest {
    trial: Trial,
    schema: Schema,
    sample: Instances,
    config: Config,
}

/// Checks the selection.
///
/// # Errors
/// When no file is open, or the flags are not those of its rows.
pub fn prepare(engine: Option<&Engine>, trial: Trial) -> Result<SelectionTest, Failure> {
    let wrong = |detail: String| failure("The selection cannot be tested.", detail);
    let engine = engine.ok_or_else(|| wrong("no file is open".into()))?;
    let sample = engine.inspection().sample.clone();
    let n = sample.len();
    if [trial.shared.len(), trial.selected.len()] != [n, n]
        || trial.seeds == 0
        || trial.seeds > SEEDS
    {
        return Err(wrong(format!("expected flags of {n} rows and 1 to {SEEDS} seeds")));
    }
    let (train, ..) = parts(n, 0);
    let config = settings(train.len(), EPOCHS).map_err(wrong)?;
    let config = Recipe::of(Method::Ssim).settings(&config);
    config.check().map_err(|e| wrong(e.to_string()))?;
    Ok(SelectionTest { trial, schema: engine.artifact().header.schema.clone(), sample, config })
}

/// Trains both models of every seed. The last reply is a view with the differences.
///
/// # Errors
/// Whatever stops a phase.
pub async fn run(
    test: SelectionTest,
    control: &TrainControl,
    now: &impl Fn() -> f64,
    send: impl Fn(Reply),
) -> Result<Reply, Failure> {
    let stopped = |e: ssim_train::Error| failure("The training stopped.", e.to_string());
    let SelectionTest { trial, schema, sample, config } = test;
    let changed: Vec<bool> = (trial.shared.iter().zip(&trial.selected))
        .map(|(shared, selected)| if *selected { trial.force } else { *shared })
        .collect();
    let mut drive = Drive { control, now, send: &send, before: 0, milliseconds: 0.0 };
    let mut measured: [Vec<Tested>; 2] = Default::default();
    for seed in 1..=trial.seeds {
        let (train, val, test) = parts(sample.len(), seed);
        let rows =
            Split { train: sample.pick(&train), val: sample.pick(&val), test: sample.pick(&test) };
        for (list, measured) in [&trial.shared, &changed].into_iter().zip(&mut measured) {
            let list: Vec<bool> = train.iter().map(|row| list[*row as usize]).collect();
            let setup = Setup { seed, ..Setup::new(&schema, &config) };
            let mut fit =
                Fit::new(setup, Recipe::of(Method::Ssim), &rows).on_list(list).map_err(stopped)?;
            if drive.before == 0 {
                let steps = 2 * trial.seeds * fit.total();
                let held = [val.len(), test.len()];
                send(Reply::Began { data: String::new(), train: train.len(), held, steps });
            }
            if !learn(&mut fit, &mut drive).await.map_err(stopped)? {
                return Ok(Reply::Stopped);
            }
            let report = evaluate(&setup, fit.models(), &rows.test).map_err(stopped)?;
            measured.push((&report).into());
        }
    }
    let flipped =
        trial.shared.iter().zip(&changed).filter(|(before, after)| before != after).count();
    Ok(Reply::Drawn { detail: String::new(), html: told(&trial, flipped, &measured) })
}

/// The differences as HTML. `measured` has the models on both lists, a seed each.
fn told(trial: &Trial, flipped: usize, measured: &[Vec<Tested>; 2]) -> String {
    let [as_shown, changed] = measured;
    let difference = |value: &dyn Fn(&Tested) -> Option<f64>| -> Option<[Vec<f64>; 3]> {
        let both = |all: &[Tested]| all.iter().map(value).collect::<Option<Vec<f64>>>();
        let (before, after) = (both(as_shown)?, both(changed)?);
        let apart = after.iter().zip(&before).map(|(after, before)| after - before).collect();
        Some([before, after, apart])
    };
    let done = if trial.force { "Forcing in" } else { "Keeping out" };
    let rows = count(flipped as u64);
    let pooled = difference(&|tested| tested.all.get(Metric::AUC));
    let verdict = match pooled
        .as_ref()
        .and_then(|[.., apart]| Some((mean(apart)?, interval(apart)?)))
    {
        None => format!("{done} {rows} rows: the test rows have no AUC."),
        Some((change, (low, high))) if low > 0.0 || high < 0.0 => format!(
            "{done} {rows} rows {} the test AUC by {} (95 % interval {} to {}, {} seeds).",
            if change > 0.0 { "raises" } else { "lowers" },
            fixed(change.abs(), 4),
            signed(low, 4),
            signed(high, 4),
            trial.seeds
        ),
        Some((change, (low, high))) => format!(
            "{done} {rows} rows changes the test AUC by {}, which {} seeds cannot tell from nothing (95 % interval {} to {}).",
            signed(change, 4),
            trial.seeds,
            signed(low, 4),
            signed(high, 4)
        ),
    };
    let mut lines = vec![
        ("all rows: AUC".to_owned(), pooled),
        ("all rows: logloss".to_owned(), difference(&|tested| tested.all.get(Metric::LOGLOSS))),
    ];
    let scenarios = as_shown.first().map_or(&[][..], |tested| &tested.scenarios[..]);
    lines.extend(scenarios.iter().enumerate().map(|(k, (name, _))| {
        let auc = difference(&|tested| tested.scenarios.get(k)?.1.get(Metric::AUC));
        (format!("{}: AUC", ssim_figure::scenario(name)), auc)
    }));
    let ends = |apart: &[f64]| interval(apart).unwrap_or((f64::NAN, f64::NAN));
    let most = lines.iter().filter_map(|(_, found)| Some(ends(&found.as_ref()?[2])));
    let most = most.fold(1e-9, |most: f64, (low, high)| most.max(low.abs()).max(high.abs()));
    let heads = [
        "test rows",
        "as shown",
        "changed",
        "difference",
        "<th scope=\"col\"><span class=\"off\">95 % interval, drawn</span></th>",
        "95&nbsp;% interval",
    ];
    let rows = lines.iter().map(|(name, found)| {
        let cells = match found {
            None => ["–", "–", "–", "", "no AUC in a seed"].map(str::to_owned),
            Some([before, after, apart]) => {
                let of = |values: &[f64]| mean(values).unwrap_or(f64::NAN);
                let (low, high) = ends(apart);
                [
                    fixed(of(before), 4),
                    fixed(of(after), 4),
                    signed(of(apart), 4),
                    whisker(of(apart), (low, high), 0.0, |x| 0.5 + 0.5 * x / most),
                    format!("{} to {}", signed(low, 4), signed(high, 4)),
                ]
            }
        };
        line(&escape(name), &cells)
    });
    let told = format!(
        "The selection was `{}`. A test on a tenth of {} rows with {EPOCHS} epochs; higher AUC and lower logloss are better. \
         With the whole log: `ssim retrain --data DATA --shared LIST --{} {} --out RUN`.",
        trial.rule,
        count(trial.shared.len() as u64),
        if trial.force { "force-in" } else { "keep-out" },
        cell::shell(&trial.rule)
    );
    format!(
        "{}{}{}",
        paragraph("strong", &verdict),
        table("Differences of the changed list", &heads, rows),
        paragraph("muted note", &told)
    )
}
