//! JavaScript and TypeScript, with JSX.

use tree_sitter::{Language, Node};

use super::lowering::{self, Lowering, child_of_kind, children, field, has_token, unescaped};
use crate::collect::source::{
    document::{Document, Reading},
    program::{self, Argument, Assignment, Call, Declares, Expression, Field, Form, Scope, ScopeKind, Statement, Unit},
};

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    ends_with(name, &[".js", ".jsx", ".mjs", ".cjs", ".gs"])
}

pub(in crate::collect::source) fn claims_typescript(name: &str) -> bool {
    ends_with(name, &[".ts", ".tsx", ".mts", ".cts"])
}

/// How many members of a required module are named at once.
const LONGEST_REQUIRED: usize = 8;

fn ends_with(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    read_as(document, &tree_sitter_javascript::LANGUAGE.into())
}

pub(in crate::collect::source) fn read_typescript(document: &Document<'_>) -> Reading {
    read_as(document, &typescript(&document.path.to_lowercase()))
}

/// The grammar of a file by its name in lower case.
pub(super) fn typescript(name: &str) -> Language {
    let language =
        if ends_with(name, &[".tsx"]) { tree_sitter_typescript::LANGUAGE_TSX } else { tree_sitter_typescript::LANGUAGE_TYPESCRIPT };
    language.into()
}

fn read_as(document: &Document<'_>, language: &Language) -> Reading {
    lowering::read(document, language, unit)
}

fn unit(lowering: &mut Lowering<'_>, root: Node<'_>) -> Unit {
    let body = statements(lowering, root);
    Unit { module: vec![program::module_of(lowering.path)], shows_members: true, body, ..Unit::default() }
}

fn statements(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    for child in children(node) {
        lowering.deeper(child, |lowering| statement(lowering, child, &mut body));
    }
    body
}

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    match node.kind() {
        "expression_statement" => {
            for child in children(node) {
                body.push(evaluated(lowering, child));
            }
        }
        "lexical_declaration" | "variable_declaration" => {
            let constant = has_token(node, "const");
            for declarator in children(node).into_iter().filter(|child| child.kind() == "variable_declarator") {
                declaration(lowering, declarator, if constant { Declares::Constant } else { Declares::Variable }, body);
            }
        }
        "export_statement" => exported(lowering, node, body),
        "import_statement" => imported(lowering, node, body),
        "return_statement" => {
            let value = children(node).first().map(|value| expression(lowering, *value));
            body.extend(value.map(Statement::Return));
        }
        "function_declaration" | "generator_function_declaration" | "method_definition" => {
            body.push(Statement::Scope(function(lowering, node)));
        }
        "class_declaration" | "abstract_class_declaration" | "class" => body.push(Statement::Scope(class(lowering, node))),
        "field_definition" | "public_field_definition" => {
            let name = field(node, "property").or_else(|| field(node, "name"));
            let value = field(node, "value").map(|value| expression(lowering, value));
            if let Some(name) = name {
                let declares = if has_token(node, "readonly") || has_token(node, "static") { Declares::Constant } else { Declares::Field };
                body.push(Statement::Assign(Assignment::declared(key_of(lowering, name).as_str(), name.byte_range(), value, declares)));
            }
        }
        "enum_declaration" => enumeration(lowering, node, body),
        "internal_module" | "module" | "ambient_declaration" => {
            let inner = field(node, "body").map_or_else(Vec::new, |inner| statements(lowering, inner));
            body.push(Statement::Scope(Scope::block(inner, None, node.byte_range())));
        }
        "if_statement" => {
            let condition = field(node, "condition").map(|condition| expression(lowering, condition));
            let inner = field(node, "consequence").map_or_else(Vec::new, |branch| one_or_more(lowering, branch));
            let range = field(node, "consequence").map_or(node.byte_range(), |branch| branch.byte_range());
            body.push(Statement::Scope(Scope::block(inner, condition, range)));
            if let Some(other) = field(node, "alternative") {
                let inner = statements(lowering, other);
                body.push(Statement::Scope(Scope::block(inner, None, other.byte_range())));
            }
        }
        kind if is_expression(kind) => body.push(evaluated(lowering, node)),
        // Loops, try, switch, blocks: what is in them counts, not how often it runs.
        _ => {
            let inner = statements(lowering, node);
            body.push(Statement::Scope(Scope::block(inner, None, node.byte_range())));
        }
    }
}

