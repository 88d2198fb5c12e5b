//! The rows of a data set on a device, and the order of a batch.

use crate::error::Result;
use crate::step::slice::Batch;
use ssim_core::instances::Instances;
use ssim_kernels::embed::{BatchRows, Rows};
use ssim_kernels::{Array, KernelDevice, route};

/// A data set, a list of its rows, and the rows of the current batch.
pub(super) struct DeviceData {
    /// The rows.
    pub rows: Rows,
    /// The list, one byte per row, once it is copied.
    pub list: Option<Array<u8>>,
    order: Array<u32>,
    count: usize,
    /// The data set's address and number of rows, by which it is known again.
    of: (usize, usize),
}

impl DeviceData {
    /// Copies a data set to the device.
    pub fn new(device: &dyn KernelDevice, instances: &Instances) -> Result<Self> {
        let scenarios: Vec<u32> = instances.scenarios.iter().map(|s| u32::from(*s)).collect();
        let rows = Rows {
            ids: Array::copy(device, &instances.ids)?,
            labels: Array::copy(device, &instances.labels)?,
            scenarios: Array::copy(device, &scenarios)?,
            fields: instances.fields,
        };
        let order = Array::zeros(device, 0)?;
        Ok(Self { rows, list: None, order, count: 0, of: place(instances) })
    }

    /// Whether these are the rows of this data set.
    pub fn is_of(&self, instances: &Instances) -> bool {
        self.of == place(instances)
    }

    /// Copies the rows of a batch.
    pub fn begin(&mut self, device: &dyn KernelDevice, rows: &[u32]) -> Result<()> {
        if self.order.len() < rows.len() {
            self.order = Array::zeros(device, rows.len())?;
        }
        self.order.write(device, 0, rows)?;
        self.count = rows.len();
        Ok(())
    }

    /// The rows of the batch.
    pub fn batch(&self) -> BatchRows<'_> {
        BatchRows { order: &self.order, first: 0, count: self.count }
    }

    /// Notes in `shared` `[m]` which rows of the batch are on a list, and copies the list unless it is there.
    pub fn share(
        &mut self,
        device: &dyn KernelDevice,
        list: &[bool],
        shared: &mut Array<u8>,
    ) -> Result<()> {
        let there = match self.list.take() {
            Some(there) => there,
            None => {
                let bits: Vec<u8> = list.iter().map(|bit| u8::from(*bit)).collect();
                Array::copy(device, &bits)?
            }
        };
        let there = self.list.insert(there);
        let batch = BatchRows { order: &self.order, first: 0, count: self.count };
        Ok(route::listed(device, there, batch, shared)?)
    }

    /// The places where the pairs of each tower begin in a batch whose rows a list shares, `[K + 1]`.
    pub fn starts(&self, batch: Batch, list: &[bool], towers: usize) -> Vec<u32> {
        let mut own = vec![0u32; towers];
        let mut shared = 0;
        for row in batch.rows {
            let row = *row as usize;
            match list[row] {
                true => shared += 1,
                false => own[usize::from(batch.instances.scenarios[row]).min(towers - 1)] += 1,
            }
        }
        let mut end = 0;
        let ends = own.into_iter().map(|own| {
            end += own + shared;
            end
        });
        std::iter::once(0).chain(ends).collect()
    }
}

fn place(instances: &Instances) -> (usize, usize) {
    (instances.ids.as_ptr() as usize, instances.ids.len())
}
