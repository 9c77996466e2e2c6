//! Which of the files that hold no watched name define what the others refer to.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::collect::source::{glance, origins::Key, prefilter::Seen, program};

/// So many names are looked for at once, several bytes at a time; more of them only one byte after the other.
const AT_ONCE: usize = 48;
/// Names are told apart so many times before that is the slower way.
const MOST_TIMES: usize = 4;

/// Members that are looked for, each in files that declare one of its types.
///
/// A definition is found by the very names that a value refers to, so that case matters.
pub(super) struct Sought {
    members: Finder,
    types: Finder,
    /// The number of each type, by its name.
    numbers: BTreeMap<String, usize>,
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
        let numbers = types.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect();
        let mut by_number: Vec<(&str, usize)> = types.into_iter().collect();
        by_number.sort_by_key(|(_, number)| *number);
        let types = Finder::of(&by_number.into_iter().map(|(name, _)| name).collect::<Vec<_>>())?;
        let members = Finder::of(&of.keys().copied().collect::<Vec<_>>())?;
        let of: Vec<_> = of.into_values().collect();
        (!of.is_empty()).then_some(Self { members, types, numbers, of })
    }

    /// Where a file gives a value to a member that is looked for; absent where it does not.
    pub(super) fn seen(&self, path: &str, bytes: &[u8]) -> Option<Seen> {
        let mut declared: Option<BTreeSet<usize>> = None;
        let mut seen = Seen::default();
        for (number, range) in self.members.all(bytes) {
            let start = range.start;
            let Some(of) = self.of.get(number).filter(|_| glance::defines(bytes, range)) else { continue };
            let is_here = |number: &Option<usize>| {
                number.is_none_or(|number| declared.get_or_insert_with(|| self.declared(path, bytes)).contains(&number))
            };
            if of.iter().any(is_here) {
                seen.names.push(start);
            }
        }
        seen.names.sort_unstable();
        (!seen.names.is_empty()).then_some(seen)
    }

    /// The types that a file declares; a module bears the name of its file.
    fn declared(&self, path: &str, bytes: &[u8]) -> BTreeSet<usize> {
        let named = self.numbers.get(&program::module_of(path)).copied().into_iter();
        let declared = self.types.all(bytes).filter(|(_, range)| glance::declares(bytes, range.clone()));
        named.chain(declared.map(|(number, _)| number)).collect()
    }
}

/// Finds whole names; of names that begin at the same place the longest, for the others are only part of it.
struct Finder {
    /// Each with as many names as are looked for at once.
    groups: Vec<AhoCorasick>,
    /// How many names a group has.
    each: usize,
}

impl Finder {
    fn of(names: &[&str]) -> Option<Self> {
        let each = if names.len() <= AT_ONCE.saturating_mul(MOST_TIMES) { AT_ONCE } else { names.len() };
        let build = |names: &[&str]| AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build(names).ok();
        Some(Self { groups: names.chunks(each).map(build).collect::<Option<_>>()?, each })
    }

    /// Where names stand, by their numbers.
    fn all<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (usize, Range<usize>)> + 'a {
        self.groups.iter().enumerate().flat_map(move |(group, names)| {
            let first = group.saturating_mul(self.each);
            names.find_iter(bytes).map(move |found| (first.saturating_add(found.pattern().as_usize()), found.range()))
        })
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
        assert_eq!(seen("src/Secrets.js", "exports.Token = 'x';"), Some(vec![8]));
        assert_eq!(seen("Secrets/index.js", "exports.Token = 'x';"), Some(vec![8]));
        assert_eq!(seen("Secrets/other.js", "exports.Token = 'x';"), None);
        assert_eq!(seen("a.js", "const Secrets: Keys = { Token: 'x' };"), Some(vec![24]));
        assert_eq!(seen("a.js", "const Secrets = load(); Token = 'x';"), None);
        assert_eq!(seen("a.py", "Secrets = {}\nuse(Token=token, name='x')"), None);
        assert_eq!(seen("a.php", "define('SO_KEY', 'x');"), Some(vec![8]));
        assert_eq!(seen("a.cs", "class Other { const string Token = \"x\"; }"), None);
        assert_eq!(seen("a.cs", "class Secrets { void Use() { Token.Read(); } }"), None);
        assert_eq!(seen("a.cs", "class Secrets { const string Tokens = \"x\"; }"), None);
        assert!(Sought::new(&BTreeSet::new()).is_none());
    }

    #[test]
    fn of_many_members_each_is_found() {
        let member = |number: usize| format!("M{number}");
        for count in [1, AT_ONCE + 1, AT_ONCE * MOST_TIMES + 1] {
            let keys = (0..count).map(|number| ("Secrets".to_owned(), member(number))).collect();
            let sought = Sought::new(&keys).unwrap();
            for number in 0..count {
                let text = format!("class Secrets {{ const string {} = \"x\"; }}", member(number));
                assert_eq!(sought.seen("a.cs", text.as_bytes()).map(|seen| seen.names), Some(vec![29]), "{number} of {count}");
            }
        }
    }
}
