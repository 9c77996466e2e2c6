//! Secrets that travel in the query of an address (RFC 3986, section 3.4): in a form that is written behind it, that is handed over as its query, or
//! that is filled pair by pair. What a text says itself, `?client_secret=` and a variable, needs no program to be seen.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Argument, Call, Expression, Field, Form,
    bindings::{Filled, Pair},
    places::Finder,
};
use crate::{
    collect::source::{document::Place, names::squeezed, sinks, values},
    evidence::FactKind,
};

/// How far names and calls are followed to a form, how many of them, and how many of its parts are looked at.
const STEPS: usize = 6;
const MOST_LOOKED_AT: usize = 200;
const MOST_PARTS: usize = 64;
/// So many forms of one file are looked at, and so many pairs are remembered.
const MOST_FORMS: usize = 500;

/// Functions and types, squeezed, that make the text of a query of what they are given.
const ENCODERS: [&str; 9] = [
    "httpbuildquery",
    "urlencode",
    "urlsearchparams",
    "parsequerystring",
    "stringify",
    "encodewwwform",
    "createquerystring",
    "toquerystring",
    "buildquery",
];
/// How arguments, options and members are called, squeezed, that a form is handed to as the query.
const HANDED: [&str; 9] =
    ["params", "query", "searchparams", "qs", "queryparams", "queryparameters", "rawquery", "querystring", "querymap"];
/// Words, in small letters, of which a file holds one that names any of these.
pub(in crate::collect::source) const WORDS: [&str; 7] =
    ["query", "params", "urlencode", "stringify", "encode_www_form", "qs:", "url.values"];
/// What sends a request, squeezed.
const SENDING: [&str; 13] =
    ["get", "post", "put", "patch", "delete", "head", "request", "axios", "got", "fetch", "send", "ajax", "getasync"];
/// What takes the pairs of a query one by one, squeezed.
const SETTERS: [&str; 9] = [
    "addquerystring",
    "addqueryparameter",
    "addqueryparam",
    "setqueryparam",
    "setqueryparameter",
    "appendqueryparam",
    "appendqueryparameter",
    "queryparam",
    "withqueryparam",
];
/// What fills a form pair by pair, squeezed.
const FILLING: [&str; 5] = ["add", "append", "put", "set", "tryadd"];
/// What gives the text of a form that it is asked of, squeezed.
const TURNING: [&str; 7] = ["tostring", "encode", "asstring", "build", "serialize", "readasstring", "readasstringasync"];
/// What makes one text of many, squeezed.
const JOINING: [&str; 2] = ["join", "implode"];
/// How the names of what holds an address end, squeezed.
const ADDRESSES: [&str; 5] = ["url", "uri", "endpoint", "address", "link"];

