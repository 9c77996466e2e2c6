//! What TLS showed at the addresses of one endpoint, as SSL Labs lays it out.

use serde::Serialize;

use super::{
    answer::{Answer, judged_as, plain},
    certificates::{ChainView, chains},
    fact::Fact,
};
use crate::{
    evidence::{ClientCertificate, Endpoint, Extensions, Group, GroupKind, Rating, RatingReason, Reading, Tls, WeaknessId},
    reports::{
        prose::{Span, spans},
        tls::{
            GroupList, LONGEST_LETTER, Mood, Server, SuiteGroup, bars, bearing, connecting, group_lists, is_feeble, letter,
            letter_if_trusted, mood, prime, remarks, servers, suites, versions, weaknesses, whose_order, why_unknown, worst_first,
        },
    },
};

/// Rows of one table that are shown; the others are in the data.
const MOST_ROWS: usize = 500;

/// Addresses that gave the same answer.
#[derive(Serialize)]
pub(super) struct TlsView {
    ips: String,
    letter: String,
    tone: &'static str,
    guide: String,
    notes: Vec<String>,
    unknown: Vec<Span>,
    advice: Vec<Vec<Span>>,
    advice_after: Vec<Vec<Span>>,
    bars: Vec<Bar>,
    reasons: Vec<Reason>,
    suites: Vec<SuiteTable>,
    key_exchange: Vec<Fact>,
    chains: Vec<ChainView>,
    weakness_words: String,
    weaknesses: Vec<Row>,
    extensions: Vec<Row>,
    clients: Vec<ClientRow>,
    client_words: String,
    open: Vec<Vec<Span>>,
}

/// The grade of a server, for the top of the page.
#[derive(Serialize)]
pub(super) struct GradeView {
    letter: String,
    tone: &'static str,
    place: String,
    ips: String,
    /// What it is made of, or why it is unknown.
    notes: Vec<Span>,
    first: Vec<Span>,
    /// Whether more has to change.
    more: usize,
    anchor: String,
}

/// One category of the score.
#[derive(Serialize)]
struct Bar {
    name: &'static str,
    score: u32,
    tone: &'static str,
}

/// One reason for the grade.
#[derive(Serialize)]
struct Reason {
    cap: String,
    because: Vec<Span>,
    doubt: Vec<Span>,
}

/// The suites of one version, or of several that have the same.
#[derive(Serialize)]
struct SuiteTable {
    versions: String,
    order: &'static str,
    rows: Vec<SuiteRow>,
    hidden: usize,
}

/// One suite.
#[derive(Serialize)]
struct SuiteRow {
    name: String,
    code: String,
    bits: u32,
    exchange: String,
    feeble: bool,
    remarks: String,
}

/// A name and an answer.
#[derive(Clone, Serialize)]
struct Row {
    name: &'static str,
    answer: Answer,
}

/// One client.
#[derive(Serialize)]
struct ClientRow {
    name: String,
    reference: bool,
    protocol: &'static str,
    suite: String,
    group: String,
    forward_secrecy: Option<Answer>,
    error: Option<String>,
}

/// What the addresses of an endpoint showed, the same answer once.
pub(super) fn tls(endpoint: &Endpoint) -> Vec<TlsView> {
    servers(std::slice::from_ref(endpoint)).into_iter().map(|server| view(server.ips.join(", "), server.tls, endpoint)).collect()
}

fn view(ips: String, tls: &Tls, endpoint: &Endpoint) -> TlsView {
    let rating = tls.rating.as_ref();
    TlsView {
        ips,
        letter: letter(rating).chars().take(LONGEST_LETTER).collect(),
        tone: tone(mood(rating)),
        guide: rating.map(|rating| rating.guide.clone()).unwrap_or_default(),
        notes: rating.map(notes).unwrap_or_default(),
        unknown: why_unknown(rating).map(spans).unwrap_or_default(),
        advice: rating.map(|rating| steps(&rating.advice)).unwrap_or_default(),
        advice_after: rating.map(|rating| steps(&rating.advice_after)).unwrap_or_default(),
        bars: rating.and_then(|rating| rating.scores).map(|scores| bars(scores).map(bar).into()).unwrap_or_default(),
        reasons: rating.map(|rating| rating.reasons.iter().map(reason).collect()).unwrap_or_default(),
        suites: suites(tls).iter().map(suite_table).collect(),
        key_exchange: key_exchange(tls),
        chains: chains(tls),
        weakness_words: weakness_words(tls),
        weaknesses: weakness_rows(tls),
        extensions: [vec![alpn(&tls.extensions), http3(endpoint)], extensions(&tls.extensions), vec![caa(endpoint)]].concat(),
        clients: clients(tls),
        client_words: client_words(tls),
        open: open(tls),
    }
}

