//! Languages in which fewer apps are written, close enough to each other that one parser understands what matters in all of them: what is given a value,
//! what is called, and what stands in a text.

mod expressions;
mod lexing;
mod statements;
#[cfg(test)]
mod tests;
mod texts;

use self::{expressions::primary, lexing as lex, statements::whole};
use super::{Dialect, Operator};
use crate::collect::source::document::{Document, Reading};

/// A family of languages, by the endings of their files.
struct Family {
    endings: &'static [&'static str],
    dialect: &'static Dialect,
}

const FAMILIES: [Family; 9] = [
    Family { endings: &[".go", ".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".m", ".mm", ".apex", ".cls", ".trigger"], dialect: &BRACES },
    Family { endings: &[".kt", ".kts", ".groovy", ".gradle", ".scala", ".jenkinsfile"], dialect: &DOLLARS },
    Family { endings: &[".dart"], dialect: &DART },
    Family { endings: &[".swift"], dialect: &SWIFT },
    Family { endings: &[".rs", ".fs", ".fsx"], dialect: &LIFETIMES },
    Family { endings: &[".rb", ".rake", ".ru", ".ex", ".exs", ".cr", ".coffee"], dialect: &HASHES },
    Family { endings: &[".pl", ".pm", ".r", ".jl"], dialect: &PERL },
    Family { endings: &[".lua", ".hs"], dialect: &DASHES },
    Family { endings: &[".pas", ".dpr", ".lpr"], dialect: &PASCAL },
];

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    family(name).is_some()
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let name = document.path.to_lowercase();
    super::read(document, family(&name).map_or(&BRACES, |family| family.dialect))
}

fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.endings.iter().any(|ending| name.ends_with(ending)))
}

const MARKS: &[&str] = &[
    "===", "!==", "<=>", "||=", "&&=", "??=", "...", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", ".=", "?=", "~=", "=~", "++",
    "--", "->", "=>", "::", ":=", "<-", "?.", "?:", "??", "..", "<>", "|>", "<<", "&.",
];
/// A line that ends in one of these goes on.
const CONTINUES: &[&str] = &[
    ",", "(", "[", "=", ":=", "+", "+=", ".", "?.", "::", "&&", "||", "=>", "->", "<-", "?", "?:", "??", "\\", "|>", "<<", "&", "|", "to",
];

static BRACES: Dialect = Dialect {
    lex: lex::slashes,
    marks: MARKS,
    continues: Some(CONTINUES),
    chains: true,
    operator,
    primary,
    text: texts::plain,
    names_argument: &[":", "="],
    has_brackets: true,
    minds_blanks: false,
    statements: whole,
};
static DOLLARS: Dialect = Dialect { lex: lex::with_holes, text: texts::with_dollars, ..BRACES };
static DART: Dialect = Dialect { lex: lex::with_holes, text: texts::with_dollars_in_any, ..BRACES };
static SWIFT: Dialect = Dialect { lex: lex::with_holes, text: texts::with_backslashes, ..BRACES };
static LIFETIMES: Dialect = Dialect { lex: lex::with_lifetimes, ..BRACES };
static HASHES: Dialect = Dialect { lex: lex::hashes, text: texts::with_hashes, minds_blanks: true, ..BRACES };
static PERL: Dialect = Dialect { lex: lex::hashes, text: texts::with_dollars, operator: joining_dots, ..BRACES };
static DASHES: Dialect = Dialect { lex: lex::dashes, operator: joining_dots, ..BRACES };
static PASCAL: Dialect = Dialect { lex: lex::pascal, text: texts::doubled, operator: comparing, ..BRACES };

fn operator(written: &str) -> Option<Operator> {
    Some(match written {
        "+" | "<<" => Operator::Join,
        "||" | "??" | "?:" | "or" => Operator::Either,
        "!=" | "!==" | "<>" | "~=" | "ne" => Operator::Differ,
        "==" | "===" | "<" | ">" | "<=" | ">=" | "=~" | "eq" => Operator::Compare,
        "&&" | "and" | "-" | "*" | "/" | "%" | "?" | ":" | "|" | "&" | "^" | "|>" | ".." | "..." | "as" | "as!" | "is" | "in" => {
            Operator::Other
        }
        _ => return None,
    })
}

/// The same where a dot, or two, joins texts.
fn joining_dots(written: &str) -> Option<Operator> {
    if matches!(written, "." | "..") { Some(Operator::Join) } else { operator(written) }
}

/// The same where one sign compares, as two do elsewhere.
fn comparing(written: &str) -> Option<Operator> {
    if written == "=" { Some(Operator::Compare) } else { operator(written) }
}
