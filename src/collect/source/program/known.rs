//! Where well-known functions and objects have their values from, by the names on the way to them. One table for all languages: a name that means one
//! thing in one language seldom means another elsewhere, and where it does, the more careful answer is *unknown*.

pub(in crate::collect::source) use super::loggers::{logs, may_log};
use crate::{
    collect::source::names::{squeezed, words},
    evidence::Origin,
};

/// Whole names, squeezed, on the way to a value that comes from the environment.
const ENVIRONMENT: [&str; 13] = [
    "environ",
    "getenv",
    "env",
    "envvar",
    "getenvironmentvariable",
    "getenvironmentvariables",
    "expandenvironmentvariables",
    "systemenv",
    "dotenv",
    "osenviron",
    "environment",
    "osgetenv",
    "decoupleconfig",
];

/// Parts of names, squeezed, that speak of a secret store.
const SECRET_STORES: [&str; 16] = [
    "keyvault",
    "secretclient",
    "secretsmanager",
    "secretmanager",
    "secretsclient",
    "secretstore",
    "getsecret",
    "getsecretvalue",
    "accesssecretversion",
    "getparameter",
    "ssmclient",
    "hvac",
    "vaultclient",
    "securestorage",
    "keychain",
    "credentialmanager",
];

/// Whole names, squeezed, of what a user or caller sends.
const GIVEN: [&str; 22] = [
    "req",
    "request",
    "reqbody",
    "requestbody",
    "body",
    "query",
    "params",
    "form",
    "formdata",
    "post",
    "get",
    "requestform",
    "argv",
    "args",
    "input",
    "stdin",
    "readline",
    "prompt",
    "cookies",
    "session",
    "searchparams",
    "headers",
];

/// How names end, squeezed, that configuration goes by.
const CONFIGURATION: [&str; 9] =
    ["config", "configuration", "configurationmanager", "configfile", "settings", "options", "section", "configurationroot", "properties"];

/// Where the value at the end of a path comes from, as far as the names on the way tell.
pub(in crate::collect::source) fn origin(path: &[&str]) -> Option<Origin> {
    let names: Vec<String> = path.iter().map(|name| squeezed(name)).collect();
    let any = |whole: &[&str]| names.iter().any(|name| whole.contains(&name.as_str()));
    let holds = |parts: &[&str]| names.iter().any(|name| parts.iter().any(|part| name.contains(part)));
    let is_superglobal = |name: &str| matches!(name, "_POST" | "_GET" | "_REQUEST" | "_COOKIE" | "_SESSION" | "_FILES");
    if path.iter().any(|name| is_superglobal(name)) {
        return Some(Origin::Parameter);
    }
    if path.iter().any(|name| matches!(*name, "_ENV" | "_SERVER")) || any(&ENVIRONMENT) {
        return Some(Origin::Environment);
    }
    if holds(&SECRET_STORES) {
        return Some(Origin::SecretStore);
    }
    // The last name is that of the value itself, and `settings` alone is no place to look things up in.
    let before: Vec<&String> = names.iter().take(names.len().saturating_sub(1)).collect();
    let on_the_way = |parts: &[&str]| before.iter().any(|name| parts.iter().any(|part| name.ends_with(part)));
    if on_the_way(&CONFIGURATION) {
        return Some(Origin::Configuration);
    }
    before.iter().any(|name| GIVEN.contains(&name.as_str())).then_some(Origin::Parameter)
}

/// Where a call has its value from; `names` are those on the way, the function's own last.
pub(in crate::collect::source) fn origin_of_call(path: &[&str]) -> Option<Origin> {
    let last = squeezed(path.last()?);
    if matches!(
        last.as_str(),
        "config" | "configuration" | "getconfig" | "getsetting" | "getsettings" | "getconnectionstring" | "getsection" | "getproperty"
    ) {
        return Some(Origin::Configuration);
    }
    if matches!(last.as_str(), "input" | "prompt" | "readline" | "getpass" | "readhost" | "gets" | "scanner") {
        return Some(Origin::Parameter);
    }
    origin(path)
}

