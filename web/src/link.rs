//! The page's connection to a worker: it starts the worker, waits until it listens, and starts a
//! new one after a crash.

use crate::protocol::{Reply, Request, decode, encode};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

/// The script that loads the worker. Its name is the same in every build.
pub const WORKER: &str = "./worker_loader.js";
/// The script that loads the trainer. Its name is the same in every build.
pub const TRAINER: &str = "./trainer_loader.js";

/// A connection to a worker; a handle that can be cloned.
#[derive(Clone)]
pub struct Link(Rc<RefCell<Line>>);

struct Line {
    script: &'static str,
    listener: Rc<dyn Fn(u32, Reply, Array)>,
    next: u32,
    worker: Option<Running>,
}

struct Running {
    worker: Worker,
    /// Messages for a worker that does not listen yet; `None` once it does.
    waiting: Option<Vec<Array>>,
    // The browser calls these closures, so they must live as long as the worker.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Link {
    /// Creates a connection without a worker. `listener` is called for every reply, with the number
    /// of its request, the reply, and the arrays that were sent beside it.
    pub fn new(script: &'static str, listener: impl Fn(u32, Reply, Array) + 'static) -> Self {
        Self(Rc::new(RefCell::new(Line {
            script,
            listener: Rc::new(listener),
            next: 0,
            worker: None,
        })))
    }

    /// Starts the worker before the first request, so that it loads while the file is fetched.
    pub fn start(&self) {
        if self.0.borrow().worker.is_some() {
            return;
        }
        match self.running() {
            Ok(running) => self.0.borrow_mut().worker = Some(running),
            Err(error) => self.crashed(format!("the worker could not be started: {error:?}")),
        }
    }

    /// Sends a request and returns its number. The bytes are copied, so the page keeps its own.
    pub fn send(&self, body: Request, bytes: Option<&ArrayBuffer>) -> u32 {
        self.start();
        let mut line = self.0.borrow_mut();
        line.next += 1;
        let message = Uint8Array::from(&encode(line.next, &body)[..]).buffer();
        let parts = Array::of1(&message);
        if let Some(bytes) = bytes {
            parts.push(bytes);
        }
        match &mut line.worker {
            Some(Running { waiting: Some(waiting), .. }) => waiting.push(parts),
            Some(Running { worker, .. }) => {
                let _ = worker.post_message(&parts);
            }
            None => {}
        }
        line.next
    }

    fn running(&self) -> Result<Running, JsValue> {
        let script = self.0.borrow().script;
        let worker = Worker::new(script)?;
        let link = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            link.heard(&event.data().unchecked_into());
        });
        let link = self.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            // When the script cannot be fetched, the event has no message.
            let message = js_sys::Reflect::get(&event, &"message".into()).ok();
            let message = message.and_then(|m| m.as_string()).filter(|m| !m.is_empty());
            link.crashed(message.unwrap_or_else(|| format!("{script} could not be loaded")));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let waiting = Some(Vec::new());
        Ok(Running { worker, waiting, _on_message: on_message, _on_error: on_error })
    }

    fn heard(&self, parts: &Array) {
        let message = Uint8Array::new(&parts.get(0)).to_vec();
        let (id, reply) = match decode(&message) {
            Ok(message) => message,
            Err(error) => return self.crashed(format!("from the worker, {error}")),
        };
        match reply {
            Reply::Ready => self.ready(),
            Reply::Crashed { message } => self.crashed(message),
            reply => self.tell(id, reply, parts.slice(1, parts.length())),
        }
    }

    fn ready(&self) {
        let mut line = self.0.borrow_mut();
        if let Some(running) = &mut line.worker {
            for parts in running.waiting.take().unwrap_or_default() {
                let _ = running.worker.post_message(&parts);
            }
        }
    }

    /// Terminates the worker; the next request starts a new one.
    fn crashed(&self, message: String) {
        let Some(running) = self.0.borrow_mut().worker.take() else {
            return self.tell(0, Reply::Crashed { message }, Array::new());
        };
        running.worker.set_onmessage(None);
        running.worker.set_onerror(None);
        running.worker.terminate();
        // The closure that is running now may belong to `running`, so it must outlive this call.
        wasm_bindgen_futures::spawn_local(async move { drop(running) });
        self.tell(0, Reply::Crashed { message }, Array::new());
    }

    fn tell(&self, id: u32, reply: Reply, arrays: Array) {
        // The listener may send a request at once, so nothing may be borrowed while it runs.
        let listener = self.0.borrow().listener.clone();
        listener(id, reply, arrays);
    }
}
