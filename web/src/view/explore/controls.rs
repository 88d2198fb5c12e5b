//! The controls for the list: share ratio, list, pool and lowest shared score.

mod moments;

use crate::address::List;
use crate::number::number;
use crate::protocol::Overview;
use crate::sample::scores;
use crate::share::ShareCriterion;
use crate::text::best_of;
use crate::view::select::Select;
use crate::view::state::PageState;
use leptos::prelude::*;
use moments::Moments;
use ssim_core::mask::Pool;
use std::sync::Arc;

/// The name of a list in menus.
pub fn list_label(list: List) -> &'static str {
    match list {
        List::Ssim => "chosen rows (ssim)",
        List::Random => "random rows (ssim-r)",
        List::Planted => "true list (planted)",
        List::All => "all rows (mt-s)",
        List::Nothing => "no row (mt)",
    }
}

#[component]
pub fn Controls(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let truth = overview.synthetic;
    let selector = overview.selected;
    let lists = List::ALL.iter().copied().filter(|list| match list {
        List::Ssim => selector,
        List::Planted => truth,
        _ => true,
    });
    let lists: Vec<_> = lists.map(|l| (l.name(), list_label(l).to_owned())).collect();
    let pools: Vec<_> =
        Pool::ALL.into_iter().map(|pool| (pool.name(), best_of(pool).to_owned())).collect();
    let list = move || page.derived.list.get().name();
    let fixed = move || {
        page.derived.list.get().is_end()
            || matches!(page.derived.cut.get(), ShareCriterion::Moment(..))
    };
    view! {
        <div class="card controls bar">
            <Ratio page disabled=fixed />
            {selector.then(|| view! { <Threshold page /> })}
            <Select
                label="List" options=lists value=list
                choose=move |name: String| {
                    page.choose(|a| a.list = List::find(&name))
                }
            />
            <Select
                label="Best of" options=pools
                value=move || page.derived.pool.get().name()
                choose=move |name: String| page.choose(|a| a.cut = Pool::find(&name))
            />
        </div>
    }
}

/// Notes on what the file does not say, and the control of the search where its moments share different rows.
#[component]
pub fn Notes(page: PageState, overview: Arc<Overview>) -> impl IntoView {
    let moments = overview.moments.clone();
    let sample = page.derived.sample.get_untracked();
    let shared = moments.iter().enumerate().map(|(i, moment)| {
        let scores = sample.column(&scores(Some(i + 1))).unwrap_or_default();
        scores.iter().map(|z| f64::from(*z) > moment.2).filter(|shared| *shared).count()
    });
    let shared: Vec<usize> = shared.collect();
    let moves = shared.iter().any(|n| *n != shared[0]);
    let truth = overview.synthetic;
    let selector = overview.selected;
    view! {
        {moves.then(|| view! { <Moments page moments /> })}
        {(!truth).then(|| view! {
            <p class="muted note">
                "Real data: which rows follow a common preference is not known, so planted truth, precision and recall \
                 are not offered."
            </p>
        })}
        {(selector && overview.by.is_none()).then(|| view! {
            <p class="muted note">
                "The file does not say among which rows its list takes the best; each batch is assumed."
            </p>
        })}
        {(!selector).then(|| view! {
            <p class="muted note">"This run had no selector: there are no share scores, and no list to cut."</p>
        })}
    }
}

/// The share ratio as a slider and as a number.
#[component]
fn Ratio(page: PageState, disabled: impl Fn() -> bool + Copy + Send + 'static) -> impl IntoView {
    let percent = move || (100.0 * page.derived.ratio.get()).round();
    let set = move |event: leptos::ev::Event| {
        if let Some(percent) = number(&event_target_value(&event)) {
            page.choose(|a| {
                (a.ratio, a.threshold) = (Some((percent / 100.0).clamp(0.0, 1.0)), None);
            });
        }
    };
    view! {
        <div class="ratio">
            <label for="ratio">"Share ratio"</label>
            <input
                id="ratio" type="range" min="0" max="100" step="1" disabled=disabled
                prop:value=percent aria-valuetext=move || format!("{} percent", percent())
                on:input=set
            />
            <input
                type="number" min="0" max="100" step="1" aria-label="Share ratio in percent"
                disabled=disabled prop:value=percent on:change=set
            />
            <span aria-hidden="true">"%"</span>
        </div>
    }
}

/// The lowest shared score. It follows from the ratio, or the reader sets it instead of the ratio.
#[component]
fn Threshold(page: PageState) -> impl IntoView {
    let closed = move || {
        page.derived.list.get() != List::Ssim
            || matches!(page.derived.cut.get(), ShareCriterion::Moment(..))
    };
    let lowest = move || match page.derived.cut.get() {
        ShareCriterion::Threshold(t) => t.to_string(),
        _ if closed() => String::new(),
        _ => {
            let lowest = page.derived.sample.get().threshold(&page.derived.shared.get());
            lowest.map_or(String::new(), |t| format!("{t:.3}"))
        }
    };
    let set = move |event: leptos::ev::Event| {
        page.choose(|a| a.threshold = number(&event_target_value(&event)).map(|t| t as f32));
    };
    view! {
        <label class="choice">
            <span>"Lowest score shared"</span>
            <input type="number" step="any" disabled=closed prop:value=lowest on:change=set />
        </label>
    }
}
