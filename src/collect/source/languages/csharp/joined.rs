//! Connection strings that are put together over several parts.

use tree_sitter::Node;

use crate::{
    collect::source::{
        document::{Counts, More, Place},
        joined::Joined,
        languages::csharp::{
            places::Finder,
            text::literal,
            tree::{bare, children, field, text_of},
        },
        origins::Value,
        sinks,
    },
    evidence::FactKind,
};

/// How deep parts lie within each other.
const DEPTH: usize = 100;

impl<'t> Finder<'_, '_, 't> {
    /// `"Server=" + host + ";Password=…"`, `$"Server={host};Password=…"`: looked at as a whole, once.
    pub(super) fn joined(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let is_part = ancestors.last().is_some_and(|parent| is_sum(*parent) || parent.kind() == "parenthesized_expression");
        if is_part || !(is_sum(node) || node.kind() == "interpolated_string_expression") {
            return;
        }
        let mut joined = Joined::default();
        self.take_in(node, &mut joined, 0);
        for found in joined.passwords(&self.document.watch.argument) {
            let at = |offset: usize| self.piece.base.saturating_add(offset);
            self.add_place(Place {
                kind: FactKind::Argument,
                sink: sinks::segment(&found.name),
                watched: found.found.entry.to_owned(),
                in_comment: self.piece.in_comment,
                range: at(found.range.start)..at(found.range.end),
                value: Value::Written(found.value),
                counts: Counts::Always,
                more: More::default(),
            });
        }
    }

    fn take_in(&self, node: Node<'t>, joined: &mut Joined, depth: usize) {
        let (node, text) = (bare(node), self.piece.text);
        match node.kind() {
            _ if depth > DEPTH => joined.add(None, node.byte_range()),
            "binary_expression" if is_sum(node) => {
                for part in ["left", "right"].iter().filter_map(|side| field(node, side)) {
                    self.take_in(part, joined, depth + 1);
                }
            }
            "interpolated_string_expression" => {
                for part in children(node) {
                    match part.kind() {
                        "string_content" | "interpolation_text" => joined.add(Some(text_of(part, text)), part.byte_range()),
                        "interpolation" => joined.add(None, part.byte_range()),
                        _ => {}
                    }
                }
            }
            _ => joined.add(literal(node, text).as_deref(), node.byte_range()),
        }
    }
}

/// Whether an expression puts two others together.
fn is_sum(node: Node<'_>) -> bool {
    node.kind() == "binary_expression" && field(node, "operator").is_some_and(|operator| operator.kind() == "+")
}
