//! Servers as evidence, written by hand: one that deserves A+, and ways to spoil it.

use std::collections::BTreeMap;

pub(crate) use ProtocolId::{Ssl2, Ssl3, Tls10, Tls11, Tls12, Tls13};
use redflag::{
    evidence::{
        Answer, Certificate, Chain, CipherSuite, DhParameters, Extensions, Group, GroupKind, Protocol, ProtocolId, Rating,
        Reading::{self, Observed, Unknown},
        Statistics, Tls, Weakness, WeaknessId,
    },
    rating::Guide,
};

/// Half a year, from which on A+ is given.
pub(crate) const HALF_A_YEAR: u64 = 15_552_000;

pub(crate) const WEAKNESSES: [WeaknessId; 21] = [
    WeaknessId::Heartbleed,
    WeaknessId::CcsInjection,
    WeaknessId::Robot,
    WeaknessId::Drown,
    WeaknessId::Poodle,
    WeaknessId::PoodleTls,
    WeaknessId::ZombiePoodle,
    WeaknessId::Goldendoodle,
    WeaknessId::ZeroLengthPadding,
    WeaknessId::OpensslPadding,
    WeaknessId::Ticketbleed,
    WeaknessId::Freak,
    WeaknessId::Logjam,
    WeaknessId::WeakDh,
    WeaknessId::Sweet32,
    WeaknessId::Rc4,
    WeaknessId::Beast,
    WeaknessId::Lucky13,
    WeaknessId::Crime,
    WeaknessId::Breach,
    WeaknessId::InsecureRenegotiation,
];

/// Number, name, bits, key exchange, authentication, cipher, mode.
type Row = (&'static str, &'static str, u32, &'static str, &'static str, &'static str, &'static str);

