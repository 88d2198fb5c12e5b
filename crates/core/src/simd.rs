//! The widest vector instructions of the processor, for plain loops.

/// Runs `loops` compiled for the widest vectors of the processor, which are found at run time. On
/// wasm these are the vectors that the module was built for.
///
/// The results do not depend on the choice: no sum is reordered, and no multiplication is fused
/// with an addition. Functions that `loops` calls must be `#[inline(always)]`; others are not
/// compiled for these vectors.
#[inline(always)]
pub fn widest<R>(loops: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(loops)
}
