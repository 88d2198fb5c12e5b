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

/// A question with its newest answer; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Question {
    /// The newest answer. It stays until the next one is here.
    pub answer: RwSignal<Option<Reply>>,
    asked: StoredValue<Option<Asked>>,
}

impl Question {
    /// A question that has not been asked.
    pub fn new() -> Self {
        Self { answer: RwSignal::new(None), asked: StoredValue::new(None) }
    }

    /// Asks the worker whenever `wanted` or the file changes. One question at a time is on its way, so that a
    /// slider that is dragged does not leave a queue behind.
    pub fn follow(
        self,
        page: PageState,
        wanted: impl Fn() -> Option<Request> + Send + Sync + 'static,
    ) {
        ask(page, self, Box::new(wanted));
    }

    /// Asks again.
    pub fn again(self, page: PageState) {
        self.asked.set_value(None);
        page.told.set(None);
    }
}

/// The same for any `wanted`, of which the page's program needs one copy.
fn ask(
    page: PageState,
    Question { answer, asked }: Question,
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
