//! Bodies of functions that nothing can be told of. To find them takes a small part of the time that it takes to parse them.
//!
//! What the first pass saw of a program lies in a few of its functions. The others are left out before a tree is made of the file: their heads stay, as do
//! fields, types and whatever stands outside of functions. A body stays if it gives something written to what lies outside of it, or if its function is
//! named beside what was seen: what a check of certificates returns counts where the check is set. So does one that uses a name for what was seen, as
//! `Header` is for `"SO-AppToken"`.

mod braces;
mod indents;

use std::{collections::BTreeSet, ops::Range};

use crate::{
    collect::source::glance::{mentions, name_of_text},
    evidence::Language,
};

/// A shorter body, in bytes, is not worth the stretches that it makes two of.
const SHORT: usize = 120;
/// What stands further behind a place, in bytes, is not beside it.
const BESIDE: usize = 400;
/// A file that gives more names to such texts is read whole.
const MOST_NAMES: usize = 32;

/// The body of a function.
#[derive(Debug, PartialEq, Eq)]
struct Body {
    /// What is between its braces, or the lines of it.
    range: Range<usize>,
    /// Where the statement begins that it is part of.
    head: usize,
    /// What the function is called, or the variable that holds it; absent for one that is passed on.
    name: Option<Range<usize>>,
    /// Whether what lies outside is given something that is written in it, but for what its own functions give.
    gives: bool,
}

/// What of a program need not be read: bodies of functions far from places that tell, in order. Nothing where brackets do not match, or where the
/// language is one whose functions are not looked for.
pub(super) fn bodies(text: &str, language: Language, places: &[usize]) -> Vec<Range<usize>> {
    let mut bodies = match language {
        Language::CSharp | Language::Java | Language::JavaScript | Language::TypeScript => {
            braces::bodies(text, language).unwrap_or_default()
        }
        Language::Python => indents::bodies(text),
        _ => Vec::new(),
    };
    // The outer before the inner.
    bodies.sort_by_key(|body| (body.range.start, std::cmp::Reverse(body.range.end)));
    let beside = words_beside(text, places);
    let (bytes, whole) = (text.as_bytes(), 0..text.len());
    let of_texts = places.iter().filter_map(|place| name_of_text(bytes, *place));
    let to_call = bodies.iter().filter_map(|body| name_to_call(text, places, body));
    let names: BTreeSet<&[u8]> = of_texts.chain(to_call.map(str::as_bytes)).collect();
    if names.len() > MOST_NAMES {
        return Vec::new();
    }
    let more = names.iter().flat_map(|name| mentions(bytes, &whole, name).map(|mention| mention.start));
    let places: Vec<usize> = places.iter().copied().chain(more).collect::<BTreeSet<_>>().into_iter().collect();
    let mut idle: Vec<Range<usize>> = Vec::new();
    let mut kept_to = 0;
    for body in bodies {
        if idle.last().is_some_and(|last| body.range.start < last.end) {
            continue;
        }
        let name = body.name.as_ref().and_then(|name| text.get(name.clone()));
        // One that is passed on within a function has a part in what that does.
        let is_part = body.range.start < kept_to && name.is_none();
        let is_named = name.is_some_and(|name| beside.contains(name));
        if body.range.len() < SHORT || body.gives || is_part || is_named || holds(&places, &(body.head..body.range.end)) {
            kept_to = kept_to.max(body.range.end);
        } else {
            idle.push(body.range);
        }
    }
    idle
}

/// Whether one of some places, which are in order, lies in a range.
fn holds(places: &[usize], range: &Range<usize>) -> bool {
    let next = places.partition_point(|place| *place < range.start);
    places.get(next).is_some_and(|place| *place < range.end)
}

/// What a function is called by whose parameters hold a place: what they are given is told where it is called.
fn name_to_call<'t>(text: &'t str, places: &[usize], body: &Body) -> Option<&'t str> {
    let name = text.get(body.name.clone()?)?;
    if !holds(places, &(body.head..body.range.start)) {
        return None;
    }
    if !["constructor", "__init__", "__construct"].contains(&name) {
        return Some(name);
    }
    let before = text.get(..body.head)?;
    let class = before.get(before.rfind("class ")? + "class ".len()..)?;
    class.split(|character| !is_of_word(character)).next().filter(|name| !name.is_empty())
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The words of the statements in which places lie.
fn words_beside<'t>(text: &'t str, places: &[usize]) -> BTreeSet<&'t str> {
    let mut words = BTreeSet::new();
    let mut done = 0;
    for place in places {
        let before = text.get(done..*place).unwrap_or("");
        let start = done + before.rfind(['\n', ';']).map_or(0, |at| at + 1);
        let end = text.floor_char_boundary(place.saturating_add(BESIDE));
        let after = text.get(*place..end).unwrap_or("");
        let end = after.find(';').map_or(end, |at| place + at);
        words.extend(text.get(start..end).unwrap_or("").split(|character| !is_of_word(character)));
        done = done.max(end);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a text, with its blanks drawn together.
    fn left(language: Language, text: &str, seen: &[&str]) -> String {
        let filled = text.replace('~', &"work(); ".repeat(20));
        let mut places: Vec<usize> = seen.iter().filter_map(|name| filled.find(name)).collect();
        places.sort_unstable();
        let text = crate::collect::source::light::without(&filled, &bodies(&filled, language, &places));
        assert_eq!((text.len(), text.lines().count()), (filled.len(), filled.lines().count()));
        text.replace(&"work(); ".repeat(20), "~ ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn functions_far_from_what_was_seen_are_left_out() {
        let text = "class A { string b = \"c\"; void D() { ~ } void E() { ~ clientSecret = b; } }";
        let expected = "class A { string b = \"c\"; void D() { } void E() { ~ clientSecret = b; } }";
        assert_eq!(left(Language::CSharp, text, &["clientSecret"]), expected);
        let text = "def d(a):\n    ~\nasync def e():\n    clientSecret = b\n    ~\n";
        assert_eq!(left(Language::Python, text, &["clientSecret"]), "def d(a): async def e(): clientSecret = b ~");
    }

    #[test]
    fn what_has_a_part_in_what_was_seen_stays() {
        for text in [
            // What it gives: a value, a client.
            "class A { A() { ~ this.key = \"b\"; } void C() { clientSecret = key; } }",
            // What a check comes to, by its name or where it is passed on.
            "class A { void B() { c.onCheck = d; } bool d() { ~ return true; } }",
            "class A { void B() { onCheck = (c) => { ~ return true; }; } }",
            "use(onCheck, function (c) { ~ });",
            // What calls a function with it.
            "class A { void b(clientSecret) { } void c() { ~ b(\"d\"); } }",
            "class A { constructor(clientSecret) { } } function b() { ~ new A(\"d\"); }",
            // What uses another name for it.
            "class A { static B = \"clientSecret\"; void c() { ~ d(B, \"e\"); } }",
        ] {
            assert_eq!(
                left(Language::JavaScript, text, &["clientSecret", "onCheck"]),
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            );
        }
    }

    #[test]
    fn a_wrapper_is_left_out_in_part() {
        let text =
            "(function () { function a() { ~ } b.c = function () { ~ }; function d() { clientSecret = 1; e(function () { ~ }); } })();";
        let expected =
            "(function () { function a() { } b.c = function () { }; function d() { clientSecret = 1; e(function () { ~ }); } })();";
        assert_eq!(left(Language::JavaScript, text, &["clientSecret"]), expected);
    }
}