/// Whether a call looks something up by its name, and takes what it is in want of that as its second argument: `getenv("NAME", "value")`.
pub(super) fn has_default(path: &[&str]) -> bool {
    matches!(origin_of_call(path), Some(Origin::Environment | Origin::Configuration | Origin::SecretStore))
}

/// Whether what a call looks up by two names has none to fall back on: the first names a section, and the second what is in it.
pub(super) fn is_within_section(first: Option<&str>, second: Option<&str>) -> bool {
    const CREDENTIALS: [&str; 7] = ["key", "pass", "passwd", "password", "pwd", "secret", "token"];
    let names_one = |text: &str| words(text).iter().any(|word| CREDENTIALS.contains(&word.as_str()));
    let is_option =
        |text: &str| names_one(text) && text.chars().all(|character| character.is_ascii_lowercase() || "_-.".contains(character));
    matches!((first, second), (Some(first), Some(second)) if !names_one(first) && is_option(second))
}

/// Whether a call makes of a password what is kept of it: `Hash::make('…')`, `bcrypt.hashSync('…', 10)`.
pub(super) fn hashes_passwords(path: &[&str]) -> bool {
    const HASHING: [&str; 10] = [
        "bcrypt",
        "generate_password_hash",
        "make_password",
        "password_hash",
        "hashpw",
        "hash_password",
        "hashpassword",
        "encryptpassword",
        "hashsync",
        "get_password_hash",
    ];
    let last = path.last().map(|last| last.to_lowercase()).unwrap_or_default();
    HASHING.contains(&last.as_str()) || matches!(path, [.., "Hash", "make"] | [.., "bcrypt" | "bcryptjs" | "argon2", "hash"])
}

/// Whether a call gives back what it is called on, in another form.
pub(in crate::collect::source) fn keeps(name: &str) -> bool {
    const KEEPING: [&str; 27] = [
        "tostring",
        "trim",
        "trimend",
        "trimstart",
        "strip",
        "rstrip",
        "lstrip",
        "lower",
        "upper",
        "tolower",
        "toupper",
        "tolowercase",
        "touppercase",
        "tochararray",
        "asspan",
        "encode",
        "decode",
        "valueof",
        "concat",
        "unwrap",
        "getbytes",
        "normalize",
        "then",
        "result",
        "format",
        "intern",
        "freeze",
    ];
    KEEPING.contains(&squeezed(name).as_str())
}

/// Whether a call gives back what it is called on or, in want of that, its last argument.
pub(super) fn falls_back(name: &str) -> bool {
    // `z.string().default("…")` of a schema, too.
    matches!(squeezed(name).as_str(), "default" | "orelse" | "orelseget" | "unwrapor" | "valueor" | "getvalueordefault" | "defaultifempty")
}

/// Whether a call gives back its only argument, in another form.
pub(in crate::collect::source) fn converts(name: &str) -> bool {
    const CONVERTING: [&str; 28] = [
        "tobase64string",
        "string",
        "str",
        "byte",
        "bytes",
        "frombase64string",
        "getstring",
        "getbytes",
        "from",
        "atob",
        "btoa",
        "encodeuricomponent",
        "decodeuricomponent",
        "urlencode",
        "urldecode",
        "rawurlencode",
        "escapedatastring",
        "unescapedatastring",
        "b64decode",
        "b64encode",
        "base64decode",
        "base64encode",
        "quote",
        "trim",
        "freeze",
        "valueof",
        "secretstr",
        "objectfreeze",
    ];
    CONVERTING.contains(&squeezed(name).as_str())
}

/// Whether a method of Base64 gives back its only argument, in another form.
pub(super) fn is_codec(name: &str) -> bool {
    matches!(squeezed(name).as_str(), "decode" | "encode" | "encodetostring" | "decodebase64" | "decodefast")
}

