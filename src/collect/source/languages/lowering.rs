//! From a syntax tree to a [`Unit`]: what all languages with a grammar share.

use std::{borrow::Cow, ops::Range};

use tree_sitter::{Language, Node};

use crate::collect::source::{
    document::{Document, Reading},
    glance,
    languages::parsing,
    program::{self, DEPTH, Expression, Form, Unit},
};

/// Reads a file of a language: parses it, lowers the tree, and looks for what rules watch.
pub(super) fn read(document: &Document<'_>, language: &Language, lower: fn(&mut Lowering<'_>, Node<'_>) -> Unit) -> Reading {
    if document.weight() > parsing::LARGEST {
        let gap = format!("larger than {} MiB, which is too large to be parsed", parsing::LARGEST / 1024 / 1024);
        return Reading { gap: Some(gap), ..Reading::default() };
    }
    let _alone = parsing::alone(document);
    let Some(tree) = parsing::parse(document, language) else {
        return Reading { gap: Some(format!("the parser did not end within {} s", parsing::LIMIT.as_secs())), ..Reading::default() };
    };
    let root = tree.root_node();
    let mut lowering = Lowering::new(document);
    let unit = lower(&mut lowering, root);
    let (comments, errors) = outline(root, &mentions(document));
    let mut reading = program::read(document, &Unit { comments, errors, ..unit });
    reading.gap = reading.gap.or_else(|| lowering.gap(document));
    reading
}

/// Why what was found may not be all: a watched name stands in what is nested too deep to be read.
pub(super) fn too_deep(document: &Document<'_>, left_out: &Range<usize>) -> Option<String> {
    let is_watched = document.text.get(left_out.clone()).is_some_and(|part| glance::tells(document.watch, part));
    is_watched.then(|| format!("nested too deep from line {} on to be read there", document.lines.line(left_out.start)))
}

/// Where something stands that may be part of a watched name.
fn mentions<'d>(document: &Document<'d>) -> Cow<'d, [usize]> {
    let within = |part: Range<usize>| {
        let text = document.text.get(part.clone()).unwrap_or("");
        document.watch.finder().into_iter().flat_map(move |finder| finder.find_iter(text)).map(move |found| part.start + found.start())
    };
    document.mentions.map_or_else(|| Cow::Owned(document.stretches().flat_map(within).collect()), Cow::Borrowed)
}

/// Where comments stand that hold one of some names, and what the grammar did not understand. The names are in order.
pub(super) fn outline(root: Node<'_>, names: &[usize]) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (mut comments, mut errors) = (Vec::new(), Vec::new());
    let (mut cursor, mut passed) = (root.walk(), 0);
    loop {
        let node = cursor.node();
        let range = node.byte_range();
        passed += names.iter().skip(passed).take_while(|name| **name < range.start).count();
        // Most of a file is neither, and to walk through it takes as long as to read it.
        let is_telling = node.has_error() || names.get(passed).is_some_and(|name| *name < range.end);
        if is_telling && (node.kind().contains("comment") || is_remark(node)) {
            comments.push(range);
        } else if node.is_error() {
            errors.push(range);
        }
        if is_telling && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return (comments, errors);
            }
        }
    }
}

/// Whether a statement is a text and nothing else, which does nothing and so is there for the reader, as the descriptions of functions in Python are.
pub(super) fn is_remark(node: Node<'_>) -> bool {
    node.kind() == "expression_statement"
        && node.named_child_count() == 1
        && node.named_child(0).is_some_and(|child| child.kind() == "string")
}

/// What a lowering knows of its file.
pub(super) struct Lowering<'t> {
    pub(super) text: &'t str,
    /// POSIX path of the file.
    pub(super) path: &'t str,
    depth: usize,
    /// What is nested too deep.
    left_out: Vec<Range<usize>>,
}

impl<'t> Lowering<'t> {
    pub(super) fn new(document: &Document<'t>) -> Self {
        Self { text: document.text, path: document.path, depth: DEPTH, left_out: Vec::new() }
    }

    /// The text of a node.
    pub(super) fn text_of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// Why what was found may not be all.
    pub(super) fn gap(&self, document: &Document<'_>) -> Option<String> {
        self.left_out.iter().find_map(|range| too_deep(document, range))
    }

