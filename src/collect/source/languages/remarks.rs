//! Where comments stand, as the grammar of a language tells them from strings.

use std::ops::Range;

use tree_sitter::Language;

use super::{csharp, java, javascript, lowering, parsing, python};
use crate::collect::source::document::Document;

/// The comments that hold one of some places, which are in order, and what the grammar did not understand, which may be comments too. Absent where the
/// file has no grammar, or could not be parsed.
pub(in crate::collect::source) fn remarks(document: &Document<'_>, places: &[usize]) -> Option<Vec<Range<usize>>> {
    let name = document.path.rsplit('/').next().unwrap_or(document.path).to_lowercase();
    let grammar = grammar(&name).filter(|_| document.weight() <= parsing::LARGEST)?;
    let _alone = parsing::alone(document);
    let tree = parsing::parse_piece(document, document.text, &grammar, parsing::LIMIT)?;
    let (comments, errors) = lowering::outline(tree.root_node(), places);
    Some([comments, errors].concat())
}

/// The grammar of a program that holds nothing but itself, by the name of its file in lower case. PHP stands in pages, which have comments of their own.
fn grammar(name: &str) -> Option<Language> {
    if csharp::claims(name) {
        Some(tree_sitter_c_sharp::LANGUAGE.into())
    } else if javascript::claims(name) {
        Some(tree_sitter_javascript::LANGUAGE.into())
    } else if javascript::claims_typescript(name) {
        Some(javascript::typescript(name))
    } else if python::claims(name) {
        Some(tree_sitter_python::LANGUAGE.into())
    } else if java::claims(name) {
        Some(tree_sitter_java::LANGUAGE.into())
    } else {
        None
    }
}
