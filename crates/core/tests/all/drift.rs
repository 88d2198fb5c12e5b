use ssim_core::drift::{Baseline, DriftCounter, stability};
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::vocabulary::{Field, Vocabulary};

/// A schema with a field of so many values and one of two, and two scenarios.
fn schema(items: usize) -> Schema {
    let field = |name: &str, values: Vec<String>| Field {
        name: name.to_owned(),
        transform: Default::default(),
        vocabulary: Vocabulary::new(values),
    };
    Schema {
        dataset: String::new(),
        fields: vec![
            field("item", (0..items).map(|i| i.to_string()).collect()),
            field("tab", vec!["a".to_owned(), "b".to_owned()]),
        ],
        scenarios: vec!["home".to_owned(), "cart".to_owned()],
    }
}

/// Rows of item (by its place in the vocabulary), scenario and label.
fn rows(schema: &Schema, rows: &[(u32, u16, u8)]) -> Instances {
    let tab = schema.offsets()[1];
    Instances {
        fields: 2,
        ids: rows.iter().flat_map(|(item, k, _)| [*item, tab + u32::from(*k)]).collect(),
        labels: rows.iter().map(|(.., label)| *label).collect(),
        scenarios: rows.iter().map(|(_, k, _)| *k).collect(),
        rows: (0..rows.len() as u64).collect(),
        ..Instances::default()
    }
}

