//! The settings of a training.

use crate::address::List;
use crate::number::number;
use crate::protocol::{Overview, TrainData};
use crate::text::best_of;
use crate::view::explore::list_label;
use crate::view::select::Select;
use crate::view::state::PageState;
use crate::view::training::usual;
use leptos::ev;
use leptos::prelude::*;
use ssim_core::mask::Pool;
use ssim_core::method::{Method, PLANTED};
use ssim_viz::{count, fixed};
use std::sync::Arc;

/// The choices for the number of generated rows.
const GENERATED: [usize; 3] = [10_000, 25_000, 50_000];
/// Number of rows per batch in the worker's settings, for the estimate.
const BATCH: usize = 1024;

#[component]
pub fn Settings(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let training = page.training;
    let here = count(overview.rows as u64);
    let data = move || match training.wanted.with(|w| w.data.clone()) {
        TrainData::Sample => "sample".to_owned(),
        TrainData::Synthetic { rows } => rows.to_string(),
        TrainData::Table { .. } => "table".to_owned(),
    };
    let choose = move |event: ev::Event| {
        let value = event_target_value(&event);
        let table = training.table.get_untracked();
        training.want(|w| {
            w.data = match (value.parse(), table) {
                (Ok(rows), _) => TrainData::Synthetic { rows },
                (_, Some((name, columns))) if value == "table" => {
                    let (label, scenario) = usual(&columns);
                    TrainData::Table { name, label, scenario }
                }
                _ => TrainData::Sample,
            };
        });
    };
    let generated = GENERATED.map(|n| {
        let text = n.to_string();
        view! {
            <option value=text.clone() selected=move || data() == text>
                {format!("{} generated rows", count(n as u64))}
            </option>
        }
    });
    let table_option = move || {
        training.table.get().map(|(name, _)| {
            view! {
                <option value="table" selected=move || data() == "table">{name}</option>
            }
        })
    };
    // Which rows follow the common preference is known of generated rows alone.
    let synthetic = overview.synthetic;
    let truth = move || match training.wanted.with(|w| w.data.clone()) {
        TrainData::Sample => synthetic,
        TrainData::Synthetic { .. } => true,
        TrainData::Table { .. } => false,
    };
    let options = move || {
        let known = truth();
        let offered = methods().filter(|(name, _)| known || *name != PLANTED);
        let options = offered.map(|(name, label)| {
            let chosen = move || training.wanted.with(|w| w.method == name);
            view! { <option value=name selected=chosen>{label}</option> }
        });
        options.collect_view()
    };
    Effect::new(move |_| {
        if !truth() && training.wanted.with_untracked(|w| w.method == PLANTED) {
            training.want(|w| w.method = Method::Ssim.name().to_owned());
        }
    });
    let pools = Pool::ALL.map(|pool| (pool.name(), best_of(pool).to_owned())).to_vec();
    let typed = move |event: &ev::Event| number(&event_target_value(event));
    view! {
        <div class="card">
            <div class="choices">
                <label class="choice">
                    <span>"Rows"</span>
                    <select on:change=choose>
                        <option value="sample" selected=move || data() == "sample">
                            {format!("the open file's {here}")}
                        </option>
                        {generated.collect_view()}
                        {table_option}
                    </select>
                </label>
                <label class="choice">
                    <span>"List"</span>
                    <select on:change=move |event| training.want(|w| w.method = event_target_value(&event))>
                        {options}
                    </select>
                </label>
                <label class="choice">
                    <span>"Share ratio, %"</span>
                    <input
                        type="number" min="0" max="100" step="1"
                        prop:value=move || (100.0 * training.wanted.get().ratio).round()
                        on:change=move |event| { if let Some(x) = typed(&event) {
                            training.want(|w| w.ratio = (x / 100.0).clamp(0.0, 1.0));
                        } }
                    />
                </label>
                <Select
                    label="Best of" options=pools
                    value=move || training.wanted.with(|w| w.by.name())
                    choose=move |name: String| {
                        if let Some(by) = Pool::find(&name) { training.want(|w| w.by = by) }
                    }
                />
                <label class="choice">
                    <span>"Epochs"</span>
                    <input
                        type="number" min="1" max="50" step="1"
                        prop:value=move || training.wanted.get().epochs
                        on:change=move |event| { if let Some(x) = typed(&event) {
                            training.want(|w| w.epochs = x.clamp(1.0, 50.0) as u64);
                        } }
                    />
                </label>
                <label class="choice">
                    <span>"Seed"</span>
                    <input
                        type="number" min="0" step="1"
                        prop:value=move || training.wanted.get().seed
                        on:change=move |event| { if let Some(x) = typed(&event) {
                            training.want(|w| w.seed = x.max(0.0) as u64);
                        } }
                    />
                </label>
            </div>
            <Columns page />
            <p class="muted note">{move || estimate(page, &overview)}</p>
        </div>
    }
}

/// The methods that can be trained with, each with its label: the lists that all pages show come first,
/// then the other methods of the table.
fn methods() -> impl Iterator<Item = (&'static str, String)> {
    let lists = List::ALL.iter().map(|list| (list.name(), list_label(*list).to_owned()));
    let others = Method::all().filter(|method| List::find(method.name()).is_none());
    lists.chain(others.map(|method| (method.name(), format!("{method}: {}", method.about()))))
}

/// The menus for the label column and the scenario column of the reader's CSV file.
#[component]
fn Columns(page: PageState) -> impl IntoView {
    let training = page.training;
    let part = move |is_label: bool| {
        let table = training.wanted.with(|w| w.data.clone());
        let TrainData::Table { label, scenario, .. } = table else { return None };
        let chosen = if is_label { label } else { scenario };
        let columns = training.table.get()?.1;
        let options = columns.into_iter().map(|c| {
            let selected = c == chosen;
            view! { <option value=c.clone() selected=selected>{c.clone()}</option> }
        });
        let change = move |event: ev::Event| {
            training.want(|w| {
                if let TrainData::Table { label, scenario, .. } = &mut w.data {
                    *(if is_label { label } else { scenario }) = event_target_value(&event);
                }
            })
        };
        Some(view! {
            <label class="choice">
                <span>{if is_label { "Label column" } else { "Scenario column" }}</span>
                <select on:change=change>{options.collect_view()}</select>
            </label>
        })
    };
    view! { <div class="choices">{move || part(true)}{move || part(false)}</div> }
}

/// The estimated duration of the training, from the time per step of the last one.
fn estimate(page: PageState, overview: &Overview) -> String {
    let training = page.training;
    let wanted = training.wanted.get();
    let rows = match &wanted.data {
        TrainData::Sample => overview.rows * 8 / 10,
        TrainData::Synthetic { rows } => rows * 8 / 10,
        TrainData::Table { .. } => {
            return "A table of up to 50,000 rows; every other column becomes a field. Nothing leaves this page.".into();
        }
    };
    let steps = (rows as f64 / BATCH as f64).ceil();
    let text = format!("{} rows to learn from", count(rows as u64));
    match training.pace.get() {
        Some((_, pace)) => format!(
            "{text}; an epoch takes about {} s by the pace of the last training.",
            fixed(steps * pace / 1000.0, 1)
        ),
        None => format!("{text}. The first steps will tell how long it takes."),
    }
}

#[cfg(test)]
mod tests {
    use super::methods;
    use ssim_core::method::Method;

    #[test]
    fn the_page_offers_every_method() {
        let offered: Vec<&str> = methods().map(|(name, _)| name).collect();
        for method in Method::all() {
            assert!(offered.contains(&method.name()), "{method} is missing in {offered:?}");
        }
    }
}
