//! Splits are those of exact comparisons: every row is in the split that its value names, in the order
//! of the log.

use proptest::prelude::*;
use proptest::sample::select;
use ssim_data::table::{TableSchema, read_csv};
use ssim_data::{OnError, Prepared};

/// Times as they may stand in a log, in tenths: whole numbers, fractions, signs, exponents, zeros.
fn time() -> impl Strategy<Value = (String, i128)> {
    (-40i128..60, 0u8..4).prop_map(|(tenths, form)| {
        let text = match form {
            0 => format!("{tenths}e-1"),
            1 if tenths % 10 == 0 => (tenths / 10).to_string(),
            2 if tenths == 0 => "-0.0".to_owned(),
            _ => {
                let sign = if tenths < 0 { "-" } else { "" };
                format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
            }
        };
        (text, tenths)
    })
}

fn prepared(header: &str, rows: &[String], split: &str) -> Option<Prepared> {
    let schema = format!(
        "label = \"click\"\nscenario = \"tab\"\n[[field]]\nname = \"user\"\nmin_count = 1\n[split]\n{split}\n"
    );
    let schema = TableSchema::parse(&schema, "log.toml").unwrap();
    let text = format!("{header}\n{}\n", rows.join("\n"));
    let raw = read_csv(text.as_bytes(), "log.csv", &schema, OnError::Fail).unwrap();
    // A split without rows, or a scenario without clicks, is refused.
    ssim_data::prepare(raw, &schema, 1).ok()
}

/// The lines of the log that lie in each split.
fn lines(data: &Prepared) -> [Vec<u64>; 3] {
    data.rows.named().map(|(_, rows)| rows.rows.clone())
}

/// The lines that `split` puts into train, validation and test, of which the first is line 2.
fn expected(n: usize, split: impl Fn(usize) -> usize) -> [Vec<u64>; 3] {
    [0, 1, 2].map(|to| (0..n).filter(|i| split(*i) == to).map(|i| i as u64 + 2).collect())
}

/// Whether the splits can be trained on: each has a row, and each scenario, of which every second line
/// is one, has a click in train.
fn usable([train, val, test]: &[Vec<u64>; 3]) -> bool {
    // The first row is line 2; of four rows the first two are clicks.
    let click = |scenario: u64| train.iter().any(|line| (line - 2) % 4 == scenario);
    !val.is_empty() && !test.is_empty() && click(0) && click(1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_split_by_time_is_a_comparison(
        times in prop::collection::vec(time(), 6..40),
        from in -20i128..20,
        step in 1i128..20,
    ) {
        let bounds = [from, from + step];
        let row = |(i, (text, _)): (usize, &(String, i128))| {
            format!("{},{},{text},{}", ["a", "b"][i % 2], i % 3, u8::from(i % 4 < 2))
        };
        let rows: Vec<String> = times.iter().enumerate().map(row).collect();
        let split = format!(
            "time = {{ column = \"ts\", val_from = {}e-1, test_from = {}e-1 }}",
            bounds[0], bounds[1]
        );
        let exact = expected(times.len(), |i| bounds.iter().filter(|b| times[i].1 >= **b).count());
        match prepared("tab,user,ts,click", &rows, &split) {
            Some(data) => prop_assert_eq!(lines(&data), exact),
            None => prop_assert!(!usable(&exact)),
        }
    }

    #[test]
    fn a_split_by_a_column_is_the_name(
        names in prop::collection::vec(select(vec![("tr", 0), ("va", 1), ("te", 2)]), 6..40),
    ) {
        let row = |(i, (name, _)): (usize, &(&str, usize))| {
            format!("{},{},{name},{}", ["a", "b"][i % 2], i % 3, u8::from(i % 4 < 2))
        };
        let rows: Vec<String> = names.iter().enumerate().map(row).collect();
        let split = "column = { name = \"part\", train = \"tr\", val = \"va\", test = \"te\" }";
        let exact = expected(names.len(), |i| names[i].1);
        match prepared("tab,user,part,click", &rows, split) {
            Some(data) => prop_assert_eq!(lines(&data), exact),
            None => prop_assert!(!usable(&exact)),
        }
    }
}
