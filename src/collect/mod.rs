//! The only step that touches the world: it looks, and writes down what it saw.

mod dns;
mod endpoint;
mod network;
mod source;
mod stand_ins;
mod stop;
mod tls;
mod web;

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

pub use endpoint::Refusal;
use futures_util::{FutureExt as _, future::join_all};
pub use network::{Network, NetworkSettings, Override};
pub use source::{ChangeError, can_be_told, facts_in, holders, literals};
pub use stop::Stop;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
pub use tls::{TrustError, TrustStore, prepare};
pub use web::{LARGEST_RECORDING, Permission, Recording, RecordingError};

use crate::{
    evidence::{AppEnvironment, Evidence, Extent, Platform, Source, Vocabulary},
    manifest::{Manifest, Target},
    wording::count,
};

/// What to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// TLS handshakes with every address of every endpoint.
    Tls,
    /// A visit to every endpoint.
    Web,
    /// The source folders.
    Source,
}

/// How much is asked of a TLS server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Versions, cipher suites and their order, certificates; the rest stays unknown.
    Quick,
    /// Everything.
    #[default]
    Full,
}

/// Everything a collection needs to know.
#[derive(Debug)]
pub struct Plan {
    /// The URLs to visit.
    pub targets: Vec<Target>,
    /// The source folders to scan; none leaves the source out.
    pub source: Vec<PathBuf>,
    /// How much of the source is looked at.
    pub extent: Extent,
    /// What the source scan looks for.
    pub vocabulary: Vocabulary,
    /// What to look at.
    pub areas: BTreeSet<Area>,
    /// How much is asked of a TLS server.
    pub depth: Depth,
    /// The way to every host.
    pub network: Network,
    /// The roots that certificates are judged by.
    pub trust: TrustStore,
    /// Whether the authorities of certificates are asked for revoked ones.
    pub revocation: bool,
    /// Domains that get no probe at all, whatever the manifest says.
    pub off_limits: Vec<String>,
    /// What the vendor's platform looks like from outside.
    pub platform: Platform,
    /// What the manifest says of each environment.
    pub environments: Vec<AppEnvironment>,
    /// Recordings of browser sessions (HAR, cookie jars), whose cookies are judged like those of a visit.
    pub recordings: Vec<Recording>,
    /// Who allowed forged requests; without it none is sent.
    pub authorisation: Option<Permission>,
    /// The time by which validity is judged.
    pub now: OffsetDateTime,
}

/// Looks at everything in the plan, all endpoints and the source side by side. A probe that fails is a fact; a stop leaves the rest unknown.
///
/// # Panics
/// Never: every instant has an RFC 3339 form, and the source scan does not panic.
pub async fn collect(plan: Arc<Plan>, stop: Arc<Stop>, progress: &(dyn Fn(&str) + Sync)) -> Evidence {
    let source = scan(&plan, &stop).inspect(|source| {
        if let Some(source) = source {
            let files = usize::try_from(source.files_scanned).unwrap_or(usize::MAX);
            progress(&format!("source: {}", count(files, "file", "files")));
        }
    });
    let (mut endpoints, source) = tokio::join!(endpoint::all(&plan, &stop, progress), source);
    let recordings = web::judge_recordings(&plan, &mut endpoints);
    Evidence {
        observed_at: plan.now.format(&Rfc3339).expect("every instant has an RFC 3339 form"),
        endpoints,
        recordings,
        source,
        ..Evidence::default()
    }
}

/// The manifest as it may be written down: without the values of secret parameters.
#[must_use]
pub fn without_secrets(manifest: &Manifest) -> Manifest {
    let mut shown = manifest.clone();
    for target in &mut shown.endpoints {
        target.url = web::masked_url(target.url.as_str()).parse().unwrap_or_else(|_| target.url.clone());
        target.template = target.template.as_deref().map(web::masked_url);
        target.protected_page =
            target.protected_page.as_ref().map(|page| web::masked_url(page.as_str()).parse().unwrap_or_else(|_| page.clone()));
    }
    for environment in &mut shown.app.environments {
        for uri in &mut environment.redirect_uris {
            *uri = web::masked_url(uri);
        }
    }
    shown
}

/// A URL, whole or broken, as it may be written down: without the values of secret parameters, and without a password.
#[must_use]
pub fn masked_url(raw: &str) -> String {
    web::masked_url(raw)
}

/// The endpoints whose host has no address that may be contacted.
pub async fn refusals(plan: &Plan) -> Vec<Refusal> {
    join_all(plan.targets.iter().map(|target| endpoint::refusal(plan, target))).await.into_iter().flatten().collect()
}

/// Scans the source on threads of its own, beside the network.
async fn scan(plan: &Arc<Plan>, stop: &Arc<Stop>) -> Option<Source> {
    if plan.source.is_empty() || !plan.areas.contains(&Area::Source) {
        return None;
    }
    let (plan, stop) = (Arc::clone(plan), Arc::clone(stop));
    let scan = tokio::task::spawn_blocking(move || source::scan(&plan.source, &plan.extent, &plan.vocabulary, stop.flag()));
    Some(scan.await.expect("the source scan does not panic, and is never aborted"))
}
