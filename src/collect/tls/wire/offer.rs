//! The hello that asks for one version and no other, offering every cipher suite, group and signature algorithm a server may insist on.

use super::{ClientHello, Extension, Ssl2ClientHello, Version, bytes::join16};

/// Bytes that somebody else must choose at random.
#[derive(Clone, Copy, Debug)]
pub(in crate::collect) struct Entropy {
    random: [u8; 32],
    session_id: [u8; 32],
    key_share: [u8; 32],
}

impl Entropy {
    /// Random bytes for one hello.
    pub(in crate::collect) fn new(mut random: [u8; 32], session_id: [u8; 32], key_share: [u8; 32]) -> Self {
        // An HTTP server that reads lines answers at the end of one, and would be taken for a silent port without it.
        if let Some(end) = random.last_chunk_mut() {
            *end = *b"\r\n\r\n";
        }
        Self { random, session_id, key_share }
    }
}

/// What a hello offers: one version and no other, and of everything else as much as the question leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Offer {
    /// The version.
    pub version: Version,
    /// The host's name; without one, the hello is to whoever answers.
    pub server_name: Option<String>,
    /// Cipher suites, best first. SSL 2.0 is offered with all its cipher kinds instead.
    pub cipher_suites: Vec<u16>,
    /// Groups for key exchange, best first; none leaves the extension out.
    pub groups: Vec<u16>,
    /// Whether a TLS 1.3 hello brings a share for X25519, or none at all, which makes a server name the group it wants.
    pub with_key_share: bool,
    /// Signature algorithms, best first, from TLS 1.2 on; none leaves the extension out.
    pub signature_algorithms: Vec<u16>,
    /// Compression methods, best first.
    pub compression: Vec<u8>,
    /// A session to resume; absent for the one that every hello of its version has.
    pub session_id: Option<Vec<u8>>,
    /// The version field of the hello, where it must not be that of the version.
    pub legacy_version: Option<Version>,
    /// Extensions beside those of the version, which they replace where they are of the same kind.
    pub more: Vec<Extension>,
    /// Kinds of extensions that are left out.
    pub without: Vec<u16>,
}

impl Offer {
    /// Everything that a server may insist on, to a host by its name or, without one, to whoever answers.
    pub(in crate::collect) fn of(version: Version, server_name: Option<&str>) -> Self {
        Self {
            version,
            server_name: server_name.map(str::to_owned),
            cipher_suites: cipher_suites(version),
            groups: if version == Version::TLS13 { TLS13_GROUPS.to_vec() } else { OLD_GROUPS.to_vec() },
            with_key_share: true,
            signature_algorithms: SIGNATURE_ALGORITHMS.to_vec(),
            compression: vec![0],
            session_id: None,
            legacy_version: None,
            more: vec![],
            without: vec![],
        }
    }

    /// The same with these suites instead.
    pub(in crate::collect) fn with_suites(self, suites: &[u16]) -> Self {
        Self { cipher_suites: suites.to_vec(), ..self }
    }

    /// The same with these groups instead.
    pub(in crate::collect) fn with_groups(self, groups: &[u16]) -> Self {
        Self { groups: groups.to_vec(), ..self }
    }

    /// The same with one more extension.
    pub(in crate::collect) fn with(mut self, kind: u16, body: Vec<u8>) -> Self {
        self.more.push(extension(kind, body));
        self
    }

    /// The bytes of the hello in its record.
    pub(in crate::collect) fn write(&self, entropy: &Entropy) -> Vec<u8> {
        if self.version == Version::SSL2 {
            let challenge = entropy.random.last_chunk().expect("32 bytes end in 16");
            return Ssl2ClientHello::probe(*challenge).write();
        }
        self.hello(entropy).write()
    }

