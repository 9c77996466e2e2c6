//! Timestamps made by a log of our own, and by real logs of the past.

use std::sync::LazyLock;

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
    PublicKeyData as _, SigningKey as _,
};
use time::macros::datetime;

use super::{logs::Log, *};
use crate::{collect::tls::certificates::describe::parse, evidence::Reading};

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
const MADE: OffsetDateTime = datetime!(2026-05-01 12:00 UTC);
const TIMESTAMPS: &[u64] = &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];

static KEYS: LazyLock<[KeyPair; 3]> = LazyLock::new(|| {
    [&PKCS_ECDSA_P256_SHA256, &PKCS_RSA_SHA256, &PKCS_ECDSA_P256_SHA256].map(|algorithm| KeyPair::generate_for(algorithm).unwrap())
});
static LOGS: LazyLock<[Log; 2]> = LazyLock::new(|| [0, 1].map(|index| Log::of_tests(KEYS[index].subject_public_key_info())));

/// The logs that only tests know: the first signs with ECDSA, the second with RSA. The third key is that of a log nobody knows.
pub(super) fn log_of_tests(id: &[u8; 32]) -> Option<&'static Log> {
    let index = (0..2).find(|index| log_id(&KEYS[*index].subject_public_key_info()) == id)?;
    LOGS.get(index)
}

struct Pki {
    issuer: Issuer<'static, KeyPair>,
    authority: Authority,
    leaf: KeyPair,
}

fn pki() -> Pki {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "Test root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let der = params.self_signed(&key).unwrap().der().to_vec();
    let authority = Authority::of(&parse(&der).unwrap());
    Pki { issuer: Issuer::new(params, key), authority, leaf: KeyPair::generate().unwrap() }
}

impl Pki {
    fn certificate(&self, extensions: Vec<CustomExtension>) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["app.example.com".into()]).unwrap();
        params.serial_number = Some(4711.into());
        params.custom_extensions = extensions;
        params.signed_by(&self.leaf, &self.issuer).unwrap().der().to_vec()
    }

    /// A certificate with timestamps, which the logs made of the one without.
    fn with_timestamps(&self, logs: &[usize]) -> Vec<u8> {
        let before = self.certificate(vec![]);
        let body = parse(&before).unwrap().tbs_certificate.as_ref().to_vec();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let entry = [&[0, 1], &self.authority.key_hash()[..], &length[1..], &body].concat();
        let list = list(&logs.iter().map(|log| timestamp(*log, &entry, MADE)).collect::<Vec<_>>());
        let content = super::super::authority::element(4, &list);
        self.certificate(vec![CustomExtension::from_oid_content(TIMESTAMPS, content)])
    }
}

