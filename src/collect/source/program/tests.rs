//! The analysis, seen through one language; the lowerings have tests of their own.

use std::sync::atomic::AtomicBool;

use crate::{
    collect::source::{all_facts_in, decode::Lines, document::Document, readers::any_reader, watch::Watch},
    evidence::{FactKind, MissingSetting, Origin, SourceFact, Vocabulary},
};

const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

fn vocabulary() -> Vocabulary {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Vocabulary {
        assignment: names(&["clientSecret", "client_secret", "appToken"]),
        argument: names(&["SO-AppToken", "client_secret", "clientSecret"]),
        setting: names(&["rejectUnauthorized", "ignoreExpiration", "httpOnly", "NODE_TLS_REJECT_UNAUTHORIZED"]),
        call: names(&["jwt.decode", "SoSession.Authenticate", "localStorage.setItem"]),
        logged: names(&["clientSecret", "ticket"]),
        missing: vec![MissingSetting { of: "res.cookie".into(), setting: "httpOnly".into(), unless: Vec::new() }],
        ..Vocabulary::default()
    }
}

fn facts(code: &str) -> Vec<SourceFact> {
    all_facts_in("src/app.js", &code.replace("SECRET", SECRET), &vocabulary())
}

fn seen(code: &str) -> Vec<(FactKind, String, Origin)> {
    facts(code).into_iter().map(|fact| (fact.kind, fact.sink, fact.origin)).collect()
}

#[test]
fn a_secret_is_found_however_it_is_set() {
    for (code, kind, sink) in [
        ("const clientSecret = 'SECRET';", FactKind::Assignment, "clientSecret"),
        ("options.clientSecret = `SECRET`", FactKind::Assignment, "options.clientSecret"),
        ("const c = { superoffice: { clientSecret: 'SECRET' } }", FactKind::Assignment, "c.superoffice.clientSecret"),
        ("fetch(url, { headers: { 'SO-AppToken': 'SECRET' } })", FactKind::Header, "fetch.headers.SO-AppToken"),
        ("request.setHeader('SO-AppToken', 'SECRET')", FactKind::Header, "SO-AppToken"),
        ("headers['SO-AppToken'] = 'SECRET'", FactKind::Header, "headers.SO-AppToken"),
        ("const s = 'SECRET'; client.clientSecret = s", FactKind::Assignment, "client.clientSecret"),
        ("x.clientSecret = process.env.X || 'SECRET'", FactKind::Assignment, "x.clientSecret"),
        ("class A { clientSecret = 'SECRET' }", FactKind::Assignment, "clientSecret"),
        ("body = 'grant_type=x&client_secret=SECRET'", FactKind::Argument, "client_secret"),
        ("function f() { const k = { s: 'SECRET' }; x.clientSecret = k.s }", FactKind::Assignment, "x.clientSecret"),
        ("function f(clientSecret = 'SECRET') {}", FactKind::Assignment, "clientSecret"),
        ("const f = ({ clientSecret = 'SECRET' }) => call(clientSecret)", FactKind::Assignment, "clientSecret"),
        ("const { clientSecret = 'SECRET' } = process.env", FactKind::Assignment, "clientSecret"),
    ] {
        let found = seen(code);
        let is_written = |origin: &Origin| matches!(origin, Origin::Literal | Origin::Constant);
        assert!(found.iter().any(|fact| fact.0 == kind && fact.1 == sink && is_written(&fact.2)), "{code}: {found:?}");
    }
}

#[test]
fn what_an_object_holds_is_told_by_the_call_that_a_variable_hands_it_to() {
    let vocabulary = Vocabulary { assignment: vec!["session.secret".into()], ..Vocabulary::default() };
    let lines =
        |code: &str| all_facts_in("src/app.js", code, &vocabulary).iter().map(|fact| (fact.line, fact.sink.clone())).collect::<Vec<_>>();
    let told = lines("const settings = {\n  secret: 'SECRET',\n};\napp.use(session(settings));");
    assert_eq!(told, [(2, "session.secret".to_owned())]);
    for code in ["const settings = { secret: 'SECRET' }; app.use(panel(settings));", "const secret = 'SECRET'; app.use(session(secret));"] {
        assert_eq!(lines(code), [], "{code}");
    }
}

