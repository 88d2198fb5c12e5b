use super::*;
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    "[a-z]([a-z0-9_.-]{0,6}[a-z0-9])?".prop_filter("a clause", |name| name != "all")
}

fn number() -> impl Strategy<Value = f64> {
    use prop::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop_oneof![
        POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO,
        -9.0..9.0,
        (-9i8..9).prop_map(f64::from)
    ]
}

fn clause() -> impl Strategy<Value = Clause> {
    let pair = || (number(), number());
    prop_oneof![
        Just(Clause::All),
        (name(), prop::sample::select(&Op::ALL[..]), number())
            .prop_map(|(column, op, number)| Clause::Compare { column, op, number }),
        (name(), name(), prop::collection::vec(pair(), 3..9))
            .prop_map(|(x, y, corners)| Clause::Polygon { x, y, corners }),
        (name(), name(), pair(), pair()).prop_map(|(a, b, x, y)| Clause::Rect {
            x: a,
            y: b,
            rect: Rect { x, y }
        }),
        (any::<String>(), prop::collection::vec(any::<String>(), 1..4))
            .prop_map(|(field, values)| Clause::Field { field, is: true, values }),
        (any::<String>(), any::<String>()).prop_map(|(field, value)| Clause::Field {
            field,
            is: false,
            values: vec![value]
        }),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let step = prop::collection::vec(clause(), 1..4).prop_map(|clauses| Step { clauses });
    prop::collection::vec((any::<bool>(), step), 0..6).prop_map(|steps| {
        let mut rule = Rule::default();
        for (add, step) in steps {
            let done = if add { rule.add(step) } else { rule.remove(step) };
            done.expect("a step that has a text");
        }
        rule
    })
}

/// Pieces of rules in any order, which make a text that is nearly a rule.
fn soup() -> impl Strategy<Value = String> {
    const PIECES: [&str; 26] = [
        "a", "score", "all", ",", " in ", "in", "(", ")", "[", "]", "1", "-0.5", "1e9", "1e999",
        " + ", " - ", "-", " & ", "&", " ", "<=", "=", "é", "\n", "\"", "\\",
    ];
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..30).prop_map(|p| p.concat())
}

fn harmless(text: &str) -> Result<(), TestCaseError> {
    match text.parse::<Rule>() {
        Ok(rule) => prop_assert_eq!(rule.to_string().parse(), Ok(rule)),
        Err(RuleError::Text { at, found, .. }) => {
            let rest: String = text.chars().skip(at - 1).collect();
            prop_assert!(rest.starts_with(&found), "{} {}", at, found);
        }
        Err(other) => prop_assert!(false, "{}", other),
    }
    Ok(())
}

proptest! {
    #[test]
    fn text_and_back(rule in rule()) {
        let text = rule.to_string();
        prop_assert_eq!(text.parse(), Ok(rule), "{}", text);
    }

    #[test]
    fn any_text_is_a_rule_or_an_error(text in any::<String>()) {
        harmless(&text)?;
    }

    #[test]
    fn nearly_a_rule_is_a_rule_or_an_error(text in soup()) {
        harmless(&text)?;
    }

    #[test]
    fn cut_anywhere_is_a_rule_or_an_error(rule in rule(), part in 0.0..1.0) {
        let text = rule.to_string();
        harmless(&text[..text.floor_char_boundary((part * text.len() as f64) as usize)])?;
    }
}

#[test]
fn a_sentence() {
    let text = "score,disagreement in (0.1 0.2, 0.4 0.2, 0.3 0.9) & scenario = 2 + score > 1.5 - click = 1";
    let rule: Rule = text.parse().expect("a rule");
    assert_eq!(rule.to_string(), text);
    assert_eq!(rule.columns(), ["score", "disagreement", "scenario", "click"]);
    let effects: Vec<_> = rule.steps().iter().map(|(effect, _)| *effect).collect();
    assert_eq!(effects, [RuleEffect::Add, RuleEffect::Add, RuleEffect::Remove]);
    for (loose, tidy) in [
        ("", ""),
        (" \n", ""),
        ("a<=-1 -  b=+.50", "a <= -1 - b = 0.5"),
        ("x-1,in in[ 0  1,2 3 ]\n& all ", "x-1,in in [0 1, 2 3] & all"),
        ("in = 1 + a.b , c_d in( 0 0,1 0,1 1)", "in = 1 + a.b,c_d in (0 0, 1 0, 1 1)"),
    ] {
        assert_eq!(loose.parse::<Rule>().map(|r| r.to_string()).as_deref(), Ok(tidy), "{loose}");
    }
}

#[test]
fn errors_say_where_and_what() {
    let many = ["all"; 101];
    let corners = format!("a,b in ({})", vec!["0 0"; 10_001].join(", "));
    for (text, expected) in [
        (
            "é",
            "rule:1: expected a column's name (lower-case letters and digits), a field's in quotes, or `all`, found `é`",
        ),
        ("a = 1 ü", "rule:7: expected `&`, `+`, `-` or the end, found `ü`"),
        (
            "a 1",
            "rule:3: expected `=`, `!=`, `<`, `<=`, `>`, `>=`, or `,` and a second column, found `1`",
        ),
        ("a = ", "rule:5: expected a number, found the end"),
        ("a = inf", "rule:5: expected a number, found `inf`"),
        ("a = 1-b = 1", "rule:5: expected a number, found `1-b`"),
        ("a = 1 -b = 1", "rule:8: expected a blank behind the sign, found `b`"),
        (
            "all- a = 1",
            "rule:1: expected a column's name (lower-case letters and digits), a field's in quotes, or `all`, found `all-`",
        ),
        ("a,b in [0 1, 0 1]+ all", "rule:18: expected a blank before the sign, found `+`"),
        (
            "a,all in [0 1, 0 1]",
            "rule:3: expected a second column's name (lower-case letters and digits), found `all`",
        ),
        ("a,b of", "rule:5: expected `in`, found `of`"),
        ("a,b in {", "rule:8: expected `(` and corners, or `[` and edges, found `{`"),
        ("a,b in (0 0, 1 1)", "rule:17: expected `,` and another corner, at least 3, found `)`"),
        ("a,b in (0 0, 1 1, 0 1", "rule:22: expected `,` or `)`, found the end"),
        (
            "- a = 1",
            "rule:1: expected a column's name (lower-case letters and digits), a field's in quotes, or `all`, found `-`",
        ),
        (&many.join(" + "), "rule:601: expected at most 100 steps, found `all`"),
        (&many.join(" & "), "rule:601: expected at most 100 clauses in a step, found `all`"),
        (
            &corners,
            "rule:50009: expected at most 10,000 corners of polygons and values of fields, found `0`",
        ),
    ] {
        let error = text.parse::<Rule>().expect_err(text).to_string();
        assert!(error.starts_with(expected), "{error}\n{expected}");
    }
}
