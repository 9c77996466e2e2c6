//! A glance at what stands around a watched name: whether a fact may come of it at all. Far cheaper than to read the file as what it is, and asked first.
//!
//! Most files that hold `password` hold a form, a parameter or a sentence. A fact needs more: a value that may be written in the source, a switch that is
//! set, a call. What a glance rules out no reader would have made a fact of that a rule could fail; where it is in doubt, the file is read.

mod around;
mod functions;
mod holders;
mod keys;
mod markup;
mod pairs;
mod shown;
#[cfg(test)]
mod tests;
mod texts;
mod values;

pub(super) use holders::name_of_text;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use crate::collect::source::{
    light,
    names::{Names, plain, segments},
    needles::HeadOf,
    program::{files, known, queries},
    watch::Watch,
};

/// How much room is kept from one file to the next, in bytes.
const KEPT: usize = 1024 * 1024;
/// More names than this are forgotten, so that a hostile tree cannot fill the memory.
const MOST_KNOWN: usize = 50_000;
/// So many places of one file are looked at; a file with more is read.
const MOST_PLACES: usize = 20_000;

/// So many places are looked at for what a variable is.
const MOST_MENTIONS: usize = 2_000;
/// So many names are gone through for what a variable is made of, and so many times for what those are made of.
const MOST_NAMES: usize = 16;
const MOST_STEPS: usize = 2;
/// Words, in small letters, of what asks an endpoint for tokens.
const ENDPOINTS: [&str; 6] = ["grant_type", "granttype", "/token", "/access", "/oauth", "/authenticate"];
/// How far before a function's name its object stands, and before a switch what it is one of, in bytes.
const CLOSE: usize = 60;
const FAR: usize = 500;

/// How the names of a file stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// A program, or a page that holds one.
    Program,
    /// Keys and values.
    Keys,
    /// Text of no known form, in which names say nothing.
    Prose,
}

/// What a name may be, as rules watch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// A credential: it counts where its value is written.
    Value,
    /// Something that must not be set at all, whatever the value.
    Target,
    /// A switch.
    Switch,
    /// A function or type.
    Call,
    /// What must not be logged.
    Logged,
    /// The same, by a name that says so wherever it is looked up: what it is taken out of must not be logged, either.
    Taken,
    /// What must not travel in the query of an address.
    Query,
    /// A key of a configuration file.
    Key,
    /// What stands before the name of a credential that is too common to be looked for.
    Head,
    /// The same of a function or a switch.
    Owner,
}

/// One way in which a name may be watched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    role: Role,
    /// The other segments of the entry, in lower case: a file without them cannot hold it.
    beside: Vec<String>,
}

/// What one thread remembers from file to file.
#[derive(Default)]
pub(super) struct Memory {
    /// What names may be in a program.
    names: HashMap<Box<str>, Arc<[Part]>>,
    /// The same in a file of keys and values.
    keys: HashMap<Box<str>, Arc<[Part]>>,
    /// Whether a function logs that is called so.
    logs: HashMap<Box<[u8]>, bool>,
    /// Room for a file in lower case.
    lower: Vec<u8>,
}

impl Memory {
    fn logs(&mut self, callee: &[u8]) -> bool {
        if let Some(known) = self.logs.get(callee) {
            return *known;
        }
        let names = around::names_of(callee);
        let path: Vec<&str> = names.iter().map(String::as_str).collect();
        let logs = known::logs(&path) || known::may_log(&path);
        if self.logs.len() >= MOST_KNOWN {
            self.logs.clear();
        }
        self.logs.insert(callee.into(), logs);
        logs
    }
}

/// One file, glanced at.
pub(super) struct Glance<'g> {
    watch: &'g Watch,
    memory: &'g mut Memory,
    style: Style,
    bytes: &'g [u8],
    /// Whether what is remembered in lower case is this file.
    is_lower: bool,
    /// Whether a word stands in the file.
    holds: BTreeMap<String, bool>,
    /// Whether a name has a written value somewhere in the file, or near where this stretch begins.
    written: BTreeMap<(usize, Vec<u8>), bool>,
    /// What is handed to a logger as it is, once that was asked.
    shown: Option<BTreeSet<&'g [u8]>>,
    /// The names that variables have their values from, for those of which that was asked.
    sources: BTreeMap<&'g [u8], Vec<&'g [u8]>>,
    /// Whether the file is read only in part, once that was asked.
    is_light: Option<bool>,
    /// Whether a name tells because of what stands elsewhere in the file.
    is_spread: bool,
    places: usize,
    /// How many names led to the value at hand.
    depth: usize,
}

