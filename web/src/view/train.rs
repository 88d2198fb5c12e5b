//! The page that trains a model: search and retrain on thousands of rows, in a worker.

pub mod progress;
mod settings;

use super::made::Made;
use super::state::PageState;
use crate::address::Metric;
use crate::protocol::{Overview, Picture, Trained};
use crate::text::{metric, percent, scenario};
use crate::view::training::CurvePoints;
use leptos::prelude::*;
use ssim_viz::{count, fixed};
use std::sync::Arc;

#[component]
pub fn Train(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let training = page.training;
    let loss = move || curve("Loss of a batch", "loss", training.loss.get());
    let val = move || curve("AUC on the validation rows", "AUC", training.val.get());
    view! {
        <section aria-labelledby="train">
            <h1 id="train">"Train a model here"</h1>
            <p class="muted">
                "The training of the native program, compiled for this page. One thread, so keep it small."
            </p>
            <settings::Settings page overview />
            <progress::Progress page />
            <div class="beside">
                <div class="card"><Made page name="loss" what=loss /></div>
                <div class="card"><Made page name="val-auc" what=val /></div>
            </div>
            <Results page />
        </section>
    }
}

fn curve(title: &str, y: &str, curves: Vec<CurvePoints>) -> Picture {
    Picture::Curves { title: title.into(), y: y.into(), curves }
}

/// The models that were trained so far.
#[component]
fn Results(page: PageState) -> impl IntoView {
    let lines = move || {
        let results = page.training.results.get();
        results.iter().rev().map(|r| view! { <Line trained=r.clone() /> }).collect_view()
    };
    let none = move || page.training.results.with(Vec::is_empty);
    view! {
        <section aria-labelledby="results">
            <h2 id="results">"Trained in this page"</h2>
            <Show when=none>
                <p class="muted">"Nothing yet. What is trained here stays until the page is closed."</p>
            </Show>
            <div class="cards">{lines}</div>
        </section>
    }
}

#[component]
fn Line(trained: Trained) -> impl IntoView {
    let Trained { data, wanted, shared, test, milliseconds, truth } = trained;
    let scenarios = test.scenarios.iter().map(|s| {
        view! { <dt>{scenario(&s.0)}</dt><dd>{metric(s.1.get(Metric::AUC))}</dd> }
    });
    let truth = truth.map(|[precision, recall]| {
        view! {
            <dt>"precision, recall"</dt>
            <dd>{percent(Some(precision))}", "{percent(Some(recall))}</dd>
        }
    });
    let title = format!("{}, {} epochs, seed {}", wanted.method, wanted.epochs, wanted.seed);
    view! {
        <article class="card result">
            <h3>{title}</h3>
            <p class="muted">{data}</p>
            <dl>
                <dt>"shared"</dt>
                <dd>{format!("{} of {}", count(shared[0]), count(shared[1]))}</dd>
                <dt>"test AUC"</dt>
                <dd class="strong">{metric(test.all.get(Metric::AUC))}</dd>
                {scenarios.collect_view()}
                <dt>"test logloss"</dt>
                <dd>{metric(test.all.get(Metric::LOGLOSS))}</dd>
                {truth}
                <dt>"time"</dt>
                <dd>{fixed(milliseconds / 1000.0, 1)}" s"</dd>
            </dl>
        </article>
    }
}
