//! The places of a file that set, pass, call or log something watched.

use std::{cell::OnceCell, collections::BTreeMap, ops::Range, sync::atomic::Ordering};

use super::{
    Assignment, Call, Declares, Expression, Field, Form, Statement, Unit,
    bindings::{Bindings, Filled, Grown, SetMember, Taken, is_own},
    evaluate::{Evaluator, TAKEN_AWAY, is_plain},
    guards::otherwise,
    known, objects,
    stores::{is_of_passwords, key_position},
};
use crate::{
    collect::source::{
        document::{Counts, Document, More, Place, Reading},
        drawn,
        names::{Match, Names, segments, words},
        origins::Value,
        sinks,
    },
    evidence::FactKind,
};

/// No number of an error has more digits.
const LONGEST_CODE: usize = 5;
/// More arguments are data.
pub(super) const MOST_ARGUMENTS: usize = 16;

/// Finds the places of one file.
pub(super) struct Finder<'a, 'r> {
    pub(super) document: &'a Document<'a>,
    pub(super) unit: &'a Unit,
    pub(super) bindings: &'a Bindings<'a>,
    pub(super) reading: &'r mut Reading,
    /// Conditions around the statement at hand that are questions of the environment.
    pub(super) guards: Vec<String>,
    /// The blocks around it, each with what it depends on.
    pub(super) blocks: Vec<(Option<Range<usize>>, Range<usize>)>,
    /// The function around the statement at hand.
    pub(super) function: Option<Range<usize>>,
    /// Whether that function is there to take cookies away, by its name.
    pub(super) takes_away: bool,
    /// The calls around the expression at hand, each with how many functions without a name are around it, and how many are around the expression.
    pub(super) calls: Vec<(&'a Call, usize)>,
    pub(super) functions: usize,
    /// The call that the expression at hand is passed to.
    passed_to: Option<Range<usize>>,
    /// Whether that call keeps what it is given in a dictionary, so that nobody is sent it.
    is_kept: bool,
    /// Members of variables that are set somewhere in the file, by their name in lower case, so that a switch that is set later is not missing.
    pub(super) set_later: BTreeMap<String, Vec<SetMember<'a>>>,
    /// Secrets that are taken out of something, once that was asked.
    pub(super) taken: OnceCell<Vec<Taken<'a>>>,
    /// What may be the query of an address, and whether it is a form by where it is handed to.
    pub(super) forms: Vec<(&'a Expression, bool)>,
    /// Pairs that variables are filled with.
    pub(super) filled: Vec<Filled<'a>>,
    /// Texts that grow, by the variable and where it is declared.
    pub(super) grown: BTreeMap<(&'a str, usize), Grown<'a>>,
}

impl<'a, 'r> Finder<'a, 'r> {
    pub(super) fn new(document: &'a Document<'a>, unit: &'a Unit, bindings: &'a Bindings<'a>, reading: &'r mut Reading) -> Self {
        if bindings.is_cut {
            reading.gap = Some("more names than can be followed".to_owned());
        }
        Self {
            document,
            unit,
            bindings,
            reading,
            guards: Vec::new(),
            blocks: Vec::new(),
            function: None,
            takes_away: false,
            calls: Vec::new(),
            functions: 0,
            passed_to: None,
            is_kept: false,
            set_later: BTreeMap::new(),
            taken: OnceCell::new(),
            forms: Vec::new(),
            filled: Vec::new(),
            grown: BTreeMap::new(),
        }
    }

    /// Every place of the file.
    pub(super) fn unit(&mut self) {
        let unit = self.unit;
        self.collect_what_is_set();
        self.statements(&unit.body, &[]);
        self.queries();
    }

    pub(super) fn evaluator(&self) -> Evaluator<'a> {
        Evaluator::new(self.unit, self.bindings, &self.document.lines)
    }

    pub(super) fn is_over(&mut self) -> bool {
        self.document.stop.load(Ordering::Relaxed) || self.reading.is_full()
    }

    /// `within` are the names on the way to an object that is being filled.
    pub(super) fn statements(&mut self, statements: &'a [Statement], within: &[&'a str]) {
        let mut before = None;
        for statement in statements {
            if self.is_over() {
                return;
            }
            match statement {
                Statement::Assign(assignment) => self.assignment(assignment, within),
                Statement::Evaluate(expression) | Statement::Return(expression) => self.expression(expression, within),
                Statement::Scope(scope) => {
                    let is_other = scope.condition.is_none() && self.is_otherwise(&scope.range);
                    let condition = if is_other { before } else { scope.condition.as_ref() };
                    let guard =
                        if is_other { condition.and_then(otherwise) } else { condition.and_then(|condition| self.guard(condition)) };
                    self.guarded(scope, guard, within);
                    before = condition;
                }
                Statement::Alias { .. } => {}
            }
        }
    }

    pub(super) fn assignment(&mut self, assignment: &'a Assignment, within: &[&'a str]) {
        let Assignment { target, value, declares, .. } = assignment;
        let spellings = self.spellings(target);
        if let Some(value) = value {
            let counts = if *declares == Some(Declares::Property) { Counts::IfWritten } else { Counts::Always };
            let told = self.reading.places.len();
            self.set(assignment, &spellings, value, counts);
            self.missing_under_key(assignment);
            // What an annotation before it gives is told once: `@Value("${client-secret:…}") String clientSecret`.
            if value.range.end <= target.range.start && self.reading.places.len() > told {
                return;
            }
            let inside: Vec<&str> = target.path().unwrap_or_default();
            let around = self.takes_away;
            self.takes_away |= Self::is_there_to_take_away(target, value);
            self.expression(value, &inside);
            self.takes_away = around;
        }
        if let Form::Index(of, key) = &target.form {
            self.expression(of, within);
            self.expression(key, within);
        } else if let Form::Member(of, _) = &target.form {
            self.expression(of, within);
        }
    }

