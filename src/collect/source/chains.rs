//! Names that stand for names: `b = a; c = b; d = c;`.

/// A chain that is longer than this is followed to its end at once, and one that is longer than that is not.
const SHORT: usize = 8;
const LONGEST: usize = 128;

/// The last of a long chain of names, each of which stands for the `next` and for nothing else; of a short one, and of one that goes around in circles,
/// the first. Absent where it is too long to be followed.
pub(super) fn end<'b, B>(first: &'b B, offset: impl Fn(&B) -> usize, next: impl Fn(&'b B) -> Option<&'b B>) -> Option<&'b B> {
    let (mut last, mut seen) = (first, Vec::new());
    while let Some(next) = next(last) {
        let at = offset(next);
        if seen.contains(&at) || at == offset(first) {
            return Some(first);
        }
        if seen.len() >= LONGEST {
            return None;
        }
        seen.push(at);
        last = next;
    }
    Some(if seen.len() > SHORT { last } else { first })
}
