//! Programs that stand within a file of another format. Each is read from a copy in which everything else is blank, so that every place keeps its offset.

use std::ops::Range;

/// A file with everything blank but some stretches of it, and words for what is filled in there.
pub(super) fn masked(text: &str, ranges: &[Range<usize>], filled: &[(Range<usize>, &'static str)]) -> String {
    let mut bytes: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' || byte == b'\r' { byte } else { b' ' }).collect();
    for range in ranges {
        if let (Some(to), Some(from)) = (bytes.get_mut(range.clone()), text.as_bytes().get(range.clone())) {
            to.copy_from_slice(from);
        }
    }
    // What the server fills in is a value that is not there yet.
    for (range, word) in
        filled.iter().filter(|(filled, _)| ranges.iter().any(|range| range.start <= filled.start && filled.end <= range.end))
    {
        let Some(hole) = bytes.get_mut(range.clone()) else { continue };
        hole.fill(b' ');
        hole.iter_mut().zip(word.bytes()).for_each(|(to, from)| *to = from);
    }
    String::from_utf8(bytes).unwrap_or_default()
}
