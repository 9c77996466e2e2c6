//! What only whole handshakes show: sessions, and what TLS 1.3 encrypts.

use std::sync::Arc;

use rustls::{
    SupportedProtocolVersion,
    version::{TLS12, TLS13},
};

use super::hello::Clear;
use crate::{
    collect::tls::{
        handshake::{Afterwards, Finished, Handshake, complete},
        known::Known,
        recorder::{self, Recorder},
        server::Server,
        wire::Version,
    },
    evidence::{ClientCertificate, Extensions, ProtocolId},
};

/// What came beside the chain, for those who judge it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::collect::tls) struct Stapled {
    /// The OCSP response (RFC 6960), DER.
    pub response: Option<Vec<u8>>,
    /// The signed certificate timestamps of the TLS extension (RFC 6962, section 3.3): a list, with its length in front.
    pub timestamps: Option<Vec<u8>>,
}

impl Stapled {
    pub(super) fn of(clear: &Clear, whole: &Whole) -> Self {
        let in_clear = clear.stapled.clone().and_then(|stapled| stapled.ok().flatten());
        Self { response: in_clear.or_else(|| whole.stapled()), timestamps: clear.timestamps.clone() }
    }
}

/// How often a handshake is repeated whose connection was cut off.
const INSISTENCE: usize = 2;

/// A handshake, and another that tried to resume its session.
struct Pair {
    recorder: Arc<Recorder>,
    first: Handshake,
    /// Whether the second resumed; absent where there was no session to resume.
    resumed: Option<Result<bool, String>>,
}

/// Both versions that rustls speaks; absent those that the server does not.
pub(super) struct Whole {
    tls12: Option<Pair>,
    tls13: Option<Pair>,
    /// Why nobody can say whether TLS 1.2, or TLS 1.3, is offered.
    doubts: [Option<String>; 2],
    /// Why nothing was asked; absent where a version was.
    nothing: Option<String>,
}

pub(super) async fn ask(server: &Server<'_>, known: &Known) -> Whole {
    let of = |version: Version, with: &'static SupportedProtocolVersion| async move {
        if known.all().iter().any(|greeting| greeting.version == version) { Some(pair(server, with).await) } else { None }
    };
    let (tls12, tls13) = tokio::join!(of(Version::TLS12, &TLS12), of(Version::TLS13, &TLS13));
    let doubts = [known.doubt(&[ProtocolId::Tls12]), known.doubt(&[ProtocolId::Tls13])];
    Whole { tls12, tls13, doubts, nothing: known.all().is_empty().then(|| known.no_version()) }
}

/// Whether the connection was cut off behind the handshake, before a ticket may have come.
fn is_cut_off(handshake: &Handshake) -> bool {
    matches!(handshake, Handshake::Finished(Finished { afterwards: Afterwards::Ended | Afterwards::CutOff, .. }))
}

async fn pair(server: &Server<'_>, version: &'static SupportedProtocolVersion) -> Pair {
    let (config, recorder) = recorder::client(&[version], &[]);
    let config = Arc::new(config);
    let mut first = complete(server, &config, &recorder).await;
    for _ in 0..INSISTENCE {
        if !is_cut_off(&first) || recorder.sessions.is_any_kept() {
            break;
        }
        first = complete(server, &config, &recorder).await;
    }
    let resumed = match first {
        Handshake::Finished(_) if recorder.sessions.is_any_kept() => Some(match complete(server, &config, &recorder).await {
            Handshake::Finished(second) => Ok(second.resumed),
            Handshake::Refused(why) | Handshake::Failed(why) => Err(why),
        }),
        _ => None,
    };
    Pair { recorder, first, resumed }
}

impl Pair {
    fn finished(&self) -> Result<&Finished, String> {
        match &self.first {
            Handshake::Finished(finished) => Ok(finished),
            Handshake::Refused(why) | Handshake::Failed(why) => Err(format!("the handshake failed: {why}")),
        }
    }

    /// The handshake, where the server did not turn us away after it.
    fn welcomed(&self) -> Result<&Finished, String> {
        let finished = self.finished()?;
        match finished.afterwards {
            Afterwards::Alert | Afterwards::Ended | Afterwards::CutOff if self.recorder.wants_certificate() => {
                Err("the server wants a certificate of the client, and ends the connection without one".into())
            }
            Afterwards::Alert => Err("the server ends the connection after the handshake".into()),
            // Some servers say no good-bye.
            Afterwards::WentOn | Afterwards::Ended | Afterwards::CutOff => Ok(finished),
        }
    }

    /// That no ticket came, where the connection lasted long enough to tell.
    fn without_ticket(&self) -> Result<bool, String> {
        match self.welcomed()?.afterwards {
            Afterwards::CutOff => Err("the connection ended right after the handshake, before a ticket could have come".into()),
            // One that ends so every time has its way of saying good-bye.
            Afterwards::WentOn | Afterwards::Ended | Afterwards::Alert => Ok(false),
        }
    }

    fn was_resumed(&self) -> Result<bool, String> {
        if self.resumed.is_none() {
            self.without_ticket()?;
        }
        // Without a session there is nothing to resume.
        self.resumed.clone().unwrap_or(Ok(false))
    }

