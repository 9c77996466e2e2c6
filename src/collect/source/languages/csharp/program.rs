//! C# as the analysis of programs reads it, for what the walk of this language does not look for: switches, calls, logs.

use tree_sitter::Node;

use super::{
    text::{literal, unescaped},
    tree::{bare, initial_value},
};
use crate::{
    collect::source::{
        document::{Document, Place},
        languages::lowering::{self, Lowering, child_of_kind, children, field, has_token},
        program::{self, Argument, Assignment, Call, Declares, Expression, Field, Form, Scope, Statement, Unit},
    },
    evidence::FactKind,
};

/// The switches, calls and logs of a file, and whether there were too many to be told.
pub(super) fn places(document: &Document<'_>, root: Node<'_>) -> (Vec<Place>, Option<String>) {
    let watch = document.watch;
    if watch.setting.is_empty() && watch.call.is_empty() && watch.logged.is_empty() && watch.query.is_empty() && watch.missing.is_empty() {
        return (Vec::new(), None);
    }
    let mut lowering = Lowering::new(document);
    let unit = Unit { body: statements(&mut lowering, root), ..Unit::default() };
    let mut reading = program::read(document, &unit);
    reading.places.retain(|place| is_of_programs(place) || place.more.plain.is_some());
    (reading.places, reading.gap.or_else(|| lowering.gap(document)))
}

/// Whether a place is of a kind that only the program shows; the others tell no more than what a value begins with.
pub(super) fn is_of_programs(place: &Place) -> bool {
    matches!(place.kind, FactKind::Setting | FactKind::Call | FactKind::Log | FactKind::Query)
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
        "expression_statement" | "arrow_expression_clause" => {
            for child in children(node) {
                let evaluated = evaluated(lowering, child);
                body.push(evaluated);
            }
        }
        "using_directive" => aliased(lowering, node, body),
        "local_declaration_statement" | "field_declaration" | "event_field_declaration" => {
            let is_local = node.kind() == "local_declaration_statement";
            let is_constant = modifiers(lowering, node).any(|word| matches!(word, "const" | "readonly")) || has_token(node, "const");
            let declares = match (is_constant, is_local) {
                (true, _) => Declares::Constant,
                (false, true) => Declares::Variable,
                (false, false) => Declares::Field,
            };
            if let Some(list) = child_of_kind(node, "variable_declaration") {
                declared(lowering, list, declares, body);
            }
        }
        "variable_declaration" => declared(lowering, node, Declares::Variable, body),
        "property_declaration" => property(lowering, node, body),
        "return_statement" => {
            let value = children(node).first().map(|value| expression(lowering, *value));
            body.extend(value.map(Statement::Return));
        }
        "method_declaration" | "constructor_declaration" | "local_function_statement" | "destructor_declaration" => {
            let function = function(lowering, node);
            body.push(Statement::Scope(function));
        }
        "class_declaration" | "struct_declaration" | "record_declaration" | "interface_declaration" | "enum_declaration" => {
            let scope = class(lowering, node);
            body.push(Statement::Scope(scope));
        }
        "if_statement" => {
            let condition = field(node, "condition").map(|condition| expression(lowering, condition));
            branch(lowering, field(node, "consequence"), condition, body);
            branch(lowering, field(node, "alternative"), None, body);
        }
        "preproc_if" | "preproc_elif" => conditional(lowering, node, body),
        "attribute" => {
            let attribute = lowering.expression(node, attribute);
            body.push(Statement::Evaluate(attribute));
        }
        "modifier" | "identifier" | "predefined_type" | "parameter_list" | "base_list" => {}
        kind if is_expression(kind) => {
            let evaluated = evaluated(lowering, node);
            body.push(evaluated);
        }
        // Namespaces, loops, try, switch, using: what is in them counts.
        _ => {
            let inner = statements(lowering, node);
            body.push(Statement::Scope(Scope::block(inner, None, node.byte_range())));
        }
    }
}

