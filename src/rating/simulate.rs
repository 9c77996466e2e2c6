//! What a client and the server would agree on, computed from the facts: no connection, and no guess where a fact is missing.

use super::{clients::ClientProfile, suites::complete_in};
use crate::evidence::{
    CipherSuite, Client, Group, GroupKind, ProtocolId,
    Reading::{self, Observed, Unknown},
    Tls,
};

/// How a handshake would go.
#[derive(Debug)]
pub(super) struct Handshake<'a> {
    pub(super) client: &'a ClientProfile,
    pub(super) outcome: Result<Agreement<'a>, Obstacle>,
}

/// What is agreed on.
#[derive(Debug)]
pub(super) struct Agreement<'a> {
    pub(super) protocol: ProtocolId,
    /// The suite; more than one where nobody can say which of them.
    pub(super) candidates: Vec<&'a CipherSuite>,
    group: Option<&'a str>,
    /// Why nobody can say which suite.
    open: Option<String>,
}

/// Why nothing is agreed on.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The handshake would fail.
    Fails(String),
    /// Nobody can say whether it would.
    Unknown(String),
}

/// Whether something holds, as far as the facts tell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    Unknown,
}

use Obstacle::Fails;

impl<'a> Handshake<'a> {
    pub(super) fn simulate(client: &'a ClientProfile, tls: &'a Tls) -> Self {
        Self { client, outcome: agree(client, tls) }
    }

    /// The outcome for the report.
    pub(super) fn evidence(&self) -> Client {
        let client = Client {
            name: self.client.name.clone(),
            reference: self.client.reference,
            connects: Unknown,
            protocol: None,
            cipher_suite: None,
            group: None,
            forward_secrecy: None,
            error: None,
        };
        match &self.outcome {
            Err(Obstacle::Fails(why)) => Client { connects: Observed(false), error: Some(why.clone()), ..client },
            Err(Obstacle::Unknown(why)) => Client { error: Some(why.clone()), ..client },
            Ok(agreement) => Client {
                connects: Observed(true),
                protocol: Some(agreement.protocol),
                cipher_suite: agreement.suite().map(|suite| suite.name.clone()),
                group: agreement.group.map(str::to_owned),
                forward_secrecy: agreement.forward_secrecy(),
                error: agreement.open.clone(),
                ..client
            },
        }
    }
}

impl<'a> Agreement<'a> {
    /// The suite, where it is known.
    fn suite(&self) -> Option<&'a CipherSuite> {
        if let [suite] = self.candidates.as_slice() { Some(suite) } else { None }
    }

    /// Whether the suite has forward secrecy; absent where that depends on which it is.
    pub(super) fn forward_secrecy(&self) -> Option<bool> {
        let first = self.candidates.first()?.forward_secrecy;
        self.candidates.iter().all(|suite| suite.forward_secrecy == first).then_some(first)
    }
}

fn agree<'a>(client: &'a ClientProfile, tls: &'a Tls) -> Result<Agreement<'a>, Obstacle> {
    name_the_host(client, tls)?;
    let protocol = version(client, tls)?;
    let common = common_suites(client, tls, protocol)?;
    let (candidates, open) = choice(client, tls, protocol, common);
    let group = match candidates.as_slice() {
        [suite] => {
            check_parameters(client, tls, suite)?;
            group(client, tls, suite)
        }
        _ => None,
    };
    Ok(Agreement { protocol, candidates, group, open })
}

fn name_the_host(client: &ClientProfile, tls: &Tls) -> Result<(), Obstacle> {
    match tls.extensions.sni_required {
        _ if client.server_name => Ok(()),
        Observed(false) => Ok(()),
        Observed(true) => Err(Fails("it does not name the host, and the server demands that".into())),
        Unknown => Err(Obstacle::Unknown("it does not name the host, and whether the server demands that is not known".into())),
    }
}

