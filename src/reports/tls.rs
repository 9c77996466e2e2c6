//! What TLS showed, in the words that the summary and the page share.

use crate::evidence::{
    CategoryScores, Chain, CipherSuite, Client, DhParameters, Endpoint, Group, GroupOrder, ProtocolId, Rating, RatingReason, Reading,
    Statistics, Tls, Weakness, WeaknessId,
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

/// Groups for key exchange of one version, or of all that choose alike.
pub(super) struct GroupList<'a> {
    /// The version; absent where one list holds for all.
    pub(super) version: Option<ProtocolId>,
    pub(super) groups: Vec<&'a Group>,
    /// Whether the server chooses by its own order.
    pub(super) ordered: Reading<bool>,
}

/// The groups, newest version first; one list where the versions do not contradict each other.
pub(super) fn group_lists(tls: &Tls) -> Vec<GroupList<'_>> {
    let all: Vec<&Group> = tls.groups.iter().collect();
    let mut preferences = tls.group_orders.values().filter(|order| order.codes.len() > 1).map(|order| order.by_server);
    let first = preferences.next().unwrap_or(tls.group_preference);
    if preferences.all(|preference| preference == first) && tls.group_orders.values().all(|order| is_within(order, &all)) {
        return if all.is_empty() { vec![] } else { vec![GroupList { version: None, groups: all, ordered: first }] };
    }
    let list = |(version, order): (&ProtocolId, &GroupOrder)| GroupList {
        version: Some(*version),
        groups: order.codes.iter().filter_map(|code| all.iter().find(|group| group.code == *code).copied()).collect(),
        ordered: order.by_server,
    };
    tls.group_orders.iter().rev().map(list).filter(|list| !list.groups.is_empty()).collect()
}

/// Whether groups stand in a list in this order, which means nothing where the client's counts.
fn is_within(order: &GroupOrder, all: &[&Group]) -> bool {
    let mut left = all.iter();
    order.by_server != Reading::Observed(true) || order.codes.iter().all(|code| left.any(|group| group.code == *code))
}

/// Whose order counts, in brackets; empty where nobody knows.
pub(super) fn whose_order(ordered: Reading<bool>) -> &'static str {
    match ordered {
        Reading::Observed(true) => " (the server's order counts)",
        Reading::Observed(false) => " (the client's order counts)",
        Reading::Unknown => "",
    }
}

/// Diffie-Hellman parameters in a few words.
pub(super) fn prime(parameters: &DhParameters) -> String {
    let whose = match (&parameters.known_as, &parameters.flaw) {
        (Some(name), _) => format!("the prime of {name}"),
        (None, None) => "a prime of its own".to_owned(),
        (None, Some(_)) => "numbers of its own".to_owned(),
    };
    let flaw = parameters.flaw.as_ref().map(|flaw| format!(", which protect nothing: {flaw}")).unwrap_or_default();
    format!("{} bits, {whose}{flaw}", parameters.bits)
}

/// Whether Diffie-Hellman parameters are too small, or protect nothing.
pub(super) fn is_weak_prime(parameters: &DhParameters) -> bool {
    parameters.bits < 2048 || parameters.flaw.is_some()
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

    /// What `group_lists` makes of groups on curves, and of their orders in TLS 1.3 and 1.2.
    fn listed(groups: &[&str], orders: [(bool, &[&str]); 2]) -> Vec<String> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let orders = orders.map(|(by_server, codes)| GroupOrder { by_server: Reading::Observed(by_server), codes: owned(codes) });
        let kind = crate::evidence::GroupKind::EllipticCurve;
        let group = |name: &&str| Group { code: (*name).into(), name: (*name).into(), kind, bits: None, protocols: vec![] };
        let mut tls = Tls { groups: groups.iter().map(group).collect(), ..Tls::unasked() };
        tls.group_orders = [ProtocolId::Tls13, ProtocolId::Tls12].into_iter().zip(orders).collect();
        let words = |list: &GroupList<'_>| {
            let names: Vec<&str> = list.groups.iter().map(|group| group.name.as_str()).collect();
            format!("{}{}{}", list.version.map_or("", ProtocolId::name), names.join(","), whose_order(list.ordered))
        };
        group_lists(&tls).iter().map(words).collect()
    }

    #[test]
    fn groups_are_one_list_unless_the_versions_choose_differently() {
        assert_eq!(listed(&["a", "b", "c"], [(true, &["a", "b"]), (true, &["b", "c"])]), ["a,b,c (the server's order counts)"]);
        assert_eq!(listed(&["a", "b"], [(false, &["a", "b"]), (false, &["b", "a"])]), ["a,b (the client's order counts)"]);
        assert_eq!(
            listed(&["a", "b"], [(true, &["a", "b"]), (true, &["b", "a"])]),
            ["TLS 1.3a,b (the server's order counts)", "TLS 1.2b,a (the server's order counts)"]
        );
        assert_eq!(
            listed(&["a", "b"], [(true, &["a", "b"]), (false, &["a", "b"])]),
            ["TLS 1.3a,b (the server's order counts)", "TLS 1.2a,b (the client's order counts)"]
        );
        assert_eq!(listed(&["a", "b"], [(true, &["a", "b"]), (false, &["b"])]), ["a,b (the server's order counts)"]);
        assert!(listed(&[], [(true, &[]), (true, &[])]).is_empty());
    }

    #[test]
    fn numbers_that_protect_nothing_are_shown_as_weak_whatever_their_size() {
        let mut sent = DhParameters {
            bits: 2048,
            known_as: Some("RFC 7919 ffdhe2048".into()),
            prime_sha256: String::new(),
            flaw: None,
            export: false,
            protocols: vec![ProtocolId::Tls12],
        };
        assert_eq!((prime(&sent).as_str(), is_weak_prime(&sent)), ("2048 bits, the prime of RFC 7919 ffdhe2048", false));
        sent.known_as = None;
        assert_eq!(prime(&sent), "2048 bits, a prime of its own");
        sent.flaw = Some("the modulus is even, and so no prime".into());
        let words = "2048 bits, numbers of its own, which protect nothing: the modulus is even, and so no prime";
        assert_eq!((prime(&sent).as_str(), is_weak_prime(&sent)), (words, true));
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
