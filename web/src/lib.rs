//! The page: which instances a trained selector shares between scenarios, and what that does to
//! every scenario.
//!
//! Two programs talk in [`protocol`] messages. The *page* draws ([`view`]) and has no tensor
//! library in it; the *worker* ([`worker`]) reads an artifact and answers from it with the same
//! code as the native program ([`engine`], [`train`]). [`link`] is the page's end of the line between
//! them, [`sample`] the rows that the page holds itself, so that dragging and selecting wait for
//! nobody, and [`address`] everything a link to the page says.

pub mod address;
pub mod diagnose;
pub mod engine;
pub mod fetch;
pub mod host;
pub mod link;
pub mod measured;
pub mod protocol;
pub mod sample;
pub mod train;
pub mod trainer;
pub mod view;
pub mod worker;