    /// A value under a name: of a variable, a member, a key.
    fn set(&mut self, assignment: &'a Assignment, spellings: &[Vec<String>], value: &'a Expression, counts: Counts) {
        let Assignment { target, range, declares, .. } = assignment;
        let is_parameter = *declares == Some(Declares::Parameter);
        let setting = most_specific(&self.document.watch.setting, spellings).filter(|(_, found)| found.exact);
        // What a parameter is in want of a value decides nothing: the caller does.
        if let Some((sink, found)) = setting.filter(|_| !is_parameter && !self.is_of_gone_cookie(target)) {
            self.add_setting(sink, found, range.clone(), value);
        }
        if let Some(last) = target.path().and_then(|path| path.last().copied()) {
            self.name_and_password(last, value);
        }
        self.kept(target, value, range);
        self.assigned_query(target, value, range);
        if matches!(value.form, Form::Object(_) | Form::Function(_)) {
            return;
        }
        let keyed = matches!(target.form, Form::Index(..));
        if keyed && let Some((sink, found)) = most_specific(&self.document.watch.argument, spellings) {
            return self.add(pair_kind(&sink), sink, found, range.clone(), value, counts);
        }
        if let Some((sink, found)) = most_specific(&self.document.watch.assignment, spellings) {
            self.add(FactKind::Assignment, sink, found, range.clone(), value, counts);
        }
    }

