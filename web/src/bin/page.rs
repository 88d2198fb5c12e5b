//! The program that the browser runs first. It draws, and the worker computes predictions for it.

fn main() {
    ssim_web::view::mount();
}
