//! `redflag.yaml`: what is to be assessed.

mod template;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use template::{Part, Template, TemplateError};
use url::Url;

use crate::{
    evidence::{App, AppEnvironment, Authorisation, CallbackMethod, Context, EndpointKind, EnvironmentName, Model, Profile},
    yaml::{self, Problem, Spanned},
};

/// The app under assessment and where to look, ready for use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// What the partner declares about the app.
    #[serde(flatten)]
    pub app: App,
    /// The URLs to visit.
    pub endpoints: Vec<Target>,
    /// The ids of URLs that were left out of this run.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Source folders, as given.
    pub source: Vec<String>,
    /// Recordings of browser sessions (HAR), as given.
    #[serde(default)]
    pub recordings: Vec<String>,
    /// The file with waivers and attestations; absent when there is none.
    pub decisions: Option<String>,
}

/// A URL to visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// A name for it, unique in the manifest.
    pub id: String,
    /// The URL, with scheme.
    #[schemars(with = "String")]
    pub url: Url,
    /// What the URL is for.
    pub kind: EndpointKind,
    /// The platform's environment that it serves; absent when not declared.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// How the platform calls it back; absent when not declared.
    #[serde(default)]
    pub method: Option<CallbackMethod>,
    /// Whether everyone may see it.
    #[serde(default)]
    pub public: bool,
    /// A parameter that says where to go next, such as `returnUrl`; absent when there is none.
    #[serde(default)]
    pub redirect_parameter: Option<String>,
    /// A page that only signed-in users may see, which proves a session; absent when not declared.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub protected_page: Option<Url>,
    /// The URL as written, with the platform's variables in it: of a web panel.
    #[serde(default)]
    pub template: Option<String>,
    /// The name of the panel's window; absent when not declared.
    #[serde(default)]
    pub window_name: Option<String>,
    /// What administrators read of the panel; absent when not declared.
    #[serde(default)]
    pub description: Option<String>,
}

impl Target {
    /// A URL of which nothing but its use is known.
    #[must_use]
    pub fn new(id: String, url: Url, kind: EndpointKind) -> Self {
        Self {
            id,
            url,
            kind,
            environment: None,
            method: None,
            public: false,
            redirect_parameter: None,
            protected_page: None,
            template: None,
            window_name: None,
            description: None,
        }
    }
}

/// The manifest as written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// The app's name.
    #[serde(default)]
    name: String,
    /// Standard (App Store) or custom (one customer).
    #[serde(default)]
    kind: Profile,
    /// Where the app meets its users.
    #[serde(default)]
    model: Option<Model>,
    /// In whose name it calls the web services.
    #[serde(default)]
    contexts: Vec<Context>,
    /// The platform's environments that the app uses.
    #[serde(default)]
    environments: Vec<AppEnvironment>,
    /// The URLs to visit.
    #[serde(default)]
    endpoints: Vec<EndpointEntry>,
    /// Source folders, relative to the manifest.
    #[serde(default)]
    source: Vec<String>,
    /// Recordings of browser sessions (HAR), relative to the manifest.
    #[serde(default)]
    recordings: Vec<String>,
    /// Who allows forged requests (`--active`), and until when.
    #[serde(default)]
    authorised: Option<Authorisation>,
    /// The file with waivers and attestations, relative to the manifest.
    #[serde(default)]
    decisions: Option<String>,
}

/// A URL as written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EndpointEntry {
    /// A name for it, unique in the manifest; made from its kind when left out.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    id: Option<Spanned<String>>,
    /// The URL. Without a scheme it gets `https://`.
    #[schemars(with = "String")]
    url: Spanned<String>,
    /// What the URL is for.
    #[serde(default)]
    kind: EndpointKind,
    /// The platform's environment that it serves; where it is not given and the app has one environment, that one.
    #[serde(default)]
    environment: Option<EnvironmentName>,
    /// How the platform calls it back: `get` or `post`.
    #[serde(default)]
    method: Option<CallbackMethod>,
    /// Whether everyone may see it.
    #[serde(default)]
    public: bool,
    /// A parameter that says where to go next, such as `returnUrl`. It is tried with a foreign address.
    #[serde(default)]
    redirect_parameter: Option<String>,
    /// A page that only signed-in users may see. It proves whether a forged token opened a session.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    protected_page: Option<Spanned<String>>,
    /// The name of the panel's window.
    #[serde(default)]
    window_name: Option<String>,
    /// What administrators read of the panel.
    #[serde(default)]
    description: Option<String>,
}

