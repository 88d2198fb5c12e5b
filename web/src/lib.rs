//! The page: which instances a trained selector shares between scenarios, and what that does to
//! every scenario.
//!
//! Three programs talk in [`protocol`] messages. The *page* draws ([`view`]) and has no tensor
//! library in it; the *worker* ([`worker`]) reads an artifact and answers from it with the same
//! code as the native program ([`engine`]); the *trainer* ([`trainer`]) is fetched when somebody
//! trains ([`train`]). [`link`] is the page's end of the line to both, [`sample`] the rows that the page holds itself, so that dragging and selecting wait for
//! nobody, and [`address`] everything a link to the page says.
//!
//! A fourth program stands for itself: [`live`] draws one picture in somebody else's document.

pub mod address;
pub mod diagnose;
pub mod engine;
pub mod fetch;
pub mod host;
pub mod link;
pub mod live;
pub mod protocol;
pub mod sample;
pub mod train;
pub mod trainer;
pub mod view;
pub mod worker;
