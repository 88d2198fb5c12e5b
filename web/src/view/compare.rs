//! The page that compares two lists: which rows differ, and by how much a metric differs.

mod plane;

use super::explore::list_label;
use super::failure::code;
use super::made::table;
use super::metric::MetricChoice;
use super::state::PageState;
use crate::address::{List, Metric};
use crate::number::number;
use crate::protocol::{Overview, Picture};
use crate::sample::jaccard;
use crate::share::ShareCriterion;
use crate::text::{best_of, metric, percent};
use leptos::prelude::*;
use plane::Plane;
use ssim_core::mask::Pool;
use ssim_viz::{count, fixed};
use std::sync::Arc;

/// One of the two compared lists: its kind and its share ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompareSide {
    pub list: List,
    pub ratio: f64,
}

impl CompareSide {
    /// Parses the form of the address, such as "ssim@0.3".
    fn parse(text: &str) -> Option<Self> {
        let (list, ratio) = text.split_once('@').unwrap_or((text, "0.5"));
        let ratio = number(ratio).filter(|r| (0.0..=1.0).contains(r))?;
        Some(Self { list: List::find(list)?, ratio })
    }

    fn name(self) -> String {
        format!("{}@{}", self.list.name(), self.ratio)
    }

    /// The part of the rows that is really shared: lists of all rows or none have no free ratio.
    fn effective(self) -> f64 {
        match self.list {
            List::Nothing => 0.0,
            List::All => 1.0,
            _ => self.ratio,
        }
    }
}

#[component]
pub fn Compare(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let selected = overview.selected;
    let first = if selected { List::Ssim } else { List::Nothing };
    let other = match (selected, overview.synthetic) {
        (false, _) => List::All,
        (true, true) => List::Planted,
        (true, false) => List::Random,
    };
    let default = [first, other];
    let side = move |i: usize| {
        Memo::new(move |_| {
            let chosen = page.address.with(|a| a.models[i].clone());
            let otherwise = CompareSide { list: default[i], ratio: page.derived.ratio.get() };
            chosen.and_then(|text| CompareSide::parse(&text)).unwrap_or(otherwise)
        })
    };
    let sides = [side(0), side(1)];
    let cut = page.derived.pool;
    let lists = sides.map(|side| Memo::new(move |_| listed(page, side.get(), cut.get())));
    let only = move || page.address.with(|a| a.differences);
    let differs = Memo::new(move |_| {
        let [a, b] = lists.map(|l| l.get());
        a.iter().zip(b.iter()).map(|(a, b)| a != b).collect::<Vec<bool>>()
    });
    let overlap = move || {
        let [a, b] = lists.map(|l| l.get());
        let n = |bits: &[bool]| count(bits.iter().filter(|b| **b).count() as u64);
        format!(
            "{} and {} rows shared; {} differ; Jaccard {}",
            n(&a),
            n(&b),
            count(differs.with(|d| d.iter().filter(|b| **b).count() as u64)),
            fixed(jaccard(&a, &b), 3)
        )
    };
    let planes = [0, 1].map(|i| {
        let (side, shared) = (sides[i], lists[i]);
        view! {
            <div class="card">
                <Choice page i side truth=overview.synthetic selected />
                <Plane page side shared differs />
            </div>
        }
    });
    view! {
        <section aria-labelledby="compare">
            <h1 id="compare">"Two lists, row by row"</h1>
            <p class="choices">
                <strong id="overlap" role="status">{overlap}</strong>
                <label class="choice check">
                    <input
                        type="checkbox" prop:checked=only
                        on:change=move |event| page.choose(|a| a.differences = event_target_checked(&event))
                    />
                    <span>"Only rows that differ"</span>
                </label>
            </p>
            <div class="beside">{planes.collect_view()}</div>
            <p class="key muted">"Filled: shared. Hollow: private."</p>
            <p class="key muted" inner_html=move || page.derived.sampled().unwrap_or_default()></p>
            <Worth page overview sides />
        </section>
    }
}

/// Whether a side shares each row, `[n]`.
fn listed(page: PageState, side: CompareSide, cut: Pool) -> Vec<bool> {
    let sample = page.derived.sample.get();
    let ranking = sample.ranking(side.list, cut);
    sample.shared(side.list, ranking.as_ref(), ShareCriterion::Ratio(side.ratio))
}

