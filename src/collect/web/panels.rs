//! What the address of a web panel says before anybody visits it, and the address that is visited.

use std::collections::BTreeSet;

use regex::Regex;
use url::{Url, form_urlencoded::byte_serialize};

use super::{masking, platform_hosts};
use crate::{
    evidence::{EnvironmentName, Panel, PanelSyntax, Platform},
    manifest::{Part, Target, Template, UrlError, parse_url},
    wording::nearest,
};

/// Names of parameters that say which environment is meant.
const ENVIRONMENT_PARAMETERS: [&str; 5] = ["env", "environment", "subdomain", "stage", "target"];

/// What the template of a panel says; absent for a target that is no panel.
pub(in crate::collect) fn panel(target: &Target, platform: &Platform) -> Option<Panel> {
    let written = target.template.as_deref()?;
    let template = Template::parse(written).ok()?;
    let syntax = &platform.panels;
    let variables = distinct(template.variables().map(ToOwned::to_owned));
    let among = |names: &[String]| variables.iter().filter(|name| names.contains(name)).cloned().collect::<Vec<_>>();
    let unknown: Vec<String> = variables.iter().filter(|name| !is_known(name, syntax)).cloned().collect();
    let meant =
        unknown.iter().filter_map(|name| Some((name.clone(), nearest(name, syntax.variables.keys().map(String::as_str))?.to_owned())));
    let literal = percent_decoded(&template.filled(|_| " ".to_owned()));
    Some(Panel {
        template: masking::url(written),
        missing: syntax.required.iter().filter(|name| !variables.contains(name)).cloned().collect(),
        forbidden: distinct(among(&syntax.forbidden).into_iter().chain(secret_parameters(&template, syntax))),
        personal: among(&syntax.personal),
        meant: meant.collect(),
        unknown,
        fixed_tenant: fixed_tenant(&literal, platform),
        other_environments: other_environments(&literal, target.environment, platform),
        served_by_platform: is_served_by_platform(&template, written, syntax),
        window_name: target.window_name.clone(),
        description: target.description.clone(),
        variables,
    })
}

/// The URL with a harmless value for every variable; absent for a panel that the platform itself serves, which nobody visits.
///
/// # Errors
/// When it is no URL that can be visited.
pub(in crate::collect) fn visited(target: &Target, platform: &Platform) -> Result<Option<Url>, UrlError> {
    let Some(written) = target.template.as_deref() else { return Ok(Some(target.url.clone())) };
    let Ok(template) = Template::parse(written) else { return Ok(Some(target.url.clone())) };
    if is_served_by_platform(&template, written, &platform.panels) {
        return Ok(None);
    }
    let value = |name: &str| platform.panels.variables.get(name).map(String::as_str).unwrap_or_default();
    parse_url(&template.filled(|name| byte_serialize(value(name).as_bytes()).collect())).map(Some)
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}

/// Names that the pack lists, with or without the mark at their end.
fn is_known(name: &str, syntax: &PanelSyntax) -> bool {
    syntax.variables.contains_key(name)
        || syntax.required.iter().chain(&syntax.forbidden).chain(&syntax.own_bases).any(|known| known == name)
}

/// Parameters that carry a secret, whatever fills them.
fn secret_parameters(template: &Template, syntax: &PanelSyntax) -> Vec<String> {
    let text = template.filled(|_| "x".to_owned());
    let parameters = text.split(['?', '&', '#', ';']).skip(1).filter_map(|pair| pair.split_once('='));
    let named = parameters.map(|(name, _)| percent_decoded(name).to_ascii_lowercase());
    named.filter(|name| syntax.secret_parameters.iter().any(|secret| secret.eq_ignore_ascii_case(name))).collect()
}

/// A tenant's id that is written out, as a word of its own.
fn fixed_tenant(literal: &str, platform: &Platform) -> Option<String> {
    if platform.tenant_id.is_empty() {
        return None;
    }
    let pattern = Regex::new(&format!("(?:^|[^A-Za-z0-9])(?<id>{})(?:$|[^A-Za-z0-9])", platform.tenant_id)).ok()?;
    pattern.captures(literal)?.name("id").map(|id| id.as_str().to_owned())
}

