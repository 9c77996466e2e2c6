//! Id tokens as an attacker would make them (RFC 7519, RFC 8725): well-formed, and never genuine.

use std::{collections::BTreeMap, sync::LazyLock};

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::evidence::Forgery;

/// For how many seconds a forged token holds, as the platform's own do.
const LIFETIME: i64 = 300;

/// How far before now it begins to hold, in seconds.
const LEEWAY: i64 = 60;

/// An issuer that there is none of (RFC 6761, section 6.4).
const OTHER_ISSUER: &str = "https://issuer.invalid";

/// An audience that is nobody's.
const OTHER_AUDIENCE: &str = "redflag-another-audience";

/// The key of this run: made anew, and forgotten with it. Making it takes some tenths of a second.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("the system gives random numbers"));

/// What a token says.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) nonce: Option<String>,
    /// What the platform's tokens say beside the standard's claims, with harmless values.
    pub(super) others: BTreeMap<String, String>,
    pub(super) now: OffsetDateTime,
}

/// How a token pretends to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// Not at all.
    None,
    /// With our key, which the app cannot know.
    OwnKey,
    /// With our key, which the header names itself.
    EmbeddedKey,
}

impl Signature {
    /// What is forged with it alone.
    pub(super) fn forgery(self) -> Forgery {
        match self {
            Self::None => Forgery::AlgorithmNone,
            Self::OwnKey => Forgery::WrongKey,
            Self::EmbeddedKey => Forgery::EmbeddedKey,
        }
    }
}

/// Makes the key, which takes its time, where nobody waits for it.
pub(super) async fn prepare() {
    let made = tokio::task::spawn_blocking(|| {
        LazyLock::force(&KEY);
    });
    made.await.expect("making a key does not panic, and is never aborted");
}

/// A token; of `flaw`, issuer, audience and expiry change what it says.
pub(super) fn forged(claims: &Claims, signature: Signature, flaw: Option<Forgery>) -> String {
    let parts = [header(signature), payload(claims, flaw)].map(|part| encoded(part.to_string().as_bytes()));
    let content = parts.join(".");
    let proof = if signature == Signature::None { String::new() } else { encoded(&signature_of(content.as_bytes())) };
    format!("{content}.{proof}")
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn header(signature: Signature) -> Value {
    match signature {
        Signature::None => json!({ "alg": "none", "typ": "JWT" }),
        Signature::OwnKey => json!({ "alg": "RS256", "typ": "JWT" }),
        Signature::EmbeddedKey => json!({ "alg": "RS256", "typ": "JWT", "jwk": public_key() }),
    }
}

fn payload(claims: &Claims, flaw: Option<Forgery>) -> Value {
    let issuer = if flaw == Some(Forgery::WrongIssuer) { OTHER_ISSUER } else { &claims.issuer };
    let audience = if flaw == Some(Forgery::WrongAudience) { OTHER_AUDIENCE } else { &claims.audience };
    // Long enough ago that no clock skew excuses it.
    let age = if flaw == Some(Forgery::Expired) { 86_400 } else { 0 };
    let start = claims.now.unix_timestamp().saturating_sub(age);
    let mut payload = json!({
        "iss": issuer,
        "aud": audience,
        "sub": "redflag-nobody",
        "iat": start,
        "nbf": start.saturating_sub(LEEWAY),
        "exp": start.saturating_add(LIFETIME),
    });
    if let Value::Object(said) = &mut payload {
        said.extend(claims.nonce.iter().map(|nonce| ("nonce".to_owned(), json!(nonce))));
        said.extend(claims.others.iter().map(|(name, value)| (name.clone(), json!(value))));
    }
    payload
}

fn signature_of(text: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).expect("a key of our own signs");
    signature
}

/// The public key as a header carries it (RFC 7517, RFC 7518 section 6.3.1).
fn public_key() -> Value {
    let (modulus, exponent) = numbers();
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "n": encoded(&modulus), "e": encoded(&exponent) })
}

/// The modulus and the exponent, without leading zeros.
fn numbers() -> (Vec<u8>, Vec<u8>) {
    use x509_parser::{prelude::FromDer as _, public_key::PublicKey, x509::SubjectPublicKeyInfo};
    let der = KEY.public_key().as_der().expect("a public key of our own has a DER form");
    let bare = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
    let numbers = SubjectPublicKeyInfo::from_der(der.as_ref()).ok().and_then(|(_, info)| match info.parsed().ok()? {
        PublicKey::RSA(key) => Some((bare(key.modulus), bare(key.exponent))),
        _ => None,
    });
    numbers.expect("the key is an RSA key")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
    use proptest::prelude::*;

    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

    fn claims() -> Claims {
        Claims {
            issuer: "https://sign-in.example".into(),
            audience: "client".into(),
            nonce: Some("n-1".into()),
            others: BTreeMap::from([("ctx".into(), "Nobody".into())]),
            now: NOW,
        }
    }

    /// The header, the claims and the signature of a token, and what is signed.
    fn parts(token: &str) -> (Value, Value, Vec<u8>, String) {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else { panic!("{token}") };
        let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        (json(header), json(payload), URL_SAFE_NO_PAD.decode(signature).unwrap(), format!("{header}.{payload}"))
    }

    #[test]
    fn an_unsigned_token_says_so_and_has_an_empty_signature() {
        let (header, payload, signature, _) = parts(&forged(&claims(), Signature::None, None));
        assert_eq!((header["alg"].as_str(), signature.len()), (Some("none"), 0));
        assert_eq!(
            (payload["iss"].as_str(), payload["nonce"].as_str(), payload["ctx"].as_str()),
            (Some("https://sign-in.example"), Some("n-1"), Some("Nobody"))
        );
        assert!(payload["exp"].as_i64().unwrap() > NOW.unix_timestamp() && payload["nbf"].as_i64().unwrap() < NOW.unix_timestamp());
    }

    #[test]
    fn a_token_with_its_own_key_is_signed_by_that_key() {
        let (header, _, signature, signed) = parts(&forged(&claims(), Signature::EmbeddedKey, None));
        let number = |name: &str| URL_SAFE_NO_PAD.decode(header["jwk"][name].as_str().unwrap()).unwrap();
        let key = RsaPublicKeyComponents { n: number("n"), e: number("e") };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).unwrap();
        let (header, _, signature, signed) = parts(&forged(&claims(), Signature::OwnKey, None));
        assert!(header.get("jwk").is_none());
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn a_flaw_changes_one_claim_and_no_other() {
        let plain = parts(&forged(&claims(), Signature::None, None)).1;
        for (flaw, changed) in
            [(Forgery::WrongIssuer, &["iss"][..]), (Forgery::WrongAudience, &["aud"]), (Forgery::Expired, &["exp", "iat", "nbf"])]
        {
            let flawed = parts(&forged(&claims(), Signature::None, Some(flaw))).1;
            let differ: Vec<&str> =
                plain.as_object().unwrap().iter().filter(|(name, value)| flawed[*name] != **value).map(|(name, _)| name.as_str()).collect();
            assert_eq!(differ, changed, "{flaw:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_claims_are_the_token_can_be_read(issuer in ".*", nonce in proptest::option::of(".*"), name in ".{1,9}") {
            let claims = Claims { issuer: issuer.clone(), nonce: nonce.clone(), others: BTreeMap::from([(format!("x-{name}"), name.clone())]), ..claims() };
            let payload = parts(&forged(&claims, Signature::None, None)).1;
            prop_assert_eq!(payload["iss"].as_str(), Some(issuer.as_str()));
            prop_assert_eq!(payload["nonce"].as_str(), nonce.as_deref());
        }
    }
}
