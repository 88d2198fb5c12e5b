//! The distinct ids of a batch. A sort has one result, so it is compared bit by bit.

use crate::check::{Told, Written, check, room, same};
use crate::draw::Draw;
use crate::fixture::Batch;
use ssim_kernels::KernelDevice;
use ssim_kernels::touched::TouchedIds;
use std::collections::BTreeMap;

/// Numbers of ids, whose bits are sorted in 0 to 4 passes.
const IDS: [usize; 9] = [1, 2, 256, 257, 1 << 16, (1 << 16) + 1, 1 << 24, (1 << 24) + 1, 1 << 32];

/// The ids of a batch and their cells.
pub fn found(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let (fields, ids) = (draw.pick(&[1, 2, 7]), draw.pick(&IDS));
    let batch = |draw: &mut Draw| {
        let count = draw.rows(10_000 / fields);
        Batch::draw(draw, count, (fields, ids), 1)
    };
    let (before, batch) = (draw.percent(20).then(|| batch(draw)), batch(draw));
    let count = batch.count * fields;
    let room_for = before.as_ref().map_or(count, |before| count.max(before.count * fields));
    let mut touched = TouchedIds::new(device, room_for + draw.below(5), ids)?;
    if let Some(before) = &before {
        let placed = before.place(device)?;
        touched.find(device, &placed.rows, placed.batch())?;
    }
    let mut cells_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (cell, id) in (0u32..).zip(batch.cells()) {
        cells_of.entry(id).or_default().push(cell);
    }
    let expected: Vec<u32> = cells_of.keys().copied().collect();
    let (mut starts, mut cells) = (vec![0], Vec::new());
    for of_id in cells_of.values() {
        cells.extend(of_id);
        starts.push(cells.len() as u32);
    }
    // Arrays of the test's own, whose values behind the last id must not change.
    touched.ids = room(device, count)?;
    touched.starts = room(device, count + 1)?;
    let placed = batch.place(device)?;
    touched.find(device, &placed.rows, placed.batch())?;
    let mut written = Written::default();
    let n = expected.len();
    same("number of cells", &[touched.count()], &[count])?;
    same("number of ids", &touched.found.to_vec(device)?, &[n as u32])?;
    same("ids", &written.read(device, &touched.ids, n)?, &expected)?;
    // Without cells there is nothing that begins.
    let begins = if count == 0 { 0 } else { n + 1 };
    same("starts", &written.read(device, &touched.starts, begins)?, &starts[..begins])?;
    same("cells", &touched.cells().read(device, 0..count)?, &cells)?;
    Ok(written.digest())
}

#[test]
fn ids_ascend_and_so_do_the_cells_of_each() {
    check(found);
}
