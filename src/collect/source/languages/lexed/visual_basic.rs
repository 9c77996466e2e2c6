//! Visual Basic .NET.

use super::{
    Dialect, Operator, Parser, assigned, bare_name, evaluated, hole,
    tokens::{Kind, Lexeme, line, quoted, run},
};
use crate::collect::source::{
    document::{Document, Reading},
    languages::{debug_builds, lowering},
    program::{Assignment, Call, Declares, Expression, Field, Form, Scope, ScopeKind, Statement},
};

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".vb", ".vbs", ".bas"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let mut reading = super::read(document, &DIALECT);
    debug_builds::guard(document.text, &mut reading);
    reading
}

static DIALECT: Dialect = Dialect {
    lex,
    marks: &[":=", "?.", "<>", "<=", ">=", "+=", "-=", "&=", "*="],
    continues: Some(&[",", "(", "{", "=", "&", "+", ".", ":=", "+=", "&=", "With", "From", "OrElse", "AndAlso", "Or", "And"]),
    chains: false,
    operator,
    primary,
    text,
    names_argument: &[":="],
    has_brackets: false,
    minds_blanks: false,
    statements: whole,
};

const MODIFIERS: [&str; 24] = [
    "Public",
    "Private",
    "Friend",
    "Protected",
    "Shared",
    "Shadows",
    "ReadOnly",
    "WriteOnly",
    "Overrides",
    "Overridable",
    "NotOverridable",
    "Overloads",
    "MustOverride",
    "MustInherit",
    "NotInheritable",
    "Static",
    "Partial",
    "Default",
    "WithEvents",
    "Async",
    "Iterator",
    "Dim",
    "Const",
    "Custom",
];

fn lex(rest: &str, starts_line: bool) -> Option<Lexeme> {
    let first = rest.chars().next()?;
    let is_continued = || rest.get(1..).is_some_and(|after| after.trim_start_matches([' ', '\t', '\r']).starts_with('\n'));
    match first {
        '\'' | '\u{2018}' | '\u{2019}' => Some(Lexeme::Comment(line(rest))),
        '"' => Some(Lexeme::Token(Kind::Text, quoted(rest, 1, '"', None, true, true))),
        '$' if rest.get(1..2) == Some("\"") => Some(Lexeme::Token(Kind::Text, quoted(rest, 2, '"', None, true, true))),
        '_' if is_continued() => Some(Lexeme::Nothing(rest.find('\n').map_or(rest.len(), |length| length + 1))),
        '#' if starts_line => Some(Lexeme::Nothing(line(rest))),
        '[' => {
            let length = run(rest.get(1..)?, |character| character.is_alphanumeric() || character == '_');
            (rest.get(1 + length..2 + length) == Some("]")).then_some(Lexeme::Token(Kind::Word, length + 2))
        }
        ':' if !rest.starts_with(":=") => Some(Lexeme::Token(Kind::End, 1)),
        'r' | 'R' if starts_line && run(rest, char::is_alphanumeric) == 3 && rest.get(..3)?.eq_ignore_ascii_case("rem") => {
            Some(Lexeme::Comment(line(rest)))
        }
        _ => None,
    }
}

fn operator(written: &str) -> Option<Operator> {
    Some(match written.to_ascii_lowercase().as_str() {
        "&" | "+" => Operator::Join,
        "<>" | "isnot" => Operator::Differ,
        "=" | "is" | "<" | ">" | "<=" | ">=" | "like" => Operator::Compare,
        "and" | "andalso" | "or" | "orelse" | "xor" | "mod" | "-" | "*" | "/" | "\\" | "^" => Operator::Other,
        _ => return None,
    })
}

/// `"…"` with quotes written twice, and `$"…{x}…"` with holes.
fn text(written: &str, start: usize) -> Form {
    let is_holed = written.starts_with('$');
    let inside = written.trim_start_matches('$');
    let inside = inside.strip_prefix('"').unwrap_or(inside);
    let inside = inside.strip_suffix('"').unwrap_or(inside).replace("\"\"", "\"");
    if !is_holed {
        return Form::Text(inside);
    }
    let (mut parts, mut rest) = (Vec::new(), inside.as_str());
    let range = start..start.saturating_add(written.len());
    while let Some((before, after)) = rest.split_once('{') {
        parts.push(Expression::new(Form::Text(before.to_owned()), range.clone()));
        let (inside_hole, left) = after.split_once('}').unwrap_or((after, ""));
        parts.push(hole(inside_hole, range.clone()));
        rest = left;
    }
    parts.push(Expression::new(Form::Text(rest.to_owned()), range));
    lowering::joined(parts.into_iter().filter(|part| part.text() != Some("")).collect())
}