/// Whether a function stores a value under a key: `Add("name", value)`, `setHeader(name, value)`, `curl_setopt(handle, OPTION, value)`.
pub(in crate::collect::source) fn stores_pairs(name: &str) -> bool {
    const STARTS: [&str; 25] = [
        "savesetting",
        "formparam",
        "formfield",
        "queryparam",
        "param",
        "writeelement",
        "writeattribute",
        "add",
        "set",
        "tryadd",
        "with",
        "append",
        "insert",
        "put",
        "create",
        "header",
        "getvalue",
        "default",
        "define",
        "curlsetopt",
        "iniset",
        "property",
        "entry",
        "buildconfigfield",
        "resvalue",
    ];
    let name = squeezed(name);
    STARTS.iter().any(|start| name.starts_with(start)) || name.ends_with("setopt") || name == "set" || name == "of"
}

/// Whether a function of a program has a page run the function of its script that its first argument names.
pub(in crate::collect::source) fn runs_script(path: &[&str]) -> bool {
    matches!(path.last(), Some(&("InvokeVoidAsync" | "InvokeAsync" | "InvokeVoid" | "InvokeUnmarshalled")))
}

/// Whether the name of an argument or a field says that it is taken in want of a value.
pub(super) fn names_default(name: &str) -> bool {
    matches!(name, "default" | "defaultValue" | "default_value")
}

/// Whether the name of an argument says that it is the key of what stands before it: `setValue(value, forHTTPHeaderField: name)`.
pub(super) fn names_key(argument: &str) -> bool {
    matches!(argument, "forHTTPHeaderField" | "forKey")
}

/// What a method sets, by its name: `setClientSecret`, `with_client_secret` and `clientSecret` set `ClientSecret`, `client_secret` and `clientSecret`.
pub(in crate::collect::source) fn without_setter(method: &str) -> &str {
    ["set", "with", "Set", "With"]
        .iter()
        .filter_map(|prefix| method.strip_prefix(prefix))
        .map(|rest| rest.strip_prefix('_').unwrap_or(rest))
        .find(|rest| method.contains('_') || rest.starts_with(char::is_uppercase))
        .unwrap_or(method)
}

/// Lengths of keys in bits.
const KEY_SIZES: [&str; 8] = ["512", "768", "1024", "1536", "2048", "3072", "4096", "8192"];

/// What a constant names, by its own name: `APP_TOKEN_HEADER` and `AppTokenHeaderName` name `APP_TOKEN` and `AppToken`.
pub(in crate::collect::source) fn without_role(name: &str) -> &str {
    const ROLES: [&str; 8] = ["_HEADER_NAME", "_HEADER", "_PARAMETER", "_PARAM", "HeaderName", "Header", "Parameter", "Param"];
    ROLES.iter().find_map(|role| name.strip_suffix(role)).filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Whether a text is made of words that name something and of versions of protocols, so that it is no password; `says` knows the words of the rules.
pub(super) fn is_telling(text: &str, says: impl Fn(&str) -> bool) -> bool {
    const WORDS: [&str; 35] = [
        "access",
        "anonymous",
        "app",
        "auth",
        "authorization",
        "basic",
        "bearer",
        "code",
        "complete",
        "csrf",
        "development",
        "false",
        "id",
        "jwt",
        "key",
        "negotiate",
        "none",
        "null",
        "production",
        "refresh",
        "rs",
        "hs",
        "es",
        "ps",
        "secret",
        "so",
        "ssl",
        "system",
        "ticket",
        "tls",
        "token",
        "true",
        "user",
        "v",
        "xsrf",
    ];
    if KEY_SIZES.contains(&text) {
        return true;
    }
    let mut all = words(text).into_iter();
    let is_known = |word: String| {
        let bare = word.trim_end_matches(|character: char| character.is_ascii_digit());
        let bare = if bare.len() > 1 { bare.strip_suffix('v').unwrap_or(bare) } else { bare };
        bare.is_empty() && word.len() <= 3 || WORDS.contains(&bare) || WORDS.contains(&bare.trim_end_matches('s')) || says(&word)
    };
    all.all(is_known)
}

/// The switches that a function takes by position, which some languages have no names for; one without a name is what the function itself sets.
pub(in crate::collect::source) fn positions(callee: &[&str]) -> &'static [(usize, &'static str)] {
    match callee {
        // Laravel's `cookie` takes the same ones at the same places.
        [.., "setcookie" | "setrawcookie" | "cookie"] | [.., "Cookie", "make" | "queue"] => &[(5, "secure"), (6, "httponly")],
        [.., "session_set_cookie_params"] => &[(3, "secure"), (4, "httponly")],
        // After a key store, and after the password of that.
        [.., "loadTrustMaterial"] => &[(1, ""), (2, "")],
        _ => &[],
    }
}

