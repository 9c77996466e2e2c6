//! Content codings undone (RFC 9110, section 8.4.1), within limits that no bomb gets past.

use std::{
    io::Read,
    time::{Duration, Instant},
};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::wording::visible_within;

/// The most content that is unpacked, at every step.
pub(super) const CONTENT_LIMIT: usize = 1024 * 1024;

/// The most codings that are undone, one inside another. Honest servers use one.
const CODINGS_LIMIT: usize = 3;

/// How many times its size a body may unpack to, beyond [`ALWAYS_FINE`]: pages stay far below, bombs far above.
const RATIO_LIMIT: usize = 500;

/// Up to here the ratio does not matter: a short page of blanks packs well.
const ALWAYS_FINE: usize = 256 * 1024;

/// How long one step may take. What is within the limits takes a hundredth of it.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// How large a window a zstd body may ask for (RFC 9659).
const ZSTD_WINDOW_LIMIT: u64 = 8 * 1024 * 1024;

/// The longest name of a coding that is written down, in characters.
const NAME_LENGTH: usize = 40;

/// Content, and why there is no more of it; absent when all is there.
// No `Debug`: whatever the server sent stands in it.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    pub(super) error: Option<String>,
}

/// Undoes what the `Content-Encoding` lines of a response say, the last coding first.
pub(super) fn undo<'a>(lines: impl Iterator<Item = &'a [u8]>, body: &[u8]) -> Content {
    let codings = codings(lines);
    if codings.len() > CODINGS_LIMIT {
        let error = format!("more than {CODINGS_LIMIT} content codings, one inside another, are not undone");
        return Content { bytes: Vec::new(), error: Some(error) };
    }
    let mut content = Content { bytes: body.to_vec(), error: None };
    for coding in codings.iter().rev().filter(|_| !body.is_empty()) {
        let unpacked = step(coding, &content.bytes);
        content = Content { bytes: unpacked.bytes, error: content.error.or(unpacked.error) };
    }
    content
}

/// The codings in lower case, in the order in which they were applied.
fn codings<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let words = lines.flat_map(|line| line.split(|byte| *byte == b','));
    let names = words.map(|word| String::from_utf8_lossy(word).trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty() && name != "identity").collect()
}

fn step(coding: &str, packed: &[u8]) -> Content {
    match coding {
        "gzip" | "x-gzip" => unpack(coding, packed.len(), MultiGzDecoder::new(packed)),
        // The name means zlib, but some servers send the bare format, and browsers take both.
        "deflate" if is_zlib(packed) => unpack(coding, packed.len(), ZlibDecoder::new(packed)),
        "deflate" => unpack(coding, packed.len(), DeflateDecoder::new(packed)),
        "br" => unpack(coding, packed.len(), brotli_decompressor::Decompressor::new(packed, PIECE)),
        "zstd" => {
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(ZSTD_WINDOW_LIMIT);
            match StreamingDecoder::new_with_decoder(packed, decoder) {
                Ok(reader) => unpack(coding, packed.len(), reader),
                Err(_) => Content { bytes: Vec::new(), error: Some(broken(coding)) },
            }
        }
        unknown => {
            let name = visible_within(unknown, NAME_LENGTH);
            Content { bytes: Vec::new(), error: Some(format!("content coding `{name}` is not undone: it was not asked for")) }
        }
    }
}

/// Whether the two bytes of a zlib head are there (RFC 1950, section 2.2).
fn is_zlib(packed: &[u8]) -> bool {
    matches!(packed, [method, check, ..] if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*check)) % 31 == 0)
}

fn broken(coding: &str) -> String {
    format!("its `{coding}` coding is broken or breaks off")
}

/// How much is unpacked at once.
const PIECE: usize = 16 * 1024;

