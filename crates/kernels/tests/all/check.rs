//! Checks: a random case on a device, compared with the plain form.

use crate::draw::Draw;
use bytemuck::Pod;
use ssim_kernels::{Array, KernelDevice, Simulated};
use std::error::Error;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hasher};

/// The result of a check, or a sentence that says what is wrong.
pub type Told<T> = Result<T, Box<dyn Error>>;

/// Runs one case, and returns a digest of everything that the kernels wrote.
pub type Check = fn(&dyn KernelDevice, &mut Draw) -> Told<u64>;

/// Runs cases in both orders of the threads. The plain form must agree, and both orders must give equal bits: where a
/// thread relies on the order of the others, they do not.
pub fn cases(check: Check, [forwards, backwards]: [&dyn KernelDevice; 2], cases: u64) -> Told<()> {
    for case in 0..cases {
        let run = |device| {
            let told = |error| format!("case {case}: {error}");
            check(device, &mut Draw::new(case)).map_err(told)
        };
        if run(forwards)? != run(backwards)? {
            return Err(format!("case {case}: the order of the threads counts").into());
        }
    }
    Ok(())
}

/// Runs 1,000 cases on the host, or on the GPU that `SSIM_TEST_DEVICE` names (`cuda:0`) in a build for one.
pub fn check(check: Check) {
    #[cfg(feature = "cuda")]
    if let Some(gpu) = gpu() {
        if let Err(error) = cases(check, [gpu, gpu], 1000) {
            panic!("{error}");
        }
        return;
    }
    let order = |backwards| Simulated { backwards, ..Simulated::default() };
    if let Err(error) = cases(check, [&order(false), &order(true)], 1000) {
        panic!("{error}");
    }
}

#[cfg(feature = "cuda")]
fn gpu() -> Option<&'static dyn KernelDevice> {
    use ssim_kernels::Cuda;
    use std::sync::OnceLock;

    static GPU: OnceLock<Option<Cuda>> = OnceLock::new();
    let open = || {
        let name = std::env::var("SSIM_TEST_DEVICE").ok()?;
        let number = name.strip_prefix("cuda:")?.parse().unwrap();
        let context = cudarc::driver::CudaContext::new(number).unwrap();
        Some(Cuda::new(context.default_stream()).unwrap())
    };
    GPU.get_or_init(open).as_ref().map(|gpu| gpu as &dyn KernelDevice)
}

/// Values behind those that a kernel may write.
const MARGIN: usize = 3;
/// A byte of memory that no kernel has written to.
const SOIL: u8 = 0xA5;

/// An array of `n` values, and some more behind them that must not change.
pub fn room<T: Pod>(device: &dyn KernelDevice, n: usize) -> Told<Array<T>> {
    Ok(Array::copy(device, &vec![soil::<T>(); n + MARGIN])?)
}

/// A copy of an array with more values behind them that must not change.
pub fn copy<T: Pod>(device: &dyn KernelDevice, values: &[T]) -> Told<Array<T>> {
    let mut array = room(device, values.len())?;
    array.write(device, 0, values)?;
    Ok(array)
}

/// A value that no kernel has written.
fn soil<T: Pod>() -> T {
    let mut value = T::zeroed();
    bytemuck::bytes_of_mut(&mut value).fill(SOIL);
    value
}

/// The values that kernels have written.
#[derive(Default)]
pub struct Written(DefaultHasher);

impl Written {
    /// Reads the first `n` values of an array. Those behind them must be as [`room`] left them.
    pub fn read<T: Pod>(
        &mut self,
        device: &dyn KernelDevice,
        array: &Array<T>,
        n: usize,
    ) -> Told<Vec<T>> {
        let mut values = array.to_vec(device)?;
        let behind = values.split_off(n);
        if bytemuck::cast_slice::<T, u8>(&behind).iter().any(|byte| *byte != SOIL) {
            return Err(format!("a kernel wrote behind {n} values").into());
        }
        self.0.write(bytemuck::cast_slice(&values));
        Ok(values)
    }

    /// The digest of everything that was read.
    pub fn digest(self) -> u64 {
        self.0.finish()
    }
}

/// Compares values.
pub fn same<T: PartialEq + Debug>(name: &str, got: &[T], expected: &[T]) -> Told<()> {
    compare(name, got, expected, |a, b| a == b)
}

/// Compares the bits of numbers; all NaN are equal.
pub fn same_bits(name: &str, got: &[f32], expected: &[f32]) -> Told<()> {
    compare(name, got, expected, |a, b| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
}

/// Compares numbers; all NaN are equal, and so are 0 and −0.
pub fn same_numbers(name: &str, got: &[f32], expected: &[f32]) -> Told<()> {
    compare(name, got, expected, |a, b| a == b || a.is_nan() && b.is_nan())
}

/// Compares numbers with expected ones and the error that each may have. Those that are not finite must be the same.
pub fn near(name: &str, got: &[f64], expected: &[(f64, f64)]) -> Told<()> {
    compare(name, got, expected, |got, (value, bound)| match value.is_finite() {
        true => (got - value).abs() <= *bound,
        false => got == value || got.is_nan() && value.is_nan(),
    })
}

/// Compares values by a rule.
pub fn compare<A: Debug, B: Debug>(
    name: &str,
    got: &[A],
    expected: &[B],
    fits: impl Fn(&A, &B) -> bool,
) -> Told<()> {
    if got.len() != expected.len() {
        return Err(format!("{name}: {} values for {}", got.len(), expected.len()).into());
    }
    match got.iter().zip(expected).position(|(a, b)| !fits(a, b)) {
        None => Ok(()),
        Some(i) => Err(format!("{name}[{i}]: {:?} for {:?}", got[i], expected[i]).into()),
    }
}
