//! Packs from the binary and from folders: read, checked as a whole, every problem reported at once.
//!
//! ```text
//! PACK/pack.yaml                 name, title, edition
//! PACK/requirements/*.yaml       one chapter each, in order of file names
//! PACK/AREA/NAME.yaml            the rule PACK.AREA.NAME
//! ```
//!
//! A folder given with `--rules` that has a `pack.yaml` of its own is a pack, and stands in for a shipped one of that name. Any other
//! folder holds more rules for the chosen pack, anywhere below it.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use include_dir::{Dir, include_dir};

use super::{
    Pack, Requirement, Rule, Verification,
    expression::for_each,
    patterns::{any_of, compiled},
    syntax::{ChapterSyntax, PackSyntax, RuleSyntax},
};
use crate::{
    evidence::GROUP,
    wording::{hexadecimal, nearest},
    yaml::{MAX_FILE_BYTES, Problem, Spanned, read},
};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// The most files that are read from one folder.
const MAX_FILES: usize = 5_000;
/// How deep a folder is searched.
const MAX_DEPTH: usize = 6;
const MANIFEST: &str = "pack.yaml";
const REQUIREMENTS: &str = "requirements";

/// Why a pack was refused: everything that is wrong with it, in order of file and line.
#[derive(Debug, thiserror::Error)]
pub struct LoadError {
    /// The problems, at least one.
    pub problems: Vec<Problem>,
    /// The texts of the files, by name.
    pub texts: BTreeMap<String, String>,
}

impl LoadError {
    /// Each problem as a code frame; see [`Problem::frame`].
    pub fn frames(&self) -> impl Iterator<Item = String> {
        self.problems.iter().map(|problem| problem.frame(self.texts.get(&problem.file).map_or("", String::as_str)))
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

/// The names of the packs inside the binary.
#[must_use]
pub fn shipped_packs() -> Vec<String> {
    let names = SHIPPED.dirs().filter(|folder| folder.get_file(folder.path().join(MANIFEST)).is_some());
    let mut names: Vec<_> = names.map(|folder| posix(folder.path())).collect();
    names.sort();
    names
}

/// Loads the pack of this name, with the rules and packs in these folders, every file checked as a whole.
///
/// # Errors
///
/// All problems of all files.
pub fn load(name: &str, folders: &[PathBuf]) -> Result<Pack, LoadError> {
    load_with(name, folders, Trust::Nobody)
}

/// The same for judging, where a run should begin at once: the rules inside the binary, which its own tests have checked, are taken to be
/// sound, and come without their examples.
///
/// # Errors
///
/// As [`load`].
pub fn load_to_judge(name: &str, folders: &[PathBuf]) -> Result<Pack, LoadError> {
    load_with(name, folders, Trust::Shipped)
}

/// Whose rules are taken to be sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Nobody,
    Shipped,
}

fn load_with(name: &str, folders: &[PathBuf], trust: Trust) -> Result<Pack, LoadError> {
    let mut sources = Sources::default();
    for folder in folders {
        sources.add_folder(folder);
    }
    let files = match sources.own.take() {
        Some((own, _, files)) if own == name => files,
        Some((own, place, _)) => {
            let message = format!("the folder holds the pack `{own}`, and `{name}` was chosen");
            sources.problems.push(Problem::in_file(&place, &message).help(&format!("choose it with `--pack {own}`")));
            Vec::new()
        }
        None => shipped(name, trust),
    };
    if files.is_empty() && sources.problems.is_empty() {
        let names = shipped_packs();
        let problem =
            Problem::in_file("rules", &format!("there is no pack `{name}`")).suggest(nearest(name, names.iter().map(String::as_str)));
        sources.problems.push(problem.help(&format!("the packs are `{}`", names.join("`, `"))));
    }
    assemble(&files, &sources.extra, sources.problems)
}

/// A pack from texts, each with its path inside the pack.
///
/// # Errors
///
/// As [`load`].
pub fn from_texts<'text>(texts: impl IntoIterator<Item = (&'text str, &'text str)>) -> Result<Pack, LoadError> {
    let files: Vec<File> =
        texts.into_iter().map(|(path, text)| File { path: path.into(), shown: path.into(), text: text.into(), is_sound: false }).collect();
    assemble(&files, &[], Vec::new())
}

