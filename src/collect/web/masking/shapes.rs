//! Pieces of a URL that look like secrets although nothing names them.

/// A path segment or value this long may be a token.
const TOKEN_LENGTH: usize = 20;

/// A single word may be one when it is this long and changes between letters and digits over and over: 64 bits in hexadecimal.
const SHORT_TOKEN_LENGTH: usize = 16;

/// The value of a parameter may be one from here on, where it has letters of both cases and digits: 60 bits.
const TANGLE_LENGTH: usize = 10;

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

/// Whether the value of a parameter has a word that nobody thinks up: capitals, small letters and digits to and fro, or letters in no order.
pub(super) fn is_unspeakable(value: &str) -> bool {
    value.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| is_tangle(word) || is_scramble(word))
}

/// Capitals, small letters and digits, with letters on both sides of a digit.
fn is_tangle(word: &str) -> bool {
    let has = |is_kind: fn(&u8) -> bool| word.as_bytes().iter().any(is_kind);
    let has_all = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    word.len() >= TANGLE_LENGTH && turns(word) >= 2 && has_all
}

/// Letters alone, whose case changes more often than between words that are written together.
fn is_scramble(word: &str) -> bool {
    let small: Vec<&str> = word.split(|letter: char| !letter.is_ascii_lowercase()).filter(|run| !run.is_empty()).collect();
    let letters: usize = small.iter().map(|run| run.len()).sum();
    let is_mixed = word.bytes().all(|byte| byte.is_ascii_alphabetic()) && letters < word.len();
    word.len() >= TOKEN_LENGTH && is_mixed && letters * 2 < small.len() * 5
}

/// How often a word goes from letters to digits or back.
fn turns(word: &str) -> usize {
    word.as_bytes().windows(2).filter(|pair| matches!(pair, [one, other] if one.is_ascii_digit() != other.is_ascii_digit())).count()
}