fn is_expression(kind: &str) -> bool {
    kind.ends_with("_expression") || kind.ends_with("_literal")
}

fn modifiers<'l>(lowering: &Lowering<'l>, node: Node<'_>) -> impl Iterator<Item = &'l str> {
    let words: Vec<&str> =
        children(node).into_iter().filter(|child| child.kind() == "modifier").map(|word| lowering.text_of(word)).collect();
    words.into_iter()
}

fn branch(lowering: &mut Lowering<'_>, node: Option<Node<'_>>, condition: Option<Expression>, body: &mut Vec<Statement>) {
    let Some(node) = node else { return };
    let mut inner = Vec::new();
    lowering.deeper(node, |lowering| statement(lowering, node, &mut inner));
    body.push(Statement::Scope(Scope::block(inner, condition, node.byte_range())));
}

/// What is compiled on a condition alone.
fn conditional(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let condition = field(node, "condition");
    let (mut inner, mut otherwise) = (Vec::new(), Vec::new());
    for child in children(node).into_iter().filter(|child| Some(*child) != condition) {
        let part = if matches!(child.kind(), "preproc_elif" | "preproc_else") { &mut otherwise } else { &mut inner };
        lowering.deeper(child, |lowering| statement(lowering, child, part));
    }
    body.push(Statement::Scope(Scope::block(inner, None, node.byte_range())));
    body.append(&mut otherwise);
}

fn evaluated(lowering: &mut Lowering<'_>, node: Node<'_>) -> Statement {
    let expression = expression(lowering, node);
    match expression.form {
        Form::Assigned(assignment) => Statement::Assign(*assignment),
        form => Statement::Evaluate(Expression::new(form, expression.range)),
    }
}

fn aliased(lowering: &Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let Some(name) = field(node, "name") else { return };
    let path = children(node).into_iter().rfind(|child| *child != name).map(|path| names(lowering.text_of(path)));
    body.extend(path.map(|path| Statement::Alias { name: lowering.text_of(name).to_owned(), path }));
}

/// The names of a type, its arguments left out.
fn names(written: &str) -> Vec<String> {
    let bare = written.split(['<', '[', '?']).next().unwrap_or("");
    let bare = bare.rsplit("::").next().unwrap_or(bare);
    bare.split('.').map(|name| name.trim().trim_start_matches('@')).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn of_type(lowering: &Lowering<'_>, node: Option<Node<'_>>) -> Option<Vec<String>> {
    let names = names(lowering.text_of(node?));
    let is_said = !matches!(names.first().map(String::as_str), None | Some("var" | "string" | "bool" | "int" | "object" | "dynamic"));
    is_said.then_some(names)
}

fn declared(lowering: &mut Lowering<'_>, list: Node<'_>, declares: Declares, body: &mut Vec<Statement>) {
    let of = of_type(lowering, field(list, "type"));
    for declarator in children(list).into_iter().filter(|child| child.kind() == "variable_declarator") {
        let Some(name) = field(declarator, "name") else { continue };
        let value = initial_value(declarator).map(|value| typed(lowering, value, of.as_deref()));
        let mut assignment = Assignment::declared(identifier(lowering, name), name.byte_range(), value, declares);
        assignment.of_type.clone_from(&of);
        body.push(Statement::Assign(assignment));
    }
}

/// The value of something of a declared type: `new()` makes one of that type.
fn typed(lowering: &mut Lowering<'_>, node: Node<'_>, of: Option<&[String]>) -> Expression {
    let mut value = expression(lowering, node);
    if let (Form::Call(call), Some(of), "implicit_object_creation_expression") = (&mut value.form, of, node.kind()) {
        call.callee = Expression::of_path(of, value.range.clone());
    }
    value
}

fn property(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let Some(name) = field(node, "name") else { return };
    let of = of_type(lowering, field(node, "type"));
    let value = field(node, "value").map(|value| match value.kind() {
        "arrow_expression_clause" => children(value).first().copied().unwrap_or(value),
        _ => value,
    });
    let value = value.map(|value| typed(lowering, value, of.as_deref()));
    let mut assignment = Assignment::declared(identifier(lowering, name), name.byte_range(), value, Declares::Property);
    assignment.of_type = of;
    body.push(Statement::Assign(assignment));
    if let Some(accessors) = field(node, "accessors") {
        let inner = statements(lowering, accessors);
        let given = Assignment::declared("value", accessors.start_byte()..accessors.start_byte(), None, Declares::Parameter);
        body.push(Statement::Scope(Scope::function(None, vec![given], inner, accessors.byte_range())));
    }
}

fn identifier<'l>(lowering: &Lowering<'l>, node: Node<'_>) -> &'l str {
    lowering.text_of(node).trim_start_matches('@')
}

fn class(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| identifier(lowering, name).to_owned());
    let bases = child_of_kind(node, "base_list").map(children).unwrap_or_default();
    let bases = bases.into_iter().filter(|base| base.kind() != "argument_list").map(|base| names(lowering.text_of(base))).collect();
    let mut body = Vec::new();
    for list in children(node).into_iter().filter(|child| child.kind() == "attribute_list") {
        body.extend(statements(lowering, list));
    }
    if let Some(list) = child_of_kind(node, "parameter_list") {
        body.extend(parameters(lowering, list, Declares::Field).into_iter().map(Statement::Assign));
    }
    body.extend(field(node, "body").map_or_else(Vec::new, |inner| statements(lowering, inner)));
    Scope::of_type(name, bases, body, node.byte_range())
}

