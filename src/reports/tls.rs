//! What TLS showed, in the words that the summary and the page share.

use crate::evidence::{
    CategoryScores, Chain, CipherSuite, Client, Endpoint, ProtocolId, Rating, RatingReason, Reading, Statistics, Tls, Weakness, WeaknessId,
};

/// Weaknesses of which only the precondition can be seen, and which nearly every server has.
const PRECONDITIONS: [WeaknessId; 3] = [WeaknessId::Beast, WeaknessId::Lucky13, WeaknessId::Breach];

/// A letter has two characters at most; what is longer comes from a file that somebody wrote.
pub(super) const LONGEST_LETTER: usize = 4;

/// Addresses of one host that gave the same answer.
pub(super) struct Server<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// The addresses, as text.
    pub(super) ips: Vec<String>,
    /// The answer, but for what it cost.
    pub(super) tls: &'a Tls,
    /// Whether a response of the host offered HTTP/3.
    pub(super) http3: Reading<bool>,
}

impl Server<'_> {
    /// The host and the port.
    pub(super) fn place(&self) -> String {
        let host = self.host;
        if host.contains(':') { format!("[{host}]:{}", self.port) } else { format!("{host}:{}", self.port) }
    }
}

/// Everything that answered with TLS, in the order of the evidence; the same answer once for each host.
pub(super) fn servers(endpoints: &[Endpoint]) -> Vec<Server<'_>> {
    let mut servers: Vec<Server<'_>> = Vec::new();
    for endpoint in endpoints {
        let reached = endpoint.addresses.iter().filter_map(|address| Some((address, address.tls.as_ref().filter(|tls| tls.reached)?)));
        for (address, tls) in reached {
            let ip = address.ip.to_string();
            let same = |server: &&mut Server<'_>| {
                (server.host, server.port) == (endpoint.host.as_str(), endpoint.port) && same_answer(server.tls, tls)
            };
            match servers.iter_mut().find(same) {
                Some(server) if server.ips.contains(&ip) => {}
                Some(server) => server.ips.push(ip),
                None => servers.push(Server { host: &endpoint.host, port: endpoint.port, ips: vec![ip], tls, http3: endpoint.http3 }),
            }
        }
    }
    servers
}

/// Whether two endpoints lead to the same servers, which gave the same answers; at least one.
pub(super) fn same_servers(one: &Endpoint, other: &Endpoint) -> bool {
    let (ones, others) = (servers(std::slice::from_ref(one)), servers(std::slice::from_ref(other)));
    let same = |(one, other): (&Server<'_>, &Server<'_>)| {
        (one.host, one.port, &one.ips) == (other.host, other.port, &other.ips) && same_answer(one.tls, other.tls)
    };
    !ones.is_empty() && ones.len() == others.len() && ones.iter().zip(&others).all(same)
}

/// The addresses of https URLs that showed no TLS, each once, and why.
pub(super) fn silent(endpoints: &[Endpoint]) -> Vec<(String, String)> {
    let mut silent = Vec::new();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.scheme == "https") {
        for address in &endpoint.addresses {
            let why = match &address.tls {
                Some(tls) if tls.reached => continue,
                Some(tls) => tls.error.as_ref(),
                None if address.reached => continue,
                None => address.error.as_ref(),
            };
            let entry = (format!("{} port {}", address.ip, endpoint.port), why.cloned().unwrap_or_else(|| "nobody knows why".to_owned()));
            if !silent.contains(&entry) {
                silent.push(entry);
            }
        }
    }
    silent
}

/// Whether two answers say the same, whatever they cost.
pub(super) fn same_answer(one: &Tls, other: &Tls) -> bool {
    let plain = |tls: &Tls| Tls { statistics: Statistics::default(), ..tls.clone() };
    plain(one) == plain(other)
}

/// How a grade is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// What is aimed for.
    Good,
    /// Close to it.
    Fair,
    /// Far from it.
    Bad,
    /// Nobody can say.
    Unknown,
}

/// The mood of a grade; a letter that the guide does not have is unknown.
pub(super) fn mood(rating: Option<&Rating>) -> Mood {
    match rating.and_then(|rating| rating.grade.observed()).map(String::as_str) {
        Some("A+" | "A" | "A-") => Mood::Good,
        Some("B") => Mood::Fair,
        Some("C" | "D" | "E" | "F" | "T" | "M") => Mood::Bad,
        _ => Mood::Unknown,
    }
}

/// What a reason does to the grade, in two words.
pub(super) fn bearing(reason: &RatingReason) -> String {
    match &reason.cap {
        Some(cap) => format!("at best {}", cap.chars().take(LONGEST_LETTER).collect::<String>()),
        None if reason.assumed => "assumed".to_owned(),
        None => "no A+".to_owned(),
    }
}