/// Environments that the URL names, by a host of theirs or by a parameter, beside the declared one. Without a declared one nothing is another.
fn other_environments(literal: &str, declared: Option<EnvironmentName>, platform: &Platform) -> Vec<EnvironmentName> {
    let Some(declared) = declared else { return Vec::new() };
    let hosts = literal.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-.".contains(letter)));
    let by_host = hosts.filter_map(|host| platform_hosts::place(platform, host)?.0);
    let parameters = literal.split(['?', '&', '#', ';']).filter_map(|pair| pair.split_once('='));
    let values =
        parameters.filter(|(name, _)| ENVIRONMENT_PARAMETERS.contains(&name.to_ascii_lowercase().as_str())).map(|(_, value)| value.trim());
    let by_value = values.filter_map(|value| {
        let named = |label: &str| label.eq_ignore_ascii_case(value);
        let root = |host: &str| host.split('.').next().is_some_and(named);
        platform
            .environments
            .iter()
            .find(|environment| named(environment.name.name()) || root(&environment.sign_in_host))
            .map(|environment| environment.name)
    });
    by_host.chain(by_value).filter(|found| *found != declared).collect::<BTreeSet<_>>().into_iter().collect()
}

/// By a scheme of the platform's own, or by a variable for its base URL at the start.
fn is_served_by_platform(template: &Template, written: &str, syntax: &PanelSyntax) -> bool {
    let own = |names: &[String], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let scheme = written.trim().split_once(':').is_some_and(|(scheme, _)| own(&syntax.own_schemes, scheme));
    scheme || matches!(template.parts().first(), Some(Part::Variable(name)) if own(&syntax.own_bases, name))
}

fn percent_decoded(text: &str) -> String {
    // A plus sign is no blank in a path; none of what is looked for holds either.
    let pair = format!("x={}", text.replace('&', "%26").replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{collect::web::platform_hosts::sample, evidence::EndpointKind};

    fn target(template: &str, environment: Option<EnvironmentName>) -> Target {
        let url = Url::parse("https://a.no/").unwrap();
        Target { template: Some(template.into()), environment, ..Target::new("p".into(), url, EndpointKind::WebPanel) }
    }

    fn of(template: &str) -> Panel {
        panel(&target(template, Some(EnvironmentName::Production)), &sample()).unwrap()
    }

    #[test]
    fn a_good_panel_has_what_it_needs_and_nothing_else() {
        let panel = of("https://app.vendor.no/panel?tenant=%3CUCTX%3E&associate=<usid>");
        assert_eq!(panel.variables, ["uctx", "usid"]);
        assert!(panel.missing.is_empty() && panel.forbidden.is_empty() && panel.unknown.is_empty() && panel.fixed_tenant.is_none());
        assert!(panel.other_environments.is_empty() && !panel.served_by_platform);
    }

    #[test]
    fn every_flaw_of_a_template_is_seen() {
        let panel = of("https://app.vendor.no/<uctx>/panel?s=<usec>&ticket=abc&m=<usem>&x=<usdi>&c=Cust12345&env=sod");
        assert_eq!(panel.missing, ["usid"]);
        assert_eq!(panel.forbidden, ["usec", "ticket"]);
        assert_eq!(panel.personal, ["usem"]);
        assert_eq!(panel.unknown, ["usdi"]);
        assert_eq!(panel.meant.get("usdi").map(String::as_str), Some("usid"));
        assert_eq!(panel.fixed_tenant.as_deref(), Some("Cust12345"));
        assert_eq!(panel.other_environments, [EnvironmentName::Development]);
        assert!(!panel.template.contains("ticket=abc"), "{}", panel.template);
    }

    #[test]
    fn hosts_of_other_environments_are_seen_when_encoded_too() {
        assert_eq!(of("https://a.no/?api=https%3A%2F%2Fsod2.platform.example%2F<uctx>").other_environments, [EnvironmentName::Development]);
        assert!(of("https://a.no/?api=https://online2.platform.example/").other_environments.is_empty());
        assert!(panel(&target("https://a.no/?env=sod", None), &sample()).unwrap().other_environments.is_empty());
    }

    #[test]
    fn what_the_platform_serves_is_not_visited() {
        for template in ["ownprotocol:contact?id=<uctx>", "<csbl>/scripts/x?a=<uctx>", "%3CCSBL%3E/x"] {
            assert!(of(template).served_by_platform, "{template}");
            assert_eq!(visited(&target(template, None), &sample()).unwrap(), None);
        }
    }

    #[test]
    fn the_visited_url_holds_harmless_values() {
        let visited = |template: &str| visited(&target(template, None), &sample()).unwrap().unwrap().to_string();
        assert_eq!(
            visited("https://a.no/<uctx>?u=%3Cusid%3E&v=<ver#>&m=<usem>&n=<what>"),
            "https://a.no/Cust00000?u=0&v=10&m=nobody%40example.com&n="
        );
        assert_eq!(visited("<uctx>.a.no/p"), "https://cust00000.a.no/p");
    }

    proptest! {
        #[test]
        fn any_template_is_judged(text in any::<String>()) {
            let target = target(&text, Some(EnvironmentName::Stage));
            let _ = (panel(&target, &sample()), visited(&target, &sample()));
        }
    }
}