fn function(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| identifier(lowering, name).to_owned());
    let list = field(node, "parameters").or_else(|| child_of_kind(node, "parameter_list"));
    let parameters = list.map_or_else(Vec::new, |list| parameters(lowering, list, Declares::Parameter));
    let inner = field(node, "body").or_else(|| child_of_kind(node, "block"));
    let body = match inner {
        Some(block) if block.kind() == "block" => statements(lowering, block),
        Some(arrow) => {
            let value = if arrow.kind() == "arrow_expression_clause" { children(arrow).first().copied().unwrap_or(arrow) } else { arrow };
            vec![match expression(lowering, value) {
                Expression { form: Form::Assigned(assignment), .. } => Statement::Assign(*assignment),
                value => Statement::Return(value),
            }]
        }
        None => Vec::new(),
    };
    Scope::function(name, parameters, body, node.byte_range())
}

/// What a function is given, or a type where its constructor stands beside its name.
fn parameters(lowering: &mut Lowering<'_>, list: Node<'_>, declares: Declares) -> Vec<Assignment> {
    let mut parameters = Vec::new();
    for part in if list.kind() == "parameter_list" { children(list) } else { vec![list] } {
        let name = field(part, "name").unwrap_or(part);
        let default = initial_value(part).map(|value| expression(lowering, value));
        let mut parameter = Assignment::declared(identifier(lowering, name), name.byte_range(), default, declares);
        parameter.of_type = of_type(lowering, field(part, "type"));
        parameters.push(parameter);
    }
    parameters
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expression {
    lowering.expression(bare(node), form)
}

fn form(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    if let Some(text) = literal(node, lowering.text) {
        return Form::Text(text);
    }
    match node.kind() {
        "interpolated_string_expression" => interpolated(lowering, node),
        "boolean_literal" => Form::Truth(lowering.text_of(node) == "true"),
        "null_literal" | "default_expression" => Form::Nothing,
        "integer_literal" | "real_literal" => Form::Number(lowering.text_of(node).to_owned()),
        "identifier" | "this" | "base" | "predefined_type" => Form::Name(identifier(lowering, node).to_owned()),
        "generic_name" => children(node).first().map_or(Form::Other(Vec::new()), |name| form(lowering, *name)),
        "qualified_name" | "alias_qualified_name" | "nullable_type" | "array_type" => {
            Expression::of_path(&names(lowering.text_of(node)), node.byte_range()).form
        }
        "member_access_expression" => member(lowering, field(node, "expression"), field(node, "name")),
        "conditional_access_expression" => children(node).last().map_or(Form::Other(Vec::new()), |bound| expression(lowering, *bound).form),
        "member_binding_expression" => member(lowering, guarded(node), field(node, "name")),
        "element_access_expression" => {
            let index = field(node, "subscript").map(children).and_then(|list| children(*list.first()?).last().copied());
            match (field(node, "expression"), index) {
                (Some(of), Some(index)) => Form::Index(Box::new(expression(lowering, of)), Box::new(expression(lowering, index))),
                _ => Form::Other(Vec::new()),
            }
        }
        "invocation_expression" => invocation(lowering, node),
        "object_creation_expression" | "implicit_object_creation_expression" => creation(lowering, node),
        "anonymous_object_creation_expression" => Form::Object(anonymous(lowering, node)),
        "assignment_expression" => match (field(node, "left"), field(node, "right")) {
            // `flags &= ~X` takes something away.
            (Some(left), Some(_)) if has_token(node, "&=") => Form::Other(vec![expression(lowering, left)]),
            (Some(left), Some(right)) => {
                let (target, value) = (expression(lowering, left), expression(lowering, right));
                Form::Assigned(Box::new(Assignment::changed(target, value, node.byte_range())))
            }
            _ => Form::Other(Vec::new()),
        },
        "binary_expression" => binary(lowering, node),
        "is_pattern_expression" | "is_expression" => {
            Form::Compared(children(node).into_iter().map(|part| expression(lowering, part)).collect())
        }
        // Only a type is named.
        "typeof_expression" | "sizeof_expression" => Form::Other(Vec::new()),
        "prefix_unary_expression" | "unary_expression" => unary(lowering, node),
        "conditional_expression" => {
            let branches = [field(node, "consequence"), field(node, "alternative")].into_iter().flatten();
            Form::AnyOf(branches.map(|branch| expression(lowering, branch)).collect())
        }
        "switch_expression" => {
            let arms = children(node).into_iter().filter(|arm| arm.kind() == "switch_expression_arm");
            Form::AnyOf(arms.filter_map(|arm| children(arm).last().copied()).map(|value| expression(lowering, value)).collect())
        }
        "lambda_expression" | "anonymous_method_expression" => Form::Function(Box::new(function(lowering, node))),
        "bracketed_argument_list" | "argument" if children(node).len() == 1 => {
            children(node).first().map_or(Form::Other(Vec::new()), |only| expression(lowering, *only).form)
        }
        "initializer_expression" | "collection_expression" => {
            Form::List(children(node).into_iter().map(|value| expression(lowering, value)).collect())
        }
        _ => Form::Other(children(node).into_iter().map(|child| expression(lowering, child)).collect()),
    }
}

fn binary(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let (operator, parts) = lowering::chain(lowering, node, bare, expression);
    match operator {
        "+" => lowering::joined(parts),
        "??" => Form::AnyOf(parts),
        "==" | "!=" => lowering::compared(operator, parts, node),
        _ => Form::Other(parts),
    }
}

fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let operand = children(node).first().map(|operand| expression(lowering, *operand));
    lowering::signed(has_token(node, "!"), operand)
}

