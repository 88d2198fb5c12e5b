//! A rule is a selection of rows written as text. It gives the same rows wherever it is read.

mod error;
mod fields;
mod parse;
mod rows;
mod text;

use crate::points::Rect;
pub use error::RuleError;
pub use fields::FieldColumn;
use std::collections::BTreeSet;

/// A selection of rows in steps. It starts with no rows, and every step adds or removes some.
///
/// Its text is `STEP { (+|-) STEP }`. A step is `CLAUSE { & CLAUSE }`, and it has the rows for
/// which all its clauses hold. Clauses are
/// - `NAME OP NUMBER` with one of `=`, `!=`, `<`, `<=`, `>`, `>=`;
/// - `"FIELD" = "VALUE"`, `"FIELD" != "VALUE"` and `"FIELD" in ("VALUE", …)`, a field's value as the log has it;
/// - `NAME,NAME in (x y, x y, …)`, the inside of a [`Polygon`](crate::Polygon);
/// - `NAME,NAME in [x0 x1, y0 y1]`, a rectangle with its edges;
/// - `all`, which holds for every row.
///
/// `NAME` is the name of a column: lower-case letters, digits, and `_`, `.` or `-` between them,
/// with a letter first. The quotes of a field may be left out where it has such a name and `in` follows, and those
/// of values in brackets where they have no blanks or commas; a comparison of a name that no column has is one
/// of the field. In quotes, `\` stands before a quote or another `\`. There must be blanks around `+`, `-` and `&`. An empty text selects no
/// rows. [`Display`] and [`FromStr`] are each other's inverse. In an address the text needs
/// percent-encoding.
///
/// [`Display`]: std::fmt::Display
/// [`FromStr`]: std::str::FromStr
///
/// ```
/// let rule: ssim_viz::Rule = "score,age in [0 0.5, 20 29] + score > 1.5 - click = 1".parse()?;
/// let rows = rule.rows(3, |name| match name {
///     "score" => Some(&[0.1, 2.0, 9.0]),
///     "age" => Some(&[25.0, 70.0, 25.0]),
///     "click" => Some(&[0.0, 0.0, 1.0]),
///     _ => None,
/// })?;
/// assert_eq!(rows, [true, true, false]);
/// # Ok::<(), ssim_viz::RuleError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    steps: Vec<(RuleEffect, Step)>,
}

/// The effect of a step on its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleEffect {
    /// The rows become selected.
    Add,
    /// The rows are no longer selected.
    Remove,
}

/// One step of a rule: the rows for which all clauses hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The clauses, at least one.
    pub clauses: Vec<Clause>,
}

/// A condition on a row. A row with NaN in a column of the condition does not fulfil it.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// Every row.
    All,
    /// A column compared with a number. The number is rounded to `f32` as the column was, so a row
    /// that was read from "0.1" is equal to 0.1.
    Compare {
        /// The name of the column.
        column: String,
        /// The comparison.
        op: Op,
        /// The number that the column is compared with.
        number: f64,
    },
    /// A field of the log has one of these values, or, without `is`, none of them. A value that has no id of its
    /// own is none of any.
    Field {
        /// The name of the field.
        field: String,
        /// Whether the field has one of the values.
        is: bool,
        /// The values, at least one.
        values: Vec<String>,
    },
    /// Inside an outline over two columns; see [`Polygon`](crate::Polygon).
    Polygon {
        /// The horizontal column.
        x: String,
        /// The vertical column.
        y: String,
        /// The corners: at least 3 here, and at most [`Rule::CORNERS`] in the whole rule.
        corners: Vec<(f64, f64)>,
    },
    /// Inside a rectangle over two columns, or on its edges. The edges are rounded to `f32` as the
    /// columns were.
    Rect {
        /// The horizontal column.
        x: String,
        /// The vertical column.
        y: String,
        /// The rectangle.
        rect: Rect,
    },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Rule {
    /// The largest number of steps in a rule.
    pub const STEPS: usize = 100;
    /// The largest number of clauses in a step.
    pub const CLAUSES: usize = 100;
    /// The largest number of polygon corners in all steps together, and of values of fields.
    pub const CORNERS: usize = 10_000;

    /// Adds a step that selects its rows in addition.
    ///
    /// # Errors
    /// [`RuleError::Step`] if the step has no clause, a name that is not allowed, a number that is
    /// not finite or a polygon of fewer than 3 corners, or if the rule would exceed one of its
    /// limits.
    pub fn add(&mut self, step: Step) -> Result<(), RuleError> {
        self.push(RuleEffect::Add, step)
    }

    /// Adds a step after which its rows are no longer selected. An empty rule stays empty, because
    /// no rows are selected yet; so the first step of a rule always adds.
    ///
    /// # Errors
    /// The step is rejected for the same reasons as by [`Rule::add`].
    pub fn remove(&mut self, step: Step) -> Result<(), RuleError> {
        self.push(RuleEffect::Remove, step)
    }

    /// Takes back a step that selects its rows. Steps that remove rows go with it where no other selects
    /// rows before them.
    pub fn take_back(&mut self, step: &Step) {
        self.steps.retain(|(effect, other)| *effect == RuleEffect::Remove || other != step);
        let first = self.steps.iter().position(|(effect, _)| *effect == RuleEffect::Add);
        self.steps.drain(..first.unwrap_or(self.steps.len()));
    }

    /// Whether the rule has no steps, so that it selects no rows of any data.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps in order. The first one always adds.
    pub fn steps(&self) -> &[(RuleEffect, Step)] {
        &self.steps
    }

    /// Names of the columns that the rule reads, in order of their first use.
    pub fn columns(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.clauses().flat_map(Clause::columns).filter(|name| seen.insert(*name)).collect()
    }

    fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.steps.iter().flat_map(|(_, step)| &step.clauses)
    }

    fn push(&mut self, effect: RuleEffect, step: Step) -> Result<(), RuleError> {
        let corners = self.clauses().chain(&step.clauses).map(Clause::corners).sum();
        step.check(self.steps.len(), corners)?;
        if effect == RuleEffect::Add || !self.is_empty() {
            self.steps.push((effect, step));
        }
        Ok(())
    }
}

impl Clause {
    /// Names of the columns that the clause reads.
    fn columns(&self) -> impl Iterator<Item = &str> {
        let (x, y) = match self {
            Self::All | Self::Field { .. } => (None, None),
            Self::Compare { column, .. } => (Some(column), None),
            Self::Polygon { x, y, .. } | Self::Rect { x, y, .. } => (Some(x), Some(y)),
        };
        x.into_iter().chain(y).map(String::as_str)
    }

    /// Number of the clause's polygon corners, or values of a field.
    fn corners(&self) -> usize {
        match self {
            Self::Polygon { corners, .. } => corners.len(),
            Self::Field { values, .. } => values.len(),
            _ => 0,
        }
    }
}

impl From<Clause> for Step {
    fn from(clause: Clause) -> Self {
        Self { clauses: vec![clause] }
    }
}

/// Whether a rule can contain a column of this name.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with(['_', '.', '-'])
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-'))
        && name != "all"
}