    /// The paths that a target may have: as written, with an alias or a variable's type in place of its head, with the type around a member.
    pub(super) fn spellings(&self, target: &'a Expression) -> Vec<Vec<String>> {
        if let Form::Index(of, key) = &target.form
            && let Some(key) = key.text().filter(|key| key.contains(['.', ':']) && !key.contains([' ', '/']))
        {
            return self.under_key(of, key);
        }
        if let Form::Index(of, key) = &target.form
            && let Some([.., "HttpRequestHeader" | "HttpResponseHeader" | "HeaderNames", header]) = key.path().as_deref()
        {
            return self.under_key(of, header);
        }
        // A constant of the language's own is the name of a switch: `$options[CURLOPT_SSL_VERIFYPEER]`.
        if let Form::Index(of, key) = &target.form
            && let Form::Name(constant) = &key.form
            && constant.contains('_')
            && !constant.chars().any(char::is_lowercase)
        {
            return self.under_key(of, constant);
        }
        let Some(path) = target.path() else { return Vec::new() };
        let offset = target.range.start;
        let Some((head, rest)) = path.split_first() else { return Vec::new() };
        // What stands in place of a head leaves the last name as it is, unless there is only a head.
        let is_renamed = rest.is_empty() && self.bindings.alias(head).is_some();
        if !is_renamed && path.last().is_some_and(|last| !self.concerns(last)) {
            return Vec::new();
        }
        let mut spellings = vec![owned(&path)];
        let more = |start: Vec<String>| start.into_iter().chain(owned(rest)).collect::<Vec<String>>();
        if let Some(alias) = self.bindings.alias(head) {
            spellings.push(more(alias.to_vec()));
        }
        if rest.is_empty() || matches!(&target.form, Form::Member(of, _) if is_own(of)) {
            let binding = self.bindings.declared_at(offset).or_else(|| self.bindings.find(head, offset));
            if let Some(owner) = binding.filter(|binding| binding.kind.is_member()).and_then(|binding| binding.owner.last()) {
                spellings.push(vec![(*owner).to_owned(), path.last().map(ToString::to_string).unwrap_or_default()]);
            }
        } else if let Some(binding) = self.bindings.find(head, offset) {
            spellings.extend(self.bindings.types_of(binding).iter().map(|of_type| more(owned(of_type))));
            if let [only] = binding.values.as_slice()
                && let (Form::Name(_) | Form::Member(..), Some(stands_for)) = (&only.form, only.path())
            {
                spellings.push(more(owned(&stands_for)));
            }
        }
        spellings
    }

    /// The paths of a key that is one itself: `localStorage["panel.token"]`.
    fn under_key(&self, of: &'a Expression, key: &str) -> Vec<Vec<String>> {
        let keys: Vec<&str> = segments(key).collect();
        let Some(last) = keys.last().filter(|last| self.concerns(last)) else { return Vec::new() };
        let owner = of.path().unwrap_or_default();
        let whole = owner.iter().chain(&keys).map(ToString::to_string).collect();
        vec![whole, owner.last().into_iter().chain([last]).map(ToString::to_string).collect()]
    }

    /// Whether a rule watches something of this name, or what a setter of this name sets.
    fn concerns(&self, name: &str) -> bool {
        let bare = known::without_setter(name);
        self.document.watch.named.know(name) || (bare != name && self.document.watch.named.know(bare))
    }