fn one_or_more(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Statement> {
    if node.kind() == "statement_block" {
        return statements(lowering, node);
    }
    let mut body = Vec::new();
    lowering.deeper(node, |lowering| statement(lowering, node, &mut body));
    body
}

fn is_expression(kind: &str) -> bool {
    kind.ends_with("_expression")
        || matches!(
            kind,
            "identifier"
                | "string"
                | "template_string"
                | "object"
                | "array"
                | "arrow_function"
                | "jsx_element"
                | "jsx_self_closing_element"
        )
}

/// An expression on its own; an assignment among them gives a value.
fn evaluated(lowering: &mut Lowering<'_>, node: Node<'_>) -> Statement {
    let expression = expression(lowering, node);
    match expression.form {
        Form::Assigned(assignment) => exports(*assignment),
        form => Statement::Evaluate(Expression::new(form, expression.range)),
    }
}

/// `module.exports = x` is what whoever requires the file gets, `exports.x = y` a member of it.
fn exports(assignment: Assignment) -> Statement {
    let Assignment { target, value, range, .. } = assignment;
    let path: Vec<String> = target.path().unwrap_or_default().into_iter().map(str::to_owned).collect();
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    match (names.as_slice(), value) {
        (["module", "exports"], Some(value)) => Statement::Return(value),
        (["module", "exports", name] | ["exports", name], value) => {
            Statement::Assign(Assignment { range, ..Assignment::declared(name, target.range, value, Declares::Constant) })
        }
        (_, value) => Statement::Assign(Assignment { target, value, declares: None, of_type: None, range }),
    }
}

fn declaration(lowering: &mut Lowering<'_>, declarator: Node<'_>, declares: Declares, body: &mut Vec<Statement>) {
    let (Some(name), value) = (field(declarator, "name"), field(declarator, "value")) else { return };
    if let Some((of, required)) = value.and_then(|value| required(lowering, value)) {
        return required_names(lowering, name, &[vec![of], required].concat(), body);
    }
    let state = value.filter(|_| name.kind() == "array_pattern").and_then(|call| initial_state(lowering, call));
    let value = value.map(|value| expression(lowering, value));
    match name.kind() {
        "identifier" => {
            let text = lowering.text_of(name);
            let mut assignment = Assignment::declared(text, name.byte_range(), value, declares);
            assignment.range = declarator.byte_range();
            assignment.of_type = field(declarator, "type").and_then(|of| of_type(lowering, of));
            body.push(Statement::Assign(assignment));
        }
        // `const { secret = "…" } = settings`: the names are new, and may have values of their own.
        _ => destructured(lowering, name, value, declares, body),
    }
    if let Some((held, state)) = children(name).first().zip(state) {
        let initial = expression(lowering, state);
        body.push(Statement::Assign(Assignment::declared(lowering.text_of(*held), held.byte_range(), Some(initial), Declares::Variable)));
    }
}

/// The text that the state of a component begins with: `useState("…")` gives the state and what sets it.
fn initial_state<'t>(lowering: &Lowering<'_>, call: Node<'t>) -> Option<Node<'t>> {
    let name = lowering.text_of(field(call, "function")?).rsplit('.').next()?;
    let initial = children(field(call, "arguments")?).first().copied()?;
    (["useState", "createSignal"].contains(&name) && initial.kind() == "string").then_some(initial)
}

/// The names of a pattern, each a member of what is taken apart.
fn destructured(lowering: &mut Lowering<'_>, pattern: Node<'_>, value: Option<Expression>, declares: Declares, body: &mut Vec<Statement>) {
    let of: Option<Vec<String>> = value.as_ref().and_then(|value| value.path().map(|path| path.into_iter().map(str::to_owned).collect()));
    body.extend(value.map(Statement::Evaluate));
    for part in children(pattern) {
        let (name, default) = match part.kind() {
            "object_assignment_pattern" | "assignment_pattern" => (field(part, "left"), field(part, "right")),
            "pair_pattern" => (field(part, "value"), None),
            _ => (Some(part), None),
        };
        let Some(name) = name.filter(|name| name.kind().ends_with("identifier") || name.kind().ends_with("identifier_pattern")) else {
            continue;
        };
        let key = field(part, "key").map_or_else(|| lowering.text_of(name).to_owned(), |key| key_of(lowering, key));
        let member = of.as_ref().map(|of| {
            let head = of.iter().skip(1).fold(Form::Name(of.first().cloned().unwrap_or_default()), |form, name| {
                Form::Member(Box::new(Expression::new(form, part.byte_range())), name.clone())
            });
            Expression::new(Form::Member(Box::new(Expression::new(head, part.byte_range())), key), part.byte_range())
        });
        let default = default.map(|default| expression(lowering, default));
        let values: Vec<Expression> = member.into_iter().chain(default).collect();
        let value = (!values.is_empty()).then(|| Expression::new(Form::AnyOf(values), part.byte_range()));
        body.push(Statement::Assign(Assignment::declared(lowering.text_of(name), name.byte_range(), value, declares)));
    }
}

/// The module and the members of `require("./x").y`.
fn required(lowering: &Lowering<'_>, node: Node<'_>) -> Option<(String, Vec<String>)> {
    let (mut node, mut members) = (node, Vec::new());
    while node.kind() == "member_expression" && members.len() < LONGEST_REQUIRED {
        members.insert(0, lowering.text_of(field(node, "property")?).to_owned());
        node = field(node, "object")?;
    }
    let is_call = node.kind() == "call_expression" && lowering.text_of(field(node, "function")?) == "require";
    let module = children(field(node, "arguments")?).first().copied().filter(|module| is_call && module.kind() == "string")?;
    Some((module_name(&content(lowering, module))?, members))
}

fn required_names(lowering: &Lowering<'_>, pattern: Node<'_>, path: &[String], body: &mut Vec<Statement>) {
    if pattern.kind() == "identifier" {
        return body.push(Statement::Alias { name: lowering.text_of(pattern).to_owned(), path: path.to_vec() });
    }
    for part in children(pattern) {
        let name = field(part, "value").unwrap_or(part);
        let key = field(part, "key").unwrap_or(part);
        let path = path.iter().cloned().chain([lowering.text_of(key).to_owned()]).collect();
        body.push(Statement::Alias { name: lowering.text_of(name).to_owned(), path });
    }
}

/// How other files know a module: by its file's stem, of a relative path only; a package is none of the app's.
fn module_name(specifier: &str) -> Option<String> {
    let is_own = specifier.starts_with(['.', '/', '~', '#']) || specifier.starts_with("@/") || specifier.starts_with("src/");
    let mut parts = specifier.trim_end_matches("/index").rsplit('/');
    let last = parts.next().filter(|last| is_own && !last.is_empty() && *last != "." && *last != "..")?;
    let stem = [".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", ".json"].iter().find_map(|ending| last.strip_suffix(ending)).unwrap_or(last);
    Some(stem.to_owned())
}

fn imported(lowering: &Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let Some(module) = field(node, "source").and_then(|source| module_name(&content(lowering, source))) else { return };
    let Some(clause) = child_of_kind(node, "import_clause") else { return };
    for part in children(clause) {
        match part.kind() {
            "identifier" => body.push(Statement::Alias { name: lowering.text_of(part).to_owned(), path: vec![module.clone()] }),
            "namespace_import" => {
                let name = children(part).first().map(|name| lowering.text_of(*name).to_owned());
                body.extend(name.map(|name| Statement::Alias { name, path: vec![module.clone()] }));
            }
            _ => {
                for specifier in children(part) {
                    let Some(name) = field(specifier, "name") else { continue };
                    let alias = field(specifier, "alias").unwrap_or(name);
                    let path = vec![module.clone(), lowering.text_of(name).to_owned()];
                    body.push(Statement::Alias { name: lowering.text_of(alias).to_owned(), path });
                }
            }
        }
    }
}

fn exported(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    if let Some(declaration) = field(node, "declaration") {
        return statement(lowering, declaration, body);
    }
    if let Some(value) = field(node, "value") {
        let value = expression(lowering, value);
        body.push(Statement::Return(value));
    }
}

fn function(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| key_of(lowering, name));
    let list = field(node, "parameters").or_else(|| field(node, "parameter"));
    let (mut parameters, mut taken_apart) = (Vec::new(), Vec::new());
    for part in list.map(|list| if list.kind() == "formal_parameters" { children(list) } else { vec![list] }).unwrap_or_default() {
        let pattern = field(part, "pattern").or_else(|| field(part, "left")).unwrap_or(part);
        let pattern = if pattern.kind() == "rest_pattern" { children(pattern).first().copied().unwrap_or(pattern) } else { pattern };
        let default = field(part, "value").or_else(|| field(part, "right")).map(|default| expression(lowering, default));
        let mut parameter = Assignment::declared(lowering.text_of(pattern), pattern.byte_range(), default, Declares::Parameter);
        parameter.of_type = field(part, "type").and_then(|of| of_type(lowering, of));
        parameters.push(parameter);
        if pattern.kind() == "object_pattern" {
            destructured(lowering, pattern, None, Declares::Parameter, &mut taken_apart);
        }
    }
    let body = match field(node, "body") {
        Some(block) if block.kind() == "statement_block" => statements(lowering, block),
        Some(value) => vec![Statement::Return(expression(lowering, value))],
        None => Vec::new(),
    };
    let body = taken_apart.into_iter().chain(body).collect();
    Scope { kind: ScopeKind::Function, name, bases: Vec::new(), parameters, body, condition: None, range: node.byte_range() }
}

