//! The forms of a page, its password fields, and whose password they ask for.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::markup::{Element, Markup};
use crate::{
    collect::web::{masking, platform_hosts::SIGN_IN},
    evidence::Form,
};

/// How many bytes of text before and after a password field belong to it.
const NEAR: usize = 700;
/// The most forms of one page.
const FORMS_LIMIT: usize = 100;

/// Every form.
pub(super) fn forms(markup: &Markup, base: &Url) -> Vec<Form> {
    let starts = markup.elements.iter().enumerate().filter(|(at, element)| element.name == "form" && element.form == Some(*at));
    starts.take(FORMS_LIMIT).map(|(at, start)| form(markup, at, start, base)).collect()
}

fn form(markup: &Markup, at: usize, start: &Element, base: &Url) -> Form {
    let id = start.value("id");
    let belongs = |field: &&Element| match field.value("form") {
        Some(named) => Some(named) == id,
        None => field.form == Some(at),
    };
    let fields: Vec<&Element> = markup.elements.iter().filter(belongs).collect();
    let action = start.value("action").map(str::trim).unwrap_or_default();
    let resolved = base.join(action).map_or_else(|_| action.to_owned(), |url| url.to_string());
    let method = if start.value("method").is_some_and(|method| method.trim().eq_ignore_ascii_case("post")) { "post" } else { "get" };
    Form {
        action: masking::url(&resolved),
        method: method.to_owned(),
        password: fields.iter().any(|field| is_password(field)),
        user_name: fields.iter().any(|field| is_user_name(field)),
        anti_forgery: fields.iter().any(|field| is_anti_forgery(field)),
    }
}

/// Whether a field asks for a password.
pub(super) fn is_password(field: &Element) -> bool {
    let kind = field.value("type").unwrap_or_default().trim().to_ascii_lowercase();
    let completes = field.value("autocomplete").unwrap_or_default().to_ascii_lowercase();
    field.name == "input"
        && (kind == "password" || (kind != "hidden" && completes.split_whitespace().any(|word| word.ends_with("-password"))))
}

fn is_user_name(field: &Element) -> bool {
    const WORDS: [&str; 10] = ["user", "login", "email", "epost", "brukernavn", "anvandarnamn", "benutzer", "gebruiker", "upn", "account"];
    let kind = field.value("type").unwrap_or("text").trim().to_ascii_lowercase();
    let names = ["name", "id", "autocomplete"].into_iter().filter_map(|name| field.value(name));
    let is_one = || names.map(plain).any(|name| WORDS.iter().any(|word| name.contains(word)));
    field.name == "input" && (kind == "email" || (matches!(kind.as_str(), "text" | "tel" | "") && is_one()))
}

fn is_anti_forgery(field: &Element) -> bool {
    let name = plain(field.value("name").unwrap_or_default());
    let hidden = field.value("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("hidden"));
    field.name == "input" && hidden && SIGN_IN.anti_forgery.contains(&name)
}

fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

static SCRIPTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:\btype\\?["']?\s*[:=,]\s*\\?["'`]password\\?["'`]|setAttribute\(\s*["']type["']\s*,\s*["']password)"#)
        .expect("the pattern is fixed")
});

/// Whether a script makes a password field.
pub(super) fn makes_password_field(script: &str) -> bool {
    SCRIPTED.is_match(script)
}

/// A button for the platform's own sign-in speaks of the platform, but asks for no password of it.
static BUTTON: LazyLock<Regex> = LazyLock::new(|| {
    let verbs =
        "(?:sign|log)[ -]?in|login|continue|logg inn|logg på|log ind|logga in|anmelden|inloggen|fortsett|fortsätt|fortsæt|weiter|doorgaan";
    Regex::new(&format!("(?i)(?:{verbs})\\s+(?:with|using|via|by|med|mit|met)\\s+(?:your |din |deg |dig )?\\S+(?: ?id\\b)?"))
        .expect("the pattern is fixed")
});

static ANMELDEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)(?:mit|met|med)\s+\S+\s+(?:anmelden|inloggen|aanmelden)").expect("the pattern is fixed"));

/// The platform's words near the password fields, in the title, and on the fields themselves.
pub(super) fn speaks_of(markup: &Markup, names: &[String]) -> Vec<String> {
    let mut near = String::new();
    for field in markup.elements.iter().filter(|field| is_password(field)) {
        let from = markup.text.floor_char_boundary(field.text_at.saturating_sub(NEAR));
        let to = markup.text.ceil_char_boundary(field.text_at.saturating_add(NEAR).min(markup.text.len()));
        near.push_str(markup.text.get(from..to).unwrap_or_default());
        for other in markup.elements.iter().filter(|other| (from..=to).contains(&other.text_at) && !other.in_footer) {
            let said = ["placeholder", "alt", "aria-label", "title", "value"].into_iter().filter(|_| other.name != "a");
            for text in said.filter_map(|name| other.value(name)) {
                near.push('\n');
                near.push_str(text);
            }
        }
        if near.len() > 64 * 1024 {
            break;
        }
    }
    if near.is_empty() && !markup.elements.iter().any(is_password) {
        return Vec::new();
    }
    near.push('\n');
    near.push_str(markup.title.as_deref().unwrap_or_default());
    let near = ANMELDEN.replace_all(&BUTTON.replace_all(&near, " "), " ").to_lowercase();
    names.iter().filter(|name| !name.is_empty() && near.contains(&name.to_lowercase())).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::web::pages::markup;

    fn base() -> Url {
        Url::parse("https://app.vendor.no/account/login?returnUrl=x").unwrap()
    }

    #[test]
    fn forms_are_read_with_their_fields() {
        let page = "<form method=POST action='/Account/Login?code=abc'><input name=Input.Email type=email><input type=PassWord name=p>\
                    <input type=hidden name=__RequestVerificationToken value=x></form><input type=text name=q><form id=f></form><input form=f type=password>";
        let forms = forms(&markup::read(page), &base());
        let expected = Form {
            action: "https://app.vendor.no/Account/Login?code=<masked 3>".into(),
            method: "post".into(),
            password: true,
            user_name: true,
            anti_forgery: true,
        };
        assert_eq!(forms[0], expected);
        assert!(forms[1].password && forms[1].method == "get");
    }

    #[test]
    fn password_fields_are_known_however_they_are_written() {
        for (html, expected) in [
            ("<input type='password'>", true),
            ("<input TYPE=PASSWORD>", true),
            ("<input type=text autocomplete='section-a current-password'>", true),
            ("<input type=text name=password_hint>", false),
            ("<input type=hidden autocomplete=current-password>", false),
            ("<!-- <input type=password> -->", false),
        ] {
            assert_eq!(markup::read(html).elements.iter().any(is_password), expected, "{html}");
        }
        assert!(makes_password_field("h('input', {type: \"password\"})") && !makes_password_field("{type:'text', name:'password'}"));
    }

    #[test]
    fn words_near_a_password_field_tell_whose_password_it_is() {
        let names = ["platform".to_owned()];
        for (html, speaks) in [
            ("<p>Enter your Platform user name</p><input type=password>", true),
            ("<input placeholder='Platform password' type=password>", true),
            ("<title>Platform login</title><input type=password>", true),
            ("<a href=/sso>Sign in with Platform</a><input type=password>", false),
            ("<button>Mit Platform anmelden</button><input type=password>", false),
            ("<p>Acme account</p><input type=password><footer>Platform is a trademark</footer>", false),
            ("<p>Platform</p>", false),
        ] {
            assert_eq!(!speaks_of(&markup::read(html), &names).is_empty(), speaks, "{html}");
        }
    }
}