/// Whether a function is there to take cookies away, by its name: `deleteCookie`, `clear_cookies`, `logOut`.
pub(super) fn takes_cookies_away(name: &str) -> bool {
    const STARTS: [&str; 9] = ["del", "remove", "clear", "erase", "unset", "expire", "forget", "drop", "kill"];
    const LEAVING: [&str; 5] = ["logout", "loginout", "signout", "logoff", "signoff"];
    let name = squeezed(name);
    LEAVING.contains(&name.as_str()) || name.contains("cookie") && STARTS.iter().any(|start| name.starts_with(start))
}

/// What a method gives back, by its name: `getAccessToken` gives `AccessToken`.
pub(in crate::collect::source) fn without_getter(method: &str) -> Option<&str> {
    let rest = method.strip_prefix("get").or_else(|| method.strip_prefix("Get"))?;
    let rest = rest.strip_prefix('_').unwrap_or(rest);
    (!rest.is_empty() && (method.contains('_') || rest.starts_with(char::is_uppercase))).then_some(rest)
}

/// Members and methods, squeezed, that all of an answer is in.
pub(in crate::collect::source) const CONTENTS: [&str; 15] = [
    "all",
    "body",
    "content",
    "contents",
    "data",
    "getbody",
    "getcontent",
    "getcontents",
    "json",
    "payload",
    "raw",
    "readasstringasync",
    "result",
    "text",
    "value",
];

/// Whether all of an answer is in a member, or a method gives it.
pub(in crate::collect::source) fn is_content(name: &str) -> bool {
    CONTENTS.contains(&squeezed(name).as_str())
}

/// Whether a function reads a token without checking it, so that what it gives is the token's own word.
pub(super) fn reads_token(name: &str) -> bool {
    const READING: [&str; 10] = [
        "readjwttoken",
        "readtoken",
        "readjsonwebtoken",
        "trygetpayloadvalue",
        "getpayloadvalue",
        "decodejwt",
        "jwtdecode",
        "getunverifiedclaims",
        "parsejwt",
        "decodetoken",
    ];
    READING.contains(&squeezed(name).as_str())
}

/// Whether a type is that of a token which is made of its text without any check.
pub(super) fn is_token_type(name: &str) -> bool {
    matches!(name, "JwtSecurityToken" | "JsonWebToken")
}

/// Whether a type stands for a file, and the text that it is made of is where that lies: `new PrivateKeyFile("/run/key")`.
pub(in crate::collect::source) fn is_of_file(name: &str) -> bool {
    const FILES: [&str; 5] = ["file", "fileinfo", "path", "directory", "folder"];
    let name = squeezed(name);
    FILES.iter().any(|file| name.ends_with(file))
}

/// What a claim is about, whose name is an address: `ticket` of `http://…/identity/ticket`.
pub(super) fn claimed(key: &str) -> &str {
    if key.starts_with("http") { key.rsplit('/').next().unwrap_or(key) } else { key }
}

/// Whether a function turns an object into a text of its members, by the names on the way to it.
pub(in crate::collect::source) fn turns_into_text(path: &[&str]) -> bool {
    const TURNING: [&str; 8] = ["converttojson", "dumps", "inspect", "jsonencode", "serialize", "serializeobject", "stringify", "tojson"];
    path.last().is_some_and(|name| TURNING.contains(&squeezed(name).as_str()))
}

/// Whether a call makes something unreadable for all but those who have a key.
pub(super) fn encrypts(name: &str) -> bool {
    let name = squeezed(name);
    ["encrypt", "protect", "cipher", "seal", "convertfromsecurestring"].iter().any(|part| name.contains(part))
        && !name.starts_with("un")
        && !name.starts_with("de")
}

