//! Secrets that are handed to a logger.

use super::{
    Argument, Call, Expression, Form,
    files::{Written, appends, written_to_file},
    headers, known,
    labels::{TELLING, is_alarm, is_all_of, is_otherwise, names_token_answer},
    places::Finder,
    shortened::{ends_in_mark, gives_short_part, is_short_stretch, paints_over},
};
use crate::{
    collect::source::{
        document::Place,
        names::{Match, Names, squeezed, words},
        sinks,
    },
    evidence::FactKind,
};

/// How many parts of what is logged are looked at for what is said of the next one.
const MOST_PARTS: usize = 64;
/// Members that are all of what they are members of.
const WHOLES: [&str; 7] = ["value", "Value", "Json", "Raw", "RawData", "EncodedToken", "EncodedPayload"];
/// What getters give, by their names, that is all of what they are asked of.
const WHOLES_GIVEN: [&str; 6] = ["Value", "TokenValue", "TokenString", "RawData", "RawToken", "Serialized"];
/// How deep within what is logged a name is looked for.
const DEEPEST: usize = 12;

/// How far before a log the words are looked for that say which tokens a function is about, in bytes.
const NEAR: usize = 3_000;
/// How the field of a form begins.
const FIELDS: [&str; 2] = ["<input ", "value=\""];
/// Parts of the names, squeezed, of functions that make the field of a form.
const FIELD_MAKERS: [&str; 5] = ["hidden", "fieldtag", "inputtag", "formfield", "forminput"];
/// What gives the folder that a program runs in, in small letters: `pwd` is short for that, too.
const FOLDERS: [&str; 7] = ["cwd", "getcwd", "getwd", "pwd", "currentdir", "currentdirectory", "getcurrentdirectory"];
/// What tokens are called around, in small letters, that are words of a text and no secrets.
const OF_A_TEXT: [&str; 11] = [
    "lexer",
    "tokeniz",
    "tokenis",
    "scantokens",
    "tokenkind",
    "tokenstream",
    "tokentype.",
    "nexttoken",
    "currenttoken",
    "peektoken",
    "strtok",
];