/// What stands before the `?.` around.
fn guarded(node: Node<'_>) -> Option<Node<'_>> {
    let mut below = node;
    for _ in 0..8 {
        let parent = below.parent()?;
        if let Some(condition) = field(parent, "condition").filter(|_| parent.kind() == "conditional_access_expression")
            && condition != below
        {
            return Some(condition);
        }
        below = parent;
    }
    None
}

fn member(lowering: &mut Lowering<'_>, of: Option<Node<'_>>, name: Option<Node<'_>>) -> Form {
    let Some(name) = name.map(|name| names(lowering.text_of(name)).pop().unwrap_or_default()) else { return Form::Other(Vec::new()) };
    match of {
        Some(of) if name == "Empty" && matches!(lowering.text_of(of), "string" | "String" | "System.String") => Form::Text(String::new()),
        Some(of) => Form::Member(Box::new(expression(lowering, of)), name),
        None => Form::Name(name),
    }
}

fn arguments(lowering: &mut Lowering<'_>, list: Option<Node<'_>>) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for part in list.map(children).unwrap_or_default() {
        let name = field(part, "name").map(|name| identifier(lowering, name).to_owned());
        if let Some(value) = children(part).last() {
            arguments.push(Argument { name, value: expression(lowering, *value) });
        }
    }
    arguments
}

