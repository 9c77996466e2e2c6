//! Whether an expression reads only facts that exist, and compares them with values they can have.
//!
//! A typo in a rule would otherwise be found by the partner whose app it judges. The checks also bound what an expression can cost, and
//! refuse the questions that would take an unknown fact for an absent one.

use std::collections::BTreeSet;

use cel::{
    IdedExpr, Program,
    common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators},
};

use super::{
    facts::{Kind, VARIABLES, field_of},
    fault::Fault,
    patterns,
};
use crate::wording::nearest;

/// The deepest tree that is evaluated.
const MAX_DEPTH: usize = 48;
/// How deep `exists`, `all`, `filter` and `map` may stand in one another.
const MAX_LOOPS: usize = 2;
/// The accumulator of a loop; the name cannot be written in a rule.
const ACCUMULATOR: &str = "@result";
/// The names that can be called; the loops are not among them because the parser has replaced them when they are well formed.
const FUNCTIONS: [&str; 27] = [
    "all",
    "contains",
    "double",
    "duration",
    "endsWith",
    "exists",
    "exists_one",
    "filter",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "int",
    "lowerAscii",
    "map",
    "matches",
    "size",
    "split",
    "startsWith",
    "string",
    "timestamp",
    "trim",
];

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It says what must be true: whatever it asks must be known.
    Expectation,
    /// It says when a rule applies, or what was seen: it may ask with `has()` whether a reading is known, to leave a case to another rule
    /// or to choose its words.
    Circumstance,
}

/// What became of the check of one expression.
pub(super) struct Check<'source> {
    program: &'source Program,
    text: &'source str,
    scope: &'source [&'static str],
    purpose: Purpose,
    locals: Vec<(String, Kind)>,
    loops: usize,
    depth: usize,
    /// Everything that is wrong.
    pub(super) faults: Vec<Fault>,
    /// The variables that are read.
    pub(super) variables: BTreeSet<String>,
    /// The names of the fields that are read.
    pub(super) fields: BTreeSet<String>,
    /// The kind of the whole.
    pub(super) kind: Kind,
}

