//! What holds a secret without bearing its name: what a token is taken out of elsewhere, and what an endpoint that gives tokens answered.

use super::{
    Call, Expression, Form, Scope, Statement,
    bindings::{Holder, Kind, Taken, is_own},
    known,
    labels::is_alarm,
    logged::{says_otherwise, secret_in},
    places::Finder,
};
use crate::{
    collect::source::names::{Match, Names, squeezed, words},
    evidence::Origin,
};

/// More secrets that are taken out of something are data.
const MOST_TAKEN: usize = 500;
/// How many names lead from something to what it stands for.
const MOST_STEPS: usize = 4;
/// How deep, and in how many parts, a request is looked into for where it goes and what it asks for.
const DEEPEST: usize = 8;
const MOST_PARTS: usize = 200;
/// More that is logged at once is data.
const MOST_GIVEN: usize = 32;
/// How far a condition is read, in bytes.
const LONGEST_CONDITION: usize = 400;

/// Functions, squeezed, that read a text as what it holds.
const PARSING: [&str; 11] = [
    "deserialize",
    "deserializeobject",
    "fromjson",
    "jobject",
    "jsondecode",
    "jsonobject",
    "loads",
    "parse",
    "parsestring",
    "readtree",
    "readvalue",
];
/// Methods, squeezed, that give what they are called on as a text.
const SPELLING_OUT: [&str; 7] = ["asstring", "astext", "getasstring", "getstring", "stringvalue", "textvalue", "tostring"];
/// How methods begin, squeezed, that look up what their argument names.
const LOOKING_UP: [&str; 6] = ["get", "input", "opt", "path", "session", "value"];
/// Logs, squeezed, that show the members of whatever they are given.
const SHOWING: [&str; 5] = ["dd", "dump", "printr", "vardump", "varexport"];
/// How functions begin whose names end in `token` and that get one from elsewhere; and those that do where a word between says which.
const RENEWING: [&str; 5] = ["acquire", "exchange", "obtain", "refresh", "renew"];
const ASKING: [&str; 6] = ["create", "fetch", "generate", "get", "issue", "request"];
const KINDS: [&str; 9] = ["access", "api", "app", "auth", "bearer", "id", "jwt", "oauth", "refresh"];
/// How the names begin of what a function is handed besides an answer, squeezed: what went wrong, and what somebody asks of it.
const NO_ANSWERS: [&str; 5] = ["ctx", "err", "context", "next", "req"];
/// The last parts of addresses, squeezed, whose answers are tokens.
const GIVING: [&str; 5] = ["accesstoken", "authenticate", "oauthtoken", "token", "tokens"];
/// Parts of such addresses, in small letters: lists of other tokens have such a last part, too.
const SIGNING_IN: [&str; 5] = ["auth", "connect/", "login", "security", "signin"];
/// Words of a condition under which there is no token, in small letters; and what of them means that there is one.
const UNHAPPY: [&str; 14] = [
    "!",
    "empty(",
    "err",
    "expired",
    "fail",
    "invalid",
    "is null",
    "is none",
    "is_null",
    "isempty",
    "isnullor",
    "missing",
    "not ",
    "unauthorized",
];
const HAPPY: [&str; 6] = ["!= null", "!== null", "!== undefined", "!= undefined", "is not none", "!empty("];
/// Entries for passwords, which databases keep hashed.
const PASSWORDS: [&str; 4] = ["password", "passwd", "pwd", "passphrase"];
/// Words of what is kept in a database.
const STORED: [&str; 9] = ["account", "admin", "customer", "doc", "employee", "member", "record", "row", "user"];

/// What a log is given.
struct Given<'a> {
    value: &'a Expression,
    /// Whether it is put into a text, and whether it is turned into one of its members first.
    in_text: bool,
    is_spelled: bool,
}

/// What something stands for, from name to name.
struct Chain<'a> {
    holders: Vec<Holder<'a>>,
    /// What it comes to in the end, where that is no name.
    made: Option<&'a Expression>,
    /// The secret that it is, where it has another name: `t = answer.access_token`.
    stands_for: Option<(Match<'a>, Option<&'a str>)>,
}