/// What comes after `ticket` where it is a case that somebody works on, in small letters.
const OF_A_DESK: [&str; 16] = [
    "agent",
    "assign",
    "categor",
    "customer",
    "entity",
    "merged",
    "number",
    "owner",
    "priorit",
    "queue",
    "replie",
    "reply",
    "status",
    "subject",
    "submitter",
    "title",
];
/// What comes before `Token` in the names of types whose tokens sign nobody in, in small letters.
const OTHER_TOKENS: [&str; 16] = [
    "cancellation",
    "change",
    "css",
    "expression",
    "html",
    "j",
    "json",
    "lexer",
    "lexical",
    "markup",
    "metadata",
    "parse",
    "parser",
    "sql",
    "syntax",
    "xml",
];
impl<'a> Finder<'a, '_> {
    /// A secret that is handed to a logger or written into a file, by its name or by what the text before it says that it is.
    pub(super) fn logged(&mut self, call: &'a Call, whole: &'a Expression, path: &[&'a str]) {
        let stream = self.file_behind(call);
        let content = written_to_file(path).or(stream.as_ref().map(|_| Written::At(0)));
        if call.creates
            || (content.is_none() && (!(known::logs(path) || (known::may_log(path) && says_something(call))) || is_for_pipeline(call)))
        {
            return;
        }
        let logged = &self.document.watch.logged;
        let given = call.arguments.iter().enumerate().filter(|(position, _)| content.is_none_or(|content| content.is_at(*position)));
        let named = given.filter_map(|(_, argument)| self.secret_in_whole(&argument.value, logged, content.is_some()));
        // Of an answer, what is shown decides.
        let mut named = named.filter(|(_, found)| !names_token_answer(found.entry));
        let named = named.find(|(name, found)| self.is_secret(name, found, whole) && !self.fills_in_field(call, whole, path));
        let unnamed = || self.labelled(call, path, logged).or_else(|| answered(call, path, logged));
        let found = named.or_else(|| if content.is_none() { unnamed() } else { None });
        let found = found.map(|(name, found)| (name, found, None));
        let held = || self.held(call, path, whole).filter(|(name, found, _)| content.is_none() && self.is_secret(name, found, whole));
        if let Some((name, found, member)) = found.or_else(held) {
            let value = self.evaluator().value(name);
            let entry = found.entry.to_owned();
            let how: Option<&str> = if content == Some(Written::Any) && appends(call) { Some("Append") } else { None };
            let sink: Vec<&str> = stream.as_deref().unwrap_or(path).iter().copied().chain(how).collect();
            let place = Place::new(FactKind::Log, sinks::dotted(&sink), &entry, self.place_of(call, whole), value);
            let plain = name.path().map(|path| sinks::dotted(&path.into_iter().chain(member).collect::<Vec<_>>()));
            let more = self.more(plain);
            self.reading.add(Place { more, ..place });
        }
    }

    /// The secret in something, also in an object that a variable stands for; in what a file is filled with through any variable, unless it is
    /// encrypted on the way.
    fn secret_in_whole<'w>(&self, value: &'a Expression, logged: &'w Names, is_file: bool) -> Option<(&'a Expression, Match<'w>)> {
        let made_of = match &value.form {
            Form::Name(name) => match self.bindings.find(name, value.range.start).map(|binding| binding.values.as_slice()) {
                Some([only]) => only,
                _ => value,
            },
            _ => value,
        };
        let found = secret_in(value, logged, 0);
        if is_file {
            let is_open = !is_encrypted(made_of, 0) && !is_encrypted(value, 0);
            return found.or_else(|| secret_in(made_of, logged, 0)).filter(|_| is_open);
        }
        found.or_else(|| secret_field(made_of, logged)).or_else(|| self.stands_for(value, logged))
    }

    /// The secret that a variable is given which is called after nothing: `t` of `t = session.getTicket()`.
    fn stands_for<'w>(&self, value: &'a Expression, logged: &'w Names) -> Option<(&'a Expression, Match<'w>)> {
        let parts = if let Form::Joined(parts) = &value.form { parts.as_slice() } else { std::slice::from_ref(value) };
        parts.iter().take(MOST_PARTS).map(headers::taken_from).filter(|part| self.says_nothing(part)).find_map(|part| {
            let Form::Name(name) = &part.form else { return None };
            let [only] = self.bindings.find(name, part.range.start)?.values.as_slice() else { return None };
            let is_taken = match &only.form {
                Form::Member(..) => true,
                Form::Call(call) => call.arguments.is_empty() && !call.creates,
                _ => false,
            };
            let is_asked = words(name).first().is_some_and(|first| ["has", "is"].contains(&first.as_str()));
            let (_, found) = secret_in(only, logged, 0).filter(|(_, found)| found.exact && !found.entry.starts_with('*'))?;
            let is_header = found.entry == "headers.authorization" && headers::is_looked_up(only);
            ((is_taken || is_header) && !is_asked).then_some((part, found))
        })
    }
}

