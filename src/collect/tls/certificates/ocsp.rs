//! What an OCSP response says of a certificate, and whether it may be believed (RFC 6960): stapled or fetched, it is read alike.
//!
//! The signature is checked over the bytes as they came, never over a structure that was read and written again.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use time::{Duration, OffsetDateTime};
use x509_cert::{
    der::{Decode as _, Encode as _, asn1::OctetString, oid::AssociatedOid as _},
    ext::Extensions,
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierOwned, ObjectIdentifier},
};
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, OcspResponseStatus, Request, ResponderId,
    ResponseData, SingleResponse, TbsRequest,
};
use x509_parser::{
    certificate::X509Certificate,
    der_parser::asn1_rs::{Any, BitString, FromDer as _, OctetString as RawOctets, Tag},
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo},
};

use super::{
    authority::Authority,
    describe::{instant, parse},
    signature::{self, Signature},
    verdict::{is_future, is_past},
};
use crate::{
    evidence::{
        Reading::{self, Observed, Unknown},
        RevocationStatus,
    },
    wording::visible,
};

/// SHA-1, with which every responder knows a certificate (RFC 5019, section 2.1.1).
const SHA1_ALGORITHM: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
/// The extension with which a response carries certificate timestamps (RFC 6962, section 3.3).
const TIMESTAMPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.5");
/// How far a responder's clock may be ahead of ours.
const CLOCK_SKEW: Duration = Duration::HOUR;
/// How long a response holds that does not say how long.
const WITHOUT_NEXT_UPDATE: Duration = Duration::DAY;
/// How many certificates of a response are looked at for the responder's.
const MOST_RESPONDERS: usize = 8;

/// What a response says of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub status: RevocationStatus,
    /// RFC 3339; absent when it says nothing of the certificate.
    pub this_update: Option<String>,
    /// RFC 3339; absent when it does not say.
    pub next_update: Option<String>,
    /// Whether it may be believed at the moment of the run.
    pub valid: Reading<bool>,
    /// Why not, or why nobody can say.
    pub reason: Option<String>,
    /// A list of certificate timestamps that it carries.
    pub timestamps: Option<Vec<u8>>,
}

/// Why a response is not believed.
struct Doubt {
    valid: Reading<bool>,
    reason: String,
}

impl Doubt {
    fn wrong(reason: impl Into<String>) -> Self {
        Self { valid: Observed(false), reason: reason.into() }
    }

    fn open(reason: impl Into<String>) -> Self {
        Self { valid: Unknown, reason: reason.into() }
    }
}

/// Reads a response as of `now`. Without the issuer nobody can say whether it is valid.
pub(super) fn read(response: &[u8], certificate: &X509Certificate<'_>, issuer: Option<&Authority>, now: OffsetDateTime) -> Answer {
    match Basic::of(response) {
        Ok(basic) => basic.answer(certificate, issuer, now),
        Err(doubt) => nothing(doubt),
    }
}

/// An answer that says nothing of the certificate.
fn nothing(doubt: Doubt) -> Answer {
    Answer {
        status: RevocationStatus::Unknown,
        this_update: None,
        next_update: None,
        valid: doubt.valid,
        reason: Some(doubt.reason),
        timestamps: None,
    }
}

/// A basic response (RFC 6960, section 4.2.1), with the bytes that are signed.
struct Basic {
    data: ResponseData,
    signed: Vec<u8>,
    algorithm: String,
    signature: Vec<u8>,
    /// The certificates that came along, in DER.
    certificates: Vec<Vec<u8>>,
}

impl Basic {
    fn of(response: &[u8]) -> Result<Self, Doubt> {
        let response = OcspResponse::from_der(response).map_err(unreadable)?;
        if response.response_status != OcspResponseStatus::Successful {
            return Err(Doubt::wrong(format!("the responder gave no answer: {}", refusal(response.response_status))));
        }
        let bytes = response.response_bytes.ok_or_else(|| Doubt::wrong("the response is empty"))?;
        if bytes.response_type != BasicOcspResponse::OID {
            return Err(Doubt::open(format!("the response is of a kind that is not known: `{}`", bytes.response_type)));
        }
        Self::split(bytes.response.as_bytes()).ok_or_else(|| Doubt::wrong("not a readable OCSP response"))?.map_err(unreadable)
    }