impl<'a> Finder<'a, '_> {
    /// What a log shows whole though a secret is in it, with that secret and what it is called; of an answer, only that it is one.
    pub(super) fn held(&self, call: &'a Call, path: &[&str], whole: &Expression) -> Option<(&'a Expression, Match<'a>, Option<&'a str>)> {
        if is_alarm(path) || !self.is_happy(whole) {
            return None;
        }
        let logged = &self.document.watch.logged;
        let shows = path.last().is_some_and(|name| SHOWING.contains(&squeezed(name).as_str()));
        let mut given = Vec::new();
        call.arguments.iter().for_each(|argument| collect_given(&argument.value, (false, shows), &mut given, 0));
        if given.is_empty() || says_otherwise(call) {
            return None;
        }
        let taken = self.taken.get_or_init(|| self.taken());
        given.iter().find_map(|given| {
            let chain = self.chain(given.value);
            if let Some(taken) = taken.iter().find(|taken| self.shows(given, &chain, taken)) {
                return Some((given.value, logged.matching(&[taken.entry])?, Some(taken.name)));
            }
            if let Some((found, name)) = chain.stands_for {
                return Some((given.value, found, name));
            }
            if let Some(found) = chain.made.and_then(|made| put_together(made, logged)) {
                return Some((given.value, found, None));
            }
            let is_content = chain.holders.iter().any(|holder| holder.contents > 0);
            let is_answer = chain.made.is_some_and(|made| makes_tokens(made) || (is_content && self.asks_for_tokens(made)));
            Some((given.value, logged.matching(&["token"]).filter(|_| is_answer || self.is_handed_tokens(&chain))?, None))
        })
    }

    /// Whether what is logged is what a secret is taken out of, and shows it.
    fn shows(&self, given: &Given<'_>, chain: &Chain<'_>, taken: &Taken<'_>) -> bool {
        chain.holders.iter().any(|logged| {
            taken.holders.iter().any(|held| {
                let is_same = logged.is_one && logged.declared == held.declared && logged.path == held.path;
                let is_part = logged.contents <= held.contents || (logged.is_around && taken.by_key);
                let is_open = !held.is_around || logged.contents > 0;
                let is_text = held.is_text || logged.is_around;
                let is_shown = if self.unit.shows_members {
                    !given.in_text || given.is_spelled || is_text
                } else {
                    taken.by_key || given.is_spelled || is_text
                };
                is_same && is_part && is_open && is_shown
            })
        })
    }

    /// Every secret of the file that is taken out of something.
    fn taken(&self) -> Vec<Taken<'a>> {
        let mut found = Vec::new();
        visit(&self.unit.body, &mut |expression| {
            if found.len() < MOST_TAKEN {
                found.extend(self.taken_here(expression));
            }
        });
        found
    }

    fn taken_here(&self, expression: &'a Expression) -> Option<Taken<'a>> {
        let (of, name, by_key) = looked_up(expression)?;
        let found = self.document.watch.logged.matching(&[name]).filter(|found| found.exact && !found.entry.starts_with('*'))?;
        let holders = self.chain(of).holders;
        let is_password = PASSWORDS.contains(&squeezed(found.entry).as_str());
        let is_known = !holders.is_empty() && (!is_password || self.was_sent(&holders, of));
        is_known.then_some(Taken { entry: found.entry, name, by_key, holders })
    }

    /// The secret that an expression is, by the name that it is looked up by or by what makes it.
    fn secret_at(&self, expression: &'a Expression) -> Option<(Match<'a>, Option<&'a str>)> {
        let logged = &self.document.watch.logged;
        if let Form::Call(call) = &expression.form
            && let Some([.., of, method]) = call.callee.path().as_deref()
            && matches!((squeezed(of).as_str(), squeezed(method).as_str()), ("jwt" | "jsonwebtoken", "sign" | "encode"))
        {
            return Some((logged.matching(&["token"])?, None));
        }
        let (_, name, _) = looked_up(expression)?;
        let is_password = PASSWORDS.contains(&squeezed(name).as_str());
        let found = logged.matching(&[name]).filter(|found| found.exact && !found.entry.starts_with('*') && !is_password)?;
        Some((found, Some(name)))
    }

    /// Whether a password is one that somebody sent, and not what a database keeps of it.
    fn was_sent(&self, holders: &[Holder<'_>], of: &Expression) -> bool {
        let is_stored = |name: &&str| words(name).iter().any(|word| STORED.contains(&word.as_str()));
        holders.iter().all(|holder| !holder.path.iter().any(is_stored))
            && holders.iter().any(|holder| {
                let path: Vec<&str> = holder.path.iter().copied().chain([""]).collect();
                let head = holder.path.first().and_then(|head| self.bindings.find(head, of.range.start));
                let is_parameter = holder.path.len() == 1 && head.is_some_and(|head| head.kind == Kind::Parameter);
                is_parameter || known::origin(&path) == Some(Origin::Parameter)
            })
    }

    /// What something stands for, from name to name, and what it comes to.
    fn chain(&self, expression: &'a Expression) -> Chain<'a> {
        let mut chain = Chain { holders: Vec::new(), made: None, stands_for: None };
        let (mut next, mut contents, mut is_around, mut is_text) = (Some(expression), 0, false, false);
        for step in 0..MOST_STEPS {
            let Some(mut of) = next else { break };
            of = in_its_own_form(of);
            // What a name says itself was asked before.
            let may_stand_for_one = step > 0 || matches!(of.form, Form::Call(_));
            if may_stand_for_one && contents == 0 && !is_text {
                chain.stands_for = chain.stands_for.or_else(|| self.secret_at(of));
            }
            // What a function of the file gives back.
            if let Some(given_back) = self.given_back(of) {
                next = Some(given_back);
                continue;
            }
            for _ in 0..DEEPEST {
                of = match &of.form {
                    Form::Member(inner, name) if known::is_content(name) => {
                        contents += 1;
                        is_around |= !self.unit.shows_members;
                        inner
                    }
                    Form::Index(inner, key) if key.text().is_some_and(known::is_content) => {
                        contents += 1;
                        inner
                    }
                    Form::Call(call) => match (&call.callee.form, call.arguments.as_slice()) {
                        (Form::Member(inner, name), []) if known::is_content(name) => {
                            (contents, is_around) = (contents + 1, true);
                            inner
                        }
                        (_, [text, ..]) if parses(call) => {
                            is_text = true;
                            &text.value
                        }
                        _ => break,
                    },
                    _ => break,
                };
            }
            let path = of.path().filter(|_| of.is_of_names());
            let Some((path, head)) = path.and_then(|path| Some((path.clone(), *path.first()?))) else {
                chain.made = Some(of);
                break;
            };
            let binding = if is_of_object(of) { None } else { self.bindings.find(head, of.range.start) };
            let declared = binding.map(|binding| binding.offset);
            let is_sent = || known::origin(&path.iter().copied().chain([""]).collect::<Vec<_>>()) == Some(Origin::Parameter);
            let is_one = declared.is_some() || is_of_object(of) || is_sent();
            next = match (binding.map(|binding| binding.values.as_slice()), &of.form) {
                (Some([Expression { form: Form::AnyOf(parts), .. }]), Form::Name(_)) => parts.first().filter(|_| parts.len() == 1),
                (Some([only]), Form::Name(_)) => Some(*only),
                _ => None,
            };
            chain.holders.push(Holder { declared, is_one, path, contents, is_around, is_text });
        }
        chain
    }

    /// Whether a request goes to an endpoint that gives tokens, by its address or by what it asks for.
    fn asks_for_tokens(&self, request: &'a Expression) -> bool {
        let mut open = vec![(request, 0)];
        for _ in 0..MOST_PARTS {
            let Some((expression, depth)) = open.pop() else { return false };
            match &expression.form {
                Form::Text(text) if gives_tokens(text) => return true,
                Form::Object(fields) if fields.iter().any(|field| squeezed(&field.name) == "granttype") => return true,
                _ if depth > DEEPEST => {}
                Form::Name(name) => {
                    let values = self.bindings.find(name, expression.range.start).map_or(&[][..], |binding| binding.values.as_slice());
                    open.extend(values.iter().filter(|_| values.len() == 1).map(|value| (*value, depth + 1)));
                }
                Form::Call(call) => {
                    let of = if let Form::Member(of, _) = &call.callee.form { Some(of.as_ref()) } else { None };
                    open.extend(of.into_iter().chain(call.arguments.iter().map(|argument| &argument.value)).map(|part| (part, depth + 1)));
                }
                Form::Object(fields) => open.extend(fields.iter().map(|field| (&field.value, depth + 1))),
                Form::Joined(parts) | Form::List(parts) | Form::Other(parts) => open.extend(parts.iter().map(|part| (part, depth + 1))),
                _ => {}
            }
        }
        false
    }

    /// The one value that a function without arguments gives back, where a call of it stands. Of a program that is read in part nobody knows.
    fn given_back(&self, expression: &'a Expression) -> Option<&'a Expression> {
        let Form::Call(call) = &expression.form else { return None };
        if !self.document.parts.is_empty() {
            return None;
        }
        let Form::Name(name) = &call.callee.form else { return None };
        let function = self.bindings.find(name, expression.range.start).filter(|found| found.kind == Kind::Function && !call.creates)?;
        if let [only] = function.values.as_slice() { Some(only) } else { None }
    }

    /// Whether something is what a function is handed that waits for the answer of an endpoint that gives tokens:
    /// `ask(address).then(answer => …answer.data…)`, `request({ url }, (error, answer, body) => …body…)`.
    fn is_handed_tokens(&self, chain: &Chain<'a>) -> bool {
        let is_whole = self.document.parts.is_empty();
        let Some(holder) = chain.holders.last().filter(|_| is_whole && chain.made.is_none()) else { return false };
        let Some(declared) = holder.declared else { return false };
        let is_ours = |scope: &Scope| scope.parameters.iter().any(|parameter| parameter.target.range.start == declared);
        let waits = |value: &Expression| matches!(&value.form, Form::Function(scope) if is_ours(scope));
        let Some((call, _)) = self.calls.iter().rev().find(|(call, _)| call.arguments.iter().any(|argument| waits(&argument.value))) else {
            return false;
        };
        let name = holder.path.first().map(|name| squeezed(name)).unwrap_or_default();
        if NO_ANSWERS.iter().any(|start| name.starts_with(start)) {
            return false;
        }
        match &call.callee.form {
            Form::Member(asked, then) if then == "then" => {
                let is_content = holder.contents > 0 || matches!(&asked.form, Form::Call(before) if method(before) == Some("then"));
                is_content && call.arguments.first().is_some_and(|first| waits(&first.value)) && self.asks_for_tokens(asked)
            }
            _ => {
                (holder.contents > 0 || known::is_content(&name))
                    && call.arguments.iter().any(|argument| !waits(&argument.value) && self.asks_for_tokens(&argument.value))
            }
        }
    }

    /// Whether nothing around a log says that there is no token.
    fn is_happy(&self, log: &Expression) -> bool {
        let text = self.document.text;
        let from = self.function.as_ref().map_or(0, |function| function.start);
        let around = self.blocks.iter().filter(|(_, block)| block.start >= from && block.end >= log.range.end);
        let mut unhappy = around.filter(|(condition, block)| {
            let asked = condition.as_ref().and_then(|condition| text.get(condition.clone())).unwrap_or("");
            let asked = asked.get(..asked.floor_char_boundary(LONGEST_CONDITION)).unwrap_or("").to_lowercase();
            let asked = HAPPY.iter().fold(asked, |asked, happy| asked.replace(happy, ""));
            (condition.is_none() && self.is_otherwise(block)) || UNHAPPY.iter().any(|word| asked.contains(word))
        });
        unhappy.next().is_none()
    }
}

/// The secret that a text is put together of, by its name or as the value of a pair: `"…&password=" + given`. A token alone may be a word of any text.
fn put_together<'w>(made: &Expression, logged: &'w Names) -> Option<Match<'w>> {
    let Form::Joined(parts) = &made.form else { return None };
    let parts = parts.get(..MOST_PARTS.min(parts.len())).unwrap_or(&[]);
    let named = parts.iter().filter_map(|part| secret_in(part, logged, 0)).map(|(_, found)| found);
    let beside = parts.iter().zip(parts.iter().skip(1)).filter(|(_, value)| value.text().is_none());
    let paired = beside.filter_map(|(before, _)| {
        let name = before.text()?.strip_suffix('=')?.rsplit(['?', '&']).next()?;
        logged.matching(&[name])
    });
    named.chain(paired).find(|found| found.exact && !["token", "*Token", "ticket"].contains(&found.entry))
}

/// What a log is given, by itself, in a text, or in an object or a list.
fn collect_given<'a>(value: &'a Expression, (in_text, is_spelled): (bool, bool), given: &mut Vec<Given<'a>>, depth: usize) {
    if depth > DEEPEST || given.len() >= MOST_GIVEN {
        return;
    }
    let depth = depth + 1;
    match &value.form {
        _ if value.is_of_names() => given.push(Given { value, in_text, is_spelled }),
        Form::Joined(parts) => parts.iter().for_each(|part| collect_given(part, (true, is_spelled), given, depth)),
        // `"answer: %s" % answer`
        Form::Other(parts) => {
            let filled = parts.split_first().filter(|(text, _)| has_holes(text)).map_or(&[][..], |(_, filled)| filled);
            for part in filled {
                collect_given(part, (true, is_spelled), given, depth);
            }
        }
        Form::List(parts) => parts.iter().for_each(|part| collect_given(part, (in_text, is_spelled), given, depth)),
        Form::Object(fields) => fields.iter().for_each(|field| collect_given(&field.value, (in_text, is_spelled), given, depth)),
        Form::Call(call) => {
            let path = call.callee.path().unwrap_or_default();
            let last = method(call).unwrap_or("");
            match call.arguments.first() {
                Some(_) if fills_in(call) => {
                    call.arguments.iter().for_each(|argument| collect_given(&argument.value, (true, is_spelled), given, depth));
                }
                Some(first) if known::turns_into_text(&path) => collect_given(&first.value, (in_text, true), given, depth),
                Some(first) if known::converts(last) => collect_given(&first.value, (true, is_spelled), given, depth),
                // What a function of the file gives back is looked for there.
                None if known::is_content(last) || (matches!(call.callee.form, Form::Name(_)) && !call.creates) => {
                    given.push(Given { value, in_text, is_spelled });
                }
                _ if looked_up(in_its_own_form(value)).is_some_and(|(.., by_key)| by_key) => {
                    given.push(Given { value, in_text, is_spelled });
                }
                _ => {}
            }
        }
        _ => {}
    }
}

