//! The page's connection to a worker: it starts the worker, waits until it listens, and starts a
//! new one after a crash. A browser that kills a worker for want of memory reports no error; therefore a
//! worker that owes an answer must send something from time to time.

use crate::protocol::{Reply, Request, decode, encode};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use leptos::prelude::set_timeout;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

/// The script that loads the worker. Its name is the same in every build.
pub const WORKER: &str = "./worker_loader.js";
/// The script that loads the trainer. Its name is the same in every build.
pub const TRAINER: &str = "./trainer_loader.js";

/// Seconds without a message after which a worker that owes an answer counts as lost. Between two messages of a training
/// all rows are scored once, which takes seconds on a slow machine.
const PATIENCE: u32 = 30;
/// The same for a worker whose program is still being fetched.
const PATIENCE_AT_START: u32 = 300;
/// Bytes for which a worker gets a second more.
const BYTES_PER_SECOND: u32 = 500_000;

/// A connection to a worker; a handle that can be cloned.
#[derive(Clone)]
pub struct Link(Rc<RefCell<Line>>);

struct Line {
    script: &'static str,
    listener: Rc<dyn Fn(u32, Reply, Array)>,
    next: u32,
    worker: Option<Running>,
    /// The requests without a last answer, each with the seconds of silence that it allows.
    owed: BTreeMap<u32, u32>,
    /// Seconds since the worker has sent something. They are counted one by one, so that those in which a machine sleeps
    /// do not count.
    silent: u32,
    /// Whether the next second is being waited for.
    watching: bool,
    /// Whether the worker has been told to wait, so that its silence means nothing.
    held: bool,
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
            owed: BTreeMap::new(),
            silent: 0,
            watching: false,
            held: false,
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

    /// Sends a request that is answered, and returns its number. The bytes are copied, so the page keeps
    /// its own. If no answer comes, the listener hears [`Reply::Crashed`].
    pub fn ask(&self, body: Request, bytes: Option<&ArrayBuffer>) -> u32 {
        let id = self.send(body, bytes);
        let more = bytes.map_or(0, |bytes| bytes.byte_length() / BYTES_PER_SECOND);
        let mut line = self.0.borrow_mut();
        // A worker that could not be started owes nothing.
        if line.worker.is_some() {
            line.owed.insert(id, PATIENCE + more);
            line.silent = 0;
        }
        drop(line);
        self.watch();
        id
    }

    /// Says whether the worker has been told to wait. While it waits, it owes no answer.
    pub fn hold(&self, held: bool) {
        let mut line = self.0.borrow_mut();
        (line.held, line.silent) = (held, 0);
    }

    /// Sends a request, and returns its number. The bytes are copied.
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
        let (id, reply): (u32, Reply) = match decode(&message) {
            Ok(message) => message,
            Err(error) => return self.crashed(format!("from the worker, {error}")),
        };
        {
            let mut line = self.0.borrow_mut();
            line.silent = 0;
            if reply.is_last() {
                line.owed.remove(&id);
            }
        }
        match reply {
            Reply::Ready => self.ready(),
            Reply::Crashed { message } => self.crashed(message),
            reply => self.tell(id, reply, parts.slice(1, parts.length())),
        }
    }

    /// Waits for the next second, if there is anything to wait for.
    fn watch(&self) {
        let mut line = self.0.borrow_mut();
        if !line.watching && !line.owed.is_empty() {
            line.watching = true;
            let link = self.clone();
            set_timeout(move || link.second(), Duration::from_secs(1));
        }
    }

    /// Counts a second without a message.
    fn second(&self) {
        let mut line = self.0.borrow_mut();
        line.watching = false;
        line.silent += u32::from(!line.held);
        let silent = line.silent;
        let starts = line.worker.as_ref().is_some_and(|running| running.waiting.is_some());
        let least = if starts { PATIENCE_AT_START } else { 0 };
        let allowed = line.owed.values().max().map(|most| least.max(*most));
        drop(line);
        match allowed {
            Some(allowed) if silent >= allowed => {
                self.crashed(format!("the worker has not answered for {silent} seconds"));
            }
            _ => self.watch(),
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
        let mut line = self.0.borrow_mut();
        line.owed.clear();
        line.held = false;
        let running = line.worker.take();
        drop(line);
        let Some(running) = running else {
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
