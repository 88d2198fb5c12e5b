//! What computes, beside the page.

fn main() {
    ssim_web::worker::run();
}