/// The controls for a side's list and ratio.
#[component]
fn Choice(
    page: PageState,
    i: usize,
    side: Memo<CompareSide>,
    truth: bool,
    selected: bool,
) -> impl IntoView {
    let known = List::ALL.iter().filter(move |l| match l {
        List::Ssim => selected,
        List::Planted => truth,
        _ => true,
    });
    let options = known.map(|l| {
        let l = *l;
        view! { <option value=l.name() selected=move || side.get().list == l>{list_label(l)}</option> }
    });
    let put = move |side: CompareSide| page.choose(|a| a.models[i] = Some(side.name()));
    let name = ["List A", "List B"][i];
    let has_fixed_ratio = move || side.get().list.is_end();
    view! {
        <div class="choices">
            <label class="choice">
                <span>{name}</span>
                <select on:change=move |event| { if let Some(list) = List::find(&event_target_value(&event)) {
                    put(CompareSide { list, ..side.get_untracked() });
                } }>
                    {options.collect_view()}
                </select>
            </label>
            <label class="choice">
                <span>"Ratio, %"</span>
                <input
                    type="number" min="0" max="100" step="1" disabled=has_fixed_ratio
                    prop:value=move || (100.0 * side.get().ratio).round()
                    on:change=move |event| { if let Some(x) = number(&event_target_value(&event)) {
                        put(CompareSide { ratio: (x / 100.0).clamp(0.0, 1.0), ..side.get_untracked() });
                    } }
                />
            </label>
        </div>
    }
}

/// The difference in a metric between the two lists, where a sweep measured it, and the models that
/// were trained in this page.
#[component]
fn Worth(page: PageState, overview: Arc<Overview>, sides: [Memo<CompareSide>; 2]) -> impl IntoView {
    let lines = table(page, move || {
        let list = |side: CompareSide| (side.list.name().to_owned(), side.effective());
        Picture::Worth {
            metric: page.address.with(|a| a.metric.name().to_owned()),
            sides: sides.map(|side| list(side.get())),
            is_of_run: page.derived.pool.get() == page.derived.pool_of_run.get(),
        }
    });
    let title = move || {
        format!("Test {} of models trained on these lists", page.address.with(|a| a.metric.label()))
    };
    let trained = move || {
        let results = page.training.results.get();
        let lines = results.iter().map(|r| {
            let shared = r.shared[0] as f64 / (r.shared[1] as f64).max(1.0);
            view! {
                <tr>
                    <th scope="row">{format!("{}, {} epochs, seed {}", r.wanted.method, r.wanted.epochs, r.wanted.seed)}</th>
                    <td class="word">{r.data.clone()}</td>
                    <td>{percent(Some(shared))}</td>
                    <td>{metric(r.test.all.get(Metric::AUC))}</td>
                    <td>{metric(r.test.mean_auc)}</td>
                </tr>
            }
        });
        (!results.is_empty()).then(|| view! {
            <div class="card">
                <h2 class="small" id="here">"Trained in this page"</h2>
                <div class="scroll" tabindex="0" role="region" aria-label="Trained here, scrollable">
                    <table aria-labelledby="here">
                        <thead>
                            <tr>
                                <th scope="col">"method"</th>
                                <th scope="col">"rows"</th>
                                <th scope="col">"shared"</th>
                                <th scope="col">"AUC all"</th>
                                <th scope="col">"mean of scenarios"</th>
                            </tr>
                        </thead>
                        <tbody>{lines.collect_view()}</tbody>
                    </table>
                </div>
            </div>
        })
    };
    let compared = match overview.measured.is_empty() {
        true => view! {
            <div class="card">
                <h2 class="small">"Models trained on these lists"</h2>
                <p>
                    {code("This file measures none. `ssim sweep --run RUN` trains models on lists of several ratios and methods, and `ssim export --run RUN` writes their metrics into the file.")}
                </p>
            </div>
        }
        .into_any(),
        false => view! {
            <div class="card">
                <h2 class="small" id="worth">{title}</h2>
                <div class="choices"><MetricChoice page overview=overview.clone() /></div>
                <div class="scroll tall" tabindex="0" role="region" aria-label="Differences, scrollable">
                    <table aria-labelledby="worth">
                        <thead>
                            <tr>
                                <th scope="col">"scenario"</th>
                                <th scope="col">"A"</th>
                                <th scope="col">"B"</th>
                                <th scope="col">"A − B"</th>
                                <th scope="col">"95 % interval"</th>
                                <th scope="col">"p"</th>
                            </tr>
                        </thead>
                        <tbody inner_html=lines></tbody>
                    </table>
                </div>
                <p class="muted note">
                    "≈: between two measured ratios. –: not measured; the models of the file were trained on the best of "
                    {move || best_of(page.derived.pool_of_run.get())}". Differences, intervals and p are computed from paired seeds, where both ratios were measured."
                </p>
            </div>
        }
        .into_any(),
    };
    view! { {compared} {trained} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_reads_back() {
        let side = CompareSide { list: List::Random, ratio: 0.35 };
        assert_eq!(CompareSide::parse(&side.name()), Some(side));
        assert_eq!(CompareSide::parse("mt").unwrap().effective(), 0.0);
        assert!(
            CompareSide::parse("ssim@7").is_none() && CompareSide::parse("nobody@0.5").is_none()
        );
    }
}