    pub(super) fn expression(&mut self, expression: &'a Expression, within: &[&'a str]) {
        if self.is_over() {
            return;
        }
        match &expression.form {
            Form::Function(scope) => {
                self.functions += 1;
                self.scope(scope, within);
                self.functions -= 1;
            }
            Form::Assigned(assignment) => self.assignment(assignment, within),
            Form::Member(of, _) | Form::Not(of) => self.expression(of, within),
            Form::Index(of, key) => [of, key].into_iter().for_each(|part| self.expression(part, within)),
            Form::Call(call) => self.call(call, expression, within),
            Form::Joined(parts) => {
                self.joined_pairs(parts);
                self.joined_connection(parts);
                self.joined_query(parts);
                self.expressions(parts, within);
            }
            Form::AnyOf(parts) => {
                self.stand_ins(parts, expression);
                self.expressions(parts, within);
            }
            Form::List(parts) | Form::Other(parts) => self.expressions(parts, within),
            // A text that is compared with something sets nothing, whatever stands in it.
            Form::Compared(parts) => {
                self.compared(parts, expression);
                parts.iter().filter(|part| part.text().is_none()).for_each(|part| self.expression(part, within));
            }
            Form::Object(fields) => self.fields(fields, within),
            Form::Text(text) => self.inside_text(text, expression),
            Form::Number(_) | Form::Truth(_) | Form::Nothing | Form::Name(_) => {}
        }
    }

    fn expressions(&mut self, parts: &'a [Expression], within: &[&'a str]) {
        for part in parts {
            self.expression(part, within);
        }
    }

    fn fields(&mut self, fields: &'a [Field], within: &[&'a str]) {
        for field in fields {
            // A type is named here, not what is set.
            if is_type_name(&field.name) {
                self.expression(&field.value, within);
                continue;
            }
            let path: Vec<&'a str> = within.iter().copied().chain(segments(&field.name)).collect();
            if path.last().is_none_or(|last| !self.document.watch.named.know(last)) {
                self.expression(&field.value, &path);
                continue;
            }
            let spelling = vec![owned(&path)];
            let setting = most_specific(&self.document.watch.setting, &spelling).filter(|(_, found)| found.exact);
            if let Some((sink, found)) =
                setting.filter(|(_, found)| !Self::is_of_no_cookie(fields, found) && !objects::is_said_before(fields, found))
            {
                self.add_setting(sink, found, field.range.clone(), &field.value);
            }
            if !matches!(field.value.form, Form::Object(_) | Form::Function(_)) && !objects::are_numbers(fields) {
                self.credential(&spelling, &field.value, &field.range);
            }
            self.expression(&field.value, &path);
        }
    }

    /// A value under a key: a header where the name is one, else a member.
    fn credential(&mut self, spelling: &[Vec<String>], value: &'a Expression, range: &Range<usize>) {
        let watch = self.document.watch;
        if let Some((sink, found)) = most_specific(&watch.argument, spelling).filter(|(sink, _)| sink.contains('-')) {
            return self.add(pair_kind(&sink), sink, found, range.clone(), value, Counts::Always);
        }
        if let Some((sink, found)) = most_specific(&watch.assignment, spelling) {
            self.add(FactKind::Assignment, sink, found, range.clone(), value, Counts::Always);
        } else if let Some((sink, found)) = most_specific(&watch.argument, spelling) {
            self.add(FactKind::Argument, sink, found, range.clone(), value, Counts::Always);
        }
    }

    fn call(&mut self, call: &'a Call, whole: &'a Expression, within: &[&'a str]) {
        let path: Vec<&'a str> = call.callee.path().unwrap_or_default();
        let mut spellings = self.spellings(&call.callee);
        if let (true, Form::Member(_, method)) = (spellings.is_empty() && path.is_empty() && !call.creates, &call.callee.form) {
            // What a text or a bracket is asked to do: `"https://…".WithBasicAuth(name, password)`.
            spellings.push(vec![method.clone()]);
        }
        let passed_to = self.passed_to.take();
        let is_kept = std::mem::take(&mut self.is_kept);
        self.expression(&call.callee, within);
        self.calls.push((call, self.functions));
        let by_name = self.by_name(call, &path);
        self.called(call, whole, by_name.as_ref().unwrap_or(&spellings));
        self.compares(call, whole, &path);
        self.named_arguments(call, &path);
        self.pairs(call, &path);
        self.option(call, &path);
        self.by_position(call, &path);
        self.handed_on(call, &path);
        self.switches_by_position(call, &path);
        self.by_setter(call, whole, &spellings);
        self.passed_as_query(call, &path);
        self.appended(call);
        self.concatenated(call);
        self.logged(call, whole, &path);
        // What is made for a call alone is looked for where the call begins.
        let start = passed_to.map_or_else(|| self.place_of(call, whole).start, |outer| outer.start);
        if !is_kept {
            self.missing(call, whole, &spellings, &(start..whole.range.end));
        }
        for argument in &call.arguments {
            let inside: Vec<&'a str> = path.iter().copied().chain(argument.name.as_deref()).collect();
            let is_made = matches!(&argument.value.form, Form::Call(made) if made.creates);
            self.passed_to = is_made.then(|| self.place_of(call, whole));
            self.is_kept = is_made && Self::keeps_under_key(call, &path);
            self.expression(&argument.value, &inside);
            self.passed_to = None;
        }
        self.fields(&call.fields, &path);
        self.calls.pop();
    }

    /// Where a call stands: in a chain over several lines, from its own name on.
    pub(super) fn place_of(&self, call: &Call, whole: &Expression) -> Range<usize> {
        let before = match &call.callee.form {
            Form::Member(of, _) => of.range.end,
            _ => return whole.range.clone(),
        };
        let between = self.document.text.get(before..call.callee.range.end).unwrap_or("");
        if !between.contains('\n') {
            return whole.range.clone();
        }
        let own = between.trim_start_matches(|character: char| character.is_whitespace() || ".?-> ".contains(character));
        call.callee.range.end.saturating_sub(own.len())..whole.range.end
    }

    /// A function that a rule asks for, with everything that is passed.
    fn called(&mut self, call: &'a Call, whole: &'a Expression, spellings: &[Vec<String>]) {
        let Some((sink, found)) = most_specific(&self.document.watch.call, spellings).filter(|(_, found)| found.exact) else { return };
        let mut arguments = Vec::new();
        let is_under_key =
            call.arguments.len() > 1 && spellings.iter().filter_map(|path| path.last()).any(|name| known::stores_pairs(name));
        let key = key_position(&call.callee.path().unwrap_or_default());
        // Which function of its script a page is to run, is no argument of that function.
        let callee = usize::from(known::runs_script(&call.callee.path().unwrap_or_default()));
        for (position, argument) in call.arguments.iter().skip(callee).enumerate().take(MOST_ARGUMENTS) {
            let mut passed = self.passed(argument.name.as_deref(), position, &argument.value);
            if is_under_key && position == key && passed.plain.is_none() {
                passed.plain = self.evaluator().plain(&argument.value).filter(|key| self.names_something(key));
            }
            if is_under_key && key == 0 && position == 1 && !passed.plain.as_deref().is_some_and(|plain| self.is_called_secret(plain)) {
                passed.plain = self.says_secret(&argument.value).or(passed.plain);
            }
            if is_under_key && position != key {
                passed.plain = self.told_if_unreadable(&argument.value).or(passed.plain);
            }
            arguments.push(passed);
            if let Form::Object(fields) = &argument.value.form {
                arguments.extend(fields.iter().take(MOST_ARGUMENTS).map(|field| self.passed(Some(&field.name), position, &field.value)));
            }
        }
        arguments.extend(call.fields.iter().take(MOST_ARGUMENTS).map(|field| self.passed(Some(&field.name), MOST_ARGUMENTS, &field.value)));
        let place =
            Place::new(FactKind::Call, sink, found.entry, self.place_of(call, whole), Value::From(crate::evidence::Origin::Unknown));
        let more = More { arguments, ..self.more(self.read_for_its_end(call, whole)) };
        self.reading.add(Place { more, ..place });
    }

    /// Whether a text is the name that something is kept under, and no secret: its last word is one of the rules'.
    pub(super) fn names_something(&self, key: &str) -> bool {
        let last = words(key).pop();
        let is_one = |word: String| known::is_telling(&word, |word| self.document.watch.says(word));
        is_plain(key) && !drawn::looks_random(key) && last.is_some_and(|word| is_of_passwords(&word) || is_one(word))
    }

    /// What may be told of a value: any argument may be a password, so that of a text only words that are none are.
    pub(super) fn told(&self, plain: Option<String>, value: &Value) -> Option<String> {
        let is_text = holds_text(value);
        plain.filter(|plain| !is_text || known::is_telling(plain, |word| self.document.watch.says(word)))
    }

    pub(super) fn add_setting(&mut self, sink: String, found: Match<'_>, range: Range<usize>, value: &'a Expression) {
        if self.is_idle_flag(&found) {
            return;
        }
        let mut evaluator = self.evaluator();
        let is_cookie = found.entry.eq_ignore_ascii_case("set-cookie");
        let plain = if is_cookie { evaluator.cookie(value) } else { evaluator.plain(value) };
        // Of a text that is put together, the names in it tell whose it is.
        let plain = match &value.form {
            Form::Joined(parts) if plain.is_none() && !is_cookie => {
                evaluator.plain_words(parts.iter().filter(|part| part.path().is_some()))
            }
            _ => plain,
        };
        let plain = if matches!(value.form, Form::List(_)) && !is_cookie { self.told(plain, &evaluator.value(value)) } else { plain };
        let plain = plain.map(|plain| if self.is_checked_too(&found, &plain) { format!("{plain} beside a check") } else { plain });
        let plain = if self.takes_away && found.entry == "document.cookie" { Some(TAKEN_AWAY.to_owned()) } else { plain };
        let value = match &value.form {
            // A switch that is written out is a literal, whatever its type.
            Form::Truth(_) | Form::Number(_) | Form::Nothing => Value::Written(plain.clone().unwrap_or_default()),
            _ => evaluator.value(value),
        };
        let place = Place::new(FactKind::Setting, sink, found.entry, range, value);
        let more = self.more(plain);
        self.reading.add(Place { more, ..place });
    }

    /// Whether a token whose signature is left unchecked is checked in the same function, as when its issuer has to be known before its keys are.
    fn is_checked_too(&self, found: &Match<'_>, plain: &str) -> bool {
        let function = self.function.clone().and_then(|function| self.document.text.get(function)).unwrap_or("");
        found.entry == "verify_signature" && plain == "false" && function.matches("decode(").count() > 1 && function.contains("algorithms")
    }

    pub(super) fn add(
        &mut self,
        kind: FactKind,
        sink: String,
        found: Match<'_>,
        range: Range<usize>,
        value: &'a Expression,
        counts: Counts,
    ) {
        // A short number under a name in capitals is one of a list: `ERROR_BAD_PASSWORD = 1323`.
        let is_code = matches!(&value.form, Form::Number(number) if number.len() <= LONGEST_CODE || number.starts_with("0x"));
        if kind == FactKind::Assignment && is_code && !sink.rsplit('.').next().unwrap_or("").contains(char::is_lowercase) {
            return;
        }
        let is_authorization = found.entry.eq_ignore_ascii_case("authorization");
        let scheme = if is_authorization { self.evaluator().scheme("", value) } else { None };
        let value = self.evaluator().value(value);
        let place = Place::new(kind, sink, found.entry, range, value);
        let more = self.more(scheme);
        self.reading.add(Place { counts: counts.under(&found), more, ..place });
    }

    pub(super) fn more(&self, plain: Option<String>) -> More {
        More { plain, guard: self.guards.last().cloned(), is_rough: self.unit.is_rough, ..More::default() }
    }
}