fn steps(advice: &[String]) -> Vec<Vec<Span>> {
    advice.iter().map(|step| spans(step)).collect()
}

/// The grade of every server, the worst first; each leads to the first endpoint that has it.
pub(super) fn grades(endpoints: &[Endpoint]) -> Vec<GradeView> {
    worst_first(endpoints).into_iter().take(MOST_ROWS).map(|server| grade(&server, endpoints)).collect()
}

fn grade(server: &Server<'_>, endpoints: &[Endpoint]) -> GradeView {
    let rating = server.tls.rating.as_ref();
    let steps: Vec<&String> = rating.map(|rating| rating.advice.iter().chain(&rating.advice_after).collect()).unwrap_or_default();
    let at = endpoints.iter().position(|endpoint| (endpoint.host.as_str(), endpoint.port) == (server.host, server.port));
    GradeView {
        letter: letter(rating).chars().take(LONGEST_LETTER).collect(),
        tone: tone(mood(rating)),
        place: server.place(),
        ips: server.ips.join(", "),
        notes: spans(&match why_unknown(rating) {
            Some(why) => format!("Unknown: {why}"),
            None => rating.map(notes).unwrap_or_default().join(" · "),
        }),
        first: steps.first().map(|step| spans(step)).unwrap_or_default(),
        more: steps.len().saturating_sub(1),
        anchor: endpoint_anchor(at.unwrap_or_default()),
    }
}

/// The id of the section of an endpoint, by its place in the evidence.
pub(super) fn endpoint_anchor(index: usize) -> String {
    format!("endpoint-{}", index.saturating_add(1))
}

fn tone(mood: Mood) -> &'static str {
    match mood {
        Mood::Good => "good",
        Mood::Fair => "warn",
        Mood::Bad => "bad",
        Mood::Unknown => "open",
    }
}

fn notes(rating: &Rating) -> Vec<String> {
    let score = rating.score.observed().map(|score| format!("Score {score} of 100"));
    let trusted = letter_if_trusted(rating).map(|letter| format!("{letter} if trust is ignored"));
    let doubt = (!rating.grade_may_be.is_empty()).then(|| format!("SSL Labs may say {}", rating.grade_may_be.join(" or ")));
    [score, trusted, doubt].into_iter().flatten().collect()
}

fn bar((name, score): (&'static str, u32)) -> Bar {
    let tone = match score {
        80.. => "good",
        65..80 => "warn",
        _ => "bad",
    };
    Bar { name, score: score.min(100), tone }
}

fn reason(reason: &RatingReason) -> Reason {
    Reason { cap: bearing(reason), because: spans(&reason.because), doubt: reason.doubt.as_deref().map(spans).unwrap_or_default() }
}

fn suite_table(group: &SuiteGroup<'_>) -> SuiteTable {
    let row = |suite: &&crate::evidence::CipherSuite| SuiteRow {
        name: suite.name.clone(),
        code: suite.code.clone(),
        bits: suite.strength_bits,
        exchange: if suite.key_exchange == "any" { "any".to_owned() } else { format!("{}, {}", suite.key_exchange, suite.authentication) },
        feeble: is_feeble(suite),
        remarks: remarks(suite).join(", "),
    };
    SuiteTable {
        versions: versions(&group.versions),
        order: match group.ordered {
            Reading::Observed(true) => "in the server's order, which counts",
            Reading::Observed(false) => "the client's order counts",
            Reading::Unknown => "whose order counts is not known",
        },
        rows: group.suites.iter().take(MOST_ROWS).map(row).collect(),
        hidden: group.suites.len().saturating_sub(MOST_ROWS),
    }
}

fn key_exchange(tls: &Tls) -> Vec<Fact> {
    let groups = |list: &GroupList<'_>| {
        let names: Vec<String> = list.groups.iter().copied().map(group).collect();
        let version = list.version.map(|version| format!("{}: ", version.name())).unwrap_or_default();
        format!("{version}{}{}", names.join(", "), whose_order(list.ordered))
    };
    let groups: Vec<String> = group_lists(tls).iter().map(groups).collect();
    let primes: Vec<String> = tls.dh_parameters.iter().map(prime).collect();
    let algorithms: Vec<&str> = tls.signature_algorithms.iter().map(|algorithm| algorithm.name.as_str()).collect();
    [("Groups", groups.join("; ")), ("Diffie-Hellman", primes.join("; ")), ("Signatures", algorithms.join(", "))]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| Fact { name, value })
        .collect()
}