impl<'a> Finder<'a, '_> {
    /// `address + "?" + form`, `"…/tokens?a=b&" + form`.
    pub(super) fn joined_query(&mut self, parts: &'a [Expression]) {
        let (mut asks, mut is_open) = (false, false);
        for part in parts.iter().take(MOST_PARTS) {
            if let Some(text) = part.text() {
                asks |= text.contains('?');
                is_open = asks && text.ends_with(['?', '&']);
            } else if std::mem::take(&mut is_open) {
                self.sent_along(part);
            }
        }
    }

    /// `url = ADDRESS + form`, `builder.Query = form`, `form["name"] = value`.
    pub(super) fn assigned_query(&mut self, target: &'a Expression, value: &'a Expression, range: &Range<usize>) {
        match &target.form {
            Form::Index(of, key) => self.filled(of, key, value, range.clone()),
            Form::Member(_, name) if is_one(&HANDED, name) || name == "search" => {
                self.sent_along(value);
                self.is_query(value);
            }
            Form::Name(name) | Form::Member(_, name) if ADDRESSES.iter().any(|end| squeezed(name).ends_with(end)) => {
                if let Form::Joined(parts) = &value.form {
                    parts.iter().skip(1).filter(|part| is_encoded(part)).for_each(|part| self.sent_along(part));
                }
            }
            _ => {}
        }
        self.lengthened(target, value);
    }

    /// What a call hands over as a query, or puts into one; and what it fills.
    pub(super) fn passed_as_query(&mut self, call: &'a Call, path: &[&'a str]) {
        // A text may be asked, too: `"https://…".SetQueryParam(name, value)`.
        let (Form::Member(_, last) | Form::Name(last)) = &call.callee.form else { return };
        let last = squeezed(last);
        let arguments = call.arguments.as_slice();
        match arguments {
            // What it is put into may come first.
            [.., key, value] if is_one(&SETTERS, &last) && key.value.text().is_some_and(|key| !key.contains('/')) => {
                self.put(&key.value, &value.value);
            }
            [_, form] if is_one(&SETTERS, &last) => self.handed_over(&form.value),
            [key, value] if matches!(path, [.., of, _] if squeezed(of) == "searchparams") => self.put(&key.value, &value.value),
            [key, value] if is_one(&FILLING, &last) => {
                if let Form::Member(of, _) = &call.callee.form {
                    self.filled(of, &key.value, &value.value, key.value.range.start..value.value.range.end);
                }
            }
            _ => {}
        }
        // `new UriBuilder(address) { Query = "…" }`
        for field in call.fields.iter().filter(|field| last == "uribuilder" && is_one(&HANDED, &field.name)) {
            self.is_query(&field.value);
        }
        // `"%s?%s".format(address, encoded)`
        let asks = |text: &str| ["?%", "?{"].iter().any(|hole| text.contains(hole));
        let of = if let Form::Member(of, _) = &call.callee.form { of.text() } else { None };
        if of.or_else(|| arguments.first()?.value.text()).is_some_and(asks) {
            arguments.iter().filter(|argument| is_encoded(&argument.value)).for_each(|argument| self.sent_along(&argument.value));
        }
        if !is_one(&SENDING, &last) {
            return;
        }
        for Argument { name, value } in arguments {
            match (name.as_deref(), &value.form) {
                (Some(name), _) if is_one(&HANDED, name) => self.handed_over(value),
                (None, Form::Object(options)) => self.options(options),
                (None, Form::Name(name)) => {
                    let values = self.bindings.find(name, value.range.start).map_or(&[][..], |binding| binding.values.as_slice());
                    if let [Expression { form: Form::Object(options), .. }] = values {
                        self.options(options);
                    }
                }
                _ => {}
            }
        }
    }

    /// `{ params: form }` among the options of a request. What says that it is a call of its own is no request but the body of one.
    fn options(&mut self, options: &'a [Field]) {
        if options.iter().any(|option| squeezed(&option.name) == "jsonrpc") {
            return;
        }
        for option in options.iter().filter(|option| is_one(&HANDED, &option.name)) {
            self.handed_over(&option.value);
        }
    }

    fn put(&mut self, key: &'a Expression, value: &'a Expression) {
        let range = key.range.start..value.range.end;
        if let Some(name) = key.text() {
            self.travels(&Pair { name, value, range }, None);
        }
    }

    /// The same of a value under a name at a place of its own.
    pub(super) fn put_at(&mut self, name: &'a str, value: &'a Expression, range: Range<usize>) {
        self.travels(&Pair { name, value, range }, None);
    }

    /// Remembers a pair that a variable is filled with.
    fn filled(&mut self, of: &'a Expression, key: &'a Expression, value: &'a Expression, range: Range<usize>) {
        let Some(name) = key.text().filter(|name| self.document.watch.query.know(name)) else { return };
        if let (Some(of), true) = (self.variable(of), self.filled.len() < MOST_FORMS) {
            self.filled.push(Filled { of, pair: Pair { name, value, range } });
        }
    }

    /// A variable or a member of the object itself, and where it is declared.
    fn variable(&self, of: &'a Expression) -> Option<(&'a str, Option<usize>)> {
        match of.path()?.as_slice() {
            [name] => Some((*name, self.bindings.find(name, of.range.start).map(|binding| binding.offset))),
            _ => None,
        }
    }

    /// A form that stands where the query of an address is, if it is one: anything may stand there.
    fn sent_along(&mut self, value: &'a Expression) {
        if !self.document.watch.query.is_empty() && self.forms.len() < MOST_FORMS {
            self.forms.push((value, false));
        }
    }

    /// The same of what is a form because of where it is handed to.
    fn handed_over(&mut self, value: &'a Expression) {
        if !self.document.watch.query.is_empty() && self.forms.len() < MOST_FORMS {
            self.forms.push((value, true));
        }
    }

    /// Tells of the secrets in forms that travel, once it is known what they are filled with: the first of those that are written as one, and each that is
    /// filled in by itself.
    pub(super) fn queries(&mut self) {
        let watched = &self.document.watch.query;
        let is_filled = |pair: &Pair<'a>| self.filled.iter().any(|filled| filled.pair.range == pair.range);
        let secrets_in = |(form, is_form): (&'a Expression, bool)| {
            let (mut pairs, mut left) = (Vec::new(), MOST_LOOKED_AT);
            self.pairs_of(form, is_form, STEPS, &mut left, &mut pairs);
            pairs.retain(|pair| watched.know(pair.name));
            let (filled, mut written): (Vec<_>, Vec<_>) = pairs.into_iter().partition(is_filled);
            // Beside a stand-in may stand what is none.
            let told = written.iter().position(|pair| !self.stands_in(pair)).unwrap_or(0);
            written.drain(..told);
            written.truncate(1);
            written.into_iter().chain(filled)
        };
        let mut found = BTreeMap::new();
        for form in &self.forms {
            found.extend(secrets_in(*form).map(|pair| (pair.range.start, (pair, self.document.lines.line(form.0.range.start)))));
        }
        for (pair, line) in found.values() {
            self.travels(pair, Some(*line));
        }
    }

    /// Whether all that a pair is known to hold are stand-ins.
    fn stands_in(&self, pair: &Pair<'a>) -> bool {
        let held = self.evaluator().value(pair.value).written();
        !held.is_empty() && held.iter().all(|text| values::is_placeholder(text, self.document.watch))
    }

    /// Tells of a secret that travels, and in which line, where that is not its own.
    fn travels(&mut self, pair: &Pair<'a>, line: Option<u32>) {
        let document = self.document;
        let Some(found) = document.watch.query.matching(&[pair.name]).filter(|found| found.exact) else { return };
        let value = self.evaluator().value(pair.value);
        let place = Place::new(FactKind::Query, sinks::segment(pair.name), found.entry, pair.range.clone(), value);
        let own = document.lines.line(pair.range.start);
        let more = self.more(line.filter(|line| *line != own).map(|line| format!("line {line}")));
        self.reading.add(Place { more, ..place });
    }

    /// The pairs of what is a form, or of what is one where it is turned into text.
    fn pairs_of(&self, value: &'a Expression, is_form: bool, steps: usize, left: &mut usize, pairs: &mut Vec<Pair<'a>>) {
        let (Some(steps), Some(fewer)) = (steps.checked_sub(1), left.checked_sub(1)) else { return };
        *left = fewer;
        match &value.form {
            Form::Object(fields) if is_form => {
                pairs.extend(fields.iter().take(MOST_PARTS).map(of_field));
            }
            Form::List(parts) if is_form => pairs.extend(parts.iter().take(MOST_PARTS).filter_map(in_two)),
            // What a promise comes to: `content.ReadAsStringAsync().Result`.
            Form::Member(of, name) if name == "Result" => self.pairs_of(of, is_form, steps, left, pairs),
            Form::Name(_) | Form::Member(..) => {
                let Some(of) = self.variable(value) else { return };
                let before = pairs.len();
                let values = self.bindings.find(of.0, value.range.start).map_or(&[][..], |binding| binding.values.as_slice());
                values.iter().take(STEPS).for_each(|value| self.pairs_of(value, is_form, steps, left, pairs));
                // A dictionary that nothing makes a text of is no query.
                if is_form || pairs.len() > before || values.iter().any(|value| is_encoded(value)) {
                    pairs.extend(self.filled.iter().filter(|filled| filled.of == of).map(|filled| filled.pair.clone()));
                }
            }
            Form::Call(call) => {
                if let Some(list) = joined_by_ampersand(call) {
                    return self.pairs_in_list(list, steps, left, pairs);
                }
                let is_form = is_form || is_encoded(value);
                match (&call.callee.form, call.arguments.as_slice()) {
                    (Form::Member(of, method), []) if is_one(&TURNING, method) => self.pairs_of(of, true, steps, left, pairs),
                    _ => {}
                }
                if is_form {
                    let named = call.arguments.iter().filter_map(|argument| Some((argument.name.as_deref()?, &argument.value)));
                    pairs.extend(named.map(|(name, value)| Pair { name, value, range: value.range.clone() }));
                    pairs.extend(call.fields.iter().take(MOST_PARTS).map(of_field));
                    for argument in call.arguments.iter().take(STEPS).filter(|argument| argument.name.is_none()) {
                        self.pairs_of(&argument.value, true, steps, left, pairs);
                    }
                }
            }
            _ => {}
        }
    }

    /// The pairs in a list of texts, or of what each text is made of: `["a=" + b]`, `Object.entries(form).map(…)`, `form.Select(…)`.
    fn pairs_in_list(&self, list: &'a Expression, steps: usize, left: &mut usize, pairs: &mut Vec<Pair<'a>>) {
        let (Some(steps), Some(fewer)) = (steps.checked_sub(1), left.checked_sub(1)) else { return };
        *left = fewer;
        match &list.form {
            Form::List(parts) | Form::Other(parts) => {
                pairs.extend(parts.iter().take(MOST_PARTS).filter_map(in_text));
                let inner = parts.iter().take(STEPS).filter(|part| matches!(part.form, Form::List(_)));
                inner.for_each(|part| self.pairs_in_list(part, steps, left, pairs));
            }
            Form::Name(name) => {
                let values = self.bindings.find(name, list.range.start).map_or(&[][..], |binding| binding.values.as_slice());
                values.iter().take(STEPS).for_each(|value| self.pairs_in_list(value, steps, left, pairs));
                self.pairs_of(list, true, steps, left, pairs);
            }
            Form::Call(call) => {
                if let Form::Member(of, _) = &call.callee.form {
                    self.pairs_in_list(of, steps, left, pairs);
                }
                for part in call.fields.iter().map(|field| &field.value).take(MOST_PARTS) {
                    pairs.extend(in_text(part));
                }
                call.arguments.iter().take(1).for_each(|argument| self.pairs_in_list(&argument.value, steps, left, pairs));
            }
            _ => {}
        }
    }
}

