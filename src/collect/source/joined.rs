//! Texts that are put together of several parts: a connection string over several lines, with a server that is filled in.

use std::ops::Range;

use crate::collect::source::{
    embedded::{embedded, is_password},
    names::{Match, Names, segments},
};

/// What is not written stands as this among the parts: a value that ends here, and that begins with a bracket, is none.
const HOLE: &str = "{}";
/// How many parts are put together, and how long they are in all, in bytes.
const MOST_PARTS: usize = 100;
const LONGEST: usize = 2_000;

/// Parts that are written, one after the other, with where each of them stands.
#[derive(Default)]
pub(super) struct Joined {
    text: String,
    /// Where each part that is written stands in the text, and where in the file.
    parts: Vec<(Range<usize>, Range<usize>)>,
}

/// A password in a text that is put together.
pub(super) struct Password<'a> {
    pub(super) name: String,
    pub(super) found: Match<'a>,
    pub(super) value: String,
    /// The parts that it stands in.
    pub(super) range: Range<usize>,
}

impl Joined {
    /// Takes in the next part: what is written, or nothing where it is filled in.
    pub(super) fn add(&mut self, written: Option<&str>, range: Range<usize>) {
        if self.parts.len() >= MOST_PARTS || self.text.len() > LONGEST {
            return;
        }
        let start = self.text.len();
        self.text.push_str(written.unwrap_or(HOLE));
        if written.is_some() {
            self.parts.push((start..self.text.len(), range));
        }
    }

    /// The passwords that only all parts show to be some: one part alone does not say that a database is connected to.
    pub(super) fn passwords<'a>(&self, names: &'a Names) -> Vec<Password<'a>> {
        let (is_list, is_envelope) = (self.text.contains(';') && self.text.contains('='), self.text.contains("</"));
        if self.parts.len() < 2 || !(is_list || is_envelope) {
            return Vec::new();
        }
        let alone: Vec<String> =
            self.parts.iter().filter_map(|(of, _)| self.text.get(of.clone())).flat_map(|part| values(part, names)).collect();
        let is_new = |value: &str| !alone.iter().any(|known| known == value);
        let mut passwords = Vec::new();
        for pair in embedded(&self.text, names).into_iter().filter(|pair| is_password(pair.found.entry) && is_new(pair.value)) {
            let (start, end) = (self.part(pair.range.start), pair.range.end.checked_sub(1).and_then(|last| self.part(last)));
            let found = names.matching(&segments(pair.name).collect::<Vec<_>>());
            if let (Some(start), Some(end), Some(found)) = (start, end, found) {
                let (name, value) = (pair.name.to_owned(), pair.value.to_owned());
                passwords.push(Password { name, found, value, range: start.start..end.end });
            }
        }
        passwords
    }

    /// Where the part stands that an offset falls into.
    fn part(&self, offset: usize) -> Option<&Range<usize>> {
        self.parts.iter().find(|(of, _)| of.contains(&offset)).map(|(_, range)| range)
    }
}

fn values(text: &str, names: &Names) -> Vec<String> {
    embedded(text, names).into_iter().map(|pair| pair.value.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(parts: &[Option<&str>]) -> Vec<(String, Range<usize>)> {
        let names = Names::new(&["*Password".to_owned(), "*Pwd".to_owned()]);
        let mut joined = Joined::default();
        for (at, part) in parts.iter().enumerate() {
            joined.add(*part, at * 100..at * 100 + 50);
        }
        joined.passwords(&names).into_iter().map(|found| (found.value, found.range)).collect()
    }

    #[test]
    fn a_password_stands_in_the_parts_of_a_connection() {
        let found = passwords(&[Some("server=sql1.contoso.net;user id=app;"), Some("password=Lofoten#2021;pooling=true")]);
        assert_eq!(found, [("Lofoten#2021".to_owned(), 100..150)]);
        let found = passwords(&[Some("server=sql1.contoso.net;user id=app;password"), Some("=Lofoten#2021;database=crm")]);
        assert_eq!(found, [("Lofoten#2021".to_owned(), 0..150)]);
        let found = passwords(&[Some("Server="), None, Some(";Pooling=true;Password=Lofoten#2021")]);
        assert_eq!(found, [("Lofoten#2021".to_owned(), 200..250)]);
        let found = passwords(&[Some("<Auth><Username>app</Username>"), Some("<w:Password>Lofoten#2021</w:Password>"), Some("</Auth>")]);
        assert_eq!(found, [("Lofoten#2021".to_owned(), 100..150)]);
    }

    #[test]
    fn what_is_filled_in_or_is_no_connection_holds_none() {
        for parts in [
            &[Some("server=sql1.contoso.net;user id=app;password="), None][..],
            &[Some("Server="), None, Some(";Database=crm;Password="), None, Some(";Pooling=true")],
            &[Some("Enter your name; "), Some("your password=Lofoten#2021")],
            &[Some("server=localhost;user id=root;"), Some("password=root;database=crm")],
            &[Some("<user>app</user>"), Some("<password>"), None, Some("</password>")],
            &[Some("<label>Your name</label>"), Some("<password>Password*</password>")],
            // One part alone says it all, and is told by itself.
            &[Some("server=sql1.contoso.net;password=Lofoten#2021;"), Some("database=crm")],
        ] {
            assert_eq!(passwords(parts), [], "{parts:?}");
        }
    }
}