fn group(group: &Group) -> String {
    match group.kind {
        GroupKind::Hybrid | GroupKind::PostQuantum => format!("{} (post-quantum)", group.name),
        GroupKind::EllipticCurve | GroupKind::FiniteField => group.name.clone(),
    }
}

fn weakness_words(tls: &Tls) -> String {
    let seen = weaknesses(tls);
    let names = |list: &[&crate::evidence::Weakness]| list.iter().map(|weakness| weakness.id.name()).collect::<Vec<_>>().join(", ");
    let found = if seen.vulnerable.is_empty() { String::new() } else { format!("Vulnerable: {}. ", names(&seen.vulnerable)) };
    let unknown = if seen.unknown.is_empty() { String::new() } else { format!("Unknown: {}. ", names(&seen.unknown)) };
    format!("{found}{unknown}{} looked for and not found.", seen.absent)
}

/// Every weakness there is, those that nobody looked for too. The precondition alone is no finding.
fn weakness_rows(tls: &Tls) -> Vec<Row> {
    let possible: Vec<WeaknessId> = weaknesses(tls).possible.iter().map(|weakness| weakness.id).collect();
    WeaknessId::ALL
        .into_iter()
        .map(|id| {
            let seen = tls.weaknesses.iter().find(|weakness| weakness.id == id);
            let reading = seen.map(|weakness| weakness.vulnerable).unwrap_or_default();
            let reason = seen.map_or_else(|| "nobody looked".to_owned(), |weakness| weakness.reason.clone().unwrap_or_default());
            let answer = if possible.contains(&id) {
                plain(reading, "precondition is there", "no")
            } else {
                judged_as(reading, false, "vulnerable", "no")
            };
            Row { name: id.name(), answer: answer.because(reason) }
        })
        .collect()
}

/// Extensions and behaviour; what speaks against a server has a colour.
fn extensions(seen: &Extensions) -> Vec<Row> {
    let reason = |field: &str| seen.reasons.get(field).cloned().unwrap_or_default();
    let wished = |name, field, reading, wished| Row { name, answer: judged_as(reading, wished, "yes", "no").because(reason(field)) };
    let neutral = |name, field, reading| Row { name, answer: plain(reading, "yes", "no").because(reason(field)) };
    vec![
        wished("Secure renegotiation", "secure_renegotiation", seen.secure_renegotiation, true),
        wished("Insecure renegotiation", "insecure_renegotiation", seen.insecure_renegotiation, false),
        wished("Renegotiation by the client", "client_renegotiation", seen.client_renegotiation, false),
        neutral("Stapled OCSP response", "ocsp_stapling", seen.ocsp_stapling),
        neutral("Extended master secret", "extended_master_secret", seen.extended_master_secret),
        neutral("Encrypt-then-MAC", "encrypt_then_mac", seen.encrypt_then_mac),
        neutral("Session tickets", "session_tickets", seen.session_tickets),
        neutral("Session ids", "session_ids", seen.session_ids),
        neutral("Sessions are resumed", "session_resumption", seen.session_resumption),
        neutral("Early data (0-RTT)", "early_data", seen.early_data),
        wished("TLS compression", "compression", seen.compression, false),
        neutral("Fallback signal (SCSV)", "fallback_scsv", seen.fallback_scsv),
        neutral("Maximum fragment length", "max_fragment_length", seen.max_fragment_length),
        neutral("Heartbeat", "heartbeat", seen.heartbeat),
        client_certificate(seen),
        neutral("Refuses clients without SNI", "sni_required", seen.sni_required),
        wished("Fails on unknown versions", "version_intolerance", seen.version_intolerance, false),
        wished("Fails on unknown extensions", "extension_intolerance", seen.extension_intolerance, false),
        wished("Fails on long hellos", "long_hello_intolerance", seen.long_hello_intolerance, false),
    ]
}

