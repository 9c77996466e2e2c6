//! The frames that a server sends (RFC 9113, section 4), passed over but for the heads of responses, which are kept as written.
//!
//! What would cost memory or time without end is refused here, before the HTTP library sees it: blocks that unpack to too much, heads that
//! go on for ever, frames that carry nothing.

use super::hpack::{BlockError, Decoder, Limits};
use crate::collect::web::headers::{HEAD_LIMIT, Head, HeadError, LINES_LIMIT};

/// Length, type, flags and stream.
const HEADER_LENGTH: usize = 9;

/// The longest payload that a client allows that says nothing (RFC 9113, section 6.5.2).
const FRAME_LIMIT: usize = 16 * 1024;

/// How many frames without content one connection may carry. An honest server sends a dozen: settings, window updates, an answer to a ping.
const EMPTY_FRAMES_LIMIT: usize = 1000;

/// How many interim responses one connection may carry. An honest server sends one or two before an answer, if any.
const INTERIM_LIMIT: usize = 1000;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const SETTINGS: u8 = 0x4;
const PUSH_PROMISE: u8 = 0x5;
const CONTINUATION: u8 = 0x9;

const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// The head of a response, and the stream that it belongs to.
pub(super) struct Found {
    pub(super) stream: u32,
    pub(super) head: Result<Head, HeadError>,
}

/// Collects the heads of one connection.
#[derive(Default)]
pub(super) struct Frames {
    decoder: Decoder,
    state: State,
    /// The block under way, and its stream; more of it follows in the next frame.
    block: Option<(u32, Vec<u8>)>,
    empty: usize,
    interim: usize,
    /// Whether the settings came with which every server starts.
    started: bool,
}

enum State {
    /// In the header of a frame.
    Header(Vec<u8>),
    /// In the payload of a frame that matters.
    Payload { header: Header, bytes: Vec<u8> },
    /// In a payload that does not, with so many bytes left.
    Skipping(usize),
}

impl Default for State {
    fn default() -> Self {
        Self::Header(Vec::new())
    }
}

#[derive(Clone, Copy)]
struct Header {
    length: usize,
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, kind, flags, stream @ ..] = bytes else { return None };
        let length = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).ok()?;
        let stream = u32::from_be_bytes(stream.try_into().ok()?) & 0x7fff_ffff;
        Some(Self { length, kind: *kind, flags: *flags, stream })
    }

    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl Frames {
    /// Takes what was read, and gives the heads that are whole.
    ///
    /// # Errors
    /// When the connection is of no use any more; of its streams, those without a head never get one.
    pub(super) fn push(&mut self, mut more: &[u8]) -> Result<Vec<Found>, HeadError> {
        let mut found = Vec::new();
        loop {
            let wanted = match &self.state {
                State::Header(bytes) => HEADER_LENGTH.saturating_sub(bytes.len()),
                State::Payload { header, bytes } => header.length.saturating_sub(bytes.len()),
                State::Skipping(left) => *left,
            };
            let (now, rest) = more.split_at(more.len().min(wanted));
            more = rest;
            let is_whole = now.len() == wanted;
            match &mut self.state {
                State::Header(bytes) | State::Payload { bytes, .. } => bytes.extend_from_slice(now),
                State::Skipping(left) => *left = left.saturating_sub(now.len()),
            }
            if !is_whole {
                return Ok(found);
            }
            self.state = match std::mem::take(&mut self.state) {
                State::Header(bytes) => self.begin(Header::read(&bytes).ok_or(HeadError::NotHttp2)?)?,
                State::Payload { header, bytes } => {
                    found.extend(self.payload(header, &bytes)?);
                    State::default()
                }
                State::Skipping(_) => State::default(),
            };
        }
    }

    fn begin(&mut self, header: Header) -> Result<State, HeadError> {
        if header.length > FRAME_LIMIT || (!self.started && header.kind != SETTINGS) {
            return Err(HeadError::NotHttp2);
        }
        self.started = true;
        if !matches!(header.kind, DATA | HEADERS) || (header.kind == DATA && header.length == 0) {
            self.empty = self.empty.saturating_add(1);
        }
        if self.empty > EMPTY_FRAMES_LIMIT {
            return Err(HeadError::Flood(EMPTY_FRAMES_LIMIT));
        }
        let expected = self.block.as_ref().map(|(stream, _)| *stream);
        match (header.kind, expected) {
            (CONTINUATION, Some(stream)) if stream == header.stream => Ok(State::Payload { header, bytes: Vec::new() }),
            // A block that something else interrupts, or that continues nothing, breaks the protocol (RFC 9113, section 6.10).
            (CONTINUATION | PUSH_PROMISE, _) | (_, Some(_)) => Err(HeadError::Malformed),
            (HEADERS, None) => Ok(State::Payload { header, bytes: Vec::new() }),
            _ => Ok(State::Skipping(header.length)),
        }
    }

    fn payload(&mut self, header: Header, bytes: &[u8]) -> Result<Option<Found>, HeadError> {
        let fragment = if header.kind == HEADERS { fragment(header, bytes).ok_or(HeadError::Malformed)? } else { bytes };
        let (stream, mut block) = self.block.take().unwrap_or((header.stream, Vec::new()));
        block.extend_from_slice(fragment);
        if block.len() > HEAD_LIMIT {
            return Err(HeadError::TooLong);
        }
        if !header.has(END_HEADERS) {
            self.block = Some((stream, block));
            return Ok(None);
        }
        let limits = Limits { bytes: HEAD_LIMIT, lines: LINES_LIMIT.saturating_add(1) };
        let fields = self.decoder.decode(&block, limits).map_err(|error| match error {
            BlockError::Malformed => HeadError::Malformed,
            BlockError::TooLong => HeadError::TooLong,
            BlockError::TooMany => HeadError::TooManyLines,
        })?;
        let head = Head::of_fields(fields);
        self.interim = self.interim.saturating_add(usize::from(head.as_ref().is_ok_and(Head::is_interim)));
        if self.interim > INTERIM_LIMIT {
            return Err(HeadError::Interim(INTERIM_LIMIT));
        }
        Ok(Some(Found { stream, head }))
    }
}

