//! Pictures and tables that the worker makes. The page's program holds none of what makes them.

use super::ask::Question;
use super::chart::{figure, measured};
use super::save;
use super::state::PageState;
use crate::protocol::{Picture, Reply, Request};
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
    made(page, name, Box::new(what))
}

/// The picture for any `what`, of which the page's program needs one copy.
fn made(page: PageState, name: &'static str, what: What) -> AnyView {
    let (place, width) = measured(page);
    let what = Memo::new(move |_| what());
    let svg = text(page, what, width);
    let keep = move || {
        let (picture, width) = (what.get_untracked(), width.get_untracked());
        let save = move |svg: &str| save::save(&format!("{name}.svg"), "image/svg+xml", svg);
        once(page, (picture, width, true), Box::new(save));
    };
    figure(place, Box::new(svg), Box::new(keep))
}

/// The HTML of a table.
pub fn table(
    page: PageState,
    what: impl Fn() -> Picture + Send + Sync + 'static,
) -> impl Fn() -> String + Send + Sync + 'static {
    let what: What = Box::new(what);
    text(page, Memo::new(move |_| what()), RwSignal::new(1.0))
}

/// Asks once for a picture of a width that stands in the page or alone, and gives it to `take`.
pub fn once(
    page: PageState,
    (picture, width, alone): (Picture, f64, bool),
    take: Box<dyn FnOnce(&str)>,
) {
    let take = Box::new(move |reply: Reply| {
        if let Reply::Picture(text) = reply {
            take(&text);
        }
    });
    page.once(Request::Picture { picture, width, alone }, take);
}

/// The text that the worker makes, anew whenever the picture, the width or the open file changes. Nothing is asked for
/// until the width is known.
fn text(
    page: PageState,
    what: Memo<Picture>,
    width: RwSignal<f64>,
) -> impl Fn() -> String + Send + Sync + 'static {
    let question = Question::new();
    question.follow(page, move || {
        let (picture, width) = (what.get(), width.get());
        (width > 0.0).then_some(Request::Picture { picture, width, alone: false })
    });
    move || match question.answer.get() {
        Some(Reply::Picture(text)) => text,
        _ => String::new(),
    }
}
