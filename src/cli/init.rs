//! `redflag init`: a manifest to start from.

use std::{fs::OpenOptions, io::Write as _, path::Path};

use super::{arguments::InitArguments, check::MANIFEST, exit::Exit, failure::Failure, terminal::Terminal};
use crate::manifest::parse_url;

/// Writes `redflag.yaml`; a file that exists is left alone unless told otherwise.
pub(super) fn init(arguments: &InitArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let url = arguments.url.as_deref().map(|url| parse_url(url).map_err(|cause| Failure::url(url, cause))).transpose()?;
    let text = manifest(
        arguments.name.as_deref().unwrap_or("My app"),
        url.as_ref().map_or("https://app.example.com/callback", |url| url.as_str()),
    );
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!arguments.force);
    let path = Path::new(MANIFEST);
    let unwritable = |cause: std::io::Error| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::Usage(format!("`{MANIFEST}` exists already; `--force` overwrites it")),
        _ => Failure::System { what: "cannot write `redflag.yaml`", cause },
    };
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(unwritable)?;
    terminal.line(format_args!("wrote {MANIFEST}; put in your URLs, then run `redflag check`"));
    Ok(Exit::Clean)
}

fn manifest(name: &str, url: &str) -> String {
    let quote = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "\
# What redflag checks. `redflag schema manifest` describes every key.
name: {name}
kind: standard            # standard (App Store) or custom (one customer)
# model: hybrid           # internal, external or hybrid
# contexts: [interactive, system-user]

endpoints:
  - url: {url}
    kind: redirect        # where users come back from signing in
  # - url: https://app.example.com/panel
  #   kind: web-panel

source: [.]
# decisions: redflag-decisions.yaml   # waivers and attestations
",
        name = quote(name),
        url = quote(url),
    )
}