const SUITES: &[Row] = &[
    ("0x1301", "TLS_AES_128_GCM_SHA256", 128, "any", "any", "AES-128", "GCM"),
    ("0x1302", "TLS_AES_256_GCM_SHA384", 256, "any", "any", "AES-256", "GCM"),
    ("0x1303", "TLS_CHACHA20_POLY1305_SHA256", 256, "any", "any", "ChaCha20", "Poly1305"),
    ("0xC02F", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 128, "ECDHE", "RSA", "AES-128", "GCM"),
    ("0xC030", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 256, "ECDHE", "RSA", "AES-256", "GCM"),
    ("0xC02B", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 128, "ECDHE", "ECDSA", "AES-128", "GCM"),
    ("0xC013", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 128, "ECDHE", "RSA", "AES-128", "CBC"),
    ("0xC014", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", 256, "ECDHE", "RSA", "AES-256", "CBC"),
    ("0xC027", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", 128, "ECDHE", "RSA", "AES-128", "CBC"),
    ("0x009E", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 128, "DHE", "RSA", "AES-128", "GCM"),
    ("0x0033", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 128, "DHE", "RSA", "AES-128", "CBC"),
    ("0x009C", "TLS_RSA_WITH_AES_128_GCM_SHA256", 128, "RSA", "RSA", "AES-128", "GCM"),
    ("0x009D", "TLS_RSA_WITH_AES_256_GCM_SHA384", 256, "RSA", "RSA", "AES-256", "GCM"),
    ("0x002F", "TLS_RSA_WITH_AES_128_CBC_SHA", 128, "RSA", "RSA", "AES-128", "CBC"),
    ("0x0035", "TLS_RSA_WITH_AES_256_CBC_SHA", 256, "RSA", "RSA", "AES-256", "CBC"),
    ("0x000A", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 112, "RSA", "RSA", "3DES", "CBC"),
    ("0xC012", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", 112, "ECDHE", "RSA", "3DES", "CBC"),
    ("0x0005", "TLS_RSA_WITH_RC4_128_SHA", 128, "RSA", "RSA", "RC4-128", "stream"),
    ("0xC011", "TLS_ECDHE_RSA_WITH_RC4_128_SHA", 128, "ECDHE", "RSA", "RC4-128", "stream"),
    ("0x0009", "TLS_RSA_WITH_DES_CBC_SHA", 56, "RSA", "RSA", "DES", "CBC"),
    ("0x0003", "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40, "RSA", "RSA", "RC4-40", "stream"),
    ("0x0002", "TLS_RSA_WITH_NULL_SHA", 0, "RSA", "RSA", "NULL", ""),
    ("0x0034", "TLS_DH_anon_WITH_AES_128_CBC_SHA", 128, "DH", "anonymous", "AES-128", "CBC"),
    ("0x010080", "SSL_CK_RC4_128_WITH_MD5", 128, "RSA", "RSA", "RC4-128", "stream"),
];

pub(crate) fn suite(protocol: ProtocolId, number: &str) -> CipherSuite {
    let row = SUITES.iter().find(|row| row.0 == number).unwrap_or_else(|| panic!("no suite {number}"));
    CipherSuite {
        protocol,
        code: row.0.into(),
        name: row.1.into(),
        strength_bits: row.2,
        key_exchange: row.3.into(),
        authentication: row.4.into(),
        cipher: row.5.into(),
        mode: row.6.into(),
        aead: matches!(row.6, "GCM" | "Poly1305"),
        forward_secrecy: matches!(row.3, "any" | "ECDHE" | "DHE"),
        export: row.1.contains("EXPORT"),
    }
}

pub(crate) fn certificate(position: u32, key: &str, bits: u32, signature: &str) -> Certificate {
    Certificate {
        position,
        subject: format!("CN=subject {position}"),
        issuer: format!("CN=subject {}", position + 1),
        sans: vec!["app.example.com".into()],
        not_before: "2026-01-01T00:00:00Z".into(),
        not_after: "2026-12-31T00:00:00Z".into(),
        key: format!("{key} {bits}"),
        key_algorithm: key.into(),
        key_bits: Observed(bits),
        signature_algorithm: signature.into(),
        serial: "01".into(),
        authority: Reading::Unknown,
        rsa_exponent: (key == "RSA").then(|| "65537".into()),
        self_signed: false,
        sha256: String::new(),
        must_staple: Observed(false),
        validity_days: Observed(365),
        error: None,
    }
}

pub(crate) fn trusted() -> Chain {
    Chain {
        trusted: Observed(true),
        complete: Observed(true),
        order_ok: Observed(true),
        host_matches: Observed(true),
        expired: Observed(false),
        not_yet_valid: Observed(false),
        self_signed: Observed(false),
        ..Chain::default()
    }
}

pub(crate) fn group(code: &str, name: &str, kind: GroupKind, bits: Option<u32>, protocols: &[ProtocolId]) -> Group {
    Group { code: code.into(), name: name.into(), kind, bits, protocols: protocols.to_vec() }
}

/// A server, and what browsers remember of its Strict-Transport-Security.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) tls: Tls,
    pub(crate) hsts: Reading<Option<u64>>,
}

impl Site {
    /// TLS 1.2 and 1.3 with AES-GCM and `ChaCha20`, a key of RSA 2048, long HSTS: A+.
    pub(crate) fn best() -> Self {
        let tls = Tls {
            reached: true,
            answer: Answer::Tls,
            error: None,
            protocols: Vec::new(),
            cipher_suites: Vec::new(),
            cipher_suites_complete: Observed(true),
            server_preference: BTreeMap::new(),
            groups: vec![
                group("0x001D", "x25519", GroupKind::EllipticCurve, Some(255), &[Tls12, Tls13]),
                group("0x0017", "secp256r1", GroupKind::EllipticCurve, Some(256), &[Tls12, Tls13]),
                group("0x0018", "secp384r1", GroupKind::EllipticCurve, Some(384), &[Tls12, Tls13]),
            ],
            groups_complete: Observed(true),
            group_preference: Observed(true),
            group_orders: BTreeMap::new(),
            dh_bits: None,
            dh_parameters: Vec::new(),
            signature_algorithms: Vec::new(),
            certificates: vec![
                certificate(0, "RSA", 2048, "sha256WithRSAEncryption"),
                certificate(1, "RSA", 2048, "sha256WithRSAEncryption"),
            ],
            chain: Some(trusted()),
            other_chains: Vec::new(),
            extensions: Extensions {
                secure_renegotiation: Observed(true),
                insecure_renegotiation: Observed(false),
                fallback_scsv: Observed(true),
                sni_required: Observed(false),
                compression: Observed(false),
                ..Extensions::default()
            },
            weaknesses: WEAKNESSES.map(|id| Weakness { id, vulnerable: Observed(false), reason: None }).to_vec(),
            gaps: Vec::new(),
            contradictions: Vec::new(),
            clients: Vec::new(),
            rating: None,
            statistics: Statistics::default(),
        };
        let site = Self { tls, hsts: Observed(Some(HALF_A_YEAR)) };
        site.offer(&[(Tls12, &["0xC030", "0xC02F", "0xC027"]), (Tls13, &["0x1302", "0x1303", "0x1301"])])
    }

    /// Offers these versions with these suites and no others, in the server's order.
    pub(crate) fn offer(mut self, versions: &[(ProtocolId, &[&str])]) -> Self {
        let offered = |id: &ProtocolId| versions.iter().any(|(one, _)| one == id);
        self.tls.protocols = ProtocolId::ALL.iter().map(|id| Protocol { id: *id, offered: Observed(offered(id)), reason: None }).collect();
        self.tls.cipher_suites = versions.iter().flat_map(|(id, numbers)| numbers.iter().map(|number| suite(*id, number))).collect();
        self.tls.server_preference =
            versions.iter().filter(|(_, numbers)| numbers.len() > 1).map(|(id, _)| (*id, Observed(true))).collect();
        self
    }

    /// The server lets the client choose.
    pub(crate) fn no_preference(mut self) -> Self {
        self.tls.server_preference.values_mut().for_each(|one| *one = Observed(false));
        self
    }

    pub(crate) fn vulnerable(mut self, id: WeaknessId, vulnerable: Reading<bool>) -> Self {
        self.tls.weaknesses.iter_mut().filter(|weakness| weakness.id == id).for_each(|weakness| weakness.vulnerable = vulnerable);
        self
    }

    pub(crate) fn chain(mut self, change: impl FnOnce(&mut Chain)) -> Self {
        change(self.tls.chain.as_mut().expect("it has one"));
        self
    }

    pub(crate) fn leaf(mut self, key: &str, bits: u32, signature: &str) -> Self {
        self.tls.certificates[0] = certificate(0, key, bits, signature);
        self
    }

    pub(crate) fn dh(mut self, bits: u32) -> Self {
        self.tls.dh_bits = Some(bits);
        self.tls.dh_parameters =
            vec![DhParameters { bits, known_as: None, prime_sha256: String::new(), flaw: None, export: false, protocols: vec![Tls12] }];
        self
    }

    pub(crate) fn extensions(mut self, change: impl FnOnce(&mut Extensions)) -> Self {
        change(&mut self.tls.extensions);
        self
    }

    pub(crate) fn hsts(mut self, hsts: Reading<Option<u64>>) -> Self {
        self.hsts = hsts;
        self
    }

    /// Nobody can say whether a version is offered.
    pub(crate) fn unsure_of(mut self, id: ProtocolId) -> Self {
        self.tls.protocols.iter_mut().filter(|one| one.id == id).for_each(|one| {
            one.offered = Unknown;
            one.reason = Some("no answer".into());
        });
        self
    }

    pub(crate) fn rating(&self) -> Rating {
        Guide::shipped().rate(&self.tls, self.hsts)
    }

    /// The letter, or `?`.
    pub(crate) fn letter(&self) -> String {
        self.rating().grade.observed().cloned().unwrap_or_else(|| "?".into())
    }
}
