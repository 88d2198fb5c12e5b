//! Test vectors. The Python function below makes the same vectors to the bit, and scikit-learn
//! 1.9.1 computed the reference numbers of the tests from them:
//!
//! ```python
//! def clusters(n, d, state=1):
//!     x = np.zeros((n, d), np.float32)
//!     for i in range(n):
//!         for j in range(d):
//!             total = 0
//!             for _ in range(4):
//!                 state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
//!                 total += state >> 48
//!             x[i, j] = (total - 131072) / 65536 + 6 * (j % 3 == i % 3)
//!     return x
//! ```

/// Three clouds of vectors `[n, width]`, nearly normally distributed. Row `i` is in cloud `i % 3`.
pub fn clusters(n: usize, width: usize) -> Vec<f32> {
    let mut state = 1u64;
    let mut bell = || {
        let mut total = 0i32;
        for _ in 0..4 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            total += (state >> 48) as i32;
        }
        (total - 131072) as f32 / 65536.0
    };
    let mut values = Vec::with_capacity(n * width);
    for i in 0..n {
        for j in 0..width {
            values.push(bell() + if j % 3 == i % 3 { 6.0 } else { 0.0 });
        }
    }
    values
}