fn invocation(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let Some(function) = field(node, "function") else { return Form::Other(Vec::new()) };
    let list = field(node, "arguments");
    if lowering.text_of(function) == "nameof" {
        let named = list.map(|list| lowering.text_of(list).trim_matches(['(', ')'])).unwrap_or_default();
        return Form::Text(names(named).pop().unwrap_or_default());
    }
    let callee = expression(lowering, function);
    let mut arguments = arguments(lowering, list);
    let path: Vec<String> = callee.path().unwrap_or_default().into_iter().map(str::to_owned).collect();
    let key = arguments.first().and_then(|first| first.value.text()).map(str::to_owned);
    for (argument, node) in arguments.iter_mut().zip(list.map(children).unwrap_or_default()) {
        given_out(lowering, node, (&path, key.as_deref()), argument);
    }
    let callee = invoked(&path, &mut arguments).unwrap_or(callee);
    Form::Call(Box::new(Call { callee, arguments, creates: false, fields: Vec::new() }))
}

/// What a page is asked to call: `js.InvokeVoidAsync("localStorage.setItem", name, value)` is that function with the rest of the arguments.
fn invoked(path: &[String], arguments: &mut Vec<Argument>) -> Option<Expression> {
    path.last().filter(|name| matches!(name.as_str(), "InvokeVoidAsync" | "InvokeAsync"))?;
    let first = arguments.first().filter(|first| first.name.is_none())?;
    let text = first.value.text().filter(|text| text.contains('.'))?;
    let callee = Expression::of_path(&names(text), first.value.range.clone());
    arguments.remove(0);
    Some(callee)
}

/// `out var x`: a new variable that the function fills; with what stands under a key, where it is asked for that.
fn given_out(lowering: &Lowering<'_>, node: Node<'_>, (callee, key): (&[String], Option<&str>), argument: &mut Argument) {
    let Some(name) = child_of_kind(node, "declaration_expression").and_then(|declared| field(declared, "name")) else { return };
    let filled = match (callee, key) {
        ([of @ .., last], Some(key)) if !of.is_empty() && matches!(last.as_str(), "TryGetValue" | "TryGetValues") => {
            let key = Expression::new(Form::Text(key.to_owned()), node.byte_range());
            Form::Index(Box::new(Expression::of_path(of, node.byte_range())), Box::new(key))
        }
        _ => Expression::of_path(callee, node.byte_range()).form,
    };
    let filled = Expression::new(filled, node.byte_range());
    let declared = Assignment::declared(identifier(lowering, name), name.byte_range(), Some(filled), Declares::Variable);
    argument.value = Expression::new(Form::Assigned(Box::new(declared)), node.byte_range());
}