/// The servers, the worst grade first; one that is not known stands before those that are good.
pub(super) fn worst_first(endpoints: &[Endpoint]) -> Vec<Server<'_>> {
    const WORST_FIRST: [&str; 11] = ["F", "T", "M", "E", "D", "C", "B", "?", "A-", "A", "A+"];
    let place = |server: &Server<'_>| WORST_FIRST.iter().position(|one| *one == letter(server.tls.rating.as_ref()));
    let mut servers = servers(endpoints);
    servers.sort_by_key(place);
    servers
}

/// The letter, or a question mark.
pub(super) fn letter(rating: Option<&Rating>) -> &str {
    rating.and_then(|rating| rating.grade.observed()).map_or("?", String::as_str)
}

/// The letter without regard to trust, where it is another one.
pub(super) fn letter_if_trusted(rating: &Rating) -> Option<&str> {
    rating.grade_if_trusted.observed().filter(|letter| rating.grade.observed() != Some(letter)).map(String::as_str)
}

/// Why there is no letter.
pub(super) fn why_unknown(rating: Option<&Rating>) -> Option<&str> {
    match rating {
        None => Some("nobody has rated these facts"),
        Some(Rating { grade: Reading::Observed(_), .. }) => None,
        Some(rating) => Some(rating.error.as_deref().unwrap_or("a fact that the guide needs is not known")),
    }
}

/// The four bars, each with its name.
pub(super) fn bars(scores: CategoryScores) -> [(&'static str, u32); 4] {
    [
        ("Certificate", scores.certificate),
        ("Protocol support", scores.protocol),
        ("Key exchange", scores.key_exchange),
        ("Cipher strength", scores.cipher_strength),
    ]
}

/// Suites of one version, or of several that have the same.
pub(super) struct SuiteGroup<'a> {
    pub(super) versions: Vec<ProtocolId>,
    pub(super) suites: Vec<&'a CipherSuite>,
    /// Whether the server chooses by its own order.
    pub(super) ordered: Reading<bool>,
}

/// The suites by version, newest first; neighbours that have the same suites in the same order are one group.
pub(super) fn suites(tls: &Tls) -> Vec<SuiteGroup<'_>> {
    let mut groups: Vec<SuiteGroup<'_>> = Vec::new();
    for version in ProtocolId::ALL.into_iter().rev() {
        let suites: Vec<&CipherSuite> = tls.cipher_suites.iter().filter(|suite| suite.protocol == version).collect();
        let ordered = tls.server_preference.get(&version).copied().unwrap_or_default();
        let same = |group: &&mut SuiteGroup<'_>| {
            group.ordered == ordered && group.suites.iter().map(|suite| &suite.code).eq(suites.iter().map(|suite| &suite.code))
        };
        match groups.last_mut().filter(same) {
            _ if suites.is_empty() => {}
            Some(group) => group.versions.insert(0, version),
            None => groups.push(SuiteGroup { versions: vec![version], suites, ordered }),
        }
    }
    groups
}

/// Versions in a few words: `TLS 1.0, 1.1`.
pub(super) fn versions(versions: &[ProtocolId]) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut family = "";
    for version in versions {
        let (own, number) = version.name().split_once(' ').unwrap_or_default();
        words.push(if own == family { number } else { version.name() });
        family = own;
    }
    words.join(", ")
}

/// What is to be said of a suite beside its strength: what takes its protection first, then what only weakens it.
pub(super) fn remarks(suite: &CipherSuite) -> Vec<&'static str> {
    let small_block = ["3DES", "DES", "RC2", "IDEA"].iter().any(|cipher| suite.cipher.starts_with(cipher));
    [
        (suite.cipher == "NULL", "no encryption"),
        (suite.authentication == "anonymous", "anonymous"),
        (suite.export, "export"),
        (suite.cipher.starts_with("RC4"), "RC4"),
        (small_block, "64-bit block"),
        (suite.mode == "CBC", "CBC"),
        (!suite.aead && suite.mode != "CBC" && !suite.cipher.starts_with("RC4") && suite.cipher != "NULL", "no AEAD"),
        (!suite.forward_secrecy, "no forward secrecy"),
    ]
    .into_iter()
    .filter_map(|(holds, words)| holds.then_some(words))
    .collect()
}

/// Whether a suite lacks a protection, rather than having an old-fashioned one.
pub(super) fn is_feeble(suite: &CipherSuite) -> bool {
    suite.strength_bits < 128 || remarks(suite).iter().any(|words| ["no encryption", "anonymous", "export", "RC4"].contains(words))
}

