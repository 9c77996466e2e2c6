//! Tokens that are read and believed though nobody checks them.

use super::{Call, Expression, Form, bindings::Kind, known, places::Finder};

/// What is said of a token that a caller sent and whose claims decide something.
const BELIEVED: &str = "claims of a token that was sent";
/// What is said of a token whose claims are read, wherever it came from.
const READ: &str = "claims of a token";
/// What is said of a token that something in the same function checks.
const CHECKED: &str = "checked";
/// What is said of a token of which only the time is read when it ends.
const FOR_ITS_END: &str = "when it ends";
/// How that time is read, or which key signed the token, after what holds the claims.
const ENDS: [&str; 17] = [
    ".exp",
    "?.exp",
    "['exp']",
    "[\"exp\"]",
    "!.exp",
    ".ValidTo",
    "?.ValidTo",
    "!.ValidTo",
    ".ValidFrom",
    "?.ValidFrom",
    ".IssuedAt",
    ".Payload.Exp",
    ".Payload.Expiration",
    ".Header",
    "?.Header",
    ".header",
    ".Kid",
];
/// How claims are read, after what holds them.
const CLAIMS: [&str; 8] = ["laims", "Claim(", ".Payload", "PayloadValue", ".Subject", ".Actor", "Identities", "PayloadJson"];
/// What stands around a name that is only asked whether there is one.
const ASKED_AFTER: [&str; 6] = [" &&", " ||", " !=", " ==", " ?", ")"];
const ASKED_BEFORE: [&str; 4] = ["if (", "!", "typeof ", "&& "];
/// How many names lead from what is read to what a caller sent.
const MOST_STEPS: usize = 8;
/// Words of a file that answers requests.
const SERVES: [&str; 9] = [
    "HttpContext",
    "ControllerBase",
    ": Controller",
    "IActionResult",
    "ActionResult<",
    "RequestDelegate",
    "IMiddleware",
    "HttpRequestData",
    "ServerCallContext",
];
/// Words of a file that tells people what their own token says, or that stands behind a check.
const ASKS_NOT: [&str; 9] = [
    "SecureStorage",
    "LocalStorage",
    "localStorage",
    "AuthenticationStateProvider",
    "Preferences.",
    "[Authorize",
    "IsAuthenticated",
    "RequireAuthorization",
    "GetTokenAsync",
];
/// How functions are called, in small letters, that say whether a token is to be believed.
const CHECKS: [&str; 5] = ["validate", "verify", "authenticate", "authorize", "checktoken"];
/// How far into a function its own name stands, in bytes.
const NAMED_WITHIN: usize = 200;

impl Finder<'_, '_> {
    /// What becomes of a token that a call reads: whether a caller sent it to a server and its claims decide there, and nothing around says that it was
    /// checked; or whether its claims are read at all.
    pub(super) fn believed(&self, call: &Call, whole: &Expression) -> Option<String> {
        let path = call.callee.path()?;
        let is_handler = path.iter().any(|name| name.to_lowercase().contains("handler"));
        // Other things than tokens are read from other things.
        let reads = |name: &&str| (known::reads_token(name) && is_handler) || (call.creates && known::is_token_type(name));
        let token = call.arguments.first().filter(|_| path.last().is_some_and(reads))?;
        if self.is_read_for_its_end(whole) {
            return Some(FOR_ITS_END.to_owned());
        }
        let text = self.document.text;
        let function = self.function.clone().and_then(|function| text.get(function)).unwrap_or(text);
        let head = function.get(..function.floor_char_boundary(NAMED_WITHIN)).unwrap_or("");
        let name = head.split('(').next().unwrap_or("").to_lowercase();
        let is_check = CHECKS.iter().any(|check| name.contains(check));
        if self.function.is_some() && calls_check(function) {
            return Some(CHECKED.to_owned());
        }
        let shows = |text: &str| CLAIMS.iter().any(|claims| text.contains(claims));
        // What a property or a function gives back is read wherever that is asked.
        let is_read = shows(function) || (self.is_given_back(whole) && shows(text));
        if !is_read {
            return None;
        }
        let serves = SERVES.iter().any(|word| text.contains(word)) || is_check;
        let is_believed = serves && !ASKS_NOT.iter().any(|word| text.contains(word)) && self.is_sent(&token.value);
        Some(if is_believed { BELIEVED } else { READ }.to_owned())
    }

    /// Whether something is what a function or a property gives back.
    fn is_given_back(&self, whole: &Expression) -> bool {
        let before = self.document.text.get(..whole.range.start).and_then(|before| before.rsplit(['\n', ';']).next()).unwrap_or("");
        before.contains("return") || before.contains("=>")
    }

