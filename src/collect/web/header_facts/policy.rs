//! What the enforced Content Security Policies of an answer allow together (CSP Level 3).
//!
//! The crate splits the lines as browsers do; what the directives come to is judged here.

use std::collections::BTreeSet;

use content_security_policy::{CspList, Policy, PolicyDisposition, PolicySource};

use super::{lines, sources::Source};
use crate::{
    collect::web::{headers::Head, masking},
    evidence::ContentSecurityPolicy,
    wording::{nearest, visible_within},
};

/// Directives that browsers know, today's and yesterday's, and whether their values are lists of sources.
const DIRECTIVES: [(&str, bool); 33] = [
    ("base-uri", true),
    ("block-all-mixed-content", false),
    ("child-src", true),
    ("connect-src", true),
    ("default-src", true),
    ("fenced-frame-src", true),
    ("font-src", true),
    ("form-action", true),
    ("frame-ancestors", true),
    ("frame-src", true),
    ("img-src", true),
    ("manifest-src", true),
    ("media-src", true),
    ("navigate-to", true),
    ("object-src", true),
    ("plugin-types", false),
    ("prefetch-src", true),
    ("referrer", false),
    ("reflected-xss", false),
    ("report-to", false),
    ("report-uri", false),
    ("require-sri-for", false),
    ("require-trusted-types-for", false),
    ("sandbox", false),
    ("script-src", true),
    ("script-src-attr", true),
    ("script-src-elem", true),
    ("style-src", true),
    ("style-src-attr", true),
    ("style-src-elem", true),
    ("trusted-types", false),
    ("upgrade-insecure-requests", false),
    ("worker-src", true),
];

/// Directives that count in a header line alone (CSP Level 3, section 3.3).
const IGNORED_IN_PAGES: [&str; 3] = ["frame-ancestors", "report-uri", "sandbox"];

/// The most faults that are named.
const FAULTS_NAMED: usize = 16;

/// The longest part of a policy that a fault repeats, in characters.
const FAULT_LENGTH: usize = 80;

/// The policies that browsers enforce, in order.
pub(super) struct Enforced(Vec<Policy>);

/// Where scripts come from.
#[derive(Clone, Copy)]
enum Script {
    Element,
    Attribute,
    Eval,
}

impl Enforced {
    /// Those of the header lines, and those that the page states in itself.
    pub(super) fn read(head: &Head, stated: &[String]) -> Self {
        let lines = head.values("Content-Security-Policy").map(lines::text);
        let sent = lines.flat_map(|line| CspList::parse(&line, PolicySource::Header, PolicyDisposition::Enforce).0);
        let stated =
            stated.iter().flat_map(|text| CspList::parse(text, PolicySource::Meta, PolicyDisposition::Enforce).0).map(|mut policy| {
                policy.directive_set.retain(|directive| !IGNORED_IN_PAGES.contains(&directive.name.as_str()));
                policy
            });
        Self(sent.chain(stated.filter(|policy: &Policy| !policy.directive_set.is_empty())).collect())
    }

    /// The values of a directive, one list for each policy that has it.
    pub(super) fn values(&self, directive: &str) -> Vec<Vec<String>> {
        self.0.iter().filter_map(|policy| value(policy, directive)).map(<[String]>::to_vec).collect()
    }

    /// What they allow together; absent when there is none.
    pub(super) fn together(&self, head: &Head) -> Option<ContentSecurityPolicy> {
        if self.0.is_empty() {
            return None;
        }
        let all_allow = |allows: &dyn Fn(&Policy) -> bool| self.0.iter().all(allows);
        let inline = |kind| all_allow(&|policy| scripts(policy, kind).is_none_or(|sources| allows_inline(&sources)));
        let restricted =
            |names: &[&str]| self.0.iter().any(|policy| first_of(policy, names).is_some_and(|sources| !lets_everyone_in(&sources)));
        Some(ContentSecurityPolicy {
            policies: u32::try_from(self.0.len()).unwrap_or(u32::MAX),
            restricts_scripts: self.0.iter().any(|policy| scripts(policy, Script::Eval).is_some()),
            inline_scripts: inline(Script::Element) || inline(Script::Attribute),
            eval: all_allow(&|policy| scripts(policy, Script::Eval).is_none_or(|sources| has(&sources, "unsafe-eval"))),
            any_script_host: all_allow(&|policy| scripts(policy, Script::Element).is_none_or(|sources| allows_any_host(&sources))),
            restricts_objects: restricted(&["object-src", "default-src"]),
            restricts_base: restricted(&["base-uri"]),
            restricts_forms: restricted(&["form-action"]),
            faults: faults(head, &self.0),
        })
    }
}