/// The index by its formula, of shares that are worked out here.
fn psi(before: &[f64], now: &[f64]) -> f64 {
    let share = |of: &[f64]| -> Vec<f64> {
        let all: f64 = of.iter().sum::<f64>() + 0.5 * of.len() as f64;
        of.iter().map(|n| (n + 0.5) / all).collect()
    };
    let pairs = share(before).into_iter().zip(share(now));
    pairs.map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

#[test]
fn changes_are_those_of_the_counts() {
    let known = schema(3);
    // Item 3 is an unseen one.
    let before = [(0, 0, 1), (0, 0, 0), (1, 0, 0), (3, 1, 0), (2, 1, 1), (0, 1, 1)];
    let val = rows(&known, &[(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 0)]);
    let logits = [-1.0, 0.0, 1.0, 2.0];
    let baseline = Baseline::new(&known, &rows(&known, &before)).with_predictions(&logits, &val);
    baseline.check(&known).unwrap();
    assert_eq!(baseline.rows(), 6);
    let text = serde_json::to_string(&baseline).unwrap();
    assert_eq!(serde_json::from_str::<Baseline>(&text).unwrap(), baseline);

    let mut counter = DriftCounter::new(&baseline, &known).unwrap();
    let now = [(1, 0, 1), (1, 0, 0), (3, 0, 0), (3, 0, 0), (0, 7, 1)];
    // Rows come in pieces, and one is of an unknown scenario, whose logit does not count.
    counter.add(&rows(&known, &now[..2]), true, Some(&[0.0, 0.0]));
    let mut foreign = rows(&known, &now[2..]);
    foreign.ids[5] = known.offsets()[1] + 2;
    counter.add(&foreign, true, Some(&[5.0, f32::NAN, f32::NAN]));
    let drift = counter.finish();
    assert_eq!(drift.rows, [6, 5]);
    let item = &drift.fields[0];
    assert_eq!((item.unseen.before, item.unseen.now), (Some(1.0 / 6.0), Some(2.0 / 5.0)));
    let found = item.values.unwrap();
    // Items 0, 1 and 2, no other known one (which is left out), and unseen ones.
    let expected = psi(&[3.0, 1.0, 1.0, 1.0], &[1.0, 2.0, 0.0, 2.0]);
    assert!((found.psi - expected).abs() < 1e-12, "{found:?} {expected}");
    assert!((found.by_chance - 3.0 * (1.0 / 6.0 + 1.0 / 5.0)).abs() < 1e-12);
    let tab = &drift.fields[1];
    assert_eq!((tab.unseen.before, tab.unseen.now), (Some(0.0), Some(0.2)));
    let [home, cart] = &drift.scenarios[..] else { panic!("two scenarios") };
    assert_eq!((home.rows.before, home.rows.now), (Some(0.5), Some(0.8)));
    assert_eq!((home.ctr.before, home.ctr.now), (Some(1.0 / 3.0), Some(0.25)));
    let sigma = |z: f64| 1.0 / (1.0 + (-z).exp());
    let mean = (sigma(-1.0) + sigma(0.0) + sigma(1.0) + sigma(2.0)) / 4.0;
    assert!((home.predicted.before.unwrap() - mean).abs() < 1e-7);
    // Nothing was predicted of the other scenario, and no row of it has come.
    assert_eq!((cart.rows.now, cart.ctr.now), (Some(0.0), None));
    assert_eq!((cart.predicted.before, cart.predictions), (None, None));
}

#[test]
fn predictions_are_cut_into_tenths() {
    let known = schema(1);
    let many: Vec<(u32, u16, u8)> = (0..100).map(|_| (0, 0, 0)).collect();
    let val = rows(&known, &many);
    // The logits 0 to 99 in another order; equal ones stay together.
    let logits: Vec<f32> = (0..100).map(|i| (i * 37 % 100) as f32).collect();
    let baseline = Baseline::new(&known, &val).with_predictions(&logits, &val);
    let groups = |baseline: &Baseline| {
        let of = baseline.scenarios[0].predictions.clone().unwrap();
        (of.ends, of.rows)
    };
    let ends: Vec<f32> = (1..10).map(|g| (10 * g - 1) as f32).collect();
    assert_eq!(groups(&baseline), (ends, vec![10; 10]));
    let mut counter = DriftCounter::new(&baseline, &known).unwrap();
    // All rows move up by ten: the first tenth is empty, and the last one has two.
    let moved: Vec<f32> = logits.iter().map(|z| z + 10.0).collect();
    counter.add(&val, false, Some(&moved));
    let drift = counter.finish();
    let found = drift.scenarios[0].predictions.unwrap();
    let mut now = [10.0; 10];
    (now[0], now[9]) = (0.0, 20.0);
    assert!((found.psi - psi(&[10.0; 10], &now)).abs() < 1e-12);
    // A hundred rows make such an index by chance now and then.
    assert!(!found.is_large());
    assert_eq!(drift.scenarios[0].ctr.now, None);
    let same = vec![3.0; 100];
    let flat = Baseline::new(&known, &val).with_predictions(&same, &val);
    assert_eq!(groups(&flat), (vec![], vec![100]));
    let steps: Vec<f32> = (0..100).map(|i| if i < 55 { 1.0 } else { 2.0 }).collect();
    let flat = Baseline::new(&known, &val).with_predictions(&steps, &val);
    assert_eq!(groups(&flat), (vec![1.0], vec![55, 45]));
}

#[test]
fn few_values_stand_for_many() {
    let known = schema(5000);
    // Item i has 1 + i % 7 rows, and the first ones have more.
    let of = |i: u32| if i < 3 { 100 } else { 1 + i % 7 };
    let many: Vec<(u32, u16, u8)> =
        (0..5000).flat_map(|i| (0..of(i)).map(move |_| (i, 0, 0))).collect();
    let baseline = Baseline::new(&known, &rows(&known, &many));
    let field = &baseline.fields[0];
    assert_eq!(field.values.len(), 32);
    assert_eq!(field.values[..4], [(0, 100), (1, 100), (2, 100), (6, 7)]);
    let listed: u64 = field.values.iter().map(|(_, rows)| rows).sum();
    assert_eq!((listed + field.others, field.unseen), (many.len() as u64, 0));
    assert!(serde_json::to_string(&baseline).unwrap().len() < 1000);
}

/// The values that a grown schema has added were unseen ones before.
#[test]
fn a_grown_schema_has_unseen_values() {
    let (known, grown) = (schema(2), schema(4));
    let baseline = Baseline::new(&known, &rows(&known, &[(0, 0, 0), (1, 0, 0)]));
    let mut counter = DriftCounter::new(&baseline, &grown).unwrap();
    counter.add(&rows(&grown, &[(1, 0, 0), (2, 0, 0), (3, 0, 0), (4, 0, 0)]), true, None);
    let drift = counter.finish();
    assert_eq!(drift.fields[0].unseen.now, Some(0.75));
    assert_eq!(drift.fields[1].unseen.now, Some(0.0));
    // Fewer values, or other names, are another model's.
    assert!(DriftCounter::new(&Baseline::new(&grown, &rows(&grown, &[])), &known).is_err());
    let other = Schema { scenarios: vec!["home".to_owned()], ..schema(2) };
    assert!(DriftCounter::new(&baseline, &other).is_err());
}

#[test]
fn damaged_counts_are_refused() {
    let known = schema(3);
    let all = rows(&known, &[(0, 0, 1), (1, 1, 0)]);
    let whole = Baseline::new(&known, &all).with_predictions(&[0.0, 1.0], &all);
    whole.check(&known).unwrap();
    let damaged = |change: fn(&mut Baseline)| {
        let mut baseline = whole.clone();
        change(&mut baseline);
        baseline.check(&known).unwrap_err();
    };
    damaged(|b| b.fields[0].values[0].0 = 3);
    damaged(|b| b.fields[0].values[1].0 = 0);
    damaged(|b| b.fields[0].unseen = u64::MAX);
    damaged(|b| b.fields[0].known = 2);
    damaged(|b| b.fields[1].field = "tabs".to_owned());
    damaged(|b| drop(b.fields.pop()));
    damaged(|b| b.scenarios[0].clicks = 2);
    damaged(|b| b.scenarios[1].scenario = "shop".to_owned());
    damaged(|b| b.scenarios[1].predictions.as_mut().unwrap().rows.push(1));
    damaged(|b| b.scenarios[1].predictions.as_mut().unwrap().ends = vec![1.0, 0.0]);
}

#[test]
fn no_rows_give_no_number() {
    assert_eq!(stability(&[0, 0], &[1, 2]), None);
    assert_eq!(stability(&[1, 2], &[0, 0]), None);
    assert_eq!(stability(&[], &[]), None);
    let known = schema(1);
    let baseline = Baseline::new(&known, &rows(&known, &[(0, 0, 0)]));
    let drift = DriftCounter::new(&baseline, &known).unwrap().finish();
    assert_eq!((drift.fields[0].unseen.now, drift.fields[0].values), (None, None));
    assert_eq!(drift.scenarios[0].rows.now, None);
}
