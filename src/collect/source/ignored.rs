//! What is left out of a folder: by git, with `.gitignore` and `.git/info/exclude`, and by the one who scans it, with `.redflagignore`.
//!
//! Where there is no repository, `.gitignore` says what the author held for no part of the source. The rules are read here rather than by the walker, which opens whatever bears these names. As git does, a link is not followed. Rules that
//! cannot be had leave nothing out: more is read then, never less.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::collect::source::{git_index, regular};

/// Where rules stand, in the same form; the later one says more.
const FILES: [&str; 2] = [".gitignore", ".redflagignore"];
/// A longer list of rules is no work of a person; to compile it would cost memory.
const LARGEST: u64 = 128 * 1024;
const MOST_RULES: usize = 4_000;

/// The rules that hold in the folders below a root, each noted when the walk comes to it, and so before what is in it.
pub(super) struct Ignored {
    folders: RwLock<BTreeMap<PathBuf, Folder>>,
}

impl Ignored {
    /// Starts at a root, with the rules of the repository around it.
    pub(super) fn below(root: &Path) -> Self {
        let repository = root.ancestors().position(|folder| git_index::git_folder(folder).is_some()).unwrap_or(0);
        let mut above: Vec<&Path> = root.ancestors().take(repository.saturating_add(1)).collect();
        above.reverse();
        let folder = above.into_iter().fold(Folder::default(), |outer, folder| outer.enter(folder));
        Self { folders: RwLock::new(BTreeMap::from([(root.to_owned(), folder)])) }
    }

    /// The file that says to leave something out, if one does.
    pub(super) fn left_out_by(&self, path: &Path, is_folder: bool) -> Option<PathBuf> {
        let known = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        let outer = path.parent().and_then(|parent| known.get(parent)).cloned()?;
        drop(known);
        let by = outer.left_out_by(path, is_folder).map(Path::to_owned);
        if is_folder && by.is_none() {
            let folder = outer.enter(path);
            self.folders.write().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), folder);
        }
        by
    }
}

/// The rules that hold in one folder.
#[derive(Clone, Default)]
struct Folder {
    rules: Option<Arc<Rules>>,
}

impl Folder {
    /// The rules one folder further in; a repository begins anew.
    fn enter(&self, folder: &Path) -> Self {
        let outer = match git_index::git_folder(folder) {
            Some(git) => {
                let exclude = git_index::common_folder(&git).join("info").join("exclude");
                Rules::read(folder, &exclude, ".git/info/exclude", None)
            }
            None => self.rules.clone(),
        };
        Self { rules: FILES.into_iter().fold(outer, |outer, name| Rules::read(folder, &folder.join(name), name, outer)) }
    }

    /// The innermost rule that says anything decides.
    fn left_out_by(&self, path: &Path, is_folder: bool) -> Option<&Path> {
        let mut next = self.rules.as_ref();
        while let Some(rules) = next {
            let decision = rules.own.matched(path, is_folder);
            if !decision.is_none() {
                return decision.is_ignore().then_some(&rules.file);
            }
            next = rules.outer.as_ref();
        }
        None
    }
}

struct Rules {
    /// As it is shown: in a worktree, `.git` is elsewhere.
    file: PathBuf,
    own: Gitignore,
    outer: Option<Arc<Self>>,
}

impl Rules {
    /// The rules of a file before the outer ones; the outer ones alone when it holds none.
    fn read(folder: &Path, file: &Path, name: &str, outer: Option<Arc<Self>>) -> Option<Arc<Self>> {
        match Self::own(folder, file) {
            Some(own) => Some(Arc::new(Self { file: folder.join(name), own, outer })),
            None => outer,
        }
    }

    fn own(folder: &Path, file: &Path) -> Option<Gitignore> {
        let text = regular::text(file, LARGEST)?;
        if text.lines().count() > MOST_RULES {
            return None;
        }
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.trim_start_matches('\u{FEFF}').lines() {
            // A line that is no rule leaves nothing out.
            let _ = builder.add_line(None, line);
        }
        builder.build().ok().filter(|rules| !rules.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    /// Whether a file of a repository is left out by these rules.
    fn leaves_out(rules: &[u8], name: &str) -> bool {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(folder.path().join(".gitignore"), rules).unwrap();
        Ignored::below(folder.path()).left_out_by(&folder.path().join(name), false).is_some()
    }

    #[test]
    fn a_rule_leaves_out_what_it_names_and_a_later_one_takes_it_back() {
        assert!(leaves_out(b"\xEF\xBB\xBF*.env\r\n", "a.env"));
        assert!(!leaves_out(b"*.env\n!a.env\n", "a.env"));
    }

    #[test]
    fn too_many_rules_leave_nothing_out() {
        assert!(!leaves_out("*.env\n".repeat(MOST_RULES + 1).as_bytes(), "a.env"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_rules(rules in proptest::collection::vec(any::<u8>(), 0..200), globs in "[*?!/\\[\\]{}a.,\\\\\n-]{0,60}") {
            leaves_out(&rules, "a/b.env");
            leaves_out(globs.as_bytes(), "a/b.env");
        }
    }
}
