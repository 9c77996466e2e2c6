//! Credentials that what a visitor gives is compared with.

use std::ops::Range;

use super::{
    Argument, Call, Expression, Form,
    places::{Finder, pair_kind},
};
use crate::{
    collect::{
        source::{
            document::{Counts, Document},
            names::{Match, words},
            origins::{Reference, Value},
            sinks, values,
        },
        stand_ins,
    },
    evidence::{FactKind, Origin},
};

/// How far before and after a comparison it is looked for the one of the name that goes with a password, in bytes.
const BESIDE: usize = 160;
/// What stands between two conditions that must both hold.
pub(in crate::collect::source) const ANDS: [&str; 6] = ["&&", " and ", " AND ", " And ", " AndAlso ", " -and "];
/// How many names of a line are looked at.
const MOST_NAMES: usize = 60;
/// Words of the names of who signs in, in small letters.
const WHO: [&str; 12] = [
    "user",
    "username",
    "login",
    "email",
    "brukernavn",
    "användarnamn",
    "gebruikersnaam",
    "benutzername",
    "käyttäjätunnus",
    "usuario",
    "utilisateur",
    "nome",
];
/// Members that hold the text of a field into which somebody types.
const TYPED: [&str; 4] = ["Text", "text", "Value", "value"];
/// What is short for a password beside the name of who signs in.
const PASS: [&str; 3] = ["pass", "pw", "pswd"];
/// Functions that tell whether their two arguments are the same.
const SAME: [&str; 4] = ["strcmp", "hash_equals", "compare_digest", "timingSafeEqual"];

impl<'a> Finder<'a, '_> {
    /// `password === "…"`: what is asked for is written in the program, and whoever has the program has it.
    ///
    /// What was configured is compared with what a sample brought, so that it is not used; and everyone's password is refused as too weak.
    pub(super) fn compared(&mut self, parts: &'a [Expression], whole: &'a Expression) {
        let [one, other] = parts else { return };
        self.compared_with(one, other, whole);
    }

    fn compared_with(&mut self, one: &'a Expression, other: &'a Expression, whole: &'a Expression) {
        let (given, written) = if one.text().is_some() { (other, one) } else { (one, other) };
        let given = as_typed(given);
        let Some(text) = written.text() else { return };
        let Some(path) = given.path().filter(|_| given.is_of_names()) else { return };
        let Some((path, found)) = asked_for(self.document, &path, text, &whole.range) else { return };
        if is_from_outside(&self.evaluator().value(given)) {
            return;
        }
        let sink = sinks::dotted(path);
        let kind = if pair_kind(&sink) == FactKind::Header { FactKind::Header } else { FactKind::Assignment };
        self.add(kind, sink, found, whole.range.clone(), written, Counts::IfWritten);
    }

    /// `password.equals("…")`, `hash_equals("…", $password)`.
    pub(super) fn compares(&mut self, call: &'a Call, whole: &'a Expression, path: &[&'a str]) {
        let (given, written) = match (&call.callee.form, call.arguments.as_slice()) {
            (Form::Member(of, name), [Argument { value, .. }]) if ["equals", "Equals", "equalsIgnoreCase"].contains(&name.as_str()) => {
                (of.as_ref(), value)
            }
            (_, [one, other]) if path.last().is_some_and(|name| SAME.contains(name)) => (&one.value, &other.value),
            _ => return,
        };
        self.compared_with(given, written, whole);
    }
}

/// The credential that is asked for where what has a name is compared with a text, by that name; `comparison` is where it stands.
pub(in crate::collect::source) fn asked_for<'d, 'p>(
    document: &Document<'d>,
    path: &'p [&'p str],
    text: &str,
    comparison: &Range<usize>,
) -> Option<(&'p [&'p str], Match<'d>)> {
    // Most comparisons are with a word, and not worth more: unless somebody signs in with it under a name that is written, too.
    let is_word = !text.bytes().any(|byte| byte.is_ascii_digit());
    if is_word && !(may_open(path, text) && names_who(document.text, comparison)) {
        return None;
    }
    let path = path.split_last().filter(|(last, of)| TYPED.contains(last) && !of.is_empty()).map_or(path, |(_, of)| of);
    let watched = &document.watch.assignment;
    let is_pass = || path.last().is_some_and(|last| PASS.contains(&last.to_lowercase().as_str())) && asks_who(document.text, comparison);
    let found = watched.matching(path).or_else(|| if is_pass() { watched.matching(&["password"]) } else { None });
    let found = found.filter(|found| found.entry.starts_with('*'))?;
    let is_known = values::shape(text) == "well-known default" && !asks_who(document.text, comparison);
    (!is_known && (is_word || !values::reads_as_text(text))).then_some((path, found))
}

