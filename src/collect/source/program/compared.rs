//! Credentials that what a visitor gives is compared with.

use super::{
    Argument, Call, Expression, Form,
    places::{Finder, pair_kind},
};
use crate::{
    collect::source::{
        document::Counts,
        names::words,
        origins::{Reference, Value},
        sinks, values,
    },
    evidence::{FactKind, Origin},
};

/// How far before and after a comparison it is looked for the one of the name that goes with a password, in bytes.
const BESIDE: usize = 160;
/// Words of the names of who signs in, in small letters.
const WHO: [&str; 5] = ["user", "username", "login", "email", "brukernavn"];
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
        // Most comparisons are with a word, and not worth more.
        let Some(text) = written.text().filter(|text| text.bytes().any(|byte| byte.is_ascii_digit())) else { return };
        let Some(path) = given.path().filter(|_| given.is_of_names()) else { return };
        let watched = &self.document.watch.assignment;
        let is_pass = || path.last().is_some_and(|last| PASS.contains(&last.to_lowercase().as_str())) && self.asks_who(whole);
        let found = watched.matching(&path).or_else(|| if is_pass() { watched.matching(&["password"]) } else { None });
        let Some(found) = found.filter(|found| found.entry.starts_with('*')) else { return };
        let is_known = values::shape(text) == "well-known default" && !self.asks_who(whole);
        if is_known || values::reads_as_text(text) || is_from_outside(&self.evaluator().value(given)) {
            return;
        }
        let sink = sinks::dotted(&path);
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

    /// Whether it is asked in one breath who signs in: `name == "admin" && password == "…"`.
    fn asks_who(&self, comparison: &Expression) -> bool {
        let text = self.document.text;
        let line = text.get(..comparison.range.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let from = text.ceil_char_boundary(line.max(comparison.range.start.saturating_sub(BESIDE)));
        let to = text.ceil_char_boundary(comparison.range.end.saturating_add(BESIDE).min(text.len()));
        let near = text.get(from..to).and_then(|near| near.lines().next()).unwrap_or("");
        [" && ", " and ", " AND ", " -and "].iter().any(|and| near.contains(and))
            && words(near).iter().any(|word| WHO.contains(&word.as_str()))
    }
}

/// Whether a value is looked up where an app is configured.
fn is_from_outside(value: &Value) -> bool {
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
        let vocabulary = Vocabulary { assignment: names(&["*Password", "*Secret", "*ApiKey", "x-api-key"]), ..Vocabulary::default() };
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
            ("a.js", "if (password === '' || password === other.password || password.length === '12345678') show();"),
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
