//! How a server renegotiates: safely, unsafely (CVE-2009-3555), for whom (RFC 5746).

use tokio::join;

use super::{
    super::{
        session::{self, Line, Renegotiated, Session, SessionError, greet},
        wire::{Extension, Offer, RENEGOTIATION_SCSV, Version},
    },
    Known, absent, present, ticketbleed, unknown,
};
use crate::evidence::{Extensions, Reading, Weakness, WeaknessId};

/// What an application answers that is asked in the middle of a renegotiation which the server ignores.
const REQUEST: &[u8] = b"HEAD / HTTP/1.0\r\n\r\n";

/// How a server renegotiates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Renegotiation {
    /// Whether it takes part in RFC 5746.
    pub(in crate::collect) secure: Answer,
    /// Whether it renegotiates with a client that does not.
    pub(in crate::collect) insecure: Answer,
    /// Whether it lets the client begin.
    pub(in crate::collect) by_client: Answer,
}

/// An answer, and what was seen or why nobody can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Answer {
    pub(in crate::collect) reading: Reading<bool>,
    pub(in crate::collect) reason: String,
}

impl Answer {
    fn known(yes: bool, reason: &str) -> Self {
        Self { reading: Reading::Observed(yes), reason: reason.into() }
    }

    fn unknown(reason: &(impl ToString + ?Sized)) -> Self {
        Self { reading: Reading::Unknown, reason: reason.to_string() }
    }
}

impl Renegotiation {
    /// Where no session can be had.
    fn all(answer: &Answer) -> Self {
        Self { secure: answer.clone(), insecure: answer.clone(), by_client: answer.clone() }
    }

    pub(super) fn is_unknown(&self) -> bool {
        [&self.secure, &self.insecure, &self.by_client].iter().any(|answer| answer.reading == Reading::Unknown)
    }

    /// The weakness that follows.
    pub(super) fn weakness(&self) -> Weakness {
        let id = WeaknessId::InsecureRenegotiation;
        match self.insecure.reading {
            Reading::Observed(true) => present(id, &self.insecure.reason),
            Reading::Observed(false) => absent(id, &self.insecure.reason),
            Reading::Unknown => unknown(id, &self.insecure.reason),
        }
    }

    /// Writes the answers into their fields, and the reasons of what is unknown beside them.
    pub(in crate::collect) fn fill(&self, extensions: &mut Extensions) {
        extensions.secure_renegotiation = self.secure.reading;
        extensions.insecure_renegotiation = self.insecure.reading;
        extensions.client_renegotiation = self.by_client.reading;
        let fields =
            [("secure_renegotiation", &self.secure), ("insecure_renegotiation", &self.insecure), ("client_renegotiation", &self.by_client)];
        for (field, answer) in fields {
            if answer.reading == Reading::Unknown {
                extensions.reasons.insert(field.into(), answer.reason.clone());
            }
        }
    }
}

/// Renegotiates twice, once as a client of today and once as one from before RFC 5746; the ticket of the first session serves Ticketbleed.
pub(super) async fn probe(line: &Line<'_>, known: &Known) -> (Renegotiation, Weakness) {
    let Some(ground) = known.for_session(Version::SSL3, |_| true) else { return nowhere(known) };
    let mut usual = session::offer(line, ground.version, &ground.suites);
    let old = Offer { without: vec![Extension::RENEGOTIATION_INFO], ..usual.clone() };
    if ground.version > Version::SSL3 {
        usual = usual.with(Extension::SESSION_TICKET, vec![]);
    } else {
        // SSL 3.0 has no extensions, and so no tickets either.
        usual.cipher_suites.push(RENEGOTIATION_SCSV);
    }
    let ((secure, by_client, ticketbleed), insecure) = join!(as_today(line, &usual), as_before(line, &old));
    (Renegotiation { secure, insecure, by_client }, ticketbleed)
}

fn nowhere(known: &Known) -> (Renegotiation, Weakness) {
    let ticketbleed = WeaknessId::Ticketbleed;
    if known.newest(Version::SSL3, |_| true).is_some() || !known.complete {
        let why = "no suite is known to be offered in which we complete a handshake of SSL 3.0 to TLS 1.2";
        return (Renegotiation::all(&Answer::unknown(why)), unknown(ticketbleed, why));
    }
    let only_new = known.offered.iter().any(|(version, _)| *version == Version::TLS13);
    let why = if only_new { "TLS 1.3 has no renegotiation" } else { "SSL 2.0 has no renegotiation" };
    let renegotiation =
        Renegotiation { secure: Answer::known(only_new, why), insecure: Answer::known(false, why), by_client: Answer::known(false, why) };
    (renegotiation, absent(ticketbleed, "no version is offered that has tickets of the old kind"))
}

async fn as_today(line: &Line<'_>, offer: &Offer) -> (Answer, Answer, Weakness) {
    let (channel, greeting) = match greet(line, offer).await {
        Ok(greeted) => greeted,
        Err(error) => return (Answer::unknown(&error), Answer::unknown(&error), unknown(WeaknessId::Ticketbleed, &error.to_string())),
    };
    let secure = match greeting.hello.extension(Extension::RENEGOTIATION_INFO) {
        Some(_) => Answer::known(true, "its hello takes part in RFC 5746"),
        None => Answer::known(false, "its hello takes no part in RFC 5746"),
    };
    match Session::complete(channel, greeting, offer, None).await {
        Err(error) => (secure, Answer::unknown(&error), unknown(WeaknessId::Ticketbleed, &error.to_string())),
        Ok(session) => {
            let resumption = session.resumption.clone();
            let (renegotiated, ticketbleed) = join!(session.renegotiate(REQUEST), ticketbleed::probe(line, offer, &resumption));
            (secure, answer(renegotiated), ticketbleed)
        }
    }
}

async fn as_before(line: &Line<'_>, offer: &Offer) -> Answer {
    match Session::establish(line, offer).await {
        Ok(session) => answer(session.renegotiate(REQUEST).await),
        Err(SessionError::Refused(alert)) => {
            Answer::known(false, &format!("it refuses clients that take no part in RFC 5746 with the alert `{alert}`"))
        }
        Err(error) => Answer::unknown(&error),
    }
}

fn answer(renegotiated: Renegotiated) -> Answer {
    match renegotiated {
        Renegotiated::Completed => Answer::known(true, "a second handshake that the client began was completed"),
        Renegotiated::Refused(how) => Answer::known(false, &format!("asked for a second handshake, {how}")),
        Renegotiated::Unclear(why) => Answer::unknown(&why),
    }
}
