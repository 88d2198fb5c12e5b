//! The worker that computes predictions and scores for the page.

fn main() {
    ssim_web::worker::run();
}
