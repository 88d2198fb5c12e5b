//! Questions to the worker that follow the reader's choices.

use super::derived::Computed;
use super::state::PageState;
use crate::protocol::{Reply, Request};
use crate::sample::Sample;
use leptos::prelude::*;

/// A question that was sent.
struct Asked {
    request: Request,
    /// Number of the request.
    id: u32,
    /// The file that the question is about.
    sample: Computed<Sample>,
    answered: bool,
}

/// Asks the worker whenever `wanted` or the file changes, and keeps the newest answer in `answer`. One question at
/// a time is on its way, so that a slider that is dragged does not leave a queue behind. The returned function asks
/// again.
pub fn follow(
    page: PageState,
    answer: RwSignal<Option<Reply>>,
    wanted: impl Fn() -> Option<Request> + Send + Sync + 'static,
) -> impl Fn() + Copy + Send + Sync + 'static {
    let asked = StoredValue::new(None);
    ask(page, answer, asked, Box::new(wanted));
    move || {
        asked.set_value(None);
        page.told.set(None);
    }
}

/// The same for any `wanted`, of which the page's program needs one copy.
fn ask(
    page: PageState,
    answer: RwSignal<Option<Reply>>,
    asked: StoredValue<Option<Asked>>,
    wanted: Box<dyn Fn() -> Option<Request> + Send + Sync>,
) {
    Effect::new(move |_| {
        let (sample, wanted) = (page.derived.sample.get(), wanted());
        page.told.track();
        let arrived = asked.try_update_value(|asked| {
            let asked = asked.as_mut().filter(|asked| !asked.answered)?;
            let reply = page.told.with_untracked(|told| {
                told.as_ref().filter(|told| told.0 == asked.id).map(|told| told.1.clone())
            });
            asked.answered = reply.is_some();
            reply
        });
        if let Some(Some(reply)) = arrived {
            answer.set(Some(reply));
        }
        let Some(request) = wanted else { return };
        let open = asked.with_value(|asked| {
            asked.as_ref().is_some_and(|asked| {
                asked.sample == sample && (!asked.answered || asked.request == request)
            })
        });
        if !open && !sample.is_empty() {
            let id = page.send(request.clone(), None);
            asked.set_value(Some(Asked { request, id, sample, answered: false }));
        }
    });
}
