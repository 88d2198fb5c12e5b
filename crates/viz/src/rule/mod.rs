//! A selection of rows as a sentence that gives the same rows wherever it is read.

mod error;
mod parse;
mod rows;
mod text;

use crate::points::Rect;
pub use error::RuleError;
use std::collections::BTreeSet;

/// Which rows, as steps that each add or remove some, from the empty set on.
///
/// As text, `STEP { (+|-) STEP }`; a step is `CLAUSE { & CLAUSE }`, and a row is in the step where
/// all of its clauses hold. Clauses are
/// - `NAME OP NUMBER` with one of `=`, `!=`, `<`, `<=`, `>`, `>=`;
/// - `NAME,NAME in (x y, x y, …)`, the inside of a [`Polygon`](crate::Polygon);
/// - `NAME,NAME in [x0 x1, y0 y1]`, a rectangle with its edges;
/// - `all`.
///
/// Names are those of columns: lower-case letters, digits, and `_`, `.` or `-` between them, a
/// letter first. Blanks stand around `+`, `-` and `&`. No text is no rows. [`Display`] and
/// [`FromStr`] are each other's inverse; in an address the text needs percent-encoding.
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

/// What a step does with its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleEffect {
    /// They become selected.
    Add,
    /// They cease to be selected.
    Remove,
}

/// The rows that fulfil all of some clauses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// At least one.
    pub clauses: Vec<Clause>,
}

/// A condition on a row. Whatever it asks of a column, NaN does not fulfil it.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// Every row.
    All,
    /// A column compared with a number, which is rounded to `f32` as the column was: a row read
    /// from "0.1" is equal to 0.1.
    Compare {
        /// The column.
        column: String,
        /// How.
        op: Op,
        /// With what.
        number: f64,
    },
    /// Inside an outline over two columns; see [`Polygon`](crate::Polygon).
    Polygon {
        /// The horizontal column.
        x: String,
        /// The vertical column.
        y: String,
        /// At least 3, at most [`Rule::CORNERS`] in the whole rule.
        corners: Vec<(f64, f64)>,
    },
    /// Inside a rectangle over two columns or on its edges, which are rounded to `f32` as the
    /// columns were.
    Rect {
        /// The horizontal column.
        x: String,
        /// The vertical column.
        y: String,
        /// Where.
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
    /// At most so many steps.
    pub const STEPS: usize = 100;
    /// At most so many clauses in a step.
    pub const CLAUSES: usize = 100;
    /// At most so many corners of polygons in all steps together.
    pub const CORNERS: usize = 10_000;

    /// Selects a step's rows in addition.
    ///
    /// # Errors
    /// The step has no clause, a name that is none, a number that is not finite or a polygon of
    /// less than 3 corners; or the rule would pass one of its limits.
    pub fn add(&mut self, step: Step) -> Result<(), RuleError> {
        self.push(RuleEffect::Add, step)
    }

    /// Selects a step's rows no more. No rows without any remain no rows: a rule's first step adds.
    ///
    /// # Errors
    /// As [`Rule::add`].
    pub fn remove(&mut self, step: Step) -> Result<(), RuleError> {
        self.push(RuleEffect::Remove, step)
    }

    /// Whether there is no step: no rows, whatever the data.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps in order; the first one adds.
    pub fn steps(&self) -> &[(RuleEffect, Step)] {
        &self.steps
    }

    /// Names of the columns that the rule reads, in the order of their first use.
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
    fn columns(&self) -> impl Iterator<Item = &str> {
        let (x, y) = match self {
            Self::All => (None, None),
            Self::Compare { column, .. } => (Some(column), None),
            Self::Polygon { x, y, .. } | Self::Rect { x, y, .. } => (Some(x), Some(y)),
        };
        x.into_iter().chain(y).map(String::as_str)
    }

    fn corners(&self) -> usize {
        if let Self::Polygon { corners, .. } = self { corners.len() } else { 0 }
    }
}

impl From<Clause> for Step {
    fn from(clause: Clause) -> Self {
        Self { clauses: vec![clause] }
    }
}

/// Whether a column can be called so in a rule.
fn is_name(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with(['_', '.', '-'])
        && name.bytes().all(inner)
        && name != "all"
}