/// The newest version that both speak.
fn version(client: &ClientProfile, tls: &Tls) -> Result<ProtocolId, Obstacle> {
    let (oldest, newest) = (client.versions.oldest, client.versions.newest);
    for protocol in ProtocolId::ALL.into_iter().rev().filter(|protocol| (oldest..=newest).contains(protocol)) {
        match offered(tls, protocol) {
            Observed(true) => return Ok(protocol),
            Observed(false) => {}
            Unknown => return Err(Obstacle::Unknown(format!("whether {} is offered is not known", protocol.name()))),
        }
    }
    Err(Fails("no version in common".into()))
}

/// Whether the server offers a version.
pub(super) fn offered(tls: &Tls, protocol: ProtocolId) -> Reading<bool> {
    tls.protocols.iter().find(|one| one.id == protocol).map_or(Unknown, |one| one.offered)
}

/// The suites that both have and can use, in the server's order.
fn common_suites<'a>(client: &ClientProfile, tls: &'a Tls, protocol: ProtocolId) -> Result<Vec<&'a CipherSuite>, Obstacle> {
    if !complete_in(tls, protocol) {
        return Err(Obstacle::Unknown(format!("the list of cipher suites of {} is not complete", protocol.name())));
    }
    let is_common = |suite: &&CipherSuite| suite.protocol == protocol && rank(client, suite).is_some();
    let mut usable = Vec::new();
    for suite in tls.cipher_suites.iter().filter(is_common) {
        match fits(client, tls, suite) {
            Fit::Yes => usable.push(suite),
            Fit::No => {}
            Fit::Unknown => {
                return Err(Obstacle::Unknown(format!("whether it can use {} depends on groups or keys that are not known", suite.name)));
            }
        }
    }
    if usable.is_empty() { Err(Fails(format!("no cipher suite in common in {}", protocol.name()))) } else { Ok(usable) }
}

/// The place of a suite in the client's list.
fn rank(client: &ClientProfile, suite: &CipherSuite) -> Option<usize> {
    client.suites.iter().position(|number| number.eq_ignore_ascii_case(&suite.code))
}

/// Whether a client has a group and takes a key for a suite.
fn fits(client: &ClientProfile, tls: &Tls, suite: &CipherSuite) -> Fit {
    match (has_group(client, tls, suite), takes_key(client, tls, suite)) {
        (Fit::No, _) | (_, Fit::No) => Fit::No,
        (Fit::Yes, Fit::Yes) => Fit::Yes,
        _ => Fit::Unknown,
    }
}

fn has_group(client: &ClientProfile, tls: &Tls, suite: &CipherSuite) -> Fit {
    if !needs_group(suite) || common_groups(client, tls, suite).next().is_some() {
        Fit::Yes
    } else if tls.groups_complete == Observed(true) || client.groups.is_empty() {
        Fit::No
    } else {
        Fit::Unknown
    }
}

fn needs_group(suite: &CipherSuite) -> bool {
    suite.protocol == ProtocolId::Tls13 || suite.key_exchange.starts_with("ECDHE")
}

/// The groups that both have for a suite, in the server's order.
fn common_groups<'a>(client: &ClientProfile, tls: &'a Tls, suite: &CipherSuite) -> impl Iterator<Item = &'a Group> {
    let is_new = suite.protocol == ProtocolId::Tls13;
    tls.groups.iter().filter(move |group| {
        let has_version = group.protocols.iter().any(|protocol| (*protocol == ProtocolId::Tls13) == is_new);
        has_version && (is_new || group.kind == GroupKind::EllipticCurve) && has(client, group)
    })
}

fn has(client: &ClientProfile, group: &Group) -> bool {
    client.groups.iter().any(|name| name.eq_ignore_ascii_case(&group.name))
}

/// Whether the client takes one of the server's keys for a suite. That the suite was chosen proves a key of its kind, so nothing speaks
/// against it where none of that kind was seen.
fn takes_key(client: &ClientProfile, tls: &Tls, suite: &CipherSuite) -> Fit {
    let others = tls.other_chains.iter().filter_map(|other| other.certificates.first());
    let leaves = tls.certificates.first().into_iter().chain(others);
    let fits = leaves.filter(|leaf| leaf.error.is_none() && serves(&leaf.key_algorithm, &suite.authentication));
    let fits: Vec<Fit> = fits.map(|leaf| takes(client, &leaf.key_algorithm, leaf.key_bits)).collect();
    match fits.as_slice() {
        [] => Fit::Yes,
        fits if fits.contains(&Fit::Yes) => Fit::Yes,
        fits if fits.contains(&Fit::Unknown) => Fit::Unknown,
        _ => Fit::No,
    }
}

