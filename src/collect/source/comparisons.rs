//! What is only told by comparing facts: that one value serves several environments, and that a switch is set once for the whole app.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    collect::source::{
        history::{Mark, mark},
        names::{Names, segments, words},
    },
    evidence::{FactKind, MissingSetting, NamedEnvironment, Origin, SourceFact},
};

/// What a switch says that is on, in lower case.
const ON: [&str; 8] = ["true", "1", "on", "yes", "always", "enabled", "httponlypolicy.always", "strict"];

/// Folders that hold a part of an app and no app of their own, in lower case.
const PARTS: [&str; 20] = [
    "app",
    "app_code",
    "app_start",
    "bootstrap",
    "common",
    "conf",
    "config",
    "core",
    "helpers",
    "inc",
    "include",
    "includes",
    "lib",
    "libs",
    "public",
    "server",
    "shared",
    "src",
    "startup",
    "system",
];

/// Facts with the values they hold, of which only the marks are kept.
pub(super) struct Values<'a> {
    /// The environments that rules name.
    environments: &'a [NamedEnvironment],
    /// The environments in which a value serves.
    served: BTreeMap<Mark, BTreeSet<&'a str>>,
    /// By the number of the fact.
    marks: Vec<Option<(Mark, &'a str)>>,
}

impl<'a> Values<'a> {
    pub(super) fn new(environments: &'a [NamedEnvironment]) -> Self {
        Self { environments, served: BTreeMap::new(), marks: Vec::new() }
    }

    /// Takes in the next fact and the secret that it holds.
    pub(super) fn add(&mut self, fact: &SourceFact, secret: Option<&str>) {
        let is_named = matches!(fact.kind, FactKind::Assignment | FactKind::Argument | FactKind::ConfigKey | FactKind::Header);
        let secret = secret.filter(|_| is_named && !fact.in_comment);
        let marked = secret.and_then(|secret| Some((mark(secret), environment(&fact.path, &fact.sink, self.environments)?)));
        if let Some((mark, environment)) = &marked {
            self.served.entry(*mark).or_default().insert(environment);
        }
        self.marks.push(marked);
    }

    /// Says of every fact, in the order in which they were taken in, in which other environments its value serves.
    pub(super) fn tell(self, facts: &mut [SourceFact]) {
        for (fact, marked) in facts.iter_mut().zip(&self.marks) {
            let Some((mark, own)) = marked else { continue };
            fact.environment = Some((*own).to_owned());
            let others = self.served.get(mark).into_iter().flatten().filter(|other| *other != own);
            fact.also_in = others.map(ToString::to_string).collect();
        }
    }
}

/// The environment that a file is for by its name or its innermost folder, or a key by the names on the way to it; absent where none is named, or more than one.
fn environment<'a>(path: &str, sink: &str, environments: &'a [NamedEnvironment]) -> Option<&'a str> {
    let of_word = |word: &str| {
        environments.iter().find(|environment| environment.words.iter().any(|known| known == word)).map(|found| found.name.as_str())
    };
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = folders.rsplit('/').next().unwrap_or("");
    let mut named: BTreeSet<&'a str> = segments(sink).flat_map(words).filter_map(|word| of_word(&word)).collect();
    if named.is_empty() {
        named = words(name).iter().filter_map(|word| of_word(word)).collect();
    }
    if named.is_empty() {
        named.extend(of_word(&folder.to_lowercase()));
    }
    named.pop_first().filter(|_| named.is_empty())
}

/// Without the switches that are missing where they could stand, but are set for the app around.
pub(super) fn without_settled(facts: &mut Vec<SourceFact>, missing: &[(Names, MissingSetting)]) {
    let settled: BTreeMap<String, BTreeSet<String>> =
        missing.iter().map(|(_, missing)| (missing.watched(), apps_that_settle(facts, missing))).collect();
    facts.retain(|fact| {
        let apps = settled.get(&fact.watched).filter(|_| fact.kind == FactKind::Setting && fact.origin == Origin::Absent);
        !apps.into_iter().flatten().any(|app| fact.path.starts_with(app.as_str()))
    });
}

/// The folders of the apps in which something that stands for a switch is on, or called.
fn apps_that_settle(facts: &[SourceFact], missing: &MissingSetting) -> BTreeSet<String> {
    if missing.unless.is_empty() {
        return BTreeSet::new();
    }
    let names = Names::new(&missing.unless);
    let settles = |fact: &&SourceFact| {
        let is_on = fact.value.as_ref().is_some_and(|value| ON.contains(&value.to_lowercase().as_str()));
        let path: Vec<&str> = segments(&fact.sink).collect();
        (is_on || fact.kind == FactKind::Call)
            && (names.matching(&path).is_some_and(|found| found.exact) || missing.unless.contains(&fact.watched))
    };
    facts.iter().filter(|fact| !fact.in_comment).filter(settles).map(|fact| app_of(&fact.path)).collect()
}

/// The folder of the app that a file belongs to, up to its last slash: its own, or the one around where it stands among what an app is made of.
fn app_of(path: &str) -> String {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    while folders.last().is_some_and(|folder| PARTS.contains(&folder.to_lowercase().as_str())) {
        folders.pop();
    }
    folders.iter().flat_map(|folder| [*folder, "/"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_the_folder_around_its_parts() {
        for (path, app) in
            [("web.config", ""), ("Shop/web.config", "Shop/"), ("shop/includes/init.php", "shop/"), ("src/config/session.php", "")]
        {
            assert_eq!(app_of(path), app, "{path}");
        }
    }

    #[test]
    fn files_and_keys_tell_the_environment_they_are_for() {
        let named =
            |name: &str, words: &[&str]| NamedEnvironment { name: name.into(), words: words.iter().map(ToString::to_string).collect() };
        let environments = [
            named("development", &["sod", "dev"]),
            named("staging", &["stage", "staging"]),
            named("production", &["prod", "production", "release"]),
        ];
        for (path, sink, expected) in [
            ("appsettings.Production.json", "SuperOffice:ClientSecret", Some("production")),
            ("appsettings.Staging.json", "SuperOffice:ClientSecret", Some("staging")),
            ("appsettings.json", "SuperOffice:Sod:ClientSecret", Some("development")),
            ("appsettings.json", "SuperOffice:ClientSecret", None),
            (".env.production", "SO_CLIENT_SECRET", Some("production")),
            (".env", "SO_CLIENT_SECRET_STAGE", Some("staging")),
            ("config/prod/app.yaml", "client_secret", Some("production")),
            ("Web.Release.config", "configuration/appSettings/add[@key='SoAppToken']", Some("production")),
            ("latest.json", "products.devices", None),
        ] {
            assert_eq!(environment(path, sink, &environments), expected, "{path} {sink}");
        }
    }
}
