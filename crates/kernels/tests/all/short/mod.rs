//! Arrays that are too short are refused before a kernel starts.

mod rows;
mod step;

use bytemuck::Pod;
use ssim_kernels::embed::{BatchRows, Rows};
use ssim_kernels::loss::Losses;
use ssim_kernels::optimizer::{Moving, Table, TableKind};
use ssim_kernels::route::Routed;
use ssim_kernels::touched::TouchedIds;
use ssim_kernels::{Array, DeviceCall, DeviceError, KernelDevice, Recorded, Result, Simulated};
use std::sync::Arc;

const ROWS: usize = 5;
const FIELDS: usize = 2;
const TOWERS: usize = 3;
const PAIRS: usize = 15;
const DIM: usize = 4;
const STARTS: [u32; TOWERS + 1] = [0, 5, 10, 15];

/// Makes arrays, one of which is too short by one value.
struct Maker<'a> {
    device: &'a dyn KernelDevice,
    /// The number of the one that is too short.
    short: usize,
    made: usize,
}

impl Maker<'_> {
    /// The number of values for an array that needs `n`.
    fn len(&mut self, n: usize) -> usize {
        self.made += 1;
        if self.made - 1 == self.short { n - 1 } else { n }
    }

    fn array<T: Pod>(&mut self, n: usize) -> Result<Array<T>> {
        let n = self.len(n);
        Array::zeros(self.device, n)
    }

    /// Rows whose arrays are long enough in any case.
    fn rows(&self) -> Result<Rows> {
        Ok(Rows {
            ids: Array::zeros(self.device, ROWS * FIELDS)?,
            labels: Array::zeros(self.device, ROWS)?,
            scenarios: Array::zeros(self.device, ROWS)?,
            fields: FIELDS,
        })
    }

    /// An order of rows that begins with one of another batch.
    fn order(&mut self) -> Result<Array<u32>> {
        self.array(1 + ROWS)
    }

    /// Routed rows, whose starts may be too short. A function replaces the arrays that it needs.
    fn routed(&mut self) -> Result<Routed> {
        let mut routed = Routed::new(self.device, ROWS, TOWERS, PAIRS)?;
        let n = self.len(STARTS.len());
        routed.begin(self.device, ROWS, &STARTS[..n])?;
        Ok(routed)
    }

    /// Losses whose arrays are long enough in any case.
    fn losses(&self) -> Result<Losses> {
        Losses::new(self.device, ROWS, TOWERS, PAIRS)
    }

    /// A table of 7 rows whose arrays are long enough in any case.
    fn table(&self, kind: TableKind) -> Result<Table> {
        let zeros = |n| Array::zeros(self.device, n);
        Ok(Table {
            moving: Moving { w: zeros(7 * DIM)?, m: zeros(7 * DIM)?, v: zeros(7 * DIM)? },
            last: Array::zeros(self.device, 7)?,
            rates: zeros(2 * 3)?,
            rows: 7,
            dim: DIM,
            kind,
            l2: 0.0,
        })
    }

    /// The ids of a batch.
    fn touched(&mut self) -> Result<TouchedIds> {
        let (rows, order) = (self.rows()?, Array::zeros(self.device, 1 + ROWS)?);
        let mut touched = TouchedIds::new(self.device, ROWS * FIELDS, 7)?;
        touched.find(self.device, &rows, batch(&order))?;
        Ok(touched)
    }
}

/// Calls a function once with arrays that are long enough, and then with each too short in turn. It returns what was
/// asked of the device at last.
fn each_too_short(call: impl Fn(&mut Maker) -> Result<()>) {
    let run = |short| {
        let device = Recorded::new(Arc::new(Simulated::default()));
        let mut maker = Maker { device: &device, short, made: 0 };
        let result = call(&mut maker);
        (result, maker.made, device.take())
    };
    let (result, made, calls) = run(usize::MAX);
    result.expect("long enough");
    let works = |call: &DeviceCall| matches!(call, DeviceCall::Launch(_) | DeviceCall::Multiply(_));
    let last = *calls.iter().rfind(|call| works(call)).expect("a kernel was started");
    assert!(made > 0);
    for short in 0..made {
        let (result, _, calls) = run(short);
        assert!(matches!(result, Err(DeviceError::Size { .. })), "array {short}: {result:?}");
        assert!(!calls.contains(&last), "array {short}: {last:?} was started");
    }
}

fn batch(order: &Array<u32>) -> BatchRows<'_> {
    BatchRows { order, first: 1, count: ROWS }
}