/// Whether a word may be a password, and none that says what is wrong with one.
fn may_open(path: &[&str], text: &str) -> bool {
    const SHORTEST: usize = 4;
    const ABOUT: [&str; 10] = ["error", "errors", "valid", "invalid", "validation", "message", "messages", "label", "required", "touched"];
    let says = |part: &str| words(part).iter().any(|word| ABOUT.contains(&word.as_str()) || stand_ins::says_none(word));
    text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_graphic()) && !says(text) && !path.iter().any(|part| says(part))
}

/// Whether it is asked in one breath for a name that is written: `name == "admin" && password == "admin"`.
fn names_who(text: &str, comparison: &Range<usize>) -> bool {
    const SIGNS: [&str; 8] = ["===", "==", "=", "-eq", ".equals(", ".Equals(", ".equalsIgnoreCase(", ","];
    let near = beside(text, comparison);
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let names = near.match_indices(is_name).map(|(at, _)| at).filter(|at| !near.get(..*at).is_some_and(|before| before.ends_with(is_name)));
    let is_written = |rest: &str| {
        let rest = rest.trim_start_matches([')', ']', '"', '\'', ' ']);
        let rest = TYPED.iter().fold(rest, |rest, typed| rest.strip_prefix('.').and_then(|rest| rest.strip_prefix(typed)).unwrap_or(rest));
        let given = SIGNS.iter().find_map(|sign| rest.trim_start().strip_prefix(sign)).map(str::trim_start);
        given.is_some_and(|given| given.starts_with(['"', '\'']) && given.chars().nth(1).is_some_and(is_name))
    };
    names.take(MOST_NAMES).filter_map(|at| near.get(at..)).any(|rest| {
        let name: String = rest.chars().take_while(|character| is_name(*character)).collect();
        words(&name).iter().any(|word| WHO.contains(&word.as_str())) && rest.get(name.len()..).is_some_and(is_written)
    })
}

/// Whether it is asked in one breath who signs in: `name == "admin" && password == "…"`.
fn asks_who(text: &str, comparison: &Range<usize>) -> bool {
    let near = beside(text, comparison);
    ANDS.iter().any(|and| near.contains(and)) && words(near).iter().any(|word| WHO.contains(&word.as_str()))
}

/// What stands before and after a comparison on its line.
fn beside<'t>(text: &'t str, comparison: &Range<usize>) -> &'t str {
    let line = text.get(..comparison.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let from = text.ceil_char_boundary(line.max(comparison.start.saturating_sub(BESIDE)));
    let to = text.ceil_char_boundary(comparison.end.saturating_add(BESIDE).min(text.len()));
    text.get(from..to).and_then(|near| near.lines().next()).unwrap_or("")
}

/// What a text was before its ends were trimmed: `box.Text` of `box.Text.Trim()`.
fn as_typed(given: &Expression) -> &Expression {
    match &given.form {
        Form::Call(call) if call.arguments.is_empty() => match &call.callee.form {
            Form::Member(of, name) if name.eq_ignore_ascii_case("trim") => of,
            _ => given,
        },
        _ => given,
    }
}

