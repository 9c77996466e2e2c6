//! What stays unknown because nobody asked: with `--quick`, everything but versions, suites and certificates.

use serde_json::Value;

use super::weaknesses::from_facts;
use crate::evidence::{Extensions, Gap, Reading, Tls, Weakness, WeaknessId};

/// Why it is unknown.
const REASON: &str = "not asked for: `--quick`";

/// The fields that have no place of their own for a reason.
const FIELDS: [&str; 3] = ["groups", "signature_algorithms", "other_chains"];

/// Writes down what was not asked for.
pub(super) fn record(tls: &mut Tls) {
    tls.gaps.extend(FIELDS.into_iter().map(|field| Gap { field: field.into(), protocol: None, reason: REASON.into() }));
    tls.extensions = extensions();
    if tls.reached {
        tls.weaknesses = weaknesses(tls);
    }
}

/// Every extension, unknown.
fn extensions() -> Extensions {
    let mut extensions = Extensions::default();
    if let Ok(Value::Object(fields)) = serde_json::to_value(&extensions) {
        let unknown = fields.into_iter().filter(|(_, value)| value.is_null());
        extensions.reasons = unknown.map(|(field, _)| (field, REASON.to_owned())).collect();
    }
    extensions
}

/// Every weakness: what follows from versions and suites is known all the same.
fn weaknesses(tls: &Tls) -> Vec<Weakness> {
    let told = from_facts(tls);
    let known = |id: WeaknessId| told.iter().find(|weakness| weakness.id == id).cloned();
    let unasked = |id: WeaknessId| Weakness { id, vulnerable: Reading::Unknown, reason: Some(REASON.into()) };
    WeaknessId::ALL.into_iter().map(|id| known(id).unwrap_or_else(|| unasked(id))).collect()
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
