//! Secrets in addresses that are put together bit by bit: what a builder of texts is given after `&client_secret=`, what a variable is lengthened by,
//! and the query of an address that is set alone. Where the mark of a query stands before the name in one text, that text tells by itself.

use super::{Call, Expression, Form, bindings::Grown, places::Finder};
use crate::collect::source::names::squeezed;

/// How many parts of one text are looked at, and how many calls of one chain.
const MOST_PARTS: usize = 64;
/// So many texts of one file are followed.
const MOST_TEXTS: usize = 500;
/// What lengthens a variable, right before its value.
const LENGTHENS: [&str; 3] = ["+=", ".=", "&="];

impl<'a> Finder<'a, '_> {
    /// `builder.Append("&client_secret=").Append(secret)`.
    pub(super) fn appended(&mut self, call: &'a Call) {
        let (Form::Member(of, method), [only]) = (&call.callee.form, call.arguments.as_slice()) else { return };
        if !method.eq_ignore_ascii_case("append") || call.creates {
            return;
        }
        let Some((head, begun)) = root(of) else { return };
        let binding = self.bindings.find(head, of.range.start).filter(|_| begun.is_none());
        let of = (head, binding.map_or(of.range.start, |binding| binding.offset));
        let values = binding.map_or(&[][..], |binding| binding.values.as_slice());
        let begun = begun.or_else(|| values.iter().find_map(|value| root(value)?.1));
        let mut grown = self.grown.remove(&of).unwrap_or_else(|| begun.map(begins).unwrap_or_default());
        self.grow(&mut grown, &only.value);
        self.keep(of, grown);
    }

    /// `string.Concat("…?client_secret=", secret)`.
    pub(super) fn concatenated(&mut self, call: &'a Call) {
        let is_concat = matches!(call.callee.path().as_deref(), Some([.., "string" | "String", "Concat"]));
        let (mut grown, mut before) = (Grown::default(), None);
        for value in call.arguments.iter().filter(|_| is_concat).map(|argument| &argument.value).take(MOST_PARTS) {
            if let Some((name, range, _)) = before.take() {
                self.put_at(name, value, range);
            }
            grown.take_in(value);
            before = grown.key.take();
        }
    }

    /// `address += "&client_secret=" + secret`, and the text that it begins with.
    pub(super) fn lengthened(&mut self, target: &'a Expression, value: &'a Expression) {
        let Form::Name(name) = &target.form else { return };
        let between = self.document.text.get(target.range.end..value.range.start).unwrap_or("").trim_start();
        let of = (name.as_str(), self.bindings.find(name, target.range.start).map_or(target.range.start, |binding| binding.offset));
        let before = self.grown.remove(&of);
        if !LENGTHENS.iter().any(|mark| between.starts_with(mark)) {
            return self.keep(of, begins(value));
        }
        if let Some(mut grown) = before {
            self.grow(&mut grown, value);
            self.keep(of, grown);
        }
    }

    /// `builder.Query = "client_secret=" + secret`.
    pub(super) fn is_query(&mut self, value: &'a Expression) {
        let mut grown = Grown { asks: true, is_open: true, key: None };
        self.grow(&mut grown, value);
    }

    fn keep(&mut self, of: (&'a str, usize), grown: Grown<'a>) {
        if (grown.asks || grown.key.is_some()) && self.grown.len() < MOST_TEXTS {
            self.grown.insert(of, grown);
        }
    }

    /// Takes in what follows, and tells of what stands where the value of a secret does.
    fn grow(&mut self, grown: &mut Grown<'a>, value: &'a Expression) {
        let parts = if let Form::Joined(parts) = &value.form { parts.as_slice() } else { std::slice::from_ref(value) };
        for part in parts.iter().take(MOST_PARTS) {
            let key = grown.key.take().filter(|(_, _, is_told)| part.text() != Some("") && (!is_told || parts.len() == 1));
            if let Some((name, range, _)) = key {
                self.put_at(name, part, range);
            }
            grown.take_in(part);
        }
    }
}

impl<'a> Grown<'a> {
    fn take_in(&mut self, part: &'a Expression) {
        let Some(text) = part.text() else {
            self.is_open = false;
            return;
        };
        let (was_open, asks) = (self.is_open, text.contains('?'));
        self.asks |= asks;
        self.is_open = self.asks && text.ends_with(['?', '&']);
        let Some(before) = text.strip_suffix('=') else { return };
        let named = before.rsplit_once(['?', '&']).map(|(_, name)| name);
        let name = named.or_else(|| was_open.then_some(before));
        self.key = name.filter(|_| self.asks).map(|name| (name, part.range.clone(), asks));
    }
}

/// What a text is at first.
fn begins(value: &Expression) -> Grown<'_> {
    let mut grown = Grown::default();
    let parts = if let Form::Joined(parts) = &value.form { parts.as_slice() } else { std::slice::from_ref(value) };
    for part in parts.iter().take(MOST_PARTS) {
        grown.key = None;
        grown.take_in(part);
    }
    grown
}

/// What a chain of calls begins with: a variable; or the type of a builder, with the text that it is made with.
fn root(of: &Expression) -> Option<(&str, Option<&Expression>)> {
    let mut of = of;
    for _ in 0..MOST_PARTS {
        of = match &of.form {
            Form::Name(name) => return Some((name, None)),
            Form::Member(of, _) => of,
            Form::Call(call) if call.creates || matches!(call.callee.form, Form::Name(_)) => {
                let is_builder = squeezed(call.callee.path()?.last()?).contains("build");
                return Some(("", call.arguments.first().filter(|_| is_builder).map(|first| &first.value)));
            }
            Form::Call(call) => &call.callee,
            _ => return None,
        }
    }
    None
}
