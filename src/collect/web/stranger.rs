//! Names and places that nobody has a reason to know.

use crate::wording::sha256;

/// An origin of a site that nobody has a reason to trust (RFC 6761 keeps the name from ever being somebody's).
pub(super) const ORIGIN: &str = "https://untrusted.example";

/// A name that no folder of a site holds. It is made from the folder's URL, so that two runs ask the same, and no list of names holds it.
pub(super) fn name(folder: &str) -> String {
    let digest = sha256(folder.as_bytes());
    let letters: String = digest.chars().filter(char::is_ascii_alphabetic).take(8).collect();
    format!("redflag-no-such-page-{letters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_every_run_and_another_one_in_every_place() {
        assert_eq!(name("https://a.example/"), name("https://a.example/"));
        assert_ne!(name("https://a.example/"), name("https://b.example/"));
    }
}