impl Drop for Glance<'_> {
    fn drop(&mut self) {
        self.memory.lower.clear();
        self.memory.lower.shrink_to(KEPT);
    }
}

impl<'g> Glance<'g> {
    pub(super) fn new(watch: &'g Watch, memory: &'g mut Memory, style: Style, bytes: &'g [u8]) -> Self {
        Self {
            watch,
            memory,
            style,
            bytes,
            is_lower: false,
            holds: BTreeMap::new(),
            written: BTreeMap::new(),
            shown: None,
            sources: BTreeMap::new(),
            is_light: None,
            is_spread: false,
            places: 0,
            depth: 0,
        }
    }

    /// Whether a fact may come of the name that a needle is part of.
    pub(super) fn tells(&mut self, needle: Range<usize>) -> bool {
        self.tells_of(needle, |_| true)
    }

    /// Whether a fact may come of what stands in other functions than the names of which one may come.
    pub(super) fn is_spread(&self) -> bool {
        self.is_spread
    }

    /// The same of what a name may be in some of its roles.
    fn tells_of(&mut self, needle: Range<usize>, counts: fn(Role) -> bool) -> bool {
        if self.style == Style::Prose {
            return false;
        }
        let name = around::name(self.bytes, &needle);
        let parts = self.parts(&name);
        if parts.is_empty() {
            return false;
        }
        self.places += 1;
        if self.places > MOST_PLACES {
            return true;
        }
        parts.iter().filter(|part| counts(part.role)).any(|part| self.stands(part, &name) && self.has_beside(part))
    }

    /// Whether the file has the other segments of an entry.
    fn has_beside(&mut self, part: &Part) -> bool {
        part.beside.iter().all(|word| self.holds(word))
    }

    /// What a name may be; remembered, for names come again and again.
    fn parts(&mut self, name: &Range<usize>) -> Arc<[Part]> {
        let text = String::from_utf8_lossy(self.bytes.get(name.clone()).unwrap_or(&[]));
        let is_keys = self.style == Style::Keys;
        let known = if is_keys { &mut self.memory.keys } else { &mut self.memory.names };
        if let Some(parts) = known.get(text.as_ref()) {
            return Arc::clone(parts);
        }
        let parts: Arc<[Part]> = if is_keys { keys(&text, self.watch) } else { names(&text, self.watch) }.into();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(text.as_ref().into(), Arc::clone(&parts));
        parts
    }

