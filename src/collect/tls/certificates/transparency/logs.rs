//! The logs that are known, from `logs.tsv` beside this file.

use std::{collections::BTreeMap, sync::LazyLock};

use x509_parser::{prelude::FromDer as _, x509::SubjectPublicKeyInfo};

use super::log_id;

/// A log that one of the large browsers' lists names, or has named.
#[derive(Debug)]
pub(super) struct Log {
    key: Vec<u8>,
    state: &'static str,
    name: &'static str,
}

impl Log {
    /// Its name, and that it is no longer in use where that is so.
    pub(super) fn name(&self) -> String {
        match self.state {
            "retired" | "rejected" => format!("{} ({})", self.name, self.state),
            _ => self.name.to_owned(),
        }
    }

    pub(super) fn key(&self) -> Option<SubjectPublicKeyInfo<'_>> {
        SubjectPublicKeyInfo::from_der(&self.key).ok().map(|(_, key)| key)
    }
}

static LOGS: LazyLock<BTreeMap<Vec<u8>, Log>> = LazyLock::new(|| {
    let lines = include_str!("logs.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(log).map(|log| (log_id(&log.key), log)).collect()
});

/// The log of an id.
pub(super) fn known(id: &[u8; 32]) -> Option<&'static Log> {
    #[cfg(test)]
    if let Some(log) = super::tests::log_of_tests(id) {
        return Some(log);
    }
    LOGS.get(id.as_slice())
}

fn log(line: &'static str) -> Option<Log> {
    let mut fields = line.split('\t');
    Some(Log { key: from_hexadecimal(fields.next()?)?, state: fields.next()?, name: fields.next()? })
}

fn from_hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|start| u8::from_str_radix(digits.get(start..start.checked_add(2)?)?, 16).ok()).collect()
}

#[cfg(test)]
impl Log {
    pub(super) fn of_tests(key: Vec<u8>) -> Self {
        Self { key, state: "usable", name: "A log of the tests" }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::key::Key, *};

    #[test]
    fn every_line_of_the_list_is_a_log_with_a_key_that_can_be_checked() {
        let lines = include_str!("logs.tsv").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(LOGS.len(), lines);
        for log in LOGS.values() {
            let key = Key::of(&log.key().unwrap_or_else(|| panic!("{} has no key", log.name)));
            assert!(key.name == "ECDSA P-256" || key.algorithm == "RSA" && key.bits >= Some(2048), "{}: {}", log.name, key.name);
            assert!(matches!(log.state, "usable" | "qualified" | "readonly" | "retired" | "rejected"), "{}: {}", log.name, log.state);
        }
    }

    #[test]
    fn a_log_is_found_by_the_hash_of_its_key() {
        // Google 'Argon2026h2' log, id in Base64 by Google's list: 1219ENGn9XfCx+lf1wC/+YLJM1pl4dCzAXMXwMjFaXc=
        let id = from_hexadecimal("d76d7d10d1a7f577c2c7e95fd700bff982c9335a65e1d0b3017317c0c8c56977").unwrap();
        assert_eq!(known(&id.try_into().unwrap()).unwrap().name(), "Google 'Argon2026h2' log");
    }
}
