//! What stays unknown because nobody asked: with `--quick`, everything but versions, suites and certificates.

use serde_json::Value;

use crate::evidence::{Extensions, Gap, Weakness, WeaknessId};

/// Why it is unknown.
const REASON: &str = "not asked for: `--quick`";

const FIELDS: [&str; 3] = ["groups", "signature_algorithms", "other_chains"];

const WEAKNESSES: [WeaknessId; 21] = [
    WeaknessId::Heartbleed,
    WeaknessId::CcsInjection,
    WeaknessId::Robot,
    WeaknessId::Drown,
    WeaknessId::Poodle,
    WeaknessId::PoodleTls,
    WeaknessId::ZombiePoodle,
    WeaknessId::Goldendoodle,
    WeaknessId::ZeroLengthPadding,
    WeaknessId::OpensslPadding,
    WeaknessId::Ticketbleed,
    WeaknessId::Freak,
    WeaknessId::Logjam,
    WeaknessId::WeakDh,
    WeaknessId::Sweet32,
    WeaknessId::Rc4,
    WeaknessId::Beast,
    WeaknessId::Lucky13,
    WeaknessId::Crime,
    WeaknessId::Breach,
    WeaknessId::InsecureRenegotiation,
];

/// The fields that have no place of their own for a reason.
pub(super) fn gaps() -> impl Iterator<Item = Gap> {
    FIELDS.into_iter().map(|field| Gap { field: field.into(), protocol: None, reason: REASON.into() })
}

/// Every extension, unknown.
pub(super) fn extensions() -> Extensions {
    let mut extensions = Extensions::default();
    if let Ok(Value::Object(fields)) = serde_json::to_value(&extensions) {
        let unknown = fields.into_iter().filter(|(_, value)| value.is_null());
        extensions.reasons = unknown.map(|(field, _)| (field, REASON.to_owned())).collect();
    }
    extensions
}

/// Every weakness, unknown.
pub(super) fn weaknesses() -> Vec<Weakness> {
    WEAKNESSES.map(|id| Weakness { id, vulnerable: crate::evidence::Reading::Unknown, reason: Some(REASON.into()) }).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_extension_has_its_reason() {
        let extensions = extensions();
        assert_eq!(extensions.reasons.get("early_data").map(String::as_str), Some(REASON));
        assert!(extensions.reasons.len() >= 19, "{:?}", extensions.reasons.keys());
    }
}
