//! The page shows which instances a trained selector shares between scenarios, and how that
//! changes the predictions for every scenario.
//!
//! Three programs exchange [`protocol`] messages. The *page* draws ([`view`]) and contains no
//! tensor library. The *worker* ([`worker`]) reads an artifact and answers questions about it with
//! the same code as the native program ([`engine`]). The *trainer* ([`trainer`]) is fetched only
//! when somebody trains ([`train`]).
//!
//! [`link`] is the page's side of the connection to both workers. [`sample`] holds the rows in the
//! page itself, so that dragging and selecting do not wait for a worker, and [`share`] says which of them are shared.
//! [`address`] holds every choice that a link to the page keeps. What moves while a reader drags is drawn by the page; all
//! other pictures and tables come from the worker as text ([`protocol::Picture`]).
//!
//! A fourth program works alone: [`live`] draws one picture in somebody else's document.

pub mod address;
pub mod cell;
pub mod diagnose;
pub mod engine;
pub mod fetch;
pub mod host;
pub mod link;
pub mod live;
pub mod number;
pub mod protocol;
pub mod sample;
pub mod share;
pub mod strips;
pub mod text;
pub mod train;
pub mod trainer;
pub mod view;
pub mod worker;
