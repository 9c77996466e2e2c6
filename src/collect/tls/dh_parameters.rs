//! Which Diffie-Hellman parameters a server sends up to TLS 1.2.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::future::join_all;

use super::{
    families::{is_anonymous, is_dhe, is_signed_dhe, suites},
    known::{Greeting, Known},
    question::{key_exchange, put},
    registry::{Suite, known_prime, suite},
    server::Server,
    wire::KeyExchange,
};
use crate::evidence::{DhParameters, Gap, ProtocolId};

/// A prime that a server sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentPrime {
    /// Big-endian, without zeros in front.
    pub prime: Vec<u8>,
    /// Whether it was sent for an export suite.
    pub export: bool,
    /// The versions in which it was sent, oldest first.
    pub protocols: Vec<ProtocolId>,
}

impl SentPrime {
    fn evidence(&self) -> DhParameters {
        DhParameters {
            bits: self.bits(),
            known_as: known_prime(&self.prime).map(str::to_owned),
            prime_sha256: hexadecimal(digest(&SHA256, &self.prime).as_ref()),
            export: self.export,
            protocols: self.protocols.clone(),
        }
    }

    /// The size of the prime.
    pub(super) fn bits(&self) -> u32 {
        let zeros = self.prime.first().map_or(0, |first| first.leading_zeros());
        u32::try_from(self.prime.len()).unwrap_or(u32::MAX / 8).saturating_mul(8).saturating_sub(zeros)
    }
}

/// Every prime seen, and why some may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SentPrimes {
    pub primes: Vec<SentPrime>,
    pub gaps: Vec<Gap>,
}

/// Offers nothing but suites with such parameters: the common ones, then those for export and those without a key, which may have others.
pub(super) async fn probe(server: &Server<'_>, known: &Known) -> SentPrimes {
    let clear = known.all().iter().filter(|greeting| greeting.protocol != ProtocolId::Tls13).rev();
    let seen = join_all(clear.map(|greeting| async move { (greeting.protocol, of_version(server, greeting).await) })).await;
    let mut all = SentPrimes::default();
    for (protocol, answers) in seen {
        for answer in answers {
            match answer {
                Ok(None) => {}
                Ok(Some(sent)) => all.add(sent, protocol),
                Err(reason) => all.gaps.push(Gap { field: "dh_parameters".into(), protocol: Some(protocol), reason }),
            }
        }
    }
    all
}

type Answer = Result<Option<(Vec<u8>, bool)>, String>;

async fn of_version(server: &Server<'_>, greeting: &Greeting) -> Vec<Answer> {
    let those = |holds: fn(&Suite) -> bool| suites(greeting.protocol, holds);
    let (export, anonymous) = (those(is_export), those(|suite| is_dhe(suite) && is_anonymous(suite) && !suite.export));
    let (common, weak) = (those(is_signed_dhe), [export.as_slice(), &anonymous].concat());
    let (common, weak) = tokio::join!(sent(server, greeting, &common), sent(server, greeting, &weak));
    let mut answers = vec![common, weak];
    if let Some(Ok(Some((_, was_export)))) = answers.get(1) {
        let others = if *was_export { &anonymous } else { &export };
        answers.push(sent(server, greeting, others).await);
    }
    answers
}

/// The prime that the server sends for these suites, and whether the one it chose is for export; absent when it refuses them.
async fn sent(server: &Server<'_>, greeting: &Greeting, suites: &[u16]) -> Answer {
    let verdict = put(server, &greeting.widest(server).with_suites(suites)).await;
    let prime = verdict.read(|flight| match key_exchange(flight).map(|sent| sent.key_exchange) {
        Some(KeyExchange::Dhe { prime, .. }) => Ok((significant(&prime), suite(flight.hello.cipher_suite).is_some_and(is_export))),
        _ => Err("the server agreed to such a suite, and sent no parameters".to_owned()),
    })?;
    prime.transpose()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_export(suite: &Suite) -> bool {
    is_dhe(suite) && suite.export
}

fn significant(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

impl SentPrimes {
    fn add(&mut self, (prime, export): (Vec<u8>, bool), protocol: ProtocolId) {
        match self.primes.iter_mut().find(|seen| seen.prime == prime && seen.export == export) {
            Some(seen) if seen.protocols.contains(&protocol) => {}
            Some(seen) => seen.protocols.push(protocol),
            None => self.primes.push(SentPrime { prime, export, protocols: vec![protocol] }),
        }
    }

    /// As evidence.
    pub(super) fn evidence(&self) -> Vec<DhParameters> {
        self.primes.iter().map(SentPrime::evidence).collect()
    }

    /// The smallest size; absent where no suite has such parameters.
    pub(super) fn smallest(&self) -> Option<u32> {
        self.primes.iter().map(SentPrime::bits).min()
    }
}
