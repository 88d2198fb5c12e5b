//! `ssim`.
fn main() {}
