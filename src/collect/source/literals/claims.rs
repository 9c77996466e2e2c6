//! What a server does with the claims that it cuts out of a token, told by the text around: there is no grammar for half of what is written so.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

/// What is said of claims that decide who somebody is, of a token that nobody checks.
const BELIEVED: &str = "claims that decide";
/// How many lines of a function are looked at on either side, and how many bytes of a line.
const MOST_LINES: usize = 60;
const LONGEST_LINE: usize = 600;
/// How many names are followed.
const MOST_NAMES: usize = 12;
/// How many calls of one function are looked at.
const MOST_CALLS: usize = 8;
/// How far before the place its function may begin, in bytes.
const NEAR: usize = 4_000;
/// Words of a file that answers requests.
const SERVES: [&str; 22] = [
    "req.",
    "request.",
    "Request.",
    "Request(",
    "$_POST",
    "$_GET",
    "$_REQUEST",
    "$_SERVER",
    "$_SESSION",
    "$_COOKIE",
    "$request",
    "HttpContext",
    "ControllerBase",
    ": Controller",
    "IActionResult",
    "ActionResult<",
    "HttpServletRequest",
    "@RequestParam",
    "@RequestHeader",
    "@RequestBody",
    "getServerSideProps",
    "@app.route",
];
/// Words of a file that runs where the token is its owner's, or that stands behind a check.
const ASKS_NOT: [&str; 14] = [
    "localStorage",
    "sessionStorage",
    "window.",
    "document.",
    "useState",
    "SecureStorage",
    "AsyncStorage",
    "[Authorize",
    "IsAuthenticated",
    "RequireAuthorization",
    "@login_required",
    "login_required",
    "@jwt_required",
    "@PreAuthorize",
];
/// What is in the names of functions, in small letters, that check a token.
const CHECKS: [&str; 8] = ["verif", "validat", "introspect", "jwks", "hmac", "jwt::decode", "authenticate(", "checktoken"];
/// What turns a part of a token into text, in small letters.
const DECODES: [&str; 4] = ["base64", "b64", "atob", "decode"];

/// A claim that says who somebody is, or what he may do, right after what holds it.
static DECIDES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let claims = "sub|subject|e?mail|upn|preferred_?username|unique_?name|user_?name|user_?id|user|name|login|roles?|groups|permissions|scopes?|ctx|tid|oid|tenant\\w*|customer\\w*|is_?admin|admin|https?://[^\"'\\s]*";
    Regex::new(&format!(r#"(?i)^[)\s]*(?:\.|\?\.|->|\[|\)\[|!\.)[\s\w.?!\[\]("'>-]{{0,24}}?\b(?:{claims})\b"#)).ok()
});
/// Somebody is signed in as what follows, or it is kept for the next request.
static TAKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:(?:\bsession\b[^=;\n]{0,40}|\b(?:req|request|ctx|g|c)\.\w*(?:user|claims|auth|identity|principal)\w*)\s*=\s*|\b(?:sign_?in|log_?in|login_?user)\w*\(\s*)$").ok()
});

/// The name of a function in the line that it begins with.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:\bfunction|\bdef|\bfun|\bfunc)\s+(\w{2,60})\s*\(|\b(?:const|let|var)\s+(\w{2,60})\s*=|\b(\w{2,60})\s*\([^()]*\)\s*(?:throws\s+\w+\s*)?(?:\{|=>)?\s*$").ok()
});

/// What is said of the claims at a place, where a server lets them decide; absent where they do not, where something around checks the token, and where
/// the token is its owner's.
pub(super) fn believed(text: &str, place: &Range<usize>) -> Option<&'static str> {
    let serves = SERVES.iter().any(|word| text.contains(word)) && !ASKS_NOT.iter().any(|word| text.contains(word));
    let lines: Vec<&str> = if serves { function(text, place) } else { Vec::new() };
    let says = |words: &[&str]| lines.iter().any(|line| words.iter().any(|word| line.to_lowercase().contains(word)));
    let decides =
        || decide(text, place) || gives_back(text, place, &lines).is_some_and(|function| decides_where_called(text, function, place));
    (says(&DECODES) && !says(&CHECKS) && decides()).then_some(BELIEVED)
}

