//! Properties of the codec, and tls-parser as an oracle.

use proptest::{collection::vec, prelude::*};
use tls_parser::{TlsMessage, TlsMessageHandshake};

use super::{record::ContentType, *};

fn extension() -> impl Strategy<Value = Extension> {
    // The selected version has a shape of its own.
    (any::<u16>().prop_filter("a shape of its own", |&kind| kind != Extension::SUPPORTED_VERSIONS), vec(any::<u8>(), 0..40))
        .prop_map(|(kind, body)| Extension { kind, body })
}

prop_compose! {
    fn client_hello()(
        record_version in any::<u16>(), legacy_version in any::<u16>(), random in any::<[u8; 32]>(), session_id in vec(any::<u8>(), 0..=32),
        cipher_suites in vec(any::<u16>(), 0..200), extensions in vec(extension(), 0..12),
    ) -> ClientHello {
        let [record_version, legacy_version] = [record_version, legacy_version].map(Version);
        ClientHello { record_version, legacy_version, random, session_id, cipher_suites, compression: vec![0], extensions }
    }
}

prop_compose! {
    fn server_hello()(
        legacy_version in any::<u16>(), random in any::<[u8; 32]>(), session_id in vec(any::<u8>(), 0..=32), cipher_suite in any::<u16>(),
        compression in any::<u8>(), mut extensions in vec(extension(), 0..8), selected in proptest::option::of(any::<[u8; 2]>()),
    ) -> ServerHello {
        extensions.extend(selected.map(|body| Extension { kind: Extension::SUPPORTED_VERSIONS, body: body.to_vec() }));
        ServerHello { legacy_version: Version(legacy_version), random, session_id, cipher_suite, compression, extensions }
    }
}

prop_compose! {
    fn ssl2_server_hello()(
        version in any::<u16>(), certificate in vec(any::<u8>(), 0..300), cipher_kinds in vec(any::<u8>(), 0..30),
        connection_id in vec(any::<u8>(), 0..32),
    ) -> Ssl2ServerHello {
        Ssl2ServerHello { version: Version(version), certificate, cipher_kinds, connection_id }
    }
}

/// A message as a server could send it.
fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        server_hello().prop_map(Message::ServerHello),
        vec(vec(any::<u8>(), 0..300), 0..6).prop_map(Message::Certificates),
        any::<[u8; 2]>().prop_map(|[level, description]| Message::Alert(Alert { level, description })),
    ]
}

fn write(message: &Message) -> (ContentType, Vec<u8>) {
    match message {
        Message::ServerHello(hello) => (ContentType::Handshake, hello.write()),
        Message::Certificates(certificates) => (ContentType::Handshake, write_certificates(certificates)),
        Message::Alert(alert) => (ContentType::Alert, vec![alert.level, alert.description]),
        other => unreachable!("{other:?} is not generated"),
    }
}

/// Messages in records of at most `size` bytes.
fn in_records(messages: &[Message], size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for (content, bytes) in messages.iter().map(write) {
        for fragment in bytes.chunks(size) {
            out.extend(record::write(content, Version::TLS12, fragment));
        }
    }
    out
}

/// All that comes of bytes which arrive in pieces of the given size.
fn read(bytes: &[u8], piece: usize) -> (Vec<Message>, Option<WireError>) {
    let mut incoming = Incoming::default();
    let mut messages = Vec::new();
    for piece in bytes.chunks(piece) {
        incoming.push(piece);
        loop {
            match incoming.next() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}

/// Bytes that look like the beginning of an answer more often than chance would have it.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let head = prop_oneof![
        Just(vec![]),
        Just(vec![22, 3, 3]),
        Just(vec![21, 3, 1, 0, 2]),
        Just(vec![22, 3, 3, 0, 60, 2, 0, 0, 56, 3, 3]),
        Just(vec![0x80, 40, 4]),
        Just(vec![0x80, 3, 0]),
    ];
    (head, vec(any::<u8>(), 0..400)).prop_map(|(head, tail)| [head, tail].concat())
}