/// The last name of what is called, whatever it is called on.
fn method(call: &Call) -> Option<&str> {
    if let Form::Name(name) | Form::Member(_, name) = &call.callee.form { Some(name) } else { None }
}

/// Whether a call by its name gets tokens from somewhere: `client.refreshToken(old)`, `exchangeToken(code)`. What merely gets some is asked which.
fn makes_tokens(expression: &Expression) -> bool {
    let Form::Call(call) = &expression.form else { return false };
    let name = words(method(call).filter(|_| !call.creates).unwrap_or(""));
    let [verb, kind @ .., last] = name.as_slice() else { return false };
    ["token", "tokens"].contains(&last.as_str())
        && (RENEWING.contains(&verb.as_str())
            || (ASKING.contains(&verb.as_str()) && kind.iter().any(|word| KINDS.contains(&word.as_str()))))
}

/// Whether a text has places to be filled in.
fn has_holes(text: &Expression) -> bool {
    text.text().is_some_and(|text| text.contains(['%', '{']))
}

/// Whether a call fills in the places of a text: `"answer: {}".format(answer)`, `sprintf("answer: %s", answer)`.
fn fills_in(call: &Call) -> bool {
    let of = if let Form::Member(of, _) = &call.callee.form { Some(of.as_ref()) } else { None };
    let is_filling = method(call).is_some_and(|name| ["format", "formatted", "sprintf"].contains(&squeezed(name).as_str()));
    is_filling && of.into_iter().chain(call.arguments.first().map(|first| &first.value)).any(has_holes)
}

