//! `redflag demo`: a deliberately careless app on loopback, checked by the same code as any other.

mod app;
mod authority;
mod old_server;

use std::{fs, path::Path, time::Duration};

use authority::Authority;
use include_dir::{Dir, include_dir};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use url::Url;

use super::{
    arguments::{DemoArguments, FailOn, JudgingArguments, OutputArguments, PackArguments, ReportingArguments},
    check::{Run, runtime},
    environment::Environment,
    exit::Exit,
    failure::Failure,
    outputs::{Output, Outputs},
    packs::{Judging, judging},
    terminal::Terminal,
};
use crate::{
    assess::Standard,
    collect::{Area, Depth, Network, NetworkSettings, Plan, TrustStore},
    decisions::Decisions,
    evidence::{App, Context, EndpointKind, Model, Profile},
    manifest::{Manifest, Target},
    rules::Pack,
};

/// The source of the careless app.
static SOURCE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/apps/demo");

/// The reports it writes.
const FORMATS: [&str; 3] = ["html", "sarif", "json"];

/// Starts the app, checks it and says where the reports lie.
pub(super) fn demo(arguments: &DemoArguments, environment: &Environment, terminal: Terminal) -> Result<Exit, Failure> {
    let outputs = outputs(&arguments.output_dir)?;
    let source = write_source()?;
    let servers = Servers::start()?;
    terminal.line(format_args!("A careless app runs on {} and {}; its source lies in a temporary folder.\n", servers.app, servers.panel));
    let Judging { pack, profile, .. } = judging(&judging_arguments(), Profile::Standard)?;
    let manifest = manifest(&servers);
    let plan = plan(&servers, &source, &manifest, &pack, environment)?;
    let standard = Standard { pack, decisions: Decisions::default(), profile, today: environment.now.date() };
    let reporting = ReportingArguments {
        outputs: OutputArguments { output: Vec::new() },
        fail_on: FailOn::Medium,
        require_ready: false,
        allow_incomplete: false,
    };
    let exit = Run { manifest, plan, standard }.perform(outputs, &reporting, environment, terminal)?;
    terminal.line(format_args!("\nOpen {} in a browser.", arguments.output_dir.join("report.html").display()));
    Ok(exit)
}

fn outputs(folder: &Path) -> Result<Outputs, Failure> {
    fs::create_dir_all(folder).map_err(|cause| Failure::System { what: "cannot make the folder for the reports", cause })?;
    let files = FORMATS.map(|format| Output::to_file(format, folder.join(format!("report.{format}"))));
    Ok(Outputs::open(&[files.as_slice(), &[Output::summary()]].concat())?)
}

fn write_source() -> Result<TempDir, Failure> {
    let failed = |cause| Failure::System { what: "cannot write the careless app's source to a temporary folder", cause };
    let folder = TempDir::with_prefix("redflag-demo-").map_err(failed)?;
    SOURCE.extract(folder.path()).map_err(failed)?;
    Ok(folder)
}

/// The two servers of the careless app, alive as long as this value is.
struct Servers {
    app: Url,
    panel: Url,
    authority: Authority,
    _runtime: Runtime,
}

impl Servers {
    fn start() -> Result<Self, Failure> {
        let failed = |cause| Failure::System { what: "cannot start the careless app on loopback", cause };
        let runtime = runtime()?;
        let authority = Authority::new();
        let tls = authority.server_config();
        let app = runtime.block_on(app::listen(tls.clone())).map_err(failed)?;
        let panel = runtime.block_on(old_server::listen(tls, authority.chain())).map_err(failed)?;
        Ok(Self { app: url(app, "callback"), panel: url(panel, "panel"), authority, _runtime: runtime })
    }
}

fn url(address: std::net::SocketAddr, path: &str) -> Url {
    format!("https://{address}/{path}").parse().expect("an address and a path make a URL")
}

fn judging_arguments() -> JudgingArguments {
    let packs = PackArguments { pack: super::DEFAULT_PACK.into(), rules: Vec::new() };
    JudgingArguments { decisions: None, packs, profile: None, rule: Vec::new(), skip_rule: Vec::new() }
}

fn manifest(servers: &Servers) -> Manifest {
    let target = |id: &str, url: &Url, kind| Target::new(id.into(), url.clone(), kind);
    Manifest {
        app: App {
            name: "Careless app".into(),
            kind: Profile::Standard,
            model: Some(Model::Hybrid),
            contexts: vec![Context::Interactive, Context::SystemUser],
            ..App::default()
        },
        endpoints: vec![target("redirect", &servers.app, EndpointKind::Redirect), target("panel", &servers.panel, EndpointKind::WebPanel)],
        source: vec!["careless-app".into()],
        ..Manifest::default()
    }
}

fn plan(servers: &Servers, source: &TempDir, manifest: &Manifest, pack: &Pack, environment: &Environment) -> Result<Plan, Failure> {
    let mut trust = TrustStore::mozilla();
    let root = servers.authority.root();
    trust.add_pem(root.as_bytes()).map_err(|cause| Failure::Trust { path: "the demo's root".into(), cause })?;
    Ok(Plan {
        revocation: false,
        targets: manifest.endpoints.clone(),
        source: vec![source.path().to_owned()],
        extent: crate::evidence::Extent::default(),
        vocabulary: pack.vocabulary(),
        areas: [Area::Tls, Area::Web, Area::Source].into(),
        depth: Depth::Full,
        network: Network::new(NetworkSettings {
            timeout: Duration::from_secs(5),
            connections_per_host: 32,
            allow_private: true,
            overrides: Vec::new(),
            proxies: None,
        }),
        trust,
        off_limits: pack.off_limits.clone(),
        platform: pack.platform.clone(),
        environments: Vec::new(),
        recordings: Vec::new(),
        authorisation: None,
        now: environment.now,
    })
}
