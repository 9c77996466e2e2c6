//! URL templates of web panels: text with the platform's variables in it, as in `https://app.example.com/panel?tenant=<uctx>`.

use std::ops::Range;

use url::Url;

use super::UrlError;

/// The longest name of a variable, in characters.
const NAME_LIMIT: usize = 40;

/// Schemes that a browser gives a meaning of its own, none of which is a panel.
const NO_PANELS: [&str; 15] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "gopher",
    "javascript",
    "mailto",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// A URL template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it is written.
    Text(String),
    /// A variable, in lower case, without its brackets.
    Variable(String),
}

/// What is wrong with a template, and where: characters from its start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A variable without an end.
    #[error("`<` opens a variable that has no `>`")]
    Open(Range<usize>),
    /// An end without a variable.
    #[error("`>` closes no variable")]
    Close(Range<usize>),
    /// Brackets around what is no name.
    #[error("`<{name}>` is no variable; names have letters and digits, as in `<uctx>`")]
    Name {
        /// What stands between the brackets.
        name: String,
        /// Where.
        place: Range<usize>,
    },
}

impl TemplateError {
    /// Where it is, in characters.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        match self {
            Self::Open(place) | Self::Close(place) | Self::Name { place, .. } => place.clone(),
        }
    }
}

impl Template {
    /// Reads a template. Brackets may be percent-encoded (`%3Cuctx%3E`).
    ///
    /// # Errors
    /// When brackets do not pair, or hold no name.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let (mut parts, mut plain, mut rest, mut at) =
            (Vec::new(), String::new(), text.trim(), text.chars().take_while(|letter| letter.is_whitespace()).count());
        while let Some(letter) = rest.chars().next() {
            let Some(opening) = bracket(rest, '<', "%3c") else {
                if letter == '>' {
                    return Err(TemplateError::Close(at..at.saturating_add(1)));
                }
                plain.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
                at = at.saturating_add(1);
                continue;
            };
            let inside = rest.get(opening..).unwrap_or_default();
            let end = inside
                .char_indices()
                .map(|(index, _)| index)
                .find(|index| inside.get(*index..).and_then(|rest| bracket(rest, '>', "%3e")).is_some());
            let Some((name, after)) = end.and_then(|end| inside.split_at_checked(end)) else {
                return Err(TemplateError::Open(at..at.saturating_add(opening)));
            };
            let whole = opening.saturating_add(name.chars().count()).saturating_add(bracket(after, '>', "%3e").unwrap_or_default());
            let place = at..at.saturating_add(whole);
            let Some(variable) = variable(name) else {
                return Err(TemplateError::Name { name: name.to_owned(), place });
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Variable(variable));
            rest = after.get(bracket(after, '>', "%3e").unwrap_or_default()..).unwrap_or_default();
            at = place.end;
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }

    /// Its pieces, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with every variable replaced.
    #[must_use]
    pub fn filled(&self, value: impl Fn(&str) -> String) -> String {
        let piece = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Variable(name) => value(name),
        };
        self.parts.iter().map(piece).collect()
    }

    /// A URL that stands for the template where one is needed. Where the platform fills in the host, the host is one that never exists (RFC 2606).
    ///
    /// # Errors
    /// When it is no URL whatever the variables are.
    pub fn url(&self) -> Result<Url, UrlError> {
        let name = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let whole = self.filled(name);
        let filled = match self.parts.split_first() {
            Some((Part::Variable(base), rest)) => {
                let rest = Self { parts: rest.to_vec() }.filled(name);
                let is_base = rest.is_empty() || rest.starts_with(['/', '?', '#']);
                if is_base { format!("https://{}.invalid{rest}", name(base)) } else { whole }
            }
            _ => whole,
        };
        match super::parse_url(&filled) {
            Err(UrlError::Scheme { scheme }) if !NO_PANELS.contains(&scheme.as_str()) => Ok(Url::parse(filled.trim())?),
            // `soprotocol:panel` has no slashes, and so looks like a host with a port.
            Err(error) => own_scheme(&filled).ok_or(error),
            Ok(url) => Ok(url),
        }
    }
}

/// A URL with a scheme of its own and no slashes.
fn own_scheme(text: &str) -> Option<Url> {
    let (scheme, rest) = text.trim().split_once(':')?;
    let plain = scheme.len() >= 2 && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let known =
        ["https", "http"].contains(&scheme.to_ascii_lowercase().as_str()) || NO_PANELS.contains(&scheme.to_ascii_lowercase().as_str());
    (plain && !known && !rest.starts_with("//") && !rest.is_empty()).then(|| Url::parse(text.trim()).ok())?
}

/// The length of a bracket that a text starts with, plain or percent-encoded.
fn bracket(text: &str, plain: char, encoded: &str) -> Option<usize> {
    if text.starts_with(plain) {
        return Some(1);
    }
    text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(encoded)).then_some(3)
}

/// A name in lower case: letters and digits, with `?` or `#` at its end, which may be percent-encoded.
fn variable(name: &str) -> Option<String> {
    let name = name.replace("%3F", "?").replace("%3f", "?").replace("%23", "#").to_ascii_lowercase();
    let stem = name.strip_suffix(['?', '#']).unwrap_or(&name);
    let fits =
        !stem.is_empty() && stem.len() <= NAME_LIMIT && stem.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter));
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variables_are_read_however_they_are_written() {
        for (text, expected) in [
            ("https://a.no/?x=<uctx>&y=<USID>", vec!["uctx", "usid"]),
            ("https://a.no/%3Cuctx%3E/%3cusid%3e", vec!["uctx", "usid"]),
            ("https://a.no/?v=<ver#>&a=<adm?>&b=%3Cser%23%3E", vec!["ver#", "adm?", "ser#"]),
            ("https://a.no/", vec![]),
        ] {
            assert_eq!(Template::parse(text).unwrap().variables().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        for (text, place) in
            [("a.no/?x=<uctx", 8..9), ("a.no/?x=uctx>", 12..13), ("a.no/?x=<>", 8..10), ("å.no/?x=<u x>&y", 8..13), ("a.no/<<b>>", 5..9)]
        {
            assert_eq!(Template::parse(text).unwrap_err().place(), place, "{text}");
        }
    }

    #[test]
    fn a_template_has_a_url_that_stands_for_it() {
        let url = |text: &str| Template::parse(text).unwrap().url().map(|url| url.to_string()).ok();
        assert_eq!(url("https://<uctx>.app.no/<usid>?v=<ver#>").as_deref(), Some("https://uctx.app.no/usid?v=ver"));
        assert_eq!(url("app.no/p?x=<uctx>").as_deref(), Some("https://app.no/p?x=uctx"));
        assert_eq!(url("<csbl>/scripts/x.fcgi?a=<uctx>").as_deref(), Some("https://csbl.invalid/scripts/x.fcgi?a=uctx"));
        assert_eq!(url("soprotocol:contact?id=<uctx>").as_deref(), Some("soprotocol:contact?id=uctx"));
        for refused in ["javascript:alert(1)", "https://", "https://a:b@c.no/", "ftp://a.no/", "data:text/html,x"] {
            assert_eq!(url(refused), None, "{refused}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            if let Ok(template) = Template::parse(&text) {
                let _ = template.url();
            }
        }

        #[test]
        fn what_has_no_brackets_stays_as_it_is(text in "[a-z:/?&=.]{1,60}") {
            prop_assert_eq!(Template::parse(&text).unwrap().filled(|_| String::new()), text);
        }
    }
}