/// What is turned into a text, as parsers of JSON need to be told: `element` of `element.GetString()`.
fn in_its_own_form(value: &Expression) -> &Expression {
    match &value.form {
        Form::Call(call) if call.arguments.is_empty() => match &call.callee.form {
            Form::Member(of, method) if SPELLING_OUT.contains(&squeezed(method).as_str()) => of,
            _ => value,
        },
        _ => value,
    }
}

/// Whether a path is one of members of the object itself.
fn is_of_object(expression: &Expression) -> bool {
    let mut next = expression;
    while let Form::Member(of, _) | Form::Index(of, _) = &next.form {
        next = of;
    }
    is_own(next)
}

/// What something is looked up in, by which name, and whether that is a key.
fn looked_up(expression: &Expression) -> Option<(&Expression, &str, bool)> {
    match &expression.form {
        Form::Member(of, name) => Some((of, name, false)),
        Form::Index(of, key) => Some((of, known::claimed(key.text()?), true)),
        Form::Call(call) => {
            let Form::Member(of, method) = &call.callee.form else { return None };
            let method = squeezed(method);
            let key = call.arguments.first()?.value.text().filter(|_| LOOKING_UP.iter().any(|start| method.starts_with(start)))?;
            Some((of, known::claimed(key), true))
        }
        _ => None,
    }
}

