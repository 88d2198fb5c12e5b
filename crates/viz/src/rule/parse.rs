//! Reading a rule from its text.

use super::error::{CLAUSES, CORNERS, STEPS};
use super::{Clause, Op, Rule, RuleEffect, RuleError, Step, is_name};
use crate::points::Rect;
use std::str::FromStr;

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        Self::parse(text, |word| word.parse().ok())
    }
}

impl Rule {
    /// Reads a rule like [`str::parse`], with the host's own reading of decimal numbers, which must round to the
    /// nearest number.
    ///
    /// # Errors
    /// Says at which character something else was expected.
    pub fn parse(text: &str, decimal: fn(&str) -> Option<f64>) -> Result<Self, RuleError> {
        let mut text = Text { whole: text, rest: text, corners: 0, decimal };
        let mut rule = Self::default();
        text.blanks();
        if text.rest.is_empty() {
            return Ok(rule);
        }
        let mut effect = RuleEffect::Add;
        loop {
            if rule.steps.len() == Self::STEPS {
                return text.fail(STEPS);
            }
            let mut step = Step { clauses: vec![text.clause()?] };
            let sign = loop {
                match text.sign()? {
                    Some('&') if step.clauses.len() == Self::CLAUSES => return text.fail(CLAUSES),
                    Some('&') => step.clauses.push(text.clause()?),
                    other => break other,
                }
            };
            rule.steps.push((effect, step));
            match sign {
                None => return Ok(rule),
                Some('-') => effect = RuleEffect::Remove,
                Some(_) => effect = RuleEffect::Add,
            }
        }
    }
}

/// A text that is being read from left to right.
struct Text<'a> {
    /// All of the text.
    whole: &'a str,
    /// The part that is not read yet.
    rest: &'a str,
    /// Number of polygon corners so far.
    corners: usize,
    /// Reads a decimal number.
    decimal: fn(&str) -> Option<f64>,
}

impl<'a> Text<'a> {
    /// Fails with an error at the current position.
    fn fail<T>(&self, expected: &'static str) -> Result<T, RuleError> {
        let before = &self.whole[..self.whole.len() - self.rest.len()];
        let found = self.rest.chars().take(20).take_while(|c| !c.is_whitespace());
        let found = found.collect();
        Err(RuleError::Text { at: before.chars().count() + 1, expected, found })
    }

    /// Skips blanks. Returns whether there were any.
    fn blanks(&mut self) -> bool {
        let rest = self.rest.trim_start();
        let any = rest.len() < self.rest.len();
        self.rest = rest;
        any
    }

    /// Skips `word` if it comes next. Returns whether it did.
    fn eat(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads `&`, `+` or `-` with blanks around it. `None` at the end of the text.
    fn sign(&mut self) -> Result<Option<char>, RuleError> {
        let before = self.blanks();
        let Some(sign) = self.rest.chars().next() else { return Ok(None) };
        if !matches!(sign, '&' | '+' | '-') {
            return self.fail("`&`, `+`, `-` or the end");
        } else if !before {
            return self.fail("a blank before the sign");
        }
        self.rest = &self.rest[1..];
        if self.blanks() { Ok(Some(sign)) } else { self.fail("a blank behind the sign") }
    }

    fn clause(&mut self) -> Result<Clause, RuleError> {
        if self.rest.starts_with('"') {
            let field = self.quoted()?;
            self.blanks();
            return self.field(field);
        }
        let x = self.word();
        if x == "all" {
            self.rest = &self.rest[x.len()..];
            return Ok(Clause::All);
        }
        let x = self.name(
            "a column's name (lower-case letters and digits), a field's in quotes, or `all`",
        )?;
        let apart = self.blanks();
        if apart && self.rest.starts_with("in") {
            return self.field(x);
        }
        if self.eat(",") {
            self.blanks();
            let y = self.name("a second column's name (lower-case letters and digits)")?;
            return self.area(x, y);
        }
        let Some(op) = Op::ALL.into_iter().find(|op| self.eat(op.sign())) else {
            return self.fail("`=`, `!=`, `<`, `<=`, `>`, `>=`, or `,` and a second column");
        };
        self.blanks();
        if matches!(op, Op::Equal | Op::Unequal) && self.rest.starts_with('"') {
            let values = vec![self.value()?];
            return Ok(Clause::Field { field: x, is: op == Op::Equal, values });
        }
        Ok(Clause::Compare { column: x, op, number: self.number()? })
    }

    /// Reads the rest of a clause that began with a field.
    fn field(&mut self, field: String) -> Result<Clause, RuleError> {
        let is = match () {
            () if self.eat("!=") => false,
            () if self.eat("=") => true,
            () if self.eat("in") => {
                self.blanks();
                if !self.eat("(") {
                    return self.fail("`(` and values");
                }
                let mut values = Vec::new();
                loop {
                    self.blanks();
                    values.push(self.value()?);
                    self.blanks();
                    if self.eat(")") {
                        return Ok(Clause::Field { field, is: true, values });
                    } else if !self.eat(",") {
                        return self.fail("`,` or `)`");
                    }
                }
            }
            () => return self.fail("`=`, `!=` or `in` and values"),
        };
        self.blanks();
        Ok(Clause::Field { field, is, values: vec![self.value()?] })
    }

    /// Reads a value of a field, in quotes or without.
    fn value(&mut self) -> Result<String, RuleError> {
        if self.corners == Rule::CORNERS {
            return self.fail(CORNERS);
        }
        self.corners += 1;
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || ",()\"&".contains(c));
        let word = &self.rest[..end.unwrap_or(self.rest.len())];
        if word.is_empty() {
            return self.fail("a value");
        }
        self.rest = &self.rest[word.len()..];
        Ok(word.to_owned())
    }

