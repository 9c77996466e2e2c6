//! The wish to end early: Ctrl-C, or a deadline.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Tells everything that is under way to come to an end. It cannot be taken back.
#[derive(Debug, Default)]
pub struct Stop {
    flag: AtomicBool,
    bell: Notify,
}

impl Stop {
    /// Asks everything to end.
    pub fn ring(&self) {
        self.flag.store(true, Ordering::SeqCst);
        self.bell.notify_waiters();
    }

    /// Whether it was asked.
    #[must_use]
    pub fn was_rung(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
    }

    /// For threads, which look now and then.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    /// Waits until it is asked.
    pub(super) async fn rung(&self) {
        let bell = self.bell.notified();
        tokio::pin!(bell);
        // Enrolled before the flag is read, so that a ring in between is not missed.
        bell.as_mut().enable();
        if !self.was_rung() {
            bell.await;
        }
    }
}
