use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/", $name)).as_slice()
    };
}

const RSA: &[u8] = sample!("rsa-2048.pem");
const XML: &[u8] = sample!("rsa-2048.xml");

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_start_matches('\u{FEFF}').trim().to_owned()
}

/// The forms and lengths of the keys in a text.
fn told(text: &str) -> Vec<(&'static str, Option<u32>)> {
    keys(text).into_iter().map(|found| (found.key.form.name(), found.key.bits)).collect()
}

#[test]
fn a_key_is_told_by_its_form_and_its_length() {
    for (sample, expected) in [
        (RSA, ("pem", Some(2048))),
        (sample!("rsa-1024.pem"), ("pem", Some(1024))),
        (sample!("rsa-2048-pkcs8.pem"), ("pem", Some(2048))),
        (sample!("elliptic.pem"), ("pem", Some(256))),
        (sample!("elliptic-pkcs8.pem"), ("pem", Some(256))),
        (sample!("ed25519.pem"), ("pem", Some(255))),
        (sample!("encrypted-pkcs8.pem"), ("pem-encrypted", None)),
        (sample!("encrypted-pkcs1.pem"), ("pem-encrypted", None)),
        (sample!("openssh-rsa"), ("openssh", Some(2048))),
        (sample!("openssh-ed25519"), ("openssh", None)),
        (sample!("openssh-encrypted"), ("openssh-encrypted", None)),
        (XML, ("rsa-xml", Some(2048))),
        (sample!("rsa-1024.xml"), ("rsa-xml", Some(1024))),
        (sample!("rsa-2048.jwk.json"), ("jwk", Some(2048))),
    ] {
        assert_eq!(told(&text(sample)), [expected]);
    }
}

#[test]
fn a_store_is_told_by_what_is_in_it() {
    for (sample, expected) in [
        (sample!("key-and-certificate.pfx"), Some("pkcs12")),
        (sample!("rsa-2048-pkcs8.der"), Some("pem")),
        (sample!("rsa-2048.snk"), Some("snk")),
        (sample!("key.jks"), Some("java-keystore")),
        (sample!("certificate-only.p12"), None),
        (sample!("certificate-only.jks"), None),
        (sample!("public.snk"), None),
    ] {
        assert_eq!(store(sample).map(|key| key.form.name()), expected);
    }
    assert_eq!(store(sample!("rsa-1024.snk")).and_then(|key| key.bits), Some(1024));
}

#[test]
fn public_parts_and_armour_around_words_are_no_keys() {
    let xml = text(XML);
    let public = format!("{}</RSAKeyValue>", xml.split("<P>").next().unwrap());
    let cut = text(RSA).lines().take(4).collect::<Vec<_>>().join("\n");
    for none in [
        text(sample!("public.pem")),
        text(sample!("certificate.pem")),
        public,
        xml.replace("<D>", "<D>…").replace("<P>", "<P>..."),
        format!("{cut}\n...\n-----END RSA PRIVATE KEY-----"),
        format!("{cut}\n-----END RSA PRIVATE KEY-----"),
        "-----BEGIN PRIVATE KEY-----\nYOUR PRIVATE KEY HERE\n-----END PRIVATE KEY-----".to_owned(),
        "-----BEGIN RSA PRIVATE KEY-----\n${PRIVATE_KEY}\n-----END RSA PRIVATE KEY-----".to_owned(),
        "\"-----BEGIN PRIVATE KEY-----\\n\" + key + \"\\n-----END PRIVATE KEY-----\"".to_owned(),
        format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA".repeat(40)),
        format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", "x".repeat(900)),
        "<RSAKeyValue><Modulus>…</Modulus><D>your key</D></RSAKeyValue>".to_owned(),
        "xml.Append (\"<RSAKeyValue>\"); xml.Append (\"<D>\"); xml.Append (Convert.ToBase64String (parameters.D)); xml.Append (\"</D></RSAKeyValue>\");".to_owned(),
        format!("<RSAKeyValue><D>{}</D></RSAKeyValue>", "A".repeat(344)),
        r#"{ "kty": "RSA", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc", "e": "AQAB" }"#
            .to_owned(),
        r#"{ "kty": "RSA", "d": "your private exponent goes here" }"#.to_owned(),
    ] {
        assert_eq!(told(&none), [], "{none}");
    }
}

#[test]
fn a_key_is_found_whatever_language_wraps_it() {
    let pem = text(RSA);
    let lines: Vec<&str> = pem.lines().collect();
    let strings =
        |open: &str, close: &str, between: &str| lines.iter().map(|line| format!("{open}{line}{close}")).collect::<Vec<_>>().join(between);
    for wrapped in [
        format!("{{ \"PrivateKey\": \"{}\\n\" }}", lines.join("\\n")),
        format!("{{ \"PrivateKey\": \"{}\" }}", lines.join("\\r\\n")),
        format!("{{\\\"private_key\\\": \\\"{}\\\"}}", lines.join("\\\\n")),
        format!("PRIVATE_KEY=\"{}\"\nOTHER=\"x\"\n", lines.join("\\n")),
        format!("key: |\n{}\n", strings("    ", "", "\n")),
        format!("const string Key = {};", strings("\"", "\\n\"", " +\n    ")),
        format!("key = [\n{}\n].join('\\n')", strings("  '", "',", "\n")),
        strings("sb.AppendLine(\"", "\");", "\n"),
        strings("// ", "", "\n"),
        strings("# ", "", "\r\n"),
        format!("<add key=\"PrivateKey\" value=\"{}\" />", lines.join("&#xA;")),
        lines.join(" "),
        format!("$key = <<<EOT\n{pem}\nEOT;"),
    ] {
        assert_eq!(told(&wrapped), [("pem", Some(2048))], "{wrapped}");
    }
}

