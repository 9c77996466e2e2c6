//! Statements, as far as they are alike.

use std::collections::BTreeSet;

use crate::collect::source::{
    languages::lexed::{
        BETWEEN, Parser, assigned, bare_name, evaluated,
        tokens::{Kind, Token},
    },
    program::{Assignment, Declares, Expression, Field, Form, Scope, Statement, declare_first},
};

/// Words before a declaration or a statement that change nothing of what is looked for.
const PASSED_OVER: &[&str] = &[
    "public",
    "private",
    "protected",
    "internal",
    "fileprivate",
    "open",
    "override",
    "final",
    "static",
    "abstract",
    "sealed",
    "data",
    "late",
    "lateinit",
    "readonly",
    "required",
    "inline",
    "suspend",
    "async",
    "export",
    "extern",
    "unsafe",
    "pub",
    "mut",
    "volatile",
    "weak",
    "lazy",
    "companion",
    "inner",
    "implicit",
    "else",
    "do",
    "try",
    "begin",
    "then",
    "case",
    "default",
    "finally",
    "ensure",
    "defer",
    "go",
    "end",
    "define",
    "global",
    "transient",
    "indirect",
];
/// Words that declare a name, and whether it keeps its first value.
const DECLARING: &[(&str, bool)] = &[
    ("const", true),
    ("val", true),
    ("let", true),
    ("var", false),
    ("my", false),
    ("our", false),
    ("local", false),
    ("resourcestring", true),
];
const FUNCTIONS: &[&str] =
    &["func", "fun", "def", "defp", "defmodule", "fn", "sub", "function", "procedure", "proc", "init", "constructor"];
const TYPES: &[&str] = &[
    "class",
    "struct",
    "interface",
    "object",
    "enum",
    "trait",
    "impl",
    "protocol",
    "extension",
    "module",
    "namespace",
    "union",
    "mixin",
    "type",
];
const CONDITIONS: &[&str] = &[
    "if", "while", "for", "foreach", "switch", "guard", "unless", "until", "when", "match", "elsif", "elif", "elseif", "catch", "rescue",
    "loop", "with",
];
/// Words of a line that tells what is used from elsewhere.
const IMPORTS: &[&str] = &["import", "package", "use", "using", "include", "library", "require_relative", "alias", "unit", "uses", "part"];
/// The types of a language that writes them after the name and nothing between: `const token string = "…"`.
const TYPES_AFTER: &[&str] = &["string", "byte", "bool", "int", "rune", "error", "uint", "int64", "float64"];
/// How many words a type may have.
pub(super) const LONGEST_TYPE: usize = 24;

pub(super) fn whole(parser: &mut Parser<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    while parser.token(0).is_some() {
        body.extend(statements(parser, false));
        // A bracket that closes nothing.
        parser.at += 1;
    }
    declare_first(&mut body, &mut BTreeSet::new());
    body
}

/// Statements up to the bracket that closes them, or to the next function where nothing closes one.
fn statements(parser: &mut Parser<'_>, is_open: bool) -> Vec<Statement> {
    let mut body = Vec::new();
    loop {
        while parser.is_mark(",") || parser.token(0).is_some_and(|token| token.kind == Kind::End) {
            parser.at += 1;
        }
        if parser.token(0).is_none() || parser.is_mark("}") || parser.is_mark(")") || (is_open && begins_function(parser)) {
            return body;
        }
        let before = parser.at;
        statement(parser, &mut body);
        if parser.at == before {
            parser.at += 1;
        }
    }
}

fn begins_function(parser: &Parser<'_>) -> bool {
    let word = parser.word();
    (FUNCTIONS.contains(&word) || TYPES.contains(&word)) && !parser.of_kind(1, Kind::Word).is_empty()
}