/// Whether a call reads a text as what it holds.
fn parses(call: &Call) -> bool {
    call.callee.path().and_then(|path| path.last().map(|last| squeezed(last))).is_some_and(|last| PARSING.contains(&last.as_str()))
}

/// Whether a text is the address of an endpoint that gives tokens, or what is asked of one.
fn gives_tokens(text: &str) -> bool {
    let address = text.split(['?', '#']).next().unwrap_or("").trim_end_matches('/').to_lowercase();
    let last = address.rsplit_once('/').map(|(_, last)| squeezed(last)).unwrap_or_default();
    (GIVING.contains(&last.as_str()) && SIGNING_IN.iter().any(|part| address.contains(part))) || text.contains("grant_type=")
}

/// Goes through all expressions that give a value, and what is in them.
fn visit<'a>(statements: &'a [Statement], see: &mut dyn FnMut(&'a Expression)) {
    for statement in statements {
        match statement {
            Statement::Assign(assignment) => assignment.value.iter().for_each(|value| visit_within(value, see)),
            Statement::Evaluate(expression) | Statement::Return(expression) => visit_within(expression, see),
            Statement::Scope(scope) => visit_scope(scope, see),
            Statement::Alias { .. } => {}
        }
    }
}

fn visit_scope<'a>(scope: &'a Scope, see: &mut dyn FnMut(&'a Expression)) {
    scope.condition.iter().for_each(|condition| visit_within(condition, see));
    visit(&scope.body, see);
}

fn visit_within<'a>(expression: &'a Expression, see: &mut dyn FnMut(&'a Expression)) {
    see(expression);
    match &expression.form {
        Form::Function(scope) => visit_scope(scope, see),
        Form::Assigned(assignment) => assignment.value.iter().for_each(|value| visit_within(value, see)),
        Form::Member(of, _) | Form::Not(of) => visit_within(of, see),
        Form::Index(of, key) => [of, key].into_iter().for_each(|part| visit_within(part, see)),
        Form::Call(call) => {
            visit_within(&call.callee, see);
            call.arguments.iter().for_each(|argument| visit_within(&argument.value, see));
            call.fields.iter().for_each(|field| visit_within(&field.value, see));
        }
        Form::Joined(parts) | Form::AnyOf(parts) | Form::List(parts) | Form::Compared(parts) | Form::Other(parts) => {
            for part in parts {
                visit_within(part, see);
            }
        }
        Form::Object(fields) => fields.iter().for_each(|field| visit_within(&field.value, see)),
        Form::Text(_) | Form::Number(_) | Form::Truth(_) | Form::Nothing | Form::Name(_) => {}
    }
}
