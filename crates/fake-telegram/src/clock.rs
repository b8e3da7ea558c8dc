//! Telegram's time, as fast as the test wants it. In: how long one of its seconds lasts here. Out: seconds since the
//! start, Unix time, sleeping; a test may also jump ahead. Nothing else in the fake looks at a clock.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    second: Duration,
    begun: Instant,
    /// Unix time at the beginning.
    unix: i64,
    /// How far the test has jumped ahead, in seconds.
    ahead: watch::Sender<f64>,
}

impl Clock {
    pub fn new(second: Duration) -> Clock {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs() as i64;
        Clock(Arc::new(Inner {
            second,
            begun: Instant::now(),
            unix,
            ahead: watch::Sender::new(0.0),
        }))
    }

    /// Seconds since the start.
    pub fn now(&self) -> f64 {
        self.scaled(self.0.begun.elapsed()) + *self.0.ahead.borrow()
    }

    pub fn unix(&self) -> i64 {
        self.0.unix + self.now() as i64
    }

    /// What a span of the test's time is in Telegram's seconds.
    pub fn scaled(&self, real: Duration) -> f64 {
        real.as_secs_f64() / self.0.second.as_secs_f64()
    }

    /// Lets `seconds` pass at once; whoever sleeps is woken if their time has come.
    pub fn advance(&self, seconds: f64) {
        self.0.ahead.send_modify(|ahead| *ahead += seconds);
    }

    pub async fn sleep(&self, seconds: f64) {
        self.until(self.now() + seconds).await;
    }

    pub async fn until(&self, time: f64) {
        let mut ahead = self.0.ahead.subscribe();
        loop {
            let left = time - self.now();
            if left <= 0.0 {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(self.0.second.mul_f64(left.min(1e9))) => {}
                _ = ahead.changed() => {}
            }
        }
    }
}