    /// The hello; not for SSL 2.0, which has one of its own.
    pub(in crate::collect) fn hello(&self, entropy: &Entropy) -> ClientHello {
        // TLS 1.3 looks like a resumption, for middleboxes (RFC 8446, appendix D.4).
        let usual_session = || if self.version == Version::TLS13 { entropy.session_id.to_vec() } else { vec![] };
        ClientHello {
            // Old servers refuse a record above TLS 1.0, and SSL 3.0 knows nothing above itself (RFC 8446, section 5.1).
            record_version: self.version.min(Version::TLS10),
            legacy_version: self.legacy_version.unwrap_or(self.version.min(Version::TLS12)),
            random: entropy.random,
            session_id: self.session_id.clone().unwrap_or_else(usual_session),
            cipher_suites: self.cipher_suites.clone(),
            compression: self.compression.clone(),
            extensions: self.extensions(entropy),
        }
    }

    /// No extension without content stands last: some old servers stop reading there.
    fn extensions(&self, entropy: &Entropy) -> Vec<Extension> {
        let name = self.server_name.as_deref().map(server_name_extension);
        let usual = match self.version {
            Version::SSL3 => vec![],
            Version::TLS13 => self.tls13_extensions(entropy),
            _ => self.old_extensions(),
        };
        let replaced = |kind| self.without.contains(&kind) || self.more.iter().any(|more| more.kind == kind);
        let kept = usual.into_iter().filter(|usual| !replaced(usual.kind));
        name.into_iter().filter(|name| !replaced(name.kind)).chain(self.more.iter().cloned()).chain(kept).collect()
    }

    fn tls13_extensions(&self, entropy: &Entropy) -> Vec<Extension> {
        let shares = if self.with_key_share { key_share(&entropy.key_share) } else { extension(Extension::KEY_SHARE, vec![0, 0]) };
        let lists = [self.groups(), self.signature_algorithms()];
        let rest = [
            extension(Extension::SUPPORTED_VERSIONS, [&[2][..], &self.version.0.to_be_bytes()].concat()),
            extension(45, vec![1, 1]), // psk_key_exchange_modes: with (EC)DHE
            shares,
        ];
        lists.into_iter().flatten().chain(rest).collect()
    }

    /// What TLS 1.0 to 1.2 have in common: extended master secret (some servers insist), groups, point formats, safe renegotiation.
    fn old_extensions(&self) -> Vec<Extension> {
        let signatures = self.signature_algorithms().filter(|_| self.version == Version::TLS12);
        let groups = self.groups();
        let points = groups.is_some().then(|| extension(11, vec![1, 0]));
        let ends = [groups, points, Some(extension(Extension::RENEGOTIATION_INFO, vec![0])), signatures];
        std::iter::once(extension(Extension::EXTENDED_MASTER_SECRET, vec![])).chain(ends.into_iter().flatten()).collect()
    }

    fn groups(&self) -> Option<Extension> {
        (!self.groups.is_empty()).then(|| extension(Extension::SUPPORTED_GROUPS, with_length16(&join16(&self.groups))))
    }

    fn signature_algorithms(&self) -> Option<Extension> {
        let list = || extension(Extension::SIGNATURE_ALGORITHMS, with_length16(&join16(&self.signature_algorithms)));
        (!self.signature_algorithms.is_empty()).then(list)
    }
}

fn cipher_suites(version: Version) -> Vec<u16> {
    match version {
        Version::TLS13 => TLS13_SUITES.to_vec(),
        Version::TLS12 => [TLS12_SUITES.as_slice(), &OLD_SUITES].concat(),
        // Without extensions, the signalling suite says that renegotiation is safe (RFC 5746); some servers insist.
        Version::SSL3 => [OLD_SUITES.as_slice(), &STATIC_DH_SUITES, &[RENEGOTIATION_SCSV]].concat(),
        _ => [OLD_SUITES.as_slice(), &STATIC_DH_SUITES].concat(),
    }
}

/// Not a suite: what a client without extensions says of safe renegotiation (RFC 5746, section 3.3).
pub(in crate::collect) const RENEGOTIATION_SCSV: u16 = 0x00ff;

fn extension(kind: u16, body: Vec<u8>) -> Extension {
    Extension { kind, body }
}

