//! The page with the metrics of every scenario under every method, with intervals, and the ranking
//! and calibration of one model.

use super::made::{Made, once, table};
use super::metric::MetricChoice;
use super::save;
use super::state::PageState;
use super::story::Inside;
use crate::protocol::{FileForm, MethodsWanted, ModelWanted, Overview, Picture};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Scenarios(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let picks = move || page.derived.colouring.with(|c| c.picks);
    let wanted = move || MethodsWanted {
        metric: page.address.with(|a| a.metric.name().to_owned()),
        ratio: page.derived.ratio.get(),
        picks: picks(),
    };
    let methods = table(page, move || Picture::Methods(wanted()));
    let give = move |form: FileForm| {
        let take = move |text: &str| match form {
            FileForm::Csv => save::save("methods.csv", "text/csv", text),
            _ => save::copy(text),
        };
        let file = untrack(|| Picture::MethodsFile(wanted(), form));
        once(page, (file, 1.0, false), Box::new(take));
    };
    // Without a run that shares nothing, there is nothing to compare with.
    let change = overview.compared.then(|| {
        let what = move || Picture::Change(wanted());
        view! { <div class="card"><Made page name="slope" what /></div> }
    });
    view! {
        <section aria-labelledby="scenarios">
            <h1 id="scenarios">"How every scenario fares"</h1>
            <div class="choices"><MetricChoice page overview=overview.clone() /></div>
            <div class="card"><Made page name="metrics" what=move || Picture::Metrics(wanted()) /></div>
            {change}
            <div class="card">
                <div inner_html=methods></div>
                <p class="buttons note">
                    <button type="button" class="quiet" on:click=move |_| give(FileForm::Csv)>"CSV"</button>
                    <button type="button" class="quiet" on:click=move |_| give(FileForm::Markdown)>"Copy as Markdown"</button>
                    <button type="button" class="quiet" on:click=move |_| give(FileForm::Latex)>"Copy as LaTeX"</button>
                </p>
            </div>
            <OneModel page overview />
            <Inside page />
        </section>
    }
}

/// The ranking and the calibration of one model on the rows of the file.
#[component]
fn OneModel(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let chosen = RwSignal::new(0usize);
    let options = overview.models.iter().enumerate().map(|(i, model)| {
        view! { <option value=i.to_string()>{model.clone()}</option> }
    });
    let options = options.collect_view();
    let wanted = move || ModelWanted {
        model: chosen.get(),
        picks: page.derived.colouring.with(|c| c.picks),
    };
    view! {
        <section aria-labelledby="quality">
            <h2 id="quality">"One model, computed here"</h2>
            <div class="choices">
                <label class="choice">
                    <span>"Model"</span>
                    <select on:change=move |event| chosen.set(event_target_value(&event).parse().unwrap_or(0))>
                        {options}
                    </select>
                </label>
            </div>
            <div class="beside">
                <div class="card"><Made page name="roc" what=move || Picture::Ranking(wanted()) /></div>
                <div class="card"><Made page name="calibration" what=move || Picture::Calibration(wanted()) /></div>
            </div>
        </section>
    }
}