impl<'a> Finder<'a, '_> {
    /// Whether what bears the name of a secret may be one.
    fn is_secret(&self, name: &Expression, found: &Match<'_>, log: &Expression) -> bool {
        let is_harmless = match found.entry {
            "token" | "*Token" => {
                self.reads_a_text(log) || self.is_of_another_kind(name) || is_of_another_token(log) || is_entered(log) || is_complaint(log)
            }
            "ticket" => self.is_of_a_desk(log),
            _ => false,
        };
        !is_harmless && !self.is_folder(name)
    }

    /// Whether a token is none that signs anybody in, by its type: that of a parser, one that stops work, or what a caller gave along with a request.
    fn is_of_another_kind(&self, name: &Expression) -> bool {
        let (Form::Name(variable) | Form::Member(_, variable)) = &name.form else { return false };
        let is_plain = matches!(name.form, Form::Name(_));
        let binding = if is_plain { self.bindings.find(variable, name.range.start) } else { None };
        let of_type = binding.and_then(|binding| binding.of_type.as_ref()?.last()).map(|last| words(last)).unwrap_or_default();
        let is_other = matches!(of_type.as_slice(), [.., before, last] if last == "token" && OTHER_TOKENS.contains(&before.as_str()))
            || matches!(of_type.as_slice(), [.., before, last] if before == "int" && last == "ptr");
        let given_along = |value: &Expression| match &value.form {
            Form::Member(of, last) if last == "UserToken" => self.is_event(of),
            _ => false,
        };
        is_other || given_along(name) || binding.is_some_and(|binding| binding.values.iter().any(|value| given_along(value)))
    }

    /// Whether something is what an event came with, by its type or its name.
    fn is_event(&self, of: &Expression) -> bool {
        let Form::Name(variable) = &of.form else { return false };
        let of_type = self.bindings.find(variable, of.range.start).and_then(|binding| binding.of_type.as_ref()?.last());
        of_type.into_iter().copied().chain([variable.as_str()]).any(|name| squeezed(name).trim_end_matches('s').ends_with("eventarg"))
    }

    /// Whether a variable holds a folder, whatever else its name may be short for.
    fn is_folder(&self, name: &Expression) -> bool {
        let Form::Name(variable) = &name.form else { return false };
        let Some(binding) = self.bindings.find(variable, name.range.start) else { return false };
        let gives_one = |value: &Expression| {
            let given = if let Form::Call(call) = &value.form { &call.callee } else { value };
            given.path().and_then(|path| path.last().map(|last| squeezed(last))).is_some_and(|last| FOLDERS.contains(&last.as_str()))
        };
        !binding.values.is_empty() && binding.values.iter().all(|value| gives_one(value))
    }

    /// Whether a page writes the value into a field of a form, where whoever may see the settings sees it: `<input value="<?php echo $secret ?>">`.
    fn fills_in_field(&self, call: &Call, whole: &Expression, path: &[&str]) -> bool {
        if !matches!(path, ["echo" | "print" | "printf"]) {
            return false;
        }
        let text = self.document.text;
        let before = text.get(text.floor_char_boundary(whole.range.start.saturating_sub(NEAR))..whole.range.start).unwrap_or("");
        let markup = before.rfind("<?").and_then(|opened| before.get(..opened)).unwrap_or("").trim_end();
        let begins = |text: &str| FIELDS.iter().any(|begun| text.contains(begun));
        let written = call.arguments.iter().any(|argument| texts_in(&argument.value, &begins, 0));
        let made = call.arguments.iter().any(|argument| matches!(&argument.value.form, Form::Call(inner) if makes_field(inner)));
        written || made || ["value=\"", "value='", "value="].iter().any(|value| markup.ends_with(value))
    }

    /// Whether a ticket is a case that somebody works on, by what the function does with it.
    fn is_of_a_desk(&self, log: &Expression) -> bool {
        let function = self.function.clone().and_then(|function| self.document.text.get(function)).unwrap_or("");
        let near = if function.len() <= NEAR { function } else { self.before(log) }.to_lowercase();
        near.match_indices("ticket").any(|(at, word)| {
            let member = near.get(at + word.len()..).unwrap_or("").trim_start_matches(['?', '-', '>', '.', '_']);
            OF_A_DESK.iter().any(|part| member.starts_with(part))
        })
    }

    /// The text of the function up to a log.
    fn before(&self, log: &Expression) -> &'a str {
        let from = self.function.as_ref().map_or(0, |function| function.start).max(log.range.start.saturating_sub(NEAR));
        let text = self.document.text;
        text.get(text.floor_char_boundary(from)..log.range.end).unwrap_or("")
    }

    /// Whether the tokens of a function are those of a text that it reads, by the words before a log in it.
    fn reads_a_text(&self, log: &Expression) -> bool {
        let near = self.before(log).to_lowercase();
        OF_A_TEXT.iter().any(|word| near.contains(word))
    }
}

/// Whether a text says that the token shown is that of a public key, which names an assembly, or one that marks a place in a list: `"Next page token: "`.
fn is_of_another_token(log: &Expression) -> bool {
    const OTHERS: [&str; 5] = ["publickeytoken", "pagetoken", "nexttoken", "synctoken", "continuationtoken"];
    let Form::Call(call) = &log.form else { return false };
    let says = |text: &str| OTHERS.iter().any(|other| squeezed(text).contains(other));
    call.arguments.iter().any(|argument| texts_in(&argument.value, &says, 0))
}