fn value<'a>(policy: &'a Policy, name: &str) -> Option<&'a [String]> {
    policy.directive_set.iter().find(|directive| directive.name == name).map(|directive| directive.value.as_slice())
}

/// The sources of the first of the directives that the policy has.
fn first_of(policy: &Policy, names: &[&str]) -> Option<Vec<Source>> {
    let written = names.iter().find_map(|name| value(policy, name))?;
    Some(written.iter().map(|source| Source::parse(source)).collect())
}

/// What governs scripts; absent where nothing does (section 6.8.3, the fallback lists).
fn scripts(policy: &Policy, kind: Script) -> Option<Vec<Source>> {
    match kind {
        Script::Element => first_of(policy, &["script-src-elem", "script-src", "default-src"]),
        Script::Attribute => first_of(policy, &["script-src-attr", "script-src", "default-src"]),
        Script::Eval => first_of(policy, &["script-src", "default-src"]),
    }
}

fn has(sources: &[Source], keyword: &str) -> bool {
    sources.iter().any(|source| source.is_keyword(keyword))
}

/// "Does a source list allow all inline behavior for type?" (section 6.7.3.2)
fn allows_inline(sources: &[Source]) -> bool {
    has(sources, "unsafe-inline") && !has(sources, "strict-dynamic") && !sources.contains(&Source::NonceOrHash)
}

fn allows_any_host(sources: &[Source]) -> bool {
    !has(sources, "strict-dynamic") && lets_everyone_in(sources)
}

fn lets_everyone_in(sources: &[Source]) -> bool {
    sources.iter().any(Source::is_everyone)
}

/// Parts that a browser does not understand, each once.
fn faults(head: &Head, policies: &[Policy]) -> Vec<String> {
    let dropped = head.values("Content-Security-Policy").map(lines::text).flat_map(|line| dropped_directives(&line)).collect::<Vec<_>>();
    let unknown = policies.iter().flat_map(|policy| &policy.directive_set).flat_map(|directive| {
        match DIRECTIVES.iter().find(|(name, _)| *name == directive.name) {
            Some((_, true)) => source_faults(&directive.name, &directive.value),
            Some((_, false)) => Vec::new(),
            None => vec![unknown_directive(&directive.name)],
        }
    });
    let mut seen = BTreeSet::new();
    dropped.into_iter().chain(unknown).filter(|fault| seen.insert(fault.clone())).take(FAULTS_NAMED).collect()
}

/// What the parsing algorithm passes over: repeated directives, and those with other letters than ASCII (section 2.2.1).
fn dropped_directives(line: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for policy in line.split(',') {
        let mut names = BTreeSet::new();
        for directive in policy.split(';').map(str::trim_ascii).filter(|directive| !directive.is_empty()) {
            let name = directive.split_ascii_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            if !directive.is_ascii() {
                faults.push(format!("`{}` holds letters that are not ASCII, and is passed over", shown(&name)));
            } else if !names.insert(name.clone()) {
                faults.push(format!("`{}` stands twice in one policy, and only the first counts", shown(&name)));
            }
        }
    }
    faults
}

fn unknown_directive(name: &str) -> String {
    let meant =
        nearest(name, DIRECTIVES.iter().map(|(known, _)| *known)).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("`{}` is no directive{meant}", shown(name))
}

fn source_faults(directive: &str, value: &[String]) -> Vec<String> {
    let is_alone = value.len() == 1;
    value.iter().filter_map(|written| source_fault(written, is_alone)).map(|fault| format!("`{directive}`: {fault}")).collect()
}

fn source_fault(written: &str, is_alone: bool) -> Option<String> {
    let source = Source::parse(written);
    if source == Source::Unknown {
        return Some(format!("`{}` is no source", shown(written)));
    }
    if source.is_keyword("none") && !is_alone {
        return Some("`'none'` counts for nothing beside other sources".to_owned());
    }
    let in_quotes = format!("'{written}'");
    let lacks_quotes = matches!(source, Source::Host(_)) && matches!(Source::parse(&in_quotes), Source::Keyword(_) | Source::NonceOrHash);
    lacks_quotes.then(|| format!("`{}` without its quotes is a host name", shown(written)))
}

