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
# contexts: [interactive, system-user]   # native too

# What the app is registered with in each of SuperOffice's environments.
# environments:
#   - name: development   # development, stage or production
#     client_id: 0123456789abcdef0123456789abcdef   # never the client secret
#   - name: production
#     client_id: fedcba9876543210fedcba9876543210
#     redirect_uris: ['^https://[a-z0-9-]+\\.example\\.com/callback$']   # beside the endpoints below
#     cors_origins: [https://app.example.com]

endpoints:
  - url: {url}
    kind: redirect        # where users come back from signing in
    # environment: production
    # method: post        # get or post: how the answer of sign-in arrives
    # protected_page: https://app.example.com/home   # proves whether a session was opened
  # - url: https://app.example.com/panel?ctx=<uctx>&user=<usid>   # with the variables in it
  #   kind: web-panel
  #   window_name: contoso_orders
  #   description: Orders of the company, by My app
  # - url: https://app.example.com/configure
  #   kind: configure     # also install, uninstall, error, post-logout, cors, api
  # - url: https://app.example.com/about
  #   kind: page
  #   public: true        # everyone may see it
  # - url: https://app.example.com/login
  #   kind: page
  #   redirect_parameter: returnUrl   # is tried with a foreign address
  # - url: https://app.example.com/tenant-changes
  #   kind: state-change  # also webhook, connector

source: [.]
# recordings: [session.har]             # a signed-in session, saved by a browser
# authorised: {{ by: Kari Nordmann, until: 2027-01-31 }}   # who allows forged requests (--active)
# decisions: redflag-decisions.yaml     # waivers and attestations
",
        name = quote(name),
        url = quote(url),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    #[test]
    fn every_key_that_is_shown_as_a_comment_can_be_used_as_it_stands() {
        let text = manifest("My app", "https://app.example.com/callback");
        let uncommented = |line: &str| if line.trim_start().starts_with("# ") { line.replacen("# ", "", 1) } else { line.to_owned() };
        let used: Vec<String> = text.lines().filter(|line| !line.starts_with("# What")).map(uncommented).collect();
        let read = Manifest::read("redflag.yaml", &used.join("\n")).unwrap_or_else(|problems| panic!("{problems:?}"));
        assert_eq!(read.app.environments.len(), 2, "{read:#?}");
        assert_eq!(read.endpoints.len(), 6, "{read:#?}");
        assert!(read.endpoints[0].protected_page.is_some() && read.app.authorised.is_some() && !read.recordings.is_empty(), "{read:#?}");
        let panel = &read.endpoints[1];
        assert!(panel.window_name.is_some() && panel.description.is_some() && panel.template.is_some(), "{panel:#?}");
        assert!(read.endpoints[3].public && read.endpoints[4].redirect_parameter.is_some(), "{read:#?}");
    }
}
