//! The worker that trains.

fn main() {
    ssim_web::trainer::run();
}
