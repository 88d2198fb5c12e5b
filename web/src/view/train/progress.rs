//! The progress of a training, and the buttons that start, pause and stop it.

use crate::view::state::PageState;
use crate::view::training::{Going, TrainingState};
use leptos::prelude::*;
use ssim_viz::{count, fixed};

#[component]
pub fn Progress(page: PageState) -> impl IntoView {
    let training = page.training;
    let paused = move || matches!(training.going.get(), Going::Running { paused: true, .. });
    let words = move || told(training);
    let part = move || match training.going.get() {
        Going::Running { steps, of, .. } => Some(steps as f64 / of.max(1) as f64),
        _ => None,
    };
    view! {
        <div class="card going">
            <p class="buttons">
                <button
                    type="button" class="primary" disabled=move || training.busy()
                    on:click=move |_| training.start(page)
                >
                    "Train"
                </button>
                <button
                    type="button" disabled=move || !training.busy()
                    on:click=move |_| training.pause(page, !paused())
                >
                    {move || if paused() { "Go on" } else { "Pause" }}
                </button>
                <button type="button" disabled=move || !training.busy() on:click=move |_| training.stop(page)>
                    "Stop"
                </button>
            </p>
            <p role="status" class="told">{words}</p>
            <p class="muted" id="rows-read">{move || training.read.get()}</p>
            <Show when=move || training.busy()>
                <progress aria-label="Training" max="1" value=part></progress>
            </Show>
        </div>
    }
}

/// The progress in words.
pub fn told(training: TrainingState) -> String {
    match training.going.get() {
        Going::Idle => String::new(),
        Going::Preparing => "Preparing the rows …".to_owned(),
        Going::Stopped => "Stopped. Nothing was kept.".to_owned(),
        Going::Done => "Done. The result is below.".to_owned(),
        Going::Running { phase, steps, of, milliseconds, mask, .. } => {
            let left = match steps {
                0 => String::new(),
                n => format!(
                    ", about {} s left",
                    fixed(milliseconds / n as f64 * of.saturating_sub(n) as f64 / 1000.0, 0)
                ),
            };
            let mask = mask.map_or(String::new(), |(temperature, shared)| {
                format!(
                    "; temperature {}, {:.0} % of the batch shared",
                    fixed(temperature, 0),
                    100.0 * shared
                )
            });
            format!("{phase}: step {} of {}{left}{mask}", count(steps), count(of))
        }
    }
}
