//! PowerShell.

use std::collections::BTreeSet;

use super::{
    Dialect, Operator, Parser, alone, bare_name, hole,
    tokens::{Kind, Lexeme, line, past, quoted, run},
};
use crate::collect::source::{
    document::{Document, Reading},
    languages::lowering,
    program::{Argument, Assignment, Call, Declares, Expression, Field, Form, Scope, Statement, declare_first},
};

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".ps1", ".psm1", ".psd1"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    super::read(document, &DIALECT)
}

static DIALECT: Dialect = Dialect {
    lex,
    marks: &["::", "??=", "??", "?.", "+=", "-=", "||", "&&", "@{", "@(", "$("],
    continues: Some(&[",", "|", "=", "+", "(", "::", "+=", "||", "&&", "??", "@(", "$("]),
    chains: false,
    operator,
    primary,
    text,
    names_argument: &[],
    has_brackets: true,
    minds_blanks: true,
    statements: whole,
};

/// Longer pipelines are cut; the rest is read as one of its own.
const LONGEST_PIPELINE: usize = 16;

/// Past a text of several lines, which ends with its quote at the beginning of a line; within a file of another format the line is indented.
fn past_here_string(rest: &str, quote: char) -> usize {
    let mut at = 0;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        let bare = line.trim_start_matches([' ', '\t']);
        if number > 0 && bare.starts_with(quote) && bare.get(1..).is_some_and(|rest| rest.starts_with('@')) {
            return at + line.len() - bare.len() + 2;
        }
        at += line.len();
    }
    rest.len()
}

fn lex(rest: &str, _: bool) -> Option<Lexeme> {
    let mut characters = rest.chars();
    let (first, second) = (characters.next()?, characters.next().unwrap_or('\n'));
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    Some(match first {
        '#' => Lexeme::Comment(line(rest)),
        '<' if second == '#' => Lexeme::Comment(past(rest, 2, "#>")),
        '@' if matches!(second, '\'' | '"') => Lexeme::Token(Kind::Text, past_here_string(rest, second)),
        '\'' => Lexeme::Token(Kind::Text, quoted(rest, 1, '\'', None, true, true)),
        '"' => Lexeme::Token(Kind::Text, quoted(rest, 1, '"', Some('`'), true, true)),
        '`' => Lexeme::Nothing(if second == '\r' { 3.min(rest.len()) } else { 1 + second.len_utf8() }),
        ';' => Lexeme::Token(Kind::End, 1),
        '$' if second == '{' => Lexeme::Token(Kind::Variable, past(rest, 2, "}")),
        '$' if is_name(second) || matches!(second, '?' | '^') => Lexeme::Token(Kind::Variable, variable(rest)),
        '-' if second.is_alphabetic() => Lexeme::Token(Kind::Parameter, 1 + run(rest.get(1..)?, is_name)),
        _ if first.is_alphabetic() || first == '_' => {
            Lexeme::Token(Kind::Word, run(rest, |character| is_name(character) || character == '-'))
        }
        _ => return None,
    })
}

/// `$name`, `$scope:name`; but in `$type::member` the colons are a mark.
fn variable(rest: &str) -> usize {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let inside = rest.get(1..).unwrap_or("");
    let first = run(inside, is_name).max(inside.chars().next().map_or(0, char::len_utf8));
    let after = inside.get(first..).and_then(|after| after.strip_prefix(':')).unwrap_or("");
    let scoped = run(after, is_name);
    1 + first + if scoped == 0 { 0 } else { 1 + scoped }
}

fn operator(written: &str) -> Option<Operator> {
    const COMPARING: [&str; 11] = ["-eq", "-ceq", "-ieq", "-gt", "-lt", "-ge", "-le", "-like", "-match", "-contains", "-in"];
    const DIFFERING: [&str; 5] = ["-ne", "-cne", "-ine", "-notlike", "-notmatch"];
    const OTHER: [&str; 14] = ["-and", "-or", "-xor", "-band", "-bor", "-bxor", "-replace", "-split", "-is", "-as", "-", "*", "/", "%"];
    let lower = written.to_ascii_lowercase();
    match lower.as_str() {
        "+" | "-f" | "-join" => Some(Operator::Join),
        "??" => Some(Operator::Either),
        _ if DIFFERING.contains(&lower.as_str()) => Some(Operator::Differ),
        _ if COMPARING.contains(&lower.as_str()) => Some(Operator::Compare),
        _ => OTHER.contains(&lower.as_str()).then_some(Operator::Other),
    }
}

