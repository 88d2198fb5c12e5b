//! Views that the worker draws as HTML. The page inserts them and listens for clicks, so that a new view hardly
//! makes its program larger.
//!
//! An element of a view tells the page by its attributes what a click does:
//! - `data-add`: a rule whose step is added to the selection, or taken back;
//! - `data-row`: the index of a row, which What-if opens;
//! - `data-force` and `data-keep-out`: with how many seeds the selection is tested;
//! - `data-detail`: the details of the view after the click. Of a field of a form it is their beginning, and the
//!   field's value follows.

use serde::{Deserialize, Serialize};
use ssim_figure::choices;

choices! {
    /// A view that the worker draws.
    Drawing {
        /// Values of fields that are shared more often than their scenarios explain.
        #[default]
        Profile = "profile",
        /// The change of every tower's loss on the shared rows of every scenario.
        Transfer = "transfer",
        /// The rows with their values.
        Rows = "rows",
        /// How many rows have the values of every field.
        Fields = "fields",
        /// The choices of a test of the selection.
        Trial = "test",
        /// The values of one row; the details are its index.
        Row = "row",
    }
}

/// A view that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawWanted {
    /// The view.
    pub drawing: Drawing,
    /// The choices within the view. The worker writes them into the view, and the page gives them back.
    pub detail: String,
    /// Whether each row is shared, `[n]`; empty for a view that does not show it.
    pub shared: Vec<bool>,
    /// Whether each row is selected, `[n]`; empty if none is.
    pub selected: Vec<bool>,
}

/// The rows that match a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchedRows {
    /// The rule.
    pub rule: String,
    /// Whether each row matches, `[n]`, or the error in the rule.
    pub rows: Result<Vec<bool>, String>,
}
