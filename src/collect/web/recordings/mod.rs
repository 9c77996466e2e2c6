//! Recordings of browser sessions (HAR 1.2, cookie jars): what an app sets only behind its sign-in, judged like what a visit sees.

mod har;
mod jar;
mod judge;
mod rows;

use std::fmt;

use encoding_rs::Encoding;
pub(in crate::collect) use judge::judge;
use serde::Deserialize;

use self::{har::Entry, jar::Kept, rows::Rows};
use crate::evidence::RecordingFormat;

/// The largest recording that is read, in bytes.
pub const LARGEST_RECORDING: u64 = 64 << 20;

/// A recording, read and not yet judged.
pub struct Recording {
    file: String,
    format: RecordingFormat,
    content: Content,
    /// Rows that could not be read, or are too many.
    unread: u64,
}

enum Content {
    Answers(Vec<Entry>),
    Cookies(Vec<Kept>),
}

/// Sessions stand in a recording: only its name is for other eyes.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("file", &self.file).field("format", &self.format).finish_non_exhaustive()
    }
}

/// Why a file is no recording. What stands in it is not repeated: sessions do.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is broken JSON.
    #[error("line {line}, column {column}: {what}")]
    Broken {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// It is JSON of another kind.
    #[error("it is JSON, but neither a HAR (`log.entries`) nor a list of cookies; export the session again")]
    OtherJson,
    /// It is another kind of file.
    #[error("it is neither a HAR, nor a cookie jar in JSON or in Netscape's format")]
    OtherFile,
}

/// What a JSON file may have at its top.
#[derive(Deserialize)]
struct Top {
    #[serde(default)]
    log: Option<Log>,
    #[serde(default)]
    cookies: Option<Rows<Kept>>,
}

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    entries: Rows<Entry>,
}

impl Recording {
    /// Reads a recording of at most [`LARGEST_RECORDING`] bytes, whichever kind it is; `file` is what it is called in reports.
    ///
    /// # Errors
    /// When it is broken, or of another kind. A single broken entry is counted instead.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, RecordingError> {
        let text = decoded(bytes);
        let (format, content, unread) = match text.trim_start().as_bytes().first() {
            Some(b'{') => top(&text)?,
            Some(b'[') => cookies(serde_json::from_str(&text).map_err(|error| broken(&error))?),
            _ => netscape(&text)?,
        };
        Ok(Self { file: file.to_owned(), format, content, unread })
    }
}

/// As text, whatever Unicode encoding it has; a byte order mark goes, and what is no text is replaced.
fn decoded(bytes: &[u8]) -> String {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned()
}

type Parts = (RecordingFormat, Content, u64);

fn top(text: &str) -> Result<Parts, RecordingError> {
    let top: Top = serde_json::from_str(text).map_err(|error| broken(&error))?;
    match (top.log, top.cookies) {
        (Some(log), _) => Ok((RecordingFormat::Har, Content::Answers(log.entries.read), log.entries.unread)),
        (None, Some(rows)) => Ok(cookies(rows)),
        (None, None) => Err(RecordingError::OtherJson),
    }
}

fn cookies(rows: Rows<Kept>) -> Parts {
    (RecordingFormat::JsonCookies, Content::Cookies(rows.read), rows.unread)
}

fn netscape(text: &str) -> Result<Parts, RecordingError> {
    let (kept, unread) = jar::netscape(text).ok_or(RecordingError::OtherFile)?;
    Ok((RecordingFormat::NetscapeCookies, Content::Cookies(kept), unread))
}

/// Where the JSON is broken. Messages about the data repeat what they found, so they are not shown.
fn broken(error: &serde_json::Error) -> RecordingError {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the file ends in the middle of its JSON; export the session again".to_owned(),
        serde_json::error::Category::Data => return RecordingError::OtherJson,
        _ => {
            let message = error.to_string();
            message.split(" at line ").next().unwrap_or_default().to_owned()
        }
    };
    RecordingError::Broken { line: error.line(), column: error.column(), what }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn format(bytes: &[u8]) -> RecordingFormat {
        Recording::read("session", bytes).unwrap().format
    }

    fn utf16(text: &str) -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn each_kind_is_known_by_its_content() {
        let har = r#"{"log":{"version":"1.2","entries":[]}}"#;
        for (bytes, expected) in [
            (har.as_bytes().to_vec(), RecordingFormat::Har),
            (format!("\u{feff}\n {har}").into_bytes(), RecordingFormat::Har),
            (utf16(har), RecordingFormat::Har),
            (b"[]".to_vec(), RecordingFormat::JsonCookies),
            (br#"{"cookies":[],"origins":[]}"#.to_vec(), RecordingFormat::JsonCookies),
            (b"# Netscape HTTP Cookie File\n".to_vec(), RecordingFormat::NetscapeCookies),
            (b"#HttpOnly_a.example\tFALSE\t/\tTRUE\t0\tsid\tx\r\n".to_vec(), RecordingFormat::NetscapeCookies),
        ] {
            assert_eq!(format(&bytes), expected, "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn what_is_no_recording_is_refused_with_its_place_and_without_its_content() {
        for (text, why) in [
            ("{\"log\":\n {\"entries\": [ {\"a\": hunter2} ]}}", "line 2, column"),
            ("{\"log\": {\"entries\": [", "ends in the middle"),
            ("{\"log\": \"hunter2\"}", "neither a HAR"),
            ("{\"hunter2\": 1}", "neither a HAR"),
            ("{\"log\": {\"entries\": \"hunter2\"}}", "neither a HAR"),
            ("hunter2", "neither a HAR"),
            ("", "neither a HAR"),
        ] {
            let error = Recording::read("session", text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deep = format!("{{\"log\":{{\"entries\":{}", "[".repeat(500_000));
        assert!(matches!(Recording::read("session", deep.as_bytes()), Err(RecordingError::Broken { .. })));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes: Vec<u8>, start in "(\\{|\\[|\\{\"log\":\\{\"entries\":\\[|#)?") {
            let _ = Recording::read("session", &[start.as_bytes(), &bytes].concat());
        }
    }
}