/// `'…'` as it is, `"…"` with escapes and variables, both also over lines between `@"` and `"@`.
fn text(written: &str, start: usize) -> Form {
    let is_here = written.starts_with('@');
    let bare = written.strip_prefix('@').unwrap_or(written);
    let quote = if bare.starts_with('\'') { '\'' } else { '"' };
    let inside = bare.strip_prefix(quote).unwrap_or(bare);
    let inside = inside.strip_suffix('@').filter(|_| is_here).unwrap_or(inside);
    let inside = inside.strip_suffix(quote).unwrap_or(inside);
    let inside = if is_here { inside.trim_matches(['\r', '\n']) } else { inside };
    let doubled: String = [quote, quote].iter().collect();
    let inside = if is_here { inside.to_owned() } else { inside.replace(&doubled, &quote.to_string()) };
    if quote == '\'' { Form::Text(inside) } else { expanded(&inside, start..start.saturating_add(written.len())) }
}

fn expanded(inside: &str, range: std::ops::Range<usize>) -> Form {
    let (mut parts, mut said, mut rest) = (Vec::new(), String::new(), inside);
    while let Some(at) = rest.find(['$', '`']) {
        let (before, marked) = rest.split_at(at);
        said.push_str(before);
        let second = marked.chars().nth(1);
        let length = match second {
            Some(character) if marked.starts_with('`') => {
                said.push_str(&lowering::unescaped(&format!("\\{character}")));
                rest = marked.get(1 + character.len_utf8()..).unwrap_or("");
                continue;
            }
            Some('(') => past(marked, 2, ")"),
            Some('{') => past(marked, 2, "}"),
            Some(character) if character.is_alphanumeric() || character == '_' => variable(marked),
            _ => 1,
        };
        let (written, left) = marked.split_at_checked(length).unwrap_or((marked, ""));
        if length == 1 {
            said.push_str(written);
        } else {
            parts.push(Expression::new(Form::Text(std::mem::take(&mut said)), range.clone()));
            parts.push(match written.strip_prefix("$(") {
                Some(inner) => hole(inner, range.clone()),
                None => named(written, range.clone()),
            });
        }
        rest = left;
    }
    said.push_str(rest);
    parts.push(Expression::new(Form::Text(said), range));
    lowering::joined(parts.into_iter().filter(|part| part.text() != Some("")).collect())
}

