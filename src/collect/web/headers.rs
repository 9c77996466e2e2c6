//! The head of a response as the server wrote it: spelling, order, duplicates and flaws.
//!
//! Every line is kept that a browser would act on, also where a stricter reader refuses the whole response for another one.

use super::masking;

/// The longest head that is read, interim responses included: what Chromium allows.
pub(super) const HEAD_LIMIT: usize = 256 * 1024;

/// The most header lines that one head may have.
pub(super) const LINES_LIMIT: usize = 500;

/// What stands in place of the name of a line that is none.
const MALFORMED: &str = "<malformed>";

/// Why there is no head to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeadError {
    /// It does not start like HTTP/1.0 or 1.1.
    #[error("the answer is not HTTP/1")]
    NotHttp,
    /// It does not start like HTTP/2, which the server chose in the TLS handshake.
    #[error("the answer is not HTTP/2")]
    NotHttp2,
    /// Its frames or header blocks break RFC 9113 or RFC 7541.
    #[error("the response head breaks the rules of HTTP/2")]
    Malformed,
    /// Frames without content come and do not end.
    #[error("the server sent more than {0} HTTP/2 frames without content")]
    Flood(usize),
    /// Interim responses come and do not end.
    #[error("the server sent more than {0} interim responses")]
    Interim(usize),
    /// It goes on past [`HEAD_LIMIT`].
    #[error("the response head is longer than {} KiB", HEAD_LIMIT / 1024)]
    TooLong,
    /// It has more lines than [`LINES_LIMIT`].
    #[error("the response head has more than {LINES_LIMIT} lines")]
    TooManyLines,
    /// The server closed without a byte of answer.
    #[error("the server closed the connection without an answer")]
    Nothing,
    /// The server closed before the blank line.
    #[error("the server closed the connection in the middle of the response head")]
    BrokenOff,
}

/// The head of the final response.
// No `Debug`: cookie values and tokens stand in it.
pub(super) struct Head {
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub(super) version: &'static str,
    pub(super) status: u16,
    lines: Vec<Line>,
}

/// One header line, unmasked.
struct Line {
    name: String,
    value: Vec<u8>,
}

impl Head {
    /// The values of every line of a name, in order.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.lines.iter().filter(move |line| line.name.eq_ignore_ascii_case(name)).map(|line| line.value.as_slice())
    }

    /// The lines as they may be written down: secrets masked, control characters visible, each of bounded length.
    pub(super) fn recorded(&self) -> Vec<(String, String)> {
        self.lines.iter().map(|line| (masking::text(&line.name), masking::header(&line.name, &line.value))).collect()
    }

    fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let (version, status) = lines.next().and_then(status).ok_or(HeadError::NotHttp)?;
        let mut head = Self { version, status, lines: Vec::new() };
        for line in lines.filter(|line| !line.is_empty()) {
            head.push(line);
            if head.lines.len() > LINES_LIMIT {
                return Err(HeadError::TooManyLines);
            }
        }
        Ok(head)
    }

    /// The head of an HTTP/2 response, from its fields in order; `:status` is one of them (RFC 9113, section 8.3.2).
    pub(super) fn of_fields(fields: Vec<(Vec<u8>, Vec<u8>)>) -> Result<Self, HeadError> {
        let (pseudo, lines): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(name, _)| name.starts_with(b":"));
        let digits =
            |(name, value): &(Vec<u8>, Vec<u8>)| (name == b":status").then(|| std::str::from_utf8(value).ok()).flatten()?.parse().ok();
        let [status] = pseudo.as_slice() else { return Err(HeadError::Malformed) };
        let status = digits(status).filter(|status| (100..1000).contains(status)).ok_or(HeadError::Malformed)?;
        let lines = lines.into_iter().map(|(name, value)| Line::of(&name, &value)).collect();
        Ok(Self { version: "HTTP/2", status, lines })
    }

    /// Takes a line, or adds it to the last one where it is a folded continuation (RFC 9112, section 5.2).
    fn push(&mut self, line: &[u8]) {
        match self.lines.last_mut() {
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => last.fold(line.trim_ascii()),
            _ => self.lines.push(Line::parse(line)),
        }
    }

    /// Whether another response follows: any 1xx but a protocol switch (RFC 9110, section 15.2).
    pub(super) fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }
}