/// Whether a kind of key serves a suite's way to prove who the server is (RFC 8422, section 2.2; RFC 8446, section 4.2.3).
fn serves(algorithm: &str, authentication: &str) -> bool {
    match authentication {
        "any" => true,
        "ECDSA" => matches!(algorithm, "ECDSA" | "Ed25519" | "Ed448"),
        other => algorithm.starts_with(other),
    }
}

fn takes(client: &ClientProfile, algorithm: &str, bits: Reading<u32>) -> Fit {
    let known = client.takes.iter().any(|kind| algorithm.starts_with(kind.as_str()));
    let curve = match (algorithm, bits) {
        ("ECDSA", Observed(256)) => "secp256r1",
        ("ECDSA", Observed(384)) => "secp384r1",
        ("ECDSA", Observed(521)) => "secp521r1",
        ("ECDSA", Unknown) if known => return Fit::Unknown,
        _ => return if known { Fit::Yes } else { Fit::No },
    };
    if known && client.groups.iter().any(|name| name == curve) { Fit::Yes } else { Fit::No }
}

/// The suite that is chosen; all of them, and why, where nobody can say which.
fn choice<'a>(
    client: &ClientProfile,
    tls: &Tls,
    protocol: ProtocolId,
    common: Vec<&'a CipherSuite>,
) -> (Vec<&'a CipherSuite>, Option<String>) {
    if common.len() < 2 {
        return (common, None);
    }
    match tls.server_preference.get(&protocol) {
        Some(Observed(true)) => (common.into_iter().take(1).collect(), None),
        Some(Observed(false)) => (common.into_iter().min_by_key(|suite| rank(client, suite)).into_iter().collect(), None),
        Some(Unknown) | None => (common, Some(format!("whether the server chooses by its own order in {} is not known", protocol.name()))),
    }
}

/// The server does not know how large a prime the client takes: it chooses first, and the client breaks off.
fn check_parameters(client: &ClientProfile, tls: &Tls, suite: &CipherSuite) -> Result<(), Obstacle> {
    if suite.protocol == ProtocolId::Tls13 || suite.key_exchange != "DHE" || (client.smallest_dh, client.largest_dh) == (None, None) {
        return Ok(());
    }
    let strong = tls.dh_parameters.iter().filter(|parameters| !parameters.export).map(|parameters| parameters.bits).min();
    let Some(bits) = strong.or(tls.dh_bits) else {
        return Err(Obstacle::Unknown("the size of the Diffie-Hellman parameters is not known".into()));
    };
    match (client.smallest_dh, client.largest_dh) {
        (Some(least), _) if bits < least => Err(Fails(format!("the Diffie-Hellman parameters have {bits} bits, and it wants {least}"))),
        (_, Some(most)) if bits > most => {
            Err(Fails(format!("the Diffie-Hellman parameters have {bits} bits, and it takes {most} at most")))
        }
        _ => Ok(()),
    }
}

/// The group that is chosen, where it is known.
fn group<'a>(client: &ClientProfile, tls: &'a Tls, suite: &CipherSuite) -> Option<&'a str> {
    if !needs_group(suite) || tls.groups_complete != Observed(true) {
        return None;
    }
    let common: Vec<&Group> = common_groups(client, tls, suite).collect();
    let place = |group: &&&Group| client.groups.iter().position(|name| name.eq_ignore_ascii_case(&group.name));
    let order = tls.group_order(suite.protocol);
    let rank = |group: &&&Group| order.and_then(|order| order.codes.iter().position(|code| *code == group.code));
    let chosen = match (common.as_slice(), order.map_or(tls.group_preference, |order| order.by_server)) {
        ([only], _) => Some(only),
        (_, Observed(true)) => common.iter().min_by_key(rank),
        (_, Observed(false)) => common.iter().min_by_key(place),
        _ => None,
    };
    chosen.map(|group| group.name.as_str())
}
