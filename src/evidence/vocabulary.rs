//! What rules ask the source collector to look for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::{SourceArgument, SourceFact, Surface};

/// What a name begins with that stands for a group of names of the pack: `$password`.
pub const GROUP: char = '$';

/// What the source collector looks for: the union of the `watch` sections of all rules.
///
/// A name matches a sink by its last segments, without regard to case: `Services.ApplicationToken` matches `ConfigFile.Services.ApplicationToken`.
/// In a rule, `$NAME` stands for the names that the pack lists under it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Vocabulary {
    /// Names under which values stand, whatever gives them: each counts as one under `assignment`, `argument` and `config_key`.
    pub value: Vec<String>,
    /// Member paths, field and variable names that are assigned or initialised.
    pub assignment: Vec<String>,
    /// Those under `assignment` that must not be set at all, and those under `call` that must not be called: what they get is told where that is done. Any
    /// other written value is told where it is written, and not where a name for it is used.
    pub in_place: Vec<String>,
    /// Parameter names and header names that values are passed to.
    pub argument: Vec<String>,
    /// Keys of configuration files.
    pub config_key: Vec<String>,
    /// Switches, in code and in configuration: `TokenValidationParameters.ValidateIssuer`, `httpCookies/@requireSSL`.
    pub setting: Vec<String>,
    /// Switches of which only some written values are of interest.
    pub holding: Vec<HoldingSetting>,
    /// Switches that are unsafe when they are left out.
    pub missing: Vec<MissingSetting>,
    /// Functions, methods and types that are called or created.
    pub call: Vec<String>,
    /// Those among them that are passed a credential, by where it stands. Each counts as one under `call`.
    pub passed: Vec<Passed>,
    /// Text of a known form.
    pub literal: Vec<LiteralPattern>,
    /// Text of forms that other rules of the pack describe, by their names.
    pub literal_of_others: Vec<String>,
    /// Kinds of private keys: `pem`, `openssh`, `rsa-xml`, `jwk`, `putty`, `pgp`; under a password `pem-encrypted`, `openssh-encrypted`,
    /// `putty-encrypted`; stores `pkcs12`, `java-keystore`, `snk`.
    pub key_material: Vec<String>,
    /// Names of what must not be written to a log.
    pub logged: Vec<String>,
    /// Names of what must not travel in the query of an address.
    pub query: Vec<String>,
    /// Words whose presence in a file says what it is about, as in `superoffice`.
    pub context: Vec<String>,
    /// Environments, by whose names values are compared.
    pub environment: Vec<NamedEnvironment>,
}

/// Calls that are passed a credential in one place: `NetworkCredential(user, password)` in the second.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// Where it stands among what is passed.
    pub at: PassedAt,
    /// The functions, methods and types.
    pub to: Vec<String>,
}

/// A place among what a call is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PassedAt {
    /// `f(credential, …)`.
    First,
    /// `f(_, credential, …)`.
    Second,
    /// `f(_, _, credential, …)`.
    Third,
    /// `f(_, _, _, credential, …)`.
    Fourth,
    /// After all others, however many there are.
    Last,
}

impl PassedAt {
    /// Whether what stands at a position stands there, when `last` is the last position of all.
    #[must_use]
    pub fn is_at(self, position: u32, last: u32) -> bool {
        match self {
            Self::First => position == 0,
            Self::Second => position == 1,
            Self::Third => position == 2,
            Self::Fourth => position == 3,
            Self::Last => position == last,
        }
    }
}

/// An environment that an app runs in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedEnvironment {
    /// What facts call it.
    pub name: String,
    /// Words by which files and keys call it, in lower case.
    pub words: Vec<String>,
}

/// A switch of which a written value is of interest only where it holds some text, as that of `response_type` where it holds `token`: most files that
/// set it need not be taken apart then. Where another rule watches the same switch and does not say so, all of its values are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldingSetting {
    /// One of those under `setting`.
    pub setting: String,
    /// Text of which a written value must hold one, without regard to case.
    pub texts: Vec<String>,
}

