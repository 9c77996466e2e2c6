//! Walking a syntax tree without recursion, however deep it is, and reading names off it.

use std::{ops::Range, sync::LazyLock};

use tree_sitter::{Language, Node};

use crate::collect::source::names::words;

/// Longer member paths than this are nobody's.
const LONGEST_PATH: usize = 32;
/// Longer identifiers than this the compiler refuses (CS0645), at four bytes to a character.
pub(super) const LONGEST_NAME: usize = 2048;
/// How many ancestors are looked at in search of the one that matters.
pub(super) const FAR: usize = 256;

/// Leaves of which nobody asks anything but their text.
const SILENT: [&str; 8] = [
    "identifier",
    "modifier",
    "predefined_type",
    "integer_literal",
    "boolean_literal",
    "null_literal",
    "real_literal",
    "character_literal_content",
];

/// Those of the grammar's kinds of nodes that are [`SILENT`], by their numbers.
static SILENT_KINDS: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let language = Language::from(tree_sitter_c_sharp::LANGUAGE);
    let kinds = 0..u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
    kinds.map(|kind| language.node_kind_for_id(kind).is_some_and(|name| SILENT.contains(&name))).collect()
});

/// The named nodes of a tree: walked through once, gone over as often as there is something to look for.
pub(super) struct Walk<'t> {
    pub(super) root: Node<'t>,
    /// Parents first, each with the number of its ancestors.
    nodes: Vec<(Node<'t>, usize)>,
}

impl<'t> Walk<'t> {
    pub(super) fn of(root: Node<'t>) -> Self {
        let mut cursor = root.walk();
        let (mut nodes, mut depth) = (Vec::new(), 0_usize);
        loop {
            let node = cursor.node();
            if cursor.goto_first_child() {
                nodes.push((node, depth));
                depth += 1;
                continue;
            }
            if node.is_named() && !SILENT_KINDS.get(usize::from(node.kind_id())).is_some_and(|is_silent| *is_silent) {
                nodes.push((node, depth));
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Self { root, nodes };
                }
                depth = depth.saturating_sub(1);
            }
        }
    }

    /// Calls for every node, parents first, with its ancestors from the root down.
    pub(super) fn each(&self, mut each: impl FnMut(Node<'t>, &[Node<'t>])) {
        let mut ancestors = Vec::new();
        for (node, depth) in &self.nodes {
            ancestors.truncate(*depth);
            each(*node, &ancestors);
            ancestors.push(*node);
        }
    }
}

/// The text of a node.
pub(super) fn text_of<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or("")
}

/// The named children, comments left out.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).filter(|child| !child.is_extra()).collect()
}

/// A child by its field.
pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The identifiers of a member path, a call's or an indexer's arguments left out: `a.B(x).C[0]` is `a`, `B`, `C`.
pub(super) fn path_of<'t>(node: Node<'_>, text: &'t str) -> Option<Vec<&'t str>> {
    let mut reversed = Vec::new();
    let mut next = Some(node);
    while let Some(node) = next {
        if reversed.len() > LONGEST_PATH {
            return None;
        }
        next = match node.kind() {
            "identifier" | "this" | "base" | "predefined_type" | "implicit_parameter" => {
                reversed.push(text_of(node, text).trim_start_matches('@'));
                None
            }
            "generic_name" => Some(*children(node).first()?),
            "member_access_expression" => {
                reversed.push(simple_name(field(node, "name")?, text)?);
                field(node, "expression")
            }
            "qualified_name" => {
                reversed.push(simple_name(field(node, "name")?, text)?);
                field(node, "qualifier")
            }
            "alias_qualified_name" => {
                reversed.push(simple_name(field(node, "name")?, text)?);
                field(node, "alias").filter(|alias| text_of(*alias, text) != "global")
            }
            "conditional_access_expression" => {
                let bound = children(node).into_iter().find(|child| child.kind() == "member_binding_expression");
                reversed.extend(bound.and_then(|bound| simple_name(field(bound, "name")?, text)));
                field(node, "condition")
            }
            "invocation_expression" => field(node, "function"),
            "element_access_expression" => field(node, "expression"),
            "cast_expression" => field(node, "value"),
            "object_creation_expression" | "nullable_type" | "array_type" | "ref_type" => field(node, "type"),
            "parenthesized_expression" | "postfix_unary_expression" | "await_expression" | "as_expression" => {
                children(node).first().copied()
            }
            _ => return None,
        };
    }
    if reversed.iter().any(|name| name.len() > LONGEST_NAME) {
        return None;
    }
    reversed.reverse();
    if reversed.len() > 1 && matches!(reversed.first(), Some(&("this" | "base"))) {
        reversed.remove(0);
    }
    Some(reversed).filter(|path| !path.is_empty())
}

fn simple_name<'t>(node: Node<'_>, text: &'t str) -> Option<&'t str> {
    let identifier = if node.kind() == "generic_name" { *children(node).first()? } else { node };
    Some(text_of(identifier, text).trim_start_matches('@'))
}

/// Parentheses, casts, `await` and `!` off an expression.
pub(super) fn bare(mut node: Node<'_>) -> Node<'_> {
    for _ in 0..FAR {
        let inner = match node.kind() {
            "parenthesized_expression" | "postfix_unary_expression" | "await_expression" | "checked_expression" | "ref_expression" => {
                children(node).first().copied()
            }
            "cast_expression" => field(node, "value"),
            "as_expression" => field(node, "left"),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// What stands after the `=` of a declarator or parameter.
pub(super) fn initial_value(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    let after: Vec<Node<'_>> = node.children(&mut cursor).skip_while(|child| child.kind() != "=").collect();
    after.into_iter().find(|child| child.is_named() && !child.is_extra())
}

/// Whether a node declares a type.
pub(super) fn is_type(kind: &str) -> bool {
    matches!(kind, "class_declaration" | "struct_declaration" | "record_declaration" | "interface_declaration" | "enum_declaration")
}

/// Where the comments of a file are, and the stretches that the grammar did not understand.
pub(super) struct Outline {
    pub(super) comments: Vec<Range<usize>>,
    pub(super) errors: Vec<Range<usize>>,
}

impl Outline {
    /// That of a text of which nothing is understood.
    pub(super) fn unknown(text: &str) -> Self {
        Self { comments: Vec::new(), errors: std::iter::once(0..text.len()).collect() }
    }

    pub(super) fn of(walk: &Walk<'_>) -> Self {
        let mut outline = Self { comments: Vec::new(), errors: Vec::new() };
        walk.each(|node, _| {
            if node.kind() == "comment" {
                outline.comments.push(node.byte_range());
            } else if node.is_error() && outline.errors.last().is_none_or(|last| last.end <= node.start_byte()) {
                outline.errors.push(node.byte_range());
            }
        });
        outline
    }
}

/// The field of a form whose text a member is: `txtPassword` of `this.txtPassword.Text`. A label shows what people are to read.
pub(super) fn shown_by<'t>(member: Node<'t>, text: &str) -> Option<Node<'t>> {
    const FIELDS: [&str; 6] = ["txt", "tb", "tbx", "edt", "edit", "input"];
    let control = field(member, "expression").map(bare).filter(|_| member.kind() == "member_access_expression")?;
    let is_text = field(member, "name").is_some_and(|name| text_of(name, text) == "Text");
    let is_field = || words(text_of(last_name(control), text)).first().is_some_and(|first| FIELDS.contains(&first.as_str()));
    (is_text && is_field()).then_some(control)
}

/// The last name on the way to a member.
pub(super) fn last_name(node: Node<'_>) -> Node<'_> {
    field(node, "name").unwrap_or(node)
}
