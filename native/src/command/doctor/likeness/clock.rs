//! The time that fits may take.

use std::time::{Duration, Instant};

/// Number of seeds without which nothing can be told.
pub const LEAST: u32 = 2;

/// A clock that says when fits of several seeds must end.
pub struct SeedClock {
    begun: Instant,
    limit: Option<Duration>,
}

impl SeedClock {
    /// Begins to measure the time.
    pub fn new(limit: Option<Duration>) -> Self {
        Self { begun: Instant::now(), limit }
    }

    /// Whether there is time for another seed after `done` seeds, which have taken equally long.
    pub fn allows(&self, done: u32) -> bool {
        allows(self.begun.elapsed(), self.limit, done)
    }

    /// Whether the fits of the current seed, after `done` seeds, must end now.
    pub fn is_over(&self, done: u32) -> bool {
        is_over(self.begun.elapsed(), self.limit, done)
    }
}

fn allows(passed: Duration, limit: Option<Duration>, done: u32) -> bool {
    limit.is_none_or(|limit| done == 0 || passed / done * (done + 1) <= limit)
}

/// The first of the seeds that are needed may take its part of the time alone: the others would come too late.
fn is_over(passed: Duration, limit: Option<Duration>, done: u32) -> bool {
    limit.is_some_and(|limit| passed > limit / LEAST * (done + 1).min(LEAST))
}

#[cfg(test)]
mod tests {
    use super::{allows, is_over};
    use std::time::Duration;

    #[test]
    fn a_seed_begins_if_there_is_time_for_it() {
        let seconds = Duration::from_secs;
        assert!(allows(seconds(9), None, 5) && !is_over(seconds(9), None, 0));
        let limit = Some(seconds(30));
        // Half of the time for the first seed, and all of it for the second.
        assert!(allows(seconds(0), limit, 0) && !is_over(seconds(15), limit, 0));
        assert!(is_over(seconds(16), limit, 0) && !is_over(seconds(16), limit, 1));
        assert!(allows(seconds(15), limit, 1) && is_over(seconds(31), limit, 1));
        // A third one that would take as long as the others.
        assert!(allows(seconds(20), limit, 2) && !allows(seconds(21), limit, 2));
        assert!(is_over(seconds(31), limit, 2));
    }
}