proptest! {
    #[test]
    fn a_client_hello_survives_the_wire(hello in client_hello()) {
        prop_assert_eq!(ClientHello::parse(&hello.write()), Ok(hello));
    }

    #[test]
    fn server_messages_survive_the_wire_however_they_are_cut(messages in vec(message(), 1..5), record in 1_usize..700, piece in 1_usize..900) {
        let (read, error) = read(&in_records(&messages, record), piece);
        prop_assert_eq!(error, None);
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn an_ssl_2_0_hello_survives_the_wire(hello in ssl2_server_hello(), piece in 1_usize..400) {
        let (read, error) = read(&hello.write(), piece);
        prop_assert_eq!(error, None);
        prop_assert_eq!(read, vec![Message::Ssl2Hello(hello)]);
    }

    #[test]
    fn hostile_bytes_never_panic_and_mean_the_same_however_they_arrive(bytes in hostile(), piece in 1_usize..50) {
        prop_assert_eq!(read(&bytes, piece), read(&bytes, usize::MAX));
    }

    #[test]
    fn hostile_bytes_never_panic_the_client_hello_reader(bytes in hostile()) {
        let _ = ClientHello::parse(&bytes);
    }

    #[test]
    fn tls_parser_reads_our_client_hello_as_we_do(hello in client_hello()) {
        let record = hello.write();
        let (rest, message) = tls_parser::parse_tls_message_handshake(&record[5..]).unwrap();
        let TlsMessage::Handshake(TlsMessageHandshake::ClientHello(theirs)) = message else { panic!("{message:?}") };
        prop_assert!(rest.is_empty());
        prop_assert_eq!(theirs.version.0, hello.legacy_version.0);
        prop_assert_eq!(theirs.random, hello.random);
        prop_assert_eq!(theirs.session_id.unwrap_or_default(), hello.session_id);
        prop_assert_eq!(theirs.ciphers.iter().map(|suite| suite.0).collect::<Vec<_>>(), hello.cipher_suites);
        prop_assert_eq!(theirs.ext.map_or(0, <[u8]>::len), hello.extensions.iter().map(|extension| 4 + extension.body.len()).sum::<usize>());
    }

    #[test]
    fn tls_parser_reads_certificates_as_we_do(certificates in vec(vec(any::<u8>(), 1..300), 0..6)) {
        let bytes = write_certificates(&certificates);
        let (_, message) = tls_parser::parse_tls_message_handshake(&bytes).unwrap();
        let TlsMessage::Handshake(TlsMessageHandshake::Certificate(theirs)) = message else { panic!("{message:?}") };
        prop_assert_eq!(theirs.cert_chain.iter().map(|one| one.data.to_vec()).collect::<Vec<_>>(), certificates);
    }

    #[test]
    fn tls_parser_reads_a_server_hello_as_we_do(mut hello in server_hello(), version in 0x0300_u16..=0x0303) {
        // It refuses versions it does not know.
        hello.legacy_version = Version(version);
        let bytes = hello.write();
        let (_, message) = tls_parser::parse_tls_message_handshake(&bytes).unwrap();
        let TlsMessage::Handshake(TlsMessageHandshake::ServerHello(theirs)) = message else { panic!("{message:?}") };
        let (ours, _) = read(&in_records(&[Message::ServerHello(hello)], 100), 7);
        let [Message::ServerHello(ours)] = ours.as_slice() else { panic!("{ours:?}") };
        prop_assert_eq!(theirs.version.0, ours.legacy_version.0);
        prop_assert_eq!(theirs.random, ours.random);
        prop_assert_eq!(theirs.session_id.unwrap_or_default(), &ours.session_id);
        prop_assert_eq!(theirs.cipher.0, ours.cipher_suite);
    }
}

#[test]
fn tls_parser_knows_every_extension_of_every_probe() {
    let entropy = Entropy::new([1; 32], [2; 32], [3; 32]);
    for version in [Version::TLS10, Version::TLS11, Version::TLS12, Version::TLS13] {
        let hello = Offer::of(version, Some("app.example.com")).hello(&entropy);
        let mut block = Vec::new();
        client_hello::put_extensions(&mut block, &hello.extensions);
        let (rest, extensions) = tls_parser::parse_tls_client_hello_extensions(&block[2..]).unwrap();
        assert!(rest.is_empty(), "{version:?}: {rest:?}");
        assert_eq!(extensions.len(), hello.extensions.len(), "{version:?}");
        assert!(!format!("{extensions:?}").contains("Unknown"), "{extensions:?}");
    }
}

#[test]
fn a_huge_record_and_a_huge_message_are_refused_before_they_are_kept() {
    assert_eq!(read(&[22, 3, 3, 0xff, 0xff], 1).1, Some(WireError::RecordTooLong(0xffff)));
    assert_eq!(read(&[22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff], 1).1, Some(WireError::MessageTooLong(0x00ff_ffff)));
}

#[test]
fn text_is_refused_at_its_first_byte() {
    assert_eq!(read(b"S", 1).1, Some(WireError::NotTls));
}