impl HoldingSetting {
    /// Whether it limits a switch that a vocabulary watches without limit.
    fn is_unlimited_in(&self, vocabulary: &Vocabulary) -> bool {
        let is_same = |name: &String| name.eq_ignore_ascii_case(&self.setting);
        vocabulary.setting.iter().any(is_same) && !vocabulary.holding.iter().any(|other| is_same(&other.setting))
    }
}

/// A switch that is unsafe when it is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingSetting {
    /// What is created, called or configured: a type, a function, an element.
    pub of: String,
    /// The switch that it should have.
    pub setting: String,
    /// Switches and calls that stand for it when they are on, or made, anywhere in the source. They must be watched too.
    #[serde(default)]
    pub unless: Vec<String>,
}

/// Text of a known form, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiteralPattern {
    /// What it is called; the sink of its facts.
    pub name: String,
    /// A regular expression. The group `value`, if there is one, is what gets masked.
    pub pattern: String,
    /// Text of which the file must hold one, so that the expression is not tried on every file. Without regard to case.
    pub needs: Vec<String>,
    /// A regular expression; a match in which it matches too is a stand-in: an address of this machine, an example of the documentation.
    #[serde(default)]
    pub unless: Option<String>,
    /// Whether the text is a secret, so that it is masked; otherwise it is shown.
    #[serde(default = "yes")]
    pub secret: bool,
    /// What the files are for in which it is looked for; without any, all.
    #[serde(default)]
    pub surfaces: Vec<Surface>,
}

fn yes() -> bool {
    true
}

impl MissingSetting {
    /// What a fact about it says that it is about: `HttpCookie.HttpOnly`.
    #[must_use]
    pub fn watched(&self) -> String {
        format!("{}.{}", self.of, self.setting)
    }
}

impl Vocabulary {
    /// Puts the names under `value` where they count.
    #[must_use]
    pub fn spread(mut self) -> Self {
        let value = std::mem::take(&mut self.value);
        for names in [&mut self.assignment, &mut self.argument, &mut self.config_key] {
            add(names, &value);
        }
        for Passed { to, .. } in &self.passed {
            add(&mut self.call, to);
        }
        self
    }

    /// Puts the names of a pack's groups in the places of the groups.
    ///
    /// # Errors
    ///
    /// The groups that there are not, each as it is written: `$password`.
    pub fn fill_in(&mut self, groups: &BTreeMap<String, Vec<String>>) -> Result<(), Vec<String>> {
        let mut unknown = Vec::new();
        let Self { value, assignment, in_place, argument, config_key, setting, call, logged, query, .. } = self;
        let passed = self.passed.iter_mut().map(|passed| &mut passed.to);
        for names in [value, assignment, in_place, argument, config_key, setting, call, logged, query].into_iter().chain(passed) {
            let (named, mut filled): (Vec<String>, Vec<String>) =
                std::mem::take(names).into_iter().partition(|name| name.starts_with(GROUP));
            for name in named {
                if let Some(group) = groups.get(name.trim_start_matches(GROUP)) {
                    add(&mut filled, group);
                } else {
                    unknown.push(name.clone());
                    filled.push(name);
                }
            }
            *names = filled;
        }
        if unknown.is_empty() { Ok(()) } else { Err(unknown) }
    }

    /// What a call is passed in the place in which a credential is watched for.
    #[must_use]
    pub fn passed<'f>(&self, call: &'f SourceFact) -> Option<&'f SourceArgument> {
        let Passed { at, .. } = self.passed.iter().find(|passed| passed.to.contains(&call.watched))?;
        let last = call.arguments.iter().map(|argument| argument.position).max()?;
        call.arguments.iter().find(|argument| at.is_at(argument.position, last))
    }

    /// Takes in what another rule watches, each name once.
    pub fn merge(&mut self, other: &Self) {
        let Self {
            value,
            assignment,
            in_place,
            argument,
            config_key,
            setting,
            holding,
            missing,
            call,
            passed,
            literal,
            key_material,
            logged,
            query,
            context,
            environment,
            literal_of_others,
        } = other;
        let limits: Vec<HoldingSetting> = holding.iter().filter(|limit| !limit.is_unlimited_in(self)).cloned().collect();
        self.holding.retain(|limit| !limit.is_unlimited_in(other));
        add(&mut self.holding, &limits);
        add(&mut self.value, value);
        add(&mut self.assignment, assignment);
        add(&mut self.in_place, in_place);
        add(&mut self.argument, argument);
        add(&mut self.config_key, config_key);
        add(&mut self.setting, setting);
        add(&mut self.missing, missing);
        add(&mut self.call, call);
        add(&mut self.passed, passed);
        add(&mut self.literal, literal);
        add(&mut self.key_material, key_material);
        add(&mut self.logged, logged);
        add(&mut self.query, query);
        add(&mut self.context, context);
        add(&mut self.environment, environment);
        add(&mut self.literal_of_others, literal_of_others);
    }
}