fn vector(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

fn list(timestamps: &[Vec<u8>]) -> Vec<u8> {
    vector(&timestamps.iter().flat_map(|one| vector(one)).collect::<Vec<_>>())
}

/// A timestamp, made from the text of RFC 6962 and not by the code under test.
fn timestamp(log: usize, entry: &[u8], at: OffsetDateTime) -> Vec<u8> {
    let milliseconds = u64::try_from(at.unix_timestamp()).unwrap() * 1000;
    let signed = [&[0, 0], &milliseconds.to_be_bytes()[..], entry, &[0, 0]].concat();
    let algorithm = if log == 1 { [4, 1] } else { [4, 3] };
    let signature = KEYS[log].sign(&signed).unwrap();
    let id = log_id(&KEYS[log].subject_public_key_info());
    [&[0], &id[..], &milliseconds.to_be_bytes(), &[0, 0], &algorithm, &vector(&signature)].concat()
}

fn judged(der: &[u8], issuer: Option<&Authority>) -> Vec<Reading<bool>> {
    timestamps(&parse(der).unwrap(), issuer, None, None, NOW).into_iter().map(|one| one.valid).collect()
}

#[test]
fn timestamps_in_a_certificate_are_verified_where_the_log_is_known() {
    let pki = pki();
    let der = pki.with_timestamps(&[0, 1, 2]);
    assert_eq!(judged(&der, Some(&pki.authority)), [Observed(true), Observed(true), Unknown]);
    let all = timestamps(&parse(&der).unwrap(), Some(&pki.authority), None, None, NOW);
    assert_eq!(all[0].log.as_deref(), Some("A log of the tests"));
    assert_eq!((all[0].source, all[0].at.as_str()), (TimestampSource::Certificate, "2026-05-01T12:00:00Z"));
    assert_eq!((all[2].log.as_deref(), all[2].reason.as_deref()), (None, Some("the log is not known")));
}

#[test]
fn a_timestamp_for_another_certificate_or_issuer_is_not_valid() {
    let (pki, other) = (pki(), self::pki());
    let der = pki.with_timestamps(&[0]);
    assert_eq!(judged(&der, Some(&other.authority)), [Observed(false)]);
    assert_eq!(judged(&der, None), [Unknown]);
    let parsed = parse(&der).unwrap();
    let stolen = precertificate::timestamp_list(&parsed).unwrap();
    let certificate = pki.certificate(vec![]);
    let found = timestamps(&parse(&certificate).unwrap(), Some(&pki.authority), Some(stolen), None, NOW);
    assert_eq!(found[0].valid, Observed(false));
}

#[test]
fn timestamps_of_the_handshake_and_of_the_stapled_response_are_for_the_certificate_as_it_stands() {
    let pki = pki();
    let der = pki.certificate(vec![]);
    let length = u32::try_from(der.len()).unwrap().to_be_bytes();
    let entry = [&[0, 0], &length[1..], &der].concat();
    let (handshake, response) = (list(&[timestamp(0, &entry, MADE)]), list(&[timestamp(1, &entry, MADE)]));
    let found = timestamps(&parse(&der).unwrap(), None, Some(&handshake), Some(&response), NOW);
    let seen: Vec<_> = found.iter().map(|one| (one.source, one.valid)).collect();
    assert_eq!(seen, [(TimestampSource::TlsExtension, Observed(true)), (TimestampSource::StapledResponse, Observed(true))]);
}

#[test]
fn a_timestamp_of_the_future_is_not_valid() {
    let pki = pki();
    let der = pki.certificate(vec![]);
    let length = u32::try_from(der.len()).unwrap().to_be_bytes();
    let entry = [&[0, 0], &length[1..], &der].concat();
    let list = list(&[timestamp(0, &entry, NOW + time::Duration::DAY)]);
    let found = timestamps(&parse(&der).unwrap(), None, Some(&list), None, NOW);
    assert_eq!((found[0].valid, found[0].reason.as_deref()), (Observed(false), Some("it is from the future")));
}

#[test]
fn a_broken_list_is_told() {
    let pki = pki();
    let der = pki.certificate(vec![]);
    for list in [&[][..], &[0, 5, 0], &[0, 3, 0, 9, 1], &[0, 3, 0, 1, 7], &[0, 0, 0]] {
        let found = timestamps(&parse(&der).unwrap(), None, Some(list), None, NOW);
        assert_eq!(found.iter().map(|one| one.valid).collect::<Vec<_>>(), [Observed(false)], "{list:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_list_makes_it_panic_and_none_of_chance_is_valid(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        static PKI: LazyLock<Vec<u8>> = LazyLock::new(|| pki().certificate(vec![]));
        for list in [bytes.clone(), list(std::slice::from_ref(&bytes)), vector(&bytes)] {
            let found = timestamps(&parse(&PKI).unwrap(), None, Some(&list), None, NOW);
            prop_assert!(found.len() <= MOST_TIMESTAMPS + 1);
            prop_assert!(found.iter().all(|one| one.valid != Observed(true)));
        }
    }

    #[test]
    fn one_bit_outside_of_the_timestamps_changed_makes_them_worthless(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        static PKI: LazyLock<(Pki, Vec<u8>)> = LazyLock::new(|| {
            let pki = pki();
            let der = pki.with_timestamps(&[0]);
            (pki, der)
        });
        let mut der = PKI.1.clone();
        let certificate = parse(&PKI.1).unwrap();
        let list = precertificate::timestamp_list(&certificate).unwrap();
        // The object identifier, the headers of the octet strings and that of the extension itself stand before the list.
        let start = PKI.1.windows(list.len()).position(|window| window == list).unwrap() - 21;
        let place = 4 + place.index(start - 4);
        der[place] ^= 1 << bit;
        if let Ok(changed) = parse(&der) {
            let found = timestamps(&changed, Some(&PKI.0.authority), None, None, NOW);
            prop_assert!(found.iter().all(|one| one.valid != Observed(true)), "{}", place);
        }
    }
}
