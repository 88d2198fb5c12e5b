//! Ten steps of each phase, taken the way that a host takes them. Losses, masks and temperatures
//! are compared, and the values that the table, the towers and the selector end with.
//!
//! Tolerances: Adam moves every value by about the learning rate (3e-3) per step, whatever the size
//! of its gradient, so a rounding error counts in proportion to the gradient. PyTorch with 32-bit
//! floats ends within 4e-7 of PyTorch with 64 bits (`drift` in the files), and so does this
//! program. The tolerance is larger because another processor may sum in another order.

use crate::dump::{self, Dump, Within};
use crate::world::{SEED, World, values};
use ssim_core::artifact::put_values;
use ssim_core::container::Container;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::parameters::Values;
use ssim_core::rng::Stream;
use ssim_core::selector::Scorer;
use ssim_tests::written;
use ssim_train::config::{Config, ReductionSetting};
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::retrain::Retrain;
use ssim_train::search::{Search, Searched};
use ssim_train::select;
use ssim_train::setup::Setup;

const VALUE: Within = Within { absolute: 2e-6, relative: 0.0 };
const LOSS: Within = Within { absolute: 0.0, relative: 5e-6 };
const SCORE: Within = Within { absolute: 5e-6, relative: 5e-6 };

#[test]
fn search_then_select_then_retrain() {
    let (world, dump) = (World::new(), dump::runs());
    let searched = search(&world, &dump, "search", &world.config);

    // Batches are cut from one seeded order of the rows.
    let order = order(&world, "select order");
    let instances = inverse(&world, &order);
    let setup = world.setup(&world.config);
    let scores = select::score(&setup, &searched.scorer, &instances).unwrap();
    let by_order = |i: &u32| scores[*i as usize];
    let in_order: Vec<f32> = order.iter().map(by_order).collect();
    SCORE.check("scores", &in_order, &dump.f64("run.retrain.scores"));
    let list = select::select(&setup, &scores, &instances).unwrap();
    let list: Vec<u8> = order.iter().map(|i| u8::from(list[*i as usize])).collect();
    assert_eq!(list, dump.u8("run.retrain.mask"));

    retrain(&world, &dump, "retrain", &world.config, &bits(&list));
}

#[test]
fn search_where_some_batches_share_nothing() {
    let world = World::new();
    search(&world, &dump::runs(), "search-rare", &world.config);
}

#[test]
fn baselines() {
    let world = World::new();
    let (none, every) = (vec![false; world.instances.len()], vec![true; world.instances.len()]);
    let mut without = world.config.clone();
    without.retrain.l2 = 0.0;
    for (run, config, list) in [
        ("mt", &world.config, &none),
        ("mt-without-l2", &without, &none),
        ("mt-s", &world.config, &every),
        ("st", &world.config, &none),
    ] {
        retrain(&world, &dump::runs(), run, config, list);
    }
}

#[test]
fn per_scenario_form() {
    let (world, dump) = (World::new(), dump::scenario());
    let config = world.config_with(ReductionSetting::Scenario);
    search(&world, &dump, "scenario-search", &config);
    let list = bits(&dump::runs().u8("run.retrain.mask"));
    retrain(&world, &dump, "scenario-retrain", &config, &list);
}

pub fn search(world: &World, dump: &Dump, run: &str, config: &Config) -> Searched {
    let instances = inverse(world, &order(world, "search order"));
    let setup = Setup { max_steps: Some(taken(dump, run)), ..world.setup(config) };
    let mut search = Search::new(setup, &instances).unwrap();
    // A phase begins with seeded values. A checkpoint gives it the values of the reference.
    let mut selector = world.values("selector.");
    selector.extend(values(dump, &format!("run.{run}.start."), "selector."));
    let first = written(|to| search.save(to));
    search.resume(&started(world, &first, Some(&selector))).unwrap();
    let rise = config.search.final_temperature;
    follow(dump, run, || search.step().unwrap(), |t, of| Some(rise.powf(t / (of - 1.0))));
    let searched = search.finish().unwrap();
    let Scorer { selector, table } = &searched.scorer;
    check(dump, run, &searched.weights, table);
    check(dump, run, &selector.parameters.values().unwrap(), table);
    searched
}

