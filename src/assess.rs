//! The pipeline, on one screen: manifest → collect → evidence → rating → rules → assessment. Reports render what comes out.

use std::sync::Arc;

use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    assessment::{Assessment, Ingredients},
    collect::{Plan, Stop, collect, without_secrets},
    decisions::Decisions,
    evidence::{Evidence, Profile},
    manifest::Manifest,
    rating::{Guide, max_age},
    rules::{Pack, evaluate},
};

/// What the evidence is judged by.
#[derive(Debug)]
pub struct Standard {
    /// The requirements and rules.
    pub pack: Pack,
    /// What people decided.
    pub decisions: Decisions,
    /// The set of requirements the app is held to.
    pub profile: Profile,
    /// The day on which decisions must hold.
    pub today: Date,
}

/// Collects what the plan asks for, and judges it. `started_at` is what the report says of its own time.
pub async fn assess(
    manifest: &Manifest,
    plan: Arc<Plan>,
    standard: &Standard,
    started_at: OffsetDateTime,
    stop: Arc<Stop>,
    progress: &(dyn Fn(&str) + Sync),
) -> Assessment {
    let evidence = collect(plan, Arc::clone(&stop), progress).await;
    let assessment = judge(&without_secrets(manifest), evidence, standard, started_at);
    if stop.was_rung() { assessment.interrupted() } else { assessment }
}

/// Judges what was observed, now or long ago. Pure: the same evidence and the same standard give the same value.
#[must_use]
pub fn judge(manifest: &Manifest, mut evidence: Evidence, standard: &Standard, started_at: OffsetDateTime) -> Assessment {
    let Standard { pack, decisions, profile, today } = standard;
    evidence.attestations.clone_from(&decisions.attestations);
    evidence.left_out.clone_from(&manifest.left_out);
    rate(&mut evidence);
    let observed_at = OffsetDateTime::parse(&evidence.observed_at, &Rfc3339).unwrap_or(started_at);
    let outcomes = evaluate(pack, &evidence, &manifest.app, *profile, observed_at);
    Assessment::fold(Ingredients { pack, outcomes: &outcomes, decisions, manifest, profile: *profile, today: *today, started_at, evidence })
}

/// Rates every address that speaks TLS, anew where it was rated before: the rules judge by the guide of today.
fn rate(evidence: &mut Evidence) {
    for endpoint in &mut evidence.endpoints {
        let hsts = max_age(endpoint);
        for tls in endpoint.addresses.iter_mut().filter_map(|address| address.tls.as_mut()) {
            // The guide is read when the first address asks for it: a scan of source does without.
            let guide = Guide::shipped();
            tls.clients = if tls.reached { guide.simulate(tls) } else { Vec::new() };
            tls.rating = tls.reached.then(|| guide.rate(tls, hsts));
        }
    }
}
