//! The files of a pack as they are written; `redflag schema rule` comes from [`RuleSyntax`].

use std::collections::BTreeMap;

use std::fmt;

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{
        self, MapAccess, Visitor,
        value::{MapAccessDeserializer, StrDeserializer},
    },
};

use super::{Requirement, Severity};
use crate::{
    evidence::{Platform, Profile, Vocabulary},
    yaml::Spanned,
};

/// A rule as written: one YAML file, `rules/PACK/AREA/NAME.yaml`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSyntax {
    /// `PACK.AREA.NAME`, in agreement with the path of the file.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The fault it looks for, as a sentence.
    pub title: String,
    /// The id of the requirement it serves.
    #[schemars(with = "String")]
    pub requirement: Spanned<String>,
    /// How bad a failure is.
    pub severity: SeveritySyntax,
    /// What it is judged on: one outcome for each.
    pub each: Each,
    /// CEL: when false, the rule does not apply to the subject. Absent, it always applies.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub when: Option<Spanned<String>>,
    /// CEL: what must be true of the subject.
    #[schemars(with = "String")]
    pub expect: Spanned<String>,
    /// What was seen when it is not, with `{{ CEL }}` in it.
    #[schemars(with = "String")]
    pub message: Spanned<String>,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub fix: String,
    /// CWE and OWASP references, as in `cwe-326` and `owasp-2021-a02`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub references: Vec<Spanned<String>>,
    /// What the source collector looks for on behalf of this rule; with `each: source`, and only then. The rule judges what is found
    /// under these names and nothing else.
    #[serde(default)]
    #[schemars(with = "Option<Vocabulary>")]
    pub watch: Option<Spanned<Vocabulary>>,
    /// What another rule tells of the same written value, this one does not: its names say less of what the value is for.
    #[serde(default)]
    pub gives_way: bool,
    /// Its own proof.
    #[serde(default)]
    pub examples: ExamplesSyntax,
}

/// Examples of a rule: at least one of each.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExamplesSyntax {
    /// Subjects that are as expected.
    #[schemars(with = "Vec<ExampleSyntax>")]
    pub pass: Vec<Spanned<ExampleSyntax>>,
    /// Subjects that are not.
    #[schemars(with = "Vec<ExampleSyntax>")]
    pub fail: Vec<Spanned<ExampleSyntax>>,
}

/// One example: facts by the names of their variables, as far as the rule reads them (`protocol: { offered: true }`); or, for
/// `each: source`, the name of a `file` and its `code`. `also_fails` lists the other rules that fail on it.
pub type ExampleSyntax = serde_json::Map<String, serde_json::Value>;

/// What a rule is judged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    /// The app as declared, with all its URLs.
    App,
    /// Each URL.
    Endpoint,
    /// Each address of each https URL's host.
    Address,
    /// Each version of SSL and TLS, on each address.
    Protocol,
    /// Each certificate as sent, on each address.
    Certificate,
    /// Each known weakness of TLS servers, on each address.
    Weakness,
    /// Each response of each visit.
    Response,
    /// Each cookie that was set.
    Cookie,
    /// Each answer to a question, of each URL.
    Answer,
    /// How each URL treats somebody who is not signed in.
    #[serde(rename = "sign_in")]
    SignIn,
    /// The URL template of each web panel.
    Panel,
    /// Each file that must not be public, on each host that was asked for it.
    #[serde(rename = "exposed_file")]
    ExposedFile,
    /// Each forged request that each URL ought to be tried with.
    Attempt,
    /// Each fact in the source that the rule watches for.
    Source,
}

impl Each {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::App,
        Self::Endpoint,
        Self::Address,
        Self::Protocol,
        Self::Certificate,
        Self::Weakness,
        Self::Response,
        Self::Cookie,
        Self::Answer,
        Self::SignIn,
        Self::Panel,
        Self::ExposedFile,
        Self::Attempt,
        Self::Source,
    ];

    /// The word used in rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Endpoint => "endpoint",
            Self::Address => "address",
            Self::Protocol => "protocol",
            Self::Certificate => "certificate",
            Self::Weakness => "weakness",
            Self::Response => "response",
            Self::Cookie => "cookie",
            Self::Answer => "answer",
            Self::SignIn => "sign_in",
            Self::Panel => "panel",
            Self::ExposedFile => "exposed_file",
            Self::Attempt => "attempt",
            Self::Source => "source",
        }
    }

    /// The variables that its expressions may use.
    #[must_use]
    pub fn variables(self) -> &'static [&'static str] {
        match self {
            Self::App => &["app", "profile", "now", "endpoints"],
            Self::Endpoint => &["app", "profile", "now", "endpoint"],
            Self::Address => &["app", "profile", "now", "endpoint", "address"],
            Self::Protocol => &["app", "profile", "now", "endpoint", "address", "protocol"],
            Self::Certificate => &["app", "profile", "now", "endpoint", "address", "certificate"],
            Self::Weakness => &["app", "profile", "now", "endpoint", "address", "weakness"],
            Self::Response => &["app", "profile", "now", "endpoint", "response"],
            Self::Cookie => &["app", "profile", "now", "endpoint", "cookie"],
            Self::Answer => &["app", "profile", "now", "endpoint", "answer"],
            Self::SignIn => &["app", "profile", "now", "endpoint", "sign_in"],
            Self::Panel => &["app", "profile", "now", "endpoint", "panel"],
            Self::ExposedFile => &["app", "profile", "now", "endpoint", "exposed_file"],
            Self::Attempt => &["app", "profile", "now", "endpoint", "attempt"],
            Self::Source => &["app", "profile", "now", "other_services", "fact", "passed"],
        }
    }
}

