use super::{super::expression::Expression, *};

const SCOPE: &[&str] = &["app", "profile", "now", "endpoint", "address", "protocol", "cookie", "response", "certificate"];

/// The faults, each as `what it covers: message; suggestion`.
fn faults(text: &str) -> Vec<String> {
    let faults = Expression::compile(text, SCOPE, Purpose::Expectation).err().unwrap_or_default();
    let covered = |fault: &Fault| text.chars().skip(fault.offset).take(fault.length).collect::<String>();
    faults.iter().map(|fault| format!("{}: {}; {}", covered(fault), fault.message, fault.suggestion.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn what_rules_need_to_say_can_be_said() {
    for text in [
        "protocol.offered",
        "profile == 'custom' || app.kind == 'standard'",
        "app.model == null || app.model in ['internal', 'hybrid']",
        "'system-user' in app.contexts",
        "!address.tls.protocols.exists(p, p.id in ['ssl2', 'ssl3'] && p.offered)",
        "address.tls.certificates.all(c, timestamp(c.not_after) > now)",
        "timestamp(certificate.not_after) - now > duration('720h')",
        "certificate.key_algorithm == 'RSA' ? certificate.key_bits >= 2048 : certificate.key_bits >= 224",
        "!(certificate.signature_algorithm.matches('(?i)sha1|md5'))",
        "response.headers.exists(h, h[0].lowerAscii() == 'strict-transport-security' && h[1].contains('max-age'))",
        "response.status >= 300 && response.status < 400 && response.location != null",
        "response.headers.filter(h, h[0] == 'Server').size() == 0",
        "address.tls.protocols.filter(p, p.offered).map(p, p.id) == ['tls1.2', 'tls1.3']",
        "cookie.same_site == 'None' && cookie.secure",
        "endpoint.host.endsWith('.superoffice.com') || endpoint.scheme == \"http\"",
        "address.tls.chain != null && address.tls.chain.trusted",
        "address['tls'].reached",
        "endpoint.addresses.exists(a, a.tls.certificates.exists(c, c.self_signed))",
        "size(certificate.sans) > 0 && certificate.position == 0",
        "now.getFullYear() > 2000",
        "endpoint.scheme + '://' + endpoint.host == endpoint.url",
        "address.tls.server_preference['tls1.2'] && address.tls.extensions.reasons['alpn'].contains('answer')",
    ] {
        assert_eq!(faults(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_typo_in_a_fact_is_refused_with_its_place_and_a_suggestion() {
    assert_eq!(faults("protocol.offred"), ["offred: unknown fact `protocol.offred`; offered"]);
    assert_eq!(faults("true && !  protocol . offred"), ["offred: unknown fact `protocol.offred`; offered"]);
    assert_eq!(faults("'é' == 'é' || protocol.offred"), ["offred: unknown fact `protocol.offred`; offered"]);
    assert_eq!(faults("address.tls.protocols.exists(p, p.offred)"), ["offred: unknown fact `p.offred`; offered"]);
    assert_eq!(faults("address.tls.protocols[0].offred"), ["offred: unknown fact `offred`; offered"]);
    assert_eq!(faults("address['tsl'].reached"), ["tsl: unknown fact `address.tsl`; tls"]);
    assert_eq!(faults("address.tls.server_preference['tls1.2'] == 'yes'").len(), 1, "what a map holds has a kind");
    assert_eq!(faults("cookie.secure.flag"), ["flag: unknown fact `cookie.secure.flag`: true or false has no fields; -"]);
}

#[test]
fn every_typo_is_reported_and_not_the_first_alone() {
    assert_eq!(faults("protocl.offered && cookie.scure && cookie.htp_only").len(), 3);
}

#[test]
fn an_unknown_variable_or_function_is_refused() {
    assert_eq!(faults("protocl.offered"), ["protocl: there is no variable `protocl`; protocol"]);
    assert_eq!(faults("endpoint.host.startWith('a')"), ["startWith: there is no function `startWith`; startsWith"]);
    assert_eq!(faults("siz(endpoint.host) > 1"), ["siz: there is no function `siz`; size"]);
    assert!(
        Expression::compile("fact.sink == ''", SCOPE, Purpose::Expectation).unwrap_err()[0].message.starts_with("`fact` is not in scope")
    );
}

#[test]
fn a_pattern_that_is_no_regular_expression_is_refused() {
    assert_eq!(faults("endpoint.host.matches('(a')"), ["(a: the pattern is no regular expression: unclosed group; -"]);
    assert_eq!(
        faults("endpoint.host.matches('((a{999}){999}){999}')"),
        ["((a{999}){999}){999}: the pattern is no regular expression: the pattern is too large; -"]
    );
}

#[test]
fn a_word_that_a_fact_cannot_have_is_refused() {
    assert!(faults("protocol.id == 'tls12'")[0].starts_with("tls12: `tls12` is no value of `protocol.id`, which has"));
    assert!(faults("protocol.id == 'tls12'")[0].ends_with("; tls1.2"));
    assert!(faults("'ssl4' != protocol.id")[0].starts_with("ssl4: "));
    assert!(faults("protocol.id in ['ssl2', 'sssl3']")[0].ends_with("; ssl3"));
    assert!(faults("cookie.same_site == 'none'")[0].ends_with("; None"));
}

#[test]
fn comparisons_that_cannot_hold_are_refused() {
    for text in [
        "endpoint.port == '443'",
        "endpoint.port in ['443']",
        "cookie.secure == null",
        "protocol.offered == null",
        "certificate.not_after < now",
        "address.tls == address.tls",
        "endpoint.host > 3",
        "'offered' in protocol",
        "response.headers[0][2] == ''",
    ] {
        assert_eq!(faults(text).len(), 1, "{text}: {:?}", faults(text));
    }
}

#[test]
fn questions_that_take_the_unknown_for_absent_are_refused() {
    assert_eq!(faults("has(protocol.offered)"), ["has: `has()` cannot be asked here; -"]);
    assert_eq!(faults("has(cookie.same_site)"), ["has: `has()` cannot be asked here; -"]);
    assert!(Expression::compile("has(protocol.offered)", SCOPE, Purpose::Circumstance).is_ok());
    assert!(Expression::compile("has(cookie.same_site)", SCOPE, Purpose::Circumstance).is_err());
    assert!(Expression::compile("has(protocol.offred)", SCOPE, Purpose::Circumstance).is_err());
    for text in [
        "protocol.?offered.orValue(true)",
        "optional.of(protocol).hasValue()",
        "{'a': protocol} == {}",
        "protocol.exists(k, k == 'offered')",
        "dyn(protocol) == null",
    ] {
        assert!(!faults(text).is_empty(), "{text}");
    }
}

#[test]
fn what_could_grow_beyond_bounds_is_refused() {
    for text in [
        "['a'].map(x, [x, x]).size() == 1",
        "['a'].map(x, x + x).map(x, x + x) == ['aaaa']",
        "[[1]].map(x, x + x).size() == 1",
        "[1].all(a, [1].all(b, [1].all(c, true)))",
        &format!("1{} == 2", "+1".repeat(60)),
    ] {
        assert!(!faults(text).is_empty(), "{text}");
    }
}
