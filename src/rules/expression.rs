//! CEL expressions over facts: compiled and checked when a pack is loaded, evaluated without side effects.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    io, iter,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, ScopedJoinHandle},
};

use cel::{
    Context, Env, ExecutionError, ParseError, ParseErrors, Program, Value, common::value::CowVal, context::VariableResolver, extensions,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    check::{Check, Purpose},
    facts::{Fact, Kind},
    fault::Fault,
    patterns,
};
use crate::wording::visible;

/// The longest expression, in bytes. With the limits of [`Check`] it bounds what an evaluation can cost.
const MAX_BYTES: usize = 2_000;
/// The stack of the parser, in bytes; without optimisation the deepest expression takes between 16 and 32 million.
const PARSER_STACK: usize = 64 << 20;

/// The environment of every expression: the standard library and the string functions, without optional values, which would let a rule
/// look past an unknown fact.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib().with_optional_support(false);
    environment.add_extension(extensions::strings).expect("the string functions are added once");
    environment.add_extension(patterns::extension).expect("`matches` is added once");
    Arc::new(environment)
});

/// The variables of one subject.
pub(super) type Facts = BTreeMap<&'static str, Fact>;

/// An expression, compiled and checked: at once where it is anybody's, and when it is first needed where it is known to be sound.
#[derive(Debug)]
pub(super) struct Expression {
    text: String,
    scope: Scope,
    purpose: Purpose,
    compiled: OnceLock<Option<Compiled>>,
}

/// The names of the variables that an expression may read.
pub(super) type Scope = &'static [&'static str];

#[derive(Debug)]
struct Compiled {
    program: Arc<Program>,
    variables: BTreeSet<String>,
    fields: BTreeSet<String>,
}

impl Expression {
    /// Compiles an expression over the named variables and says what kind of value it gives.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, at least one fault.
    pub(super) fn compile(text: &str, scope: Scope, purpose: Purpose) -> Result<(Self, Kind), Vec<Fault>> {
        let (compiled, kind) = compile(text, scope, purpose)?;
        Ok((Self { compiled: OnceLock::from(Some(compiled)), ..Self::sound(text, scope, purpose) }, kind))
    }

    /// An expression that is known to compile, and is not compiled before it is needed.
    pub(super) fn sound(text: &str, scope: Scope, purpose: Purpose) -> Self {
        Self { text: text.to_owned(), scope, purpose, compiled: OnceLock::new() }
    }

    fn compiled(&self) -> Option<&Compiled> {
        self.compiled.get_or_init(|| compile(&self.text, self.scope, self.purpose).ok().map(|(compiled, _)| compiled)).as_ref()
    }

    /// Whether it reads a variable of this name.
    pub(super) fn reads_variable(&self, name: &str) -> bool {
        self.spells(name) && self.compiled().is_some_and(|compiled| compiled.variables.contains(name))
    }

    /// Whether it reads a field of this name.
    pub(super) fn reads_field(&self, name: &str) -> bool {
        self.spells(name) && self.compiled().is_some_and(|compiled| compiled.fields.contains(name))
    }

    /// Whether the name stands in its text: without, nothing has to be compiled to tell that it does not read it.
    fn spells(&self, name: &str) -> bool {
        self.text.contains(name)
    }

    /// As written in the rule.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The value over these facts.
    ///
    /// # Errors
    ///
    /// In words, what could not be evaluated: mostly a fact that is unknown.
    pub(super) fn value(&self, facts: &Facts) -> Result<Value, String> {
        const UNREADABLE: &str = "the expression cannot be evaluated";
        let program = &self.compiled().ok_or(UNREADABLE)?.program;
        let known = Known(facts);
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.set_variable_resolver(&known);
        let value = contained(|| program.execute(&context)).ok_or(UNREADABLE)?;
        value.map_err(|error| failure(&error))
    }

    /// The truth over these facts.
    ///
    /// # Errors
    ///
    /// As [`Self::value`], and when the value is neither true nor false.
    pub(super) fn truth(&self, facts: &Facts) -> Result<bool, String> {
        match self.value(facts)? {
            Value::Bool(truth) => Ok(truth),
            _ => Err(format!("`{}` is neither true nor false", self.text)),
        }
    }
}