fn class(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| lowering.text_of(name).to_owned());
    let body = field(node, "body").map_or_else(Vec::new, |body| statements(lowering, body));
    Scope { kind: ScopeKind::Type, name, bases: Vec::new(), parameters: Vec::new(), body, condition: None, range: node.byte_range() }
}

fn enumeration(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let mut members = Vec::new();
    for member in field(node, "body").map(children).unwrap_or_default() {
        if let (Some(name), Some(value)) = (field(member, "name"), field(member, "value")) {
            let value = expression(lowering, value);
            let name_text = key_of(lowering, name);
            members.push(Statement::Assign(Assignment::declared(&name_text, name.byte_range(), Some(value), Declares::Constant)));
        }
    }
    let name = field(node, "name").map(|name| lowering.text_of(name).to_owned());
    let range = node.byte_range();
    let (bases, parameters, condition) = (Vec::new(), Vec::new(), None);
    body.push(Statement::Scope(Scope { kind: ScopeKind::Type, name, bases, parameters, body: members, condition, range }));
}

/// A type without its arguments: `Map<string, X>` is `Map`.
fn of_type(lowering: &Lowering<'_>, annotation: Node<'_>) -> Option<Vec<String>> {
    let text = lowering.text_of(annotation).trim_start_matches(':').trim();
    let name = text.split(['<', '[', '|', ' ']).next()?;
    let path: Vec<String> = name.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let is_primitive = matches!(name, "string" | "number" | "boolean" | "any" | "unknown" | "void" | "object" | "never");
    (!path.is_empty() && !is_primitive).then_some(path)
}