/// Whether a key names a type of something, as `AWS::IAM::AccessKey` does.
fn is_type_name(key: &str) -> bool {
    key.contains("::") && key.split("::").all(|part| part.starts_with(char::is_uppercase))
}

/// Whether a value may be a text that is written out.
fn holds_text(value: &Value) -> bool {
    match value {
        Value::Written(_) => true,
        Value::Via(inner, _) => holds_text(inner),
        Value::AnyOf(values) | Value::Joined(values) => values.iter().any(holds_text),
        Value::From(_) | Value::Named(_) => false,
    }
}

pub(super) fn owned(path: &[impl AsRef<str>]) -> Vec<String> {
    path.iter().map(|part| part.as_ref().to_owned()).collect()
}

/// Names with a hyphen are those of headers.
pub(super) fn pair_kind(name: &str) -> FactKind {
    let is_header = name.contains('-') || name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("cookie");
    if is_header { FactKind::Header } else { FactKind::Argument }
}

/// The spelling that matches the longest entry, and that entry.
pub(super) fn most_specific<'w>(names: &'w Names, spellings: &[Vec<String>]) -> Option<(String, Match<'w>)> {
    let mut best: Option<(String, Match<'w>)> = None;
    for path in spellings {
        if let Some(found) = names.matching(path)
            && best.as_ref().is_none_or(|(_, known)| found.segments > known.segments)
        {
            best = Some((sinks::dotted(path), found));
        }
    }
    best
}
