//! Which of the files that hold no watched name define what the others refer to.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use crate::collect::source::{glance, origins::Key, prefilter::Seen, program};

/// Members that are looked for, each in files that declare one of its types.
pub(super) struct Sought {
    members: AhoCorasick,
    types: AhoCorasick,
    /// The types of each member, by their numbers; of what is known everywhere, none.
    of: Vec<BTreeSet<Option<usize>>>,
}

impl Sought {
    /// Absent when there is nothing to look for.
    pub(super) fn new(keys: &BTreeSet<Key>) -> Option<Self> {
        let mut types: BTreeMap<&str, usize> = BTreeMap::new();
        let mut of: BTreeMap<&str, BTreeSet<Option<usize>>> = BTreeMap::new();
        for (name, member) in keys.iter().filter(|(_, member)| !member.is_empty()) {
            let next = types.len();
            let number = (name != program::GLOBAL).then(|| *types.entry(name.as_str()).or_insert(next));
            of.entry(member.as_str()).or_default().insert(number);
        }
        let finder = |names: Vec<&str>| AhoCorasickBuilder::new().ascii_case_insensitive(true).build(names).ok();
        let mut by_number: Vec<(&str, usize)> = types.into_iter().collect();
        by_number.sort_by_key(|(_, number)| *number);
        let types = finder(by_number.into_iter().map(|(name, _)| name).collect())?;
        let members = finder(of.keys().copied().collect())?;
        let of: Vec<_> = of.into_values().collect();
        (!of.is_empty()).then_some(Self { members, types, of })
    }

    /// Where a file gives a value to a member that is looked for; absent where it does not.
    pub(super) fn seen(&self, path: &str, bytes: &[u8]) -> Option<Seen> {
        let mut declared: Option<BTreeSet<usize>> = None;
        let mut seen = Seen::default();
        for found in self.members.find_overlapping_iter(bytes) {
            let Some(of) = self.of.get(found.pattern().as_usize()).filter(|_| glance::defines(bytes, found.range())) else { continue };
            let is_here = |number: &Option<usize>| {
                number.is_none_or(|number| declared.get_or_insert_with(|| self.declared(path, bytes)).contains(&number))
            };
            if of.iter().any(is_here) {
                seen.names.push(found.start());
            }
        }
        (!seen.names.is_empty()).then_some(seen)
    }

    /// The types that a file declares; a module bears the name of its file.
    fn declared(&self, path: &str, bytes: &[u8]) -> BTreeSet<usize> {
        let named = self.types.find_overlapping_iter(path).map(|found| found.pattern().as_usize());
        let declared = self.types.find_overlapping_iter(bytes).filter(|found| glance::declares(bytes, found.range()));
        named.chain(declared.map(|found| found.pattern().as_usize())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_wanted_where_it_declares_the_type_and_gives_the_member_a_value() {
        let keys = [("Secrets".to_owned(), "Token".to_owned()), (program::GLOBAL.to_owned(), "SO_KEY".to_owned())].into();
        let sought = Sought::new(&keys).unwrap();
        let seen = |path: &str, text: &str| sought.seen(path, text.as_bytes()).map(|seen| seen.names);
        assert_eq!(seen("a.cs", "class Secrets { const string Token = \"x\"; }"), Some(vec![29]));
        assert_eq!(seen("src/secrets.js", "exports.token = 'x';"), Some(vec![8]));
        assert_eq!(seen("a.php", "define('SO_KEY', 'x');"), Some(vec![8]));
        assert_eq!(seen("a.cs", "class Other { const string Token = \"x\"; }"), None);
        assert_eq!(seen("a.cs", "class Secrets { void Use() { Token.Read(); } }"), None);
        assert!(Sought::new(&BTreeSet::new()).is_none());
    }
}