#[test]
fn a_variable_that_says_what_it_holds_is_kept_by_its_name() {
    for (code, expected) in [
        ("const accessToken = answer.data.access; localStorage.setItem('access', accessToken);", Some("accessToken")),
        ("const theme = answer.data.theme; localStorage.setItem('theme', theme);", Some("data.theme")),
        ("const kept = answer.clientSecret; localStorage.setItem('kept', kept);", Some("answer.clientSecret")),
    ] {
        let vocabulary = Vocabulary { logged: vec!["accessToken".into(), "clientSecret".into()], ..vocabulary() };
        let found = all_facts_in("src/app.js", code, &vocabulary);
        let kept = found.iter().find(|fact| fact.kind == FactKind::Call).and_then(|fact| fact.arguments.get(1));
        assert_eq!(kept.and_then(|kept| kept.value.as_deref()), expected, "{code}");
    }
}

#[test]
fn an_option_is_asked_for_through_its_words_too() {
    let guard = |condition: &str| {
        let code = format!("if {condition}:\n    client.rejectUnauthorized = False\n");
        let found = all_facts_in("src/client.py", &code, &vocabulary());
        found.iter().find(|fact| fact.kind == FactKind::Setting).and_then(|fact| fact.guard.clone())
    };
    for condition in ["os.environ.get('CLIENT_INSECURE', '').lower() in ('1', 'true', 'yes')", "settings.insecure.strip() == '1'"] {
        assert_eq!(guard(condition).as_deref(), Some("asked"), "{condition}");
    }
    for condition in [
        "os.environ.get('CLIENT_INSECURE', '').lower() not in ('1', 'true')",
        "os.environ.get('CLIENT_VERIFY', '').lower() in ('1', 'true')",
        "os.environ.get('CLIENT_INSECURE') in ('0', 'no')",
    ] {
        assert_eq!(guard(condition), None, "{condition}");
    }
}

#[test]
fn a_switch_by_a_condition_is_what_it_is_in_production() {
    for (value, expected) in [
        ("process.env.NODE_ENV === 'production' ? false : true", Some("false")),
        ("process.env.NODE_ENV !== 'production' ? false : true", Some("true")),
        ("process.env.NODE_ENV !== 'production'", Some("false")),
        ("process.env.NODE_ENV === 'production'", Some("true")),
        ("!isDevelopment", Some("true")),
        ("!true", Some("false")),
        ("mode === 'x' ? false : true", None),
    ] {
        let shown: Vec<_> = facts(&format!("new Agent({{ rejectUnauthorized: {value} }})")).into_iter().map(|fact| fact.value).collect();
        assert_eq!(shown.iter().map(Option::as_deref).collect::<Vec<_>>(), [expected], "{value}");
    }
}

#[test]
fn a_secret_in_a_field_of_an_object_is_a_constant_where_it_is_used() {
    let code = "const config = { clientSecret: 'SECRET' };\nfetch(url, { headers: { 'SO-AppToken': config.clientSecret } });";
    let origins: Vec<_> = facts(code).into_iter().map(|fact| fact.origin).collect();
    assert_eq!(origins, [Origin::Literal, Origin::Constant]);
}

#[test]
fn a_key_within_a_key_is_known_by_its_last_part() {
    assert_eq!(seen("settings['panel.clientSecret'] = 'SECRET'").len(), 1);
    assert_eq!(seen("settings['panel.clientSecret.label'] = 'SECRET'").len(), 0);
}

