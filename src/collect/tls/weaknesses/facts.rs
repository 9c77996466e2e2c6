//! What the offered versions and suites tell of a weakness.

use super::{absent, present, unknown};
use crate::evidence::{CipherSuite, ProtocolId, Reading, Tls, Weakness, WeaknessId};

/// The versions in which a record is protected by one of SSL 3.0's successors' ways.
pub(super) const BEFORE_TLS13: [ProtocolId; 4] = [ProtocolId::Ssl3, ProtocolId::Tls10, ProtocolId::Tls11, ProtocolId::Tls12];

/// A kind of suite that makes a server vulnerable wherever it is offered.
pub(super) struct WeakSuites<'a> {
    pub(super) id: WeaknessId,
    /// The versions that count.
    pub(super) versions: &'a [ProtocolId],
    /// What they are called in a reason, as in `suites with RC4`.
    pub(super) name: &'a str,
    pub(super) is_weak: fn(&CipherSuite) -> bool,
}

impl WeakSuites<'_> {
    /// One that was seen makes vulnerable, whatever else is unknown; none makes safe only where none can have been missed.
    pub(super) fn judge(&self, tls: &Tls) -> Weakness {
        let weak: Vec<&CipherSuite> =
            tls.cipher_suites.iter().filter(|suite| self.versions.contains(&suite.protocol) && (self.is_weak)(suite)).collect();
        if let Some(reason) = naming(&weak) {
            return present(self.id, &format!("{} are offered: {reason}", self.name));
        }
        match doubt(tls, self.versions) {
            Some(why) => unknown(self.id, &why),
            None => absent(self.id, &format!("no {} are offered", self.name)),
        }
    }
}

/// The first suites by name, and how many more there are; absent for none.
fn naming(suites: &[&CipherSuite]) -> Option<String> {
    const NAMED: usize = 3;
    let mut names: Vec<&str> = Vec::new();
    for suite in suites {
        if !names.contains(&suite.name.as_str()) {
            names.push(&suite.name);
        }
    }
    let more = names.len().saturating_sub(NAMED);
    let first = names.get(..names.len().min(NAMED)).filter(|names| !names.is_empty())?.join(", ");
    Some(if more == 0 { first } else { format!("{first} and {more} more") })
}

/// Why a suite of these versions may have been missed; absent where none can have been.
pub(super) fn doubt(tls: &Tls, versions: &[ProtocolId]) -> Option<String> {
    let unsettled = versions.iter().find_map(|&id| match offered(tls, id) {
        (Reading::Unknown, why) => Some(why),
        _ => None,
    });
    let none_offered = versions.iter().all(|&id| offered(tls, id).0 == Reading::Observed(false));
    unsettled.or_else(|| (!none_offered && tls.cipher_suites_complete != Reading::Observed(true)).then(|| gap(tls, versions)))
}

/// Whether a version is offered, and why nobody can say.
pub(super) fn offered(tls: &Tls, id: ProtocolId) -> (Reading<bool>, String) {
    let protocol = tls.protocols.iter().find(|protocol| protocol.id == id);
    let reading = protocol.map_or(Reading::Unknown, |protocol| protocol.offered);
    let why = protocol.and_then(|protocol| protocol.reason.clone()).or_else(|| tls.error.clone());
    (reading, format!("whether {} is offered is unknown: {}", id.name(), why.unwrap_or_else(|| "it was not asked for".into())))
}

fn gap(tls: &Tls, versions: &[ProtocolId]) -> String {
    let concerns = |protocol: Option<ProtocolId>| protocol.is_none_or(|id| versions.contains(&id));
    let gap = tls.gaps.iter().find(|gap| gap.field == "cipher_suites" && concerns(gap.protocol));
    let why = gap.map_or_else(|| "not every question was answered".into(), |gap| gap.reason.clone());
    format!("not all cipher suites are known: {why}")
}
