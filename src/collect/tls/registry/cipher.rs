//! What a cipher suite is made of.

/// How the two sides agree on a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum KeyExchange {
    /// None at all: only in `TLS_NULL_WITH_NULL_NULL`.
    None,
    /// Negotiated apart from the suite, as in TLS 1.3.
    Any,
    /// The client encrypts the secret for the server's RSA key.
    Rsa,
    /// Diffie-Hellman with a key of the certificate.
    Dh,
    /// Diffie-Hellman with keys of this connection, signed or anonymous.
    Dhe,
    /// Diffie-Hellman on a curve with a key of the certificate.
    Ecdh,
    /// Diffie-Hellman on a curve with keys of this connection, signed or anonymous.
    Ecdhe,
    /// A key that both sides know already (RFC 4279).
    Psk,
    /// A known key and Diffie-Hellman.
    DhePsk,
    /// A known key and Diffie-Hellman on a curve.
    EcdhePsk,
    /// A known key and a secret encrypted for the server's RSA key.
    RsaPsk,
    /// A password (RFC 5054).
    Srp,
    /// A password, by the Dragonfly exchange on a curve (RFC 8492).
    EccPwd,
    /// A Kerberos ticket (RFC 2712).
    Krb5,
    /// VKO GOST R 34.10 (RFC 9189).
    Gost,
    /// The Key Exchange Algorithm of Fortezza cards (SSL 3.0).
    Kea,
    /// X25519 and New Hope, which Google tried in 2016.
    Cecpq1,
}

impl KeyExchange {
    /// As the evidence spells it.
    pub(in crate::collect) fn name(self) -> &'static str {
        match self {
            Self::None => "NULL",
            Self::Any => "any",
            Self::Rsa => "RSA",
            Self::Dh => "DH",
            Self::Dhe => "DHE",
            Self::Ecdh => "ECDH",
            Self::Ecdhe => "ECDHE",
            Self::Psk => "PSK",
            Self::DhePsk => "DHE_PSK",
            Self::EcdhePsk => "ECDHE_PSK",
            Self::RsaPsk => "RSA_PSK",
            Self::Srp => "SRP",
            Self::EccPwd => "ECCPWD",
            Self::Krb5 => "KRB5",
            Self::Gost => "GOST",
            Self::Kea => "KEA",
            Self::Cecpq1 => "CECPQ1",
        }
    }

    /// Whether its keys are forgotten with the connection.
    pub(in crate::collect) fn is_ephemeral(self) -> bool {
        matches!(self, Self::Any | Self::Dhe | Self::Ecdhe | Self::DhePsk | Self::EcdhePsk | Self::Srp | Self::EccPwd | Self::Cecpq1)
    }

    /// Whether it needs a key that both sides know beforehand.
    pub(in crate::collect) fn needs_psk(self) -> bool {
        matches!(self, Self::Psk | Self::DhePsk | Self::EcdhePsk | Self::RsaPsk)
    }
}

/// How a server proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum Authentication {
    /// Negotiated apart from the suite, as in TLS 1.3.
    Any,
    /// An RSA key, or for static `ECDH` and `DH` a certificate that an RSA key signed.
    Rsa,
    /// A key on a curve, or for static `ECDH` a certificate that such a key signed.
    Ecdsa,
    /// A DSA key, or for static `DH` a certificate that such a key signed.
    Dss,
    /// Knowledge of the key beforehand.
    Psk,
    /// Knowledge of the password's verifier, by SRP.
    Srp,
    /// Knowledge of the password, by Dragonfly.
    EccPwd,
    /// A Kerberos ticket.
    Krb5,
    /// A GOST R 34.10 key.
    Gost,
    /// A Fortezza card.
    Fortezza,
    /// Not at all: whoever sits between can pretend to be the server.
    Anonymous,
}

impl Authentication {
    /// As the evidence spells it.
    pub(in crate::collect) fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Rsa => "RSA",
            Self::Ecdsa => "ECDSA",
            Self::Dss => "DSS",
            Self::Psk => "PSK",
            Self::Srp => "SRP",
            Self::EccPwd => "ECCPWD",
            Self::Krb5 => "KRB5",
            Self::Gost => "GOST",
            Self::Fortezza => "FORTEZZA",
            Self::Anonymous => "anonymous",
        }
    }
}

/// A cipher with the size of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum Cipher {
    Null,
    Rc4_40,
    Rc4_56,
    Rc4_64,
    Rc4_128,
    Rc2_40,
    Rc2_56,
    Rc2_128,
    Des40,
    Des,
    TripleDes,
    Idea,
    Seed,
    Skipjack,
    Aes128,
    Aes256,
    Camellia128,
    Camellia256,
    Aria128,
    Aria256,
    Sm4,
    ChaCha20,
    Gost28147,
    Magma,
    Kuznyechik,
    Aegis128L,
    Aegis256,
    Ascon128,
}