    /// Whether something that is made of a token is only asked when that ends, or which key signed it.
    fn is_read_for_its_end(&self, whole: &Expression) -> bool {
        let text = self.document.text;
        let after = text.get(whole.range.end..).unwrap_or("");
        let line = text.get(..whole.range.start).and_then(|before| before.rsplit('\n').next()).unwrap_or("");
        let is_cast = |before: &&str| before.chars().all(|letter| is_of_name(letter) || letter == '.');
        let uncast = line.trim_end().strip_suffix(')').and_then(|line| line.rsplit_once('(')).filter(|(_, cast)| is_cast(cast));
        reads_end(after.trim_start_matches([')', ' '])) || self.holds_end(uncast.map_or(line, |(line, _)| line), after)
    }

    /// What is said of a call that reads a token for the time alone when it ends: nobody is let in by that.
    pub(super) fn read_for_its_end(&self, call: &Call, whole: &Expression) -> Option<String> {
        let reads = call.callee.path()?.last().is_some_and(|name| name.to_lowercase().contains("decode"));
        (reads && self.is_read_for_its_end(whole)).then(|| FOR_ITS_END.to_owned())
    }

    /// Whether the variable that is given the claims is asked for nothing but the time when they end: what stands before the call on its line, and after it.
    fn holds_end(&self, line: &str, after: &str) -> bool {
        let Some(target) = line.trim_end().strip_suffix('=').map(str::trim) else { return false };
        // Other statements may stand before it on the line.
        let target = if target.ends_with('}') { target } else { target.rsplit([';', '{']).next().unwrap_or(target).trim() };
        let declared = ["const ", "let ", "var "].iter().find_map(|word| target.strip_prefix(word)).unwrap_or(target).trim();
        if declared.trim_matches(['{', '}']).trim() == "exp" && declared.starts_with('{') {
            return true;
        }
        let name = declared.split(':').next().unwrap_or("").trim();
        // A declared type stands before its variable.
        let name = name.rsplit_once(' ').filter(|(of_type, _)| of_type.chars().all(is_of_name)).map_or(name, |(_, name)| name);
        if name.is_empty() || !name.chars().all(is_of_name) {
            return false;
        }
        let end = self.function.as_ref().map_or(self.document.text.len(), |function| function.end);
        let length = end.saturating_sub(self.document.text.len().saturating_sub(after.len()));
        let rest = after.get(..after.floor_char_boundary(length)).unwrap_or("");
        let mut ends = false;
        for (at, _) in rest.match_indices(name) {
            let (before, after) = (rest.get(..at).unwrap_or(""), rest.get(at + name.len()..).unwrap_or(""));
            if before.ends_with(is_of_name) || after.starts_with(is_of_name) {
                continue;
            }
            let is_asked =
                ASKED_AFTER.iter().any(|asked| after.starts_with(asked)) && ASKED_BEFORE.iter().any(|asked| before.ends_with(asked));
            ends |= reads_end(after);
            if !is_asked && !reads_end(after) {
                return false;
            }
        }
        ends
    }

    /// Whether something came with a request or was given by a caller.
    fn is_sent(&self, token: &Expression) -> bool {
        let mut open = vec![token];
        for _ in 0..MOST_STEPS {
            let Some(expression) = open.pop() else { return false };
            let path = expression.path().unwrap_or_default();
            if path.iter().any(|name| matches!(*name, "Request" | "Headers" | "Cookies" | "Query" | "Form")) {
                return true;
            }
            match &expression.form {
                Form::Joined(parts) | Form::AnyOf(parts) | Form::Other(parts) => open.extend(parts),
                Form::Index(of, _) => open.push(of),
                Form::Call(_) | Form::Name(_) => {
                    let Some(binding) = path.first().and_then(|head| self.bindings.find(head, expression.range.start)) else { continue };
                    if binding.kind == Kind::Parameter && path.len() <= 2 {
                        return true;
                    }
                    open.extend(binding.values.iter().copied());
                }
                _ => {}
            }
        }
        false
    }
}

/// Whether what follows reads the time when a token ends.
fn reads_end(after: &str) -> bool {
    ENDS.iter().any(|end| after.strip_prefix(end).is_some_and(|rest| !rest.starts_with(is_of_name)))
}

/// Whether a function calls what checks a token.
fn calls_check(function: &str) -> bool {
    let body = function.find(['{']).into_iter().chain(function.find("=>")).min().and_then(|at| function.get(at..)).unwrap_or("");
    let is_called = |at: usize| {
        let rest = body.get(at..).unwrap_or("").trim_start_matches(is_of_name);
        rest.starts_with('(')
    };
    ["Verify", "Validate", "verify", "validate"].iter().any(|check| body.match_indices(check).any(|(at, _)| is_called(at)))
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}