/// Why a text is not a URL that can be visited. The text is left out: a secret may stand in it.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// It is no URL at all.
    #[error("not a URL: {0}")]
    Malformed(#[from] url::ParseError),
    /// It is one of another kind.
    #[error("the scheme is `{scheme}`; only https and http can be visited")]
    Scheme {
        /// Its scheme.
        scheme: String,
    },
    /// It carries a password.
    #[error("the URL for `{host}` carries a user name or password; take them out, redflag signs in nowhere")]
    Credentials {
        /// Its host.
        host: String,
    },
}

impl Manifest {
    /// Reads `redflag.yaml`.
    ///
    /// # Errors
    /// Everything wrong with the file, with line and column.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let written: ManifestFile = yaml::read(file, text)?;
        let mut names = Names::default();
        let mut problems = Vec::new();
        let mut endpoints = Vec::new();
        for entry in written.endpoints {
            match target(file, text, entry, &mut names) {
                Ok(target) => endpoints.push(target),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        if let [only] = written.environments.as_slice() {
            // Where the app knows one environment, its endpoints serve that one.
            for target in &mut endpoints {
                target.environment = target.environment.or(Some(only.name));
            }
        }
        Ok(Self {
            app: App {
                name: written.name,
                kind: written.kind,
                model: written.model,
                contexts: written.contexts,
                environments: written.environments,
                authorised: written.authorised,
            },
            endpoints,
            left_out: Vec::new(),
            source: written.source,
            recordings: written.recordings,
            decisions: written.decisions,
        })
    }

    /// Adds a URL from the command line: a login callback.
    ///
    /// # Errors
    /// When the text is no URL that can be visited.
    pub fn add_url(&mut self, text: &str) -> Result<(), UrlError> {
        let url = parse_url(text)?;
        let mut names = Names::default();
        for target in &self.endpoints {
            names.take(&target.id);
        }
        let kind = EndpointKind::default();
        let environment = if let [only] = self.app.environments.as_slice() { Some(only.name) } else { None };
        self.endpoints.push(Target { environment, ..Target::new(names.make(kind), url, kind) });
        Ok(())
    }
}

fn target(file: &str, text: &str, entry: EndpointEntry, names: &mut Names) -> Result<Target, Problem> {
    let is_panel = entry.kind == EndpointKind::WebPanel;
    let url = if is_panel { panel_url(file, text, &entry.url) } else { plain_url(file, &entry.url) }?;
    let id = match entry.id {
        None => names.make(entry.kind),
        Some(id) if names.take(&id.value) => id.value,
        Some(id) => return Err(Problem::with(file, &id, &format!("the id `{}` stands twice", id.value))),
    };
    let protected = entry.protected_page.map(|page| parse_url(&page.value).map_err(|error| Problem::with(file, &page, &error.to_string())));
    Ok(Target {
        environment: entry.environment,
        method: entry.method,
        public: entry.public,
        redirect_parameter: entry.redirect_parameter,
        protected_page: protected.transpose()?,
        template: is_panel.then_some(entry.url.value),
        window_name: entry.window_name,
        description: entry.description,
        ..Target::new(id, url, entry.kind)
    })
}

fn plain_url(file: &str, written: &Spanned<String>) -> Result<Url, Problem> {
    parse_url(&written.value).map_err(|error| Problem::with(file, written, &error.to_string()))
}

/// The URL that stands for a panel's template.
fn panel_url(file: &str, text: &str, written: &Spanned<String>) -> Result<Url, Problem> {
    let template = Template::parse(&written.value).map_err(|error| {
        let place = error.place();
        Problem::inside(file, text, written, place.start, place.len().max(1), &error.to_string())
    })?;
    template.url().map_err(|error| Problem::with(file, written, &error.to_string()))
}

/// A URL that can be visited. Without a scheme it gets `https://`.
///
/// # Errors
/// When the text is no URL, not http(s), or carries a password.
pub fn parse_url(text: &str) -> Result<Url, UrlError> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&full)?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(UrlError::Scheme { scheme: url.scheme().into() });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials { host: url.host_str().unwrap_or_default().into() });
    }
    Ok(url)
}

