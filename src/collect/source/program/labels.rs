//! What a text says that the value after it is: `"signed token: "`, `"password = {0}"`.

use super::{Argument, Call, Expression, Form, known, places::Finder};
use crate::collect::source::names::{Match, Names, squeezed, words};

/// How many parts of what is logged are looked at for what is said of the next one.
const MOST_PARTS: usize = 64;
/// How many words before a value say what it is.
const MOST_WORDS: usize = 4;
/// Words of a text by which no secret follows, in small letters: there is none, or only what it says is shown.
const OTHERWISE: [&str; 15] = [
    "cannot", "claim", "claims", "could", "couldn", "decoded", "error", "expired", "failed", "failure", "invalid", "missing", "no", "not",
    "unable",
];
/// What the token endpoint gives is called, in small letters.
const ANSWERS: [&str; 6] = ["answer", "data", "payload", "reply", "response", "result"];
/// How the names of what logs end that something went wrong: then the endpoint gave no token.
const ALARMS: [&str; 6] = ["critical", "error", "exception", "fatal", "warn", "warning"];
/// Words between what something is and the thing itself, in small letters.
const LINKING: [&str; 8] = ["are", "created", "generated", "is", "obtained", "received", "returned", "was"];
/// How the names of what tells of a secret without being one end, in small letters.
pub(super) const TELLING: [&str; 27] = [
    "at", "code", "count", "date", "error", "exists", "expires", "expiry", "file", "hash", "id", "index", "kind", "length", "message",
    "name", "no", "number", "path", "reason", "size", "state", "status", "time", "total", "type", "valid",
];

impl<'a> Finder<'a, '_> {
    /// What the text right before it says to be a secret, under a name that says nothing: `"signed token: {0}", text`.
    pub(super) fn labelled<'w>(&self, call: &'a Call, path: &[&str], logged: &'w Names) -> Option<(&'a Expression, Match<'w>)> {
        let is_alarm = is_alarm(path);
        let of_text = |text: &str| {
            let answer = || if is_alarm { None } else { of_answer(text, logged) };
            label(text).and_then(|label| said(&label, logged)).map(|found| (found, false)).or_else(|| Some((answer()?, true)))
        };
        let values = |argument: &'a Argument| -> &'a [Expression] {
            if let Form::Joined(parts) = &argument.value.form { parts } else { std::slice::from_ref(&argument.value) }
        };
        let parts: Vec<&Expression> = call.arguments.iter().flat_map(values).take(MOST_PARTS).collect();
        let beside = parts.iter().zip(parts.iter().skip(1)).filter_map(|(before, value)| Some((*value, of_text(before.text()?)?)));
        // The holes of a text are filled by the arguments after it.
        let holes = call.arguments.iter().enumerate().filter_map(|(at, argument)| Some((at, argument.value.text()?))).take(1);
        let filled = holes.flat_map(|(at, text)| {
            let before_holes = text.match_indices(['{', '%']).enumerate();
            before_holes.filter_map(move |(hole, (offset, _))| Some((call.arguments.get(at + 1 + hole)?, text.split_at_checked(offset)?)))
        });
        let filled = filled.filter_map(|(argument, (before, hole))| {
            let of_hole = || named_hole(hole, logged).filter(|_| !is_otherwise(before)).map(|found| (found, false));
            Some((&argument.value, of_text(before).or_else(of_hole)?))
        });
        let shows = |value: &'a Expression, is_answer: bool| self.says_nothing(value) || (is_answer && is_all_of(value));
        beside.chain(filled).find(|(value, (_, is_answer))| shows(value, *is_answer)).map(|(value, (found, _))| (value, found))
    }

    /// Whether a name may be that of anything, and what it stands for is not known to be harmless.
    pub(super) fn says_nothing(&self, value: &'a Expression) -> bool {
        let last = match &value.form {
            Form::Name(name) => squeezed(name),
            // Other members than what all of an answer is in tell of it.
            Form::Member(_, name) if known::is_content(name) || is_one_of_two(name) => squeezed(name),
            _ => return false,
        };
        let is_plain = |value: &&'a Expression| match &value.form {
            Form::Name(_) | Form::Member(..) | Form::Index(..) | Form::Joined(_) => true,
            Form::Call(call) => call.callee.path().is_none_or(|path| !path.iter().any(|name| known::hides(name) || known::encrypts(name))),
            _ => false,
        };
        let binding = if let Form::Name(name) = &value.form { self.bindings.find(name, value.range.start) } else { None };
        !TELLING.iter().any(|end| last.ends_with(end)) && binding.is_none_or(|binding| binding.values.iter().all(is_plain))
    }
}