pub(super) fn statement(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    let word = parser.word();
    let is_followed = !parser.of_kind(1, Kind::Word).is_empty();
    match word {
        "return" => {
            parser.at += 1;
            if !parser.is_end() {
                let value = parser.valued();
                body.push(Statement::Return(value));
            }
        }
        _ if IMPORTS.contains(&word) && !parser.token(1).is_some_and(|next| next.kind == Kind::Mark) => parser.skip_line(),
        _ if parser.is_key() => {
            let field = parser.field();
            body.extend(field.map(declared_field));
        }
        _ if CONDITIONS.contains(&word) => condition(parser, body),
        _ if FUNCTIONS.contains(&word) && (is_followed || parser.of_kind(1, Kind::Mark) == "(") => {
            parser.at += 1;
            function(parser, start, body);
        }
        _ if TYPES.contains(&word) && is_followed => of_type(parser, body),
        _ if DECLARING.iter().any(|(declaring, _)| *declaring == word) => {
            parser.at += 1;
            let is_constant = DECLARING.iter().any(|(declaring, keeps)| *declaring == word && *keeps);
            declaration(parser, if is_constant { Declares::Constant } else { Declares::Variable }, body);
        }
        _ if PASSED_OVER.contains(&word) => parser.at += 1,
        _ if parser.is_mark("{") => {
            let inner = block(parser);
            body.push(Statement::Scope(Scope::block(inner, None, parser.since(start))));
        }
        _ => match typed_name(parser) {
            Some(name) => typed(parser, name, body),
            None => plain(parser, body),
        },
    }
}

/// What a type holds, or a table.
pub(super) fn declared_field(field: Field) -> Statement {
    let Field { name, value, range } = field;
    Statement::Assign(Assignment::changed(Expression::new(Form::Name(name), range.clone()), value, range))
}

pub(super) fn block(parser: &mut Parser<'_>) -> Vec<Statement> {
    if !parser.take("{") {
        return Vec::new();
    }
    if let Some(body) = parser.deeper(|parser| statements(parser, false)) {
        parser.take("}");
        return body;
    }
    parser.skip_to("{", "}");
    Vec::new()
}

fn condition(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    parser.at += 1;
    let mut asked = None;
    while !parser.is_mark("{") && !is_over(parser) {
        let before = parser.at;
        let is_declared = DECLARING.iter().any(|(word, _)| *word == parser.word());
        parser.at += usize::from(is_declared);
        let part = parser.expression();
        if parser.take(":=") || (is_declared && parser.take("=")) {
            let value = parser.expression();
            body.push(assigned(part, value, parser.since(start)));
        } else {
            asked = Some(part);
        }
        parser.at += usize::from(parser.at == before || parser.is_mark(","));
        // Of a loop, what comes before and after the condition.
        parser.at += usize::from(parser.token(0).is_some_and(|token| token.kind == Kind::End && parser.written(token) == ";"));
    }
    if parser.is_mark("{") {
        let inner = block(parser);
        body.push(Statement::Scope(Scope::block(inner, asked, parser.since(start))));
    } else {
        body.extend(asked.map(evaluated));
    }
}

/// Whether a line is over, or what a bracket holds.
fn is_over(parser: &Parser<'_>) -> bool {
    parser.token(0).is_none_or(|token| token.kind == Kind::End && parser.written(token) != ";")
        || matches!(parser.of_kind(0, Kind::Mark), "}" | ")")
}

/// What follows the word that declares a function: its name, what it is given, and its body.
fn function(parser: &mut Parser<'_>, start: usize, body: &mut Vec<Statement>) {
    if parser.is_mark("(") && !parser.of_kind(1, Kind::Word).is_empty() {
        // What it is a method of.
        let before = parser.at;
        parser.at += 1;
        parser.skip_to("(", ")");
        if parser.word().is_empty() {
            parser.at = before;
        }
    }
    let name = parser.path().pop();
    if parser.is_mark("<") {
        skip_angles(parser);
    }
    let parameters = parameters(parser);
    let mut known: BTreeSet<String> = BTreeSet::new();
    while !parser.is_mark("{") && !parser.is_mark("=") && !parser.is_end() && !parser.closes() {
        parser.at += 1;
    }
    let mut inner = if parser.take("=") {
        let value = parser.valued();
        vec![Statement::Return(value)]
    } else if parser.is_mark("{") {
        block(parser)
    } else {
        // Nothing says where it ends.
        parser.deeper(|parser| statements(parser, true)).unwrap_or_default()
    };
    known.extend(parameters.iter().filter_map(|parameter| Some(parameter.target.path()?.first()?.to_string())));
    declare_first(&mut inner, &mut known);
    body.push(Statement::Scope(Scope::function(name, parameters, inner, parser.since(start))));
}