fn creation(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let of = field(node, "type");
    let callee = of.map_or(Expression::other(node.start_byte()..node.start_byte()), |of| {
        Expression::of_path(&names(lowering.text_of(of)), of.byte_range())
    });
    let arguments = arguments(lowering, field(node, "arguments").or_else(|| child_of_kind(node, "argument_list")));
    let initializer = field(node, "initializer").or_else(|| child_of_kind(node, "initializer_expression"));
    let mut fields = Vec::new();
    for part in initializer.map(children).unwrap_or_default() {
        let value = expression(lowering, part);
        fields.push(as_field(value));
    }
    Form::Call(Box::new(Call { callee, arguments, creates: true, fields }))
}

/// `Name = value` and `["key"] = value` of an initialiser.
fn as_field(value: Expression) -> Field {
    let range = value.range.clone();
    let assignment = match value.form {
        Form::Assigned(assignment) => assignment,
        Form::List(parts) => return as_pair(parts, range),
        form => return Field { name: String::new(), value: Expression::new(form, range.clone()), range },
    };
    let Assignment { target, value, .. } = *assignment;
    let first = match &target.form {
        Form::Other(parts) | Form::List(parts) => parts.first(),
        _ => None,
    };
    let key = first.and_then(|key| key.text().map(str::to_owned));
    let name = key.or_else(|| target.path().and_then(|path| path.last().map(ToString::to_string))).unwrap_or_default();
    Field { name, value: value.unwrap_or(Expression::other(range.clone())), range }
}

/// `{ "key", value }` of a dictionary's initialiser.
fn as_pair(mut parts: Vec<Expression>, range: std::ops::Range<usize>) -> Field {
    let key = parts.first().filter(|_| parts.len() == 2).and_then(|key| key.text().map(str::to_owned));
    match (key, parts.pop()) {
        (Some(name), Some(value)) => Field { name, value, range },
        (_, last) => {
            parts.extend(last);
            Field { name: String::new(), value: Expression::new(Form::List(parts), range.clone()), range }
        }
    }
}

fn anonymous(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut name: Option<Node<'_>> = None;
    for part in node.children(&mut node.walk()).collect::<Vec<_>>() {
        match part.kind() {
            "," => name = None,
            "=" | "{" | "}" | "new" => {}
            "identifier" if part.next_sibling().is_some_and(|next| next.kind() == "=") => name = Some(part),
            _ if part.is_named() && !part.is_extra() => {
                let value = expression(lowering, part);
                let own = value.path().and_then(|path| path.last().map(ToString::to_string));
                let range = name.unwrap_or(part).start_byte()..part.end_byte();
                let name = name.take().map(|name| identifier(lowering, name).to_owned()).or(own).unwrap_or_default();
                fields.push(Field { name, value, range });
            }
            _ => {}
        }
    }
    fields
}

fn attribute(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let Some(name) = field(node, "name") else { return Form::Other(Vec::new()) };
    let callee = Expression::of_path(&names(lowering.text_of(name)), name.byte_range());
    let mut arguments = Vec::new();
    for part in child_of_kind(node, "attribute_argument_list").map(children).unwrap_or_default() {
        let named = field(part, "name").map(|name| identifier(lowering, name).to_owned());
        let Some(value) = children(part).last().map(|value| expression(lowering, *value)) else { continue };
        let field = as_field(value);
        arguments.push(Argument { name: named.or(Some(field.name).filter(|name| !name.is_empty())), value: field.value });
    }
    Form::Call(Box::new(Call { callee, arguments, creates: true, fields: Vec::new() }))
}

fn interpolated(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let mut parts = Vec::new();
    for child in children(node) {
        let written = lowering.text_of(child);
        match child.kind() {
            "string_content" => parts.push(Expression::new(Form::Text(written.to_owned()), child.byte_range())),
            "escape_sequence" => parts.push(Expression::new(Form::Text(unescaped(written)), child.byte_range())),
            "interpolation" => {
                let inner = children(child).into_iter().find(|part| !part.kind().starts_with("interpolation"));
                parts.extend(inner.map(|inner| expression(lowering, inner)));
            }
            _ => {}
        }
    }
    lowering::joined(parts)
}
