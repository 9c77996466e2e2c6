//! What a program hands to a logger as it is.

use std::{collections::BTreeSet, ops::Range};

use super::around::{CALL, NEXT, callee_before, first_word, is_name, is_passed};
use crate::collect::source::program::known;

/// Whether something is handed to a logger as it is, or all that is in it.
pub(super) fn is_shown(bytes: &[u8], name: &Range<usize>) -> bool {
    let mut rest = bytes.get(name.end..name.end.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]);
    loop {
        rest = rest.strip_prefix(b"()").unwrap_or(rest);
        let joint = [&b"?."[..], b"->", b"."].into_iter().find(|joint| rest.starts_with(joint));
        let Some(member) = joint.and_then(|joint| rest.strip_prefix(joint)) else { break };
        let (member, after) = member.split_at(member.iter().take_while(|byte| is_name(**byte)).count());
        if member.is_empty() {
            break;
        }
        if !known::is_content(&String::from_utf8_lossy(member)) {
            return false;
        }
        rest = after;
    }
    !matches!(rest.first(), Some(b'[' | b'(' | b':' | b'=')) && is_passed(bytes, name, |path| known::logs(path) || known::may_log(path))
}

/// All names of a program that are handed to a logger so somewhere in it; `logs` tells what is called to log, as it is written.
pub(super) fn shown(bytes: &[u8], logs: impl FnMut(&[u8]) -> bool) -> BTreeSet<&[u8]> {
    let mut shown = BTreeSet::new();
    for stretch in stretches(bytes, logs) {
        for name in names(bytes, stretch) {
            let text = bytes.get(name.clone()).unwrap_or(&[]);
            if !shown.contains(text) && is_shown(bytes, &name) {
                shown.insert(text);
            }
        }
    }
    shown
}

/// Where a name may begin that is passed to a logger, in order and apart: behind the bracket of a call, on a line that begins with a command, and far along one
/// that is too long to tell.
fn stretches(bytes: &[u8], mut logs: impl FnMut(&[u8]) -> bool) -> Vec<Range<usize>> {
    let calls = memchr::memchr_iter(b'(', bytes).filter(|open| logs(callee_before(bytes, *open)));
    let mut stretches: Vec<_> = calls.map(|open| open + 1..open.saturating_add(CALL + 1).min(bytes.len())).collect();
    let mut start = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        let (end, told) = (start + line.len(), start + line.len().min(CALL));
        let from = if known::logs(&[&first_word(bytes, told)]) { start } else { told };
        stretches.extend((from < end).then_some(from..end));
        start = end + 1;
    }
    stretches.sort_by_key(|stretch| stretch.start);
    let mut read_to = 0;
    for stretch in &mut stretches {
        stretch.start = stretch.start.max(read_to);
        read_to = read_to.max(stretch.end);
    }
    stretches.retain(|stretch| stretch.start < stretch.end);
    stretches
}

/// The names that begin in a stretch.
fn names(bytes: &[u8], stretch: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let is_part = |at: usize| bytes.get(at).is_some_and(|byte| is_name(*byte));
    let starts = stretch.filter(move |at| is_part(*at) && (*at == 0 || !is_part(at - 1)));
    starts.map(move |start| start..start + bytes.get(start..).unwrap_or(&[]).iter().take_while(|byte| is_name(**byte)).count())
}