/// What a function is given, in brackets: the last word before a type, a default or a comma, or of two the second.
pub(super) fn parameters(parser: &mut Parser<'_>) -> Vec<Assignment> {
    let mut all = Vec::new();
    if !parser.take("(") {
        return all;
    }
    while parser.token(0).is_some() && !parser.take(")") {
        let before = parser.at;
        let mut name = None;
        while let Some(token) = parser.token(0).filter(|token| matches!(token.kind, Kind::Word | Kind::Variable)) {
            let is_type_after = name.is_some() && TYPES_AFTER.contains(&parser.word());
            name = if is_type_after { name } else { Some(token) };
            parser.at += 1;
        }
        if parser.take(":") {
            skip_type(parser);
        }
        let value = parser.take("=").then(|| parser.expression());
        let declared = |token: Token| Assignment::declared(bare_name(parser.written(token)), token.range(), value, Declares::Parameter);
        all.extend(name.map(declared));
        parser.at += usize::from(parser.at == before || parser.is_mark(","));
    }
    all
}

fn of_type(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    parser.at += 1;
    let name = parser.path().pop();
    if parser.is_mark("<") {
        skip_angles(parser);
    }
    let mut inner: Vec<Statement> = parameters(parser).into_iter().map(Statement::Assign).collect();
    while !parser.is_mark("{") && !parser.is_mark("=") && !parser.is_end() && !parser.closes() {
        parser.at += 1;
    }
    if parser.is_mark("{") {
        inner.extend(block(parser));
        body.push(Statement::Scope(Scope::of_type(name, Vec::new(), inner, parser.since(start))));
    } else {
        body.extend(inner);
    }
}

/// What follows a word that declares: one name or several in brackets, with a type before or after.
fn declaration(parser: &mut Parser<'_>, declares: Declares, body: &mut Vec<Statement>) {
    let start = parser.start();
    if parser.is_mark("(") && !parser.of_kind(1, Kind::Word).is_empty() {
        // Several at once.
        parser.at += 1;
        if let Some(inner) = parser.deeper(|parser| statements(parser, false)) {
            body.extend(inner);
        }
        parser.take(")");
        return;
    }
    let mut words = Vec::new();
    while words.len() < LONGEST_TYPE {
        match parser.token(0) {
            Some(token) if matches!(token.kind, Kind::Word | Kind::Variable) => words.push(token),
            Some(token) if matches!(parser.written(token), "." | "*" | "&" | "::" | "?") && !words.is_empty() => {}
            Some(token) if parser.written(token) == "<" => {
                skip_angles(parser);
                continue;
            }
            Some(token) if parser.written(token) == "[" && parser.of_kind(1, Kind::Mark) == "]" => parser.at += 1,
            _ => break,
        }
        parser.at += 1;
    }
    let is_after = words.last().is_some_and(|last| TYPES_AFTER.contains(&parser.written(*last)));
    let Some(token) = (if is_after { words.first() } else { words.last() }).copied() else { return };
    if parser.take(":") {
        skip_type(parser);
    }
    let value = (parser.take("=") || parser.take(":=") || parser.take("<-")).then(|| parser.valued());
    let name = bare_name(parser.written(token)).to_owned();
    if value.is_none() && parser.is_mark("{") {
        // What a getter gives back.
        let inner = block(parser);
        return body.push(Statement::Scope(Scope::function(Some(name), Vec::new(), inner, parser.since(start))));
    }
    body.push(Statement::Assign(Assignment::declared(&name, token.range(), value, declares)));
}