fn whole(parser: &mut Parser<'_>) -> Vec<Statement> {
    body(parser, "")
}

/// Statements up to the `End` of the block, or to that of one around it.
fn body(parser: &mut Parser<'_>, closer: &'static str) -> Vec<Statement> {
    let mut body = Vec::new();
    parser.open.push(closer);
    loop {
        parser.skip_ends();
        let is_branch = closer == "if" && (parser.is_word("Else") || parser.is_word("ElseIf"));
        if parser.token(0).is_none() || is_branch || ends(parser, closer) {
            break;
        }
        let before = parser.at;
        statement(parser, &mut body);
        if parser.at == before {
            parser.at += 1;
        }
    }
    parser.open.pop();
    body
}

/// Whether an `End` closes the block, which takes it, or one around it, which leaves it there. One that closes nothing is passed over.
fn ends(parser: &mut Parser<'_>, closer: &str) -> bool {
    while parser.is_word("End") {
        let of = parser.of_kind(1, Kind::Word).to_ascii_lowercase();
        if of == closer {
            parser.at += 2;
            return true;
        }
        if !of.is_empty() && parser.open.iter().any(|open| *open == of) {
            return true;
        }
        parser.at += if of.is_empty() { 1 } else { 2 };
        parser.skip_ends();
    }
    parser.token(0).is_none()
}

fn statement(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    while parser.is_mark("<") {
        parser.at += 1;
        parser.skip_to("<", ">");
        parser.skip_ends();
    }
    let (mut declares, mut is_abstract) = (None, false);
    while let Some(modifier) = MODIFIERS.iter().find(|modifier| parser.is_word(modifier)) {
        is_abstract |= *modifier == "MustOverride";
        let is_constant = matches!(*modifier, "Const" | "ReadOnly") || declares == Some(Declares::Constant);
        let is_local = *modifier == "Dim" || *modifier == "Static";
        declares = Some(if is_constant {
            Declares::Constant
        } else if is_local {
            Declares::Variable
        } else {
            Declares::Field
        });
        parser.at += 1;
    }
    let (start, keyword) = (parser.start(), parser.word().to_ascii_lowercase());
    match keyword.as_str() {
        "namespace" => container(parser, "namespace", ScopeKind::Namespace, body),
        "class" => container(parser, "class", ScopeKind::Type, body),
        "module" => container(parser, "module", ScopeKind::Type, body),
        "structure" => container(parser, "structure", ScopeKind::Type, body),
        "enum" => container(parser, "enum", ScopeKind::Type, body),
        // Members of an interface have no bodies, and so no values.
        "interface" => {
            while parser.token(0).is_some() && !(parser.is_word("End") && parser.of_kind(1, Kind::Word).eq_ignore_ascii_case("Interface")) {
                parser.at += 1;
            }
            parser.at += 2;
        }
        "sub" => function(parser, "sub", is_abstract, body),
        "function" => function(parser, "function", is_abstract, body),
        "operator" => function(parser, "operator", is_abstract, body),
        "property" => property(parser, body),
        "get" | "set" if parser.open.contains(&"property") => {
            parser.skip_line();
            let inner = nested(parser, if keyword == "get" { "get" } else { "set" });
            body.push(Statement::Scope(Scope::function(None, Vec::new(), inner, parser.since(start))));
        }
        "imports" => imported(parser, body),
        "with" => with(parser, body),
        "if" => branch(parser, body),
        "return" => {
            parser.at += 1;
            if !parser.is_end() {
                body.push(Statement::Return(parser.expression()));
            }
        }
        _ if declares.is_some() => declarators(parser, declares.unwrap_or(Declares::Field), body),
        "using" => used(parser, body),
        "for" | "each" | "while" | "do" | "loop" | "until" | "next" | "select" | "case" | "try" | "catch" | "finally" | "synclock"
        | "exit" | "continue" | "option" | "inherits" | "implements" | "throw" | "call" | "yield" | "addhandler" | "removehandler"
        | "raiseevent" | "redim" | "else" | "elseif" | "then" => {
            parser.at += 1;
        }
        _ => simple(parser, body),
    }
}