/// Whether something that is no known logger says what is wrong, as what reads a text does of its tokens: `parser.error("unexpected " + token)`.
fn is_complaint(log: &Expression) -> bool {
    let Form::Call(call) = &log.form else { return false };
    let path = call.callee.path().unwrap_or_default();
    !known::logs(&path) && is_alarm(&path)
}

/// Whether an event is entered into a journal, after what it happened to: `log(token, "api_token.revoked")`.
fn is_entered(log: &Expression) -> bool {
    let Form::Call(call) = &log.form else { return false };
    let [Argument { name: None, value: about }, Argument { name: None, value: event }, ..] = call.arguments.as_slice() else {
        return false;
    };
    let is_event =
        |text: &str| text.contains('.') && text.chars().all(|character| character.is_ascii_lowercase() || "._".contains(character));
    matches!(call.callee.form, Form::Name(_)) && matches!(about.form, Form::Name(_)) && event.text().is_some_and(is_event)
}

/// Whether a function makes the field of a form: `hiddenFieldTag("token", $token)`.
fn makes_field(call: &Call) -> bool {
    let names = call.callee.path().unwrap_or_default();
    names.iter().any(|name| FIELD_MAKERS.iter().any(|part| squeezed(name).contains(part)))
}

/// Whether a call is told a sentence first, as logs are, and not what to work on: `debug("token: " + token)`, `debug(token)`.
fn says_something(call: &Call) -> bool {
    let is_sentence = |text: &str| text.contains(' ') || text.contains(':');
    let Some(first) = call.arguments.first() else { return false };
    match &first.value.form {
        Form::Joined(parts) => parts.iter().any(|part| part.text().is_some_and(is_sentence)),
        // `format("token %s", token)`
        Form::Call(inner) => {
            inner.arguments.len() > 1 && inner.arguments.first().and_then(|first| first.value.text()).is_some_and(is_sentence)
        }
        _ => call.arguments.len() > 1 && first.value.text().is_some_and(is_sentence),
    }
}

/// Whether a text is a command to the pipeline that reads the log, which then shows nothing of it: `::add-mask::`, `##vso[task.setvariable …]`.
fn is_for_pipeline(call: &Call) -> bool {
    let first = call.arguments.first().map(|argument| match &argument.value.form {
        Form::Joined(parts) => parts.first().and_then(Expression::text),
        _ => argument.value.text(),
    });
    first.flatten().is_some_and(|text| ["::add-mask::", "##vso[task.set"].iter().any(|command| text.starts_with(command)))
}

/// Whether a text that is logged says that there is no secret.
pub(super) fn says_otherwise(call: &Call) -> bool {
    call.arguments.iter().any(|argument| texts_in(&argument.value, &is_otherwise, 0))
}

/// Whether a text among what is put together is one that is looked for.
fn texts_in(expression: &Expression, is_one: &dyn Fn(&str) -> bool, depth: usize) -> bool {
    match &expression.form {
        Form::Text(text) => is_one(text),
        Form::Joined(parts) | Form::AnyOf(parts) | Form::List(parts) | Form::Other(parts) if depth < DEEPEST => {
            parts.iter().any(|part| texts_in(part, is_one, depth + 1))
        }
        _ => false,
    }
}

