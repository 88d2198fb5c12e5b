//! Trains on a list of your own, here the clicked rows, and stops between the phases to look at what is
//! finished: `cargo run --example own_list -p ssim-train`.
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod toy;

use ssim_core::method::Method;
use ssim_train::event::Event;
use ssim_train::fit::{Fit, Next};
use ssim_train::phase::Phase;
use ssim_train::{recipe::Recipe, setup::Setup};

fn main() -> ssim_train::Result<()> {
    let (schema, rows) = toy::log();
    let config = toy::settings();
    let clicked = rows.train.labels.iter().map(|label| *label == 1).collect::<Vec<bool>>();
    let recipe = Recipe::of(Method::Ssim);
    let mut fit = Fit::new(Setup::new(&schema, &config), recipe, &rows).on_list(clicked)?;
    loop {
        match fit.proceed()? {
            Next::Phase => loop {
                match fit.step()? {
                    Event::Done => break,
                    Event::Epoch { epoch, val: Some(val), .. } => {
                        println!("epoch {epoch}: AUC {:.3}", val.pooled.auc().unwrap_or(f64::NAN));
                    }
                    _ => (),
                }
            },
            Next::List(list) => {
                let shared = list.shared.iter().filter(|bit| **bit).count();
                println!("{shared} of {} rows train both towers", list.shared.len());
            }
            Next::Selector(_) => println!("the selector has learnt"),
            Next::Model(_, model) => println!("a model with {} towers", model.config.towers),
            Next::End => return Ok(()),
        }
    }
}
