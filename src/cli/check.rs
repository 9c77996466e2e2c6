//! `redflag check` and `redflag scan`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use hyper_util::client::proxy::matcher::Matcher;

use super::{
    arguments::{CheckArguments, ForgingArguments, NetworkArguments, OnlyArea, ReportingArguments, ScanArguments},
    environment::Environment,
    exit::Exit,
    failure::{Failure, in_words},
    finish::{finish, gate, note_idle_waivers},
    outputs::Outputs,
    packs::{Judging, in_words_of_platform, judging},
    permission::permission,
    reading,
    terminal::Terminal,
};
use crate::{
    assess::{Standard, assess},
    collect::{
        Area, ChangeError, Depth, LARGEST_RECORDING, Network, NetworkSettings, Plan, Recording, Stop, TrustStore, can_be_told, masked_url,
        prepare, refusals,
    },
    decisions::Decisions,
    evidence::{Address, Evidence},
    manifest::Manifest,
    rating::Guide,
    wording::{nearest, visible},
};

/// The manifest that is read when nothing is named.
pub(super) const MANIFEST: &str = "redflag.yaml";

/// The largest file with roots that is read, in bytes: some thirty times what all of Mozilla's take.
const LARGEST_ROOTS: u64 = 8 << 20;

/// How long the report waits for probes that an interrupt left behind.
const LEFT_BEHIND: Duration = Duration::from_millis(500);

/// Checks an app.
pub(super) fn check(arguments: &CheckArguments, environment: &Environment, terminal: Terminal) -> Result<Exit, Failure> {
    let areas = areas(&arguments.only, arguments.network.offline);
    let subject = Subject::gather(arguments).map_err(|failure| in_words_of_platform(failure, &arguments.judging.packs))?;
    let preparing = areas.contains(&Area::Tls).then(prepare_beside).flatten();
    let checked = subject.check(arguments, areas, environment, terminal);
    // A mistake may be told before that is done, and a process that ends takes away what the thread works with.
    let _ = preparing.map(JoinHandle::join);
    checked
}

/// Gets ready what takes its time, beside the rules; without a thread to spare it is done when it is needed.
fn prepare_beside() -> Option<JoinHandle<()>> {
    let prepared = || {
        prepare();
        let _ = Guide::shipped();
    };
    thread::Builder::new().spawn(prepared).ok()
}

/// Checks source folders only.
pub(super) fn scan(arguments: ScanArguments, environment: &Environment, terminal: Terminal) -> Result<Exit, Failure> {
    let ScanArguments { source, extent, judging, reporting } = arguments;
    let network = NetworkArguments {
        allow_private: false,
        resolve: Vec::new(),
        ca: Vec::new(),
        revocation: false,
        timeout: 1.0,
        max_connections: 1,
        quick: false,
        offline: true,
    };
    let only = vec![OnlyArea::Source];
    let forging = ForgingArguments { active: false, authorised_by: None };
    let (urls, endpoint, har) = (Vec::new(), Vec::new(), Vec::new());
    let check = CheckArguments { urls, source, extent, manifest: None, only, endpoint, har, forging, judging, reporting, network };
    self::check(&check, environment, terminal)
}

/// Everything one run needs.
pub(super) struct Run {
    pub(super) manifest: Manifest,
    pub(super) plan: Plan,
    pub(super) standard: Standard,
}

impl Run {
    /// Collects, judges, reports.
    pub(super) fn perform(
        self,
        outputs: Outputs,
        reporting: &ReportingArguments,
        environment: &Environment,
        terminal: Terminal,
    ) -> Result<Exit, Failure> {
        let runtime = runtime()?;
        let plan = Arc::new(self.plan);
        let refused = if looks_at_hosts(&plan.areas) { runtime.block_on(refusals(&plan)) } else { Vec::new() };
        if !refused.is_empty() {
            return Err(Failure::Scope(refused));
        }
        let spinner = terminal.spinner();
        let progress = |what: &str| {
            let what = masked_url(what);
            spinner.suspend(|| tracing::info!("looked at {what}"));
            spinner.set_message(what);
        };
        let stop = Arc::new(Stop::default());
        let assessment = runtime.block_on(async {
            tokio::spawn(ring_on_interrupt(Arc::clone(&stop)));
            assess(&self.manifest, plan, &self.standard, environment.started_at, stop, &progress).await
        });
        spinner.finish_and_clear();
        trace(&assessment.evidence);
        // Probes that were left behind by an interrupt must not hold up the report for long, nor be at work when the process ends.
        runtime.shutdown_timeout(LEFT_BEHIND);
        note_idle_waivers(&assessment, &self.standard.decisions, terminal);
        finish(assessment, outputs, gate(reporting), terminal)
    }
}