/// Whether what logs says that something went wrong.
pub(super) fn is_alarm(path: &[&str]) -> bool {
    path.last().is_some_and(|name| ALARMS.iter().any(|alarm| squeezed(name).ends_with(alarm)))
}

/// Whether a member is called after what a token is for, as in the answers of many a service: `answer.access`, `answer.refresh`.
fn is_one_of_two(name: &str) -> bool {
    ["access", "refresh"].contains(&squeezed(name).as_str())
}

/// What a text says the next thing to be: the words before the colon or equals sign that it ends with.
fn label(text: &str) -> Option<Vec<&str>> {
    let text = text.trim_end_matches([' ', '"', '\'', '`', '[', '(', '<', '|', '\n']);
    let arrow = || ["=>", "->"].iter().find_map(|arrow| text.strip_suffix(arrow));
    let text = text.strip_suffix([':', '=']).or_else(arrow)?.trim_end();
    let line = text.rsplit(['\n', '.', ',', ';', '(']).next()?;
    let words = || line.rsplit(|character: char| !character.is_alphanumeric() && character != '_');
    let says = |of: &[&str], word: &str| of.iter().any(|one| word.eq_ignore_ascii_case(one));
    if words().any(|word| says(&OTHERWISE, word)) {
        return None;
    }
    let mut words: Vec<&str> = words().skip_while(|word| says(&LINKING, word)).take(MOST_WORDS).collect();
    words.reverse();
    Some(words)
}

/// The secret that the last words of a label name. One word alone names too much, but for a password: tickets are sold, and texts are made of tokens.
fn said<'w>(label: &[&str], logged: &'w Names) -> Option<Match<'w>> {
    if let Some(found) = label.last().and_then(|last| logged.matching(&[*last])).filter(|found| found.exact && names_password(found.entry))
    {
        return Some(found);
    }
    let names = (0..label.len().saturating_sub(1)).filter_map(|from| label.get(from..)).map(<[&str]>::concat);
    names
        .filter_map(|name| logged.matching(&[name]))
        .find(|found| found.exact && !found.entry.starts_with('*') && !names_token_answer(found.entry))
}

/// Whether an entry names a password.
fn names_password(entry: &str) -> bool {
    const WORDS: [&str; 8] = ["pass", "pwd", "losenord", "lösenord", "kodeord", "adgangskode", "wachtwoord", "kennwort"];
    let entry = entry.to_lowercase();
    WORDS.iter().any(|word| entry.contains(word))
}

/// The secret in what a text says the next thing to be: what the token endpoint answered, `token response`.
fn of_answer<'w>(text: &str, logged: &'w Names) -> Option<Match<'w>> {
    let line = text.trim_end_matches(|character: char| !character.is_alphanumeric()).rsplit(['\n', '.', ',', ';', '(']).next()?;
    let words = words(line);
    let is_one = matches!(words.as_slice(), [.., of, last] if of == "token" && ANSWERS.contains(&last.as_str()));
    logged.matching(&["token"]).filter(|_| is_one && !is_otherwise(line))
}

/// The secret that a hole of a text is named after: `{ClientSecret}`. A token or a ticket alone may be anything.
fn named_hole<'w>(hole: &str, logged: &'w Names) -> Option<Match<'w>> {
    let name = hole.strip_prefix('{')?.split(['}', ':', ',']).next()?;
    let found = logged.matching(&[name]).filter(|found| found.exact && !found.entry.starts_with('*'))?;
    (!["token", "ticket"].contains(&found.entry) && !names_token_answer(found.entry)).then_some(found)
}

/// Whether a text says that no secret follows, or only what is told of it.
pub(super) fn is_otherwise(text: &str) -> bool {
    words(text).iter().any(|word| OTHERWISE.contains(&word.as_str()))
}

pub(super) fn names_token_answer(name: &str) -> bool {
    matches!(words(name).as_slice(), [.., of, last] if of == "token" && ANSWERS.contains(&last.as_str()))
}

/// Whether all of something is shown: what turns it into text, and what all of an answer is in.
pub(super) fn is_all_of(value: &Expression) -> bool {
    let Form::Call(call) = &value.form else { return false };
    let path = call.callee.path().unwrap_or_default();
    let gives_content = path.last().is_some_and(|name| known::is_content(known::without_getter(name).unwrap_or(name)));
    let is_named = |value: &Expression| matches!(value.form, Form::Name(_) | Form::Member(..));
    (call.arguments.is_empty() && gives_content)
        || (known::turns_into_text(&path) && call.arguments.first().is_some_and(|argument| is_named(&argument.value)))
}
