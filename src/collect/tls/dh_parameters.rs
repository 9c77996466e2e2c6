//! Which Diffie-Hellman parameters a server sends up to TLS 1.2.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::future::join_all;

use super::{
    exchange::CUT,
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
    /// Why the numbers protect nothing.
    pub flaw: Option<&'static str>,
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
            flaw: self.flaw.map(str::to_owned),
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

type Answer = Result<Option<SentPrime>, String>;

async fn of_version(server: &Server<'_>, greeting: &Greeting) -> Vec<Answer> {
    let those = |holds: fn(&Suite) -> bool| suites(greeting.protocol, holds);
    let (export, anonymous) = (those(is_export), those(|suite| is_dhe(suite) && is_anonymous(suite) && !suite.export));
    let (common, weak) = (those(is_signed_dhe), [export.as_slice(), &anonymous].concat());
    let (common, weak) = tokio::join!(sent(server, greeting, &common), sent(server, greeting, &weak));
    let mut answers = vec![common, weak];
    if let Some(Ok(Some(SentPrime { export: was_export, .. }))) = answers.get(1) {
        let others = if *was_export { &anonymous } else { &export };
        answers.push(sent(server, greeting, others).await);
    }
    answers
}

/// The prime that the server sends for these suites, and whether the one it chose is for export; absent when it refuses them.
async fn sent(server: &Server<'_>, greeting: &Greeting, suites: &[u16]) -> Answer {
    let verdict = put(server, &greeting.widest(server).with_suites(suites)).await;
    let prime = verdict.read(|flight| match key_exchange(flight).map(|sent| sent.key_exchange) {
        Some(KeyExchange::Dhe { prime, generator, public }) => {
            let [prime, generator, public] = [prime, generator, public].map(|number| significant(&number));
            let flaw = flaw(&prime, &generator, &public);
            Ok(SentPrime {
                prime,
                flaw,
                export: suite(flight.hello.cipher_suite).is_some_and(is_export),
                protocols: vec![greeting.protocol],
            })
        }
        _ if !flight.complete => Err(CUT.to_owned()),
        _ => Err("the server agreed to such a suite, and sent no parameters".to_owned()),
    })?;
    prime.transpose()
}

/// Why numbers give everyone the secret, or none to anyone: numbers of no size, an even modulus, and a generator or share that has at most two
/// powers (RFC 7919, section 5.1). All are big-endian, without zeros in front.
fn flaw(prime: &[u8], generator: &[u8], public: &[u8]) -> Option<&'static str> {
    let Some((last, front)) = prime.split_last().filter(|_| prime > &[2][..] || prime.len() > 1) else {
        return Some("the modulus is no prime, but 2 or less");
    };
    if last.is_multiple_of(2) {
        return Some("the modulus is even, and so no prime");
    }
    let largest = [front, &[last - 1]].concat();
    let is_degenerate = |number: &[u8]| number <= &[1][..] && number.len() < 2 || (number.len(), number) >= (largest.len(), &largest);
    match (is_degenerate(generator), is_degenerate(public)) {
        (true, _) => Some("the generator is 0, 1, or as large as the modulus, less at most 1"),
        (_, true) => Some("the server's share is 0, 1, or as large as the modulus, less at most 1"),
        _ => None,
    }
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
    fn add(&mut self, sent: SentPrime, protocol: ProtocolId) {
        let is_same = |seen: &&mut SentPrime| (&seen.prime, seen.flaw, seen.export) == (&sent.prime, sent.flaw, sent.export);
        match self.primes.iter_mut().find(is_same) {
            Some(seen) if seen.protocols.contains(&protocol) => {}
            Some(seen) => seen.protocols.push(protocol),
            None => self.primes.push(sent),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_protect_nothing_are_told_from_sound_ones() {
        let sound = [0xff, 0xfb];
        assert_eq!(flaw(&sound, &[2], &[5, 5]), None);
        assert_eq!(flaw(&sound, &[0xff, 0xf9], &[0xff, 0xf9]), None);
        for (prime, generator, public) in [
            (&[][..], &[2][..], &[5][..]),
            (&[1], &[2], &[5]),
            (&[2], &[2], &[5]),
            (&[0xff, 0xfa], &[2], &[5]),
            (&sound, &[], &[5]),
            (&sound, &[1], &[5]),
            (&sound, &[0xff, 0xfa], &[5]),
            (&sound, &[2], &[]),
            (&sound, &[2], &[1]),
            (&sound, &[2], &[0xff, 0xfa]),
            (&sound, &[2], &sound),
            (&sound, &[2], &[1, 0, 0]),
        ] {
            assert!(flaw(prime, generator, public).is_some(), "{prime:?} {generator:?} {public:?}");
        }
    }
}
