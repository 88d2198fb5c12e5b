//! Tests that the synthetic rows have the properties of their description.

use ssim_data::synthetic::{CTR, SCENARIOS, SHARED, generate, prepare};

#[test]
fn shares() {
    let raw = generate(200_000, SHARED, 11);
    let planted = raw.planted.as_ref().unwrap();
    for (k, share) in SCENARIOS.iter().enumerate() {
        let rows: Vec<usize> = (0..200_000).filter(|i| raw.scenarios[*i] == k as u32).collect();
        let n = rows.len() as f64;
        let mean = |value: &dyn Fn(usize) -> f64| rows.iter().map(|i| value(*i)).sum::<f64>() / n;
        assert!((n / 200_000.0 - share).abs() < 0.004);
        assert!((mean(&|i| f64::from(raw.labels[i])) - CTR).abs() < 0.012, "click rate of {k}");
        assert!(
            (mean(&|i| f64::from(planted.probability[i])) - CTR).abs() < 0.006,
            "probability of {k}"
        );
        assert!(
            (mean(&|i| f64::from(u8::from(planted.shared[i]))) - SHARED).abs() < 0.03,
            "planted share of {k}"
        );
    }
}

#[test]
fn the_same_seed_is_the_same_data() {
    assert_eq!(prepare(5_000, SHARED, 4).unwrap(), prepare(5_000, SHARED, 4).unwrap());
    assert_ne!(generate(5_000, SHARED, 4).labels, generate(5_000, SHARED, 5).labels);
}

#[test]
fn any_number_of_workers_draws_the_same_rows() {
    let with = |workers| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().unwrap();
        pool.install(|| generate(30_000, SHARED, 4))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn blocks_are_independent_of_how_many_there_are() {
    // Workers take blocks of 4,096 rows in waves; 9,000 and 12,000 rows are three blocks each.
    let (short, long) = (generate(9_000, SHARED, 4), generate(12_000, SHARED, 4));
    assert_eq!(short.rows, long.rows[..9_000]);
    assert_eq!(
        short.codes,
        long.codes[..9_000 * 16],
        "up to 20,000 rows have the same users and items"
    );
}

#[test]
fn too_few_rows() {
    let message = prepare(10, SHARED, 1).unwrap_err().to_string();
    assert_eq!(message, "synthetic: rows: expected 5000 to 4294967295, got 10");
}

#[test]
fn another_world_shares_another_part() {
    let part = |shared| {
        let planted = generate(20_000, shared, 4).planted.unwrap();
        planted.shared.iter().filter(|b| **b).count() as f64 / 20_000.0
    };
    assert!((part(0.3) - 0.3).abs() < 0.03 && (part(0.9) - 0.9).abs() < 0.03);
    let message = prepare(5_000, 1.0, 1).unwrap_err().to_string();
    assert_eq!(message, "synthetic: shared: expected a number between 0 and 1, got 1");
}