fn unpack(coding: &str, packed: usize, mut reader: impl Read) -> Content {
    let started = Instant::now();
    let ratio_limit = packed.saturating_mul(RATIO_LIMIT).max(ALWAYS_FINE);
    let mut bytes = Vec::new();
    let mut piece = [0; PIECE];
    let error = loop {
        let more = match reader.read(&mut piece) {
            Ok(0) => break None,
            Ok(length) => piece.get(..length).unwrap_or_default(),
            Err(_) => break Some(broken(coding)),
        };
        let room = CONTENT_LIMIT.saturating_sub(bytes.len());
        bytes.extend_from_slice(more.get(..more.len().min(room)).unwrap_or_default());
        if more.len() > room {
            break Some(format!("its `{coding}` coding unpacks to more than {} KiB", CONTENT_LIMIT / 1024));
        }
        if bytes.len() > ratio_limit {
            break Some(format!("its `{coding}` coding unpacks to more than {RATIO_LIMIT} times its size"));
        }
        if started.elapsed() > TIME_LIMIT {
            break Some(format!("its `{coding}` coding takes more than {} s to unpack", TIME_LIMIT.as_secs()));
        }
    };
    Content { bytes, error }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn undone(codings: &str, body: &[u8]) -> (Vec<u8>, Option<String>) {
        let content = undo([codings.as_bytes()].into_iter(), body);
        (content.bytes, content.error)
    }

    #[test]
    fn every_coding_that_is_asked_for_is_undone() {
        let text = b"<html>hello hello hello</html>".repeat(20);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(&text).unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(text.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
        // `hello`, as the reference encoder of brotli writes it.
        let brotli = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        for (codings, body, expected) in [
            ("gzip", gzip(&text), text.clone()),
            (" X-GZip ", gzip(&text), text.clone()),
            ("deflate", zlib.finish().unwrap(), text.clone()),
            ("deflate", bare.finish().unwrap(), text.clone()),
            ("zstd", zstd, text.clone()),
            ("br", brotli.to_vec(), b"hello".to_vec()),
            ("identity", text.clone(), text.clone()),
            ("", text.clone(), text.clone()),
            ("gzip, identity,,gzip", gzip(&gzip(&text)), text.clone()),
            ("gzip", Vec::new(), Vec::new()),
        ] {
            assert_eq!(undone(codings, &body), (expected, None), "{codings}");
        }
    }

    #[test]
    fn a_bomb_gives_what_it_may_and_a_reason() {
        let zeros = gzip(&vec![0; 40 * CONTENT_LIMIT]);
        for (codings, body, words, most) in [
            ("gzip", zeros.clone(), "unpacks to more than 1024 KiB", CONTENT_LIMIT),
            ("gzip", gzip(&vec![0; CONTENT_LIMIT]), "more than 500 times its size", CONTENT_LIMIT),
            ("gzip, gzip", gzip(&zeros), "unpacks to more than 1024 KiB", CONTENT_LIMIT),
            ("gzip, gzip, gzip, gzip", zeros.clone(), "more than 3 content codings", 0),
        ] {
            let (bytes, error) = undone(codings, &body);
            assert!(
                bytes.len() <= most && error.as_deref().is_some_and(|error| error.contains(words)),
                "{codings}: {} {error:?}",
                bytes.len()
            );
        }
    }

    #[test]
    fn what_breaks_off_gives_its_start_and_a_reason() {
        let text: Vec<u8> = (0..60_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let packed = gzip(&text);
        let (bytes, error) = undone("gzip", &packed[..packed.len() / 2]);
        assert!(!bytes.is_empty() && text.starts_with(&bytes) && error.unwrap().contains("breaks off"));
        for coding in ["gzip", "deflate", "br", "zstd"] {
            assert!(undone(coding, b"<html>not packed at all</html>").1.unwrap().contains("broken"), "{coding}");
        }
        assert!(undone("exotic", b"x").1.unwrap().contains("`exotic`"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_unpacked_or_refused_without_a_panic(body: Vec<u8>, place in 0usize..6) {
            let coding = ["gzip", "deflate", "br", "zstd", "gzip, br", "zstd, deflate"][place];
            prop_assert!(undone(coding, &body).0.len() <= CONTENT_LIMIT);
        }
    }
}