/// The name of something that must not be logged, unless it is hidden on the way.
pub(super) fn secret_in<'a, 'w>(expression: &'a Expression, logged: &'w Names, depth: usize) -> Option<(&'a Expression, Match<'w>)> {
    let depth = depth + 1;
    if depth > DEEPEST {
        return None;
    }
    match &expression.form {
        Form::Name(_) | Form::Member(..) | Form::Index(..) => {
            if is_short_stretch(expression) {
                return None;
            }
            let path: Vec<&str> = expression.path()?.into_iter().map(known::claimed).collect();
            // `token.value` is the token.
            let whole =
                path.split_last().filter(|(last, of)| WHOLES.contains(last) && !of.is_empty()).map_or(path.as_slice(), |(_, of)| of);
            let last = path.last().copied().unwrap_or("");
            logged.matching(whole).filter(|found| found.exact || !tells_of(last)).map(|found| (expression, found))
        }
        Form::Call(call) => in_call(call, logged, depth),
        // `$secret -replace '.', '*'`
        Form::Other(parts) if parts.len() > 1 && parts.last().is_some_and(ends_in_mark) => None,
        Form::Joined(parts) | Form::AnyOf(parts) | Form::List(parts) | Form::Other(parts) => {
            parts.iter().find_map(|part| secret_in(part, logged, depth))
        }
        Form::Object(fields) => fields.iter().find_map(|field| secret_in(&field.value, logged, depth)),
        _ => None,
    }
}

/// The field of an object that bears the name of a secret, and holds what something else gives.
fn secret_field<'a, 'w>(object: &'a Expression, logged: &'w Names) -> Option<(&'a Expression, Match<'w>)> {
    let Form::Object(fields) = &object.form else { return None };
    fields.iter().find_map(|field| {
        if squeezed(&field.name) == "authorization" {
            return secret_in(&field.value, logged, 0);
        }
        let found = logged.matching(&[field.name.as_str()]).filter(|found| found.entry != "token" && found.entry != "*Token")?;
        let is_given = matches!(field.value.form, Form::Name(_) | Form::Member(..) | Form::Index(..));
        is_given.then_some((&field.value, found))
    })
}

/// All of what the token endpoint answered, by the name of the answer: `tokenResponse.Json`, `Serialize(tokenResponse)`.
fn answered<'a, 'w>(call: &'a Call, path: &[&str], logged: &'w Names) -> Option<(&'a Expression, Match<'w>)> {
    let found = logged.matching(&["token"]).filter(|_| !is_alarm(path) && !says_otherwise(call))?;
    let values = |argument: &'a Argument| -> &'a [Expression] {
        if let Form::Joined(parts) = &argument.value.form { parts } else { std::slice::from_ref(&argument.value) }
    };
    let mut parts = call.arguments.iter().flat_map(values).take(MOST_PARTS);
    parts.find(|part| all_of(part).is_some_and(is_token_answer)).map(|part| (part, found))
}

/// What all of is shown by a member or a call: `answer` of `answer.Json`, of `Serialize(answer)`, of `answer.Content.ReadAsStringAsync()`.
fn all_of(shown: &Expression) -> Option<&Expression> {
    let mut shown = shown;
    for _ in 0..DEEPEST {
        shown = match &shown.form {
            Form::Member(of, name) if known::is_content(name) => of,
            Form::Call(call) if is_all_of(shown) => match (&call.callee.form, call.arguments.first()) {
                (_, Some(argument)) => return Some(&argument.value),
                (Form::Member(of, _), None) => of,
                _ => return None,
            },
            _ => break,
        };
        if is_token_answer(shown) {
            return Some(shown);
        }
    }
    None
}

/// Whether something bears the name of what the token endpoint gives: `tokenResponse`, `_tokenResult`.
fn is_token_answer(answer: &Expression) -> bool {
    if let Form::Name(name) | Form::Member(_, name) = &answer.form { names_token_answer(name) } else { false }
}
/// Whether what a call gives back is encrypted, or what it is passed was.
pub(super) fn is_encrypted(expression: &Expression, depth: usize) -> bool {
    let Form::Call(call) = &expression.form else { return false };
    let passed = || call.arguments.iter().any(|argument| is_encrypted(&argument.value, depth + 1));
    depth < DEEPEST && (call.callee.path().unwrap_or_default().iter().any(|name| known::encrypts(name)) || passed())
}

