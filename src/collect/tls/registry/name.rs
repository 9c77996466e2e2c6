//! What the name of a cipher suite says: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` to its parts.

use super::cipher::{Authentication as A, Cipher, Hash, KeyExchange as K, Mac, Mode};

/// The parts of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) key_exchange: K,
    pub(super) authentication: A,
    pub(super) cipher: Cipher,
    pub(super) mode: Mode,
    pub(super) mac: Mac,
    pub(super) hash: Hash,
    pub(super) export: bool,
}

/// The parts of a suite's name; `None` where one of them is not known.
pub(super) fn parts(name: &str) -> Option<Parts> {
    let name = name.strip_prefix("TLS_").or_else(|| name.strip_prefix("SSL_"))?;
    let name = name.strip_suffix("_OLD").unwrap_or(name);
    let (exchange, protection) = name.split_once("_WITH_").unwrap_or(("", name));
    let (exchange, export) = match exchange.split_once("_EXPORT") {
        Some((exchange, "" | "1024")) => (exchange, true),
        Some(_) => return None,
        None => (exchange, false),
    };
    let (cipher, mode, mac, hash) = protection_of(protection)?;
    // RFC 9367 gives its suites for TLS 1.3 names of the older form.
    let exchange = if mode == Mode::Mgm { "" } else { exchange };
    let (_, key_exchange, authentication) = *EXCHANGES.iter().find(|(known, ..)| *known == exchange)?;
    Some(Parts { key_exchange, authentication, cipher, mode, mac, hash, export })
}

fn protection_of(name: &str) -> Option<(Cipher, Mode, Mac, Hash)> {
    let integrity_alone = [("SHA256_SHA256", Hash::Sha256), ("SHA384_SHA384", Hash::Sha384)];
    if let Some((_, hash)) = integrity_alone.into_iter().find(|(known, _)| *known == name) {
        return Some((Cipher::Null, Mode::None, Mac::Hmac(hash), hash));
    }
    CIPHERS.iter().find_map(|(known, cipher, mode)| {
        let (mac, hash) = mac_of(name.strip_prefix(known)?)?;
        Some((*cipher, *mode, if mode.is_aead() { Mac::Aead } else { mac }, hash))
    })
}

fn mac_of(name: &str) -> Option<(Mac, Hash)> {
    let hash = match name {
        "_NULL" => return Some((Mac::None, Hash::Sha256)),
        "_IMIT" => return Some((Mac::Imit, Hash::Gost)),
        "_OMAC" => return Some((Mac::Omac, Hash::Gost)),
        // RFC 9367: the suites for large and for small amounts of data.
        "_L" | "_S" | "_GOSTR3411" | "_GOST94" => Hash::Gost,
        "_MD5" => Hash::Md5,
        "_SHA" => Hash::Sha1,
        "_RMD" => Hash::Ripemd160,
        // RFC 6655, section 3: the suites with CCM use SHA-256 unnamed.
        "" | "_SHA256" => Hash::Sha256,
        "_SHA384" => Hash::Sha384,
        "_SHA512" => Hash::Sha512,
        "_SM3" => Hash::Sm3,
        "_ASCONHASH256" => Hash::Ascon,
        _ => return None,
    };
    Some((Mac::Hmac(hash), hash))
}

/// Anonymous `DH` and `ECDH` use keys of the connection (RFC 5246, section 7.4.3; RFC 8422, section 2.3).
const EXCHANGES: &[(&str, K, A)] = &[
    ("", K::Any, A::Any),
    ("NULL", K::None, A::Anonymous),
    ("RSA", K::Rsa, A::Rsa),
    ("RSA_FIPS", K::Rsa, A::Rsa),
    ("RSA_OLDFIPS", K::Rsa, A::Rsa),
    ("DH_DSS", K::Dh, A::Dss),
    ("DH_RSA", K::Dh, A::Rsa),
    ("DH_anon", K::Dhe, A::Anonymous),
    ("DHE_DSS", K::Dhe, A::Dss),
    ("DHE_RSA", K::Dhe, A::Rsa),
    ("ECDH_ECDSA", K::Ecdh, A::Ecdsa),
    ("ECDH_RSA", K::Ecdh, A::Rsa),
    ("ECDH_anon", K::Ecdhe, A::Anonymous),
    ("ECDHE_ECDSA", K::Ecdhe, A::Ecdsa),
    ("ECDHE_RSA", K::Ecdhe, A::Rsa),
    ("PSK", K::Psk, A::Psk),
    ("DHE_PSK", K::DhePsk, A::Psk),
    ("PSK_DHE", K::DhePsk, A::Psk),
    ("ECDHE_PSK", K::EcdhePsk, A::Psk),
    ("RSA_PSK", K::RsaPsk, A::Rsa),
    ("SRP_SHA", K::Srp, A::Srp),
    ("SRP_SHA_RSA", K::Srp, A::Rsa),
    ("SRP_SHA_DSS", K::Srp, A::Dss),
    ("ECCPWD", K::EccPwd, A::EccPwd),
    ("KRB5", K::Krb5, A::Krb5),
    ("FORTEZZA_KEA", K::Kea, A::Fortezza),
    ("CECPQ1_RSA", K::Cecpq1, A::Rsa),
    ("CECPQ1_ECDSA", K::Cecpq1, A::Ecdsa),
    ("GOSTR341094", K::Gost, A::Gost),
    ("GOSTR341001", K::Gost, A::Gost),
    ("GOSTR341112_256", K::Gost, A::Gost),
    ("GOSTR341094_RSA", K::Gost, A::Rsa),
];