fn compile(text: &str, scope: Scope, purpose: Purpose) -> Result<(Compiled, Kind), Vec<Fault>> {
    if text.len() > MAX_BYTES {
        return Err(vec![Fault::new(0, 1, format!("the expression has more than {MAX_BYTES} bytes"))]);
    }
    let program = parsed(text)
        .ok_or_else(|| vec![Fault::new(0, 1, "the expression cannot be read".into())])?
        .map_err(|errors| errors.errors.iter().map(|error| syntax(text, error)).collect::<Vec<_>>())?;
    let Check { faults, variables, fields, kind, .. } = Check::of(&program, text, scope, purpose);
    if faults.is_empty() { Ok((Compiled { program, variables, fields }, kind)) } else { Err(faults) }
}

/// Lends facts to an expression: to copy them for each would cost more than all else that rules do.
struct Known<'facts>(&'facts Facts);

impl VariableResolver for Known<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        self.0.get(variable)?.value.as_deref().map(CowVal::Borrowed)
    }
}

thread_local! {
    /// Whether the stack of this thread has room for the parser.
    static HAS_ROOM: Cell<bool> = const { Cell::new(false) };
    /// What this thread has parsed, as long as it compiles: most messages begin with the same words.
    static PARSED: RefCell<BTreeMap<String, Arc<Program>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Starts work that compiles many expressions on a stack that has room for the parser.
///
/// # Errors
///
/// When the system has no thread to give.
fn spawn_with_room<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let work = || {
        HAS_ROOM.set(true);
        work()
    };
    thread::Builder::new().stack_size(PARSER_STACK).spawn_scoped(scope, work)
}

/// Does some work for every item, on as many threads as there are processors, each with room for the parser; the results are in the order
/// of the items.
pub(super) fn for_each<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || {
        let turns = iter::from_fn(|| Some(next.fetch_add(1, Relaxed)));
        turns.map_while(|index| Some((index, work(items.get(index)?)))).collect::<Vec<_>>()
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
        let running: Vec<_> = (0..threads).filter_map(|_| spawn_with_room(scope, take).ok()).collect();
        // Without a thread to spare it is done here, and what has been done is not done again.
        let own = if running.is_empty() { take() } else { Vec::new() };
        let others = running.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        own.into_iter().chain(others.collect::<Vec<_>>()).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Parses on a large stack: the parser of the CEL library stops at 96 levels, and these do not fit on a thread's usual one.
fn parsed(text: &str) -> Option<Result<Arc<Program>, ParseErrors>> {
    if !HAS_ROOM.get() {
        return thread::scope(|scope| spawn_with_room(scope, || parsed(text)).ok()?.join().ok().flatten());
    }
    if let Some(known) = PARSED.with_borrow(|known| known.get(text).map(Arc::clone)) {
        return Some(Ok(known));
    }
    let program = contained(|| ENVIRONMENT.compile(text))?.map(Arc::new);
    if let Ok(program) = &program {
        PARSED.with_borrow_mut(|known| known.insert(text.to_owned(), Arc::clone(program)));
    }
    Some(program)
}

/// A pack may be anybody's, and the CEL library has assertions of its own: one that fails costs the rule, not the run.
fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Where the parser stumbled; it counts lines from 1 and columns from 1.
fn syntax(text: &str, error: &ParseError) -> Fault {
    let (line, column) = (usize::try_from(error.pos.0).unwrap_or(0), usize::try_from(error.pos.1).unwrap_or(0));
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.chars().count()).sum();
    let offset = before.saturating_add(column.saturating_sub(1)).min(text.chars().count());
    Fault::new(offset, 1, format!("the expression is no CEL: {}", plain(&error.msg)))
}

/// The parser's words, without the list of every token that would have been possible.
fn plain(message: &str) -> &str {
    message.split(" expecting ").next().unwrap_or(message).trim_start_matches("Syntax error: ")
}