#[test]
fn a_key_in_xml_is_found_however_it_is_escaped() {
    let xml = text(XML);
    let halves = xml.split_at(700);
    for wrapped in [
        xml.clone(),
        xml.replace('>', ">\n   "),
        xml.replace('<', "&lt;").replace('>', "&gt;"),
        xml.replace('<', "\\u003c").replace('>', "\\u003e"),
        format!("var key = @\"{xml}\";"),
        format!("key = \"{}\" +\n  \"{}\";", halves.0, halves.1),
        format!("<?xml version=\"1.0\"?>\n{xml}"),
        format!("SO_PRIVATE_KEY='{xml}'"),
        xml.replace("<RSAKeyValue>", "<RSAKeyValue xmlns=\"http://www.w3.org/2000/09/xmldsig#\">"),
    ] {
        assert_eq!(told(&wrapped), [("rsa-xml", Some(2048))], "{wrapped}");
    }
}

#[test]
fn a_web_key_is_found_in_json_in_strings_and_in_programs() {
    let json = text(sample!("rsa-2048.jwk.json"));
    for wrapped in [
        json.clone(),
        json.replace('"', "\\\""),
        format!("{{\"keys\": [ {{ \"kty\": \"oct\", \"k\": \"\" }}, {json} ]}}"),
        json.replace("\"kty\"", "kty").replace("\"d\"", "d").replace("\"n\"", "n").replace('"', "'"),
    ] {
        assert_eq!(told(&wrapped), [("jwk", Some(2048))], "{wrapped}");
    }
    let curve =
        r#"{"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#;
    assert_eq!(told(curve), [("jwk", None)]);
}

#[test]
fn a_key_in_base64_is_found() {
    let bare = |pem: &[u8]| text(pem).lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("");
    for (bytes, expected) in [
        (STANDARD.encode(text(RSA)), ("pem", Some(2048))),
        (STANDARD.encode(XML), ("rsa-xml", Some(2048))),
        (STANDARD.encode(text(XML)), ("rsa-xml", Some(2048))),
        (STANDARD.encode(format!("<?xml version=\"1.0\"?>{}", text(XML))), ("rsa-xml", Some(2048))),
        (STANDARD.encode(sample!("key-and-certificate.pfx")), ("pkcs12", None)),
        (STANDARD.encode(sample!("rsa-2048.snk")), ("snk", Some(2048))),
        (bare(RSA), ("pem", Some(2048))),
        (bare(sample!("rsa-2048-pkcs8.pem")), ("pem", Some(2048))),
        (bare(sample!("rsa-1024.pem")), ("pem", Some(1024))),
        (bare(sample!("elliptic.pem")), ("pem", Some(256))),
        (bare(sample!("elliptic-pkcs8.pem")), ("pem", Some(256))),
    ] {
        for around in [format!("\"Key\": \"{bytes}\","), format!("KEY={bytes}\nOTHER=1"), format!("key: {bytes}"), bytes.clone()] {
            assert_eq!(told(&around), [expected], "{around}");
        }
    }
    // Without armour, over several lines.
    let lines: Vec<String> = text(sample!("rsa-2048-pkcs8.pem")).lines().filter(|line| !line.starts_with('-')).map(str::to_owned).collect();
    assert_eq!(told(&format!("key: >\n  {}\nnext: 1", lines.join("\n  "))), [("pem", Some(2048))]);
}

#[test]
fn a_certificate_in_base64_is_no_key() {
    for public in [sample!("certificate.pem"), sample!("public.pem"), sample!("certificate-only.p12")] {
        assert_eq!(told(&STANDARD.encode(public)), []);
    }
    assert_eq!(told(&text(sample!("certificate.pem")).replace('-', "")), []);
}

#[test]
fn every_form_of_a_key_holds_what_a_file_must_hold_one_of() {
    for sample in [RSA, XML, sample!("rsa-2048.jwk.json"), sample!("openssh-rsa")] {
        let text = text(sample);
        assert!(needs().any(|need| text.contains(need)));
        assert!(needs().any(|need| STANDARD.encode(&text).contains(need)) || sample == sample!("rsa-2048.jwk.json"));
    }
}

#[test]
fn a_text_full_of_armour_takes_bounded_time() {
    for part in ["-----BEGIN PRIVATE KEY-----", "<RSAKeyValue>", "{\"kty\":", "LS0tLS1CRUdJTi", "IBAAKCAQEA/", "PuTTY-User-Key-File-"] {
        assert_eq!(told(&part.repeat(100_000)), [], "{part}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(-----BEGIN |-----END |PRIVATE KEY-----|<RSAKeyValue>|</RSAKeyValue>|<D>|</D>|MIIE|\\\\n|\"kty\":|\\{|\\}|IBAAKCAQEA|[a-zé\n\"'&;=]){0,40}") {
        for found in keys(&text) {
            prop_assert!(text.get(found.range).is_some());
        }
    }

    #[test]
    fn any_bytes_are_a_store_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..120), start in 0_usize..5) {
        let starts: [&[u8]; 5] = [&[], &[7, 2, 0, 0, 0, 0x24, 0, 0, b'R', b'S', b'A', b'2'], &[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2], &[0x1E, 0xF1, 0xB5, 0xB0], &[0x30, 0x82]];
        let _ = store(&[starts[start], &bytes].concat());
    }

    #[test]
    fn a_key_with_any_byte_changed_is_read(at in 0_usize..1600, byte in 32_u8..127) {
        let mut changed = text(RSA).into_bytes();
        let at = at % changed.len();
        changed[at] = byte;
        let _ = keys(&String::from_utf8_lossy(&changed));
    }
}