    /// Whether a name stands where it would have to for what it may be.
    fn stands(&mut self, part: &Part, name: &Range<usize>) -> bool {
        let beside = part.beside.first().map_or("", String::as_str);
        let is_text = || texts::quote_around(self.bytes, name).is_some() && !texts::ends_text(self.bytes, name);
        match part.role {
            Role::Value | Role::Target | Role::Switch if self.style == Style::Program && texts::is_compared(self.bytes, name) => false,
            Role::Value => {
                let is_member = !beside.is_empty() || around::owner(self.bytes, name).is_some();
                self.has_value(name)
                    || (is_member && self.is_given_a_word(name))
                    || texts::is_asked_for(self.bytes, name)
                    || self.has_value_by_a_constant(name)
            }
            Role::Target => around::is_set(self.bytes, name),
            Role::Switch | Role::Call | Role::Logged | Role::Taken | Role::Query if around::begins_in_comment(self.bytes, name) => false,
            Role::Switch if beside.is_empty() => !is_text() && self.is_switched(name, false) && self.may_hold(name),
            Role::Switch => !is_text() && self.is_switched(name, true) && self.has_beside(part) && self.is_reached(name, beside, FAR),
            Role::Call => {
                around::is_called(self.bytes, name)
                    && (beside.is_empty() || (self.has_beside(part) && self.is_reached(name, beside, CLOSE)))
            }
            Role::Logged => {
                let shows = !is_text() || texts::is_filled_in(self.bytes, name) || texts::is_a_label(self.bytes, name);
                let has_stream = shows && self.opens_file();
                let writes = |path: &[&str]| has_stream && path.last().is_some_and(|method| files::writes_to_stream(method));
                // In a bundle anything has a method that is called after a level.
                let may_log = !self.is_light();
                let is_logged = |path: &[&str]| {
                    known::logs(path) || (may_log && known::may_log(path)) || files::written_to_file(path).is_some() || writes(path)
                };
                let bytes = self.bytes;
                self.is_logged_along(name)
                    || around::is_kept(bytes, name)
                    || shows
                        && (around::is_passed(bytes, name, is_logged)
                            || around::is_piped(bytes, name, is_logged)
                            || (around::is_passed(bytes, name, known::turns_into_text) && self.holds("writealltext")))
            }
            Role::Taken => {
                let is_logged = self.style == Style::Program && !self.is_light() && self.is_logged_whole(name);
                self.is_spread |= is_logged;
                is_logged
            }
            Role::Query => {
                self.style == Style::Program
                    && !self.is_light()
                    && (pairs::is_parameter(self.bytes, name)
                        || pairs::is_paired(self.bytes, name) && queries::WORDS.iter().any(|word| self.holds(word)))
            }
            Role::Key => (keys::is_key(self.bytes, name) || markup::follows_value(self.bytes, name)) && !self.is_described(name),
            Role::Head => around::leads_to(self.bytes, name, beside)
                .unwrap_or_else(|| around::is_used(self.bytes, name) && self.gives_a(beside, name.start)),
            Role::Owner => around::leads_to(self.bytes, name, beside).unwrap_or_else(|| around::is_imported(self.bytes, name)),
        }
    }

    /// Whether a name is the text of a constant under which a value is written elsewhere: `add(HEADER, "…")`.
    fn has_value_by_a_constant(&mut self, name: &Range<usize>) -> bool {
        let (bytes, whole) = (self.bytes, 0..self.bytes.len());
        let may_be_one = self.style == Style::Program && texts::ends_text(bytes, name) && !self.is_light();
        let constant = if may_be_one { name_of_text(bytes, name.start) } else { None };
        let Some(constant) = constant else { return false };
        let key = (0, [constant, b" is a name"].concat());
        if let Some(known) = self.written.get(&key) {
            return *known;
        }
        let comma =
            |mention: Range<usize>| bytes.get(mention.end..)?.trim_ascii_start().strip_prefix(b",").map(|rest| bytes.len() - rest.len());
        let mut passed = mentions(bytes, &whole, constant).take(MOST_MENTIONS).filter_map(comma);
        let found = passed.any(|at| self.is_written(at));
        self.written.insert(key, found);
        found
    }

    /// Whether something of this name is given a written value, here or elsewhere in the file: what a credential stands in may be put together apart from it.
    fn gives_a(&mut self, credential: &str, at: usize) -> bool {
        let near = self.near(at);
        let key = (near.start, [credential.as_bytes(), b"="].concat());
        if let Some(known) = self.written.get(&key) {
            return *known;
        }
        let part = self.bytes.get(near.clone()).unwrap_or(&[]).to_ascii_lowercase();
        let mentions = memchr::memmem::find_iter(&part, credential.as_bytes()).map(|at| near.start.saturating_add(at));
        let found = mentions.enumerate().any(|(count, at)| {
            let mention = at..at.saturating_add(credential.len());
            count >= MOST_MENTIONS
                || (around::is_whole(self.bytes, &mention) && (self.has_value(&mention) || self.is_given_a_word(&mention)))
        });
        self.written.insert(key, found);
        found
    }

    /// Whether a name is that of a field of an object whose variable is handed to a logger.
    fn is_logged_along(&mut self, name: &Range<usize>) -> bool {
        let holder =
            if let around::Next::Value(_) = around::next(self.bytes, name) { around::holder(self.bytes, name.start) } else { None };
        let near = self.near(name.start);
        holder.is_some_and(|variable| self.is_shown(variable, &near))
    }