/// Why an expression has no value, without the values at hand: they are foreign and can be long.
fn failure(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => format!("`{}` is unknown", visible(name)),
        ExecutionError::UndeclaredReference(name) => format!("there is no `{}` here", visible(name)),
        ExecutionError::NoSuchOverload(overload) => visible(&overload.to_string()),
        ExecutionError::FunctionError { function, .. } => format!("`{}` cannot work with this value", visible(function)),
        ExecutionError::IndexOutOfBounds(_) => "the list is shorter than the rule expects".into(),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) | ExecutionError::Overflow(..) => {
            "a number is out of range".into()
        }
        _ => "the facts are not of the kind that the rule expects".into(),
    }
}

/// The clock as the variable `now`.
pub(super) fn clock(now: OffsetDateTime) -> Fact {
    let text = now.format(&Rfc3339).unwrap_or_default();
    let timestamp = Program::compile(&format!("timestamp('{text}')")).ok().and_then(|program| program.execute(&Context::default()).ok());
    Fact::bare(Kind::Timestamp, timestamp.unwrap_or(Value::Null))
}

/// A sentence with `{{ expressions }}` in it, compiled as an [`Expression`] is.
#[derive(Debug)]
pub(super) struct Message {
    text: String,
    scope: Scope,
    parts: OnceLock<Vec<Part>>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Value(Expression),
}

impl Message {
    /// Compiles a message.
    ///
    /// # Errors
    ///
    /// The faults of all its expressions.
    pub(super) fn compile(text: &str, scope: Scope) -> Result<Self, Vec<Fault>> {
        let parts = OnceLock::from(Self::parts(text, scope)?);
        Ok(Self { parts, ..Self::sound(text, scope) })
    }

    /// A message that is known to compile, and is not compiled before it is needed.
    pub(super) fn sound(text: &str, scope: Scope) -> Self {
        Self { text: text.to_owned(), scope, parts: OnceLock::new() }
    }

    fn parts(text: &str, scope: Scope) -> Result<Vec<Part>, Vec<Fault>> {
        let (mut parts, mut faults) = (Vec::new(), Vec::new());
        let mut rest = text;
        while let Some((before, opened)) = rest.split_once("{{") {
            let offset = text.chars().count() - opened.chars().count();
            let Some((inside, after)) = opened.split_once("}}") else {
                faults.push(Fault::new(offset.saturating_sub(2), 2, "`{{` is not closed by `}}`".into()));
                return Err(faults);
            };
            parts.push(Part::Text(before.to_owned()));
            match Self::interpolation(inside, offset, scope) {
                Ok(expression) => parts.push(Part::Value(expression)),
                Err(more) => faults.extend(more),
            }
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        if faults.is_empty() { Ok(parts) } else { Err(faults) }
    }

    fn interpolation(inside: &str, offset: usize, scope: Scope) -> Result<Expression, Vec<Fault>> {
        let offset = offset + inside.chars().take_while(|character| character.is_whitespace()).count();
        let text = inside.trim();
        let length = text.chars().count();
        match Expression::compile(text, scope, Purpose::Circumstance) {
            Ok((expression, kind)) if writable(&kind) => Ok(expression),
            Ok((_, kind)) => Err(vec![Fault::new(offset, length, format!("{} cannot be written into a message", kind.name()))]),
            Err(faults) => Err(faults.into_iter().map(|fault| Fault { offset: fault.offset + offset, ..fault }).collect()),
        }
    }

    /// The sentence over these facts. What is unknown is called so: a finding is not lost for want of a word.
    pub(super) fn render(&self, facts: &Facts) -> String {
        let parts = self.parts.get_or_init(|| Self::parts(&self.text, self.scope).unwrap_or_else(|_| vec![Part::Text(self.text.clone())]));
        let words = parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Value(expression) => expression.value(facts).map_or_else(|_| "(unknown)".into(), |value| visible(&written(&value))),
        });
        words.collect::<String>().trim().to_owned()
    }
}