pub fn retrain(world: &World, dump: &Dump, run: &str, config: &Config, list: &[bool]) {
    let order = order(world, "retrain order");
    let instances = inverse(world, &order);
    let mut shared = vec![false; list.len()];
    order.iter().zip(list).for_each(|(i, g)| shared[*i as usize] = *g);
    let towers = if run == "st" { 1 } else { world.schema.scenarios.len() };
    let setup = Setup { max_steps: Some(taken(dump, run)), ..world.setup(config) };
    let mut retrain = Retrain::new(setup, towers, &instances, &instances, shared).unwrap();
    let first = written(|to| retrain.save(to));
    retrain.resume(&started(world, &first, None)).unwrap();
    follow(dump, run, || retrain.step().unwrap(), |_, _| None);
    let model = retrain.finish().unwrap();
    check(dump, run, &model.parameters.values().unwrap(), &model.embedding);
}

/// The number of steps that the reference took.
fn taken(dump: &Dump, run: &str) -> u64 {
    dump.shape(&format!("run.{run}.loss"))[0] as u64
}

/// Takes every step of a phase, and compares its events with the reference.
fn follow(
    dump: &Dump,
    run: &str,
    mut step: impl FnMut() -> Event,
    expected_temperature: impl Fn(f64, f64) -> Option<f64>,
) {
    let name = |what: &str| format!("run.{run}.{what}");
    let (mut losses, mut counts) = (Vec::new(), Vec::new());
    loop {
        match step() {
            Event::Step { step, of, loss, shared, temperature, .. } => {
                let expected = expected_temperature((step - 1) as f64, of as f64);
                assert!(match (temperature, expected) {
                    (Some(got), Some(expected)) => (got / expected - 1.0).abs() < 1e-12,
                    (got, expected) => got == expected,
                });
                losses.push(loss as f32);
                counts.push(shared as u32);
            }
            Event::Epoch { .. } => {}
            Event::Done => break,
            Event::Table { .. } => (),
        }
    }
    assert_eq!(counts, dump.u32(&name("shared")), "{run}: rows shared");
    LOSS.check(&name("loss"), &losses, &dump.f64(&name("loss")));
}

/// Compares the values at the end of a phase with the reference.
fn check(dump: &Dump, run: &str, values: &Values, table: &Embedding) {
    let name = |what: &str| format!("run.{run}.value.{what}");
    VALUE.check(&name("embedding"), table.values(), &dump.f64(&name("embedding")));
    for (parameter, (_, got)) in values {
        VALUE.check(&name(parameter), got, &dump.f64(&name(parameter)));
    }
}

/// The checkpoint of a phase that has not begun, with the initial values of the reference.
fn started(world: &World, bytes: &[u8], selector: Option<&Values>) -> Vec<u8> {
    let (header, mut arrays): (serde_json::Value, _) = Container::from_bytes(bytes).unwrap();
    let table = world.embedding();
    arrays.put("model.embedding", &[table.rows(), table.dim()], table.values());
    put_values(&mut arrays, "model.weights.", &world.backbone(world.schema.scenarios.len()));
    if let Some(selector) = selector {
        put_values(&mut arrays, "", selector);
    }
    arrays.to_bytes(&header).unwrap()
}

fn order(world: &World, purpose: &str) -> Vec<u32> {
    // Selecting draws one order, and training draws one per epoch.
    let position: &[u64] = if purpose == "select order" { &[] } else { &[0] };
    Stream::new(SEED, purpose, position).permutation(world.instances.len())
}

/// The instances in such places that a phase which visits them in `order` sees them as the dump
/// lists them.
fn inverse(world: &World, order: &[u32]) -> Instances {
    let mut place = vec![0u32; order.len()];
    (0u32..).zip(order).for_each(|(at, i)| place[*i as usize] = at);
    world.instances.pick(&place)
}

pub fn bits(list: &[u8]) -> Vec<bool> {
    list.iter().map(|g| *g == 1).collect()
}
