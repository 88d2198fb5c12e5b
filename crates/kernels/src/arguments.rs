//! The arguments of the kernels, as their sources declare them.

#![allow(unsafe_code, reason = "kernels read their arguments by address")]

use crate::address::Address;
use crate::device::KernelDevice;
use crate::kernel::Kernel;
use crate::{DeviceError, Result};
use std::ptr;

/// Calls a macro with all kernels: the file, the name in it, the name here, and the arguments in the order of the
/// source.
macro_rules! kernels {
    ($define:ident) => {
        $define! {
            /// Copies the embeddings of rows.
            "embed" embed = Embed {
                table: Address<f32>, ids: Address<u32>, rows: Address<u32>, pairs: Address<u32>,
                out: Address<f32>, count: u32, fields: u32, dim: u32,
            }
            /// Adds up the gradients of a row's embeddings.
            "embed" collect = Collect {
                slopes: Address<f32>, slots: Address<u32>, starts: Address<u32>, selector: Address<f32>,
                out: Address<f32>, rows: u32, towers: u32, width: u32,
            }
            /// Looks up which rows of a batch are on a list.
            "route" listed = Listed {
                list: Address<u8>, rows: Address<u32>, shared: Address<u8>, count: u32,
            }
            /// Computes the search mask.
            "route" masked = Masked {
                heads: Address<f32>, scenarios: Address<u32>, rows: Address<u32>, scores: Address<f32>,
                shared: Address<u8>, threshold: f64, temperature: f64, count: u32, width: u32,
            }
            /// Lists the rows of every tower.
            "route" route = Route {
                shared: Address<u8>, scenarios: Address<u32>, rows: Address<u32>, starts: Address<u32>,
                pairs: Address<u32>, towers: Address<u32>, slots: Address<u32>, own: Address<u32>,
                seen: Address<u32>, count: u32, width: u32,
            }
            /// Adds the bias, and applies ReLU and dropout.
            "dense" finish_layer = FinishLayer {
                y: Address<f32>, bias: Address<f32>, pairs: Address<u32>, tower: Address<u32>, key: u64,
                count: u32, outputs: u32, layer: u32, relu: u32, limit: u32, scale: f32,
            }
            /// Brings a gradient back through dropout and ReLU.
            "dense" begin_layer = BeginLayer {
                slopes: Address<f32>, y: Address<f32>, count: u32, outputs: u32, scale: f32,
            }
            /// Adds up the gradients of biases.
            "dense" sum_columns = SumColumns {
                slopes: Address<f32>, starts: Address<u32>, seen: Address<u32>, out: Address<f32>,
                outputs: u32,
            }
            /// Computes the losses of pairs of row and tower, and their gradients.
            "loss" pair_losses = PairLosses {
                logits: Address<f32>, pairs: Address<u32>, tower: Address<u32>, starts: Address<u32>,
                own: Address<u32>, seen: Address<u32>, rows: Address<u32>, labels: Address<u8>,
                losses: Address<f64>, slopes: Address<f32>, count: u32, batch: u32, towers: u32,
                by_tower: u32,
            }
            /// Adds up the losses of each tower.
            "loss" tower_losses = TowerLosses {
                losses: Address<f64>, starts: Address<u32>, seen: Address<u32>, out: Address<f64>,
            }
            /// Computes the gradients of the scores.
            "loss" score_slopes = ScoreSlopes {
                scores: Address<f32>, shared: Address<u8>, slots: Address<u32>, starts: Address<u32>,
                seen: Address<u32>, losses: Address<f64>, tower_losses: Address<f64>,
                logits: Address<f32>, scenarios: Address<u32>, rows: Address<u32>, labels: Address<u8>,
                slopes: Address<f32>, terms: Address<f64>, threshold: f64, temperature: f64, pull: f64,
                private_term: f64, log_term: f64, leak: f64, count: u32, towers: u32, width: u32,
                by_tower: u32, relaxed: u32,
            }
            /// Adds up the loss of the batch.
            "loss" total = Total {
                tower_losses: Address<f64>, terms: Address<f64>, shared: Address<u8>,
                loss: Address<f64>, count: Address<u32>, towers: u32, rows: u32,
            }
            /// Lists the ids of a batch.
            "touched" make_keys = MakeKeys {
                ids: Address<u32>, rows: Address<u32>, keys: Address<u32>, cells: Address<u32>,
                count: u32, fields: u32,
            }
            /// Counts the digits of keys.
            "touched" count_digits = CountDigits {
                keys: Address<u32>, counts: Address<u32>, count: u32, tiles: u32, shift: u32,
            }
            /// Computes running sums.
            "touched" running_sum = RunningSum {
                values: Address<u32>, sum: Address<u32>, count: u32,
            }
            /// Moves keys to the places of their digits.
            "touched" move_keys = MoveKeys {
                keys: Address<u32>, cells: Address<u32>, firsts: Address<u32>,
                sorted_keys: Address<u32>, sorted_cells: Address<u32>, count: u32, tiles: u32, shift: u32,
            }
            /// Counts distinct keys.
            "touched" count_firsts = CountFirsts {
                keys: Address<u32>, counts: Address<u32>, count: u32,
            }
            /// Lists distinct keys.
            "touched" list_ids = ListIds {
                keys: Address<u32>, before: Address<u32>, found: Address<u32>, ids: Address<u32>,
                starts: Address<u32>, count: u32,
            }
            /// Takes a step of dense parameters.
            "adam" adam = Adam {
                w: Address<f32>, g: Address<f32>, m: Address<f32>, v: Address<f32>, loss: Address<f64>,
                count: u32, step: f32, scale: f32, l2: f32,
            }
            /// Takes the steps that rows of the table have missed.
            "adam" catch_up = CatchUp {
                w: Address<f32>, m: Address<f32>, v: Address<f32>, last: Address<u32>, ids: Address<u32>,
                found: Address<u32>, rates: Address<f32>, dim: u32, now: u32, l2: f32,
            }
            /// Notes the steps that rows of the table have seen.
            "adam" mark = Mark {
                last: Address<u32>, ids: Address<u32>, found: Address<u32>, now: u32,
            }
            /// Takes a step of the rows that a batch touches.
            "adam" table_step = TableStep {
                w: Address<f32>, m: Address<f32>, v: Address<f32>, last: Address<u32>, ids: Address<u32>,
                starts: Address<u32>, cells: Address<u32>, found: Address<u32>, slopes: Address<f32>,
                loss: Address<f64>, dim: u32, now: u32, kind: u32, step: f32, scale: f32, lr: f32, l2: f32,
            }
        }
    };
}

