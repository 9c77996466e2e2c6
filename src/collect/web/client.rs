//! The one HTTP client: HTTP/1.1 and HTTP/2, without cookies or credentials; certificates are judged, never enforced.
//!
//! | module | what it does |
//! |---|---|
//! | `request` | what is asked, and what comes back |
//! | `session` | the connections of a run, shared by all that is asked |
//! | `way` | those to one address |
//! | `secured` | the TLS handshake and its facts |
//! | `http1`, `recorder` | one connection of HTTP/1.1, and the heads as they came |
//! | `http2` | one connection of HTTP/2, likewise |
//! | `body`, `decoding` | bodies, read and unpacked within limits |

#[cfg(test)]
pub(super) use super::body::BODY_LIMIT;
pub(super) use super::{
    fetch_error::FetchError,
    request::{Answer, Ask, host},
};
