//! The ranking and the calibration of one model on the file's sample.

use crate::protocol::{Overview, Quality as Seen, Request};
use crate::view::chart::Chart;
use crate::view::state::PageState;
use crate::view::text::scenario;
use leptos::prelude::*;
use ssim_viz::{Bin, Calibration, Look, Reliability, Roc, RocCurve, count};
use std::sync::Arc;

#[component]
pub fn Quality(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let chosen = RwSignal::new(0usize);
    let options = overview.models.iter().enumerate().map(|(i, model)| {
        view! { <option value=i.to_string()>{model.name.clone()}</option> }
    });
    let options = options.collect_view();
    Effect::new(move |_| {
        let model = chosen.get();
        if page.qualities.with(|q| !q.contains_key(&model)) {
            page.send(Request::Quality { model }, None);
        }
    });
    let seen = move || page.qualities.with(|q| q.get(&chosen.get()).cloned());
    let rows = format!("On the {} rows of the file.", count(overview.rows as u64));
    let again = rows.clone();
    let ranks = move |look: &Look| {
        seen().map_or(String::new(), |q| {
            roc(&q, &rows, &page.derived.colouring.get().classes).svg(look)
        })
    };
    let means = move |look: &Look| {
        seen().map_or(String::new(), |q| {
            calibration(&q, &again, &page.derived.colouring.get().classes).svg(look)
        })
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
                <div class="card"><Chart page name="roc" draw=ranks /></div>
                <div class="card"><Chart page name="calibration" draw=means /></div>
            </div>
        </section>
    }
}

fn roc(quality: &Seen, note: &str, classes: &[u8]) -> Roc {
    let curves = quality.scenarios.iter().zip(classes).map(|(s, class)| RocCurve {
        name: scenario(&s.name),
        class: *class,
        auc: s.auc,
        points: s.roc.clone(),
    });
    Roc { title: "Ranking".into(), note: note.into(), curves: curves.collect() }
}

fn calibration(quality: &Seen, note: &str, classes: &[u8]) -> Calibration {
    let series = quality.scenarios.iter().zip(classes).map(|(s, class)| Reliability {
        name: scenario(&s.name),
        class: *class,
        bins: (s.bins.iter())
            .map(|(prediction, rate, instances)| Bin {
                prediction: *prediction,
                rate: *rate,
                instances: *instances,
            })
            .collect(),
    });
    Calibration { title: "Calibration".into(), note: note.into(), series: series.collect() }
}
