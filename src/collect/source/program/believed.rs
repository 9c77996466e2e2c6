//! Tokens that are read and believed though nobody checks them.

use super::{Call, Expression, Form, bindings::Kind, known, places::Finder};

/// What is said of a token that a caller sent and whose claims decide something.
const BELIEVED: &str = "claims of a token that was sent";
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
    /// What is believed of a token that a call reads: its claims, where a caller sent it to a server and nothing around says that it was checked.
    pub(super) fn believed(&self, call: &Call) -> Option<String> {
        let path = call.callee.path()?;
        // Other things than tokens are read from other things.
        let reads = |name: &&str| known::reads_token(name);
        let is_handler = path.iter().any(|name| name.to_lowercase().contains("handler"));
        let token = call.arguments.first().filter(|_| path.last().is_some_and(reads) && is_handler)?;
        let text = self.document.text;
        let function = text.get(self.function.clone()?)?;
        let name = function
            .get(..function.floor_char_boundary(NAMED_WITHIN))
            .and_then(|start| start.split('(').next())
            .unwrap_or("")
            .to_lowercase();
        let is_check = CHECKS.iter().any(|check| name.contains(check));
        let serves = SERVES.iter().any(|word| text.contains(word)) || is_check;
        let claims = function.contains("laims") || function.contains(".Payload");
        let is_believed = serves && claims && !ASKS_NOT.iter().any(|word| text.contains(word)) && self.is_sent(&token.value);
        is_believed.then(|| BELIEVED.to_owned())
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