/// The list that is made one text, with the mark between pairs: `parts.join("&")`, `string.Join("&", parts)`.
fn joined_by_ampersand(call: &Call) -> Option<&Expression> {
    let (Form::Member(of, name), arguments) = (&call.callee.form, call.arguments.as_slice()) else {
        return match (&call.callee.form, call.arguments.as_slice()) {
            (Form::Name(name), [mark, list]) if is_one(&JOINING, name) && is_ampersand(&mark.value) => Some(&list.value),
            _ => None,
        };
    };
    match arguments {
        _ if !is_one(&JOINING, name) => None,
        [mark, list] if is_ampersand(&mark.value) => Some(&list.value),
        [mark] if is_ampersand(&mark.value) => Some(of),
        [list] if is_ampersand(of) => Some(&list.value),
        _ => None,
    }
}

fn is_ampersand(mark: &Expression) -> bool {
    mark.text() == Some("&")
}

/// A pair that is one text: `"client_secret=" + value`.
fn in_text(part: &Expression) -> Option<Pair<'_>> {
    let Form::Joined(parts) = &part.form else { return None };
    let [name, value, ..] = parts.as_slice() else { return None };
    Some(Pair { name: name.text()?.strip_suffix('=')?, value, range: part.range.clone() })
}

/// Whether something is a call of what makes the text of a query. That of JSON makes another text.
fn is_encoded(value: &Expression) -> bool {
    let path = if let Form::Call(call) = &value.form { call.callee.path().unwrap_or_default() } else { Vec::new() };
    path.last().is_some_and(|last| is_one(&ENCODERS, last)) && !path.iter().any(|name| name.eq_ignore_ascii_case("json"))
}

fn of_field(field: &Field) -> Pair<'_> {
    Pair { name: &field.name, value: &field.value, range: field.range.clone() }
}

/// A pair that is written as a list or as an object of two parts: `("name", value)`, `new KeyValuePair("name", value)`.
fn in_two(part: &Expression) -> Option<Pair<'_>> {
    let (name, value) = match &part.form {
        Form::List(parts) => match parts.as_slice() {
            [name, value] => (name, value),
            _ => return None,
        },
        Form::Call(call) => match call.arguments.as_slice() {
            [name, value] => (&name.value, &value.value),
            _ => return None,
        },
        _ => return None,
    };
    Some(Pair { name: name.text()?, value, range: part.range.clone() })
}

fn is_one(names: &[&str], name: &str) -> bool {
    names.contains(&squeezed(name).as_str())
}