fn alpn(seen: &Extensions) -> Row {
    let some = match (seen.alpn.is_empty(), seen.alpn_complete) {
        (false, _) => Reading::Observed(true),
        (true, Reading::Observed(true)) => Reading::Observed(false),
        (true, _) => Reading::Unknown,
    };
    let reason = if seen.alpn.is_empty() { seen.reasons.get("alpn").cloned().unwrap_or_default() } else { seen.alpn.join(", ") };
    Row { name: "ALPN", answer: plain(some, "yes", "no").because(reason) }
}

fn http3(endpoint: &Endpoint) -> Row {
    let reason = endpoint.http3_reason.clone().unwrap_or_default();
    Row { name: "HTTP/3 by Alt-Svc", answer: plain(endpoint.http3, "yes", "no").because(reason) }
}

/// Which authorities DNS allows.
fn caa(endpoint: &Endpoint) -> Row {
    let seen = endpoint.caa.observed();
    let records = seen.map(|caa| caa.records.as_slice()).unwrap_or_default();
    let words: Vec<String> = records.iter().take(MOST_ROWS).map(|record| format!("{} {}", record.tag, record.value)).collect();
    let name = seen.and_then(|caa| caa.name.as_ref());
    let reason = name.map_or_else(|| endpoint.caa_reason.clone().unwrap_or_default(), |name| format!("{name}: {}", words.join(", ")));
    Row { name: "Issuing limited by DNS (CAA)", answer: plain(seen.map(|caa| caa.name.is_some()).into(), "yes", "no").because(reason) }
}

fn client_certificate(seen: &Extensions) -> Row {
    let (reading, word) = match seen.client_certificate {
        Reading::Observed(ClientCertificate::NotRequested) => (Reading::Observed(false), ""),
        Reading::Observed(ClientCertificate::Requested) => (Reading::Observed(true), "it goes on without"),
        Reading::Observed(ClientCertificate::Required) => (Reading::Observed(true), "it refuses clients without"),
        Reading::Unknown => (Reading::Unknown, ""),
    };
    let reason = seen.reasons.get("client_certificate").cloned().unwrap_or_else(|| word.to_owned());
    Row { name: "Asks for a client certificate", answer: plain(reading, "yes", "no").because(reason) }
}

fn clients(tls: &Tls) -> Vec<ClientRow> {
    tls.clients
        .iter()
        .take(MOST_ROWS)
        .map(|client| ClientRow {
            name: client.name.clone(),
            reference: client.reference,
            protocol: client.protocol.map(crate::evidence::ProtocolId::name).unwrap_or_default(),
            suite: client.cipher_suite.clone().unwrap_or_default(),
            group: client.group.clone().unwrap_or_default(),
            forward_secrecy: client.forward_secrecy.map(|yes| judged_as(Reading::Observed(yes), true, "yes", "no")),
            error: client.error.clone().or_else(|| client.protocol.is_none().then(|| "no connection".to_owned())),
        })
        .collect()
}

fn client_words(tls: &Tls) -> String {
    let (connect, unknown) = connecting(&tls.clients);
    let open = if unknown > 0 { format!("; of {unknown} nobody can say") } else { String::new() };
    format!("{connect} of {} reference clients connect{open}", tls.clients.len())
}

/// What is not complete, or not always the same.
fn open(tls: &Tls) -> Vec<Vec<Span>> {
    let gaps = tls.gaps.iter().map(|gap| {
        let version = gap.protocol.map(|version| format!(" of {}", version.name())).unwrap_or_default();
        format!("Not complete: {}{version}: {}", gap.field.replace('_', " "), gap.reason)
    });
    let differing = tls.contradictions.iter().map(|words| format!("Answers differ: {words}"));
    gaps.chain(differing).take(MOST_ROWS).map(|words| spans(&words)).collect()
}
