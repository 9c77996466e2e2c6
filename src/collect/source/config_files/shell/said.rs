//! What a script says to the screen.

use super::{Keys, Word, inside};
use crate::{
    collect::source::{
        document::{More, Place},
        names::{Match, squeezed},
        origins::Value,
    },
    evidence::FactKind,
};

/// Commands that write what they are told to the screen.
const SAYING: [&str; 2] = ["echo", "printf"];
/// How far after a command it is looked what becomes of it, in bytes.
const NEAR: usize = 2_000;
/// Variables that name a folder, whatever else they sound like.
const FOLDERS: [&str; 2] = ["PWD", "OLDPWD"];

/// Who hears what a command says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Whoever runs the script, or another script that asked for it.
    ByCaller,
    /// Whoever reads the log of a pipeline.
    InLog,
}

/// `echo "Token: $TOKEN"`: a secret among words, which go to the screen. A variable alone is what a function or a script gives back in the end, and
/// `NAME=$NAME` is a line of a file.
pub(super) fn said(keys: &mut Keys<'_, '_>, command: &[Word], end: usize, heard: Heard) {
    let Some((name, told)) = command.split_first().filter(|(name, _)| SAYING.contains(&name.text.as_str())) else { return };
    let text = keys.document.text;
    let says = |word: &Word| word.pieces.iter().any(|piece| matches!(&piece.value, Value::Written(written) if says_something(written)));
    let is_heard = || heard == Heard::InLog || name.text == "echo" && is_midway(text, command, end);
    if keys.in_comment || !told.iter().any(says) && !is_heard() || told.iter().any(|word| is_for_pipeline(&word.text)) {
        return;
    }
    for word in told {
        for (index, piece) in word.pieces.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| word.pieces.get(before)).map_or("", |piece| piece.text.as_str());
            let bare = piece.text.strip_prefix('$').map(|name| match heard {
                // In a pipeline of Azure it is a variable, too.
                Heard::InLog => inside(name, "(", ")").or_else(|| inside(name, "{", "}")).unwrap_or(name),
                Heard::ByCaller => inside(name, "{", "}").unwrap_or(name),
            });
            let Some(variable) = bare.filter(|name| !FOLDERS.contains(name) && !before.ends_with('=')) else { continue };
            if let Some(found) = keys.document.watch.logged.matching(&[variable]).filter(|found| names(found, variable)) {
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

/// Whether a variable is what an entry names, and not something about it: `SO_ACCESS_TOKEN`, and not `ACCESS_TOKEN_LEFT`.
fn names(found: &Match<'_>, variable: &str) -> bool {
    let is_name = variable.chars().all(|character| character.is_alphanumeric() || character == '_');
    is_name && (found.exact || squeezed(variable).ends_with(&squeezed(found.entry)))
}

/// Whether a command begins a line, so that it is in no function, and others come after it.
fn is_midway(text: &str, command: &[Word], end: usize) -> bool {
    let start = command.first().map_or(0, |first| first.range.start);
    let begins = text.get(..start).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
    let near = text.get(end..text.floor_char_boundary(end.saturating_add(NEAR).min(text.len()))).unwrap_or("");
    begins && near.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether a text is a command to the pipeline that reads the log, which then shows nothing of it: `::add-mask::`, `##vso[task.setvariable …]`.
fn is_for_pipeline(text: &str) -> bool {
    text.contains("::") || text.contains("##vso[task.set")
}

/// Whether a text has a word in it, unlike a form such as `%s\n`.
fn says_something(text: &str) -> bool {
    text.split(|character: char| !character.is_alphabetic()).any(|word| word.len() >= 2)
}

/// Whether what a command says goes to a file or to another command, as it does at the end of the brackets or the loop around it.
fn is_sent_on(text: &str, end: usize) -> bool {
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
