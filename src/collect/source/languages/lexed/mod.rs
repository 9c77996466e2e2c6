//! Languages without a grammar: a lexer and a small parser for each, which understand strings, comments, assignments and calls, and skip the rest.

pub(in crate::collect::source) mod crmscript;
pub(in crate::collect::source) mod others;
pub(in crate::collect::source) mod powershell;
mod tokens;
pub(in crate::collect::source) mod visual_basic;

use std::ops::Range;

use super::lowering;
use crate::collect::source::{
    document::{Document, Reading},
    languages::lexed::tokens::{Kind, Token},
    program::{self, Argument, Assignment, Call, DEPTH, Expression, Form, Statement, Unit},
};

/// A larger file is not read: its tokens would take several times the memory of its text.
const LARGEST: usize = 2 * 1024 * 1024;
/// How deep a rough reader looks; the statement around each level has several levels of its own.
const NESTED: usize = DEPTH / 2;
/// How many members and calls follow each other; longer chains are data.
const LONGEST_PATH: usize = 24;

/// Words that no argument begins with.
const BETWEEN: &[&str] = &[
    "if", "unless", "while", "until", "do", "and", "or", "in", "is", "as", "to", "then", "else", "rescue", "where", "by", "of", "eq", "ne",
];

/// What two operands make.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Join,
    Either,
    Compare,
    /// Compares, and holds where they differ.
    Differ,
    Other,
}

/// Each comparison by itself, of several that hold together: `name = "a" And password = "b"`.
fn comparisons(parts: Vec<Expression>, operators: &[Operator]) -> Vec<Expression> {
    let mut parts = parts.into_iter();
    let groups = operators.split(|operator| *operator == Operator::Other);
    let compared = |group: &[Operator]| {
        let of_group: Vec<Expression> = parts.by_ref().take(group.len() + 1).collect();
        let range = of_group.first().map_or(0, |part| part.range.start)..of_group.last().map_or(0, |part| part.range.end);
        match (alone(of_group), group) {
            (Ok(only), _) => only,
            (Err(parts), [Operator::Differ]) => Expression::new(Expression::new(Form::Compared(parts), range.clone()).denied(), range),
            (Err(parts), _) => Expression::new(Form::Compared(parts), range),
        }
    };
    groups.map(compared).collect()
}

/// Whether operators compare more than once, with others between them that may be read as `and`.
fn is_of_comparisons(operators: &[Operator]) -> bool {
    let compares = |operator: &&Operator| matches!(operator, Operator::Compare | Operator::Differ);
    operators.contains(&Operator::Other)
        && operators.iter().filter(compares).count() > 1
        && operators.iter().all(|operator| compares(&operator) || *operator == Operator::Other)
}

/// What tells one language from another.
struct Dialect {
    /// The tokens of a text.
    lex: fn(&str, bool) -> Option<tokens::Lexeme>,
    marks: &'static [&'static str],
    /// Whether a line break ends a statement, except after these.
    continues: Option<&'static [&'static str]>,
    /// Whether a line that begins with a dot and a name goes on with the one before: `.edit()`.
    chains: bool,
    /// What an operator makes; absent for anything else.
    operator: fn(&str) -> Option<Operator>,
    /// An expression that is no name, text or number; absent where none begins.
    primary: fn(&mut Parser<'_>) -> Option<Expression>,
    /// What a literal says.
    text: fn(&str, usize) -> Form,
    /// What stands between the name of an argument and its value; nothing where arguments have no names.
    names_argument: &'static [&'static str],
    /// Whether `[…]` looks something up.
    has_brackets: bool,
    /// Whether a blank before a bracket makes it something of its own.
    minds_blanks: bool,
    statements: fn(&mut Parser<'_>) -> Vec<Statement>,
}

fn read(document: &Document<'_>, dialect: &'static Dialect) -> Reading {
    if document.weight() > LARGEST {
        let gap = format!("larger than {} MiB, which is too large to be understood", LARGEST / 1024 / 1024);
        return Reading { gap: Some(gap), ..Reading::default() };
    }
    let (tokens, comments) = tokens::scan(document.text, dialect);
    let mut parser =
        Parser { text: document.text, tokens, at: 0, depth: NESTED, dialect, within: Vec::new(), open: Vec::new(), too_deep: None };
    let body = (dialect.statements)(&mut parser);
    let mut reading = program::read(document, &Unit { body, comments, is_rough: true, ..Unit::default() });
    let left_out = parser.too_deep.map(|start| start..document.text.len());
    reading.gap = reading.gap.or_else(|| left_out.and_then(|range| lowering::too_deep(document, &range)));
    reading
}