#[test]
fn a_number_in_a_list_of_numbers_is_no_password() {
    let vocabulary = Vocabulary { assignment: vec!["*Password".to_owned()], ..Vocabulary::default() };
    let count = |code: &str| all_facts_in("src/app.py", code, &vocabulary).len();
    assert_eq!(["ERROR_BAD_PASSWORD = 1323", "BAD_PASSWORD = 0x8007052e"].map(count), [0, 0]);
    assert_eq!(["DB_PASSWORD = 19750413", "password = 4711"].map(count), [1, 1]);
}

#[test]
fn what_is_read_from_elsewhere_is_no_literal() {
    for code in [
        "x.clientSecret = process.env.SO_SECRET",
        "x.clientSecret = process.env['SO_SECRET']",
        "const { clientSecret } = process.env",
        "x.clientSecret = config.get('superoffice.clientSecret')",
        "x.clientSecret = await secretClient.getSecret('so-client-secret')",
        "function f(clientSecret) { x.clientSecret = clientSecret }",
        "x.clientSecret = req.body.secret",
        "x.clientSecret = 'YOUR_VALUE_HERE'",
        "if (clientSecret === 'SECRET') {}",
        "x.clientSecret = null",
    ] {
        let found = seen(code);
        assert!(found.iter().all(|fact| !matches!(fact.2, Origin::Literal | Origin::Constant)), "{code}: {found:?}");
    }
}

#[test]
fn switches_show_what_they_are_set_to_in_clear() {
    for (code, sink, value) in [
        ("https.request({ rejectUnauthorized: false })", "https.request.rejectUnauthorized", "false"),
        ("jwt.verify(t, k, { ignoreExpiration: true })", "jwt.verify.ignoreExpiration", "true"),
        ("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'", "process.env.NODE_TLS_REJECT_UNAUTHORIZED", "0"),
        ("process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = 0", "process.env.NODE_TLS_REJECT_UNAUTHORIZED", "0"),
    ] {
        let found = facts(code);
        let fact = found.iter().find(|fact| fact.kind == FactKind::Setting);
        assert_eq!(fact.map(|fact| (fact.sink.as_str(), fact.value.as_deref())), Some((sink, Some(value))), "{code}: {found:?}");
    }
}

#[test]
fn a_switch_that_is_left_out_is_told_from_one_that_is_set_somewhere() {
    let missing = |code: &str| facts(code).iter().any(|fact| fact.origin == Origin::Absent);
    for code in ["res.cookie('a', v)", "res.cookie('a', v, { secure: true })", "const o = { secure: true }; res.cookie('a', v, o)"] {
        assert!(missing(code), "{code}");
    }
    for code in [
        "res.cookie('a', v, { httpOnly: true })",
        "const o = { httpOnly: true }; res.cookie('a', v, o)",
        "res.cookie('a', v, cookieOptions)",
    ] {
        assert!(!missing(code), "{code}");
    }
}

#[test]
fn a_name_that_several_blocks_declare_is_the_one_of_its_own_block() {
    let missing = |code: &str| facts(code).iter().filter(|fact| fact.origin == Origin::Absent).map(|fact| fact.line).collect::<Vec<_>>();
    for (first, second, lines) in [("httpOnly", "httpOnly", vec![]), ("httpOnly", "secure", vec![6]), ("secure", "httpOnly", vec![3])] {
        let block = |flag: &str| format!("if (a) {{\n  const o = {{ {flag}: true }};\n  res.cookie('a', v, o);\n}}");
        assert_eq!(missing(&format!("function f() {{ {}{} }}", block(first), block(second))), lines, "{first} {second}");
    }
    assert_eq!(missing("function f() { res.cookie('a', v, o); var o = { httpOnly: true }; }"), Vec::<u32>::new());
}

#[test]
fn calls_and_logs_are_facts_with_what_is_passed() {
    let call = facts("const claims = jwt.decode(token, { complete: true })").remove(0);
    assert_eq!((call.kind, call.sink.as_str(), call.arguments.len()), (FactKind::Call, "jwt.decode", 3));
    assert_eq!(call.arguments[2].value.as_deref(), Some("true"));
    let log = facts("console.log('secret', config.clientSecret)").remove(0);
    assert_eq!((log.kind, log.watched.as_str()), (FactKind::Log, "clientSecret"));
    assert!(facts("console.log('has secret', Boolean(config.clientSecret))").is_empty());
    assert!(facts("console.log('no ticket')").is_empty());
}

