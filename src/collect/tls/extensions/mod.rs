//! Which extensions a server knows, and how it behaves.

mod alpn;
mod fallback;
mod handshakes;
mod hello;
mod names;
mod tolerance;

use super::{known::Known, server::Server};
use crate::evidence::{Extensions, Reading};

pub(super) use handshakes::Stapled;

/// What the questions about extensions came to.
#[derive(Clone, Debug, Default)]
pub(super) struct ExtensionFacts {
    /// The extensions and behaviour, but for renegotiation, which is asked in sessions of our own.
    pub extensions: Extensions,
    /// The stapled OCSP response and the timestamps that came beside the chain.
    pub stapled: Stapled,
    /// The signature algorithm that the server used of its own choice in TLS 1.3.
    pub tls13_signature: Option<u16>,
    /// What the server shows to clients that name no host.
    pub nameless: Option<super::exchange::Shown>,
}

/// Asks everything at once; whole handshakes are followed by one more each, which tries to resume.
pub(super) async fn probe(server: &Server<'_>, known: &Known) -> ExtensionFacts {
    let mut facts = ExtensionFacts::default();
    let (hello, alpn, fallback, handshakes, names, tolerance) = tokio::join!(
        hello::ask(server, known),
        alpn::ask(server, known),
        fallback::ask(server, known),
        handshakes::ask(server, known),
        names::ask(server, known),
        tolerance::ask(server, known),
    );
    let extensions = &mut facts.extensions;
    tolerance.record(extensions);
    alpn.record(extensions);
    names::record(&names, extensions);
    extensions.note("fallback_scsv", fallback, |extensions| &mut extensions.fallback_scsv);
    hello.record(extensions);
    handshakes.record(&hello, extensions);
    facts.nameless = names.shown;
    facts.stapled = Stapled::of(&hello, &handshakes);
    facts.tls13_signature = handshakes.signed_with();
    facts
}

impl Extensions {
    /// Writes down an answer, or why there is none.
    fn note<T>(&mut self, name: &str, answer: Result<T, String>, field: impl FnOnce(&mut Self) -> &mut Reading<T>) {
        match answer {
            Ok(value) => *field(self) = Reading::Observed(value),
            Err(why) => {
                self.reasons.insert(name.into(), why);
            }
        }
    }
}
