//! The worker that draws a live view in somebody's document.

fn main() {
    ssim_web::live::run();
}
