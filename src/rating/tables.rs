//! The numbers of the guide.

use serde::Deserialize;

use super::letter::Letter;
use crate::evidence::{GroupKind, ProtocolId};

/// How much each category counts, in per cent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weights {
    /// Protocol support.
    pub protocol: u32,
    /// Key exchange.
    pub key_exchange: u32,
    /// Cipher strength.
    pub cipher_strength: u32,
}

/// The score of each version.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocols {
    ssl2: u32,
    ssl3: u32,
    #[serde(rename = "tls1.0")]
    tls10: u32,
    #[serde(rename = "tls1.1")]
    tls11: u32,
    #[serde(rename = "tls1.2")]
    tls12: u32,
    #[serde(rename = "tls1.3")]
    tls13: u32,
}

impl Protocols {
    /// The score of one version.
    #[must_use]
    pub fn score(&self, protocol: ProtocolId) -> u32 {
        match protocol {
            ProtocolId::Ssl2 => self.ssl2,
            ProtocolId::Ssl3 => self.ssl3,
            ProtocolId::Tls10 => self.tls10,
            ProtocolId::Tls11 => self.tls11,
            ProtocolId::Tls12 => self.tls12,
            ProtocolId::Tls13 => self.tls13,
        }
    }
}

/// A line of a table by size.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The line holds for sizes below this, in bits; absent in the last line.
    pub below: Option<u32>,
    /// The score.
    pub score: u32,
}

/// A table by size, smallest first; the last line is open.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Scale(pub Vec<Step>);

impl Scale {
    /// The score of a size.
    #[must_use]
    pub fn score(&self, bits: u32) -> u32 {
        self.0.iter().find(|step| step.below.is_none_or(|below| bits < below)).map_or(0, |step| step.score)
    }
}

/// A size of elliptic curve and what it is worth.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurveStep {
    /// From this size on, in bits.
    pub from: u32,
    /// The bits of an RSA key of the same strength.
    pub equals: u32,
}

/// How key exchange is scored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeyExchange {
    /// The score of one without a certificate.
    pub anonymous: u32,
    /// The score of one weakened for export.
    pub export: u32,
    /// The score by the size of an RSA key.
    pub sizes: Scale,
    /// What elliptic curves are worth, smallest first.
    pub curves: Vec<CurveStep>,
    /// The smallest curve that a server can have without anybody having seen it, in bits.
    pub smallest_curve: u32,
    /// What a group with post-quantum cryptography is worth, in bits of an RSA key.
    pub post_quantum: u32,
}

impl KeyExchange {
    /// The bits of an RSA key that is as strong as a curve; 0 for curves below every line.
    #[must_use]
    pub fn curve(&self, bits: u32) -> u32 {
        self.curves.iter().rev().find(|step| step.from <= bits).map_or(0, |step| step.equals)
    }

    /// The bits of an RSA key that is as strong as a group.
    pub(super) fn group(&self, kind: GroupKind, bits: Option<u32>) -> u32 {
        match (kind, bits) {
            (GroupKind::EllipticCurve, Some(bits)) => self.curve(bits),
            (GroupKind::FiniteField, Some(bits)) => bits,
            (GroupKind::EllipticCurve | GroupKind::FiniteField, None) => self.curve(self.smallest_curve),
            (GroupKind::Hybrid | GroupKind::PostQuantum, _) => self.post_quantum,
        }
    }

    /// The bits of an RSA key that is as strong as a certificate's key.
    pub(super) fn key(&self, algorithm: &str, bits: u32) -> u32 {
        if matches!(algorithm, "RSA" | "DSA" | "RSA-PSS" | "RSASSA-PSS") { bits } else { self.curve(bits) }
    }
}

/// From which score a letter is given.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterStep {
    /// The least score.
    pub from: u32,
    /// The letter.
    pub letter: Letter,
}

/// What raises the score of each category.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CategoryAdvice {
    /// Protocol support.
    pub protocol: String,
    /// Key exchange.
    pub key_exchange: String,
    /// Cipher strength.
    pub cipher_strength: String,
}