/// A file of a pack.
#[derive(Clone, Debug)]
struct File {
    /// Its path inside the pack, or inside the folder of more rules.
    path: String,
    /// Its name in messages.
    shown: String,
    text: String,
    /// Whether it needs no more checks.
    is_sound: bool,
}

impl File {
    /// What has to be read: of a rule that is known to be sound not its examples, which are a third of it, where nothing stands behind them.
    fn needed(&self) -> &str {
        let is_indented = |line: &str| line.is_empty() || line.starts_with([' ', '#']);
        let examples = self.text.find("\nexamples:").map(|end| self.text.split_at(end.saturating_add(1)));
        match examples {
            Some((before, rest)) if self.is_sound && rest.lines().skip(1).all(is_indented) => before,
            _ => &self.text,
        }
    }
}

/// What the folders on the command line hold.
#[derive(Default)]
struct Sources {
    /// A pack: its name, its manifest's place, its files.
    own: Option<(String, String, Vec<File>)>,
    /// More rules.
    extra: Vec<File>,
    problems: Vec<Problem>,
}

impl Sources {
    fn add_folder(&mut self, folder: &Path) {
        let mut files = Vec::new();
        if folder.is_file() {
            let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let problem =
                Problem::in_file(&folder.display().to_string(), "this is a file, and rules are given as the folder that holds them");
            return self.problems.push(problem.help(&format!("for the folder around it, `--rules {}`", parent.display())));
        }
        if let Err(error) = walk(folder, "", 0, &mut files, &mut self.problems) {
            self.problems.push(Problem::in_file(&folder.display().to_string(), &format!("the folder cannot be read: {error}")));
        }
        if files.len() > MAX_FILES {
            let message = format!("the folder has more than {MAX_FILES} files");
            self.problems.push(Problem::in_file(&folder.display().to_string(), &message));
            return;
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let Some(manifest) = files.iter().find(|file| file.path == MANIFEST) else {
            self.extra.extend(files);
            return;
        };
        match read::<PackSyntax>(&manifest.shown, &manifest.text) {
            Ok(_) if self.own.is_some() => {
                self.problems
                    .push(Problem::in_file(&manifest.shown, "this is the second folder with a pack; only one can be judged at a time"));
            }
            Ok(syntax) => self.own = Some((syntax.name.value, manifest.shown.clone(), files)),
            Err(problems) => self.problems.extend(problems),
        }
    }
}

/// Gathers the YAML files below a folder. Links to folders are not followed.
fn walk(folder: &Path, inside: &str, depth: usize, files: &mut Vec<File>, problems: &mut Vec<Problem>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') || files.len() > MAX_FILES {
            continue;
        }
        let inside = if inside.is_empty() { name.to_string() } else { format!("{inside}/{name}") };
        let shown = path.display().to_string();
        if entry.file_type()?.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, &inside, depth + 1, files, problems)?;
            }
        } else if name.ends_with(".yml") {
            problems.push(Problem::in_file(&shown, "a file of a pack ends in `.yaml`"));
        } else if name.ends_with(".yaml") {
            match text_of(&path) {
                Ok(text) => files.push(File { path: inside, shown, text, is_sound: false }),
                Err(error) => problems.push(Problem::in_file(&shown, &format!("the file cannot be read: {error}"))),
            }
        }
    }
    Ok(())
}

fn text_of(path: &Path) -> io::Result<String> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if metadata.len() > MAX_FILE_BYTES as u64 {
        return Err(io::Error::other("it is too large"));
    }
    fs::read_to_string(path)
}

