//! What trains, in a worker of its own.

fn main() {
    ssim_web::trainer::run();
}