    /// Whether something may be logged whole that a name is taken out of, or that an endpoint answered which gives tokens.
    fn is_logged_whole(&mut self, name: &Range<usize>) -> bool {
        if self.shown().is_empty() {
            return false;
        }
        let (mut seen, mut open) = (BTreeSet::new(), holders::holders(self.bytes, name));
        open.extend(holders::given_to(self.bytes, name));
        open.extend(holders::begun_with(self.bytes, name));
        for _ in 0..MOST_STEPS {
            let mut further = Vec::new();
            for variable in std::mem::take(&mut open) {
                if !seen.insert(variable) {
                    continue;
                }
                if seen.len() > MOST_NAMES || self.shown().contains(variable) {
                    return true;
                }
                further.extend_from_slice(self.sources(variable));
            }
            open = further;
        }
        self.shows_an_answer()
    }

    /// The names that a variable has its values from, as many as are gone through.
    fn sources(&mut self, variable: &'g [u8]) -> &[&'g [u8]] {
        let bytes = self.bytes;
        self.sources.entry(variable).or_insert_with(|| {
            let mut names = BTreeSet::new();
            for mention in mentions(bytes, &(0..bytes.len()), variable).take(MOST_MENTIONS) {
                names.extend(holders::names_given_by(bytes, &mention));
                if names.len() > MOST_NAMES {
                    break;
                }
            }
            names.into_iter().collect()
        })
    }

    /// Whether what an endpoint that gives tokens answered may be logged whole.
    fn shows_an_answer(&mut self) -> bool {
        const KEY: &[u8] = b"an answer is shown";
        if let Some(known) = self.written.get(&(0, KEY.to_vec())) {
            return *known;
        }
        let bytes = self.bytes;
        let found = ENDPOINTS.iter().any(|part| self.holds(part)) && {
            let (lower, whole) = (bytes.to_ascii_lowercase(), 0..bytes.len());
            let contents = known::CONTENTS.iter().flat_map(|content| mentions(&lower, &whole, content.as_bytes()));
            let contents: Vec<_> = contents.take(MOST_MENTIONS).collect();
            contents.len() == MOST_MENTIONS
                || contents.iter().any(|content| {
                    let target = holders::given_to(bytes, content);
                    shown::is_shown(bytes, content) || target.is_some_and(|target| self.shown().contains(target))
                })
                || (contents.iter().any(|content| holders::is_given_back(bytes, content)) && self.shows_what_is_called())
        };
        self.written.insert((0, KEY.to_vec()), found);
        found
    }

    /// Whether what a function without arguments gives back is handed to a logger, by itself or under a name.
    fn shows_what_is_called(&mut self) -> bool {
        let bytes = self.bytes;
        let is_called = |name: &[u8]| {
            mentions(bytes, &(0..bytes.len()), name).any(|found| bytes.get(found.end..).is_some_and(|rest| rest.starts_with(b"()")))
        };
        let shown: Vec<&[u8]> = self.shown().iter().copied().take(MOST_NAMES).collect();
        shown.into_iter().any(|name| is_called(name) || self.sources(name).iter().any(|source| is_called(source)))
    }

