//! The moments of the search: the rows that the mask shared while the temperature rose.

use crate::address::List;
use crate::view::state::PageState;
use leptos::prelude::*;
use ssim_viz::{count, fixed};

/// A slider over the moments of the search; its last position is the finished selector. A moment is
/// a step, its temperature, and the score above which the mask shared rows.
#[component]
pub fn Moments(page: PageState, moments: Vec<(u64, f64, f64)>) -> impl IntoView {
    let last = moments.len() + 1;
    let last_step = moments.last().map_or(0, |m| m.0);
    let at = move || page.derived.cut.get().moment().unwrap_or(last);
    let set = move |event: leptos::ev::Event| {
        if let Ok(i) = event_target_value(&event).parse::<usize>() {
            page.choose(|a| a.moment = Some(i).filter(|i| *i < last));
        }
    };
    let words = move || match moments.get(at() - 1) {
        Some((step, temperature, _)) => format!(
            "step {} of {}, temperature {}: the mask shares {} %",
            count(*step),
            count(last_step),
            fixed(*temperature, if *temperature < 10.0 { 1 } else { 0 }),
            fixed(100.0 * page.derived.ratio.get(), 0)
        ),
        None => "finished: the best rows are shared".to_owned(),
    };
    let spoken = words.clone();
    view! {
        <Show when=move || page.derived.list.get() == List::Ssim>
            <div class="card controls">
                <div class="ratio">
                    <label for="moment">"Search: the selector learns"</label>
                    <input
                        id="moment" type="range" min="1" max=last step="1" prop:value=at
                        aria-valuetext=spoken.clone() on:input=set
                    />
                </div>
                <p class="muted told" id="moment-said">{words.clone()}</p>
            </div>
        </Show>
    }
}