fn writable(kind: &Kind) -> bool {
    match kind.present() {
        Kind::List(item) => item.is_scalar(),
        kind => kind.is_scalar(),
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        Value::Timestamp(instant) => instant.to_rfc3339(),
        Value::Duration(span) => span.to_string(),
        Value::List(items) => items.iter().map(written).collect::<Vec<_>>().join(", "),
        _ => "(unknown)".into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const PROTOCOL: Scope = &["app", "profile", "now", "endpoint", "address", "protocol"];

    fn facts(offered: &serde_json::Value) -> Facts {
        let protocol = json!({ "id": "ssl3", "offered": offered, "reason": null });
        let address = json!({ "ip": "192.0.2.1", "tls": { "protocols": [protocol, { "id": "tls1.2", "offered": true, "reason": null }] } });
        BTreeMap::from([
            ("protocol", Fact::from_json("protocol", protocol.clone())),
            ("address", Fact::from_json("address", address)),
            ("now", clock(datetime!(2026-11-21 12:00 UTC))),
        ])
    }

    fn truth(text: &str, offered: &serde_json::Value) -> Result<bool, String> {
        let (expression, _) =
            Expression::compile(text, PROTOCOL, Purpose::Expectation).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
        expression.truth(&facts(offered))
    }

    #[test]
    fn a_known_fact_is_judged() {
        assert_eq!(truth("protocol.offered", &json!(true)), Ok(true));
        assert_eq!(truth("!protocol.offered && protocol.id == 'ssl3'", &json!(true)), Ok(false));
    }

    #[test]
    fn an_unknown_fact_is_an_error_however_it_is_asked() {
        for text in [
            "protocol.offered",
            "!protocol.offered",
            "protocol.offered || protocol.id == 'ssl2'",
            "!(protocol.offered && protocol.id == 'ssl3')",
            "protocol.offered ? false : true",
            "!address.tls.protocols.exists(p, p.id in ['ssl2', 'ssl3'] && p.offered)",
            "address.tls.protocols.all(p, p.id == 'tls1.2' || !p.offered)",
            "address.tls.protocols.filter(p, p.offered).size() == 1",
            "address.tls.protocols.exists_one(p, p.offered)",
        ] {
            assert_eq!(truth(text, &json!(null)), Err("`offered` is unknown".into()), "{text}");
        }
    }

    #[test]
    fn what_holds_whatever_the_unknown_fact_is_may_be_said() {
        assert_eq!(truth("address.tls.protocols.exists(p, p.offered)", &json!(null)), Ok(true));
        assert_eq!(truth("protocol.id == 'ssl2' && protocol.offered", &json!(null)), Ok(false));
    }

    #[test]
    fn what_is_compiled_when_it_is_needed_says_the_same() {
        for text in ["protocol.offered", "protocol.id == 'ssl2' && protocol.offered", "address.tls.protocols.exists(p, p.offered)"] {
            let (compiled, _) = Expression::compile(text, PROTOCOL, Purpose::Expectation).unwrap();
            let sound = Expression::sound(text, PROTOCOL, Purpose::Expectation);
            for offered in [json!(true), json!(false), json!(null)] {
                assert_eq!(sound.truth(&facts(&offered)), compiled.truth(&facts(&offered)), "{text}");
            }
            assert!(sound.reads_field("offered") && !sound.reads_field("reason"));
        }
        let text = "{{ address.ip }} says {{ protocol.id }}";
        let facts = facts(&json!(true));
        assert_eq!(Message::sound(text, PROTOCOL).render(&facts), Message::compile(text, PROTOCOL).unwrap().render(&facts));
    }

    #[test]
    fn what_was_wrongly_taken_to_be_sound_is_an_error_and_never_a_pass() {
        for text in ["protocol.offerd", "protocol.offered &&", ""] {
            let expression = Expression::sound(text, PROTOCOL, Purpose::Expectation);
            assert!(expression.truth(&facts(&json!(true))).is_err(), "{text}");
        }
    }

    #[test]
    fn instants_are_compared_with_the_clock() {
        assert_eq!(truth("timestamp('2026-11-21T11:59:59Z') < now", &json!(true)), Ok(true));
        assert_eq!(truth("now - timestamp('2026-11-20T12:00:00Z') == duration('24h')", &json!(true)), Ok(true));
    }

    #[test]
    fn a_message_names_what_was_seen_and_escapes_it() {
        let message = Message::compile("{{ address.ip }} says {{ protocol.id }}/{{protocol.offered}}", PROTOCOL).unwrap();
        assert_eq!(message.render(&facts(&json!(null))), "192.0.2.1 says ssl3/(unknown)");
        let mut hostile = facts(&json!(true));
        hostile.insert("address", Fact::from_json("address", json!({ "ip": "\u{1b}[2J" })));
        assert_eq!(message.render(&hostile), "\\u{1b}[2J says ssl3/true");
    }

    #[test]
    fn a_fault_in_a_message_keeps_its_place() {
        let faults = Message::compile("é {{ protocol.id }} and {{  protocol.idd }}", PROTOCOL).unwrap_err();
        assert_eq!((faults[0].offset, faults[0].length), (37, 3));
        assert_eq!(Message::compile("x {{ protocol.id", PROTOCOL).unwrap_err()[0].message, "`{{` is not closed by `}}`");
        assert!(Message::compile("{{ address }}", PROTOCOL).unwrap_err()[0].message.contains("cannot be written"));
    }

    #[test]
    fn a_syntax_fault_keeps_its_place() {
        let fault = &Expression::compile("protocol.offered\n  && )", PROTOCOL, Purpose::Expectation).unwrap_err()[0];
        assert_eq!(fault.offset, 22, "{fault:?}");
        assert!(!fault.message.contains("expecting"), "{fault:?}");
    }

    #[test]
    fn the_largest_expressions_neither_overflow_the_stack_nor_bring_the_process_down() {
        let chain = |head: &str, link: &str| format!("{head}{}", link.repeat((MAX_BYTES - head.len()) / link.len()));
        let nested = |open: &str, inside: &str, close: &str| {
            let depth = (MAX_BYTES - inside.len()) / (open.len() + close.len());
            format!("{}{inside}{}", open.repeat(depth), close.repeat(depth))
        };
        for text in [
            chain("1", "+1"),
            chain("1", "-1"),
            chain("true", "&&true"),
            chain("true", "==true"),
            chain("protocol", ".id"),
            chain("protocol", "[0]"),
            chain("protocol", ".id()"),
            chain("", "!"),
            chain("", "-"),
            chain("", "["),
            chain("1", "?1:1"),
            nested("(", "1", ")"),
            nested("[", "1", "]"),
            nested("-(", "1", ")"),
            nested("int(", "1", ")"),
            nested("{1:", "1", "}"),
            "x".repeat(MAX_BYTES + 1),
            "9".repeat(MAX_BYTES),
            "0x".repeat(50),
            "'\\u".into(),
            "b'\\xff'".into(),
            "a{}".into(),
            String::new(),
        ] {
            let _ =
                Expression::compile(&text, PROTOCOL, Purpose::Expectation).map(|(expression, _)| expression.value(&facts(&json!(true))));
        }
    }

    #[test]
    fn arithmetic_out_of_range_is_an_error() {
        for text in [
            "9223372036854775807 + 1 == 0",
            "-9223372036854775807 - 9 == 0",
            "9223372036854775807 * 2 == 0",
            "1 / 0 == 0",
            "1 % 0 == 0",
            "(-9223372036854775807 - 1) / -1 == 0",
            "(-9223372036854775807 - 1) % -1 == 0",
            "timestamp('9999-12-31T23:59:59Z') + duration('9999h') < now",
            "duration('99999999999999999h') < duration('1s')",
            "timestamp('nonsense') < now",
            "'x'.matches('(')",
            "'x'.matches('((a{999}){999}){999}')",
            "int('9'.trim()) == int('x')",
            "int(1e300) == 0",
        ] {
            if let Ok((expression, _)) = Expression::compile(text, PROTOCOL, Purpose::Expectation) {
                assert!(expression.truth(&facts(&json!(true))).is_err(), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_brings_the_compiler_down(text in "[a-z.()\\[\\]{}'\"?:!&|=<>+*/%0-9, é-]{0,60}") {
            let length = text.chars().count();
            for fault in Expression::compile(&text, PROTOCOL, Purpose::Expectation).err().into_iter().flatten() {
                prop_assert!(fault.offset <= length);
            }
            let _ = Message::compile(&text, PROTOCOL);
        }
    }
}