/// How many words ahead the name stands that follows a type: `String x`, `List<String> x`, `char *x[]`.
fn typed_name(parser: &Parser<'_>) -> Option<usize> {
    let (mut ahead, mut depth, mut last) = (0, 0_usize, None);
    while ahead < LONGEST_TYPE {
        let token = parser.token(ahead)?;
        match (token.kind, parser.written(token)) {
            (Kind::Word, word) if depth == 0 => {
                if last.is_some() && BETWEEN.contains(&word) {
                    return None;
                }
                let follows = parser.of_kind(ahead + 1, Kind::Mark);
                let is_declared = last.is_some()
                    && (matches!(follows, "=" | "(" | "[") || parser.token(ahead + 1).is_none_or(|next| next.kind == Kind::End));
                if is_declared {
                    return Some(ahead);
                }
                last = Some(ahead);
            }
            (Kind::Mark, "<") if last.is_some() => depth += 1,
            (Kind::Mark, ">") if depth > 0 => depth -= 1,
            (Kind::Mark, "?" | "*" | "&" | "." | "::") if last.is_some() && depth == 0 => {
                // A member is no second word.
                if matches!(parser.written(token), "." | "::") {
                    ahead += 1;
                }
            }
            (Kind::Mark, "[") if parser.of_kind(ahead + 1, Kind::Mark) == "]" => ahead += 1,
            _ if depth > 0 => {}
            _ => return None,
        }
        ahead += 1;
    }
    None
}

/// What is declared by its type: variables, or a function.
fn typed(parser: &mut Parser<'_>, name: usize, body: &mut Vec<Statement>) {
    let start = parser.start();
    let of_type = parser.word().to_owned();
    let declared = parser.token(name);
    let is_function = parser.of_kind(name + 1, Kind::Mark) == "(";
    let is_field = TYPES_AFTER.contains(&parser.of_kind(name, Kind::Word));
    if is_function && !parser.dialect.minds_blanks {
        parser.at += name;
        return function(parser, start, body);
    }
    if parser.dialect.minds_blanks {
        return plain(parser, body);
    }
    let declared = if is_field { parser.token(0) } else { declared };
    parser.at += name + 1;
    if parser.take("[") {
        parser.skip_to("[", "]");
    }
    let value = parser.take("=").then(|| parser.valued());
    let Some(token) = declared else { return };
    let assignment = Assignment::declared(parser.written(token), token.range(), value, Declares::Variable);
    let of_type = (!is_field).then(|| vec![of_type]);
    body.push(Statement::Assign(Assignment { of_type, ..assignment }));
}

/// An assignment, a call, or anything else.
fn plain(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    let target = parser.operand();
    if parser.is_mark(":") && !parser.of_kind(1, Kind::Word).is_empty() {
        parser.at += 1;
        skip_type(parser);
    }
    if ["=", ":=", "<-", "+=", ".=", "||=", "??=", "?="].iter().any(|mark| parser.take(mark)) {
        let value = parser.valued();
        return body.push(assigned(target, value, parser.since(start)));
    }
    // `#define NAME "value"`.
    let is_defined = parser.at >= 2 && parser.tokens.get(parser.at - 2).is_some_and(|token| parser.written(*token) == "define");
    if is_defined && parser.token(0).is_some_and(|token| token.kind == Kind::Text) {
        let value = parser.expression();
        return body.push(assigned(target, value, parser.since(start)));
    }
    let is_call = matches!(target.form, Form::Name(_) | Form::Member(..)) && parser.begins_arguments(parser.dialect.minds_blanks);
    let whole = if is_call { parser.called_bare(target) } else { parser.chain(target) };
    let whole = parser.composed(whole);
    body.push(evaluated(whole));
}

/// A type after a colon, up to what follows it.
fn skip_type(parser: &mut Parser<'_>) {
    for _ in 0..LONGEST_TYPE {
        if parser.is_end() || matches!(parser.of_kind(0, Kind::Mark), "=" | "," | ")" | "}" | "{" | ":=") {
            return;
        }
        match parser.of_kind(0, Kind::Mark) {
            "<" => skip_angles(parser),
            "(" => {
                parser.at += 1;
                parser.skip_to("(", ")");
            }
            "[" => {
                parser.at += 1;
                parser.skip_to("[", "]");
            }
            _ => parser.at += 1,
        }
    }
}

/// Past `<…>`, or past its first bracket where it is none.
fn skip_angles(parser: &mut Parser<'_>) {
    let before = parser.at;
    let mut depth = 0_usize;
    for _ in 0..LONGEST_TYPE {
        match parser.of_kind(0, Kind::Mark) {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            _ if parser.is_end() => break,
            _ => {}
        }
        parser.at += 1;
        if depth == 0 {
            return;
        }
    }
    parser.at = before + 1;
}
