//! Extensions and behaviour of a server.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Reading;

/// Which extensions a server knows, and how it behaves. What is unknown has its reason in `reasons`, under the field's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Extensions {
    /// Whether it takes part in safe renegotiation (RFC 5746); also true where only TLS 1.3 is offered, which has no renegotiation.
    pub secure_renegotiation: Reading<bool>,
    /// Whether it renegotiates in the old, unsafe way, for a client that does not take part in RFC 5746.
    pub insecure_renegotiation: Reading<bool>,
    /// Whether it lets the client start a renegotiation.
    pub client_renegotiation: Reading<bool>,
    /// Whether it sends a stapled OCSP response (RFC 6066, section 8).
    pub ocsp_stapling: Reading<bool>,
    /// Extended master secret (RFC 7627); true where only TLS 1.3 is offered, which has it built in.
    pub extended_master_secret: Reading<bool>,
    /// Encrypt-then-MAC (RFC 7366), for CBC suites.
    pub encrypt_then_mac: Reading<bool>,
    /// Protocols that ALPN agrees on (RFC 7301), as in `h2`.
    pub alpn: Vec<String>,
    /// Whether `alpn` holds all that were asked for.
    pub alpn_complete: Reading<bool>,
    /// Whether it hands out session tickets (RFC 5077; RFC 8446, section 4.6.1).
    pub session_tickets: Reading<bool>,
    /// Whether it gives sessions an id (RFC 5246, section 7.4.1.3).
    pub session_ids: Reading<bool>,
    /// Whether a session was resumed, by whatever means.
    pub session_resumption: Reading<bool>,
    /// Whether it takes data before the handshake of TLS 1.3 is complete (RFC 8446, section 2.3).
    pub early_data: Reading<bool>,
    /// Whether it compresses what it encrypts (RFC 3749).
    pub compression: Reading<bool>,
    /// Whether it refuses a client that fell back to an older version than needed (RFC 7507); unknown with fewer than two versions.
    pub fallback_scsv: Reading<bool>,
    /// Maximum fragment length (RFC 6066, section 4).
    pub max_fragment_length: Reading<bool>,
    /// Heartbeats (RFC 6520).
    pub heartbeat: Reading<bool>,
    /// Whether it wants a certificate from the client.
    pub client_certificate: Reading<ClientCertificate>,
    /// Whether it refuses clients that name no host (RFC 6066, section 3).
    pub sni_required: Reading<bool>,
    /// Whether it fails on a hello for a version that does not exist yet (RFC 8446, section 4.1.2).
    pub version_intolerance: Reading<bool>,
    /// Whether it fails on extensions, suites and groups that it does not know (RFC 8701).
    pub extension_intolerance: Reading<bool>,
    /// Whether it fails on a hello of more than 512 bytes.
    pub long_hello_intolerance: Reading<bool>,
    /// Why a field is unknown, by its name.
    pub reasons: BTreeMap<String, String>,
}

/// Whether a server wants a certificate from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientCertificate {
    /// It does not ask.
    NotRequested,
    /// It asks, and goes on without.
    Requested,
    /// It refuses a client that has none.
    Required,
}