/// Every beginning stands before the shorter one that it contains: the first whose end is understood counts.
const CIPHERS: &[(&str, Cipher, Mode)] = &[
    ("NULL", Cipher::Null, Mode::None),
    ("RC4_40", Cipher::Rc4_40, Mode::Stream),
    ("RC4_56", Cipher::Rc4_56, Mode::Stream),
    ("RC4_128", Cipher::Rc4_128, Mode::Stream),
    ("RC2_CBC_40", Cipher::Rc2_40, Mode::Cbc),
    ("RC2_CBC_56", Cipher::Rc2_56, Mode::Cbc),
    ("DES40_CBC", Cipher::Des40, Mode::Cbc),
    ("DES_CBC_40", Cipher::Des40, Mode::Cbc),
    ("DES_CBC", Cipher::Des, Mode::Cbc),
    ("3DES_EDE_CBC", Cipher::TripleDes, Mode::Cbc),
    ("IDEA_CBC", Cipher::Idea, Mode::Cbc),
    ("SEED_CBC", Cipher::Seed, Mode::Cbc),
    ("FORTEZZA_CBC", Cipher::Skipjack, Mode::Cbc),
    ("AES_128_CCM_8", Cipher::Aes128, Mode::Ccm8),
    ("AES_256_CCM_8", Cipher::Aes256, Mode::Ccm8),
    ("AES_128_CCM", Cipher::Aes128, Mode::Ccm),
    ("AES_256_CCM", Cipher::Aes256, Mode::Ccm),
    ("AES_128_GCM", Cipher::Aes128, Mode::Gcm),
    ("AES_256_GCM", Cipher::Aes256, Mode::Gcm),
    ("AES_128_CBC", Cipher::Aes128, Mode::Cbc),
    ("AES_256_CBC", Cipher::Aes256, Mode::Cbc),
    ("CAMELLIA_128_GCM", Cipher::Camellia128, Mode::Gcm),
    ("CAMELLIA_256_GCM", Cipher::Camellia256, Mode::Gcm),
    ("CAMELLIA_128_CBC", Cipher::Camellia128, Mode::Cbc),
    ("CAMELLIA_256_CBC", Cipher::Camellia256, Mode::Cbc),
    ("ARIA_128_GCM", Cipher::Aria128, Mode::Gcm),
    ("ARIA_256_GCM", Cipher::Aria256, Mode::Gcm),
    ("ARIA_128_CBC", Cipher::Aria128, Mode::Cbc),
    ("ARIA_256_CBC", Cipher::Aria256, Mode::Cbc),
    ("SM4_GCM", Cipher::Sm4, Mode::Gcm),
    ("SM4_CCM", Cipher::Sm4, Mode::Ccm),
    ("CHACHA20_POLY1305", Cipher::ChaCha20, Mode::Poly1305),
    ("28147_CNT", Cipher::Gost28147, Mode::Cnt),
    ("MAGMA_CTR", Cipher::Magma, Mode::Ctr),
    ("KUZNYECHIK_CTR", Cipher::Kuznyechik, Mode::Ctr),
    ("MAGMA_MGM", Cipher::Magma, Mode::Mgm),
    ("KUZNYECHIK_MGM", Cipher::Kuznyechik, Mode::Mgm),
    ("AEGIS_128L", Cipher::Aegis128L, Mode::Aead),
    ("AEGIS_256", Cipher::Aegis256, Mode::Aead),
    ("ASCONAEAD128", Cipher::Ascon128, Mode::Aead),
];