/// RFC 6066, section 3: one entry of the type "host name".
fn server_name_extension(name: &str) -> Extension {
    let name = with_length16(name.as_bytes());
    let entry = [&[0][..], &name].concat();
    extension(0, with_length16(&entry))
}

/// One share, for X25519: where the server prefers another group, its hello retry request says as much about the version.
fn key_share(public_key: &[u8; 32]) -> Extension {
    const X25519: u16 = 0x001d;
    // No public key has the highest bit (RFC 7748, section 5), and some servers refuse one that has.
    let mut public_key = *public_key;
    if let Some(last) = public_key.last_mut() {
        *last &= 0x7f;
    }
    let entry = [&X25519.to_be_bytes()[..], &with_length16(&public_key)].concat();
    extension(Extension::KEY_SHARE, with_length16(&entry))
}

fn with_length16(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    super::bytes::put_vector16(&mut out, body);
    out
}

/// AES-GCM, `ChaCha20`, AES-CCM, GM/T SM4 (RFC 8998) and integrity only (RFC 9150).
const TLS13_SUITES: [u16; 9] = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x00c6, 0x00c7, 0xc0b4, 0xc0b5];

/// What TLS 1.2 added. With the old ones not more than 128, for old servers and middleboxes fail beyond.
#[rustfmt::skip]
const TLS12_SUITES: [u16; 59] = [
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, // ECDHE with AES-GCM, ChaCha20
    0x009e, 0x009f, 0xccaa, 0x009c, 0x009d, // DHE and RSA
    0xc023, 0xc024, 0xc027, 0xc028, 0x0067, 0x006b, 0x003c, 0x003d, // AES-CBC with SHA-2
    0x00a2, 0x00a3, 0x0040, 0x006a, // DSS
    0xc09e, 0xc09f, 0xc09c, 0xc09d, 0xc0ac, 0xc0ad, // CCM
    0xc0ae, 0xc0af, 0xc0a0, 0xc0a1, 0xc0a2, 0xc0a3, // CCM with short tags, which small devices have and nothing else
    0xc02d, 0xc02e, 0xc031, 0xc032, // static ECDH
    0x00a6, 0x00a7, 0x006c, 0x006d, 0x003b, // anonymous, and no encryption
    0x00be, 0x00c4, 0x00ba, 0x00c0, 0xc072, 0xc076, 0xc07a, 0xc07b, 0xc086, 0xc08a, // Camellia
    0xc05c, 0xc060, 0xc050, 0xc052, // ARIA
    0xc102, // GOST R 34.12-2015
];

/// What SSL 3.0 to TLS 1.1 have, down to export, anonymous and unencrypted.
#[rustfmt::skip]
const OLD_SUITES: [u16; 68] = [
    0xc009, 0xc00a, 0xc013, 0xc014, 0xc008, 0xc012, 0xc007, 0xc011, // ECDHE: AES, 3DES, RC4
    0x0033, 0x0039, 0x0032, 0x0038, 0x0016, 0x0013, 0x0045, 0x0088, 0x0044, 0x0087, 0x009a, 0x0099, // DHE: AES, 3DES, Camellia, SEED
    0x002f, 0x0035, 0x000a, 0x0005, 0x0004, 0x0041, 0x0084, 0x0096, 0x0007, 0x0009, // RSA: AES, 3DES, RC4, Camellia, SEED, IDEA, DES
    0xc004, 0xc005, 0xc00e, 0xc00f, 0xc003, 0xc00d, 0xc002, 0xc00c, // static ECDH
    0x0034, 0x003a, 0x001b, 0x0018, 0x0046, 0x0089, 0xc018, 0xc019, 0xc017, 0xc016, 0x001a, // anonymous
    0x0015, 0x0012, 0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0017, 0x0019, 0x0062, 0x0064, // DES, export
    0x0002, 0x0001, 0xc006, 0xc010, // no encryption
    0x0080, 0x0081, // GOST 2001
];

