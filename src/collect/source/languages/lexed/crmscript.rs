//! `CRMScript`, the script language of the platform: C-like, with declarations.

use std::collections::BTreeSet;

use super::{
    Dialect, Operator, Parser,
    tokens::{Kind, Lexeme, line, past, quoted},
    unescaped,
};
use crate::collect::source::{
    document::{Document, Reading},
    program::{Assignment, Declares, Expression, Form, Scope, Statement, declare_first},
};

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".crmscript", ".ejscript", ".ejs.txt"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    super::read(document, &DIALECT)
}

static DIALECT: Dialect = Dialect {
    lex,
    marks: &["==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "++", "--", "->", "::"],
    continues: None,
    chains: false,
    operator,
    primary,
    text,
    names_argument: &[],
    has_brackets: true,
    minds_blanks: false,
    statements: whole,
};

fn lex(rest: &str, starts_line: bool) -> Option<Lexeme> {
    match rest.chars().next()? {
        '/' if rest.starts_with("//") => Some(Lexeme::Comment(line(rest))),
        '/' if rest.starts_with("/*") => Some(Lexeme::Comment(past(rest, 2, "*/"))),
        '"' => Some(Lexeme::Token(Kind::Text, quoted(rest, 1, '"', Some('\\'), false, true))),
        '\'' => Some(Lexeme::Token(Kind::Text, quoted(rest, 1, '\'', Some('\\'), false, false))),
        '#' if starts_line => Some(Lexeme::Nothing(line(rest))),
        ';' => Some(Lexeme::Token(Kind::End, 1)),
        _ => None,
    }
}

fn operator(written: &str) -> Option<Operator> {
    Some(match written {
        "+" => Operator::Join,
        "!=" => Operator::Differ,
        "==" | "<" | ">" | "<=" | ">=" => Operator::Compare,
        "&&" | "||" | "-" | "*" | "/" | "%" | "?" | ":" => Operator::Other,
        _ => return None,
    })
}

fn text(written: &str, _: usize) -> Form {
    let quote = written.chars().next().unwrap_or('"');
    let inside = written.strip_prefix(quote).unwrap_or(written);
    Form::Text(unescaped(inside.strip_suffix(quote).unwrap_or(inside)))
}

fn primary(parser: &mut Parser<'_>) -> Option<Expression> {
    let start = parser.start();
    let form = match parser.word().to_ascii_lowercase().as_str() {
        "true" => Form::Truth(true),
        "false" => Form::Truth(false),
        "null" => Form::Nothing,
        "new" => {
            parser.at += 1;
            return Some(parser.operand());
        }
        _ if parser.is_mark("!") => return Some(parser.denied(start)),
        _ if parser.is_mark("-") => {
            parser.at += 1;
            return Some(parser.operand());
        }
        _ => return None,
    };
    parser.at += 1;
    Some(Expression::new(form, parser.since(start)))
}

fn whole(parser: &mut Parser<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    while parser.token(0).is_some() {
        body.extend(statements(parser));
        // A bracket that closes nothing.
        parser.at += 1;
    }
    declare_first(&mut body, &mut BTreeSet::new());
    body
}

fn statements(parser: &mut Parser<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    loop {
        parser.skip_ends();
        if parser.token(0).is_none() || parser.is_mark("}") {
            return body;
        }
        let before = parser.at;
        statement(parser, &mut body);
        if parser.at == before {
            parser.at += 1;
        }
    }
}

fn block(parser: &mut Parser<'_>) -> Vec<Statement> {
    if !parser.take("{") {
        return Vec::new();
    }
    if let Some(body) = parser.deeper(statements) {
        parser.take("}");
        return body;
    }
    parser.skip_to("{", "}");
    Vec::new()
}

fn statement(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    match parser.word() {
        "if" | "while" | "for" | "switch" => {
            parser.at += 1;
            let condition = parser.expression();
            let inner = block(parser);
            body.push(Statement::Scope(Scope::block(inner, Some(condition), parser.since(start))));
        }
        "return" => {
            parser.at += 1;
            if !parser.is_end() {
                let value = parser.expression();
                body.push(Statement::Return(value));
            }
        }
        "else" | "do" | "try" | "catch" | "case" | "default" | "const" | "final" | "public" | "private" | "static" => parser.at += 1,
        "struct" | "class" => {
            parser.at += 1;
            let name = parser.path().pop();
            let inner = block(parser);
            body.push(Statement::Scope(Scope::of_type(name, Vec::new(), inner, parser.since(start))));
        }
        _ if parser.is_mark("{") => {
            let inner = block(parser);
            body.push(Statement::Scope(Scope::block(inner, None, parser.since(start))));
        }
        _ if declares(parser) => declaration(parser, body),
        _ => {
            let target = parser.operand();
            if parser.take("=") || parser.take("+=") {
                let value = parser.expression();
                body.push(super::assigned(target, value, parser.since(start)));
            } else {
                let whole = parser.chain(target);
                body.push(super::evaluated(whole));
            }
        }
    }
}

/// Whether a type and a name follow each other: `String x`, `String[] x`.
fn declares(parser: &Parser<'_>) -> bool {
    let is_array = parser.of_kind(1, Kind::Mark) == "[" && parser.of_kind(2, Kind::Mark) == "]";
    !parser.word().is_empty() && !parser.of_kind(if is_array { 3 } else { 1 }, Kind::Word).is_empty()
}

fn declaration(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    let of_type = declared_type(parser);
    if parser.of_kind(1, Kind::Mark) == "(" {
        return function(parser, start, body);
    }
    while let Some(mut declared) = declarator(parser, Declares::Variable) {
        declared.of_type.clone_from(&of_type);
        body.push(Statement::Assign(declared));
        if !parser.take(",") {
            break;
        }
    }
}

/// The type, its brackets taken too; absent for one of the language's own.
fn declared_type(parser: &mut Parser<'_>) -> Option<Vec<String>> {
    let name = parser.word().to_owned();
    parser.at += 1;
    if parser.take("[") {
        parser.take("]");
    }
    let is_own = matches!(name.as_str(), "String" | "Integer" | "Bool" | "Float" | "Void" | "Vector" | "Map");
    (!is_own).then(|| vec![name])
}

fn declarator(parser: &mut Parser<'_>, declares: Declares) -> Option<Assignment> {
    let token = parser.token(0).filter(|token| token.kind == Kind::Word)?;
    let name = parser.written(token).to_owned();
    parser.at += 1;
    if parser.take("[") {
        parser.skip_to("[", "]");
    }
    let value = parser.take("=").then(|| parser.expression());
    Some(Assignment::declared(&name, token.range(), value, declares))
}

fn function(parser: &mut Parser<'_>, start: usize, body: &mut Vec<Statement>) {
    let name = parser.word().to_owned();
    // A variable may be made with what stands in brackets, which looks alike up to what follows them.
    let called = parser.at;
    parser.at += 2;
    let mut parameters = Vec::new();
    while parser.token(0).is_some() && !parser.take(")") {
        if declares(parser) {
            let of_type = declared_type(parser);
            parameters.extend(declarator(parser, Declares::Parameter).map(|parameter| Assignment { of_type, ..parameter }));
        } else if parser.is_end() || parser.is_mark("{") {
            break;
        } else {
            parser.at += 1;
        }
    }
    if !parser.is_mark("{") {
        parser.at = called;
        let made = parser.expression();
        return body.push(super::evaluated(made));
    }
    let inner = block(parser);
    body.push(Statement::Scope(Scope::function(Some(name), parameters, inner, parser.since(start))));
}