    /// Does the work on a node one level deeper; absent where it is too deep.
    pub(super) fn deeper<T>(&mut self, node: Node<'_>, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let Some(depth) = self.depth.checked_sub(1) else {
            let read_to = self.left_out.last().map_or(0, |last| last.end);
            let range = node.byte_range();
            self.left_out.extend(Some(range).filter(|range| range.end > read_to));
            return None;
        };
        self.depth = depth;
        let done = work(self);
        self.depth += 1;
        Some(done)
    }

    /// The expression that a node is, one level deeper; beyond the depth only its place.
    pub(super) fn expression(&mut self, node: Node<'_>, lower: fn(&mut Self, Node<'_>) -> Form) -> Expression {
        let form = self.deeper(node, |lowering| lower(lowering, node)).unwrap_or(Form::Other(Vec::new()));
        Expression::new(form, node.byte_range())
    }
}

/// The named children, comments left out.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).filter(|child| !child.is_extra()).collect()
}

/// A child by its field.
pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The first named child of a kind.
pub(super) fn child_of_kind<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    children(node).into_iter().find(|child| child.kind() == kind)
}

/// Whether a node has a token of its own with this text, such as a keyword.
pub(super) fn has_token(node: Node<'_>, token: &str) -> bool {
    node.children(&mut node.walk()).any(|child| child.kind() == token)
}

/// The operator of a chain, and everything between its operators. A chain of `+` leans to the left, as deep as it is long; hence the loop.
pub(super) fn chain<'n>(
    lowering: &mut Lowering<'_>,
    node: Node<'n>,
    bare: fn(Node<'n>) -> Node<'n>,
    lower: fn(&mut Lowering<'_>, Node<'n>) -> Expression,
) -> (&'n str, Vec<Expression>) {
    let operator = operator_of(node);
    let (mut parts, mut next) = (Vec::new(), Some(node));
    while let Some(one) = next {
        let is_same = one.kind() == node.kind() && operator_of(one) == operator;
        if let (true, Some(left), Some(right)) = (is_same, field(one, "left"), field(one, "right")) {
            parts.push(lower(lowering, right));
            next = Some(bare(left));
        } else {
            parts.push(lower(lowering, one));
            next = None;
        }
    }
    parts.reverse();
    (operator, parts)
}

/// Whether the first is the same as the others, or differs from them.
pub(super) fn compared(operator: &str, parts: Vec<Expression>, node: Node<'_>) -> Form {
    let compared = Form::Compared(parts);
    if matches!(operator, "!=" | "!==" | "<>") { Expression::new(compared, node.byte_range()).denied() } else { compared }
}

/// `!x`, and any other sign before an operand.
pub(super) fn signed(is_denied: bool, operand: Option<Expression>) -> Form {
    match operand {
        Some(operand) if is_denied => operand.denied(),
        operand => Form::Other(operand.into_iter().collect()),
    }
}

fn operator_of(node: Node<'_>) -> &str {
    field(node, "operator").map_or("", |operator| operator.kind())
}

/// Texts side by side are one text; anything else among them is joined to it.
pub(super) fn joined(parts: Vec<Expression>) -> Form {
    let mut merged: Vec<Expression> = Vec::new();
    for part in parts {
        if let (Form::Text(text), Some(Expression { form: Form::Text(before), range })) = (&part.form, merged.last_mut()) {
            before.push_str(text);
            range.end = part.range.end;
            continue;
        }
        merged.push(part);
    }
    match merged.as_mut_slice() {
        [] => Form::Text(String::new()),
        [Expression { form: Form::Text(text), .. }] => Form::Text(std::mem::take(text)),
        _ => Form::Joined(merged),
    }
}

/// Every child of a field that may hold several.
pub(super) fn fields_of<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    node.children_by_field_name(name, &mut node.walk()).filter(Node::is_named).collect()
}

/// What a backslash and what follows it stand for, as in C and its heirs.
pub(super) fn unescaped(sequence: &str) -> String {
    let mut characters = sequence.chars().skip(1);
    match characters.next() {
        Some('n') => "\n".to_owned(),
        Some('r') => "\r".to_owned(),
        Some('t') => "\t".to_owned(),
        Some('\n' | '\r') | None => String::new(),
        Some('u' | 'x' | 'U') => {
            let digits: String = characters.filter(char::is_ascii_hexdigit).collect();
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).map(String::from).unwrap_or_default()
        }
        Some(other) => other.to_string(),
    }
}