/// Static DH, left out of the hello for TLS 1.2 to keep it short: no authority issues such certificates any more.
const STATIC_DH_SUITES: [u16; 6] = [0x0031, 0x0037, 0x0030, 0x0036, 0x0010, 0x000d];

/// No finite-field group: one that the server lacks would rule out DHE altogether (RFC 7919, section 4).
const OLD_GROUPS: [u16; 11] = [0x1d, 0x17, 0x18, 0x19, 0x1e, 0x1a, 0x1b, 0x1c, 0x16, 0x15, 0x13];

/// ML-KEM hybrids, ML-KEM alone, elliptic curves, finite fields, Brainpool, SM2, and the draft of Kyber.
const TLS13_GROUPS: [u16; 21] = [
    0x1d, 0x17, 0x18, 0x19, 0x1e, 0x11ec, 0x11eb, 0x11ed, 0x0200, 0x0201, 0x0202, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x1f, 0x20, 0x21,
    0x29, 0x6399,
];

/// ECDSA, `EdDSA`, RSA-PSS, RSA PKCS #1, DSA, ML-DSA, Brainpool, SM2, SHA-1 and GOST.
pub(in crate::collect) const SIGNATURE_ALGORITHMS: [u16; 30] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601, 0x0904, 0x0905, 0x0906,
    0x081a, 0x081b, 0x081c, 0x0708, 0x0303, 0x0301, 0x0402, 0x0203, 0x0201, 0x0202, 0x0709, 0x0840, 0x0841,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const VERSIONS: [Version; 5] = [Version::SSL3, Version::TLS10, Version::TLS11, Version::TLS12, Version::TLS13];

    fn probe(version: Version, name: Option<&str>) -> ClientHello {
        Offer::of(version, name).hello(&Entropy::new([1; 32], [2; 32], [3; 32]))
    }

    #[test]
    fn every_hello_stays_below_the_size_that_old_middleboxes_drop() {
        let name = format!("{}.example.com", "a".repeat(40));
        for version in VERSIONS {
            let length = probe(version, Some(&name)).write().len();
            assert!(length < 500, "{version:?}: {length}");
        }
    }

    #[test]
    fn no_hello_offers_more_suites_than_old_servers_read_or_one_twice() {
        for version in VERSIONS {
            let suites = probe(version, None).cipher_suites;
            assert!(suites.len() <= 128, "{version:?}: {}", suites.len());
            assert_eq!(suites.iter().collect::<BTreeSet<_>>().len(), suites.len(), "{version:?}");
        }
    }

    #[test]
    fn a_server_with_short_tags_only_or_static_dh_only_shares_a_suite() {
        assert!([0xc0a0, 0xc0a1, 0xc0ae, 0xc0af].iter().all(|suite| probe(Version::TLS12, None).cipher_suites.contains(suite)));
        assert!(STATIC_DH_SUITES.iter().all(|suite| probe(Version::TLS10, None).cipher_suites.contains(suite)));
    }

    #[test]
    fn only_tls_1_3_sends_supported_versions() {
        let senders: Vec<Version> =
            VERSIONS.into_iter().filter(|&version| probe(version, None).extensions.iter().any(|extension| extension.kind == 43)).collect();
        assert_eq!(senders, [Version::TLS13]);
    }

    #[test]
    fn up_to_tls_1_2_the_hello_names_exactly_the_version_asked_for() {
        for version in VERSIONS {
            assert_eq!(probe(version, None).legacy_version, version.min(Version::TLS12));
        }
    }

    #[test]
    fn ssl_3_0_gets_no_extensions() {
        assert_eq!(probe(Version::SSL3, None).extensions, vec![]);
    }

    #[test]
    fn every_hello_holds_the_end_of_a_line_for_http_servers_that_wait_for_one() {
        for version in [Version::SSL2].into_iter().chain(VERSIONS) {
            let bytes = Offer::of(version, None).write(&Entropy::new([1; 32], [2; 32], [3; 32]));
            assert!(bytes.windows(4).any(|window| window == b"\r\n\r\n"), "{version:?}");
        }
    }
}
