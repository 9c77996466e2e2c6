//! Alerts (RFC 8446, section 6, and its predecessors back to SSL 3.0).

use std::fmt;

/// What a server says when it refuses or warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Alert {
    /// 1 warns, 2 ends the connection.
    pub level: u8,
    /// Its number in IANA's registry.
    pub description: u8,
}

impl Alert {
    pub(in crate::collect) const CLOSE_NOTIFY: u8 = 0;
    pub(in crate::collect) const HANDSHAKE_FAILURE: u8 = 40;
    pub(in crate::collect) const ACCESS_DENIED: u8 = 49;
    pub(in crate::collect) const PROTOCOL_VERSION: u8 = 70;
    pub(in crate::collect) const INTERNAL_ERROR: u8 = 80;
    pub(in crate::collect) const USER_CANCELED: u8 = 90;
    pub(in crate::collect) const UNRECOGNIZED_NAME: u8 = 112;
    pub(in crate::collect) const UNKNOWN_PSK_IDENTITY: u8 = 115;

    /// Whether the server may still send a hello after it.
    pub(in crate::collect) fn is_warning(self) -> bool {
        self.level == 1 && self.description != Self::CLOSE_NOTIFY
    }

    fn name(self) -> Option<&'static str> {
        Some(match self.description {
            Self::CLOSE_NOTIFY => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            Self::HANDSHAKE_FAILURE => "handshake_failure",
            41 => "no_certificate",
            42 => "bad_certificate",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            Self::ACCESS_DENIED => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            Self::PROTOCOL_VERSION => "protocol_version",
            71 => "insufficient_security",
            Self::INTERNAL_ERROR => "internal_error",
            86 => "inappropriate_fallback",
            Self::USER_CANCELED => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            Self::UNRECOGNIZED_NAME => "unrecognized_name",
            Self::UNKNOWN_PSK_IDENTITY => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => return None,
        })
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => formatter.write_str(name),
            None => write!(formatter, "{}", self.description),
        }
    }
}
