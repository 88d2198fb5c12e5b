//! Named arrays with a JSON header, the form of checkpoints, models and artifacts.

use super::seed;
use crate::target::Seed;
use serde_json::{Value, json};
use ssim_core::container::Container;

/// Reads a container, writes it, and reads it again.
pub fn run(data: &[u8]) {
    let Ok((header, arrays)) = Container::from_bytes::<Value>(data) else { return };
    for name in arrays.names("") {
        let values: usize = arrays.shape(name).expect("an array has a shape").iter().product();
        if let Ok(numbers) = arrays.get::<f32>(name) {
            assert_eq!(numbers.len(), values, "{name}");
        }
        if let Ok(numbers) = arrays.get_floats(name) {
            assert_eq!(numbers.len(), values, "{name}");
        }
        drop(arrays.get_rows::<u64>(name, (values, 1), (1, 2)));
    }
    let Ok(written) = arrays.to_bytes(&header) else { return };
    let (again, copy) = Container::from_bytes::<Value>(&written).expect("it can be read again");
    assert_eq!(header, again);
    assert_eq!(copy.to_bytes(&again).expect("it can be written again"), written);
}

/// Containers with arrays of every type.
pub fn seeds() -> Vec<Seed> {
    let mut arrays = Container::default();
    arrays.put("a", &[3], &[1u8, 2, 3]);
    arrays.put("b", &[2, 2], &[1.5f32, -2.0, f32::NAN, f32::INFINITY]);
    arrays.put("c", &[2], &[1u64, u64::MAX]);
    arrays.put("d", &[1], &[0.1f64]);
    arrays.put("e", &[2], &[7u16, 8]);
    arrays.put("none", &[0, 4], &[0u32; 0]);
    let header = json!({ "format": "toy", "n": 1.5, "list": [1, null, "x"] });
    let full = arrays.to_bytes(&header).expect("bytes");
    let empty = Container::default().to_bytes(&json!(null)).expect("bytes");
    vec![seed("arrays", full), seed("empty", empty)]
}
