//! Applying a rule to data: the rows that it selects.

use super::{Clause, FieldColumn, Op, Rule, RuleEffect, RuleError};
use crate::lasso::Polygon;
use crate::points::Rect;

impl Rule {
    /// Whether each of `n` rows without fields is selected `[n]`. `column` gives a column's values `[n]` by
    /// its name.
    ///
    /// # Errors
    /// As [`Rule::rows_of`].
    pub fn rows<'a>(
        &self,
        n: usize,
        column: impl Fn(&str) -> Option<&'a [f32]>,
    ) -> Result<Vec<bool>, RuleError> {
        self.rows_of(n, column, |_| None)
    }

    /// Whether each of `n` rows is selected `[n]`. `column` gives a column's values `[n]` by its name, and
    /// `field` those of a field.
    ///
    /// # Errors
    /// [`RuleError::NoColumn`] or [`RuleError::NoField`] if one is missing, and [`RuleError::Length`] if one
    /// does not have `n` rows.
    pub fn rows_of<'a, 'f>(
        &self,
        n: usize,
        column: impl Fn(&str) -> Option<&'a [f32]>,
        field: impl Fn(&str) -> Option<FieldColumn<'f>>,
    ) -> Result<Vec<bool>, RuleError> {
        let whole = |name: &str, rows: usize| match rows == n {
            true => Ok(()),
            false => Err(RuleError::Length { column: name.into(), rows, expected: n }),
        };
        let by_name = |name: &str| match column(name) {
            None => Err(RuleError::NoColumn(name.into())),
            Some(values) => whole(name, values.len()).map(|()| values),
        };
        let of_field = |name: &str| match field(name) {
            None => Err(RuleError::NoField(name.into())),
            Some(values) => whole(name, values.ids.len()).map(|()| values),
        };
        let mut selected = vec![false; n];
        for (effect, step) in &self.steps {
            let mut rows = vec![true; n];
            for clause in &step.clauses {
                clause.keep(&mut rows, (&by_name, &of_field))?;
            }
            let value = *effect == RuleEffect::Add;
            for (selected, in_step) in selected.iter_mut().zip(rows) {
                if in_step {
                    *selected = value;
                }
            }
        }
        Ok(selected)
    }
}

impl Clause {
    /// Unsets every row of `rows` `[n]` that does not fulfil the clause.
    fn keep<'a, 'f>(
        &self,
        rows: &mut [bool],
        (column, field): (
            &impl Fn(&str) -> Result<&'a [f32], RuleError>,
            &impl Fn(&str) -> Result<FieldColumn<'f>, RuleError>,
        ),
    ) -> Result<(), RuleError> {
        match self {
            Self::All => {}
            Self::Compare { column: name, op, number } => {
                let values = match (column(name), op) {
                    // A name that no column has may be a field's, whose values are texts.
                    (Err(missing), Op::Equal | Op::Unequal) => {
                        let field = field(name).map_err(|_| missing)?;
                        field.keep(rows, *op == Op::Equal, &[number.to_string()]);
                        return Ok(());
                    }
                    (values, _) => values?,
                };
                let number = rounded(*number);
                for (row, x) in rows.iter_mut().zip(values) {
                    *row = *row && op.holds(f64::from(*x), number);
                }
            }
            Self::Field { field: name, is, values } => field(name)?.keep(rows, *is, values),
            Self::Polygon { x, y, corners } => {
                let polygon = Polygon::new(corners);
                keep(rows, (column(x)?, column(y)?), |point| polygon.contains(point));
            }
            Self::Rect { x, y, rect } => {
                let from = (rounded(rect.x.0), rounded(rect.y.0));
                let to = (rounded(rect.x.1), rounded(rect.y.1));
                let rect = Rect::between(from, to);
                keep(rows, (column(x)?, column(y)?), |point| rect.contains(point));
            }
        }
        Ok(())
    }
}

/// Unsets every row whose point is not inside.
fn keep(rows: &mut [bool], (x, y): (&[f32], &[f32]), inside: impl Fn((f64, f64)) -> bool) {
    for (row, (x, y)) in rows.iter_mut().zip(x.iter().zip(y)) {
        *row = *row && inside((f64::from(*x), f64::from(*y)));
    }
}