#[test]
fn a_development_guard_is_told() {
    let found = facts("if (process.env.NODE_ENV === 'development') { agent({ rejectUnauthorized: false }) }");
    assert_eq!(found[0].guard.as_deref(), Some("development"));
}

#[test]
fn a_commented_out_secret_is_a_fact_of_its_own() {
    let found = facts("// options.clientSecret = 'SECRET';\nlet a = 1;");
    assert!(found.len() == 1 && found[0].in_comment, "{found:?}");
}

#[test]
fn deep_nesting_takes_bounded_room() {
    let many = |part: &str| part.repeat(20_000);
    let closed = format!("x = {}1{}", many("("), many(")"));
    for code in [
        closed,
        many("["),
        many("{a:"),
        many("f("),
        many("if(a)"),
        many("a.b()."),
        many("x=>"),
        many("!"),
        many("a?b:"),
        many("function f(){"),
    ] {
        let _ = facts(&format!("{code}; x.clientSecret = 'SECRET'"));
    }
}

#[test]
fn what_a_text_says_to_be_a_secret_is_one_under_any_name() {
    let vocabulary =
        Vocabulary { logged: ["accessToken", "signedToken", "token", "*Token"].map(str::to_owned).to_vec(), ..Vocabulary::default() };
    let count = |path: &str, code: &str| all_facts_in(path, code, &vocabulary).len();
    for (path, code) in [
        ("a.js", "console.log('access token:', text);"),
        ("a.py", "log.info('signed token: %s', signed)"),
        ("A.cs", "class A { void F(string text) { log.InfoFormat(\"Signed token = {0}\", text); } }"),
        ("A.cs", "class A { void F(string text) { Console.WriteLine($\"access token: {text}\"); } }"),
    ] {
        assert_eq!(count(path, code), 1, "{code}");
    }
    for (path, code) in [
        ("a.js", "console.log('access token:', expiry);"),
        ("a.js", "console.log('token:', text);"),
        ("a.py", "log.info('access token: %s', mask(text))"),
        ("A.cs", "class A { void F(string text) { var shown = Mask(text); Console.WriteLine(\"access token: {0}\", shown); } }"),
        ("A.cs", "class A { void F(CancellationToken token) { Console.WriteLine(\"stopped: {0}\", token); } }"),
    ] {
        assert_eq!(count(path, code), 0, "{code}");
    }
}

#[test]
fn what_is_the_same_either_way_is_what_a_switch_is_set_to() {
    let found = facts("x.httpOnly = isLocal ? false : false; y.httpOnly = isLocal ? false : true; z.httpOnly = !true;");
    let told: Vec<Option<&str>> = found.iter().map(|fact| fact.value.as_deref()).collect();
    assert_eq!(told, [Some("false"), Some("isLocal"), Some("false")]);
}

#[test]
fn what_a_page_keeps_is_told_by_the_name_it_is_kept_under() {
    for code in [
        "localStorage.orderToken = answer",
        "window.localStorage['order.token'] = answer",
        "localStorage.setItem('orderToken', answer)",
        "const KEY = 'order.token'; localStorage.setItem(KEY, answer)",
    ] {
        let found: Vec<SourceFact> = facts(code).into_iter().filter(|fact| fact.kind == FactKind::Call).collect();
        let told = found.iter().flat_map(|fact| &fact.arguments).find(|argument| argument.position == 0).and_then(|key| key.value.clone());
        assert!(told.is_some_and(|key| key.to_lowercase().ends_with("token")), "{code}: {found:?}");
    }
    let hidden = facts("localStorage.setItem('SECRET', answer)");
    assert!(hidden.iter().flat_map(|fact| &fact.arguments).all(|argument| argument.value.as_deref() != Some(SECRET)), "{hidden:?}");
}