/// What every address showed, for `-vv`.
fn trace(evidence: &Evidence) {
    for endpoint in &evidence.endpoints {
        for Address { ip, error, tls, .. } in &endpoint.addresses {
            let said = error.as_deref().map_or_else(|| "reached".into(), visible);
            let cost = tls.as_ref().map(|tls| tls.statistics).unwrap_or_default();
            tracing::debug!("{} at {ip}: {said}; {} TLS connections, {} ms", endpoint.host, cost.connections, cost.milliseconds);
        }
        for response in &endpoint.responses {
            tracing::debug!("{} answered {}", response.url, response.status);
        }
    }
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().map_err(|cause| Failure::System { what: "cannot start the runtime", cause })
}

fn looks_at_hosts(areas: &BTreeSet<Area>) -> bool {
    areas.contains(&Area::Tls) || areas.contains(&Area::Web)
}

/// The first Ctrl-C ends the probes and writes what is known; the second ends everything.
#[expect(clippy::exit, reason = "a second Ctrl-C means now")]
async fn ring_on_interrupt(stop: Arc<Stop>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.ring();
    }
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(i32::from(Exit::Interrupted.code()));
    }
}

/// What is to be checked: the manifest, and its paths ready for use.
struct Subject {
    manifest: Manifest,
    source: Vec<PathBuf>,
    recordings: Vec<PathBuf>,
    decisions: Option<PathBuf>,
}

impl Subject {
    fn gather(arguments: &CheckArguments) -> Result<Self, Failure> {
        let (mut manifest, folder) = match manifest_path(arguments)? {
            Some(path) => (read_manifest(&path)?, path.parent().map(Path::to_owned).unwrap_or_default()),
            None => (Manifest::default(), PathBuf::new()),
        };
        for url in &arguments.urls {
            require_url(url)?;
            manifest.add_url(url).map_err(|cause| Failure::url(url, cause))?;
        }
        select_endpoints(&mut manifest, &arguments.endpoint)?;
        let mut source: Vec<PathBuf> = manifest.source.iter().map(|path| folder.join(path)).collect();
        source.extend(arguments.source.iter().cloned());
        manifest.source.extend(arguments.source.iter().map(|path| path.display().to_string()));
        source.iter().try_for_each(|path| require_folder(path))?;
        let mut recordings: Vec<PathBuf> = manifest.recordings.iter().map(|path| folder.join(path)).collect();
        recordings.extend(arguments.har.iter().cloned());
        manifest.recordings.extend(arguments.har.iter().map(|path| path.display().to_string()));
        if manifest.app.name.is_empty() {
            manifest.app.name = name(&manifest, &source);
        }
        let decisions = manifest.decisions.as_ref().map(|path| folder.join(path));
        Ok(Self { manifest, source, recordings, decisions })
    }

