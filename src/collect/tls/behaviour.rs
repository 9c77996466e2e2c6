//! Every question about a server's behaviour, at once.

use futures_util::future::FutureExt as _;

use super::{
    dh_parameters::{self, SentPrimes},
    extensions::{self, ExtensionFacts},
    known::Known,
    named_groups::{self, FoundGroups},
    other_chains::{self, SentChains},
    server::Server,
    signature_algorithms::{self, Signed},
};
use crate::evidence::{ProtocolId, Tls};

/// What the questions came to.
#[derive(Clone, Debug)]
pub(super) struct Behaviour {
    pub extensions: ExtensionFacts,
    pub groups: FoundGroups,
    pub primes: SentPrimes,
    pub signed: Signed,
    pub chains: SentChains,
}

/// Asks all of them; none waits for another but the signature algorithms of keys that are not known yet.
pub(super) async fn probe(server: &Server<'_>, known: &Known) -> Behaviour {
    let chains = other_chains::probe(server, known).boxed().shared();
    let kinds = chains.clone().map(|chains| chains.kinds());
    // What takes the most rounds comes first.
    let (groups, mut chains, mut signed, extensions, primes) = tokio::join!(
        named_groups::probe(server, known).boxed(),
        chains,
        signature_algorithms::probe(server, known, kinds).boxed(),
        extensions::probe(server, known).boxed(),
        dh_parameters::probe(server, known).boxed(),
    );
    chains.add_nameless(known, extensions.nameless.clone());
    if let Some(algorithm) = extensions.tls13_signature {
        signed.add(algorithm, ProtocolId::Tls13);
    }
    Behaviour { extensions, groups, primes, signed, chains }
}

impl Behaviour {
    /// Writes down everything but the other chains and what was stapled, which must be judged first.
    pub(super) fn record(&self, tls: &mut Tls) {
        tls.extensions = self.extensions.extensions.clone();
        tls.groups = self.groups.evidence();
        tls.groups_complete = self.groups.complete;
        tls.group_orders = self.groups.order_evidence();
        tls.group_preference = self.groups.preference();
        tls.dh_parameters = self.primes.evidence();
        tls.dh_bits = self.primes.smallest();
        tls.signature_algorithms = self.signed.evidence();
        let gaps = [&self.groups.gaps, &self.primes.gaps, &self.signed.gaps, &self.chains.gaps];
        for gap in gaps.into_iter().flatten() {
            if !tls.gaps.contains(gap) {
                tls.gaps.push(gap.clone());
            }
        }
    }
}