/// `Using name As New Type(…)` declares a variable; `Using expression` does not.
fn used(parser: &mut Parser<'_>, body: &mut Vec<Statement>) {
    parser.at += 1;
    if parser.of_kind(1, Kind::Word).eq_ignore_ascii_case("As") || parser.of_kind(1, Kind::Mark) == "=" {
        declarators(parser, Declares::Variable, body);
    }
}

fn nested(parser: &mut Parser<'_>, closer: &'static str) -> Vec<Statement> {
    parser.deeper(|parser| body(parser, closer)).unwrap_or_default()
}

fn container(parser: &mut Parser<'_>, closer: &'static str, kind: ScopeKind, statements: &mut Vec<Statement>) {
    let start = parser.start();
    parser.at += 1;
    let name = parser.path().pop();
    parser.skip_line();
    let bases = base_of(parser);
    let mut inner = nested(parser, closer);
    if closer == "enum" {
        for statement in &mut inner {
            if let Statement::Assign(assignment) = statement {
                assignment.declares = Some(Declares::Constant);
            }
        }
    }
    let range = parser.since(start);
    statements.push(Statement::Scope(Scope { kind, name, bases, parameters: Vec::new(), body: inner, condition: None, range }));
}

/// `Inherits X` on the line after the head of a class.
fn base_of(parser: &mut Parser<'_>) -> Vec<Vec<String>> {
    parser.skip_ends();
    if parser.take_word("Inherits") { vec![parser.path()] } else { Vec::new() }
}

fn function(parser: &mut Parser<'_>, closer: &'static str, is_abstract: bool, statements: &mut Vec<Statement>) {
    let start = parser.start();
    parser.at += 1;
    let name = Some(bare_name(parser.word()).to_owned()).filter(|name| !name.is_empty());
    parser.at += usize::from(name.is_some());
    let parameters = parameters(parser);
    parser.skip_line();
    let inner = if is_abstract { Vec::new() } else { nested(parser, closer) };
    statements.push(Statement::Scope(Scope::function(name, parameters, inner, parser.since(start))));
}

fn parameters(parser: &mut Parser<'_>) -> Vec<Assignment> {
    let mut parameters = Vec::new();
    if parser.is_mark("(") && parser.of_kind(1, Kind::Word).eq_ignore_ascii_case("Of") {
        parser.at += 1;
        parser.skip_to("(", ")");
    }
    if !parser.take("(") {
        return parameters;
    }
    while parser.token(0).is_some() && !parser.take(")") {
        let word = parser.word().to_ascii_lowercase();
        if word.is_empty() || matches!(word.as_str(), "byval" | "byref" | "optional" | "paramarray") {
            parser.at += 1;
            continue;
        }
        if matches!(word.as_str(), "end" | "sub" | "function") {
            break;
        }
        parameters.extend(declarator(parser, Declares::Parameter));
    }
    parameters
}

fn property(parser: &mut Parser<'_>, statements: &mut Vec<Statement>) {
    let start = parser.start();
    parser.at += 1;
    let declared = declarator(parser, Declares::Property);
    let name = declared.as_ref().and_then(|declared| declared.target.path()?.first().map(ToString::to_string));
    statements.extend(declared.map(Statement::Assign));
    parser.skip_line();
    let before = parser.at;
    parser.skip_ends();
    while MODIFIERS.iter().any(|modifier| parser.is_word(modifier)) {
        parser.at += 1;
    }
    let has_accessor = parser.is_word("Get") || parser.is_word("Set");
    parser.at = before;
    if has_accessor {
        let mut inner = nested(parser, "property");
        // What the getter gives back is what the property is.
        for accessor in &mut inner {
            if let Statement::Scope(accessor) = accessor {
                accessor.name.clone_from(&name);
            }
        }
        statements.push(Statement::Scope(Scope::block(inner, None, parser.since(start))));
    }
}

