//! Conditions on certificates.

use super::{
    super::{
        facts::{
            Facts,
            Finding::{self, Absent, Present},
        },
        suites::join,
    },
    ChainFlaw,
};
use crate::evidence::{
    Certificate, Chain,
    Reading::{self, Observed, Unknown},
};

const NONE_SENT: &str = "its certificates, of which none was seen";

pub(super) fn chain(facts: &Facts<'_>, flaw: ChainFlaw) -> Finding {
    if facts.tls.chain.is_none() {
        return Finding::Unknown(NONE_SENT.into());
    }
    Finding::any(facts.chains().map(|(_, chain)| judge(chain, flaw)))
}

fn judge(chain: &Chain, flaw: ChainFlaw) -> Finding {
    let (fault, what) = match flaw {
        ChainFlaw::WrongHost => (not(chain.host_matches), "is for this host"),
        ChainFlaw::Expired => (chain.expired, "is past its end"),
        ChainFlaw::NotYetValid => (chain.not_yet_valid, "is not valid yet"),
        ChainFlaw::SelfSigned => (self_signed(chain), "is its own issuer"),
        ChainFlaw::Untrusted => (untrusted(chain), "leads to a trusted root"),
        ChainFlaw::Revoked => (chain.revoked, "was revoked"),
        ChainFlaw::Incomplete => (incomplete(chain), "came with every certificate that it needs"),
    };
    let why = match flaw {
        ChainFlaw::Revoked => chain.revocation.as_ref(),
        _ => chain.error.as_ref(),
    };
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    Finding::of(fault, || missing(chain), || format!("whether the certificate {what}{why}"))
}

fn missing(chain: &Chain) -> String {
    chain.missing_issuer.as_ref().map_or_else(|| "the issuer's is missing".into(), |issuer| format!("that of `{issuer}` is missing"))
}

fn not(reading: Reading<bool>) -> Reading<bool> {
    match reading {
        Observed(value) => Observed(!value),
        Unknown => Unknown,
    }
}

/// One that the user gave as trusted is a root of its own.
fn self_signed(chain: &Chain) -> Reading<bool> {
    if chain.trusted == Observed(true) { Observed(false) } else { chain.self_signed }
}

/// A chain that lacks a certificate has the benefit of the doubt where its last one says where to find it, since the one that rates looks
/// there; but not where the certificate is for another host, as reports show. One that is its own issuer has been told of already.
fn untrusted(chain: &Chain) -> Reading<bool> {
    let can_be_found = chain.complete == Observed(false) && chain.missing_issuer_url.is_some();
    let excused = can_be_found && chain.host_matches != Observed(false);
    if excused || chain.self_signed == Observed(true) { Observed(false) } else { not(chain.trusted) }
}

fn incomplete(chain: &Chain) -> Reading<bool> {
    if chain.trusted == Observed(true) && chain.complete == Unknown { Observed(false) } else { not(chain.complete) }
}

pub(super) fn signature(facts: &Facts<'_>, hashes: &[String]) -> Finding {
    let mut certificates = facts.chains().flat_map(|(certificates, chain)| needed(certificates, chain)).peekable();
    if certificates.peek().is_none() {
        return Finding::Unknown(NONE_SENT.into());
    }
    Finding::any(certificates.map(|certificate| {
        if certificate.error.is_some() {
            Finding::Unknown(format!("how certificate {} of the chain is signed, which could not be read", certificate.position))
        } else if is_signed_with(&certificate.signature_algorithm, hashes) {
            Present(format!("`{}` on `{}`", certificate.signature_algorithm, certificate.subject))
        } else {
            Absent
        }
    }))
}

/// With the exponent 1 a signature is its own message; with an even one there is no private key (RFC 8017, section 3.1).
pub(super) fn rsa_exponent(facts: &Facts<'_>) -> Finding {
    let certificates = facts.chains().flat_map(|(certificates, chain)| needed(certificates, chain));
    Finding::any(certificates.filter(|certificate| certificate.key_algorithm == "RSA").map(|certificate| match &certificate.rsa_exponent {
        Some(exponent) if is_unsound(exponent) => Present(format!("{exponent} in the key of `{}`", certificate.subject)),
        Some(_) => Absent,
        None => Finding::Unknown(format!("the exponent of the RSA key of `{}`", certificate.subject)),
    }))
}

fn is_unsound(exponent: &str) -> bool {
    exponent.parse::<u64>().map_or_else(|_| exponent.starts_with("an even"), |number| number < 3 || number.is_multiple_of(2))
}

/// The certificates whose signatures somebody checks: not a root's, and not those that no path needs.
fn needed<'a>(certificates: &'a [Certificate], chain: &'a Chain) -> impl Iterator<Item = &'a Certificate> {
    certificates
        .iter()
        .filter(|certificate| certificate.position == 0 || !(certificate.self_signed || chain.superfluous.contains(&certificate.position)))
}

/// Whether the name of a signature algorithm, in whatever spelling, has one of the hash functions in it.
fn is_signed_with(algorithm: &str, hashes: &[String]) -> bool {
    let plain: String = algorithm.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    hashes.iter().any(|hash| plain.contains(hash.as_str()))
}

pub(super) fn key(facts: &Facts<'_>, limit: u32) -> Finding {
    let mut leaves = facts.leaves().peekable();
    if leaves.peek().is_none() {
        return Finding::Unknown(NONE_SENT.into());
    }
    let strengths: Vec<_> = leaves.map(|leaf| (leaf, facts.strength(leaf))).collect();
    let weak: Vec<&str> = strengths
        .iter()
        .filter(|(_, strength)| strength.observed().is_some_and(|bits| *bits < limit))
        .map(|(leaf, _)| leaf.key.as_str())
        .collect();
    if !weak.is_empty() {
        Present(join(&weak))
    } else if strengths.iter().any(|(_, strength)| *strength == Unknown) {
        Finding::Unknown("the size of the certificate's key".into())
    } else {
        Absent
    }
}
