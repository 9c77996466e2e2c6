//! What a list of revoked certificates says (RFC 5280, section 5), and whether it may be believed.

use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{DistributionPointName, GeneralName, IssuingDistributionPoint, ParsedExtension},
    prelude::FromDer as _,
    revocation_list::CertificateRevocationList,
};

use super::super::{
    authority::Authority,
    ocsp::significant,
    signature::{self, Signature},
};
use crate::wording::visible;

/// How far the clock of whoever made the list may be ahead of ours.
const CLOCK_SKEW: time::Duration = time::Duration::HOUR;

/// Whether a list names a certificate.
///
/// # Errors
/// In words, why the list is not believed or not for this certificate.
pub(super) fn names(list: &[u8], certificate: &X509Certificate<'_>, issuer: &Authority, now: OffsetDateTime) -> Result<bool, String> {
    let list = match CertificateRevocationList::from_der(list) {
        Ok(([], list)) => list,
        Ok((rest, _)) => return Err(format!("{} bytes too many after the list", rest.len())),
        Err(problem) => return Err(visible(&format!("not a readable list of revoked certificates: {problem}"))),
    };
    is_signed(&list, issuer)?;
    holds(&list, now)?;
    is_about(&list, certificate)?;
    let serial = significant(certificate.raw_serial());
    Ok(list.iter_revoked_certificates().any(|entry| significant(entry.raw_serial()) == serial))
}

fn is_signed(list: &CertificateRevocationList<'_>, issuer: &Authority) -> Result<(), String> {
    if list.issuer().as_raw() != issuer.name() {
        return Err("the list is not the issuer's".into());
    }
    let algorithm = list.signature_algorithm.algorithm.to_id_string();
    let key = issuer.key().ok_or("the issuer's key cannot be read")?;
    match signature::on(list.tbs_cert_list.as_ref(), &list.signature_value.data, &algorithm, &key) {
        Signature::Own => Ok(()),
        Signature::Foreign => Err("the list's signature is wrong".into()),
        Signature::Unknown => Err("the list is signed in a way that is not checked".into()),
    }
}

fn holds(list: &CertificateRevocationList<'_>, now: OffsetDateTime) -> Result<(), String> {
    if list.last_update().to_datetime() > now.checked_add(CLOCK_SKEW).unwrap_or(now) {
        return Err("the list is from the future".into());
    }
    match list.next_update() {
        Some(until) if until.to_datetime() >= now => Ok(()),
        Some(_) => Err("the list is out of date".into()),
        None => Err("the list does not say how long it holds".into()),
    }
}

/// Whether a certificate of this kind would be on the list, if it were revoked (RFC 5280, section 5.2.5).
fn is_about(list: &CertificateRevocationList<'_>, certificate: &X509Certificate<'_>) -> Result<(), String> {
    for extension in list.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::IssuingDistributionPoint(point) if !covers(point, certificate) => {
                return Err("the list is not for this certificate".into());
            }
            ParsedExtension::IssuingDistributionPoint(_) => {}
            _ if extension.critical => return Err("the list has a critical extension that is not known".into()),
            _ => {}
        }
    }
    Ok(())
}

fn covers(point: &IssuingDistributionPoint<'_>, certificate: &X509Certificate<'_>) -> bool {
    let is_authority = certificate.is_ca();
    let wants = |is_only: bool, kind: bool| !is_only || kind;
    let is_complete = point.only_some_reasons.is_none() && !point.indirect_crl && !point.only_contains_attribute_certs;
    is_complete
        && wants(point.only_contains_user_certs, !is_authority)
        && wants(point.only_contains_ca_certs, is_authority)
        && point.distribution_point.as_ref().is_none_or(|name| is_named(name, certificate))
}

/// Whether the certificate names the point from which the list says it comes, so that no other list of the issuer can stand in for it.
fn is_named(name: &DistributionPointName<'_>, certificate: &X509Certificate<'_>) -> bool {
    let DistributionPointName::FullName(names) = name else { return false };
    super::list_urls(certificate).any(|url| names.iter().any(|name| matches!(name, GeneralName::URI(one) if *one == url)))
}
