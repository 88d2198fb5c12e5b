//! What draws a live view in somebody's document, in a worker of its own.

fn main() {
    ssim_web::live::run();
}