fn imported(parser: &mut Parser<'_>, statements: &mut Vec<Statement>) {
    parser.at += 1;
    let name = parser.word().to_owned();
    if parser.of_kind(1, Kind::Mark) == "=" {
        parser.at += 2;
        let path = parser.path();
        statements.push(Statement::Alias { name, path });
    }
    parser.skip_line();
}

/// `With x`: members without a head are those of `x`.
fn with(parser: &mut Parser<'_>, statements: &mut Vec<Statement>) {
    parser.at += 1;
    let subject = parser.expression();
    let path = subject.path().unwrap_or_default().into_iter().map(str::to_owned).collect();
    statements.push(Statement::Evaluate(subject));
    parser.within.push(path);
    let inner = nested(parser, "with");
    parser.within.pop();
    statements.extend(inner);
}

/// `If a Then` over lines or on one.
fn branch(parser: &mut Parser<'_>, statements: &mut Vec<Statement>) {
    let start = parser.start();
    parser.at += 1;
    let mut condition = Some(parser.expression());
    parser.take_word("Then");
    if !parser.is_end() {
        let mut inner = Vec::new();
        parser.deeper(|parser| statement(parser, &mut inner));
        statements.push(Statement::Scope(Scope::block(inner, condition, parser.since(start))));
        return;
    }
    loop {
        let begin = parser.at;
        let inner = nested(parser, "if");
        statements.push(Statement::Scope(Scope::block(inner, condition.take(), parser.since(start))));
        if parser.take_word("ElseIf") {
            condition = Some(parser.expression());
            parser.take_word("Then");
        } else if !parser.take_word("Else") {
            return;
        }
        if parser.at == begin {
            return;
        }
    }
}

fn declarators(parser: &mut Parser<'_>, declares: Declares, statements: &mut Vec<Statement>) {
    while let Some(declared) = declarator(parser, declares) {
        statements.push(Statement::Assign(declared));
        if !parser.take(",") {
            break;
        }
    }
}

/// `name As Type = value`, `name As New Type(…)`.
fn declarator(parser: &mut Parser<'_>, declares: Declares) -> Option<Assignment> {
    let token = parser.token(0).filter(|token| token.kind == Kind::Word)?;
    let name = bare_name(parser.written(token)).to_owned();
    parser.at += 1;
    if parser.take("(") {
        parser.skip_to("(", ")");
    }
    parser.take("?");
    let mut value = None;
    let mut of_type = None;
    if parser.take_word("As") {
        if parser.is_word("New") {
            value = Some(parser.operand());
        } else {
            let path = parser.path();
            let is_said = !matches!(
                path.first().map(|name| name.to_ascii_lowercase()).as_deref(),
                None | Some("string" | "boolean" | "integer" | "object")
            );
            of_type = is_said.then_some(path);
            if parser.take("(") {
                parser.skip_to("(", ")");
            }
            parser.take("?");
        }
    }
    if parser.take("=") {
        value = Some(parser.expression());
    }
    let mut assignment = Assignment::declared(&name, token.range(), value, declares);
    assignment.of_type = of_type;
    Some(assignment)
}

fn simple(parser: &mut Parser<'_>, statements: &mut Vec<Statement>) {
    let start = parser.start();
    let target = parser.operand();
    if ["=", "+=", "&=", "-=", "*="].iter().any(|mark| parser.take(mark)) {
        let value = parser.expression();
        statements.push(assigned(target, value, parser.since(start)));
    } else {
        let is_call = matches!(target.form, Form::Member(..)) && parser.begins_arguments(true);
        let whole = if is_call { parser.called_bare(target) } else { parser.chain(target) };
        statements.push(evaluated(whole));
    }
}