/// `$true`, `$null`, `$env:X`, `$x`.
fn named(written: &str, range: std::ops::Range<usize>) -> Expression {
    let name = bare_name(written);
    let form = match name.to_ascii_lowercase().as_str() {
        "true" => Form::Truth(true),
        "false" => Form::Truth(false),
        "null" => Form::Nothing,
        _ => match name.split_once(':') {
            Some((drive, name)) => return Expression::of_path(&[drive.to_ascii_lowercase().as_str(), name], range),
            None => Form::Name(name.to_owned()),
        },
    };
    Expression::new(form, range)
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

/// Up to a bracket that closes.
fn statements(parser: &mut Parser<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    loop {
        parser.skip_ends();
        if parser.token(0).is_none() || parser.is_mark("}") || parser.is_mark(")") {
            return body;
        }
        let before = parser.at;
        statement(parser, &mut body);
        if parser.at == before {
            parser.at += 1;
        }
    }
}

/// `{ … }`, if it is next.
fn block(parser: &mut Parser<'_>) -> Vec<Statement> {
    parser.skip_ends();
    if !parser.take("{") {
        return Vec::new();
    }
    let body = parser.deeper(statements);
    if body.is_none() {
        parser.skip_to("{", "}");
        return Vec::new();
    }
    parser.take("}");
    body.unwrap_or_default()
}

fn statement(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    match parser.word().to_ascii_lowercase().as_str() {
        "function" | "filter" | "workflow" => function(parser, body),
        "class" => {
            parser.at += 1;
            let name = parser.path().pop();
            while !parser.is_end() && !parser.is_mark("{") {
                parser.at += 1;
            }
            let mut inner = block(parser);
            declare_first(&mut inner, &mut BTreeSet::new());
            body.push(Statement::Scope(Scope::of_type(name, Vec::new(), inner, parser.since(start))));
        }
        "param" if parser.of_kind(1, Kind::Mark) == "(" => {
            parser.at += 2;
            body.extend(parameters(parser).into_iter().map(Statement::Assign));
        }
        "if" | "elseif" | "while" | "switch" | "for" | "foreach" | "until" if parser.of_kind(1, Kind::Mark) == "(" => {
            parser.at += 2;
            let condition = condition(parser, body);
            let inner = block(parser);
            body.push(Statement::Scope(Scope::block(inner, condition, parser.since(start))));
        }
        "else" | "try" | "finally" | "do" | "begin" | "process" | "end" | "dynamicparam" | "trap" | "catch" => {
            parser.at += 1;
            while parser.take("[") {
                parser.skip_to("[", "]");
            }
            let inner = block(parser);
            body.push(Statement::Scope(Scope::block(inner, None, parser.since(start))));
        }
        "return" => {
            parser.at += 1;
            if !parser.is_end() && !parser.closes() {
                let value = pipeline(parser);
                body.push(Statement::Return(value));
            }
        }
        "throw" | "exit" | "break" | "continue" | "hidden" | "static" => parser.at += 1,
        "using" => parser.skip_line(),
        _ if parser.is_mark("{") => {
            let inner = block(parser);
            body.push(Statement::Scope(Scope::block(inner, None, parser.since(start))));
        }
        _ => {
            let evaluated = pipeline(parser);
            body.push(super::evaluated(evaluated));
        }
    }
}

/// What a branch depends on; what else stands there is done before it.
fn condition(parser: &mut Parser<'_>, body: &mut Vec<Statement>) -> Option<Expression> {
    let asked = parser.deeper(statements).unwrap_or_default();
    parser.take(")");
    match alone(asked) {
        Ok(Statement::Evaluate(condition)) => return Some(condition),
        Ok(other) => body.push(other),
        Err(others) => body.extend(others),
    }
    None
}

fn function(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    parser.at += 1;
    let name = Some(parser.word().to_owned()).filter(|name| !name.is_empty());
    parser.at += usize::from(name.is_some());
    let listed = if parser.take("(") { parameters(parser) } else { Vec::new() };
    let mut inner = block(parser);
    let declared = inner.iter().filter_map(|statement| match statement {
        Statement::Assign(Assignment { target, declares: Some(Declares::Parameter), .. }) => {
            target.path()?.first().map(ToString::to_string)
        }
        _ => None,
    });
    let own = listed.iter().filter_map(|parameter| parameter.target.path()?.first().map(ToString::to_string));
    let mut known = declared.chain(own).collect();
    declare_first(&mut inner, &mut known);
    body.push(Statement::Scope(Scope::function(name, listed, inner, parser.since(start))));
}

/// `[Parameter()] [string] $Name = value, …`, up to and past the bracket.
fn parameters(parser: &mut Parser<'_>) -> Vec<Assignment> {
    let mut parameters = Vec::new();
    loop {
        parser.skip_ends();
        let Some(token) = parser.token(0) else { return parameters };
        if parser.take(")") {
            return parameters;
        }
        if parser.take("[") {
            parser.skip_to("[", "]");
        } else if token.kind == Kind::Variable {
            let name = bare_name(parser.written(token)).to_owned();
            parser.at += 1;
            let value = parser.take("=").then(|| parser.expression());
            parameters.push(Assignment::declared(&name, token.range(), value, Declares::Parameter));
        } else {
            parser.at += 1;
        }
    }
}

/// Commands and expressions with `|` between them: what one gives is passed to the next.
fn pipeline(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    let mut given = stage(parser);
    for _ in 0..LONGEST_PIPELINE {
        if !["|", "||", "&&"].iter().any(|mark| parser.take(mark)) {
            break;
        }
        parser.skip_ends();
        let next = stage(parser);
        let form = match next.form {
            Form::Call(mut call) => {
                call.arguments.push(Argument { name: None, value: given });
                Form::Call(call)
            }
            form => Form::Other(vec![given, Expression::new(form, next.range)]),
        };
        given = Expression::new(form, parser.since(start));
    }
    given
}

fn stage(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    let is_called = parser.take("&");
    if !parser.word().is_empty() {
        return command(parser);
    }
    let target = parser.operand();
    if is_called {
        return target;
    }
    if ["=", "+=", "??="].iter().any(|mark| parser.take(mark)) {
        parser.skip_ends();
        let value = parser.deeper(pipeline).unwrap_or(Expression::other(start..start));
        let assignment = Assignment::changed(target, value, parser.since(start));
        return Expression::new(Form::Assigned(Box::new(assignment)), parser.since(start));
    }
    let first = parser.chain(target);
    listed(parser, first)
}

/// `a, b, c`.
fn listed(parser: &mut Parser<'_>, first: Expression) -> Expression {
    let start = first.range.start;
    let mut parts = vec![first];
    while parser.take(",") {
        parser.skip_ends();
        parts.push(parser.expression());
    }
    match alone(parts) {
        Ok(only) => only,
        Err(parts) => Expression::new(Form::List(parts), parser.since(start)),
    }
}

fn ends_command(parser: &Parser<'_>) -> bool {
    parser.is_end() || parser.is_mark("|") || parser.is_mark("||") || parser.is_mark("&&") || (parser.closes() && !parser.is_mark(","))
}

/// `Verb-Noun value -Name value -Switch`.
fn command(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    let callee = Expression::new(Form::Name(parser.word().to_owned()), start..start.saturating_add(parser.word().len()));
    parser.at += 1;
    let mut arguments = Vec::new();
    while !ends_command(parser) {
        if parser.take(",") {
            continue;
        }
        let name = parser.of_kind(0, Kind::Parameter).strip_prefix('-').map(str::to_owned);
        let at = parser.token(0).map_or(start..start, super::tokens::Token::range);
        if name.is_some() {
            parser.at += 1;
            parser.take(":");
        }
        let is_switch = name.is_some() && (ends_command(parser) || !parser.of_kind(0, Kind::Parameter).is_empty());
        let value = if is_switch {
            Expression::new(Form::Truth(true), at)
        } else {
            let first = parser.operand();
            listed(parser, first)
        };
        arguments.push(Argument { name, value });
    }
    let (callee, arguments, creates, fields) = known_command(callee, arguments);
    Expression::new(Form::Call(Box::new(Call { callee, arguments, creates, fields })), parser.since(start))
}

/// A command that goes by the name of what it is in other languages.
const SECURE_STRING: &str = "convertto-securestring";
/// What no rule can name, so that a file that holds it is read whatever else it holds.
pub(in crate::collect::source) const SHARED: &[&str] = &[SECURE_STRING];

/// Commands that are something else in other languages: a creation, a conversion.
fn known_command(callee: Expression, mut arguments: Vec<Argument>) -> (Expression, Vec<Argument>, bool, Vec<Field>) {
    let name = callee.path().and_then(|path| path.first().copied()).unwrap_or("").to_ascii_lowercase();
    if name == SECURE_STRING {
        arguments.retain(|argument| !matches!(argument.value.form, Form::Truth(_)));
        let callee = Expression::new(Form::Name("SecretStr".to_owned()), callee.range);
        return (callee, arguments, false, Vec::new());
    }
    if name != "new-object" || arguments.is_empty() {
        return (callee, arguments, false, Vec::new());
    }
    let mut of = arguments.remove(0).value;
    // `New-Object Type("x")`, without a blank between them.
    if let Form::Call(call) = of.form {
        arguments.splice(0..0, call.arguments);
        of = call.callee;
    }
    let names: Vec<&str> = of.text().unwrap_or("").split('.').filter(|name| !name.is_empty()).collect();
    let callee = Expression::of_path(&names, of.range.clone());
    let is_fields = |argument: &Argument| argument.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("Property"));
    let mut fields = Vec::new();
    if let Some(at) = arguments.iter().position(is_fields)
        && let Form::Object(set) = arguments.remove(at).value.form
    {
        fields = set;
    }
    (callee, arguments, true, fields)
}

