//! The reference clients as the guide's data describes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use crate::{
    evidence::ProtocolId,
    yaml::{Problem, Spanned},
};

/// The file of clients as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientsFile {
    sources: BTreeMap<String, String>,
    clients: Vec<ClientProfile>,
}

impl ClientsFile {
    /// The clients, or what is wrong with them.
    pub(super) fn checked(self, file: &str) -> Result<Vec<ClientProfile>, Vec<Problem>> {
        let nameless = self.clients.iter().filter(|client| !self.sources.contains_key(&client.source.value));
        let mut problems: Vec<Problem> =
            nameless.map(|client| Problem::with(file, &client.source, "the source is not among `sources`")).collect();
        let backwards = self.clients.iter().filter(|client| client.versions.oldest > client.versions.newest);
        problems.extend(backwards.map(|client| Problem::with(file, &client.source, "the oldest version is newer than the newest")));
        if problems.is_empty() { Ok(self.clients) } else { Err(problems) }
    }
}

/// What a client offers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClientProfile {
    /// Its name and version.
    pub name: String,
    /// Where these facts come from, by the name that `sources` explains.
    pub source: Spanned<String>,
    /// Whether forward secrecy is measured by it.
    #[serde(default)]
    pub reference: bool,
    /// The versions that it speaks.
    pub versions: Versions,
    /// The numbers of its cipher suites, as in `C02F`, in its order.
    #[serde(deserialize_with = "numbers")]
    pub suites: Vec<String>,
    /// IANA's names of its groups, in its order; none for a client without elliptic curves.
    #[serde(default, deserialize_with = "words")]
    pub groups: Vec<String>,
    /// The smallest prime for Diffie-Hellman that it takes, in bits; absent where nothing is known of a limit.
    pub smallest_dh: Option<u32>,
    /// The largest; absent as above.
    pub largest_dh: Option<u32>,
    /// Whether it names the host (SNI, RFC 6066).
    #[serde(default = "yes")]
    pub server_name: bool,
    /// The kinds of keys that it takes in certificates.
    #[serde(default = "usual_keys")]
    pub takes: Vec<String>,
}

/// The versions that a client speaks, and all between them.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// The oldest.
    pub oldest: ProtocolId,
    /// The newest.
    pub newest: ProtocolId,
}

fn yes() -> bool {
    true
}

fn usual_keys() -> Vec<String> {
    vec!["RSA".into(), "ECDSA".into()]
}

fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(String::deserialize(deserializer)?.split_whitespace().map(str::to_owned).collect())
}

/// Words of four hexadecimal digits, each once, as `0xC02F`.
fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let mut numbers = Vec::new();
    for word in words(deserializer)? {
        let number = format!("0x{}", word.to_ascii_uppercase());
        if word.len() != 4 || !word.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(de::Error::custom(format!("`{word}` is not the number of a cipher suite; write four hexadecimal digits")));
        }
        if numbers.contains(&number) {
            return Err(de::Error::custom(format!("the cipher suite `{word}` stands twice")));
        }
        numbers.push(number);
    }
    Ok(numbers)
}