fn primary(parser: &mut Parser<'_>) -> Option<Expression> {
    let start = parser.start();
    let form = match parser.word().to_ascii_lowercase().as_str() {
        "true" => Form::Truth(true),
        "false" => Form::Truth(false),
        "nothing" => Form::Nothing,
        "me" | "myclass" => Form::Name("Me".to_owned()),
        "mybase" => Form::Name("base".to_owned()),
        "new" => return Some(creation(parser)),
        "sub" | "function" => return Some(lambda(parser)),
        "if" | "ctype" | "directcast" | "trycast" if parser.of_kind(1, Kind::Mark) == "(" => return Some(chosen(parser)),
        "not" => return Some(parser.denied(start)),
        "await" | "addressof" | "typeof" | "async" => {
            parser.at += 1;
            return Some(parser.operand());
        }
        "then" | "as" => return Some(Expression::other(start..start)),
        _ if parser.is_mark("{") => {
            parser.at += 1;
            Form::List(parser.list("}").into_iter().map(|part| part.value).collect())
        }
        _ if parser.is_mark(".") && !parser.of_kind(1, Kind::Word).is_empty() => {
            let path = parser.within.last().cloned().unwrap_or_default();
            let name = parser.of_kind(1, Kind::Word).to_owned();
            parser.at += 2;
            let path: Vec<String> = path.into_iter().chain([name]).collect();
            return Some(Expression::of_path(&path, parser.since(start)));
        }
        _ => return None,
    };
    parser.at += usize::from(!matches!(form, Form::List(_)));
    Some(Expression::new(form, parser.since(start)))
}

/// `If(a, b)` is one of both, `If(x, a, b)` one of the last two, `CType(a, T)` the first.
fn chosen(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    let is_cast = !parser.is_word("If");
    parser.at += 2;
    let mut values: Vec<Expression> = parser.list(")").into_iter().map(|argument| argument.value).collect();
    if values.len() > 2 {
        values.remove(0);
    }
    values.truncate(if is_cast { 1 } else { 2 });
    Expression::new(Form::AnyOf(values), parser.since(start))
}

/// `New X(…) With {.A = b}`, `New With {…}`, `New X From {{k, v}}`.
fn creation(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    parser.at += 1;
    let at = parser.start();
    let path = if parser.is_word("With") { Vec::new() } else { parser.path() };
    let callee = Expression::of_path(&path, parser.since(at));
    if parser.is_mark("(") && parser.of_kind(1, Kind::Word).eq_ignore_ascii_case("Of") {
        parser.at += 1;
        parser.skip_to("(", ")");
    }
    let mut arguments = if parser.take("(") { parser.list(")") } else { Vec::new() };
    let mut fields = Vec::new();
    if parser.is_word("With") && parser.of_kind(1, Kind::Mark) == "{" {
        parser.at += 2;
        fields = members(parser);
    } else if parser.is_word("From") && parser.of_kind(1, Kind::Mark) == "{" {
        parser.at += 2;
        let entries = parser.list("}").into_iter().map(|entry| entry.value);
        fields = entries.filter_map(entry).collect();
    } else if parser.take("{") {
        arguments.extend(parser.list("}"));
    }
    if path.is_empty() {
        return Expression::new(Form::Object(fields), parser.since(start));
    }
    let call = Call { callee, arguments, creates: true, fields };
    Expression::new(Form::Call(Box::new(call)), parser.since(start))
}

fn entry(value: Expression) -> Option<Field> {
    let range = value.range.clone();
    let Form::List(parts) = value.form else { return None };
    let [key, value] = <[Expression; 2]>::try_from(parts).ok()?;
    Some(Field { name: key.text()?.to_owned(), value, range })
}

fn members(parser: &mut Parser<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    loop {
        parser.skip_ends();
        if parser.token(0).is_none() || parser.take("}") {
            return fields;
        }
        let (before, start) = (parser.at, parser.start());
        parser.take_word("Key");
        if parser.take(".") {
            let name = bare_name(parser.word()).to_owned();
            parser.at += 1;
            if parser.take("=") {
                let value = parser.expression();
                fields.push(Field { name, value, range: parser.since(start) });
            }
        }
        if parser.at == before {
            parser.at += 1;
        }
    }
}

/// On one line, or up to `End Sub` and `End Function`.
fn lambda(parser: &mut Parser<'_>) -> Expression {
    let start = parser.start();
    let closer = if parser.is_word("Sub") { "sub" } else { "function" };
    parser.at += 1;
    let parameters = parameters(parser);
    if parser.take_word("As") {
        parser.path();
    }
    let body = if parser.is_end() {
        nested(parser, closer)
    } else if closer == "function" {
        vec![Statement::Return(parser.expression())]
    } else {
        let mut body = Vec::new();
        parser.deeper(|parser| statement(parser, &mut body));
        body
    };
    let scope = Scope::function(None, parameters, body, parser.since(start));
    let range = parser.since(start);
    Expression::new(Form::Function(Box::new(scope)), range)
}