impl Line {
    /// A line without a name that HTTP knows is noted, not kept: what stands in it may be a cookie.
    fn parse(line: &[u8]) -> Self {
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let name = halves.next().unwrap_or_default().trim_ascii_end();
        match halves.next() {
            Some(value) => Self::of(name, value),
            None => Self::malformed(line.len()),
        }
    }

    fn of(name: &[u8], value: &[u8]) -> Self {
        match std::str::from_utf8(name) {
            Ok(name) if is_token(name) => Self { name: name.to_owned(), value: value.trim_ascii().to_vec() },
            _ => Self::malformed(name.len().saturating_add(value.len()).saturating_add(1)),
        }
    }

    fn malformed(length: usize) -> Self {
        Self { name: MALFORMED.to_owned(), value: format!("<{length} bytes>").into_bytes() }
    }

    /// Adds a continuation; that of a malformed line is no more kept than the line itself.
    fn fold(&mut self, more: &[u8]) {
        if self.name == MALFORMED {
            return;
        }
        if !self.value.is_empty() {
            self.value.push(b' ');
        }
        self.value.extend_from_slice(more);
    }
}

/// Whether text is a field name (RFC 9110, section 5.6.2).
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter))
}

/// The version and status of a status line (RFC 9112, section 4), with or without a reason. What is newer than 1.0 counts as 1.1 (section 2.3).
fn status(line: &[u8]) -> Option<(&'static str, u16)> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let (version, rest) = rest.split_first()?;
    let rest = rest.strip_prefix(b" ")?.trim_ascii_start();
    let (digits, rest) = rest.split_at_checked(3)?;
    let ends = rest.first().is_none_or(u8::is_ascii_whitespace);
    let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let name = if *version == b'0' { "HTTP/1.0" } else { "HTTP/1.1" };
    (version.is_ascii_digit() && ends && status >= 100).then_some((name, status))
}

/// Collects bytes until the head of the final response is whole.
#[derive(Default)]
pub(super) struct HeadReader {
    bytes: Vec<u8>,
    /// Where the current head starts, behind the interim responses.
    start: usize,
    /// Up to where no blank line was found.
    searched: usize,
}

impl HeadReader {
    /// Takes what was read, and gives the head once its blank line is there.
    pub(super) fn push(&mut self, more: &[u8]) -> Result<Option<Head>, HeadError> {
        self.bytes.extend_from_slice(more);
        loop {
            self.skip_blank_lines();
            let pending = self.bytes.get(self.start..).unwrap_or_default();
            if !starts_like_http(pending) {
                return Err(HeadError::NotHttp);
            }
            let Some(end) = end_of_head(&self.bytes, self.searched) else {
                self.searched = self.bytes.len().saturating_sub(2).max(self.start);
                return if self.bytes.len() > HEAD_LIMIT { Err(HeadError::TooLong) } else { Ok(None) };
            };
            let head = Head::parse(self.bytes.get(self.start..end).unwrap_or_default())?;
            self.start = end;
            self.searched = end;
            if !head.is_interim() {
                return Ok(Some(head));
            }
        }
    }

    /// Why nothing came of it when the server closes now.
    pub(super) fn cut_short(&self) -> HeadError {
        if self.bytes.is_empty() { HeadError::Nothing } else { HeadError::BrokenOff }
    }

    /// Everything read so far, interim responses and the start of the body included.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Empty lines before a status line are forgiven (RFC 9112, section 2.2).
    fn skip_blank_lines(&mut self) {
        let blank = self.bytes.iter().skip(self.start).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.start = self.start.saturating_add(blank);
        self.searched = self.searched.max(self.start);
    }
}

fn starts_like_http(bytes: &[u8]) -> bool {
    b"HTTP/1.".iter().zip(bytes).all(|(expected, found)| expected == found)
}

