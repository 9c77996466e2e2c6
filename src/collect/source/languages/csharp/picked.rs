//! Values that names are given otherwise than by an assignment of their own: side by side, by the arm of a switch, as the text of a field.

use tree_sitter::Node;

use super::{
    places::{Finder, most_specific},
    tree::{bare, children, field, path_of, text_of},
};
use crate::{
    collect::source::{document::Counts, sinks},
    evidence::FactKind,
};

impl<'t> Finder<'_, '_, 't> {
    /// Names side by side that are given values side by side: `var (user, password) = (a, b)`, `(string User, string Password) Erp = (a, b)`.
    pub(super) fn side_by_side(&mut self, node: Node<'t>, value: Node<'t>) {
        let of_type = node.parent().and_then(|parent| field(parent, "type")).filter(|of| of.kind() == "tuple_type");
        let pattern = || children(node).into_iter().find(|child| child.kind() == "tuple_pattern");
        let names: Vec<Node<'t>> = match of_type {
            Some(of_type) => children(of_type).into_iter().filter_map(|element| field(element, "name")).collect(),
            None => pattern().map(children).unwrap_or_default(),
        };
        for (name, argument) in names.into_iter().zip(children(bare(value))) {
            let value = children(argument).last().copied().unwrap_or(argument);
            let spelling = vec![text_of(name, self.piece.text).to_owned()];
            if let Some((sink, found)) = most_specific(&self.document.watch.assignment, &[spelling]).filter(|_| self.knows(name)) {
                self.add(FactKind::Assignment, sink, found, argument, value, Counts::Always);
            }
        }
    }

    /// What a name picks out of several: `Setting.ClientSecret => "…"`.
    pub(super) fn arm(&mut self, node: Node<'t>) {
        let parts = children(node);
        let ([pattern, value], watch) = (parts.as_slice(), self.document.watch) else { return };
        let path =
            children(*pattern).first().and_then(|inner| path_of(*inner, self.piece.text)).or_else(|| path_of(*pattern, self.piece.text));
        let Some(path) = path.filter(|path| path.len() > 1) else { return };
        let found = path.last().and_then(|last| watch.argument.matching(&[*last])).filter(|found| found.exact);
        if let Some(found) = found {
            self.add(FactKind::Argument, sinks::dotted(&path), found, node, *value, Counts::IfWritten);
        }
    }
}
