//! A rating, made of all its parts.

use super::{
    facts::{
        Facts,
        Finding::{Present, Unknown},
    },
    guide::{About, Guide, IfUnknown},
    letter::Letter,
    reasons,
    scores::{self, Scores},
    simulate::Handshake,
    verdict::Judged,
};
use crate::evidence::{CategoryScores, Client, Rating, Reading, Tls};

impl Guide {
    /// What each reference client would agree on with the server.
    #[must_use]
    pub fn simulate(&self, tls: &Tls) -> Vec<Client> {
        self.handshakes(tls).iter().map(Handshake::evidence).collect()
    }

    /// The rating of one address. `hsts` is the `max-age` in seconds that browsers remember of the host.
    #[must_use]
    pub fn rate(&self, tls: &Tls, hsts: Reading<Option<u64>>) -> Rating {
        let handshakes = self.handshakes(tls);
        let facts = Facts { tls, handshakes: &handshakes, hsts, keys: &self.key_exchange };
        let judged: Vec<Judged<'_>> = self.rules.iter().map(|rule| rule.judge(&facts)).collect();
        let scores = Scores {
            protocol: scores::protocol(&facts, &self.protocols),
            key_exchange: scores::key_exchange(&facts, &self.key_exchange),
            cipher_strength: scores::cipher_strength(&facts, &self.cipher_strength),
        };
        let total = scores.total(&self.weights.value);
        let verdict = self.verdict(&judged, total);
        let if_trusted = self.verdict_if_trusted(&judged, total);
        let advice = reasons::advice(self, &judged, &scores, &verdict);
        Rating {
            guide: self.edition_name(),
            grade: verdict.grade(),
            grade_if_trusted: if_trusted.grade(),
            grade_may_be: verdict.others.iter().map(|letter| letter.name().to_owned()).collect(),
            score: total.exact().into(),
            scores: category_scores(&scores, &judged),
            reasons: reasons::reasons(self, &judged, &scores, &verdict),
            advice: advice.first,
            advice_after: advice.after,
            error: verdict.error(),
        }
    }

    fn handshakes<'a>(&'a self, tls: &'a Tls) -> Vec<Handshake<'a>> {
        self.clients.iter().map(|client| Handshake::simulate(client, tls)).collect()
    }
}

/// The bars; none where one of them is not known.
fn category_scores(scores: &Scores, judged: &[Judged<'_>]) -> Option<CategoryScores> {
    Some(CategoryScores {
        certificate: certificate(judged)?,
        protocol: scores.protocol.exact()?,
        key_exchange: scores.key_exchange.exact()?,
        cipher_strength: scores.cipher_strength.exact()?,
    })
}

/// All or nothing. An intermediate that was not sent is the server's fault, not the certificate's.
fn certificate(judged: &[Judged<'_>]) -> Option<u32> {
    let mut score = Some(100);
    for Judged { rule, finding, if_unknown } in judged {
        if rule.about == About::Server || (rule.about == About::Trust && rule.cap < Letter::M) {
            continue;
        }
        match finding {
            Present(_) => return Some(0),
            Unknown(_) if *if_unknown == IfUnknown::NoLetter => score = None,
            _ => {}
        }
    }
    score
}