    /// Takes a response apart without changing a byte of what is signed.
    fn split(basic: &[u8]) -> Option<Result<Self, x509_cert::der::Error>> {
        let (_, basic) = Any::from_der(basic).ok().filter(|(rest, basic)| rest.is_empty() && basic.tag() == Tag::Sequence)?;
        let (after, _) = Any::from_der(basic.data).ok()?;
        let signed = basic.data.get(..basic.data.len().checked_sub(after.len())?)?;
        let (after, algorithm) = AlgorithmIdentifier::from_der(after).ok()?;
        let (after, signature) = BitString::from_der(after).ok()?;
        let certificates = certificates(after);
        Some(ResponseData::from_der(signed).map(|data| Self {
            data,
            signed: signed.to_vec(),
            algorithm: algorithm.algorithm.to_id_string(),
            signature: signature.data.to_vec(),
            certificates,
        }))
    }

    fn answer(&self, certificate: &X509Certificate<'_>, issuer: Option<&Authority>, now: OffsetDateTime) -> Answer {
        let Some(single) = self.data.responses.iter().find(|one| is_about(&one.cert_id, certificate, issuer)) else {
            return nothing(Doubt::wrong("the response says nothing of this certificate"));
        };
        let doubt = self.doubt(single, issuer, now);
        Answer {
            status: match single.cert_status {
                CertStatus::Good(_) => RevocationStatus::Good,
                CertStatus::Revoked(_) => RevocationStatus::Revoked,
                CertStatus::Unknown(_) => RevocationStatus::Unknown,
            },
            this_update: moment(&single.this_update).map(instant),
            next_update: single.next_update.as_ref().and_then(moment).map(instant),
            valid: doubt.as_ref().map_or(Observed(true), |doubt| doubt.valid),
            reason: doubt.map(|doubt| doubt.reason),
            timestamps: single.single_extensions.as_ref().and_then(timestamps),
        }
    }

    /// Why the response is not believed; absent when it is.
    fn doubt(&self, single: &SingleResponse, issuer: Option<&Authority>, now: OffsetDateTime) -> Option<Doubt> {
        let Some(issuer) = issuer else { return Some(Doubt::open("the issuer, who has to sign it, is not known")) };
        let critical = [&self.data.response_extensions, &single.single_extensions].into_iter().flatten().flatten().any(|one| one.critical);
        if critical {
            return Some(Doubt::open("the response has a critical extension that is not known"));
        }
        self.unsigned(issuer, now).or_else(|| outdated(single, now))
    }

    /// Why the signature is not that of the issuer or of one it delegated to (RFC 6960, section 4.2.2.2).
    fn unsigned(&self, issuer: &Authority, now: OffsetDateTime) -> Option<Doubt> {
        if let Some(key) = issuer.key().filter(|key| self.is_by(issuer.name(), key)) {
            return self.forged(&key);
        }
        let mut reason = Doubt::wrong("it is signed by neither the issuer nor one whose certificate came along");
        for der in self.certificates.iter().take(MOST_RESPONDERS) {
            let Ok(responder) = parse(der) else { continue };
            if !self.is_by(responder.subject().as_raw(), responder.public_key()) {
                continue;
            }
            match not_delegated(&responder, issuer, now) {
                None => return self.forged(responder.public_key()),
                Some(why) => reason = why,
            }
        }
        Some(reason)
    }

    /// Whether the response names this responder.
    fn is_by(&self, name: &[u8], key: &SubjectPublicKeyInfo<'_>) -> bool {
        match &self.data.responder_id {
            ResponderId::ByName(responder) => responder.to_der().is_ok_and(|responder| responder == name),
            ResponderId::ByKey(responder) => responder.as_bytes() == sha1(&key.subject_public_key.data),
        }
    }

    fn forged(&self, key: &SubjectPublicKeyInfo<'_>) -> Option<Doubt> {
        match signature::on(&self.signed, &self.signature, &self.algorithm, key) {
            Signature::Own => None,
            Signature::Foreign => Some(Doubt::wrong("its signature is wrong")),
            Signature::Unknown => Some(Doubt::open("its signature is made in a way that is not checked")),
        }
    }
}

/// Why a responder may not speak for the issuer.
fn not_delegated(responder: &X509Certificate<'_>, issuer: &Authority, now: OffsetDateTime) -> Option<Doubt> {
    let is_responder = responder.extended_key_usage().is_ok_and(|usage| usage.is_some_and(|usage| usage.value.ocsp_signing));
    let by_issuer = match issuer.key() {
        Some(key) if responder.issuer().as_raw() == issuer.name() => signature::on_certificate(responder, &key),
        _ => Signature::Foreign,
    };
    match by_issuer {
        Signature::Foreign => Some(Doubt::wrong("the issuer did not certify the responder")),
        Signature::Unknown => Some(Doubt::open("the responder's certificate is signed in a way that is not checked")),
        Signature::Own if !is_responder => Some(Doubt::wrong("the responder's certificate does not permit it to answer")),
        Signature::Own if is_past(responder, now) || is_future(responder, now) => {
            Some(Doubt::wrong("the responder's certificate is not valid now"))
        }
        Signature::Own => None,
    }
}

