//! Statements and expressions, as far as they are alike.

use std::collections::BTreeSet;

use crate::collect::source::{
    languages::lexed::{
        Parser, assigned, bare_name, evaluated,
        tokens::{Kind, Token},
    },
    program::{Argument, Assignment, Call, Declares, Expression, Field, Form, Scope, Statement, declare_first},
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
/// Words that stand before a value.
const BEFORE_VALUES: &[&str] = &["new", "await", "throw", "raise", "yield", "not", "try", "move", "ref", "const", "final"];
/// Words that no argument begins with.
const BETWEEN: &[&str] = &[
    "if", "unless", "while", "until", "do", "and", "or", "in", "is", "as", "to", "then", "else", "rescue", "where", "by", "of", "eq", "ne",
];
/// The types of a language that writes them after the name and nothing between: `const token string = "…"`.
const TYPES_AFTER: &[&str] = &["string", "byte", "bool", "int", "rune", "error", "uint", "int64", "float64"];
/// A longer number is a code, of which headers have many by the names of credentials: `ERROR_INVALID_PASSWORD = 1216`.
const LONGEST_SWITCH: usize = 2;
/// How many words a type may have.
const LONGEST_TYPE: usize = 24;

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

fn statement(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    let word = parser.word();
    let is_followed = !parser.of_kind(1, Kind::Word).is_empty();
    match word {
        "return" => {
            parser.at += 1;
            if !parser.is_end() {
                let value = valued(parser);
                body.push(Statement::Return(value));
            }
        }
        _ if IMPORTS.contains(&word) && !parser.token(1).is_some_and(|next| next.kind == Kind::Mark) => parser.skip_line(),
        _ if is_key(parser) => {
            let field = field(parser);
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

/// `name: value`, `"name" => value`, where a list may have it.
fn is_key(parser: &Parser<'_>) -> bool {
    let is_name = parser.token(0).is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Text | Kind::Variable));
    is_name && matches!(parser.of_kind(1, Kind::Mark), ":" | "=>") && parser.token(2).is_some_and(|next| next.kind != Kind::End)
}

/// A name, the mark after it, and its value.
fn field(parser: &mut Parser<'_>) -> Option<Field> {
    let token = parser.token(0)?;
    let start = parser.start();
    let name = name_of(parser, token)?;
    parser.at += 2;
    let value = valued(parser);
    Some(Field { name, value, range: parser.since(start) })
}

/// What a key says.
fn name_of(parser: &Parser<'_>, token: Token) -> Option<String> {
    let written = parser.written(token);
    match token.kind {
        Kind::Text => match (parser.dialect.text)(written, 0) {
            Form::Text(text) | Form::Name(text) => Some(text),
            _ => None,
        },
        _ => Some(bare_name(written).to_owned()),
    }
}

/// What a type holds, or a table.
fn declared_field(field: Field) -> Statement {
    let Field { name, value, range } = field;
    Statement::Assign(Assignment::changed(Expression::new(Form::Name(name), range.clone()), value, range))
}

fn block(parser: &mut Parser<'_>) -> Vec<Statement> {
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
    if parser.is_mark("(") && parser.of_kind(1, Kind::Word) != "" {
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
        let value = valued(parser);
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
fn parameters(parser: &mut Parser<'_>) -> Vec<Assignment> {
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
    let value = (parser.take("=") || parser.take(":=") || parser.take("<-")).then(|| valued(parser));
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
    let value = parser.take("=").then(|| valued(parser));
    let Some(token) = declared else { return };
    let assignment = Assignment::declared(parser.written(token), token.range(), value, Declares::Variable);
    let of_type = (!is_field).then(|| vec![of_type]);
    body.push(Statement::Assign(Assignment { of_type, ..assignment }));
}

/// An assignment, a call, or anything else.
fn plain(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    let start = parser.start();
    let target = parser.operand();
    if parser.is_mark(":") && parser.of_kind(1, Kind::Word) != "" {
        parser.at += 1;
        skip_type(parser);
    }
    if ["=", ":=", "<-", "+=", ".=", "||=", "??=", "?="].iter().any(|mark| parser.take(mark)) {
        let value = valued(parser);
        return body.push(assigned(target, value, parser.since(start)));
    }
    // `#define NAME "value"`.
    let is_defined = parser.at >= 2 && parser.tokens.get(parser.at - 2).is_some_and(|token| parser.written(*token) == "define");
    if is_defined && parser.token(0).is_some_and(|token| token.kind == Kind::Text) {
        let value = parser.expression();
        return body.push(assigned(target, value, parser.since(start)));
    }
    let whole = if begins_arguments(parser, &target) { called_bare(parser, target) } else { parser.chain(target) };
    let whole = composed(parser, whole);
    body.push(evaluated(whole));
}

/// Whether what is called is followed by what it is given, without brackets.
fn begins_arguments(parser: &Parser<'_>, callee: &Expression) -> bool {
    let Some(next) = parser.token(0).filter(|next| next.is_spaced) else { return false };
    let is_name = matches!(callee.form, Form::Name(_) | Form::Member(..));
    let may_begin = match next.kind {
        Kind::Text | Kind::Variable => true,
        Kind::Word => parser.dialect.minds_blanks && !BETWEEN.contains(&parser.word()),
        _ => false,
    };
    is_name && may_begin
}

fn called_bare(parser: &mut Parser<'_>, callee: Expression) -> Expression {
    let start = callee.range.start;
    let mut arguments = Vec::new();
    loop {
        let name = parser.name_of_argument().map(str::to_owned);
        let value = parser.expression();
        arguments.push(Argument { name, value });
        if !parser.take(",") {
            break;
        }
        parser.skip_ends();
    }
    Expression::new(Form::Call(Box::new(Call { callee, arguments, creates: false, fields: Vec::new() })), parser.since(start))
}

/// A value, with the fields or the function in braces that may follow it.
fn valued(parser: &mut Parser<'_>) -> Expression {
    let first = parser.expression();
    let start = first.range.start;
    let value = if parser.take("=>") { arrow(parser, start) } else { composed(parser, first) };
    if !parser.take("=") {
        return value;
    }
    // `a = b = c`, `a = b..c = d`.
    let assigned = parser.deeper(valued).unwrap_or(Expression::other(start..start));
    let range = parser.since(start);
    Expression::new(Form::Assigned(Box::new(Assignment::changed(value, assigned, range.clone()))), range)
}

/// A function of one expression, past its parameters: `(a, b) => value`.
fn arrow(parser: &mut Parser<'_>, start: usize) -> Expression {
    let given = if parser.is_mark("{") { block(parser) } else { vec![Statement::Return(parser.expression())] };
    let range = parser.since(start);
    Expression::new(Form::Function(Box::new(Scope::function(None, Vec::new(), given, range.clone()))), range)
}

fn composed(parser: &mut Parser<'_>, value: Expression) -> Expression {
    if !parser.is_mark("{") || value.path().is_none() {
        return value;
    }
    let start = value.range.start;
    let call = match braces(parser).form {
        Form::Object(fields) => Call { callee: value, arguments: Vec::new(), creates: true, fields },
        form => {
            let given = Argument { name: None, value: Expression::new(form, parser.since(start)) };
            Call { callee: value, arguments: vec![given], creates: false, fields: Vec::new() }
        }
    };
    Expression::new(Form::Call(Box::new(call)), parser.since(start))
}

/// Names with values, or a function without a name.
fn braces(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    let (mut fields, mut body) = (Vec::new(), Vec::new());
    parser.at += 1;
    let done = parser.deeper(|parser| {
        loop {
            while parser.is_mark(",") || parser.token(0).is_some_and(|token| token.kind == Kind::End) {
                parser.at += 1;
            }
            if parser.token(0).is_none() || parser.closes() {
                break;
            }
            let before = parser.at;
            if parser.take("->") || parser.take_word("in") {
                // What stood before are parameters.
                body.clear();
            } else if is_key(parser) {
                fields.extend(field(parser));
            } else {
                statement(parser, &mut body);
            }
            parser.at += usize::from(parser.at == before);
        }
        parser.take("}");
    });
    if done.is_none() {
        parser.skip_to("{", "}");
    }
    let range = parser.since(start);
    if body.is_empty() {
        return Expression::new(Form::Object(fields), range);
    }
    // What comes last is given back.
    body = match body.pop() {
        Some(Statement::Evaluate(value)) => body.into_iter().chain([Statement::Return(value)]).collect(),
        last => body.into_iter().chain(last).collect(),
    };
    body.extend(fields.into_iter().map(declared_field));
    Expression::new(Form::Function(Box::new(Scope::function(None, Vec::new(), body, range.clone()))), range)
}

/// An expression that is no name, text or number.
pub(super) fn primary(parser: &mut Parser<'_>) -> Option<Expression> {
    let start = parser.start();
    if let Some(found) = pair(parser).or_else(|| looked_up(parser)) {
        return Some(found);
    }
    if parser.of_kind(0, Kind::Number).len() > LONGEST_SWITCH {
        parser.at += 1;
        return Some(Expression::other(parser.since(start)));
    }
    let word = parser.word();
    let form = match word {
        "true" | "True" | "TRUE" | "YES" => Form::Truth(true),
        "false" | "False" | "FALSE" | "NO" => Form::Truth(false),
        "nil" | "null" | "None" | "undef" | "NULL" | "nullptr" | "Nil" => Form::Nothing,
        "if" => return Some(either(parser)),
        "func" | "fn" | "fun" | "function" | "sub" if parser.of_kind(1, Kind::Mark) == "(" || parser.of_kind(1, Kind::Mark) == "{" => {
            parser.at += 1;
            let parameters = parameters(parser);
            while !parser.is_mark("{") && !parser.is_end() && !parser.closes() {
                parser.at += 1;
            }
            let inner = block(parser);
            let range = parser.since(start);
            return Some(Expression::new(Form::Function(Box::new(Scope::function(None, parameters, inner, range.clone()))), range));
        }
        _ if BEFORE_VALUES.contains(&word)
            && parser.token(1).is_some_and(|next| matches!(next.kind, Kind::Word | Kind::Text | Kind::Variable)) =>
        {
            parser.at += 1;
            return Some(parser.operand());
        }
        "" => return marked(parser),
        _ => return composite(parser),
    };
    parser.at += 1;
    Some(Expression::new(form, parser.since(start)))
}

/// What begins with a mark.
fn marked(parser: &mut Parser<'_>) -> Option<Expression> {
    let start = parser.start();
    match parser.of_kind(0, Kind::Mark) {
        "!" => Some(parser.denied(start)),
        "-" | "&" | "*" | "%" | "+" | "\\" | "@" | "..." | "." => {
            parser.at += 1;
            Some(parser.operand())
        }
        "{" => Some(braces(parser)),
        "[" => {
            parser.at += 1;
            let elements = parser.list("]");
            let is_type = parser.token(0).is_some_and(|next| !next.is_spaced && (next.kind == Kind::Word || parser.is_mark("[")));
            if let Some(composite) = is_type.then(|| composite(parser)).flatten() {
                return Some(composite);
            }
            Some(Expression::new(listed(elements), parser.since(start)))
        }
        _ => None,
    }
}

/// What stands in square brackets: values, or names with values.
fn listed(elements: Vec<Argument>) -> Form {
    let is_table =
        !elements.is_empty() && elements.iter().all(|element| element.name.is_some() || matches!(&element.value.form, Form::Object(_)));
    if !is_table {
        return Form::List(elements.into_iter().map(|element| element.value).collect());
    }
    let fields = elements.into_iter().flat_map(|Argument { name, value }| match (name, value) {
        (Some(name), value) => {
            let range = value.range.clone();
            vec![Field { name, value, range }]
        }
        (None, Expression { form: Form::Object(fields), .. }) => fields,
        (None, _) => Vec::new(),
    });
    Form::Object(fields.collect())
}

/// `"name" => value`, `"name" to value`, `"name": value`.
fn pair(parser: &mut Parser<'_>) -> Option<Expression> {
    let token = parser.token(0).filter(|token| matches!(token.kind, Kind::Text | Kind::Word))?;
    let is_text = token.kind == Kind::Text;
    let before = parser.at.checked_sub(1).and_then(|before| parser.tokens.get(before));
    let begins = before.is_none_or(|before| before.kind == Kind::End || matches!(parser.written(*before), "{" | "[" | "(" | ","));
    let is_pair = match parser.of_kind(1, Kind::Mark) {
        "=>" => true,
        "->" => is_text,
        ":" => is_text && begins,
        _ => is_text && parser.of_kind(1, Kind::Word) == "to",
    };
    let start = parser.start();
    let field = if is_pair { field(parser) } else { None }?;
    Some(Expression::new(Form::Object(vec![field]), parser.since(start)))
}

/// What is looked up in braces: `$x{name}`, `$x->{name}`.
fn looked_up(parser: &mut Parser<'_>) -> Option<Expression> {
    let token = parser.token(0).filter(|token| token.kind == Kind::Variable)?;
    let opens = |parser: &Parser<'_>| {
        let arrow = usize::from(parser.of_kind(0, Kind::Mark) == "->");
        let is_next = parser.token(arrow).is_some_and(|next| !next.is_spaced && parser.of_kind(arrow, Kind::Mark) == "{");
        is_next.then_some(arrow + 1)
    };
    let start = parser.start();
    let mut whole = Expression::new(Form::Name(bare_name(parser.written(token)).to_owned()), token.range());
    parser.at += 1;
    while let Some(past) = opens(parser) {
        parser.at += past;
        let key = parser.token(0).filter(|key| matches!(key.kind, Kind::Word | Kind::Text)).and_then(|key| name_of(parser, key));
        parser.skip_to("{", "}");
        let range = parser.since(start);
        let Some(key) = key else { return Some(Expression::other(range)) };
        let key = Expression::new(Form::Text(key), range.clone());
        whole = Expression::new(Form::Index(Box::new(whole), Box::new(key)), range);
    }
    Some(whole)
}

/// A type with its fields in braces right after it: `oauth2.Config{…}`, `map[string]string{…}`.
fn composite(parser: &mut Parser<'_>) -> Option<Expression> {
    let mut ahead = 0;
    while ahead < LONGEST_TYPE {
        let token = parser.token(ahead)?;
        let is_open = parser.written(token) == "{";
        if is_open && ahead > 0 && !token.is_spaced {
            break;
        }
        let is_of_type = token.kind == Kind::Word || matches!(parser.written(token), "." | "[" | "]" | "*" | "::");
        if !is_of_type || (ahead > 0 && token.is_spaced) {
            return None;
        }
        ahead += 1;
    }
    let start = parser.start();
    let callee = {
        let path = parser.path();
        while !parser.is_mark("{") && parser.token(0).is_some() {
            parser.at += 1;
        }
        Expression::of_path(&path, parser.since(start))
    };
    match braces(parser).form {
        Form::Object(fields) => {
            let call = Call { callee, arguments: Vec::new(), creates: true, fields };
            Some(Expression::new(Form::Call(Box::new(call)), parser.since(start)))
        }
        form => Some(Expression::new(form, parser.since(start))),
    }
}

/// `if (…) one else other`.
fn either(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    parser.at += 1;
    let asked = parser.operand();
    let mut branches = vec![branch(parser)];
    if parser.take_word("else") {
        branches.push(branch(parser));
    }
    Expression::new(Expression::either(Some(asked), branches), parser.since(start))
}

fn branch(parser: &mut Parser<'_>) -> Expression {
    if !parser.is_mark("{") {
        return parser.expression();
    }
    let start = parser.start();
    let last = block(parser).pop();
    match last {
        Some(Statement::Evaluate(value) | Statement::Return(value)) => value,
        _ => Expression::other(parser.since(start)),
    }
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