/// Parts of the names, squeezed, of functions that give back what they are passed.
const GIVING_BACK: [&str; 22] = [
    "format",
    "printf",
    "concat",
    "stringify",
    "base64",
    "b64",
    "btoa",
    "atob",
    "serializ",
    "encod",
    "escape",
    "urldecode",
    "decodeuri",
    "tostring",
    "valueof",
    "vardump",
    "varexport",
    "inspect",
    "htmlspecial",
    "htmlentit",
    "keyvalue",
    "interpolat",
];
/// Words of such names, in small letters.
const GIVING_BACK_WORDS: [&str; 57] = [
    "any",
    "bearer",
    "decipher",
    "decrypt",
    "unprotect",
    "unseal",
    "as",
    "attr",
    "await",
    "blue",
    "bold",
    "bytes",
    "chars",
    "color",
    "cyan",
    "dim",
    "dump",
    "dumps",
    "dd",
    "entry",
    "field",
    "fields",
    "fmt",
    "gray",
    "green",
    "html",
    "join",
    "json",
    "kv",
    "left",
    "log",
    "lower",
    "magenta",
    "pad",
    "pair",
    "print",
    "quote",
    "red",
    "replace",
    "repr",
    "result",
    "right",
    "some",
    "str",
    "string",
    "strip",
    "sub",
    "substr",
    "substring",
    "text",
    "trim",
    "unquote",
    "upper",
    "white",
    "wrap",
    "yellow",
    "yaml",
];

/// Whether a call gives back what it is passed, in another form or as part of something: `trim(x)`, `JSON.stringify(x)`, `format("{0}", x)`, `kv("name", x)`.
/// What any other function makes of a secret is something else: whose a token is, when it ends.
pub(super) fn gives_back(name: &str) -> bool {
    // `clientIdOf(token)` and `isString(token)` say something about it.
    const ABOUT: [&str; 12] = ["are", "can", "check", "compare", "contains", "equals", "has", "is", "parse", "should", "valid", "validate"];
    let (all, squeezed) = (words(name), squeezed(name));
    let is_about = all.first().is_some_and(|first| ABOUT.contains(&first.as_str()));
    let is_named = || squeezed == "of" || all.iter().any(|word| GIVING_BACK_WORDS.contains(&word.as_str()));
    !is_about && (GIVING_BACK.iter().any(|part| squeezed.contains(part)) || is_named() || converts(name))
}

/// Whether a method only asks something of what it is called on: `token.equals(other)`.
pub(super) fn only_asks(name: &str) -> bool {
    const ASKING: [&str; 10] = ["compare", "contains", "ends", "equal", "equals", "has", "includes", "is", "matches", "starts"];
    words(name).first().is_some_and(|first| ASKING.contains(&first.as_str()))
}

/// Whether a call hides what it is given: a mask, a hash, a length.
pub(super) fn hides(name: &str) -> bool {
    const HIDING: [&str; 15] = [
        "mask",
        "claims",
        "redact",
        "hash",
        "sha256",
        "md5",
        "length",
        "len",
        "isnullorempty",
        "isnullorwhitespace",
        "empty",
        "isset",
        "bool",
        "obfuscate",
        "censor",
    ];
    let name = squeezed(name);
    HIDING.iter().any(|hiding| name.contains(hiding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_look_ups_tell_where_a_value_comes_from() {
        for (path, expected) in [
            (&["process", "env", "SECRET"][..], Origin::Environment),
            (&["os", "environ", "SECRET"], Origin::Environment),
            (&["_ENV", "SECRET"], Origin::Environment),
            (&["System", "getenv"], Origin::Environment),
            (&["configuration", "SuperOffice", "ClientSecret"], Origin::Configuration),
            (&["secretClient", "getSecret"], Origin::SecretStore),
            (&["req", "body", "token"], Origin::Parameter),
            (&["_POST", "token"], Origin::Parameter),
        ] {
            assert_eq!(origin(path), Some(expected), "{path:?}");
        }
        assert_eq!(origin(&["Secrets", "Token"]), None);
        assert_eq!(origin(&["token"]), None);
    }
}
