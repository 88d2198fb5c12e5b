//! Error messages about a rule, for the person who wrote it.

use super::{Clause, Rule, Step, is_name};
use std::fmt;

/// The reason why a text or a step is rejected, or why a rule cannot be applied to data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// The text is not a rule.
    Text {
        /// Number of the character at which the error was found, counted from 1.
        at: usize,
        /// Text that is allowed there.
        expected: &'static str,
        /// The beginning of the text that is there; empty at the end of the text.
        found: String,
    },
    /// The step cannot be written as text, or the rule would exceed a limit. The field says what
    /// was expected.
    Step(&'static str),
    /// The data have no column of this name.
    NoColumn(String),
    /// The data have no field of this name.
    NoField(String),
    /// A column does not have as many rows as the data.
    Length {
        /// Name of the column.
        column: String,
        /// Number of its rows.
        rows: usize,
        /// Number of rows of the data.
        expected: usize,
    },
}

pub(super) const STEPS: &str = "at most 100 steps";
pub(super) const CLAUSES: &str = "at most 100 clauses in a step";
pub(super) const CORNERS: &str = "at most 10,000 corners of polygons and values of fields";

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { at, expected, found } if found.is_empty() => {
                write!(f, "rule:{at}: expected {expected}, found the end")
            }
            Self::Text { at, expected, found } => {
                write!(f, "rule:{at}: expected {expected}, found `{found}`")
            }
            Self::Step(expected) => write!(f, "step of a rule: expected {expected}"),
            Self::NoColumn(name) => write!(f, "rule: there is no column `{name}`"),
            Self::NoField(name) => write!(f, "rule: there is no field \"{name}\""),
            Self::Length { column, rows, expected } => {
                write!(f, "rule: expected {expected} rows in column `{column}`, found {rows}")
            }
        }
    }
}

impl std::error::Error for RuleError {}

impl Step {
    /// Checks whether the step can be added to a rule. The rule has `steps` steps so far, and would
    /// have `corners` corners with this one.
    pub(super) fn check(&self, steps: usize, corners: usize) -> Result<(), RuleError> {
        let expected = if steps >= Rule::STEPS {
            STEPS
        } else if self.clauses.is_empty() {
            "a clause"
        } else if self.clauses.len() > Rule::CLAUSES {
            CLAUSES
        } else if corners > Rule::CORNERS {
            CORNERS
        } else if !self.clauses.iter().flat_map(Clause::columns).all(is_name) {
            "names of lower-case letters, digits, and `_`, `.` or `-` between them"
        } else if !self.clauses.iter().all(Clause::is_finite) {
            "finite numbers"
        } else if self.clauses.iter().any(Clause::is_flat) {
            "a polygon of at least 3 corners, or a value of a field"
        } else {
            return Ok(());
        };
        Err(RuleError::Step(expected))
    }
}

impl Clause {
    /// Whether all its numbers are finite.
    fn is_finite(&self) -> bool {
        match self {
            Self::All | Self::Field { .. } => true,
            Self::Compare { number, .. } => number.is_finite(),
            Self::Polygon { corners, .. } => {
                corners.iter().all(|(x, y)| x.is_finite() && y.is_finite())
            }
            Self::Rect { rect, .. } => {
                [rect.x.0, rect.x.1, rect.y.0, rect.y.1].iter().all(|x| x.is_finite())
            }
        }
    }

    /// Whether it is a polygon without an area, because it has too few corners, or a field without values.
    fn is_flat(&self) -> bool {
        match self {
            Self::Polygon { corners, .. } => corners.len() < 3,
            Self::Field { is, values, .. } => values.is_empty() || !is && values.len() > 1,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Op;

    #[test]
    fn limits_are_what_they_say() {
        assert!(STEPS.contains(&format!(" {} ", Rule::STEPS)));
        assert!(CLAUSES.contains(&format!(" {} ", Rule::CLAUSES)));
        assert!(CORNERS.contains(&format!(" {} ", crate::count(Rule::CORNERS as u64))));
    }

    #[test]
    fn a_step_that_has_no_text_is_none() {
        let compare =
            |column: &str, number| Clause::Compare { column: column.into(), op: Op::Less, number };
        let flat =
            |n| Clause::Polygon { x: "a".into(), y: "b".into(), corners: vec![(0.0, 1.0); n] };
        let mut rule = Rule::default();
        for (step, expected) in [
            (Step::default(), "a clause"),
            (compare("Score", 1.0).into(), "names of"),
            (compare("all", 1.0).into(), "names of"),
            (compare("a b", 1.0).into(), "names of"),
            (compare("a", f64::NAN).into(), "finite"),
            (flat(2).into(), "at least 3"),
            (flat(10_001).into(), "10,000 corners"),
            (Step { clauses: vec![Clause::All; 101] }, "100 clauses"),
        ] {
            let error = rule.add(step).expect_err("no text").to_string();
            assert!(error.contains(expected), "{error}");
        }
        rule.add(flat(6_000).into()).expect("within the limit");
        assert_eq!(rule.remove(flat(6_000).into()), Err(RuleError::Step(CORNERS)));
        for _ in 1..Rule::STEPS {
            rule.remove(Clause::All.into()).expect("within the limit");
        }
        assert_eq!(rule.add(Clause::All.into()), Err(RuleError::Step(STEPS)));
    }
}
