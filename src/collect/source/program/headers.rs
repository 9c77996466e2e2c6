//! Headers of a request that are asked for by their names.

use super::{Call, Expression, Form, known};

/// How the first of several values is asked for, and the only one.
const FIRST: [&str; 4] = ["First", "FirstOrDefault", "Single", "SingleOrDefault"];

/// The names on the way to what a call looks up, with its key: `headers.get("Host")` is `headers.Host`, and so is `request.getHeader("Host")`.
pub(super) fn looked_up(call: &Call) -> Option<Vec<&str>> {
    let path = call.callee.path()?;
    let (get, of) = path.split_last()?;
    let key = key(&call.arguments.first()?.value)?;
    let of: &[&str] = match (*get, call.arguments.len()) {
        ("get" | "Get" | "getFirst", _) => of,
        ("getHeader" | "getHeaderLine", _) => &["headers"],
        // With a second argument it is set.
        ("header", 1) if !of.is_empty() => &["headers"],
        _ => return None,
    };
    Some(of.iter().copied().chain([key]).collect())
}

/// A key, as it is written or as the constant for it is called: `HttpHeaders.AUTHORIZATION`.
fn key(key: &Expression) -> Option<&str> {
    key.text().or_else(|| match key.path()?.as_slice() {
        ["HttpHeaders" | "HeaderNames", name] => Some(*name),
        _ => None,
    })
}

/// Whether something is a header that is looked up.
pub(super) fn is_looked_up(value: &Expression) -> bool {
    match &value.form {
        Form::Index(..) => true,
        Form::Call(call) => looked_up(call).is_some(),
        _ => false,
    }
}

/// What a text is made of, or the first of several values taken: `header` of `header.ToString()`, of `header?.FirstOrDefault()`.
pub(super) fn taken_from(value: &Expression) -> &Expression {
    match &value.form {
        Form::Call(call) if call.arguments.is_empty() && !call.creates => match &call.callee.form {
            Form::Member(of, name) if known::keeps(name) || FIRST.contains(&name.as_str()) => of,
            _ => value,
        },
        _ => value,
    }
}
