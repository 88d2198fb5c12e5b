//! Writing a rule as text.

use super::{Clause, Op, Rule, RuleEffect, Step};
use std::fmt::{Display, Formatter, Result};

impl Op {
    /// All comparisons. `<=` comes before `<`, and `>=` before `>`, so that a reader that takes the
    /// first match finds the longer sign.
    pub(super) const ALL: [Self; 6] =
        [Self::AtMost, Self::AtLeast, Self::Unequal, Self::Less, Self::More, Self::Equal];

    /// The comparison as text.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.sign())
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, (effect, step)) in self.steps.iter().enumerate() {
            match effect {
                _ if i == 0 => {}
                RuleEffect::Add => f.write_str(" + ")?,
                RuleEffect::Remove => f.write_str(" - ")?,
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, clause) in self.clauses.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { " & " })?;
            clause.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Clause {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Compare { column, op, number } => {
                write!(f, "{column} {op} {}", shortest(*number))
            }
            Self::Field { field, is, values } => {
                f.write_str(&quoted(field))?;
                match (&values[..], is) {
                    ([value], true) => write!(f, " = {}", quoted(value)),
                    ([value], false) => write!(f, " != {}", quoted(value)),
                    (values, _) => {
                        let values: Vec<String> = values.iter().map(|v| quoted(v)).collect();
                        write!(f, " in ({})", values.join(", "))
                    }
                }
            }
            Self::Polygon { x, y, corners } => {
                write!(f, "{x},{y} in (")?;
                for (i, corner) in corners.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { "" } else { ", " }, pair(*corner))?;
                }
                f.write_str(")")
            }
            Self::Rect { x, y, rect } => {
                write!(f, "{x},{y} in [{}, {}]", pair(rect.x), pair(rect.y))
            }
        }
    }
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn pair((a, b): (f64, f64)) -> String {
    format!("{} {}", shortest(a), shortest(b))
}

/// The shortest text that reads back as the same number, with an exponent only if that is shorter.
fn shortest(x: f64) -> String {
    let plain = x.to_string();
    let exponent = format!("{x:e}");
    if plain.len() <= exponent.len() { plain } else { exponent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let numbers = [0.1, -0.0, 100.0, 1e3, 1e300, -2.5e-9, 0.001].map(shortest);
        assert_eq!(numbers, ["0.1", "-0", "100", "1e3", "1e300", "-2.5e-9", "1e-3"]);
    }
}