/// Takes in what is not there yet, in order.
fn add<T: Clone + Ord>(mine: &mut Vec<T>, theirs: &[T]) {
    mine.extend_from_slice(theirs);
    mine.sort();
    mine.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_that_any_rule_watches_without_limit_has_none() {
        let watching = |texts: Option<&str>| {
            let limit = |text: &str| HoldingSetting { setting: "flow".to_owned(), texts: vec![text.to_owned()] };
            Vocabulary { setting: vec!["flow".to_owned()], holding: texts.map(limit).into_iter().collect(), ..Vocabulary::default() }
        };
        let limits = |rules: &[Option<&str>]| {
            let mut all = Vocabulary::default();
            for texts in rules {
                all.merge(&watching(*texts));
            }
            all.holding.len()
        };
        assert_eq!(limits(&[Some("token"), Some("code")]), 2);
        for rules in [[Some("token"), None, Some("code")], [None, Some("token"), Some("code")], [Some("token"), Some("code"), None]] {
            assert_eq!(limits(&rules), 0, "{rules:?}");
        }
    }

    #[test]
    fn a_group_of_names_stands_for_each_of_them_wherever_names_are_listed() {
        let groups = BTreeMap::from([("password".to_owned(), vec!["*Password".to_owned(), "*Passord".to_owned()])]);
        let named = |name: &str| Vocabulary {
            value: vec![name.to_owned(), "*Password".to_owned()],
            passed: vec![Passed { at: PassedAt::First, to: vec![name.to_owned()] }],
            ..Vocabulary::default()
        };
        let mut known = named("$password");
        assert_eq!(known.fill_in(&groups), Ok(()));
        assert_eq!(
            (known.value.as_slice(), known.passed[0].to.as_slice()),
            (&["*Passord".to_owned(), "*Password".to_owned()][..], &["*Passord".to_owned(), "*Password".to_owned()][..])
        );
        assert_eq!(named("$passwort").fill_in(&groups), Err(vec!["$passwort".to_owned(); 2]));
    }

    #[test]
    fn a_credential_is_looked_for_where_it_stands_among_what_is_passed() {
        let passed = |at: &str, count: u32| {
            let passed = serde_json::json!([{ "at": at, "to": ["open"] }]);
            let watch = Vocabulary { passed: serde_json::from_value(passed).expect("places"), ..Vocabulary::default() }.spread();
            assert_eq!(watch.call, ["open"]);
            let arguments: Vec<_> = (0..count).map(|at| serde_json::json!({ "name": null, "position": at, "origin": "literal" })).collect();
            let call: SourceFact = serde_json::from_value(serde_json::json!({
                "kind": "call", "sink": "open", "watched": "open", "language": "php", "origin": "unknown", "in_comment": false, "path": "a.php",
                "line": 1, "column": 1, "end_line": 1, "end_column": 9, "trace": [], "arguments": arguments,
            }))
            .expect("a fact");
            assert_eq!(watch.passed(&SourceFact { watched: "close".to_owned(), ..call.clone() }), None);
            watch.passed(&call).map(|argument| argument.position)
        };
        for (at, position) in [("first", 0), ("second", 1), ("third", 2), ("fourth", 3), ("last", 4)] {
            assert_eq!(passed(at, 5), Some(position), "{at}");
        }
        assert_eq!((passed("last", 1), passed("second", 1), passed("last", 0)), (Some(0), None, None));
    }
}