/// The name of the function around a place, where it gives something back: that it decides nothing itself says nothing of who calls it.
fn gives_back<'t>(text: &'t str, place: &Range<usize>, lines: &[&str]) -> Option<&'t str> {
    let before = text.get(text.floor_char_boundary(place.start.saturating_sub(NEAR))..place.start)?;
    let own = before.rsplit('\n').next()?;
    let outer = || before.rsplit('\n').skip(1).take(MOST_LINES).find(|line| opens(line) && depth(line) < depth(own));
    let header = if opens(own) { own } else { outer()? };
    let is_given = lines.iter().any(|line| line.contains("return")) || header.contains("=>");
    NAMED.as_ref().filter(|_| is_given)?.captures(shortened(header))?.iter().skip(1).flatten().next().map(|name| name.as_str())
}

/// Whether the claims that a function gives decide something where it is called, and nothing there checks the token.
fn decides_where_called(text: &str, function_name: &str, place: &Range<usize>) -> bool {
    let called = text.match_indices(function_name).map(|(at, name)| at..at.saturating_add(name.len()));
    let is_call = |at: &Range<usize>| {
        let (before, after) = (text.get(..at.start).unwrap_or(""), text.get(at.end..).unwrap_or(""));
        let is_declared = ["function ", "def ", "fun ", "func "].iter().any(|word| before.ends_with(word));
        after.starts_with('(') && !before.ends_with(is_of_name) && !is_declared && !at.contains(&place.start)
    };
    let is_checked = |at: &Range<usize>| function(text, at).iter().any(|line| CHECKS.iter().any(|word| line.to_lowercase().contains(word)));
    called.filter(is_call).take(MOST_CALLS).any(|at| decide(text, &at) && !is_checked(&at))
}

/// The lines of the function around a place.
fn function<'t>(text: &'t str, place: &Range<usize>) -> Vec<&'t str> {
    let start = text.floor_char_boundary(place.start.saturating_sub(NEAR));
    let before = text.get(start..place.start).unwrap_or("");
    let own = before.rsplit('\n').next().unwrap_or("");
    let mut indent = if opens(own) { depth(own) } else { usize::MAX };
    let mut lines: Vec<&str> = Vec::new();
    for line in before.rsplit('\n').skip(1).take(MOST_LINES) {
        if indent == usize::MAX && opens(line) && depth(line) < depth(own) {
            indent = depth(line);
            lines.push(shortened(line));
            break;
        }
        lines.push(shortened(line));
    }
    lines.push(shortened(own));
    lines.extend(after(text, place, if indent == usize::MAX { None } else { Some(indent) }));
    lines
}

/// The rest of the line of a place and what follows, up to where its function ends.
fn after<'t>(text: &'t str, place: &Range<usize>, indent: Option<usize>) -> impl Iterator<Item = &'t str> {
    let rest = text.get(place.start..).unwrap_or("");
    let is_inside = move |line: &&str| line.trim().is_empty() || indent.is_none_or(|indent| depth(line) > indent || line.trim() == "{");
    rest.lines().take(1).chain(rest.lines().skip(1).take(MOST_LINES).take_while(is_inside)).map(shortened)
}

/// Whether claims decide something in the lines from a place on.
fn decide(text: &str, place: &Range<usize>) -> bool {
    let line = text.get(..place.start).unwrap_or("").rsplit('\n').next().unwrap_or("");
    let indent = if opens(line) { Some(depth(line)) } else { header(text, place) };
    let cut = text.get(place.clone()).unwrap_or("");
    let mut names: Vec<String> = Vec::new();
    for (number, rest) in after(text, place, indent).enumerate() {
        let whole = if number == 0 { [shortened(line), rest].concat() } else { rest.to_owned() };
        for statement in whole.split(';') {
            let (target, value) = split(statement).unwrap_or(("", statement));
            let is_cut = number == 0 && statement.contains(cut);
            let is_made = is_cut || uses(value, &names).next().is_some();
            let is_read = uses(value, &names).any(|(_, after)| reads_one(after));
            let is_read_at_once = is_cut && value.split(')').skip(1).any(|after| reads_one(&format!("){after}")));
            if is_read || taken(statement, &names) || (is_made && (names_one(target) || is_read_at_once)) {
                return true;
            }
            if is_made && names.len() < MOST_NAMES {
                names.extend(named(target));
            }
        }
    }
    false
}

