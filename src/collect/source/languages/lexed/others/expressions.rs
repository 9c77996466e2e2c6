//! Expressions, as far as they are alike: values, what has fields, functions without a name.

use super::statements::{LONGEST_TYPE, block, declared_field, parameters, statement};
use crate::collect::source::{
    languages::lexed::{
        Parser, bare_name,
        tokens::{Kind, Token},
    },
    program::{Argument, Assignment, Call, Expression, Field, Form, Scope, Statement},
};

/// Words that stand before a value.
const BEFORE_VALUES: &[&str] = &["new", "await", "throw", "raise", "yield", "not", "try", "move", "ref", "const", "final"];
/// A longer number is a code, of which headers have many by the names of credentials: `ERROR_INVALID_PASSWORD = 1216`.
const LONGEST_SWITCH: usize = 2;

impl Parser<'_> {
    /// `name: value`, `"name" => value`, where a list may have it.
    pub(super) fn is_key(&self) -> bool {
        let is_name = self.token(0).is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Text | Kind::Variable));
        is_name && matches!(self.of_kind(1, Kind::Mark), ":" | "=>") && self.token(2).is_some_and(|next| next.kind != Kind::End)
    }

    /// A name, the mark after it, and its value.
    pub(super) fn field(&mut self) -> Option<Field> {
        let token = self.token(0)?;
        let start = self.start();
        let name = name_of(self, token)?;
        self.at += 2;
        let value = self.valued();
        Some(Field { name, value, range: self.since(start) })
    }

    /// A value, with the fields or the function in braces that may follow it.
    pub(super) fn valued(&mut self) -> Expression {
        let first = self.expression();
        let start = first.range.start;
        let value = if self.take("=>") { arrow(self, start) } else { self.composed(first) };
        if !self.take("=") {
            return value;
        }
        // `a = b = c`, `a = b..c = d`.
        let assigned = self.deeper(Self::valued).unwrap_or(Expression::other(start..start));
        let range = self.since(start);
        Expression::new(Form::Assigned(Box::new(Assignment::changed(value, assigned, range.clone()))), range)
    }

    pub(super) fn composed(&mut self, value: Expression) -> Expression {
        if !self.is_mark("{") || value.path().is_none() {
            return value;
        }
        let start = value.range.start;
        let call = match braces(self).form {
            Form::Object(fields) => Call { callee: value, arguments: Vec::new(), creates: true, fields },
            form => {
                let given = Argument { name: None, value: Expression::new(form, self.since(start)) };
                Call { callee: value, arguments: vec![given], creates: false, fields: Vec::new() }
            }
        };
        Expression::new(Form::Call(Box::new(call)), self.since(start))
    }
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

/// A function of one expression, past its parameters: `(a, b) => value`.
fn arrow(parser: &mut Parser<'_>, start: usize) -> Expression {
    let given = if parser.is_mark("{") { block(parser) } else { vec![Statement::Return(parser.expression())] };
    let range = parser.since(start);
    Expression::new(Form::Function(Box::new(Scope::function(None, Vec::new(), given, range.clone()))), range)
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
            } else if parser.is_key() {
                fields.extend(parser.field());
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
            // `[]byte("…")`: a conversion to a type of several.
            if is_type && elements.is_empty() && !parser.of_kind(0, Kind::Word).is_empty() && parser.of_kind(1, Kind::Mark) == "(" {
                return Some(parser.operand());
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
    let field = if is_pair { parser.field() } else { None }?;
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
