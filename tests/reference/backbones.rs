//! The backbones beside DNN: single steps, and the first steps of each phase. The tolerances are those
//! of `steps.rs` and `runs.rs`.

use crate::dump::{self, Dump};
use crate::runs::{bits, retrain, search};
use crate::steps::check;
use crate::world::World;
use ssim_train::config::Reduction;

fn compare(backbone: &'static str, open: fn() -> Dump, reduction: Reduction, steps: &[&str]) {
    let (world, dump) = (World::on(backbone, open()), open());
    assert_eq!(world.model(4).reduction(), reduction);
    for step in steps {
        check(&world, &dump, step, reduction);
    }
    search(&world, &dump, "search", &world.config);
    retrain(&world, &dump, "retrain", &world.config, &bits(&dump.u8("run.retrain.mask")));
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