/// The place in the tokens of a file.
struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    dialect: &'static Dialect,
    /// Paths that a member without a head belongs to: those of `With`.
    within: Vec<Vec<String>>,
    /// What ends the blocks that are open.
    open: Vec<&'static str>,
    /// Where it is nested too deep for the first time.
    too_deep: Option<usize>,
}

impl<'t> Parser<'t> {
    fn token(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at.saturating_add(ahead)).copied()
    }

    /// The text of a token of a kind; empty for any other.
    fn of_kind(&self, ahead: usize, kind: Kind) -> &'t str {
        self.token(ahead).filter(|token| token.kind == kind).map_or("", |token| self.written(token))
    }

    fn written(&self, token: Token) -> &'t str {
        self.text.get(token.range()).unwrap_or("")
    }

    fn word(&self) -> &'t str {
        self.of_kind(0, Kind::Word)
    }

    /// Whether a word is next, without regard to case.
    fn is_word(&self, word: &str) -> bool {
        self.word().eq_ignore_ascii_case(word)
    }

    fn is_mark(&self, mark: &str) -> bool {
        self.of_kind(0, Kind::Mark) == mark
    }

    fn is_end(&self) -> bool {
        self.token(0).is_none_or(|token| token.kind == Kind::End)
    }

    /// Takes a mark if it is next.
    fn take(&mut self, mark: &str) -> bool {
        let is_next = self.is_mark(mark);
        self.at += usize::from(is_next);
        is_next
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_next = self.is_word(word);
        self.at += usize::from(is_next);
        is_next
    }

    fn skip_ends(&mut self) {
        while self.token(0).is_some_and(|token| token.kind == Kind::End) {
            self.at += 1;
        }
    }

    fn skip_line(&mut self) {
        while !self.is_end() {
            self.at += 1;
        }
    }

    /// Past the bracket that closes the one just taken.
    fn skip_to(&mut self, open: &str, close: &str) {
        let mut depth = 1_usize;
        while let Some(token) = self.token(0) {
            self.at += 1;
            let mark = if token.kind == Kind::Mark { self.written(token) } else { "" };
            depth = if mark == open { depth + 1 } else { depth - usize::from(mark == close) };
            if depth == 0 {
                return;
            }
        }
    }

    fn start(&self) -> usize {
        self.token(0).map_or(self.text.len(), |token| token.range().start)
    }

    /// The end of the last token that was taken.
    fn end(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|last| self.tokens.get(last));
        last.map_or(0, |token| token.range().end)
    }

    fn since(&self, start: usize) -> Range<usize> {
        start..self.end().max(start)
    }

    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let Some(depth) = self.depth.checked_sub(1) else {
            self.too_deep = self.too_deep.or(Some(self.start()));
            return None;
        };
        self.depth = depth;
        let done = work(self);
        self.depth += 1;
        Some(done)
    }

    /// Operands and the operators between them.
    fn expression(&mut self) -> Expression {
        let first = self.operand();
        self.chain(first)
    }

    fn chain(&mut self, first: Expression) -> Expression {
        let start = first.range.start;
        let (mut parts, mut operators) = (vec![first], Vec::new());
        while let Some(operator) =
            self.token(0).and_then(|token| (self.dialect.operator)(self.written(token)).filter(|_| token.is_operator()))
        {
            self.at += 1;
            operators.push(operator);
            parts.push(self.operand());
        }
        let all = |wanted: Operator| operators.iter().all(|operator| *operator == wanted);
        let parts = match alone(parts) {
            Ok(only) => return only,
            Err(parts) => parts,
        };
        let form = match parts {
            _ if all(Operator::Join) => lowering::joined(parts),
            _ if all(Operator::Either) => Form::AnyOf(parts),
            _ if is_of_comparisons(&operators) => Form::Other(comparisons(parts, &operators)),
            _ if operators == [Operator::Differ] => Expression::new(Form::Compared(parts), self.since(start)).denied(),
            _ if operators.iter().any(|operator| matches!(operator, Operator::Compare | Operator::Differ)) => Form::Compared(parts),
            _ => Form::Other(parts),
        };
        Expression::new(form, self.since(start))
    }

    /// One operand with its members and calls; takes at least one token where there is one.
    fn operand(&mut self) -> Expression {
        let start = self.start();
        let before = self.at;
        let operand = self.deeper(|parser| {
            let head = parser.head();
            parser.members(head)
        });
        if self.at == before && !self.is_end() && !self.closes() {
            self.at += 1;
        }
        operand.unwrap_or(Expression::other(self.since(start)))
    }

    fn closes(&self) -> bool {
        matches!(self.of_kind(0, Kind::Mark), ")" | "]" | "}" | "," | ";")
    }

    fn head(&mut self) -> Expression {
        let start = self.start();
        if let Some(expression) = (self.dialect.primary)(self) {
            return expression;
        }
        let Some(token) = self.token(0) else { return Expression::other(start..start) };
        let written = self.written(token);
        let form = match token.kind {
            Kind::Text => (self.dialect.text)(written, token.range().start),
            Kind::Number => Form::Number(written.to_owned()),
            Kind::Word | Kind::Variable => Form::Name(bare_name(written).to_owned()),
            Kind::Mark if written == "(" => {
                self.at += 1;
                return match alone(self.list(")")) {
                    Ok(only) => only.value,
                    Err(inner) => {
                        Expression::new(Form::List(inner.into_iter().map(|argument| argument.value).collect()), self.since(start))
                    }
                };
            }
            Kind::Mark | Kind::End | Kind::Parameter => return Expression::other(start..start),
        };
        self.at += 1;
        Expression::new(form, self.since(start))
    }

    fn members(&mut self, head: Expression) -> Expression {
        let start = head.range.start;
        let mut whole = head;
        for _ in 0..LONGEST_PATH {
            let Some(token) = self.token(0).filter(|token| token.kind == Kind::Mark) else { break };
            let is_spaced = token.is_spaced && self.dialect.minds_blanks;
            let form = match self.written(token) {
                "." | "?." | ".." | "::" | "->" | "!" if self.token(1).is_some_and(|next| next.is_name() && !next.is_spaced) => {
                    let name = self.token(1).map_or("", |name| self.written(name));
                    self.at += 2;
                    Form::Member(Box::new(whole), bare_name(name).to_owned())
                }
                "(" if !is_spaced => {
                    self.at += 1;
                    let arguments = self.list(")");
                    Form::Call(Box::new(Call { callee: whole, arguments, creates: false, fields: Vec::new() }))
                }
                "[" if self.dialect.has_brackets && !is_spaced => {
                    self.at += 1;
                    let key = self.list("]").into_iter().next().map_or(Expression::other(self.since(start)), |key| key.value);
                    Form::Index(Box::new(whole), Box::new(key))
                }
                _ => break,
            };
            whole = Expression::new(form, self.since(start));
        }
        whole
    }

    /// What stands between commas, up to and past a bracket.
    fn list(&mut self, close: &str) -> Vec<Argument> {
        let mut arguments = Vec::new();
        loop {
            self.skip_ends();
            if self.token(0).is_none() || self.take(close) {
                return arguments;
            }
            if self.take(",") {
                continue;
            }
            let before = self.at;
            let name = self.name_of_argument();
            let value = self.expression();
            if self.at == before {
                // A bracket of another kind: this list was never closed.
                if self.closes() {
                    return arguments;
                }
                self.at += 1;
            } else {
                arguments.push(Argument { name: name.map(str::to_owned), value });
            }
        }
    }

    /// The name that an argument is passed by, past the mark that follows it.
    fn name_of_argument(&mut self) -> Option<&'t str> {
        let is_named = self.dialect.names_argument.contains(&self.of_kind(1, Kind::Mark));
        let name = Some(self.word()).filter(|name| is_named && !name.is_empty())?;
        self.at += 2;
        Some(name)
    }

    /// Whether what was called last is followed by what it is given, without brackets: by a text, or by a word where those count.
    fn begins_arguments(&self, counts_words: bool) -> bool {
        let Some(next) = self.token(0).filter(|next| next.is_spaced) else { return false };
        match next.kind {
            Kind::Text | Kind::Variable => true,
            Kind::Word => counts_words && !BETWEEN.iter().any(|word| self.is_word(word)),
            _ => false,
        }
    }

    /// A call without brackets: `puts "text"`, `request.setHeader "name", value`.
    fn called_bare(&mut self, callee: Expression) -> Expression {
        let start = callee.range.start;
        let mut arguments = Vec::new();
        loop {
            let name = self.name_of_argument().map(str::to_owned);
            let value = self.expression();
            arguments.push(Argument { name, value });
            if !self.take(",") {
                break;
            }
            self.skip_ends();
        }
        Expression::new(Form::Call(Box::new(Call { callee, arguments, creates: false, fields: Vec::new() })), self.since(start))
    }

    /// What follows a sign or word that denies it.
    fn denied(&mut self, start: usize) -> Expression {
        self.at += 1;
        let operand = self.operand();
        Expression::new(operand.denied(), self.since(start))
    }

    /// The names of a type, `a.b.c`.
    fn path(&mut self) -> Vec<String> {
        let mut path = Vec::new();
        while !self.word().is_empty() {
            path.push(bare_name(self.word()).to_owned());
            self.at += 1;
            if !(self.is_mark(".") && self.token(1).is_some_and(|next| next.kind == Kind::Word)) {
                break;
            }
            self.at += 1;
        }
        path
    }
}

