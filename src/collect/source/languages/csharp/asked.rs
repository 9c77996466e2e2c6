//! Credentials that what a visitor gives is compared with.

use tree_sitter::Node;

use crate::{
    collect::source::{
        document::Counts,
        languages::csharp::{
            expressions::{Expressions, arguments_of},
            places::Finder,
            text::literal,
            tree::{bare, field, path_of, text_of},
        },
        program::{asked_for, is_from_outside},
        sinks,
    },
    evidence::FactKind,
};

/// What the types of texts and of all things are called, which tell whether their two arguments are the same.
const TYPES: [&str; 5] = ["string", "String", "System.String", "object", "Object"];

impl<'t> Finder<'_, '_, 't> {
    /// `txtPassword.Text == "…"`: what is asked for is written in the program.
    pub(super) fn compared(&mut self, node: Node<'t>) {
        let is_comparison = field(node, "operator").is_some_and(|operator| matches!(operator.kind(), "==" | "!="));
        if let (Some(left), Some(right), true) = (field(node, "left"), field(node, "right"), is_comparison) {
            self.asked(left, right, node);
        }
    }

    /// `password.Equals("…")`, `string.Equals(password, "…", StringComparison.Ordinal)`.
    pub(super) fn equals(&mut self, node: Node<'t>) {
        let text = self.piece.text;
        let Some(function) = field(node, "function").filter(|function| function.kind() == "member_access_expression") else { return };
        let is_equals = field(function, "name").is_some_and(|name| text_of(name, text) == "Equals");
        let Some(of) = field(function, "expression").filter(|_| is_equals) else { return };
        let arguments: Vec<Node<'t>> = arguments_of(node);
        let is_type = TYPES.contains(&text_of(of, text)) || text_of(of, text).starts_with("StringComparer.");
        match arguments.as_slice() {
            [one, other, ..] if is_type => self.asked(*one, *other, node),
            [other, ..] if !is_type => self.asked(of, *other, node),
            _ => {}
        }
    }

    fn asked(&mut self, one: Node<'t>, other: Node<'t>, node: Node<'t>) {
        let text = self.piece.text;
        let (one, other) = (bare(one), bare(other));
        let (given, written) = if literal(one, text).is_some() { (other, one) } else { (one, other) };
        let (Some(expected), given) = (literal(written, text), as_typed(given, text)) else { return };
        let path = path_of(given, text).filter(|_| matches!(given.kind(), "identifier" | "member_access_expression"));
        let whole = self.piece.base.saturating_add(node.start_byte())..self.piece.base.saturating_add(node.end_byte());
        let Some(path) = path else { return };
        let Some((path, found)) = asked_for(self.document, &path, &expected, &whole) else { return };
        if !is_from_outside(&Expressions::new(self.piece, self.scopes, &self.document.lines).value(given)) {
            self.add(FactKind::Assignment, sinks::dotted(path), found, node, written, Counts::IfWritten);
        }
    }
}

/// What a text was before its ends were trimmed: `box.Text` of `box.Text.Trim()`.
fn as_typed<'t>(given: Node<'t>, text: &str) -> Node<'t> {
    let function = field(given, "function").filter(|_| given.kind() == "invocation_expression" && arguments_of(given).is_empty());
    let trimmed = function.filter(|function| field(*function, "name").is_some_and(|name| text_of(name, text) == "Trim"));
    trimmed.and_then(|function| field(function, "expression")).map_or(given, bare)
}