/// The position behind the first blank line at or after `from`.
fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let newlines = bytes.iter().enumerate().skip(from).filter(|(_, byte)| **byte == b'\n');
    newlines.map(|(at, _)| at.saturating_add(1)).find_map(|next| match bytes.get(next..)? {
        [b'\n', ..] => Some(next.saturating_add(1)),
        [b'\r', b'\n', ..] => Some(next.saturating_add(2)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Head {
        HeadReader::default().push(bytes).unwrap().unwrap()
    }

    fn refused(bytes: &[u8]) -> Option<HeadError> {
        HeadReader::default().push(bytes).err()
    }

    #[test]
    fn spelling_order_and_duplicates_stay_as_sent() {
        let head = read(b"HTTP/1.1 200 OK\r\nX-b: 1\r\nx-A:2 \r\nX-B : 3\r\n\r\nbody");
        let expected = [("X-b", "1"), ("x-A", "2"), ("X-B", "3")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(head.recorded(), expected);
    }

    #[test]
    fn bare_newlines_folds_and_missing_reasons_are_read_as_browsers_do() {
        let head = read(b"\r\nHTTP/1.0 302\nLocation: /a\n b\n\n");
        assert_eq!((head.status, head.recorded()), (302, vec![("Location".into(), "/a b".into())]));
    }

    #[test]
    fn a_malformed_line_costs_no_other_line_and_shows_nothing_of_itself() {
        let head = read(b"HTTP/1.1 200 OK\r\nA: 1\r\nSet-Cookie sid=verysecret; expires=Thu, 01 Jan 1970 00:00:00 GMT\r\nB: 2\r\n\r\n");
        assert_eq!(head.recorded()[1], (MALFORMED.into(), "<64 bytes>".into()));
        assert_eq!(head.recorded().len(), 3);
    }

    #[test]
    fn interim_responses_are_skipped_and_a_protocol_switch_is_final() {
        assert_eq!(read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: 1\r\n\r\nHTTP/1.1 404 No\r\n\r\n").status, 404);
        assert_eq!(read(b"HTTP/1.1 101 Switching\r\n\r\n").status, 101);
    }

    #[test]
    fn what_is_not_http_is_refused_at_its_first_byte() {
        for garbage in
            [&b"SSH-2.0-x"[..], b"<html>", b"\0\0\x12\x04", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 20 x\r\n\r\n", b"HTTP/1.1 2000\r\n\r\n"]
        {
            assert_eq!(refused(garbage), Some(HeadError::NotHttp), "{}", garbage.escape_ascii());
        }
    }

    #[test]
    fn a_head_without_end_is_too_long_and_one_of_many_lines_too_many() {
        let long = [&b"HTTP/1.1 200 OK\r\nA: "[..], &vec![b'a'; HEAD_LIMIT]].concat();
        assert_eq!(refused(&long), Some(HeadError::TooLong));
        let many = ["HTTP/1.1 200 OK\r\n", &"A: 1\r\n".repeat(LINES_LIMIT + 1), "\r\n"].concat();
        assert_eq!(refused(many.as_bytes()), Some(HeadError::TooManyLines));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes: Vec<u8>) {
            let _ = HeadReader::default().push(&[b"HTTP/1.1 200 ".as_slice(), &bytes, b"\r\n\r\n"].concat());
            let _ = HeadReader::default().push(&bytes);
        }

        #[test]
        fn how_the_bytes_are_cut_changes_nothing(lines in "(X-[a-z]{1,5}: ?[ -~]{0,9}\r?\n){0,6}", interim: bool, size in 1usize..9) {
            let before = if interim { "HTTP/1.1 103 Hints\r\nA: b\r\n\r\n" } else { "" };
            let bytes = format!("{before}HTTP/1.1 200 OK\r\n{lines}\r\n");
            let mut reader = HeadReader::default();
            let mut found = None;
            for piece in bytes.as_bytes().chunks(size) {
                found = found.or(reader.push(piece).unwrap());
            }
            prop_assert_eq!(found.unwrap().recorded(), read(bytes.as_bytes()).recorded());
        }

        #[test]
        fn what_httparse_accepts_is_read_the_same(text in "HTTP/1\\.[01] [1-9][0-9]{2}( [ -~]{0,9})?\r?\n([A-Za-z-]{1,9}:[ -~\t]{0,12}\r?\n){0,6}\r?\n") {
            let mut headers = [httparse::EMPTY_HEADER; 16];
            let mut oracle = httparse::Response::new(&mut headers);
            prop_assume!(oracle.parse(text.as_bytes()).is_ok_and(|status| status.is_complete()));
            prop_assume!(oracle.code.is_some_and(|code| code >= 200 || code == 101));
            let head = read(text.as_bytes());
            prop_assert_eq!(Some(head.status), oracle.code);
            let ours: Vec<_> = head.lines.iter().map(|line| (line.name.as_str(), line.value.as_slice())).collect();
            let theirs: Vec<_> = oracle.headers.iter().map(|header| (header.name, header.value)).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