/// What was seen of the known weaknesses.
pub(super) struct Weaknesses<'a> {
    pub(super) vulnerable: Vec<&'a Weakness>,
    /// Vulnerable as far as the precondition goes.
    pub(super) possible: Vec<&'a Weakness>,
    pub(super) unknown: Vec<&'a Weakness>,
    /// How many were looked for and not found.
    pub(super) absent: usize,
}

/// The weaknesses, divided.
pub(super) fn weaknesses(tls: &Tls) -> Weaknesses<'_> {
    let is = |weakness: &&Weakness, reading: Reading<bool>| weakness.vulnerable == reading;
    let with = |reading| tls.weaknesses.iter().filter(move |weakness| is(weakness, reading));
    let (possible, vulnerable) = with(Reading::Observed(true)).partition(|weakness| PRECONDITIONS.contains(&weakness.id));
    Weaknesses { vulnerable, possible, unknown: with(Reading::Unknown).collect(), absent: with(Reading::Observed(false)).count() }
}

/// One property of a chain.
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) reading: Reading<bool>,
    /// The answer that is good.
    pub(super) wished: bool,
    /// What to say when it is the other one.
    pub(super) fault: &'static str,
    /// Whether clients refuse a chain for it.
    pub(super) heavy: bool,
    /// Whether the chain's error says it too.
    pub(super) explained: bool,
}

/// Every property of a chain, heaviest first. What this machine itself trusts is not among them: it says more of the machine than of the server.
pub(super) fn properties(chain: &Chain) -> [Property; 10] {
    let heavy = |name, reading, wished, fault| Property { name, reading, wished, fault, heavy: true, explained: false };
    let explained = |property| Property { explained: true, ..property };
    let light = |property| Property { heavy: false, ..property };
    [
        heavy("Valid for the host", chain.host_matches, true, "made out for another host"),
        heavy("Expired", chain.expired, false, "expired"),
        heavy("Not yet valid", chain.not_yet_valid, false, "not valid yet"),
        heavy("Revoked", chain.revoked, false, "revoked"),
        explained(heavy("Trusted", chain.trusted, true, "not trusted")),
        explained(heavy("Self-signed", chain.self_signed, false, "self-signed")),
        explained(heavy("Complete", chain.complete, true, "an intermediate is missing")),
        light(heavy("Name in the subject only", chain.name_in_subject_only, false, "names the host in its subject only")),
        light(heavy("In order", chain.order_ok, true, "in the wrong order")),
        light(heavy("Root sent along", chain.root_sent, false, "the root is sent along")),
    ]
}

/// How many clients get a connection, and of how many nobody can say.
pub(super) fn connecting(clients: &[Client]) -> (usize, usize) {
    let count = |wanted| clients.iter().filter(|client| client.connects == wanted).count();
    (count(Reading::Observed(true)), count(Reading::Unknown))
}

/// The clients that get no connection.
pub(super) fn refused(clients: &[Client]) -> Vec<&Client> {
    clients.iter().filter(|client| client.connects == Reading::Observed(false)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(cipher: &str, mode: &str, bits: u32) -> CipherSuite {
        CipherSuite {
            protocol: ProtocolId::Tls12,
            code: "0x0000".into(),
            name: String::new(),
            strength_bits: bits,
            key_exchange: "ECDHE".into(),
            authentication: "RSA".into(),
            cipher: cipher.into(),
            mode: mode.into(),
            aead: ["GCM", "CCM", "Poly1305"].contains(&mode),
            forward_secrecy: true,
            export: false,
        }
    }

    #[test]
    fn a_suite_is_marked_by_what_it_lacks() {
        assert_eq!(remarks(&suite("AES-128", "GCM", 128)), Vec::<&str>::new());
        assert_eq!(remarks(&suite("AES-128", "CBC", 128)), ["CBC"]);
        assert_eq!(remarks(&suite("3DES", "CBC", 112)), ["64-bit block", "CBC"]);
        assert_eq!(remarks(&suite("RC4-128", "stream", 128)), ["RC4"]);
        let bare = CipherSuite { authentication: "anonymous".into(), forward_secrecy: false, ..suite("NULL", "", 0) };
        assert_eq!(remarks(&bare), ["no encryption", "anonymous", "no forward secrecy"]);
        assert!(is_feeble(&bare) && is_feeble(&suite("3DES", "CBC", 112)) && !is_feeble(&suite("AES-128", "CBC", 128)));
    }

    #[test]
    fn versions_of_one_family_are_named_shortly() {
        assert_eq!(versions(&[ProtocolId::Tls10, ProtocolId::Tls11]), "TLS 1.0, 1.1");
        assert_eq!(versions(&[ProtocolId::Ssl3, ProtocolId::Tls10]), "SSL 3.0, TLS 1.0");
    }
}
