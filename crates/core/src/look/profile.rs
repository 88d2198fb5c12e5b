//! A share profile: which values of which fields are shared more often than the scenarios of their rows explain.

use super::order::sorted;
use super::statistics::holm;
use crate::instances::Instances;
use crate::schema::Schema;
use statrs::distribution::{ContinuousCDF, Normal};

/// Two-sided 95 % of a normal distribution.
const WIDE: f64 = 1.959_963_984_540_054;

/// How often the rows with one value of a field are shared.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueShare {
    /// Place of the field.
    pub field: usize,
    /// Id of the value within its field; that of all values without an id of their own is the last.
    pub value: u32,
    /// Rows with the value.
    pub rows: u64,
    /// Those of them that are shared.
    pub shared: u64,
    /// Rows that would be shared if each row were shared as often as those of its scenario.
    pub expected: f64,
    /// Standard deviation of the number of shared rows in that case.
    pub spread: f64,
}

impl ValueShare {
    /// The part of shared rows over the part that the scenarios explain: above 1 for a value that is shared more
    /// often.
    pub fn lift(&self) -> f64 {
        self.shared as f64 / self.expected
    }

    /// The 95 % interval of the lift, by the Wilson interval of the shared part.
    pub fn interval(&self) -> (f64, f64) {
        let (n, s) = (self.rows as f64, self.shared as f64);
        let square = WIDE * WIDE;
        let middle = (s + square / 2.0) / (n + square);
        let reach = WIDE / (n + square) * (s * (n - s) / n + square / 4.0).sqrt();
        let scale = n / self.expected;
        ((middle - reach).max(0.0) * scale, (middle + reach).min(1.0) * scale)
    }

    /// How many standard deviations the number of shared rows is away from the expected one.
    pub fn distance(&self) -> f64 {
        (self.shared as f64 - self.expected) / self.spread
    }
}

/// How many of the values are shared more or less often than chance explains: the chance of even one
/// false finding among all of them stays below 5 % ([Holm](super::statistics::holm)).
pub fn beyond_chance(values: &[ValueShare]) -> usize {
    let p: Vec<Option<f64>> = values
        .iter()
        .map(|value| {
            let normal = Normal::new(0.0, 1.0).ok()?;
            Some(2.0 * normal.cdf(-value.distance().abs()))
        })
        .collect();
    holm(&p).into_iter().filter(|p| p.is_some_and(|p| p < 0.05)).count()
}

/// Rows of a scenario, and those that are shared.
#[derive(Clone, Copy, Default)]
struct ScenarioCount {
    rows: u64,
    shared: u64,
}

