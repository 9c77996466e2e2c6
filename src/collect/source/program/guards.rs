//! What conditions ask of the environment.

use super::{Expression, Form, known};
use crate::collect::source::names::{squeezed, words};

/// How deep a condition is looked into.
const DEEPEST: usize = 12;

/// What the names of checks hold, in small letters.
const CHECKS: [&str; 4] = ["verify", "validate", "check", "strict"];
/// What the names of options hold by which whoever runs an app has a check left out, or errors shown whole, without what divides their words.
const OPTIONS: [&str; 27] = [
    "acceptall",
    "acceptany",
    "acceptinvalid",
    "acceptselfsigned",
    "allowinvalid",
    "allowselfsigned",
    "allowunauthor",
    "allowuntrusted",
    "allowunverified",
    "disablecert",
    "disablessl",
    "disabletls",
    "disableverif",
    "exceptiondetail",
    "ignorecert",
    "ignoreinvalid",
    "ignoressl",
    "ignoretls",
    "insecure",
    "nocheck",
    "noverify",
    "selfsigned",
    "skipcert",
    "skipssl",
    "skiptls",
    "skipverif",
    "trustall",
];

/// How settings say that they are on, where several words may.
const TRUE: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];

/// What must hold of the environment for a condition to hold, in one word; absent where it asks something else, or for production.
pub(super) fn guard(condition: &Expression) -> Option<String> {
    (development(condition, DEEPEST) == Some(true)).then(|| "development".to_owned())
}

/// The option that a condition asks for, by which a check is left out: `options.allowUnauthorizedCerts === true`, `!settings.verify`.
pub(super) fn option<'a>(condition: &'a Expression, text: &str) -> Option<&'a Expression> {
    asked(condition, text, true, DEEPEST)
}

/// `is_on` where the option has to be on.
fn asked<'a>(condition: &'a Expression, text: &str, is_on: bool, depth: usize) -> Option<&'a Expression> {
    let depth = depth.checked_sub(1)?;
    match &condition.form {
        Form::Not(denied) => asked(denied, text, !is_on, depth),
        Form::Compared(parts) => {
            let is_denied = parts.iter().any(|part| matches!(part.form, Form::Truth(false)));
            let is_asked = parts.iter().any(is_truth);
            parts.iter().filter(|_| is_asked).find_map(|part| asked(part, text, is_on != is_denied, depth))
        }
        Form::Other(parts) if is_on && all_have_to_hold(parts, text) => parts.iter().find_map(|part| asked(part, text, is_on, depth)),
        _ => {
            let name = name_of(condition)?;
            let whole = squeezed(name);
            let leaves_out = OPTIONS.iter().any(|part| whole.contains(part));
            (if is_on { leaves_out } else { asks_for_check(name) && !leaves_out }).then_some(condition)
        }
    }
}

/// Whether something is what an option is compared with to see that it is on: `true`, `"1"`, or one of the words that mean so, `("1", "true", "yes")`.
fn is_truth(part: &Expression) -> bool {
    match &part.form {
        Form::Truth(_) => true,
        Form::List(words) => {
            !words.is_empty() && words.iter().all(|word| word.text().is_some_and(|word| TRUE.contains(&word.to_lowercase().as_str())))
        }
        _ => part.text().is_some_and(|text| ["1", "true"].contains(&text)),
    }
}

/// Whether parts of a condition are joined so that none may fail: `a && b`, not `a || b`.
fn all_have_to_hold(parts: &[Expression], text: &str) -> bool {
    let joints = parts.iter().zip(parts.iter().skip(1)).map(|(one, next)| text.get(one.range.end..next.range.start).unwrap_or(""));
    let bare = |joint: &str| joint.trim_matches(|character: char| character.is_whitespace() || "()".contains(character)).to_lowercase();
    joints.map(bare).all(|joint| ["&&", "and", "-and", "andalso"].contains(&joint.as_str()))
}

