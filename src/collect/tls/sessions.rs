//! The sessions that a server hands out to a client of rustls, kept for as long as their probe lasts.

use std::sync::{Mutex, PoisonError};

use rustls::{
    NamedGroup,
    client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue},
    pki_types::ServerName,
};
use tokio::sync::Notify;

/// More tickets than this are not kept.
const TICKETS_LIMIT: usize = 8;

/// What one server handed out.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    kept: Mutex<Kept>,
    arrival: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    tls12: Option<Tls12ClientSessionValue>,
    tls13: Vec<Tls13ClientSessionValue>,
    /// How many bytes of early data the tickets of TLS 1.3 permit; absent while none came.
    early_data: Option<u32>,
}

impl Sessions {
    /// How many bytes of early data the server takes with its most generous ticket of TLS 1.3; absent when it handed out none.
    pub(super) fn early_data(&self) -> Option<u32> {
        self.with(|kept| kept.early_data)
    }

    /// Whether a session can be resumed.
    pub(super) fn is_any_kept(&self) -> bool {
        self.with(|kept| kept.tls12.is_some() || !kept.tls13.is_empty())
    }

    /// Waits for a ticket of TLS 1.3, unless one came already.
    pub(super) async fn ticket(&self) {
        self.arrival.notified().await;
    }

    fn with<T>(&self, each: impl FnOnce(&mut Kept) -> T) -> T {
        each(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.with(|kept| kept.tls12 = Some(session));
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.with(|kept| kept.tls12.clone())
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.with(|kept| kept.tls12 = None);
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.with(|kept| {
            let most = kept.early_data.unwrap_or(0).max(ticket.max_early_data_size());
            kept.early_data = Some(most);
            if kept.tls13.len() < TICKETS_LIMIT {
                kept.tls13.push(ticket);
            }
        });
        self.arrival.notify_one();
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.with(|kept| kept.tls13.pop())
    }
}