/// A severity for everyone, or one for each profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[serde(untagged)]
pub enum SeveritySyntax {
    /// The same for all apps.
    Same(Severity),
    /// `{ standard: high, custom: low }`.
    ByProfile(SeverityByProfile),
}

/// A severity for each profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityByProfile {
    /// For standard apps.
    pub standard: Severity,
    /// For custom apps.
    pub custom: Severity,
}

impl SeveritySyntax {
    /// The severity under a profile.
    #[must_use]
    pub fn under(self, profile: Profile) -> Severity {
        match (self, profile) {
            (Self::Same(severity), _) => severity,
            (Self::ByProfile(severities), Profile::Standard) => severities.standard,
            (Self::ByProfile(severities), Profile::Custom) => severities.custom,
        }
    }
}

// By hand, because a derived untagged enum forgets which word was wrong.
impl<'de> Deserialize<'de> for SeveritySyntax {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SeverityVisitor)
    }
}

struct SeverityVisitor;

impl<'de> Visitor<'de> for SeverityVisitor {
    type Value = SeveritySyntax;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a severity, or one for `standard` and one for `custom`")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Self::Value, E> {
        Severity::deserialize(StrDeserializer::new(word)).map(SeveritySyntax::Same)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        SeverityByProfile::deserialize(MapAccessDeserializer::new(map)).map(SeveritySyntax::ByProfile)
    }
}

/// `pack.yaml`: who asks for what.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackSyntax {
    /// The name of the pack, and of its folder.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// What it is called in reports.
    pub title: String,
    /// The edition of the requirements.
    pub edition: String,
    /// Where the requirements are published.
    #[serde(default)]
    pub source_url: Option<String>,
    /// Who audits.
    #[serde(default)]
    pub auditor: Option<String>,
    /// Who is to be told when a secret of the platform may be known to others.
    #[serde(default)]
    pub notified: Option<String>,
    /// Domains that get no probe at all, whatever the manifest says: the vendor's own.
    #[serde(default)]
    pub off_limits: Vec<String>,
    /// What the vendor's platform looks like from outside: its environments, its sign-in, its web panels.
    #[serde(default)]
    pub platform: Platform,
    /// How names in source and configuration say that they are about a service of someone else: regular expressions without regard to case. Rules over source
    /// read all of them as one, `other_services`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub other_services: Vec<Spanned<String>>,
    /// Names that several rules watch for, in groups: in a `watch` section, `$password` stands for those under `password`.
    #[serde(default)]
    pub names: BTreeMap<String, Vec<String>>,
}

/// `requirements/*.yaml`: one chapter of the certification text.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChapterSyntax {
    /// The heading.
    pub chapter: String,
    /// Its requirements in document order.
    #[schemars(with = "Vec<Requirement>")]
    pub requirements: Vec<Spanned<Requirement>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;

    #[test]
    fn the_schema_of_a_rule_names_every_key_and_no_other() {
        let schema = schemars::schema_for!(RuleSyntax).to_value();
        let keys: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [
            "id",
            "title",
            "requirement",
            "severity",
            "each",
            "when",
            "expect",
            "message",
            "why",
            "fix",
            "references",
            "watch",
            "gives_way",
            "examples",
        ];
        expected.sort_unstable();
        assert_eq!(keys, expected);
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn a_wrong_severity_is_told_which_word_was_meant() {
        let read = |text: &str| read::<BTreeMap<String, SeveritySyntax>>("f", &format!("a: low\nseverity: {text}\n"));
        for (text, message) in [
            ("hihg", "f:2:1: unknown word `hihg`; did you mean `high`?"),
            ("{ standard: high, costum: low }", "f:2:29: unknown key `costum`; did you mean `custom`?"),
            ("{ standard: high }", "f:2:13: the key `custom` is missing"),
            ("[high]", "f:2:1: invalid type: sequence, expected a severity, or one for `standard` and one for `custom`"),
        ] {
            assert_eq!(read(text).unwrap_err()[0].to_string(), message);
        }
        assert_eq!(read("low").unwrap()["severity"].under(Profile::Custom), Severity::Low);
        assert_eq!(read("{ standard: high, custom: low }").unwrap()["severity"].under(Profile::Custom), Severity::Low);
    }
}
