//! The widest vector instructions of the processor, for plain loops.

/// Runs `loops` compiled for the widest vectors that the processor has, found at run time (on wasm,
/// for what the module was built with). What is computed does not depend on the choice: no sum is
/// reordered and nothing is contracted. Functions called in `loops` must be `#[inline(always)]`, or
/// they stay as they were compiled.
#[inline(always)]
pub fn widest<R>(loops: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(loops)
}
