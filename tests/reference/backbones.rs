//! All backbones but DNN: single steps, and the first steps of each phase. The tolerances are those
//! of `steps.rs` and `runs.rs`.

use crate::dump::{self, Dump};
use crate::runs::{bits, retrain, search};
use crate::steps::check;
use crate::world::World;
use ssim_train::config::Reduction;

fn compare(backbone: &'static str, open: fn() -> Dump, reduction: Reduction, steps: &[&str]) {
    compare_on(&World::on(backbone, open()), &open(), reduction, steps);
}

fn compare_on(world: &World, dump: &Dump, reduction: Reduction, steps: &[&str]) {
    assert_eq!(world.model(4).reduction(), reduction);
    for step in steps {
        check(world, dump, step, reduction);
    }
    search(world, dump, "search", &world.config);
    retrain(world, dump, "retrain", &world.config, &bits(&dump.u8("run.retrain.mask")));
}

const ALL: [&str; 5] = ["search", "search-later", "retrain", "retrain-tail", "mt"];

#[test]
fn deepfm() {
    compare("deepfm", dump::deepfm, Reduction::Batch, &[&ALL[..], &["st"]].concat());
}

#[test]
fn dcn() {
    compare("dcn", dump::dcn, Reduction::Batch, &[&ALL[..], &["st"]].concat());
}

#[test]
fn hmoe() {
    compare("hmoe", dump::hmoe, Reduction::Scenario, &ALL);
}

#[test]
fn star() {
    compare("star", dump::star, Reduction::Scenario, &ALL);
}

#[test]
fn star_as_published() {
    let mut world = World::on("star", dump::star_published());
    world.config.star.published_norm = true;
    compare_on(&world, &dump::star_published(), Reduction::Scenario, &ALL);
}

#[test]
fn dffm() {
    compare("dffm", dump::dffm, Reduction::Scenario, &ALL);
}

/// Compares a backbone whose hidden widths are those of a shared part and of a tower.
fn compare_deep(backbone: &'static str, open: fn() -> Dump) {
    let mut world = World::on(backbone, open());
    world.config.model.mlp = vec![8, 6, 5];
    compare_on(&world, &open(), Reduction::Scenario, &ALL);
}

#[test]
fn shared_bottom() {
    compare_deep("shared-bottom", dump::shared_bottom);
}

#[test]
fn mmoe() {
    compare_deep("mmoe", dump::mmoe);
}

#[test]
fn ple() {
    compare_deep("ple", dump::ple);
}

#[test]
fn pepnet() {
    compare("pepnet", dump::pepnet, Reduction::Batch, &[&ALL[..], &["st"]].concat());
}