fn primary(parser: &mut Parser<'_>) -> Option<Expression> {
    let start = parser.start();
    let token = parser.token(0)?;
    let written = parser.written(token);
    match (token.kind, written) {
        (Kind::Variable, _) => {
            parser.at += 1;
            Some(named(written, token.range()))
        }
        (Kind::Word, _) => Some(bare_word(parser)),
        (Kind::Parameter, _) if written.eq_ignore_ascii_case("-not") => Some(parser.denied(start)),
        (Kind::Parameter, _) => {
            parser.at += 1;
            Some(parser.operand())
        }
        (Kind::Mark, "[") => Some(typed(parser)),
        (Kind::Mark, "@{") => {
            parser.at += 1;
            let fields = hashtable(parser);
            Some(Expression::new(Form::Object(fields), parser.since(start)))
        }
        (Kind::Mark, "(" | "$(" | "@(") => {
            parser.at += 1;
            let body = statements(parser);
            parser.take(")");
            Some(grouped(body, parser.since(start)))
        }
        (Kind::Mark, "{") => {
            let mut body = block(parser);
            // What a block says last is what it gives.
            if let (1, Some(Statement::Evaluate(_))) = (body.len(), body.last())
                && let Some(Statement::Evaluate(only)) = body.pop()
            {
                body.push(Statement::Return(only));
            }
            let scope = Scope::function(None, Vec::new(), body, parser.since(start));
            Some(Expression::new(Form::Function(Box::new(scope)), parser.since(start)))
        }
        (Kind::Mark, "!") => Some(parser.denied(start)),
        (Kind::Mark, "@" | "-" | "+") => {
            parser.at += 1;
            let operand = parser.operand();
            match operand.form {
                // `@splat` hands over what stands in a variable.
                Form::Text(name) if written == "@" => Some(Expression::new(Form::Name(name), operand.range)),
                form => Some(Expression::new(form, operand.range)),
            }
        }
        _ => None,
    }
}