    /// Reads a text in quotes; the first comes next.
    fn quoted(&mut self) -> Result<String, RuleError> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    _ => return self.fail("a quote or `\\` behind every `\\` in quotes"),
                },
                char => text.push(char),
            }
        }
        self.fail("a text that ends with a quote")
    }

    /// Reads the rest of a clause that began with two columns.
    fn area(&mut self, x: String, y: String) -> Result<Clause, RuleError> {
        self.blanks();
        if !self.eat("in") {
            return self.fail("`in`");
        }
        self.blanks();
        if self.eat("[") {
            let horizontal = self.pair()?;
            if !self.eat(",") {
                return self.fail("`,` and the vertical edges");
            }
            let rect = Rect { x: horizontal, y: self.pair()? };
            let end = self.eat("]");
            return if end { Ok(Clause::Rect { x, y, rect }) } else { self.fail("`]`") };
        } else if !self.eat("(") {
            return self.fail("`(` and corners, or `[` and edges");
        }
        let mut corners = Vec::new();
        loop {
            self.blanks();
            if self.corners == Rule::CORNERS {
                return self.fail(CORNERS);
            }
            corners.push(self.pair()?);
            self.corners += 1;
            if self.eat(",") {
                continue;
            } else if corners.len() < 3 {
                return self.fail("`,` and another corner, at least 3");
            }
            let end = self.eat(")");
            return if end {
                Ok(Clause::Polygon { x, y, corners })
            } else {
                self.fail("`,` or `)`")
            };
        }
    }

    /// The longest beginning of the rest that could belong to a name. It includes upper-case
    /// letters, so that a wrong name is reported as a whole.
    fn word(&self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_.-".contains(c));
        &self.rest[..end.unwrap_or(self.rest.len())]
    }

    fn name(&mut self, expected: &'static str) -> Result<String, RuleError> {
        let word = self.word();
        if !is_name(word) {
            return self.fail(expected);
        }
        self.rest = &self.rest[word.len()..];
        Ok(word.into())
    }

    /// Reads two numbers with blanks around them.
    fn pair(&mut self) -> Result<(f64, f64), RuleError> {
        self.blanks();
        let a = self.number()?;
        self.blanks();
        let b = self.number()?;
        self.blanks();
        Ok((a, b))
    }

    fn number(&mut self) -> Result<f64, RuleError> {
        let end = self.rest.find(|c: char| c.is_whitespace() || ",)]&".contains(c));
        let word = &self.rest[..end.unwrap_or(self.rest.len())];
        match (self.decimal)(word) {
            Some(number) if number.is_finite() => {
                self.rest = &self.rest[word.len()..];
                Ok(number)
            }
            _ => self.fail("a number"),
        }
    }
}

#[cfg(test)]
mod tests;
