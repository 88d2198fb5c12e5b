//! With a copy of the model per scenario, each copy predicts the rows of its own scenario only.

use crate::fixture::{SCENARIOS, all, close, fresh, instances};
use ssim_core::backbone;
use ssim_core::model::{Model, Predict};

#[test]
fn rows_go_to_their_own_copy() {
    let (rows, order) = (instances(), all());
    let backwards: Vec<u32> = order.iter().rev().copied().collect();
    for name in backbone::names() {
        let copies: Vec<Model> = (0..SCENARIOS as u64).map(|k| fresh(name, 1, 1 + k)).collect();
        let alone: Vec<Vec<f32>> =
            copies.iter().map(|m| m.predict(&rows, &order).unwrap()).collect();
        let expected: Vec<f32> =
            (0..rows.len()).map(|i| alone[usize::from(rows.scenarios[i])][i]).collect();
        // Sums are rounded in another way where a row is predicted together with other rows.
        close(name, &copies.predict(&rows, &order).unwrap(), &expected, 1e-6);
        let mut found = copies.predict(&rows, &backwards).unwrap();
        found.reverse();
        close(name, &found, &expected, 1e-6);
        let one = vec![fresh(name, 1, 1)];
        assert_eq!(one.predict(&rows, &order).unwrap(), alone[0], "{name}");
    }
}