/// The share profile of rows and a list of them, `[n]`: every value of at least `least` rows, the most surprising
/// first. Left out are values whose number of shared rows is certain, as in scenarios that are shared as a whole,
/// or of a field that only repeats the scenario.
pub fn profile(rows: &Instances, schema: &Schema, shared: &[bool], least: u64) -> Vec<ValueShare> {
    let mut scenarios = vec![ScenarioCount::default(); schema.scenarios.len()];
    for (scenario, shared) in rows.scenarios.iter().zip(shared) {
        let count = &mut scenarios[usize::from(*scenario)];
        count.rows += 1;
        count.shared += u64::from(*shared);
    }
    let mut values = Vec::new();
    for (field, offset) in schema.offsets().into_iter().enumerate() {
        let cell = |row: usize| (rows.ids_of(row)[field] - offset, rows.scenarios[row]);
        let order = sorted((0..shared.len()).collect(), &|a, b| cell(a).cmp(&cell(b)));
        for of_value in order.chunk_by(|a, b| cell(*a).0 == cell(*b).0) {
            if (of_value.len() as u64) < least {
                continue;
            }
            let (mut expected, mut variance) = (0.0, 0.0);
            for own in of_value.chunk_by(|a, b| cell(*a).1 == cell(*b).1) {
                let ScenarioCount { rows, shared } = scenarios[usize::from(cell(own[0]).1)];
                let (all, n) = (rows as f64, own.len() as f64);
                let p = shared as f64 / all;
                expected += n * p;
                // Of a draw without return: the shared rows of a scenario are so many and no more.
                variance += n * p * (1.0 - p) * (all - n) / (all - 1.0).max(1.0);
            }
            values.push(ValueShare {
                field,
                value: cell(of_value[0]).0,
                rows: of_value.len() as u64,
                shared: of_value.iter().filter(|row| shared[**row]).count() as u64,
                expected,
                spread: variance.sqrt(),
            });
        }
    }
    values.retain(|value| value.spread > 0.0);
    let far = |i: usize| values[i].distance().abs();
    let order = sorted((0..values.len()).collect(), &|a, b| far(b).total_cmp(&far(a)));
    order.into_iter().map(|i| values[i].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;
    use crate::vocabulary::{Field, Transform, Vocabulary};

    /// Two scenarios, a field with four values, and the scenario once more as a field.
    fn rows(n: usize, seed: u64) -> (Instances, Schema) {
        let names = |n: usize| Vocabulary::new((0..n).map(|i| i.to_string()).collect());
        let field = |name: &str, n| Field {
            name: name.into(),
            transform: Transform::None,
            vocabulary: names(n),
        };
        let schema = Schema {
            dataset: "profile".into(),
            fields: vec![field("item", 4), field("tab", 2)],
            scenarios: vec!["a".into(), "b".into()],
        };
        let (mut stream, mut rows) = (Stream::new(seed, "profile", &[]), Instances::of(&schema));
        let offsets = schema.offsets();
        for row in 0..n {
            let scenario = u32::from(stream.unit() < 0.3);
            rows.ids.extend([stream.below(4) as u32, offsets[1] + scenario]);
            rows.scenarios.push(scenario as u16);
            rows.labels.push(0);
            rows.rows.push(row as u64);
        }
        (rows, schema)
    }

    #[test]
    fn a_value_that_decides_comes_first() {
        let (rows, schema) = rows(4000, 1);
        // Scenario a shares half of its rows, b a tenth; and item 3 is always shared in a.
        let mut stream = Stream::new(2, "list", &[]);
        let shares = |row: usize, draw: f64| match rows.scenarios[row] {
            0 => rows.ids_of(row)[0] == 3 || draw < 0.5,
            _ => draw < 0.1,
        };
        let shared: Vec<bool> = (0..rows.len()).map(|row| shares(row, stream.unit())).collect();
        let profile = profile(&rows, &schema, &shared, 20);
        assert_eq!((profile[0].field, profile[0].value), (0, 3));
        assert!(profile[0].interval().0 > 1.0 && profile[0].distance() > 10.0);
        // The other three are shared less often: as many rows of theirs are expected as are shared of all.
        assert_eq!(beyond_chance(&profile), 4);
        // The scenario explains its own copy, so it is no surprise.
        assert!(profile.iter().all(|value| value.field == 0));
        let counted: u64 = profile.iter().map(|value| value.shared).sum();
        assert_eq!(counted, shared.iter().filter(|s| **s).count() as u64);
        let expected: f64 = profile.iter().map(|value| value.expected).sum();
        assert!((expected - counted as f64).abs() < 1e-6);
    }

    /// Of lists drawn at random within each scenario the distance has variance 1.
    #[test]
    fn distances_of_random_lists_are_normal() {
        let (mut squares, mut found) = (Vec::new(), 0);
        for seed in 0..300 {
            let (rows, schema) = rows(200, seed);
            let mut shared = vec![false; rows.len()];
            for scenario in 0..2u16 {
                let own: Vec<usize> =
                    (0..rows.len()).filter(|row| rows.scenarios[*row] == scenario).collect();
                let order = Stream::new(seed, "drawn", &[scenario.into()]).permutation(own.len());
                order[..own.len() / 3].iter().for_each(|at| shared[own[*at as usize]] = true);
            }
            let values = profile(&rows, &schema, &shared, 1);
            found += usize::from(beyond_chance(&values) > 0);
            squares.extend(values.iter().map(|value| value.distance().powi(2)));
        }
        let mean = squares.iter().sum::<f64>() / squares.len() as f64;
        // 1,200 squares of a standard normal number have a mean with the standard error .04.
        assert!((mean - 1.0).abs() < 0.16, "{mean}");
        // Of 300 lists at most a twentieth has a false finding; 12 more are three standard errors.
        assert!(found <= 15 + 12, "{found}");
    }

    #[test]
    fn whole_scenarios_have_no_profile() {
        let (rows, schema) = rows(100, 3);
        let shared: Vec<bool> = rows.scenarios.iter().map(|s| *s == 0).collect();
        assert_eq!(profile(&rows, &schema, &shared, 1), []);
        assert_eq!(profile(&rows.pick(&[]), &schema, &[], 1), []);
    }
}