fn shown(text: &str) -> String {
    visible_within(&masking::text(text), FAULT_LENGTH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collect::web::header_facts::tests::head;

    fn policy(lines: &[&str]) -> ContentSecurityPolicy {
        let lines: Vec<(&str, &str)> = lines.iter().map(|line| ("Content-Security-Policy", *line)).collect();
        let head = head(&lines);
        Enforced::read(&head, &[]).together(&head).unwrap()
    }

    #[test]
    fn a_policy_that_stands_in_the_page_counts_but_not_for_frames() {
        let stated = ["default-src 'self'; frame-ancestors 'none'; sandbox; report-uri /x".to_owned(), "frame-ancestors 'self'".to_owned()];
        let enforced = Enforced::read(&head(&[]), &stated);
        assert!(enforced.values("frame-ancestors").is_empty() && enforced.values("sandbox").is_empty());
        let together = enforced.together(&head(&[])).unwrap();
        assert_eq!((together.policies, together.restricts_scripts, together.inline_scripts), (1, true, false));
    }

    #[test]
    fn a_policy_that_is_only_reported_or_says_nothing_is_none() {
        for line in [("Content-Security-Policy-Report-Only", "default-src 'none'"), ("Content-Security-Policy", " ; ,;")] {
            let head = head(&[line]);
            assert_eq!(Enforced::read(&head, &[]).together(&head), None, "{line:?}");
        }
    }

    #[test]
    fn a_nonce_a_hash_and_strict_dynamic_each_switch_unsafe_inline_off() {
        assert!(policy(&["script-src 'unsafe-inline'"]).inline_scripts);
        for beside in ["'nonce-abc='", "'sha256-abc='", "'strict-dynamic'"] {
            assert!(!policy(&[&format!("script-src 'UNSAFE-inline' {beside}")]).inline_scripts, "{beside}");
        }
        let attributes = policy(&["script-src-elem 'self'; script-src 'unsafe-inline'"]);
        assert!(attributes.inline_scripts, "handlers in attributes still run");
    }

    #[test]
    fn strict_dynamic_switches_host_lists_off() {
        assert!(policy(&["SCRIPT-SRC https:"]).any_script_host);
        assert!(policy(&["default-src *"]).any_script_host);
        assert!(policy(&["img-src 'self'"]).any_script_host, "scripts are not restricted");
        assert!(!policy(&["script-src https: 'strict-dynamic' 'nonce-abc'"]).any_script_host);
        assert!(!policy(&["script-src https://cdn.example"]).any_script_host);
    }

    #[test]
    fn policies_forbid_together_what_one_of_them_forbids() {
        for lines in [&["script-src 'unsafe-inline' 'unsafe-eval' *", "script-src 'self'"][..], &["default-src *, default-src 'self'"]] {
            let together = policy(lines);
            assert_eq!((together.policies, together.inline_scripts, together.eval, together.any_script_host), (2, false, false, false));
        }
        let apart =
            policy(&["script-src-elem 'unsafe-inline'; script-src-attr 'none'", "script-src-attr 'unsafe-inline'; script-src-elem 'none'"]);
        assert!(!apart.inline_scripts, "each forbids what the other allows");
    }

    #[test]
    fn base_and_forms_do_not_fall_back_and_objects_do() {
        let default = policy(&["default-src 'none'"]);
        assert_eq!((default.restricts_objects, default.restricts_base, default.restricts_forms), (true, false, false));
        let broad = policy(&["base-uri *; form-action https:; object-src 'none'"]);
        assert_eq!((broad.restricts_objects, broad.restricts_base, broad.restricts_forms), (true, false, false));
    }

    #[test]
    fn what_browsers_pass_over_is_a_fault() {
        let faults = policy(&["scirpt-src 'self'; img-src self 'none'; img-src *; style-src 'selv'; font-src \u{e9}"]).faults;
        for expected in
            ["did you mean `script-src`", "without its quotes", "counts for nothing", "twice", "`'selv'` is no source", "not ASCII"]
        {
            assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:#?}");
        }
        assert_eq!(policy(&["default-src 'self' https://*.a.example:* data:; sandbox allow-forms; report-uri /r"]).faults, [""; 0]);
    }

    proptest! {
        #[test]
        fn one_policy_more_never_allows_more(first in "[ -~]{0,60}", second in "(script|default)-src( ('self'|\\*|https:|'unsafe-inline'|'unsafe-eval'|'strict-dynamic'|'nonce-a')){0,4}") {
            let alone = policy(&[&second]);
            let both = policy(&[&second, &first]);
            prop_assert!(alone.inline_scripts || !both.inline_scripts);
            prop_assert!(alone.eval || !both.eval);
            prop_assert!(alone.any_script_host || !both.any_script_host);
        }

        #[test]
        fn faults_are_few_and_short_whatever_comes(value in "\\PC{0,400}") {
            let head = head(&[("Content-Security-Policy", &value)]);
            if let Some(policy) = Enforced::read(&head, &[]).together(&head) {
                prop_assert!(policy.faults.len() <= FAULTS_NAMED);
                prop_assert!(policy.faults.iter().all(|fault| fault.chars().count() < 400));
            }
        }
    }
}