fn shipped(name: &str, trust: Trust) -> Vec<File> {
    let mut files = Vec::new();
    if let Some(folder) = SHIPPED.get_dir(name) {
        gather(folder, folder.path(), trust, &mut files);
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn gather(folder: &Dir<'_>, root: &Path, trust: Trust, files: &mut Vec<File>) {
    for file in folder.files().filter(|file| file.path().extension().is_some_and(|extension| extension == "yaml")) {
        let path = posix(file.path().strip_prefix(root).unwrap_or(file.path()));
        let shown = format!("rules/{}", posix(file.path()));
        let text = file.contents_utf8().unwrap_or("\u{0}").to_owned();
        files.push(File { path, shown, text, is_sound: trust == Trust::Shipped });
    }
    folder.dirs().for_each(|folder| gather(folder, root, trust, files));
}

/// A path with `/` on every system, so that ids and hashes are the same.
fn posix(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The work of [`load`], once the files are at hand.
#[derive(Default)]
struct Assembly {
    pack: Pack,
    problems: Vec<Problem>,
    /// The groups of names that rules take from the pack.
    names: BTreeMap<String, Vec<String>>,
    /// Where each rule id was first seen.
    seen: BTreeMap<String, String>,
    /// Whether every requirement could be read, so that a missing one is missing.
    requirements_read: bool,
}

fn assemble(files: &[File], extra: &[File], problems: Vec<Problem>) -> Result<Pack, LoadError> {
    let mut assembly = Assembly { problems, requirements_read: true, ..Assembly::default() };
    assembly.manifest(files);
    let is_chapter = |file: &&File| file.path.starts_with("requirements/");
    for file in files.iter().filter(is_chapter) {
        assembly.chapter(file);
    }
    assembly.roll_ups(files);
    let own = files.iter().filter(|file| file.path != MANIFEST && !is_chapter(file)).map(|file| (file, false));
    let rules: Vec<(&File, bool)> = own.chain(extra.iter().map(|file| (file, true))).collect();
    let compiled = for_each(&rules, |rule| Compiled::of(rule, &assembly.names));
    for compiled in compiled {
        assembly.rule(compiled);
    }
    assembly.named_by_examples();
    assembly.literals_of_others();
    let Assembly { mut pack, mut problems, .. } = assembly;
    if problems.is_empty() {
        pack.sha256 = sha256(files.iter().chain(extra));
        pack.rules.sort_by(|one, other| one.id.cmp(&other.id));
        return Ok(pack);
    }
    problems.sort();
    problems.dedup();
    Err(LoadError { problems, texts: files.iter().chain(extra).map(|file| (file.shown.clone(), file.text.clone())).collect() })
}

/// A file with a rule, as far as it could be read.
struct Compiled<'file> {
    file: &'file File,
    extra: bool,
    /// The ids of the rule and of its requirement.
    named: Option<(Spanned<String>, Spanned<String>)>,
    rule: Option<Rule>,
    problems: Vec<Problem>,
}

impl<'file> Compiled<'file> {
    fn of(&(file, extra): &(&'file File, bool), groups: &BTreeMap<String, Vec<String>>) -> Self {
        let mut problems = Vec::new();
        let mut syntax: RuleSyntax = match read(&file.shown, file.needed()) {
            Ok(syntax) => syntax,
            Err(problems) => return Self { file, extra, named: None, rule: None, problems },
        };
        if let Some(watch) = &mut syntax.watch {
            for unknown in watch.value.fill_in(groups).err().into_iter().flatten() {
                let message = format!("the pack has no group of names `{unknown}`");
                let known: Vec<String> = groups.keys().map(|name| format!("{GROUP}{name}")).collect();
                let problem = Problem::with(&file.shown, watch, &message);
                problems.push(one_line(problem).suggest(nearest(&unknown, known.iter().map(String::as_str))));
            }
        }
        let named = Some((syntax.id.clone(), syntax.requirement.clone()));
        let rule = if file.is_sound {
            Some(Rule::sound(&file.shown, syntax))
        } else {
            Rule::compile(&file.shown, &file.text, syntax, &mut problems)
        };
        Self { file, extra, named, rule, problems }
    }
}

impl Assembly {
    fn manifest(&mut self, files: &[File]) {
        let Some(file) = files.iter().find(|file| file.path == MANIFEST) else {
            if self.problems.is_empty() {
                self.problems.push(Problem::in_file(MANIFEST, "the pack has no `pack.yaml`"));
            }
            return;
        };
        match read::<PackSyntax>(&file.shown, &file.text) {
            Ok(syntax) => {
                self.pack.name = syntax.name.value;
                self.pack.title = syntax.title;
                self.pack.edition = syntax.edition;
                self.pack.source_url = syntax.source_url;
                self.pack.auditor = syntax.auditor;
                self.pack.notified = syntax.notified;
                self.pack.off_limits = syntax.off_limits;
                self.pack.platform = syntax.platform;
                for (group, names) in &syntax.names {
                    if let Some(inner) = names.iter().find(|name| name.starts_with(GROUP)) {
                        let message = format!("the group of names `{group}` holds `{inner}`: a group holds no other");
                        self.problems.push(Problem::in_file(&file.shown, &message));
                    }
                }
                self.names = syntax.names;
                self.other_services(file, &syntax.other_services);
            }
            Err(problems) => self.problems.extend(problems),
        }
    }

    fn other_services(&mut self, file: &File, services: &[Spanned<String>]) {
        for service in services {
            if let Err(problem) = compiled(&service.value) {
                self.problems.push(Problem::with(&file.shown, service, &format!("this is no regular expression: {problem}")));
            }
        }
        self.pack.other_services = any_of(services.iter().map(|service| service.value.as_str()));
    }

    fn chapter(&mut self, file: &File) {
        match read::<ChapterSyntax>(&file.shown, &file.text) {
            Ok(syntax) => {
                for requirement in syntax.requirements {
                    self.requirement(file, &syntax.chapter, requirement);
                }
            }
            Err(problems) => {
                self.requirements_read = false;
                self.problems.extend(problems);
            }
        }
    }

    fn requirement(&mut self, file: &File, chapter: &str, requirement: Spanned<Requirement>) {
        let mut refuse = |message: String| self.problems.push(one_line(Problem::with(&file.shown, &requirement, &message)));
        let id = &requirement.value.id;
        let attested = requirement.value.verified_by.contains(&Verification::Attestation);
        if self.pack.requirements.iter().any(|other| other.id == *id) {
            refuse(format!("requirement `{id}` stands twice"));
        }
        if requirement.value.verified_by.is_empty() {
            refuse(format!("requirement `{id}` is verified by nothing"));
        }
        if attested && requirement.value.question.as_ref().is_none_or(|question| question.trim().is_empty()) {
            refuse(format!("requirement `{id}` needs a `question` for its attestation"));
        }
        if requirement.value.verified_by.contains(&Verification::RollUp) == requirement.value.rolls_up.is_empty() {
            refuse(format!("requirement `{id}` names what it sums up in `rolls_up` exactly when it is verified by `roll-up`"));
        }
        self.pack.requirements.push(Requirement { chapter: chapter.to_owned(), ..requirement.value });
    }

    /// A requirement can sum up only those that exist.
    fn roll_ups(&mut self, files: &[File]) {
        if !self.requirements_read {
            return;
        }
        let ids: Vec<&str> = self.pack.requirements.iter().map(|requirement| requirement.id.as_str()).collect();
        for requirement in &self.pack.requirements {
            for unknown in requirement.rolls_up.iter().filter(|id| !ids.contains(&id.as_str()) || **id == requirement.id) {
                let message = format!("requirement `{}` sums up `{unknown}`, which is no other requirement", requirement.id);
                self.problems.push(find(files, unknown, &message).suggest(nearest(unknown, ids.iter().copied())));
            }
        }
    }

    fn rule(&mut self, compiled: Compiled<'_>) {
        let Compiled { file, extra, named, rule, problems } = compiled;
        self.problems.extend(problems);
        if let Some((id, requirement)) = named {
            self.identity(file, &id, extra);
            self.known_requirement(file, &requirement);
        }
        self.pack.rules.extend(rule);
    }

    /// The id, the path and the pack must agree, so that a report leads to the file.
    fn identity(&mut self, file: &File, id: &Spanned<String>, extra: bool) {
        if let Some(first) = self.seen.insert(id.value.clone(), file.shown.clone()) {
            self.problems.push(Problem::with(&file.shown, id, &format!("rule `{}` is also in {first}", id.value)));
        }
        let parts: Vec<&str> = file.path.trim_end_matches(".yaml").split('/').collect();
        let expected = match parts.as_slice() {
            [.., area, name] if extra || parts.len() == 2 => format!("{}.{area}.{name}", self.pack.name),
            // More rules may lie in the folder itself; then the area is free.
            [name] if extra => match id.value.split('.').collect::<Vec<_>>().as_slice() {
                [_, area, _] => format!("{}.{area}.{name}", self.pack.name),
                _ => format!("{}.AREA.{name}", self.pack.name),
            },
            _ => {
                let problem = Problem::in_file(&file.shown, "a rule lies at AREA/NAME.yaml inside its pack");
                return self.problems.push(problem);
            }
        };
        if !self.pack.name.is_empty() && id.value != expected {
            let problem = Problem::with(&file.shown, id, &format!("the id is `{}`, and its path asks for another", id.value));
            self.problems.push(problem.help(&format!("call it `{expected}`, or move the file")));
        }
    }

    fn known_requirement(&mut self, file: &File, id: &Spanned<String>) {
        if !self.requirements_read {
            return;
        }
        let message = match self.pack.requirement(&id.value) {
            Some(requirement) if requirement.verified_by.contains(&Verification::Rules) => return,
            Some(_) => format!("requirement `{}` is not verified by rules", id.value),
            None => format!("there is no requirement `{}`", id.value),
        };
        let ids = self.pack.requirements.iter().map(|requirement| requirement.id.as_str()).filter(|other| *other != id.value);
        let suggestion = nearest(&id.value, ids).filter(|_| self.pack.requirement(&id.value).is_none());
        self.problems.push(Problem::with(&file.shown, id, &message).suggest(suggestion));
    }

    /// Puts the forms in place that rules take from others by name; `literal_of_others` can only name those that some rule describes.
    fn literals_of_others(&mut self) {
        let described = self.pack.vocabulary().literal;
        for rule in &mut self.pack.rules {
            for name in std::mem::take(&mut rule.watch.literal_of_others) {
                if let Some(literal) = described.iter().find(|literal| literal.name == name) {
                    rule.watch.literal.push(literal.clone());
                    continue;
                }
                let message = format!("no rule describes the literal `{name}` that `{}` watches for", rule.id);
                let known = described.iter().map(|literal| literal.name.as_str());
                self.problems.push(Problem::in_file(&rule.file, &message).suggest(nearest(&name, known)));
            }
        }
    }

    /// `also_fails` can only name rules that exist.
    fn named_by_examples(&mut self) {
        let ids: Vec<&str> = self.seen.keys().map(String::as_str).collect();
        for rule in &self.pack.rules {
            for example in rule.passing.iter().chain(&rule.failing) {
                for unknown in example.also_fails.iter().filter(|id| !self.seen.contains_key(*id)) {
                    let message = format!("`also_fails` names `{unknown}`, which is no rule");
                    let problem = Problem::at(&rule.file, example.line, example.column, &message);
                    self.problems.push(problem.suggest(nearest(unknown, ids.iter().copied())));
                }
            }
        }
    }
}

/// A problem with a mapping covers many lines; its first character is enough to find it.
fn one_line(problem: Problem) -> Problem {
    Problem { length: 1, ..problem }
}

/// The first place where a word stands in the requirements.
fn find(files: &[File], word: &str, message: &str) -> Problem {
    let chapters = files.iter().filter(|file| file.path.starts_with(REQUIREMENTS));
    let lines = chapters.flat_map(|file| file.text.lines().enumerate().map(move |(index, line)| (file, index, line)));
    let mut found = lines.filter_map(|(file, index, line)| Some((file, index, line.get(..line.find(word)?)?.chars().count())));
    match found.next() {
        Some((file, index, column)) => Problem { length: word.chars().count(), ..Problem::at(&file.shown, index + 1, column + 1, message) },
        None => Problem::in_file(REQUIREMENTS, message),
    }
}

/// The hash of all files, each with its path and length, so that no two packs share it.
fn sha256<'file>(files: impl Iterator<Item = &'file File>) -> String {
    let mut files: Vec<&File> = files.collect();
    files.sort_by(|one, other| (&one.path, &one.text).cmp(&(&other.path, &other.text)));
    let mut context = digest::Context::new(&digest::SHA256);
    for file in files {
        context.update(file.path.as_bytes());
        context.update(&[0]);
        context.update(&(file.text.len() as u64).to_be_bytes());
        context.update(file.text.as_bytes());
    }
    hexadecimal(context.finish().as_ref())
}

#[cfg(test)]
mod tests;
