//! The task that moves the bytes of one connection.

use tokio::task::AbortHandle;

/// Ends the task, and with it the connection, when nobody needs it any more.
pub(super) struct Driver(AbortHandle);

impl Driver {
    /// Starts the task. Its failures reach those who wait for answers, and count there.
    pub(super) fn start<T: Send + 'static>(connection: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(connection).abort_handle())
    }

    /// Whether the connection has ended.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}
