//! Single steps at the initial values: logits, scores, mask, loss and every gradient.
//!
//! Tolerances: the program computes with 32-bit floats, which are rounded to 6e-8 of a number.
//! Logits are sums of a few dozen products of numbers around 1, and so are within 1e-6. A gradient
//! is a sum over the batch, in which terms cancel, so its tolerance has an absolute part as well.

use crate::dump::{self, Dump, Within};
use crate::world::World;
use candle_core::{Device, Var};
use ssim_core::embedding::Lookup;
use ssim_core::layer::Pass;
use ssim_core::mask::SearchMask;
use ssim_core::tensor;
use ssim_train::config::{Kl, MaskGradient, Reduction};
use ssim_train::ranks::Alone;
use ssim_train::step::gradients::{Gradients, Objective, gradients};
use ssim_train::step::selection::Selection;
use ssim_train::step::slice::{Batch, Sharing};
use std::collections::BTreeMap;

const OUTPUT: Within = Within { absolute: 2e-6, relative: 2e-6 };
const GRADIENT: Within = Within { absolute: 1e-7, relative: 2e-5 };
const LOSS: Within = Within { absolute: 0.0, relative: 1e-6 };

#[test]
fn search() {
    for step in ["search", "search-later", "search-tail", "search-clamped"] {
        check(&World::new(), &dump::steps(), step, Reduction::Batch);
    }
}

#[test]
fn search_with_other_options() {
    for step in ["search-relaxed", "search-log"] {
        check(&World::new(), &dump::steps(), step, Reduction::Batch);
    }
}

#[test]
fn retrain() {
    for step in ["retrain", "retrain-tail"] {
        check(&World::new(), &dump::steps(), step, Reduction::Batch);
    }
}

#[test]
fn baselines() {
    for step in ["mt", "mt-tail", "mt-s", "st"] {
        check(&World::new(), &dump::steps(), step, Reduction::Batch);
    }
}

#[test]
fn per_scenario_form() {
    for step in ["search", "search-later", "search-relaxed", "retrain", "mt"] {
        check(&World::new(), &dump::scenario(), &format!("scenario-{step}"), Reduction::Scenario);
    }
}

pub fn check(world: &World, dump: &Dump, step: &str, reduction: Reduction) {
    let name = |what: &str| format!("step.{step}.{what}");
    let range = dump.u32(&name("rows"));
    let rows: Vec<u32> = (range[0]..range[1]).collect();
    let (model, selector) = (world.model(dump.shape(&name("logits"))[1]), world.selector());
    let (instances, embedding) = (&world.instances, &model.embedding);

    let logits = dump.f64(&name("logits"));
    OUTPUT.check(&name("logits"), &model.predict_all(instances, &rows).unwrap(), &logits);
    let own = rows.iter().zip(logits.chunks_exact(model.config.towers)).map(|(row, of_row)| {
        of_row[usize::from(instances.scenarios[*row as usize]).min(of_row.len() - 1)]
    });
    let own: Vec<f64> = own.collect();
    OUTPUT.check(&name("own logits"), &model.predict(instances, &rows).unwrap(), &own);

    let mask = dump.u8(&name("mask"));
    let mut list = vec![false; instances.len()];
    rows.iter().zip(&mask).for_each(|(row, g)| list[*row as usize] = *g == 1);
    let flag = |what: &str| dump.u32(&name(what)) == [1];
    let selection = dump.has(&name("scores")).then(|| Selection {
        mask: SearchMask {
            threshold: world.config.search.threshold,
            final_temperature: world.config.search.final_temperature,
        },
        temperature: dump.number(&name("temperature")),
        lambda: dump.number(&name("lambda")),
        kl: if flag("log") { Kl::Log } else { Kl::Linear },
        gradient: if flag("relaxed") { MaskGradient::Relaxed } else { MaskGradient::Official },
        leak: 0.0,
    });
    if let Some(selection) = &selection {
        let scores = dump.f64(&name("scores"));
        let frozen = selector.score(embedding, instances, &rows, &Device::Cpu).unwrap();
        OUTPUT.check(&name("scores"), &frozen, &scores);
        let lookup = Lookup::new(embedding, instances, &rows, &Device::Cpu, true);
        let z = tensor::to_vec(&selector.forward(&lookup, &Pass::inference()).unwrap()).unwrap();
        OUTPUT.check(&name("trainable scores"), &z, &scores);
        let tau = selection.temperature;
        let shared: Vec<u8> = z.iter().map(|z| u8::from(selection.mask.shares(*z, tau))).collect();
        assert_eq!(shared, mask, "{}", name("mask"));
    }

    let sharing = match &selection {
        Some(selection) => Sharing::Searched(&selector, selection),
        None => Sharing::Given(&list),
    };
    let batch = Batch { instances, rows: &rows };
    let objective = Objective { reduction, dropout: 0.0, key: 0, draw: None };
    let got = gradients(&model, batch, sharing, objective, &Alone).unwrap();
    LOSS.check(&name("loss"), &[got.loss as f32], &dump.f64(&name("loss")));
    assert_eq!(got.shared, mask.iter().map(|g| usize::from(*g)).sum::<usize>());

    let table = dense(world, &rows, &got.embedded);
    GRADIENT.check(&name("gradient.embedding"), &table, &dump.f64(&name("gradient.embedding")));
    let mut vars: BTreeMap<String, Var> = model.parameters.vars().into_iter().collect();
    if selection.is_some() {
        vars.extend(selector.parameters.vars());
    }
    let expected = dump.names(&name("gradient."));
    assert_eq!(expected.len(), vars.len() + 1, "{step}: gradients of other parameters");
    for (parameter, var) in vars {
        let what = name(&format!("gradient.{parameter}"));
        GRADIENT.check(&what, &sum(&got, &var), &dump.f64(&what));
    }
}

/// The gradient of the table `[N, D]`, summed from the gradients of the embedded rows.
fn dense(world: &World, rows: &[u32], embedded: &[f32]) -> Vec<f32> {
    let dim = world.config.model.dim;
    let mut table = vec![0f32; world.schema.features() * dim];
    let ids = rows.iter().flat_map(|row| world.instances.ids_of(*row as usize));
    for (id, gradient) in ids.zip(embedded.chunks_exact(dim)) {
        let cells = &mut table[*id as usize * dim..][..dim];
        cells.iter_mut().zip(gradient).for_each(|(t, g)| *t += g);
    }
    table
}

fn sum(gradients: &Gradients, var: &Var) -> Vec<f32> {
    let mut sum = vec![0f32; var.elem_count()];
    for gradient in gradients.stores.iter().filter_map(|store| store.get(var)) {
        let gradient = tensor::to_vec(gradient).unwrap();
        sum.iter_mut().zip(gradient).for_each(|(s, g)| *s += g);
    }
    sum
}