    /// Checks it, with all that the arguments say.
    fn check(
        mut self,
        arguments: &CheckArguments,
        areas: BTreeSet<Area>,
        environment: &Environment,
        terminal: Terminal,
    ) -> Result<Exit, Failure> {
        let judging = judging(&arguments.judging, self.manifest.app.kind)?;
        let decisions = decisions(arguments.judging.decisions.as_deref().or(self.decisions.as_deref()), &judging)?;
        let Judging { pack, profile, .. } = judging;
        self.manifest.app.kind = profile;
        let authorisation = permission(arguments, &mut self.manifest, environment.now.date())?;
        let recordings = recordings(&self.recordings, &arguments.only)?;
        if areas.contains(&Area::Source) {
            can_be_told(&arguments.extent.extent().changes, &self.source).map_err(|cause| Failure::Usage(in_words_of_changes(&cause)))?;
        }
        let outputs = Outputs::open(&arguments.reporting.outputs.output)?;
        let is_networked = looks_at_hosts(&areas) && !self.manifest.endpoints.is_empty();
        let plan = Plan {
            targets: self.manifest.endpoints.clone(),
            source: self.source,
            extent: arguments.extent.extent(),
            vocabulary: pack.vocabulary(),
            areas,
            depth: if arguments.network.quick { Depth::Quick } else { Depth::Full },
            network: network(&arguments.network, environment.proxies_if(is_networked)?),
            revocation: arguments.network.revocation,
            trust: trust(&arguments.network, environment.ssl_cert_file.as_deref().filter(|_| is_networked))?,
            off_limits: pack.off_limits.clone(),
            platform: pack.platform.clone(),
            environments: self.manifest.app.environments.clone(),
            recordings,
            authorisation,
            now: environment.now,
        };
        let standard = Standard { pack, decisions, profile, today: environment.now.date() };
        let run = Run { manifest: self.manifest, plan, standard };
        run.perform(outputs, &arguments.reporting, environment, terminal)
    }
}

/// Why it cannot be told what has changed, and what may help.
fn in_words_of_changes(cause: &ChangeError) -> String {
    match cause {
        ChangeError::NoRepository(_) => format!("{cause}; scan it without `--staged` and `--since`"),
        ChangeError::NoRevision { revision, names, is_shallow, .. } => {
            let meant = nearest(revision, names.iter().map(String::as_str)).map(|name| format!("did you mean `{}`?", visible(name)));
            let unfetched = "only part of the history was fetched; `git fetch --unshallow` brings the rest".to_owned();
            let known = || "give a branch, a tag or a commit, as in `main` or `HEAD~3`".to_owned();
            format!("{}; {}", visible(&cause.to_string()), meant.or(is_shallow.then_some(unfetched)).unwrap_or_else(known))
        }
    }
}

/// The manifest to read: the one that is named, or the one that lies here when nothing else is.
fn manifest_path(arguments: &CheckArguments) -> Result<Option<PathBuf>, Failure> {
    let named = arguments.manifest.clone();
    let nothing_else = arguments.urls.is_empty() && arguments.source.is_empty();
    match named {
        Some(path) => Ok(Some(path)),
        None if !nothing_else => Ok(None),
        None if Path::new(MANIFEST).is_file() => Ok(Some(MANIFEST.into())),
        None => {
            Err(Failure::Usage(format!("nothing to check; give a URL, `--source DIR`, or a manifest (`redflag init` writes `{MANIFEST}`)")))
        }
    }
}

fn read_manifest(path: &Path) -> Result<Manifest, Failure> {
    if !path.exists() {
        let shown = path.display();
        return Err(Failure::Usage(format!(
            "cannot read `{shown}`: there is no such file; `redflag init` writes `{MANIFEST}` to start from"
        )));
    }
    let file = path.display().to_string();
    let text = reading::text(path)?;
    Manifest::read(&file, &text).map_err(|problems| Failure::Problems { problems, texts: vec![(file, text)] })
}

/// The decisions in a file; none without one.
pub(super) fn decisions(path: Option<&Path>, judging: &Judging) -> Result<Decisions, Failure> {
    let Some(path) = path else { return Ok(Decisions::default()) };
    let file = path.display().to_string();
    let text = reading::text(path)?;
    Decisions::read(&file, &text, &judging.decidable()).map_err(|problems| Failure::Problems { problems, texts: vec![(file, text)] })
}