    /// What the file hands to a logger as it is.
    fn shown(&mut self) -> &BTreeSet<&'g [u8]> {
        self.shown.get_or_insert_with(|| shown::shown(self.bytes, |callee| self.memory.logs(callee)))
    }

    /// Whether a variable is handed to a logger as it is, near a place or, where the file is read whole, anywhere in it.
    fn is_shown(&mut self, variable: &[u8], near: &Range<usize>) -> bool {
        if !self.is_light() {
            return self.shown().contains(variable);
        }
        let key = (near.start, [variable, b" is shown"].concat());
        if let Some(known) = self.written.get(&key) {
            return *known;
        }
        let mut mentions = mentions(self.bytes, near, variable).enumerate();
        let found = mentions.any(|(count, mention)| count >= MOST_MENTIONS || shown::is_shown(self.bytes, &mention));
        self.written.insert(key, found);
        found
    }

    /// Whether a name is reached through another: it stands shortly before, or on a line with the variable that the name is a member of.
    fn is_reached(&mut self, name: &Range<usize>, through: &str, distance: usize) -> bool {
        let before = self.bytes.get(name.start.saturating_sub(distance)..name.start).unwrap_or(&[]).to_ascii_lowercase();
        if memchr::memmem::find_iter(&before, through).any(|at| around::is_segment(&before, &(at..at.saturating_add(through.len())))) {
            return true;
        }
        let Some(variable) = around::owner(self.bytes, name) else { return false };
        let near = self.near(name.start);
        let key = (near.start, [variable, b" ", through.as_bytes()].concat());
        if let Some(known) = self.written.get(&key) {
            return *known;
        }
        let found = self.is_made_of(variable, through, &near);
        self.written.insert(key, found);
        found
    }

    /// Whether a variable is made of something, in a stretch of the file: directly, or by way of other names. What a function of the file gives back
    /// shows only when the file is read. In a program that is only read near its names, a variable of one letter is anything: there it counts directly.
    fn is_made_of(&self, variable: &[u8], through: &str, near: &Range<usize>) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![variable]);
        let is_light = self.is_light == Some(true);
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            for (count, mention) in mentions(self.bytes, near, name).enumerate() {
                let is_function = || !is_light && around::is_definition_of(self.bytes, &mention);
                if count >= MOST_MENTIONS
                    || seen.len() > MOST_NAMES
                    || around::is_made_of(self.bytes, &mention, through.as_bytes())
                    || is_function()
                {
                    return true;
                }
                open.extend(around::given_by(self.bytes, &mention).into_iter().filter(|_| !is_light));
            }
        }
        false
    }

    /// Where it is looked for what else the file says of a name that stands here: everywhere, but in a program that is only read near its names. The
    /// same for all names of a stretch, so that an answer can be kept.
    fn near(&mut self, at: usize) -> Range<usize> {
        let bytes = self.bytes;
        if !self.is_light() {
            return 0..bytes.len();
        }
        let stretch = at - at % light::NEAR;
        stretch.saturating_sub(light::NEAR)..stretch.saturating_add(2 * light::NEAR).min(bytes.len())
    }

    /// Whether the file may write into one.
    fn opens_file(&mut self) -> bool {
        files::OPENING.iter().any(|word| self.holds(word))
    }

    /// Whether the file is read only in part.
    fn is_light(&mut self) -> bool {
        *self.is_light.get_or_insert_with(|| light::is_light(self.bytes))
    }

    /// Whether a word stands somewhere in the file, whatever its case.
    fn holds(&mut self, word: &str) -> bool {
        if let Some(holds) = self.holds.get(word) {
            return *holds;
        }
        let lower = &mut self.memory.lower;
        if !self.is_lower {
            lower.clear();
            lower.extend_from_slice(self.bytes);
            lower.make_ascii_lowercase();
            self.is_lower = true;
        }
        let holds = around::has_word(self.bytes, lower, word.as_bytes());
        self.holds.insert(word.to_owned(), holds);
        holds
    }
}

/// Where a whole name stands in a stretch of a file.
pub(super) fn mentions<'b>(bytes: &'b [u8], near: &Range<usize>, name: &'b [u8]) -> impl Iterator<Item = Range<usize>> {
    let (start, length) = (near.start, name.len());
    let found = memchr::memmem::find_iter(bytes.get(near.clone()).unwrap_or(&[]), name).map(move |at| start + at..start + at + length);
    found.filter(|mention| around::is_whole(bytes, mention))
}

/// Whether a fact may come of a part of a program.
pub(super) fn tells(watch: &Watch, text: &str) -> bool {
    any_tells(watch, text, |_| true)
}

/// Whether a fact may come of what a program does: of a switch, a call or a log.
pub(super) fn tells_of_programs(watch: &Watch, text: &str) -> bool {
    any_tells(watch, text, |role| matches!(role, Role::Switch | Role::Call | Role::Logged | Role::Taken | Role::Query | Role::Owner))
}

fn any_tells(watch: &Watch, text: &str, counts: fn(Role) -> bool) -> bool {
    let Some(finder) = watch.finder() else { return false };
    let mut memory = Memory::default();
    let mut glance = Glance::new(watch, &mut memory, Style::Program, text.as_bytes());
    finder.find_overlapping_iter(text).any(|found| glance.tells_of(found.range(), counts))
}