/// Whether a value is looked up where an app is configured.
pub(in crate::collect::source) fn is_from_outside(value: &Value) -> bool {
    match value {
        Value::From(origin) | Value::Named(Reference { otherwise: origin, .. }) => {
            matches!(origin, Origin::Environment | Origin::Configuration | Origin::SecretStore)
        }
        Value::Via(inner, _) => is_from_outside(inner),
        Value::AnyOf(values) => values.iter().any(is_from_outside),
        Value::Written(_) | Value::Joined(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        collect::source::all_facts_in,
        evidence::{Origin, Vocabulary},
    };

    fn written(path: &str, code: &str) -> usize {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let vocabulary =
            Vocabulary { assignment: names(&["*Password", "*Senha", "*Secret", "*ApiKey", "x-api-key"]), ..Vocabulary::default() };
        all_facts_in(path, code, &vocabulary).iter().filter(|fact| fact.origin == Origin::Literal && !fact.in_comment).count()
    }

    #[test]
    fn a_credential_that_is_asked_for_is_written_where_it_is_compared() {
        for (path, code) in [
            ("a.js", "if (req.body.password === 'Vinter#2021') next();"),
            ("a.js", "if (user === 'admin' && password === 'admin123') next();"),
            ("a.js", "if ('Vinter#2021' == password) next(); const other = password == 'x1';"),
            ("a.ts", "if (req.query.secret !== '9f02e4c8b1a750d6e3f98a7c5b410d2e') return deny();"),
            ("a.php", "<?php if ($_POST['password'] == 'Vinter#2021') { enter(); }"),
            ("a.php", "<?php if (hash_equals('Vinter#2021', $password) || $password == 'x1') { enter(); }"),
            ("a.py", "if username == 'admin' and password == 'Vinter#2021':\n    enter()"),
            (
                "A.java",
                "class A { boolean is(String user, String pass) { return user.equals(\"admin\") && pass.equals(\"Vinter2021!\"); } }",
            ),
            ("A.java", "class A { boolean is(String password) { return password.equals(\"Vinter#2021\"); } }"),
            ("A.cs", "class A { void Go() { if (Nome.Text == \"jose\" && Senha.Text == \"12345\") Enter(); } }"),
            ("A.cs", "class A { void Go() { if (txtPassword.Text.Trim() == \"Vinter#2021\") Enter(); } }"),
            ("A.vb", "Class A\nSub Go()\nIf txtPassword.Text = \"Vinter#2021\" Then\nEnter()\nEnd If\nEnd Sub\nEnd Class"),
            ("a.js", "if (form.password.value === 'Vinter#2021') enter();"),
            ("a.js", "if (username === 'admin' && password === 'admin') enter();"),
            ("a.php", "<?php if ($_POST['username'] == 'admin' && $_POST['password'] == 'fjellet') { enter(); }"),
            ("A.cs", "class A { void Go() { if (txtUser.Text == \"admin\" && txtPassword.Text == \"admin\") Enter(); } }"),
            ("A.cs", "class A { bool Is(string password) => password.Equals(\"Vinter#2021\", StringComparison.Ordinal); }"),
            ("A.cs", "class A { bool Is(string password) { return string.Equals(password, \"Vinter#2021\"); } }"),
            ("A.cs", "class A { bool Is(string user, string password) => user.Equals(\"svc\") && password.Equals(\"fjellet\"); }"),
        ] {
            assert_ne!(written(path, code), 0, "{code}");
        }
    }

    #[test]
    fn what_is_compared_for_other_reasons_is_none() {
        for (path, code) in [
            ("a.js", "if (password === 'password123' || password === '12345678') return 'too weak';"),
            ("a.js", "const password = process.env.PASSWORD; if (password === 'Vinter#2021') throw new Error('change it');"),
            ("a.js", "if (error.code === 'auth/wrong-password-1' || input.type === 'password') show();"),
            ("a.js", "if (errors.password === 'Passord 2 mangler') show();"),
            ("a.js", "if (errors.email === 'required' && errors.password === 'required') show();"),
            ("a.js", "if (user !== null && password === 'reset') show(); if (type === 'user' && password === 'none') show();"),
            ("a.js", "if (user.kind === 'email' && field === 'password') show();"),
            (
                "A.cs",
                "class A { bool Is() => Equals(password, \"v1\") || name.Equals(\"Password1\") || string.Equals(password, \"reset\"); }",
            ),
            ("a.js", "if (password === '' || password === other.password || password.length === '12345678') show();"),
            (
                "A.cs",
                "class A { void Go() { if (lblPassword.Text == \"Password 1:\" || txtPassword.Text == \"\" || txtPassword.Text == \"12345\") Show(); } }",
            ),
            ("A.cs", "class A { void Go() { if (ReadPassword() == \"v1\" || config[\"Password\"] == \"Vinter#2021\") Show(); } }"),
            ("A.cs", "class A { void Go() { if (txtName.Text == \"Vinter#2021\" || password.Type.Text == \"Vinter#2021\") Show(); } }"),
            ("a.py", "if settings.API_SECRET == 'Vinter#2021':\n    raise ValueError"),
            ("A.java", "class A { boolean is(String name) { return name.equals(\"Vinter#2021\"); } }"),
        ] {
            assert_eq!(written(path, code), 0, "{code}");
        }
    }

    #[test]
    fn a_pass_is_a_password_only_beside_who_signs_in() {
        assert_eq!(written("a.js", "if (ski.pass === 'Vinter#2021') open(); const other = password == 'x1';"), 1);
    }
}