/// The recordings, read; none where the web is left out. They contact nobody, so `--offline` does not leave them out.
fn recordings(paths: &[PathBuf], only: &[OnlyArea]) -> Result<Vec<Recording>, Failure> {
    if !only.is_empty() && !only.contains(&OnlyArea::Web) {
        return Ok(Vec::new());
    }
    let read = |path: &PathBuf| {
        let bytes = reading::bytes(path, LARGEST_RECORDING)?;
        Recording::read(&path.display().to_string(), &bytes).map_err(|cause| Failure::Recording { path: path.clone(), cause })
    };
    paths.iter().map(read).collect()
}

fn select_endpoints(manifest: &mut Manifest, wanted: &[String]) -> Result<(), Failure> {
    let ids: Vec<&str> = manifest.endpoints.iter().map(|target| target.id.as_str()).collect();
    if let Some(unknown) = wanted.iter().find(|id| !ids.contains(&id.as_str())) {
        let hint = nearest(unknown, ids.iter().copied()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(Failure::Usage(format!("no endpoint has the id `{unknown}`{hint}")));
    }
    if !wanted.is_empty() {
        let (chosen, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut manifest.endpoints).into_iter().partition(|target| wanted.contains(&target.id));
        manifest.endpoints = chosen;
        manifest.left_out = rest.into_iter().map(|target| target.id).collect();
    }
    Ok(())
}

/// Somebody who names a path where a URL belongs wants it scanned. A name with a dot may be both a host and a file here; then it is a host.
fn require_url(text: &str) -> Result<(), Failure> {
    let first = text.split(['/', '\\']).next().unwrap_or_default();
    let is_like_path = ["", ".", "..", "~"].contains(&first);
    let is_like_host = first.contains(['.', ':']) && !text.contains('\\');
    if is_like_path || (!is_like_host && Path::new(text).exists()) {
        return Err(Failure::Usage(format!("{} is a path, not a URL; `--source {text}` scans it", in_words(text))));
    }
    Ok(())
}

fn require_folder(path: &Path) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(known) if known.is_dir() => Ok(()),
        Ok(_) => Err(Failure::Usage(format!("`{}` is a file; name the folder that holds it", path.display()))),
        Err(_) if path.to_str().is_some_and(|text| text.starts_with("https://") || text.starts_with("http://")) => {
            Err(Failure::Usage(format!("`{0}` is a URL, not a folder; `redflag check {0}` checks a running app", path.display())))
        }
        Err(cause) => Err(Failure::Unreadable { path: path.to_owned(), cause }),
    }
}

/// A name for an app that was given none: its host, or its folder.
fn name(manifest: &Manifest, source: &[PathBuf]) -> String {
    let host = manifest.endpoints.first().and_then(|target| target.url.host_str()).map(str::to_owned);
    let folder =
        || source.first().and_then(|path| path.canonicalize().ok()).and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    host.or_else(folder).unwrap_or_else(|| "app".into())
}

fn areas(only: &[OnlyArea], offline: bool) -> BTreeSet<Area> {
    let wanted = |area: OnlyArea| only.is_empty() || only.contains(&area);
    let areas = [
        (Area::Tls, wanted(OnlyArea::Tls) && !offline),
        (Area::Web, wanted(OnlyArea::Web) && !offline),
        (Area::Source, wanted(OnlyArea::Source)),
    ];
    areas.into_iter().filter(|(_, wanted)| *wanted).map(|(area, _)| area).collect()
}

fn network(arguments: &NetworkArguments, proxies: Option<Matcher>) -> Network {
    Network::new(NetworkSettings {
        timeout: Duration::from_secs_f32(arguments.timeout),
        connections_per_host: usize::from(arguments.max_connections),
        allow_private: arguments.allow_private,
        overrides: arguments.resolve.clone(),
        proxies,
    })
}

fn trust(arguments: &NetworkArguments, ssl_cert_file: Option<&Path>) -> Result<TrustStore, Failure> {
    let mut trust = TrustStore::mozilla();
    for path in arguments.ca.iter().map(PathBuf::as_path).chain(ssl_cert_file) {
        let bytes = reading::bytes(path, LARGEST_ROOTS)?;
        trust.add_pem(&bytes).map_err(|cause| Failure::Trust { path: path.to_owned(), cause })?;
    }
    Ok(trust)
}
