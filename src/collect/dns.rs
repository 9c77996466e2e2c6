//! What DNS says of a host name beside its addresses: which authorities may issue certificates for it (CAA, RFC 8659).

use std::{net::IpAddr, sync::OnceLock, time::Duration};

use hickory_resolver::{
    ResolverBuilder, TokioResolver,
    config::ResolverOpts,
    lookup::Lookup,
    net::{DnsError as Answer, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, RecordType},
    },
};
use tokio::time::timeout;

use crate::{
    evidence::{Caa, CaaRecord},
    wording::visible,
};

/// The longest that DNS may keep a run waiting for this one fact, which no grade needs.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why nobody can say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DnsError {
    /// The system names no DNS server that can be asked.
    #[error("the DNS configuration of this machine cannot be used: {0}")]
    Configuration(String),
    /// DNS has no such names.
    #[error("`{0}` is no name for DNS")]
    Name(String),
    /// A name was asked, and the answer is none.
    #[error("DNS did not tell the CAA records of `{name}`: {problem}")]
    Failed {
        /// The host, or a name above it.
        name: String,
        /// What went wrong.
        problem: String,
    },
    /// Not all names were told in time.
    #[error("DNS did not tell the CAA records within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
}

/// The DNS servers of this machine, or others.
pub(super) struct Dns {
    /// How long the answers for one host may take in all.
    patience: Duration,
    /// Made for the first question, since most runs on test hosts ask none.
    resolver: OnceLock<Result<TokioResolver, DnsError>>,
}

impl Dns {
    /// The servers that the system is configured with.
    pub(super) fn of_system(limit: Duration) -> Self {
        Self { patience: limit.min(PATIENCE), resolver: OnceLock::new() }
    }

    /// The records that count for a host: its own, or those of the closest name above that has any (RFC 8659, section 3).
    ///
    /// # Errors
    /// When a name on the way up could not be asked: authorities do not issue then, and what stands above does not count.
    pub(super) async fn authorization(&self, host: &str) -> Result<Caa, DnsError> {
        let resolver = self.resolver.get_or_init(|| of_system(self.patience)).as_ref().map_err(Clone::clone)?;
        let name = Name::from_ascii(format!("{host}.")).map_err(|_| DnsError::Name(visible(host)))?;
        timeout(self.patience, climb(resolver, name)).await.map_err(|_| DnsError::TimedOut(self.patience))?
    }
}

fn of_system(patience: Duration) -> Result<TokioResolver, DnsError> {
    let unusable = |error: NetError| DnsError::Configuration(visible(&error.to_string()));
    let builder = TokioResolver::builder_tokio().map_err(unusable)?;
    built(builder, patience)
}

/// A resolver that asks twice at most, within the time there is.
fn built(mut builder: ResolverBuilder<TokioRuntimeProvider>, patience: Duration) -> Result<TokioResolver, DnsError> {
    let options: &mut ResolverOpts = builder.options_mut();
    (options.timeout, options.attempts) = (patience / 2, 1);
    builder.build().map_err(|error| DnsError::Configuration(visible(&error.to_string())))
}

/// From the name upwards, without the root. Aliases are for DNS to follow.
async fn climb(resolver: &TokioResolver, host: Name) -> Result<Caa, DnsError> {
    let mut name = host;
    while !name.is_root() {
        let records = records(resolver, &name).await?;
        if !records.is_empty() {
            return Ok(Caa { name: Some(shown(&name)), records });
        }
        name = name.base_name();
    }
    Ok(Caa::default())
}

/// The records of one name, none where DNS says that it has none.
async fn records(resolver: &TokioResolver, name: &Name) -> Result<Vec<CaaRecord>, DnsError> {
    let failed = |problem: String| DnsError::Failed { name: shown(name), problem: visible(&problem) };
    match resolver.lookup(name.clone(), RecordType::CAA).await {
        Ok(lookup) => read(&lookup).map_err(failed),
        // A server that only points to others has not answered: it does not look names up for anyone.
        Err(NetError::Dns(Answer::NoRecordsFound(none))) if none.soa.is_none() && none.ns.is_some() => {
            Err(failed("the DNS server refers to others instead of asking them".to_owned()))
        }
        Err(error) if error.is_no_records_found() => Ok(Vec::new()),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn read(lookup: &Lookup) -> Result<Vec<CaaRecord>, String> {
    let code = lookup.message().response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return Err(code.to_string());
    }
    let record = |data: &RData| match data {
        RData::CAA(caa) => Some(CaaRecord {
            tag: visible(&caa.tag.to_ascii_lowercase()),
            value: visible(&String::from_utf8_lossy(&caa.value)),
            critical: caa.issuer_critical,
        }),
        _ => None,
    };
    let mut records: Vec<CaaRecord> = lookup.answers().iter().filter_map(|answer| record(&answer.data)).collect();
    records.sort_unstable();
    records.dedup();
    Ok(records)
}

/// A name as people write it: in lower case, without the root's dot.
fn shown(name: &Name) -> String {
    visible(name.to_lowercase().to_ascii().trim_end_matches('.'))
}

/// Whether DNS is the one to ask about a host: where it is not, why.
pub(super) fn unasked(host: &str, addresses: &[IpAddr], is_private: impl Fn(IpAddr) -> bool) -> Option<&'static str> {
    if host.parse::<IpAddr>().is_ok() {
        return Some("the host is an address, and CAA is for names");
    }
    // Names of a network of one's own are for nobody else's DNS, and no public authority would find them there.
    addresses.iter().all(|address| is_private(*address)).then_some("no address of the host is public, so DNS was not asked about its name")
}

#[cfg(test)]
pub(super) mod tests;