    /// Whether a certificate of the client is wanted, where the handshake came as far as the question.
    fn client_certificate(&self) -> Result<ClientCertificate, String> {
        if !self.recorder.wants_certificate() {
            return self.finished().map(|_| ClientCertificate::NotRequested);
        }
        match &self.first {
            Handshake::Finished(finished) => match finished.afterwards {
                Afterwards::WentOn => Ok(ClientCertificate::Requested),
                Afterwards::Alert => Ok(ClientCertificate::Required),
                Afterwards::Ended | Afterwards::CutOff => {
                    Err("the server asks for one, and then cuts the connection off without a word".into())
                }
            },
            Handshake::Refused(_) => Ok(ClientCertificate::Required),
            Handshake::Failed(why) => Err(format!("the server asks for one, and then the handshake failed: {why}")),
        }
    }

    fn stapled(&self) -> Option<Vec<u8>> {
        self.recorder.stapled().map(<[u8]>::to_vec)
    }
}

impl Whole {
    fn newest(&self) -> Option<&Pair> {
        self.tls13.as_ref().or(self.tls12.as_ref())
    }

    fn stapled(&self) -> Option<Vec<u8>> {
        [&self.tls13, &self.tls12].into_iter().flatten().find_map(Pair::stapled)
    }

    /// The signature algorithm of the handshake of TLS 1.3.
    pub(super) fn signed_with(&self) -> Option<u16> {
        self.tls13.as_ref()?.recorder.signed_with()
    }

    pub(super) fn record(&self, clear: &Clear, extensions: &mut Extensions) {
        extensions.note("ocsp_stapling", self.staples(clear), |all| &mut all.ocsp_stapling);
        extensions.note("session_tickets", self.hands_out_tickets(clear), |all| &mut all.session_tickets);
        extensions.note("session_resumption", self.resumes(), |all| &mut all.session_resumption);
        extensions.note("early_data", self.takes_early_data(), |all| &mut all.early_data);
        extensions.note("client_certificate", self.client_certificate(clear), |all| &mut all.client_certificate);
    }

    /// One response in any version is enough for a yes; a no needs an answer in every version.
    fn staples(&self, clear: &Clear) -> Result<bool, String> {
        if self.stapled().is_some() {
            return Ok(true);
        }
        let tls13 = self.tls13.as_ref().map(|pair| match (&pair.first, pair.recorder.certificates()) {
            (Handshake::Refused(why) | Handshake::Failed(why), []) => Err(format!("the handshake failed: {why}")),
            _ => Ok(false),
        });
        let clear = clear.stapled.clone().map(|stapled| stapled.map(|response| response.is_some()));
        self.any([clear, tls13])
    }

    fn hands_out_tickets(&self, clear: &Clear) -> Result<bool, String> {
        let tls13 = self.tls13.as_ref().map(|pair| {
            let given = pair.recorder.sessions.early_data().is_some();
            if given { Ok(true) } else { pair.without_ticket() }
        });
        self.any([clear.session_tickets.clone(), tls13])
    }

    fn resumes(&self) -> Result<bool, String> {
        if self.newest().is_none() {
            let reason = "only versions before TLS 1.2 are offered, whose sessions are not tried";
            return Err(self.nothing.clone().or_else(|| self.doubts.iter().flatten().next().cloned()).unwrap_or_else(|| reason.into()));
        }
        self.any([&self.tls12, &self.tls13].map(|pair| pair.as_ref().map(Pair::was_resumed)))
    }

    /// Only TLS 1.3 has it.
    fn takes_early_data(&self) -> Result<bool, String> {
        match &self.tls13 {
            Some(pair) => match pair.recorder.sessions.early_data() {
                Some(bytes) => Ok(bytes > 0),
                None => pair.without_ticket(),
            },
            None => match self.nothing.as_ref().or(self.doubts.last().and_then(Option::as_ref)) {
                Some(why) => Err(why.clone()),
                None => Ok(false),
            },
        }
    }

    fn client_certificate(&self, clear: &Clear) -> Result<ClientCertificate, String> {
        let whole = self.newest().map(Pair::client_certificate);
        match (whole, clear.wants_certificate) {
            (Some(Ok(answer)), _) => Ok(answer),
            (_, Some(false)) => Ok(ClientCertificate::NotRequested),
            (Some(Err(why)), _) => Err(why),
            (None, Some(true)) => {
                Err("the server asks for one; whether it goes on without one only a whole handshake shows, and none was gone through"
                    .into())
            }
            (None, None) => Err(self.nothing.clone().unwrap_or_else(|| "no handshake came as far as the question".into())),
        }
    }

    /// A yes from anywhere; a no only when nobody was left without an answer.
    fn any<const N: usize>(&self, answers: [Option<Result<bool, String>>; N]) -> Result<bool, String> {
        let answers: Vec<_> = answers.into_iter().flatten().collect();
        if answers.contains(&Ok(true)) {
            return Ok(true);
        }
        let unasked = self.nothing.iter().chain(self.doubts.iter().flatten()).next();
        let without_answer = answers.into_iter().find(Result::is_err);
        without_answer.or_else(|| unasked.map(|why| Err(why.clone()))).unwrap_or(Ok(false))
    }
}
