//! Fits every method on a toy log and prints the AUC of each: `cargo run --example fit -p ssim-train`.
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod toy;

use ssim_core::method::Method;
use ssim_train::{evaluate::evaluate, fit::Fit, recipe::Recipe, setup::Setup};

fn main() -> ssim_train::Result<()> {
    let (schema, rows) = toy::log();
    for method in Method::all() {
        let recipe = Recipe::of(method);
        let config = recipe.settings(&toy::settings());
        let setup = Setup::new(&schema, &config);
        // A method by scenario swap needs the scenario among the fields, which this log lacks.
        match Fit::new(setup, recipe, &rows).finish() {
            Ok(models) => {
                let report = evaluate(&setup, &models, &rows.test)?;
                println!("{method:14} AUC {:.3}", report.pooled.auc().unwrap_or(f64::NAN));
            }
            Err(error) => println!("{method:14} {error}"),
        }
    }
    Ok(())
}