impl<'source> Check<'source> {
    /// Checks a program over the variables in scope.
    pub(super) fn of(program: &'source Program, text: &'source str, scope: &'source [&'static str], purpose: Purpose) -> Self {
        let mut check = Self {
            program,
            text,
            scope,
            purpose,
            locals: Vec::new(),
            loops: 0,
            depth: 0,
            faults: Vec::new(),
            variables: BTreeSet::new(),
            fields: BTreeSet::new(),
            kind: Kind::Any,
        };
        check.kind = check.node(program.expression());
        check
    }

    fn node(&mut self, node: &IdedExpr) -> Kind {
        if self.depth >= MAX_DEPTH {
            if self.depth == MAX_DEPTH {
                self.depth += 1;
                self.fault(node, "the expression is nested too deeply");
            }
            return Kind::Any;
        }
        self.depth += 1;
        let kind = match &node.expr {
            Expr::Literal(literal) => literal_kind(literal),
            Expr::Ident(name) => self.variable(node, name),
            Expr::Select(select) => self.select(node, select),
            Expr::Call(call) => self.call(node, call),
            Expr::Comprehension(comprehension) => self.comprehension(node, comprehension),
            Expr::List(list) => {
                let kinds: Vec<_> = list.elements.iter().map(|element| self.node(element)).collect();
                let first = kinds.first().cloned().unwrap_or(Kind::Any);
                // Items of any kind would slip past what is checked of texts in loops.
                match kinds.iter().zip(&list.elements).find(|(kind, _)| **kind != first) {
                    Some((other, element)) => {
                        let message = format!("a list of {} cannot hold {}", first.name(), other.name());
                        self.fault(element, &message)
                    }
                    None => Kind::List(Box::new(first)),
                }
            }
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => self.fault(node, "an object cannot be written in a rule"),
        };
        // Once the limit was met it stays met, so that it is reported once.
        self.depth = if self.depth > MAX_DEPTH { self.depth } else { self.depth - 1 };
        kind
    }

    fn variable(&mut self, node: &IdedExpr, name: &str) -> Kind {
        if let Some((_, kind)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return kind.clone();
        }
        if self.scope.contains(&name) {
            self.variables.insert(name.to_owned());
            return VARIABLES.get(name).cloned().unwrap_or(Kind::Any);
        }
        let candidates: Vec<String> =
            self.scope.iter().map(|name| (*name).to_owned()).chain(self.locals.iter().map(|(name, _)| name.clone())).collect();
        let message = if VARIABLES.contains_key(name) {
            format!("`{name}` is not in scope for this `each`; in scope are `{}`", self.scope.join("`, `"))
        } else {
            format!("there is no variable `{name}`")
        };
        let suggestion = nearest(name, candidates.iter().map(String::as_str).filter(|candidate| *candidate != ACCUMULATOR));
        self.push(self.place(node, name), message, suggestion.map(str::to_owned), None)
    }

    fn select(&mut self, node: &IdedExpr, select: &SelectExpr) -> Kind {
        let operand = self.node(&select.operand);
        self.fields.insert(select.field.clone());
        let kind = self.field(node, &select.operand, &operand, &select.field);
        if select.test { self.presence(node, &operand, &select.field) } else { kind }
    }

    /// `has()`. Every fact is there, so it can only mean: is the reading known?
    fn presence(&mut self, node: &IdedExpr, operand: &Kind, name: &str) -> Kind {
        let help = match field_of(operand, name) {
            Some(field) if !field.reading => "an absent fact is `null`: compare with `null`",
            Some(_) if self.purpose == Purpose::Expectation => "an unknown reading makes the outcome an error by itself",
            _ => return Kind::Boolean,
        };
        self.push(self.place(node, "has"), "`has()` cannot be asked here".into(), None, Some(help));
        Kind::Boolean
    }

    fn field(&mut self, node: &IdedExpr, operand: &IdedExpr, kind: &Kind, name: &str) -> Kind {
        let path = path(operand).map_or_else(|| name.to_owned(), |path| format!("{path}.{name}"));
        match kind.present() {
            Kind::Any => Kind::Any,
            Kind::Object(shape) => {
                if let Some(field) = shape.fields.get(name) {
                    return field.kind.clone();
                }
                let suggestion = nearest(name, shape.fields.keys().map(String::as_str)).map(str::to_owned);
                let help = suggestion.is_none().then_some("`redflag schema result` lists the facts");
                self.push(self.place(node, name), format!("unknown fact `{path}`"), suggestion, help)
            }
            Kind::Map(field) => field.kind.clone(),
            other => {
                let message = format!("unknown fact `{path}`: {} has no fields", other.name());
                self.push(self.place(node, name), message, None, None)
            }
        }
    }

    fn comprehension(&mut self, node: &IdedExpr, comprehension: &ComprehensionExpr) -> Kind {
        let range = self.node(&comprehension.iter_range);
        let item = match range.present() {
            Kind::List(item) => (**item).clone(),
            Kind::Tuple(_) | Kind::Any => Kind::Any,
            other => {
                let message = format!("only a list can be searched, and this is {}", other.name());
                self.fault(node, &message)
            }
        };
        if self.loops == MAX_LOOPS {
            return self.fault(node, "loops stand in one another too deeply");
        }
        let accumulator = match &comprehension.accu_init.expr {
            Expr::Literal(literal) => literal_kind(literal),
            _ => Kind::List(Box::new(Kind::Any)),
        };
        self.loops += 1;
        self.locals.push((comprehension.accu_var.clone(), accumulator.clone()));
        self.locals.push((comprehension.iter_var.clone(), item));
        let step = self.node(&comprehension.loop_step);
        self.locals.truncate(self.locals.len().saturating_sub(2));
        self.loops -= 1;
        if accumulator == Kind::List(Box::new(Kind::Any)) { step } else { Kind::Boolean }
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Kind {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, sides) => {
                for side in sides {
                    self.boolean(side);
                }
                Kind::Boolean
            }
            (operators::LOGICAL_NOT, [inner]) => {
                self.boolean(inner);
                Kind::Boolean
            }
            (operators::CONDITIONAL, [condition, yes, no]) => {
                self.boolean(condition);
                let (yes, no) = (self.node(yes), self.node(no));
                if yes == no || no == Kind::List(Box::new(Kind::Any)) { yes } else { Kind::Any }
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                let kinds = (self.node(left), self.node(right));
                self.comparable(node, (left, &kinds.0), (right, &kinds.1));
                Kind::Boolean
            }
            (operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS, [left, right]) => {
                let kinds = (self.node(left), self.node(right));
                self.ordered(node, &kinds.0, &kinds.1);
                Kind::Boolean
            }
            (operators::IN, [item, list]) => self.membership(node, item, list),
            (operators::INDEX, [list, index]) => self.index(node, list, index),
            (operators::ADD, [accumulator, list]) if path(accumulator).as_deref() == Some(ACCUMULATOR) => self.collected(list),
            (
                operator @ (operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO),
                [left, right],
            ) => {
                let kinds = (self.node(left), self.node(right));
                self.arithmetic(node, operator, &kinds.0, &kinds.1)
            }
            (operators::NEGATE, [inner]) => self.node(inner),
            (name, arguments) => self.function(node, name, call.target.as_deref(), arguments),
        }
    }

    /// What `map` and `filter` gather. Lists in lists could grow beyond all bounds.
    fn collected(&mut self, list: &IdedExpr) -> Kind {
        let kind = self.node(list);
        let Expr::List(inner) = &list.expr else { return kind };
        let Some(element) = inner.elements.first() else { return kind };
        let is_item = matches!((&element.expr, self.locals.last()), (Expr::Ident(name), Some((item, _))) if name == item);
        match &kind {
            Kind::List(item) if !is_item && !item.is_scalar() => self.fault(element, "`map` can only give texts, numbers and the like"),
            _ => kind,
        }
    }

    fn boolean(&mut self, node: &IdedExpr) {
        let kind = self.node(node);
        // The operator of a loop has the accumulator on its left, which is the loop's own.
        if !matches!(kind.present(), Kind::Boolean | Kind::Any) {
            let message = format!("{} where true or false is needed", kind.name());
            self.fault(node, &message);
        }
    }

    fn comparable(&mut self, node: &IdedExpr, left: (&IdedExpr, &Kind), right: (&IdedExpr, &Kind)) {
        for ((side, kind), (other, _)) in [(left, right), (right, left)] {
            self.word(side, kind, other);
        }
        let message = match (left.1, right.1) {
            (Kind::Any | Kind::Null | Kind::Optional(_), Kind::Null) | (Kind::Null, Kind::Any | Kind::Optional(_)) => return,
            (kind, Kind::Null) | (Kind::Null, kind) => {
                let side = if *left.1 == Kind::Null { right.0 } else { left.0 };
                let name = path(side).unwrap_or_else(|| kind.name().to_owned());
                format!("`{name}` is never `null`")
            }
            (left, right) => match (left.present(), right.present()) {
                (Kind::Object(_) | Kind::Map(_), _) | (_, Kind::Object(_) | Kind::Map(_)) => {
                    "an object can only be compared with `null`".to_owned()
                }
                (left, right) if alike(left, right) => return,
                (left, right) => format!("{} and {} are never equal", left.name(), right.name()),
            },
        };
        self.fault(node, &message);
    }

    /// Refuses a literal that is none of the words a fact can have.
    fn word(&mut self, fact: &IdedExpr, kind: &Kind, literal: &IdedExpr) {
        let (Kind::Word(words), Expr::Literal(LiteralValue::String(text))) = (kind.present(), &literal.expr) else { return };
        let text = text.inner();
        if !words.iter().any(|word| word == text) {
            let suggestion = nearest(text, words.iter().map(String::as_str)).map(str::to_owned);
            let message = format!("`{text}` is no value of `{}`, which has `{}`", path(fact).unwrap_or_default(), words.join("`, `"));
            self.push(self.place(literal, text), message, suggestion, None);
        }
    }

    fn membership(&mut self, node: &IdedExpr, item: &IdedExpr, list: &IdedExpr) -> Kind {
        let (kind, among) = (self.node(item), self.node(list));
        if let Expr::List(list) = &list.expr {
            for element in &list.elements {
                self.word(item, &kind, element);
            }
        }
        match among.present() {
            Kind::Any | Kind::Tuple(_) => Kind::Boolean,
            Kind::List(among) if alike(among.present(), kind.present()) => Kind::Boolean,
            Kind::List(among) => {
                let message = format!("{} is never in a list of which each item is {}", kind.name(), among.name());
                self.fault(node, &message)
            }
            other => {
                let message = format!("`in` needs a list, and this is {}", other.name());
                self.fault(node, &message)
            }
        }
    }

    fn ordered(&mut self, node: &IdedExpr, left: &Kind, right: &Kind) {
        let ordered = |kind: &Kind| !matches!(kind, Kind::Null | Kind::List(_) | Kind::Tuple(_) | Kind::Object(_) | Kind::Map(_));
        let (left, right) = (left.present(), right.present());
        if !(ordered(left) && ordered(right) && alike(left, right)) {
            let message = format!("{} and {} cannot be put in order", left.name(), right.name());
            self.fault(node, &message);
        }
    }

    fn index(&mut self, node: &IdedExpr, list: &IdedExpr, index: &IdedExpr) -> Kind {
        let (kind, by) = (self.node(list), self.node(index));
        match (kind.present(), by.present(), &index.expr) {
            (Kind::Any, ..) => Kind::Any,
            (Kind::List(item), Kind::Integer | Kind::Any, _) => (**item).clone(),
            (Kind::Tuple(items), Kind::Integer, Expr::Literal(LiteralValue::Int(position))) => {
                let position = usize::try_from(*position.inner()).ok();
                match position.and_then(|position| items.get(position)) {
                    Some(item) => item.clone(),
                    None => self.fault(index, "the list is shorter"),
                }
            }
            (Kind::Object(_) | Kind::Map(_), _, Expr::Literal(LiteralValue::String(name))) => {
                let name = name.inner().to_owned();
                self.fields.insert(name.clone());
                self.field(index, list, &kind, &name)
            }
            (kind, by, _) => {
                let message = format!("{} has no place for {}", kind.name(), by.name());
                self.fault(node, &message)
            }
        }
    }

    fn arithmetic(&mut self, node: &IdedExpr, operator: &str, left: &Kind, right: &Kind) -> Kind {
        match (left.present(), operator, right.present()) {
            (Kind::Integer, _, Kind::Integer) => Kind::Integer,
            (Kind::Any, operators::ADD, Kind::Any) if self.loops > 0 => self.fault(node, "within a loop it must be plain what is added"),
            (Kind::Integer | Kind::Number | Kind::Any, _, Kind::Integer | Kind::Number | Kind::Any) => Kind::Number,
            // Within a loop a text could double at every step.
            (Kind::Text | Kind::Word(_) | Kind::Any, operators::ADD, Kind::Text | Kind::Word(_) | Kind::Any) if self.loops == 0 => {
                Kind::Text
            }
            (Kind::Timestamp, operators::SUBSTRACT, Kind::Timestamp)
            | (Kind::Duration, operators::ADD | operators::SUBSTRACT, Kind::Duration) => Kind::Duration,
            (Kind::Timestamp, operators::ADD | operators::SUBSTRACT, Kind::Duration)
            | (Kind::Duration, operators::ADD, Kind::Timestamp) => Kind::Timestamp,
            (left, _, right) => {
                let message = format!("no arithmetic with {} and {}", left.name(), right.name());
                self.fault(node, &message)
            }
        }
    }

    fn function(&mut self, node: &IdedExpr, name: &str, target: Option<&IdedExpr>, arguments: &[IdedExpr]) -> Kind {
        let place = self.place(node, name);
        if !FUNCTIONS.contains(&name) {
            return self.push(place, format!("there is no function `{name}`"), nearest(name, FUNCTIONS).map(str::to_owned), None);
        }
        if name == "split" && self.loops > 0 {
            return self.fault(node, "`split` within a loop could take for ever; split once, outside");
        }
        let receiver = target.map(|target| self.node(target));
        let kinds: Vec<_> = arguments.iter().map(|argument| self.node(argument)).collect();
        if let ("matches", [IdedExpr { expr: Expr::Literal(LiteralValue::String(pattern)), .. }]) = (name, arguments)
            && let Err(error) = patterns::compiled(pattern.inner())
        {
            return self.push(
                self.place(&arguments[0], pattern.inner()),
                format!("the pattern is no regular expression: {error}"),
                None,
                None,
            );
        }
        let argument_kinds: Vec<&Kind> = kinds.iter().map(Kind::present).collect();
        if let Some(kind) = signature(name, receiver.as_ref().map(Kind::present), &argument_kinds) {
            return kind;
        }
        let given: Vec<_> = receiver.iter().chain(&kinds).map(Kind::name).collect();
        self.push(
            place,
            format!("`{name}` does not work on {}", if given.is_empty() { "nothing".into() } else { given.join(" and ") }),
            None,
            None,
        )
    }

    fn fault(&mut self, node: &IdedExpr, message: &str) -> Kind {
        self.push(self.place(node, ""), message.to_owned(), None, None)
    }

    fn push(&mut self, place: (usize, usize), message: String, suggestion: Option<String>, help: Option<&'static str>) -> Kind {
        let fault = Fault { suggestion, help, ..Fault::new(place.0, place.1, message) };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
        Kind::Any
    }

    /// Where a node stands, in characters: its token, or the name that belongs to it at or beside its token.
    fn place(&self, node: &IdedExpr, name: &str) -> (usize, usize) {
        let (start, stop) = self.program.source_info().offset_for(node.id).unwrap_or_default();
        let (start, stop) = (start as usize, stop as usize);
        let characters: Vec<char> = self.text.chars().collect();
        let wanted: Vec<char> = name.chars().collect();
        let begins = |offset: usize| characters.get(offset..).is_some_and(|rest| rest.starts_with(&wanted));
        let nearby = (start..characters.len().min(start + 24)).find(|offset| begins(*offset));
        let before = (start.saturating_sub(wanted.len() + 8)..start).rev().find(|offset| begins(*offset));
        match nearby.filter(|_| !wanted.is_empty()).or_else(|| before.filter(|_| !wanted.is_empty())) {
            Some(offset) => (offset, wanted.len()),
            None => (start.min(characters.len()), stop.saturating_sub(start) + 1),
        }
    }
}