/// Whether a name asks for a check of a server, or for a server that can be checked, and does not say that one was done: `verify_ssl`, `sslVerifyHost`,
/// `RequireHttpsMetadata`, but not `healthCheckDone`.
fn asks_for_check(name: &str) -> bool {
    let words = words(name);
    let is_check = |word: &String| CHECKS.contains(&word.as_str());
    let is_of_server = |word: &String| ["cert", "certificate", "host", "https", "ssl", "tls"].contains(&word.as_str());
    let at_an_end = [words.first(), words.last()].into_iter().flatten().any(is_check);
    let is_required = words.first().is_some_and(|word| word == "require" || word == "requires");
    at_an_end || ((is_required || words.iter().any(is_check)) && words.iter().any(is_of_server))
}

/// The name of what is asked for, as a member or as what is looked up: `args.insecure`, `config.isInsecure()`, `config.get("INSECURE")`.
fn name_of(expression: &Expression) -> Option<&str> {
    if let Form::Call(call) = &expression.form {
        if let Form::Member(of, method) = &call.callee.form
            && call.arguments.is_empty()
            && known::keeps(method)
        {
            return name_of(of);
        }
        let path = call.callee.path()?;
        if call.arguments.is_empty() && !call.creates {
            return path.last().copied().filter(|_| call.callee.is_of_names());
        }
        let looks_up = known::has_default(&path) || matches!(path.last(), Some(&("get" | "Get" | "getenv")));
        return call.arguments.first().filter(|_| looks_up)?.value.text();
    }
    expression.path().filter(|_| expression.is_of_names())?.last().copied()
}

/// What a stretch that is run in want of something depends on, by the condition of what is run otherwise: whether it is production, or whether a
/// check is asked for.
pub(super) fn otherwise(condition: &Expression) -> Option<String> {
    if is_one_question(condition) && in_production(condition) == Some(true) {
        return Some("development".to_owned());
    }
    let last = condition.path().filter(|_| condition.is_of_names())?.last()?.to_lowercase();
    CHECKS.iter().any(|check| last.contains(check)).then(|| "option".to_owned())
}

/// Whether a condition asks one thing, so that its contrary is what holds otherwise.
fn is_one_question(condition: &Expression) -> bool {
    match &condition.form {
        Form::Not(denied) => is_one_question(denied),
        Form::Compared(parts) => parts.len() == 2,
        Form::Name(_) | Form::Member(..) | Form::Call(_) => true,
        _ => false,
    }
}

/// Whether a condition holds in production; absent where it does not ask for that.
pub(super) fn in_production(condition: &Expression) -> Option<bool> {
    development(condition, DEEPEST).map(|is_development| !is_development)
}

/// Whether a condition holds in development, or only outside of it; absent where it does not ask for that.
fn development(expression: &Expression, depth: usize) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    match &expression.form {
        Form::Not(denied) => development(denied, depth).map(|is_development| !is_development),
        Form::Text(text) => environment(text),
        Form::Compared(parts) => {
            let is_denied = parts.iter().any(|part| matches!(part.form, Form::Truth(false)));
            agreed(parts.iter().map(|part| development(part, depth))).map(|is_development| is_development != is_denied)
        }
        Form::AnyOf(parts) | Form::List(parts) | Form::Other(parts) => agreed(parts.iter().map(|part| development(part, depth))),
        Form::Call(call) => {
            let path = call.callee.path().unwrap_or_default();
            let arguments = call.arguments.iter().map(|argument| development(&argument.value, depth));
            agreed(path.into_iter().map(environment).chain(arguments))
        }
        _ => agreed(expression.path()?.into_iter().map(environment)),
    }
}

/// What all say that say anything.
fn agreed(told: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut told = told.flatten();
    let first = told.next()?;
    told.all(|other| other == first).then_some(first)
}

/// Whether a word names development, or production.
fn environment(word: &str) -> Option<bool> {
    let word = word.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    if says(&["development", "isdev", "debug"]) || word == "dev" || word == "local" {
        return Some(true);
    }
    // What is not production may be anything else, a stage right before it too.
    let is_other = says(&["preprod", "pre-prod", "pre_prod", "nonprod", "non_prod", "notprod", "not_prod"]);
    ((says(&["production", "isprod"]) || word == "prod") && !is_other).then_some(false)
}
