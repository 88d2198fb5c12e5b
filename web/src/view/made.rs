//! Pictures and tables that the worker makes. The page's program holds none of what makes them.

use super::chart::{figure, measured};
use super::save;
use super::state::PageState;
use crate::protocol::Picture;
use leptos::prelude::*;

/// Says which picture is wanted.
type What = Box<dyn Fn() -> Picture + Send + Sync>;

/// Shows a picture of the worker, with a button that saves it as `name`. It is made again whenever a signal that `what`
/// reads or the window's width changes.
#[component]
pub fn Made(
    page: PageState,
    name: &'static str,
    what: impl Fn() -> Picture + Send + Sync + 'static,
) -> impl IntoView {
    drawn(page, name, Box::new(what))
}

/// The picture for any `what`, of which the page's program needs one copy.
fn drawn(page: PageState, name: &'static str, what: What) -> AnyView {
    let (place, width) = measured(page);
    let what = Memo::new(move |_| what());
    let svg = made(page, what, width);
    let keep = move || {
        let save = move |svg: Option<String>| {
            save::save(&format!("{name}.svg"), "image/svg+xml", &svg.unwrap_or_default());
        };
        page.draw((what.get_untracked(), width.get_untracked(), true), Box::new(save));
    };
    figure(place, Box::new(move || svg.get()), Box::new(keep))
}

/// The HTML of a table.
pub fn table(
    page: PageState,
    what: impl Fn() -> Picture + Send + Sync + 'static,
) -> RwSignal<String> {
    let what: What = Box::new(what);
    made(page, Memo::new(move |_| what()), RwSignal::new(1.0))
}

/// The wish that waits while the worker fulfils the one before.
#[derive(Default)]
struct Wishes {
    busy: bool,
    next: Option<(Picture, f64)>,
}

/// The text that the worker makes, anew whenever the picture, the width or the open file changes. Nothing is asked for
/// until the width is known. While a picture is made, only the last wish is kept, so that a drag sends no more than the
/// worker answers.
fn made(page: PageState, what: Memo<Picture>, width: RwSignal<f64>) -> RwSignal<String> {
    let text = RwSignal::new(String::new());
    let wishes = StoredValue::new(Wishes::default());
    Effect::new(move |_| {
        // A worker that was started anew has opened the file again.
        page.shown.track();
        let wish = (what.get(), width.get());
        if wish.1 > 0.0 {
            ask(page, wish, wishes, text);
        }
    });
    text
}

fn ask(page: PageState, wish: (Picture, f64), wishes: StoredValue<Wishes>, text: RwSignal<String>) {
    let free = wishes.try_update_value(|wishes| {
        let free = !wishes.busy;
        (wishes.busy, wishes.next) = (true, if free { None } else { Some(wish.clone()) });
        free
    });
    if free != Some(true) {
        return;
    }
    let (picture, width) = wish;
    let have = move |made: Option<String>| {
        if let Some(made) = made {
            let _ = text.try_set(made);
        }
        let next = wishes.try_update_value(|wishes| {
            wishes.busy = false;
            wishes.next.take()
        });
        if let Some(Some(wish)) = next {
            ask(page, wish, wishes, text);
        }
    };
    page.draw((picture, width, false), Box::new(have));
}