/// The only one, or all of them.
fn alone<T>(mut parts: Vec<T>) -> Result<T, Vec<T>> {
    if parts.len() > 1 { Err(parts) } else { parts.pop().ok_or_else(Vec::new) }
}

/// A name without the marks of its language: `$x`, `[Name]`, `${x}`.
fn bare_name(written: &str) -> &str {
    let name = written.trim_start_matches(['$', '@', '{', '[']).trim_end_matches(['}', ']']);
    let scopes = ["script:", "global:", "local:", "private:", "using:"];
    scopes
        .iter()
        .find_map(|scope| name.get(..scope.len()).filter(|start| start.eq_ignore_ascii_case(scope)).and(name.get(scope.len()..)))
        .unwrap_or(name)
}

/// What a text says whose escapes begin with a backslash.
fn unescaped(inside: &str) -> String {
    let (mut said, mut rest) = (String::new(), inside);
    while let Some((before, after)) = rest.split_once('\\') {
        said.push_str(before);
        let (escaped, left) = after.split_at(after.chars().next().map_or(0, char::len_utf8));
        said.push_str(&lowering::unescaped(&format!("\\{escaped}")));
        rest = left;
    }
    said.push_str(rest);
    said
}

/// What stands in a hole of a text: the path of names it begins with.
fn hole(written: &str, range: Range<usize>) -> Expression {
    let is_path = |character: char| character.is_alphanumeric() || "_.".contains(character);
    let written = written.trim().trim_start_matches('$');
    let end = written.find(|character: char| !is_path(character)).unwrap_or(written.len());
    let names: Vec<&str> = written.get(..end).unwrap_or("").split('.').filter(|name| !name.is_empty()).collect();
    // What is painted over is no longer what it was.
    let is_replaced = written.get(end..).unwrap_or("").trim_start().get(..8).is_some_and(|word| word.eq_ignore_ascii_case("-replace"));
    if names.is_empty() || is_replaced { Expression::other(range) } else { Expression::of_path(&names, range) }
}

/// An assignment, as a statement; what is looked up in round brackets is looked up all the same.
fn assigned(target: Expression, value: Expression, range: Range<usize>) -> Statement {
    let Expression { form, range: at } = target;
    let form = match form {
        Form::Call(call) if !call.creates && call.arguments.len() == 1 => {
            let Call { callee, arguments, .. } = *call;
            let key = arguments.into_iter().next().map_or(Expression::other(at.clone()), |key| key.value);
            Form::Index(Box::new(callee), Box::new(key))
        }
        form => form,
    };
    Statement::Assign(Assignment::changed(Expression::new(form, at), value, range))
}

fn evaluated(expression: Expression) -> Statement {
    match expression.form {
        Form::Assigned(assignment) => Statement::Assign(*assignment),
        form => Statement::Evaluate(Expression::new(form, expression.range)),
    }
}