/// The number as a column holds it, rounded to `f32`. A number that is too large for `f32` stays as
/// it is, and so stays finite.
fn rounded(x: f64) -> f64 {
    let near = f64::from(x as f32);
    if near.is_finite() { near } else { x }
}

impl Op {
    /// Whether the comparison of `x` with `number` holds. It never holds for NaN.
    fn holds(self, x: f64, number: f64) -> bool {
        match self {
            Self::Equal => x == number,
            Self::Unequal => x != number && !x.is_nan(),
            Self::Less => x < number,
            Self::AtMost => x <= number,
            Self::More => x > number,
            Self::AtLeast => x >= number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Step;
    use proptest::prelude::*;

    fn rows(rule: &Rule, a: &[f32], b: &[f32]) -> Vec<bool> {
        let column = |name: &str| [("a", a), ("b", b)].into_iter().find(|c| c.0 == name);
        rule.rows(a.len(), |name| column(name).map(|c| c.1)).expect("columns of one length")
    }

    fn value() -> impl Strategy<Value = f32> {
        prop_oneof![9 => (-4i8..5).prop_map(f32::from), 3 => -4f32..4.0, 1 => Just(f32::NAN)]
    }

    fn step() -> impl Strategy<Value = Step> {
        let number = || (-8i32..9).prop_map(|x| f64::from(x) / 2.0);
        let pair = move || (number(), number());
        let name = || prop::sample::select(vec!["a".to_string(), "b".into()]);
        let clause = prop_oneof![
            1 => Just(Clause::All),
            4 => (name(), prop::sample::select(&Op::ALL[..]), number())
                .prop_map(|(column, op, number)| Clause::Compare { column, op, number }),
            4 => (name(), name(), prop::collection::vec(pair(), 3..9))
                .prop_map(|(x, y, corners)| Clause::Polygon { x, y, corners }),
            4 => (name(), name(), pair(), pair())
                .prop_map(|(a, b, x, y)| Clause::Rect { x: a, y: b, rect: Rect { x, y } }),
        ];
        prop::collection::vec(clause, 1..4).prop_map(|clauses| Step { clauses })
    }

    fn only(step: &Step) -> Rule {
        let mut rule = Rule::default();
        rule.add(step.clone()).expect("a step that has a text");
        rule
    }

    proptest! {
        #[test]
        fn a_polygon_is_its_polygon(
            corners in prop::collection::vec((-4.0..4.0, -4.0..4.0), 3..12),
            points in prop::collection::vec((value(), value()), 60),
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = points.into_iter().unzip();
            let polygon = Polygon::new(&corners);
            let clause = Clause::Polygon { x: "a".into(), y: "b".into(), corners };
            let got = rows(&only(&clause.into()), &a, &b);
            for i in 0..60 {
                prop_assert_eq!(got[i], polygon.contains((f64::from(a[i]), f64::from(b[i]))));
            }
        }

        #[test]
        fn steps_add_and_remove_where_all_clauses_hold(
            steps in prop::collection::vec((any::<bool>(), step()), 0..6),
            points in prop::collection::vec((value(), value()), 40),
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = points.into_iter().unzip();
            let (mut rule, mut expected) = (Rule::default(), vec![false; 40]);
            for (add, step) in steps {
                let alone = rows(&only(&step), &a, &b);
                let parts: Vec<_> =
                    step.clauses.iter().map(|c| rows(&only(&c.clone().into()), &a, &b)).collect();
                for i in 0..40 {
                    prop_assert_eq!(alone[i], parts.iter().all(|p| p[i]));
                    expected[i] = if add { expected[i] || alone[i] } else { expected[i] && !alone[i] };
                }
                let done = if add { rule.add(step) } else { rule.remove(step) };
                prop_assert_eq!(done, Ok(()));
                prop_assert_eq!(&rows(&rule, &a, &b), &expected);
            }
        }

        #[test]
        fn nan_fulfils_nothing_but_all(step in step(), other in value()) {
            let free = step.clauses.iter().all(|c| *c == Clause::All);
            let within = |names: &str| step.clauses.iter().flat_map(Clause::columns).all(|c| c == names);
            prop_assert_eq!(rows(&only(&step), &[f32::NAN], &[f32::NAN]), [free]);
            prop_assert!(!rows(&only(&step), &[f32::NAN], &[other])[0] || within("b"));
        }
    }

    #[test]
    fn fields_are_compared_as_texts() {
        let values: Vec<String> = ["8", "12", "a \"b\", c"].map(str::to_owned).to_vec();
        // The last row has a value without an id.
        let ids = [0u32, 1, 2, 3];
        let field = |name: &str| {
            let ids = std::borrow::Cow::Borrowed(&ids[..]);
            (name == "hour" || name == "Day of week")
                .then_some(FieldColumn { values: &values, ids })
        };
        let a = [1.0, 2.0, 3.0, 4.0];
        let column = |name: &str| (name == "a").then_some(&a[..]);
        for (text, expected) in [
            ("hour = 8", [true, false, false, false]),
            ("hour != 8", [false, true, true, true]),
            ("hour in (8, 12) & a > 1", [false, true, false, false]),
            (r#""Day of week" = "a \"b\", c""#, [false, false, true, false]),
            (r#""hour" in ("8", "a \"b\", c") - a = 3"#, [true, false, false, false]),
            (r#"hour != "12""#, [true, false, true, true]),
            ("hour in (99)", [false; 4]),
        ] {
            let rule: Rule = text.parse().expect("a rule");
            assert_eq!(rule.rows_of(4, column, field), Ok(expected.to_vec()), "{text}");
            assert_eq!(rule.to_string().parse(), Ok(rule), "{text}");
        }
        for (text, told) in [
            ("minute = 3", "rule: there is no column `minute`"),
            ("hour > 3", "rule: there is no column `hour`"),
            ("minute in (3)", "rule: there is no field \"minute\""),
        ] {
            let rule: Rule = text.parse().expect("a rule");
            let error = rule.rows_of(4, column, field).expect_err("no such column");
            assert_eq!(error.to_string(), told);
        }
        for (text, told) in [
            ("\"hour\" < 3", "rule:8: expected `=`, `!=` or `in` and values, found `<`"),
            ("hour in (", "rule:10: expected a value, found the end"),
            ("hour in (8", "rule:11: expected `,` or `)`, found the end"),
            ("\"hour", "rule:1: expected a text that ends with a quote, found `\"hour`"),
            (
                "\"h\\our\" = 1",
                "rule:1: expected a quote or `\\` behind every `\\` in quotes, found `\"h\\our\"`",
            ),
        ] {
            assert_eq!(text.parse::<Rule>().expect_err("no rule").to_string(), told);
        }
    }

    #[test]
    fn numbers_are_rounded_as_the_column_was() {
        let a = [0.1, 0.7, f32::INFINITY];
        for (text, expected) in [
            ("a = 0.1", [true, false, false]),
            ("a >= 0.7", [false, true, true]),
            ("a,a in [0.7 0.1, 1 0]", [true, true, false]),
            ("a != 1e300 & a < 1e300", [true, true, false]),
        ] {
            let rule: Rule = text.parse().expect("a rule");
            assert_eq!(rows(&rule, &a, &[]), expected, "{text}");
        }
    }

    #[test]
    fn no_text_is_no_rows_and_needs_no_columns() {
        let rule = Rule::default();
        assert!(rule.is_empty() && rule.columns().is_empty());
        assert_eq!(rule.rows(2, |_| None), Ok(vec![false; 2]));
        let mut rule = Rule::default();
        rule.remove(Clause::All.into()).expect("a step that has a text");
        assert_eq!((rule.to_string().as_str(), rule.is_empty()), ("", true));
    }

    #[test]
    fn columns_must_be_there_and_whole() {
        let rule: Rule = "all + clicks = 1".parse().expect("a rule");
        let error = rule.rows(1, |_| None).expect_err("no column").to_string();
        assert_eq!(error, "rule: there is no column `clicks`");
        let error = rule.rows(1, |_| Some(&[])).expect_err("a short column").to_string();
        assert_eq!(error, "rule: expected 1 rows in column `clicks`, found 0");
    }
}