#[test]
fn a_default_of_a_parameter_is_a_literal_where_it_stands_and_a_constant_where_it_is_used() {
    let found = seen("function f(clientSecret = 'SECRET') { send({ 'SO-AppToken': clientSecret }) }");
    let origins: Vec<(FactKind, Origin)> = found.into_iter().map(|(kind, _, origin)| (kind, origin)).collect();
    assert_eq!(origins, [(FactKind::Assignment, Origin::Literal), (FactKind::Header, Origin::Constant)]);
}

#[test]
fn a_secret_is_logged_by_what_it_is_looked_up_as() {
    for code in [
        "const t = claims['http://schemes.example.net/identity/ticket']; console.log('signed in', t)",
        "console.log('got', JSON.parse(body).getProperty('ticket').getString())",
        "console.log('got', helper.getKey(context, 'client_secret'))",
    ] {
        assert!(seen(code).iter().any(|(kind, ..)| *kind == FactKind::Log), "{code}");
    }
    for code in [
        "const t = claims['http://schemes.example.net/identity/ctx']; console.log(t)",
        "console.log(map.get('other').toString())",
        "console.log(labels.getString('ticket'))",
        "console.log(labels.getString('client_secret_label'))",
    ] {
        assert_eq!(seen(code), [], "{code}");
    }
}

#[test]
fn what_is_told_of_a_form_in_a_query_is_no_stand_in_where_something_else_is_written() {
    let vocabulary = Vocabulary { query: vec!["client_secret".to_owned(), "password".to_owned()], ..vocabulary() };
    let told = |code: &str| -> Vec<String> {
        let facts = all_facts_in("src/app.js", code, &vocabulary);
        facts.into_iter().filter(|fact| fact.kind == FactKind::Query).map(|fact| fact.sink).collect()
    };
    let form =
        |secret: &str| format!("request({{ url: base, qs: {{ client_secret: '{secret}', password: 'Fjelltur88' }}, method: 'POST' }})");
    assert_eq!(told(&form("<your secret>")), ["password"]);
    assert_eq!(told(&form(SECRET)), ["client_secret"]);
}

#[test]
fn a_chain_of_names_is_followed_however_long_and_one_without_end_is_a_gap() {
    let chain = |links: usize, first: &str| {
        let names = (1..links).map(|at| format!("const v{at} = v{};\n", at - 1));
        format!("const v0 = {first};\n{}x.clientSecret = v{};", names.collect::<String>(), links - 1)
    };
    for links in [5, 20, 50, 120] {
        assert_eq!(seen(&chain(links, "'SECRET'")), [(FactKind::Assignment, "x.clientSecret".to_owned(), Origin::Constant)], "{links}");
    }
    assert!(seen(&chain(20, "v19")).iter().all(|fact| fact.2 == Origin::Unknown));
    let gap = |code: &str| {
        let (watch, stop) = (Watch::new(&vocabulary()), AtomicBool::new(false));
        let document =
            Document { text: code, path: "a.js", lines: Lines::new(code), parts: &[], mentions: None, watch: &watch, stop: &stop };
        (any_reader("a.js").read)(&document).gap
    };
    assert_eq!(gap(&chain(120, "'SECRET'")), None);
    assert!(gap(&chain(300, "'SECRET'")).is_some_and(|gap| gap.contains("chain")));
    assert_eq!(gap(&chain(20, "v19")), None);
}

#[test]
fn what_an_annotation_gives_a_field_is_told_once() {
    let code = format!("class A {{ @Value(\"${{so.client_secret:{SECRET}}}\") private String clientSecret; }}");
    let found = all_facts_in("A.java", &code, &vocabulary());
    assert_eq!(found.iter().map(|fact| fact.sink.as_str()).collect::<Vec<_>>(), ["clientSecret"], "{found:#?}");
}