/// What of a HEADERS frame is block: without padding and priority (RFC 9113, section 6.2).
fn fragment(header: Header, bytes: &[u8]) -> Option<&[u8]> {
    let (padding, mut rest) =
        if header.has(PADDED) { bytes.split_first().map(|(padding, rest)| (usize::from(*padding), rest))? } else { (0, bytes) };
    if header.has(PRIORITY) {
        rest = rest.get(5..)?;
    }
    rest.get(..rest.len().checked_sub(padding)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    fn settings() -> Vec<u8> {
        frame(SETTINGS, 0, 0, &[])
    }

    fn statuses(found: &[Found]) -> Vec<(u32, u16)> {
        found.iter().map(|found| (found.stream, found.head.as_ref().ok().unwrap().status)).collect()
    }

    #[test]
    fn heads_are_found_between_other_frames_however_they_are_cut() {
        let ok = [0x88];
        let padded = [&[2, 0, 0, 0, 0, 0][..], &[0x8d, 0, 1, b'a', 1, b'b'], &[0, 0]].concat();
        let bytes = [
            settings(),
            frame(HEADERS, 0, 1, &ok),
            frame(CONTINUATION, END_HEADERS, 1, &[0, 1, b'a', 1, b'b']),
            frame(DATA, 0, 1, b"body"),
            frame(0xfa, 0, 0, b"unknown"),
            frame(HEADERS, END_HEADERS | PADDED | PRIORITY, 3, &padded),
        ]
        .concat();
        for size in [1, 2, 7, 1000] {
            let mut frames = Frames::default();
            let found: Vec<Found> = bytes.chunks(size).flat_map(|piece| frames.push(piece).unwrap()).collect();
            assert_eq!(statuses(&found), [(1, 200), (3, 404)], "{size}");
            assert_eq!(found[1].head.as_ref().ok().unwrap().recorded(), [("a".to_owned(), "b".to_owned())]);
        }
    }

    #[test]
    fn what_never_ends_or_breaks_the_protocol_is_refused() {
        let continued = |times: usize, payload: &[u8]| {
            let start = [settings(), frame(HEADERS, 0, 1, &[0x88])].concat();
            [start, frame(CONTINUATION, 0, 1, payload).repeat(times)].concat()
        };
        let early_hints = [&[0x08, 3][..], b"103"].concat();
        for (bytes, expected) in [
            (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), HeadError::NotHttp2),
            (frame(DATA, 0, 1, b"x"), HeadError::NotHttp2),
            (settings().repeat(2000), HeadError::Flood(EMPTY_FRAMES_LIMIT)),
            ([settings(), frame(0x6, 0, 0, &[0; 8]).repeat(2000)].concat(), HeadError::Flood(EMPTY_FRAMES_LIMIT)),
            ([settings(), frame(DATA, 0, 1, &[]).repeat(2000)].concat(), HeadError::Flood(EMPTY_FRAMES_LIMIT)),
            (continued(2000, &[]), HeadError::Flood(EMPTY_FRAMES_LIMIT)),
            ([settings(), frame(HEADERS, END_HEADERS, 1, &early_hints).repeat(2000)].concat(), HeadError::Interim(INTERIM_LIMIT)),
            (continued(20, &[0; FRAME_LIMIT]), HeadError::TooLong),
            ([settings(), frame(HEADERS, END_HEADERS, 1, &[0x88; 502])].concat(), HeadError::TooManyLines),
            ([continued(0, &[]), frame(DATA, 0, 1, b"x")].concat(), HeadError::Malformed),
            ([settings(), frame(CONTINUATION, 0, 1, b"x")].concat(), HeadError::Malformed),
            ([settings(), frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2, 0x82])].concat(), HeadError::Malformed),
            ([settings(), frame(HEADERS, END_HEADERS | PADDED, 1, &[9, 0x88])].concat(), HeadError::Malformed),
            ([settings(), frame(HEADERS, END_HEADERS, 1, &[0x80])].concat(), HeadError::Malformed),
        ] {
            assert_eq!(
                Frames::default().push(&bytes).err(),
                Some(expected),
                "{}",
                bytes.iter().take(40).copied().collect::<Vec<_>>().escape_ascii()
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(pieces: Vec<Vec<u8>>) {
            let mut frames = Frames::default();
            let _ = frames.push(&settings());
            for piece in &pieces {
                if frames.push(piece).is_err() {
                    break;
                }
            }
        }
    }
}