/// Whether a member whose name stands here may be defined here.
pub(super) fn defines(bytes: &[u8], name: Range<usize>) -> bool {
    values::is_defined(bytes, around::with_mark(bytes, name))
}

/// Whether the type whose name stands here is declared here.
pub(super) fn declares(bytes: &[u8], name: Range<usize>) -> bool {
    around::is_whole(bytes, &name) && around::is_declaration(bytes, &name)
}

/// What a name in a program may be.
fn names(name: &str, watch: &Watch) -> Vec<Part> {
    let Some(last) = segments(name.trim_start_matches('$')).last() else { return Vec::new() };
    let mut parts = Vec::new();
    let getter = known::without_getter(last).unwrap_or(last);
    // `signing-key` of a key is `signing_key`.
    let joined = last.replace('-', "_");
    let spellings: BTreeSet<&str> = [last, known::without_setter(last), known::without_role(last), getter, &joined].into();
    for spelling in spellings {
        let key = plain(spelling);
        for names in [&watch.assignment, &watch.argument] {
            parts.extend(entries(names, &key, Role::Value));
            if names.end_or_resemble(spelling) {
                parts.push(Part { role: Role::Value, beside: Vec::new() });
            }
        }
        parts.extend(entries(&watch.setting, &key, Role::Switch));
    }
    let called = std::iter::once(&watch.call).chain(watch.missing.iter().map(|(names, _)| names));
    let key = plain(last);
    parts.extend(called.flat_map(|names| entries(names, &key, Role::Call)));
    if watch.logged.know(last) || known::without_getter(last).is_some_and(|name| watch.logged.know(name)) {
        parts.push(Part { role: Role::Logged, beside: Vec::new() });
    }
    let is_taken = |name: &str| watch.logged.matching(&[name]).is_some_and(|found| found.exact && !found.entry.starts_with('*'));
    let is_header = watch.logged.before(&key).any(|beside| matches!(beside, [of] if of == "headers"));
    if is_header || is_taken(last) || is_taken(getter) {
        parts.push(Part { role: Role::Taken, beside: Vec::new() });
    }
    if watch.query.know(last) {
        parts.push(Part { role: Role::Query, beside: Vec::new() });
    }
    for head in watch.heads().filter(|head| head.name.eq_ignore_ascii_case(last)) {
        let role = match head.of {
            HeadOf::Value => Role::Head,
            HeadOf::Member => Role::Owner,
            HeadOf::Key => continue,
        };
        parts.push(Part { role, beside: head.beside.clone() });
    }
    parts.sort();
    parts.dedup();
    parts
}

/// The entries that end in a name, given [`plain`], by what else they are made of.
fn entries(names: &Names, last: &str, role: Role) -> Vec<Part> {
    let all: Vec<&[String]> = names.before(last).collect();
    // Where the name alone is watched too, the longer entry says more than that a credential is written; and a header is told whatever it carries.
    let is_more = all.iter().any(|beside| beside.is_empty());
    let part = |beside: &&[String]| {
        let is_target = role == Role::Value && (beside.len() >= 2 || (is_more && !beside.is_empty()) || last.contains('-'));
        if is_target { Part { role: Role::Target, beside: Vec::new() } } else { Part { role, beside: beside.to_vec() } }
    };
    all.iter().map(part).collect()
}

/// What a name in a configuration file may be.
fn keys(name: &str, watch: &Watch) -> Vec<Part> {
    let Some(last) = segments(name).last() else { return Vec::new() };
    let is_key = [&watch.config_key, &watch.setting].into_iter().any(|names| names.may_end_in(last))
        || [&watch.assignment, &watch.argument].into_iter().any(|names| names.know(last))
        || watch.heads().any(|head| head.name.eq_ignore_ascii_case(last));
    let mut parts = if is_key { vec![Part { role: Role::Key, beside: Vec::new() }] } else { names(name, watch) };
    if is_key && watch.logged.know(last) {
        parts.push(Part { role: Role::Logged, beside: Vec::new() });
    }
    parts
}