/// The names in use.
#[derive(Debug, Default)]
struct Names {
    used: BTreeSet<String>,
}

impl Names {
    /// Whether the name was still free.
    fn take(&mut self, name: &str) -> bool {
        self.used.insert(name.to_owned())
    }

    /// A free name made from a kind: `redirect`, `redirect-2` …
    fn make(&mut self, kind: EndpointKind) -> String {
        let word = kind.name();
        let numbered = (2_u32..).map(|number| format!("{word}-{number}"));
        let mut candidates = std::iter::once(word.to_owned()).chain(numbered);
        candidates.find(|name| self.take(name)).expect("there are more numbers than endpoints")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        Manifest::read("redflag.yaml", text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_url_without_scheme_gets_https() {
        assert_eq!(parse_url("app.example.com/callback").unwrap().as_str(), "https://app.example.com/callback");
        assert_eq!(parse_url("localhost:8443").unwrap().as_str(), "https://localhost:8443/");
        assert_eq!(parse_url("[::1]:8443/x").unwrap().as_str(), "https://[::1]:8443/x");
    }

    #[test]
    fn other_schemes_and_passwords_are_refused() {
        assert!(matches!(parse_url("ftp://a.example"), Err(UrlError::Scheme { .. })));
        for url in [
            "https://kari:hunter2@a.example",
            "https://kari:hunter2@a.example:99999",
            "ftp://a.example/?token=hunter2",
            "https://a b/?t=hunter2",
        ] {
            let refused = parse_url(url).unwrap_err();
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn every_bad_url_of_a_manifest_is_reported_with_its_place() {
        let found = problems("endpoints:\n  - url: 'https://'\n  - url: gopher://a\n");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].starts_with("redflag.yaml:3:10: "), "{found:?}");
    }

    #[test]
    fn templates_of_panels_are_kept_and_nonsense_in_them_is_shown_where_it_stands() {
        let text = "endpoints:\n  - { kind: web-panel, url: 'soprotocol:contact' }\n  - kind: web-panel\n    url: https://<uctx>.a.example/?v=<ver#>\n";
        let manifest = Manifest::read("f", text).unwrap();
        assert_eq!(manifest.endpoints[0].url.scheme(), "soprotocol");
        assert_eq!(manifest.endpoints[1].url.as_str(), "https://uctx.a.example/?v=ver");
        assert_eq!(manifest.endpoints[1].template.as_deref(), Some("https://<uctx>.a.example/?v=<ver#>"));
        let found = problems("endpoints:\n  - kind: web-panel\n    url: https://a.example/?x=<uctx\n");
        assert!(found[0].starts_with("redflag.yaml:3:31: ") && found[0].contains("has no `>`"), "{found:?}");
    }

    #[test]
    fn an_id_stands_once() {
        let found = problems("endpoints:\n  - { id: a, url: a.example }\n  - { id: a, url: b.example }\n");
        assert!(found[0].contains("the id `a` stands twice"), "{found:?}");
    }

    #[test]
    fn ids_left_out_are_made_from_the_kind() {
        let manifest = Manifest::read("f", "endpoints:\n  - url: a.example\n  - url: b.example\n").unwrap();
        let ids: Vec<&str> = manifest.endpoints.iter().map(|target| target.id.as_str()).collect();
        assert_eq!(ids, ["redirect", "redirect-2"]);
    }
}