/// Whether a text that follows what holds claims reads one that decides something.
fn reads_one(after: &str) -> bool {
    DECIDES.as_ref().is_some_and(|decides| decides.is_match(after))
}

/// Whether an assignment takes such a claim out by its name: `const { sub } = …`.
fn names_one(target: &str) -> bool {
    target.split_once('{').is_some_and(|(_, names)| reads_one(&format!("[{names}")))
}

/// How far the line that begins the function around is indented.
fn header(text: &str, place: &Range<usize>) -> Option<usize> {
    let start = text.floor_char_boundary(place.start.saturating_sub(NEAR));
    let before = text.get(start..place.start)?;
    let own = before.rsplit('\n').next().map_or(0, depth);
    before.rsplit('\n').skip(1).take(MOST_LINES).find(|line| opens(line) && depth(line) < own).map(depth)
}

/// Whether a line begins a function.
fn opens(line: &str) -> bool {
    const OTHERS: [&str; 9] = ["if", "for", "while", "switch", "catch", "else", "try", "using", "foreach"];
    let line = line.trim_start_matches([' ', '\t', '}']);
    let first = line.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    let is_function = line.contains("function") || line.contains("=>") || ["def ", "fun ", "func "].iter().any(|word| line.contains(word));
    let is_method = line.contains('(') && line.trim_end().ends_with([')', '{']) && !line.contains('=') && !line.contains(';');
    !OTHERS.contains(&first) && (is_function || is_method)
}

fn depth(line: &str) -> usize {
    line.len().saturating_sub(line.trim_start().len())
}

fn shortened(line: &str) -> &str {
    line.get(..line.floor_char_boundary(LONGEST_LINE)).unwrap_or(line)
}

/// The two sides of an assignment.
fn split(statement: &str) -> Option<(&str, &str)> {
    let at = statement.find(" = ").or_else(|| statement.find(" := ").map(|at| at.saturating_add(1)))?;
    let (target, value) = statement.split_at_checked(at)?;
    // A text may hold a mark of equality too.
    if target.contains(['(']) && !target.trim_start().starts_with("list(") && !target.trim_start().starts_with("const {") {
        return None;
    }
    Some((target, value))
}

/// The names that an assignment gives a value.
fn named(target: &str) -> impl Iterator<Item = String> {
    const WORDS: [&str; 12] = ["const", "let", "var", "list", "String", "string", "val", "final", "auto", "JSONObject", "Object", "byte"];
    let words = target.split(|letter: char| !is_of_name(letter)).filter(|word| word.len() > 1 || word.chars().all(char::is_alphabetic));
    words.filter(|word| !word.is_empty() && !WORDS.contains(word)).map(str::to_owned).take(4)
}

/// Where names stand in a text, each with what stands before and after it.
fn uses<'t>(text: &'t str, names: &[String]) -> impl Iterator<Item = (&'t str, &'t str)> {
    let of = |name: &String| text.match_indices(name.as_str()).map(|(at, name)| (at, at.saturating_add(name.len()))).collect::<Vec<_>>();
    let found: Vec<(usize, usize)> = names.iter().flat_map(of).collect();
    let sides = move |(start, end): (usize, usize)| Some((text.get(..start)?, text.get(end..)?));
    found.into_iter().filter_map(sides).filter(|(before, after)| !before.ends_with(is_of_name) && !after.starts_with(is_of_name))
}

/// Whether somebody is signed in as what bears one of the names.
fn taken(statement: &str, names: &[String]) -> bool {
    let ends = |after: &str| after.trim_start().is_empty() || after.trim_start().starts_with([')', ',']);
    uses(statement, names).any(|(before, after)| ends(after) && TAKEN.as_ref().is_some_and(|taken| taken.is_match(before)))
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
