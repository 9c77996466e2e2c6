//! What a script says to the screen.

use super::{Keys, Word};
use crate::{
    collect::source::{
        document::{More, Place},
        origins::Value,
    },
    evidence::FactKind,
};

/// Commands that write what they are told to the screen.
const SAYING: [&str; 2] = ["echo", "printf"];
/// Variables that name a folder, whatever else they sound like.
const FOLDERS: [&str; 2] = ["PWD", "OLDPWD"];

/// `echo "Token: $TOKEN"`: a secret among words, which go to the screen. A variable alone is what a function gives back, and `NAME=$NAME` is a line of a file.
pub(super) fn said(keys: &mut Keys<'_, '_>, command: &[Word], end: usize) {
    let Some((name, told)) = command.split_first().filter(|(name, _)| SAYING.contains(&name.text.as_str())) else { return };
    let text = keys.document.text;
    let says = |word: &Word| word.pieces.iter().any(|piece| matches!(&piece.value, Value::Written(written) if says_something(written)));
    if keys.in_comment || !told.iter().any(says) || told.iter().any(|word| word.text.contains("::")) {
        return;
    }
    for word in told {
        for (index, piece) in word.pieces.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| word.pieces.get(before)).map_or("", |piece| piece.text.as_str());
            let bare =
                piece.text.strip_prefix('$').map(|name| name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name));
            let Some(variable) = bare.filter(|name| !FOLDERS.contains(name) && !before.ends_with('=')) else { continue };
            if let Some(found) = keys.document.watch.logged.matching(&[variable]).filter(|found| found.exact) {
                if is_sent_on(text, end) {
                    return;
                }
                let place = Place::new(FactKind::Log, name.text.clone(), found.entry, word.range.clone(), piece.value.clone());
                let more = More { plain: Some(variable.to_owned()), ..More::default() };
                keys.reading.add(Place { more, ..place });
                return;
            }
        }
    }
}

/// Whether a text has a word in it, unlike a form such as `%s\n`.
fn says_something(text: &str) -> bool {
    text.split(|character: char| !character.is_alphabetic()).any(|word| word.len() >= 2)
}

/// Whether what a command says goes to a file or to another command, as it does at the end of the brackets or the loop around it.
fn is_sent_on(text: &str, end: usize) -> bool {
    const NEAR: usize = 2_000;
    let from = text.floor_char_boundary(end.saturating_sub(1));
    let near = text.get(from..text.floor_char_boundary(from.saturating_add(NEAR).min(text.len()))).unwrap_or("");
    if near.starts_with(['>', '|']) && !near.starts_with("||") {
        return true;
    }
    let mut open = 0_usize;
    for line in near.lines().skip(1).map(str::trim) {
        let closed = ["}", ")", "done"].iter().find_map(|close| line.strip_prefix(close));
        match closed {
            Some(rest) if open == 0 => return rest.trim_start_matches([' ', '\t', '"']).starts_with(['>', '|']),
            Some(_) => open = open.saturating_sub(1),
            None if line.ends_with(['{', '(']) || ["for ", "while ", "until "].iter().any(|loops| line.starts_with(loops)) => {
                open = open.saturating_add(1);
            }
            None => {}
        }
    }
    false
}