/// Why the response does not hold now (RFC 6960, section 4.2.2.1).
fn outdated(single: &SingleResponse, now: OffsetDateTime) -> Option<Doubt> {
    let Some(from) = moment(&single.this_update) else { return Some(Doubt::wrong("the response does not say when it was made")) };
    let until = match &single.next_update {
        Some(until) => moment(until),
        None => from.checked_add(WITHOUT_NEXT_UPDATE),
    };
    if from > now.checked_add(CLOCK_SKEW).unwrap_or(now) {
        return Some(Doubt::wrong("it is from the future"));
    }
    if until.is_none_or(|until| until < now) {
        return Some(Doubt::wrong("it is out of date"));
    }
    None
}

/// Whether an identifier is that of the certificate; without the issuer, by the serial number alone.
fn is_about(id: &CertId, certificate: &X509Certificate<'_>, issuer: Option<&Authority>) -> bool {
    significant(id.serial_number.as_bytes()) == significant(certificate.raw_serial()) && issuer.is_none_or(|issuer| is_from(id, issuer))
}

fn is_from(id: &CertId, issuer: &Authority) -> bool {
    let algorithm = match id.hash_algorithm.oid.to_string().as_str() {
        "1.3.14.3.2.26" => &SHA1_FOR_LEGACY_USE_ONLY,
        "2.16.840.1.101.3.4.2.1" => &SHA256,
        "2.16.840.1.101.3.4.2.2" => &SHA384,
        "2.16.840.1.101.3.4.2.3" => &SHA512,
        _ => return false,
    };
    let Some(key) = issuer.key() else { return false };
    let hash = |bytes: &[u8]| digest::digest(algorithm, bytes);
    id.issuer_name_hash.as_bytes() == hash(issuer.name()).as_ref()
        && id.issuer_key_hash.as_bytes() == hash(&key.subject_public_key.data).as_ref()
}

/// A number without the zeros before it, of which DER has one at times.
pub(super) fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// A question for a responder about one certificate; absent where its serial number has no valid form.
pub(super) fn request(certificate: &X509Certificate<'_>, issuer: &Authority) -> Option<Vec<u8>> {
    let key = issuer.key()?;
    let req_cert = CertId {
        hash_algorithm: AlgorithmIdentifierOwned { oid: SHA1_ALGORITHM, parameters: Some(x509_cert::der::Any::null()) },
        issuer_name_hash: OctetString::new(sha1(issuer.name())).ok()?,
        issuer_key_hash: OctetString::new(sha1(&key.subject_public_key.data)).ok()?,
        serial_number: SerialNumber::new(certificate.raw_serial()).ok()?,
    };
    let request = Request { req_cert, single_request_extensions: None };
    let tbs_request = TbsRequest { request_list: vec![request], ..TbsRequest::default() };
    OcspRequest { tbs_request, optional_signature: None }.to_der().ok()
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

/// The certificates in the last field of a basic response, as far as they can be told apart.
fn certificates(field: &[u8]) -> Vec<Vec<u8>> {
    let outer = Any::from_der(field).ok().filter(|(_, outer)| outer.tag() == Tag(0)).map(|(_, outer)| outer.data);
    let Some(Ok((_, list))) = outer.map(Any::from_der) else { return vec![] };
    let (mut rest, mut found) = (list.data, vec![]);
    while let Ok((after, _)) = Any::from_der(rest) {
        found.extend(rest.len().checked_sub(after.len()).and_then(|length| rest.get(..length)).map(<[u8]>::to_vec));
        rest = after;
        if found.len() == MOST_RESPONDERS {
            break;
        }
    }
    found
}

fn timestamps(extensions: &Extensions) -> Option<Vec<u8>> {
    let extension = extensions.iter().find(|extension| extension.extn_id == TIMESTAMPS)?;
    RawOctets::from_der(extension.extn_value.as_bytes()).ok().map(|(_, list)| list.as_ref().to_vec())
}

fn moment(time: &OcspGeneralizedTime) -> Option<OffsetDateTime> {
    i64::try_from(time.0.to_unix_duration().as_secs()).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
}

fn unreadable(problem: x509_cert::der::Error) -> Doubt {
    Doubt::wrong(visible(&format!("not a readable OCSP response: {problem}")))
}

fn refusal(status: OcspResponseStatus) -> &'static str {
    match status {
        OcspResponseStatus::Successful => "successful",
        OcspResponseStatus::MalformedRequest => "malformed request",
        OcspResponseStatus::InternalError => "internal error",
        OcspResponseStatus::TryLater => "try later",
        OcspResponseStatus::SigRequired => "signature required",
        OcspResponseStatus::Unauthorized => "unauthorized",
    }
}