/// The name of a property: as written, or the content of a quoted one.
fn key_of(lowering: &Lowering<'_>, node: Node<'_>) -> String {
    match node.kind() {
        "string" => content(lowering, node),
        "computed_property_name" => children(node).first().map_or_else(String::new, |key| key_of(lowering, *key)),
        _ => lowering.text_of(node).trim_start_matches('#').to_owned(),
    }
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expression {
    let node = bare(node);
    lowering.expression(node, form)
}

/// Without parentheses, `await`, `as X`, `!`, `satisfies`.
fn bare(mut node: Node<'_>) -> Node<'_> {
    while matches!(
        node.kind(),
        "parenthesized_expression"
            | "await_expression"
            | "as_expression"
            | "non_null_expression"
            | "satisfies_expression"
            | "type_assertion"
    ) {
        let inner = if node.kind() == "type_assertion" { children(node).last().copied() } else { children(node).first().copied() };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

fn form(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    match node.kind() {
        "string" => Form::Text(content(lowering, node)),
        "template_string" => template(lowering, node),
        "number" => Form::Number(lowering.text_of(node).to_owned()),
        "true" => Form::Truth(true),
        "false" => Form::Truth(false),
        "null" | "undefined" => Form::Nothing,
        "identifier" | "this" | "super" | "property_identifier" | "shorthand_property_identifier" => name(lowering.text_of(node)),
        "member_expression" => member(lowering, node),
        "subscript_expression" => match (field(node, "object"), field(node, "index")) {
            (Some(of), Some(index)) => Form::Index(Box::new(expression(lowering, of)), Box::new(expression(lowering, index))),
            _ => Form::Other(Vec::new()),
        },
        "call_expression" | "new_expression" => call(lowering, node),
        "binary_expression" => binary(lowering, node),
        "ternary_expression" => {
            let branches = [field(node, "consequence"), field(node, "alternative")];
            let condition = field(node, "condition").map(|condition| expression(lowering, condition));
            Expression::either(condition, branches.into_iter().flatten().map(|branch| expression(lowering, branch)).collect())
        }
        "unary_expression" => unary(lowering, node),
        "object" => object(lowering, node),
        "array" => Form::List(children(node).into_iter().map(|child| expression(lowering, child)).collect()),
        "arrow_function" | "function_expression" | "function" | "generator_function" => Form::Function(Box::new(function(lowering, node))),
        "class" => Form::Function(Box::new(class(lowering, node))),
        "assignment_expression" | "augmented_assignment_expression" => assigned(lowering, node),
        "jsx_opening_element" | "jsx_self_closing_element" => element(lowering, node),
        "jsx_expression" => children(node).first().map_or(Form::Nothing, |inner| expression(lowering, *inner).form),
        "spread_element" => children(node).first().map_or(Form::Other(Vec::new()), |inner| expression(lowering, *inner).form),
        _ => Form::Other(children(node).into_iter().map(|child| expression(lowering, child)).collect()),
    }
}

fn name(text: &str) -> Form {
    if text == "undefined" { Form::Nothing } else { Form::Name(text.to_owned()) }
}

fn member(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let (Some(of), Some(property)) = (field(node, "object"), field(node, "property")) else { return Form::Other(Vec::new()) };
    let name = lowering.text_of(property).trim_start_matches('#').to_owned();
    Form::Member(Box::new(expression(lowering, of)), name)
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let creates = node.kind() == "new_expression";
    let Some(callee) = field(node, "function").or_else(|| field(node, "constructor")) else { return Form::Other(Vec::new()) };
    // A tagged template is a call with text.
    let list = field(node, "arguments").filter(|list| list.kind() != "template_string");
    let callee = match package_called(lowering, callee) {
        Some(package) => Expression::new(Form::Name(package), callee.byte_range()),
        None => expression(lowering, callee),
    };
    let arguments = list.map(children).unwrap_or_default();
    let arguments = arguments.into_iter().map(|value| Argument { name: None, value: expression(lowering, value) }).collect();
    Form::Call(Box::new(Call { callee, arguments, creates, fields: Vec::new() }))
}

/// What a package is mostly called that is called where it is required, by the last word of its name: `require('express-session')(…)`.
fn package_called(lowering: &Lowering<'_>, callee: Node<'_>) -> Option<String> {
    let is_required = callee.kind() == "call_expression" && lowering.text_of(field(callee, "function")?) == "require";
    let package = children(field(callee, "arguments")?).first().copied().filter(|package| is_required && package.kind() == "string")?;
    let package = Some(content(lowering, package)).filter(|package| module_name(package).is_none())?;
    package.rsplit(['-', '/', '.']).next().filter(|last| !last.is_empty()).map(str::to_owned)
}

fn binary(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let (operator, parts) = lowering::chain(lowering, node, bare, expression);
    match operator {
        "+" => Form::Joined(parts),
        "||" | "??" => Form::AnyOf(parts),
        "==" | "===" | "!=" | "!==" => lowering::compared(operator, parts, node),
        _ => Form::Other(parts),
    }
}

/// A component and its attributes are a creation and the members that it sets: `<Provider clientSecret="…">`.
fn element(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let Some(name) = field(node, "name") else { return Form::Other(Vec::new()) };
    let callee = Expression::of_path(&lowering.text_of(name).split('.').collect::<Vec<_>>(), name.byte_range());
    let mut fields = Vec::new();
    for part in children(node).into_iter().filter(|part| *part != name) {
        let inner = children(part);
        match (part.kind(), inner.as_slice()) {
            ("jsx_attribute", [key, value]) => {
                let name = lowering.text_of(*key).to_owned();
                fields.push(Field { name, value: expression(lowering, *value), range: part.byte_range() });
            }
            // An attribute without a value is on.
            ("jsx_attribute", [key]) => {
                let value = Expression::new(Form::Truth(true), key.byte_range());
                fields.push(Field { name: lowering.text_of(*key).to_owned(), value, range: part.byte_range() });
            }
            // `{...props}` brings attributes that stand elsewhere.
            ("jsx_expression", _) => {
                fields.push(Field { name: String::new(), value: expression(lowering, part), range: part.byte_range() });
            }
            _ => {}
        }
    }
    Form::Call(Box::new(Call { callee, arguments: Vec::new(), creates: true, fields }))
}

/// `!0` and `!1` are how minifiers write `true` and `false`.
fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let text = lowering.text_of(node);
    match text {
        "!0" => Form::Truth(true),
        "!1" => Form::Truth(false),
        _ if text.starts_with("void ") => Form::Nothing,
        // Of its operand, only the type is told.
        _ if text.starts_with("typeof") => Form::Other(Vec::new()),
        _ => {
            let operand = field(node, "argument").map(|operand| expression(lowering, operand));
            lowering::signed(text.starts_with('!'), operand)
        }
    }
}

fn object(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let mut fields = Vec::new();
    for part in children(node) {
        match part.kind() {
            "pair" => {
                if let (Some(key), Some(value)) = (field(part, "key"), field(part, "value")) {
                    let name = key_of(lowering, key);
                    fields.push(Field { name, value: expression(lowering, value), range: part.byte_range() });
                }
            }
            "shorthand_property_identifier" => {
                fields.push(Field { name: lowering.text_of(part).to_owned(), value: expression(lowering, part), range: part.byte_range() });
            }
            "method_definition" => {
                let scope = function(lowering, part);
                let name = scope.name.clone().unwrap_or_default();
                let value = Expression::new(Form::Function(Box::new(Scope { name: None, ..scope })), part.byte_range());
                fields.push(Field { name, value, range: part.byte_range() });
            }
            // `...defaults` brings fields that stand elsewhere.
            _ => fields.push(Field { name: String::new(), value: expression(lowering, part), range: part.byte_range() }),
        }
    }
    Form::Object(fields)
}

fn assigned(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return Form::Other(Vec::new()) };
    let (target, value) = (expression(lowering, left), expression(lowering, right));
    Form::Assigned(Box::new(Assignment::changed(target, value, node.byte_range())))
}

fn template(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let mut parts = Vec::new();
    for child in children(node) {
        match child.kind() {
            "string_fragment" => parts.push(Expression::new(Form::Text(lowering.text_of(child).to_owned()), child.byte_range())),
            "escape_sequence" => parts.push(Expression::new(Form::Text(unescaped(lowering.text_of(child))), child.byte_range())),
            "template_substitution" => parts.extend(children(child).first().map(|inner| expression(lowering, *inner))),
            _ => {}
        }
    }
    lowering::joined(parts)
}

/// The content of a string literal (ECMA-262, section 12.9.4).
fn content(lowering: &Lowering<'_>, node: Node<'_>) -> String {
    let parts = children(node);
    parts
        .into_iter()
        .map(|part| if part.kind() == "escape_sequence" { unescaped(lowering.text_of(part)) } else { lowering.text_of(part).to_owned() })
        .collect()
}