pub(crate) use kernels;

/// The arguments of one kernel.
///
/// # Safety
/// The struct must have the layout of the kernel's own.
pub(crate) unsafe trait Arguments: Copy {
    /// The kernel.
    const KERNEL: Kernel;
}

macro_rules! structs {
    ($($(#[$doc:meta])* $file:literal $name:ident = $kernel:ident { $($field:ident: $type:ty),* $(,)? })*) => {
        $(
            #[derive(Clone, Copy)]
            #[repr(C)]
            pub(crate) struct $kernel {
                $(pub $field: $type,)*
            }

            // SAFETY: a test compares the sizes, and every field is named and used in the source.
            unsafe impl Arguments for $kernel {
                const KERNEL: Kernel = Kernel::$kernel;
            }
        )*
    };
}

kernels!(structs);

/// Starts a kernel.
///
/// # Safety
/// The memory that the arguments name must be the device's, and as long as the kernel needs.
pub(crate) unsafe fn launch<A: Arguments>(
    device: &dyn KernelDevice,
    blocks: usize,
    arguments: A,
) -> Result<()> {
    if blocks == 0 {
        return Ok(());
    }
    let told = || DeviceError::Driver(format!("{}: too many blocks: {blocks}", A::KERNEL.name()));
    let blocks = i32::try_from(blocks).map_err(|_| told())? as u32;
    // SAFETY: the caller promises the memory, and `Arguments` the layout.
    unsafe { device.launch(A::KERNEL, blocks, ptr::from_ref(&arguments).cast()) }
}

/// Threads of a block.
pub(crate) const THREADS: usize = 256;

/// Starts a kernel with a thread for each of `values` values.
///
/// # Safety
/// As [`launch`].
pub(crate) unsafe fn launch_for<A: Arguments>(
    device: &dyn KernelDevice,
    values: usize,
    arguments: A,
) -> Result<()> {
    // SAFETY: the caller promises the same.
    unsafe { launch(device, values.div_ceil(THREADS), arguments) }
}

/// The kernels as functions of the host.
#[cfg(feature = "simulated")]
mod host {
    use super::Kernel;
    use std::ffi::c_void;

    /// A kernel as a function: its arguments, the number of blocks, and whether they run backwards.
    pub(crate) type OnHost = unsafe extern "C" fn(*const c_void, u32, u32);

    macro_rules! functions {
        ($($(#[$doc:meta])* $file:literal $name:ident = $kernel:ident { $($field:ident: $type:ty),* $(,)? })*) => {
            mod functions {
                use std::ffi::c_void;
                unsafe extern "C" {
                    $(
                        #[link_name = concat!("ssim_", stringify!($name))]
                        pub(super) fn $name(arguments: *const c_void, blocks: u32, backwards: u32);
                    )*
                }
            }

            mod sizes {
                unsafe extern "C" {
                    $(
                        #[link_name = concat!("ssim_", stringify!($name), "_bytes")]
                        pub(super) static $name: u32;
                    )*
                }
            }

            impl Kernel {
                /// The kernel as a function.
                pub(crate) fn on_host(self) -> OnHost {
                    match self {
                        $(Self::$kernel => functions::$name,)*
                    }
                }

                /// Size of the arguments in bytes, as the source has them.
                pub fn bytes_in_source(self) -> usize {
                    // SAFETY: the constants are never written.
                    let bytes = unsafe {
                        match self {
                            $(Self::$kernel => sizes::$name,)*
                        }
                    };
                    bytes as usize
                }
            }
        };
    }

    kernels!(functions);
}