/// The kind that a function gives; `None` when it is not made for such arguments.
fn signature(name: &str, receiver: Option<&Kind>, arguments: &[&Kind]) -> Option<Kind> {
    use Kind::{Any, Boolean, Duration, Integer, List, Number, Text, Timestamp, Tuple, Word};
    Some(match (name, receiver, arguments) {
        ("contains" | "startsWith" | "endsWith" | "matches", Some(Text | Word(_) | Any), [Text | Word(_) | Any]) => Boolean,
        ("lowerAscii" | "trim", Some(Text | Word(_) | Any), []) => Text,
        ("split", Some(Text | Word(_) | Any), [Text | Any]) => List(Box::new(Text)),
        ("timestamp", None, [Text | Timestamp | Any]) => Timestamp,
        ("duration", None, [Text | Duration | Any]) => Duration,
        ("double", None, [Text | Integer | Number | Any]) => Number,
        ("string", None, [kind]) if kind.is_scalar() => Text,
        ("int", None, [Text | Integer | Number | Timestamp | Any])
        | ("size", Some(Text | Word(_) | List(_) | Tuple(_) | Any), [])
        | ("size", None, [Text | Word(_) | List(_) | Tuple(_) | Any])
        | ("getHours" | "getMinutes" | "getSeconds", Some(Timestamp | Duration | Any), []) => Integer,
        (name, Some(Timestamp | Any), []) if name.starts_with("get") => Integer,
        _ => return None,
    })
}

/// Whether values of the two kinds can be equal or put in order.
fn alike(left: &Kind, right: &Kind) -> bool {
    let text = |kind: &Kind| matches!(kind, Kind::Text | Kind::Word(_));
    let number = |kind: &Kind| matches!(kind, Kind::Integer | Kind::Number);
    match (left, right) {
        (Kind::Any, _) | (_, Kind::Any) => true,
        (Kind::Object(_) | Kind::Map(_), _) | (_, Kind::Object(_) | Kind::Map(_)) => false,
        (Kind::List(left), Kind::List(right)) => alike(left.present(), right.present()),
        (left, right) => left == right || (text(left) && text(right)) || (number(left) && number(right)),
    }
}

fn literal_kind(literal: &LiteralValue) -> Kind {
    match literal {
        LiteralValue::Boolean(_) => Kind::Boolean,
        LiteralValue::Double(_) => Kind::Number,
        LiteralValue::Int(_) | LiteralValue::UInt(_) => Kind::Integer,
        LiteralValue::String(_) => Kind::Text,
        LiteralValue::Null => Kind::Null,
        LiteralValue::Bytes(_) => Kind::Any,
    }
}

/// The path that a chain of selections spells: `address.tls.reached`.
fn path(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
