//! What the browser runs first: it draws, and leaves every computation to the worker.

fn main() {
    ssim_web::view::mount();
}