fn grouped(body: Vec<Statement>, range: std::ops::Range<usize>) -> Expression {
    let value = |statement: Statement| match statement {
        Statement::Evaluate(value) | Statement::Return(value) => Some(value),
        Statement::Assign(assignment) => Some(Expression::new(Form::Assigned(Box::new(assignment)), range.clone())),
        Statement::Scope(scope) => Some(Expression::new(Form::Function(Box::new(scope)), range.clone())),
        Statement::Alias { .. } => None,
    };
    match alone(body.into_iter().filter_map(value).collect()) {
        Ok(only) => only,
        Err(parts) => Expression::new(Form::List(parts), range.clone()),
    }
}

/// A word without quotes goes on to the next blank.
fn bare_word(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    parser.at += 1;
    while !parser.is_end() && !parser.closes() && parser.token(0).is_some_and(|token| !token.is_spaced) && !parser.is_mark("(") {
        parser.at += 1;
    }
    let range = parser.since(start);
    Expression::new(Form::Text(parser.text.get(range.clone()).unwrap_or("").to_owned()), range)
}

/// `[Type]::Member`, or a cast, which changes nothing.
fn typed(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    parser.at += 1;
    let path = parser.path();
    if !parser.take("]") {
        parser.skip_to("[", "]");
    }
    let is_last = parser.is_end() || parser.closes() || parser.is_mark("::") || parser.is_mark("=") || parser.is_mark("|");
    if is_last || path.is_empty() { Expression::of_path(&path, parser.since(start)) } else { parser.operand() }
}

fn hashtable(parser: &mut Parser<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    loop {
        parser.skip_ends();
        let Some(token) = parser.token(0) else { return fields };
        if parser.take("}") {
            return fields;
        }
        let (before, start) = (parser.at, parser.start());
        let name = match token.kind {
            Kind::Text => match text(parser.written(token), start) {
                Form::Text(name) => name,
                _ => String::new(),
            },
            _ => bare_name(parser.written(token)).to_owned(),
        };
        parser.at += 1;
        if parser.take("=") {
            parser.skip_ends();
            let value = parser.deeper(pipeline).unwrap_or(Expression::other(start..start));
            fields.push(Field { name, value, range: parser.since(start) });
        }
        if parser.at == before {
            parser.at += 1;
        }
    }
}