impl Cipher {
    /// As the evidence spells it.
    pub(in crate::collect) fn name(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Rc4_40 => "RC4-40",
            Self::Rc4_56 => "RC4-56",
            Self::Rc4_64 => "RC4-64",
            Self::Rc4_128 => "RC4-128",
            Self::Rc2_40 => "RC2-40",
            Self::Rc2_56 => "RC2-56",
            Self::Rc2_128 => "RC2-128",
            Self::Des40 => "DES-40",
            Self::Des => "DES",
            Self::TripleDes => "3DES",
            Self::Idea => "IDEA",
            Self::Seed => "SEED",
            Self::Skipjack => "SKIPJACK",
            Self::Aes128 => "AES-128",
            Self::Aes256 => "AES-256",
            Self::Camellia128 => "CAMELLIA-128",
            Self::Camellia256 => "CAMELLIA-256",
            Self::Aria128 => "ARIA-128",
            Self::Aria256 => "ARIA-256",
            Self::Sm4 => "SM4",
            Self::ChaCha20 => "ChaCha20",
            Self::Gost28147 => "GOST-28147",
            Self::Magma => "MAGMA",
            Self::Kuznyechik => "KUZNYECHIK",
            Self::Aegis128L => "AEGIS-128L",
            Self::Aegis256 => "AEGIS-256",
            Self::Ascon128 => "ASCON-128",
        }
    }

    /// Effective strength in bits, against the best known attack that needs no weakness of its mode: 112 for Triple DES.
    pub(in crate::collect) fn strength_bits(self) -> u32 {
        match self {
            Self::Null => 0,
            Self::Rc4_40 | Self::Rc2_40 | Self::Des40 => 40,
            Self::Rc4_56 | Self::Rc2_56 | Self::Des => 56,
            Self::Rc4_64 => 64,
            Self::Skipjack => 80,
            Self::TripleDes => 112,
            Self::Rc4_128
            | Self::Rc2_128
            | Self::Idea
            | Self::Seed
            | Self::Aes128
            | Self::Camellia128
            | Self::Aria128
            | Self::Sm4
            | Self::Aegis128L
            | Self::Ascon128 => 128,
            Self::Aes256
            | Self::Camellia256
            | Self::Aria256
            | Self::ChaCha20
            | Self::Gost28147
            | Self::Magma
            | Self::Kuznyechik
            | Self::Aegis256 => 256,
        }
    }

    /// Bytes of a key as the key block gives them; ciphers for export stretch theirs afterwards (RFC 2246, section 6.3.1).
    pub(in crate::collect) fn key_bytes(self) -> usize {
        match self {
            Self::Null => 0,
            Self::Rc4_40 | Self::Rc2_40 | Self::Des40 => 5,
            Self::Rc4_56 | Self::Rc2_56 => 7,
            Self::Rc4_64 | Self::Des => 8,
            Self::Skipjack => 10,
            Self::TripleDes => 24,
            other => usize::try_from(other.strength_bits() / 8).unwrap_or_default(),
        }
    }

    /// Bytes of a block; absent for a cipher that makes a stream, and for those that are AEAD by themselves.
    pub(in crate::collect) fn block_bytes(self) -> Option<usize> {
        match self {
            Self::Rc2_40
            | Self::Rc2_56
            | Self::Rc2_128
            | Self::Des40
            | Self::Des
            | Self::TripleDes
            | Self::Idea
            | Self::Skipjack
            | Self::Gost28147
            | Self::Magma => Some(8),
            Self::Seed
            | Self::Aes128
            | Self::Aes256
            | Self::Camellia128
            | Self::Camellia256
            | Self::Aria128
            | Self::Aria256
            | Self::Sm4
            | Self::Kuznyechik => Some(16),
            _ => None,
        }
    }
}

/// How a cipher is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum Mode {
    /// There is no cipher.
    None,
    /// Its own stream.
    Stream,
    /// Cipher block chaining.
    Cbc,
    /// Cipher feedback (an SSL 2.0 kind).
    Cfb,
    /// Counter mode with a MAC beside it.
    Ctr,
    /// The counter mode of GOST 28147-89.
    Cnt,
    /// Galois/counter mode.
    Gcm,
    /// Counter with CBC-MAC.
    Ccm,
    /// Counter with CBC-MAC, whose tag is cut to 8 bytes.
    Ccm8,
    /// Together with the authenticator Poly1305.
    Poly1305,
    /// Multilinear Galois mode (RFC 9058).
    Mgm,
    /// The cipher is AEAD by itself.
    Aead,
}

impl Mode {
    /// As the evidence spells it.
    pub(in crate::collect) fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Stream => "stream",
            Self::Cbc => "CBC",
            Self::Cfb => "CFB",
            Self::Ctr => "CTR",
            Self::Cnt => "CNT",
            Self::Gcm => "GCM",
            Self::Ccm => "CCM",
            Self::Ccm8 => "CCM-8",
            Self::Poly1305 => "Poly1305",
            Self::Mgm => "MGM",
            Self::Aead => "AEAD",
        }
    }

    /// Whether it encrypts and authenticates in one (RFC 5116).
    pub(in crate::collect) fn is_aead(self) -> bool {
        matches!(self, Self::Gcm | Self::Ccm | Self::Ccm8 | Self::Poly1305 | Self::Mgm | Self::Aead)
    }
}

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum Hash {
    Md5,
    Sha1,
    Ripemd160,
    Sha256,
    Sha384,
    Sha512,
    Sm3,
    /// GOST R 34.11, of 1994 or 2012 as the suite's key exchange has it.
    Gost,
    Ascon,
}

impl Hash {
    /// Bytes of its result.
    pub(in crate::collect) fn bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 | Self::Ripemd160 => 20,
            Self::Sha256 | Self::Sm3 | Self::Gost | Self::Ascon => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// What protects records against change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum Mac {
    /// Nothing: only in `TLS_NULL_WITH_NULL_NULL`.
    None,
    /// The cipher itself.
    Aead,
    /// HMAC, or its forerunner in SSL 3.0.
    Hmac(Hash),
    /// The MAC mode of GOST 28147-89, of 4 bytes.
    Imit,
    /// OMAC with the suite's block cipher.
    Omac,
}

impl Mac {
    /// Bytes of it in each record; absent where the cipher's mode says so.
    pub(in crate::collect) fn bytes(self) -> Option<usize> {
        match self {
            Self::None => Some(0),
            Self::Hmac(hash) => Some(hash.bytes()),
            Self::Imit => Some(4),
            Self::Aead | Self::Omac => None,
        }
    }
}
