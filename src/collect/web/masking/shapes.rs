//! Pieces of a URL that look like secrets although nothing names them.

/// A path segment or value this long may be a token.
const TOKEN_LENGTH: usize = 20;

/// A single word may be one when it is this long and changes between letters and digits over and over: 64 bits in hexadecimal.
const SHORT_TOKEN_LENGTH: usize = 16;

/// So many letters and digits in tangled words are no accident: a UUID has more, a slug hardly ever any.
const TANGLED_LENGTH: usize = 8;

/// What ASP.NET puts into the path where cookies are off: `(S(id))`, `(A(id)S(id)F(id))`.
pub(super) fn is_cookieless_session(piece: &str) -> bool {
    let Some(mut rest) = piece.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|rest| !rest.is_empty()) else {
        return false;
    };
    while let Some((letter, (value, tail))) = rest.split_once('(').and_then(|(letter, rest)| Some((letter, rest.split_once(')')?))) {
        if !matches!(letter.as_bytes(), [letter] if letter.is_ascii_alphabetic()) || value.is_empty() {
            return false;
        }
        rest = tail;
    }
    rest.is_empty()
}

/// Whether letters and digits are mixed as nobody writes them: in one long word, or to and fro in several.
pub(super) fn is_random(piece: &str) -> bool {
    let words = || piece.split(|letter: char| !letter.is_ascii_alphanumeric());
    let tangled: usize = words().filter(|word| turns(word) >= 2).map(str::len).sum();
    words().any(|word| word.len() >= SHORT_TOKEN_LENGTH && turns(word) >= 4)
        || (piece.len() >= TOKEN_LENGTH && tangled >= TANGLED_LENGTH)
        || words().any(|word| word.len() >= TOKEN_LENGTH && turns(word) > 0)
}

/// How often a word goes from letters to digits or back.
fn turns(word: &str) -> usize {
    word.as_bytes().windows(2).filter(|pair| matches!(pair, [one, other] if one.is_ascii_digit() != other.is_ascii_digit())).count()
}