/// What a call gives back, what it is called on, or what is passed to it.
fn in_call<'a, 'w>(call: &'a Call, logged: &'w Names, depth: usize) -> Option<(&'a Expression, Match<'w>)> {
    let path = call.callee.path().unwrap_or_default();
    // `getName(token)` tells of the token, and not the token.
    let is_about = !call.creates && !call.arguments.is_empty() && path.last().is_some_and(|name| tells_of(name));
    let only_asks = !call.creates && path.last().is_some_and(|name| known::only_asks(name));
    if only_asks || is_about || path.iter().any(|name| known::hides(name)) || paints_over(call) || gives_short_part(call) {
        return None;
    }
    // One of many is what its key says: `headers.get("Host")`, as `headers["Host"]`.
    if let Some(path) = headers::looked_up(call) {
        return logged.matching(&path).map(|found| (&call.callee, found));
    }
    // With the private part, as this asks for: `rsa.ToXmlString(true)`.
    if let (Some(last @ &"ToXmlString"), [Argument { value: Expression { form: Form::Truth(true), .. }, .. }]) =
        (path.last(), call.arguments.as_slice())
    {
        return logged.matching(&[last]).map(|found| (&call.callee, found));
    }
    if let Some(found) = kept_under(call, &path, logged) {
        return Some((&call.callee, found));
    }
    let is_asked = call.arguments.is_empty() && !call.creates;
    let getter = path.split_last().and_then(|(name, of)| Some((known::without_getter(name)?, of)));
    let found = match getter {
        Some((name, of)) if is_asked => logged.matching(&of.iter().copied().chain([name]).collect::<Vec<_>>()),
        // A name that only ends so may be any parser's: `nextToken()`.
        None if is_asked => logged.matching(&path).filter(|found| !found.entry.starts_with('*')),
        _ => None,
    };
    // `token.getType()` tells of the token, and not the token; `token.getTokenValue()` is all of it.
    let is_about = is_asked && path.last().is_some_and(|name| tells_of(name));
    let is_whole = getter.map_or(!is_about, |(name, _)| WHOLES_GIVEN.contains(&name));
    let owner = || if let (Form::Member(of, _), true) = (&call.callee.form, is_whole) { secret_in(of, logged, depth) } else { None };
    // An object that is passed as it is shows its type alone; one that is turned into text shows its members.
    let fields = call.fields.iter().map(|field| &field.value).filter(|_| depth > 1);
    let stores = |name: &&str| call.arguments.len() > 1 && known::stores_pairs(name);
    let is_shown = call.creates || path.last().is_none_or(|name| known::gives_back(name) || stores(name)) || fills_in(call);
    // A text that it is put into stays one, whatever is done to it: `style.success("token: " + token)`.
    let is_text = |value: &Expression| match &value.form {
        Form::Joined(_) => true,
        // `"token: %s" % token`
        Form::Other(parts) => parts.iter().any(|part| part.text().is_some()),
        _ => false,
    };
    let arguments = call.arguments.iter().map(|argument| &argument.value).filter(|value| is_shown || is_text(value));
    let passed = || arguments.chain(fields).find_map(|value| secret_in(value, logged, depth));
    found.map(|found| (&call.callee, found)).or_else(owner).or_else(passed)
}

/// Whether a call fills what it is passed into a text: `translate("token {0}", token)`.
fn fills_in(call: &Call) -> bool {
    call.arguments.iter().filter_map(|argument| argument.value.text()).any(|text| text.contains(['{', '%']))
}

/// A token that is looked up by its name among what an app keeps: `getString("access_token", null)`. A password may be the word on a label.
fn kept_under<'w>(call: &Call, path: &[&str], logged: &'w Names) -> Option<Match<'w>> {
    const KEEPING: [&str; 8] = ["getattribute", "getcookie", "getitem", "getkey", "getparameter", "getpreference", "getstring", "getvalue"];
    let is_kept = path.last().is_some_and(|name| KEEPING.contains(&squeezed(name).as_str()));
    let key = call.arguments.iter().filter(|_| is_kept).find_map(|argument| argument.value.text())?;
    // One word alone may be the name of anything.
    let is_token = |words: &[String]| matches!(words, [_, .., last] if ["token", "ticket", "secret", "jwt"].contains(&last.as_str()));
    logged.matching(&[key]).filter(|_| is_token(&words(key)))
}

/// Whether a name says in its last word that it tells of something: `access_tokens_count`, `getName`.
fn tells_of(name: &str) -> bool {
    words(name).last().is_some_and(|last| TELLING.contains(&last.as_str()))
}
