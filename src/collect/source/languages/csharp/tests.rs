use std::sync::atomic::AtomicBool;

use crate::{
    collect::source::{
        all_facts_in,
        decode::Lines,
        document::{Document, Reading},
        watch::Watch,
    },
    evidence::{FactKind, Origin, SourceFact, Vocabulary},
};

const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

fn facts(code: &str) -> Vec<SourceFact> {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let vocabulary = Vocabulary {
        assignment: names(&["ConfigFile.Services.ApplicationToken", "ClientSecret", "AppToken", "client_secret"]),
        argument: names(&["SO-AppToken", "applicationToken", "ClientSecret"]),
        config_key: Vec::new(),
        ..Vocabulary::default()
    };
    let with_secret = ["\"", "=", ": "]
        .into_iter()
        .fold(code.to_owned(), |code, before| code.replace(&format!("{before}SECRET"), &format!("{before}{SECRET}")));
    all_facts_in("src/Program.cs", &with_secret, &vocabulary)
}

/// Kind, sink and origin of every fact.
fn seen(code: &str) -> Vec<(FactKind, String, Origin)> {
    facts(code).into_iter().map(|fact| (fact.kind, fact.sink, fact.origin)).collect()
}

/// The origins of a file's facts, for code that stands in a method.
fn origins(statements: &str) -> Vec<Origin> {
    facts(&in_method(statements)).into_iter().map(|fact| fact.origin).collect()
}

fn in_method(statements: &str) -> String {
    format!(
        "using SuperOffice.Configuration;\nclass Program {{\n  void Run(string given, IConfiguration configuration) {{\n    {statements}\n  }}\n}}\n"
    )
}

#[test]
fn every_spelling_of_the_property_is_the_same_sink() {
    let spellings = [
        "ConfigFile.Services.ApplicationToken = \"SECRET\";",
        "SuperOffice.Configuration.ConfigFile.Services.ApplicationToken = \"SECRET\";",
        "global::SuperOffice.Configuration.ConfigFile.Services.ApplicationToken = \"SECRET\";",
        "ConfigFile . Services\n      .ApplicationToken\n   = \"SECRET\";",
        "ConfigFile.Services.ApplicationToken ??= \"SECRET\";",
        "(ConfigFile.Services.ApplicationToken) = \"SECRET\";",
        "ConfigFile.Services!.ApplicationToken = \"SECRET\";",
        "var x = ConfigFile.Services.ApplicationToken = \"SECRET\";",
        "(ConfigFile.Services.ApplicationToken, given) = (\"SECRET\", \"other\");",
        "var services = ConfigFile.Services; services.ApplicationToken = \"SECRET\";",
        "var services = ConfigFile.Services; var again = services; again.ApplicationToken = \"SECRET\";",
        "if (given == null) { ConfigFile.Services.ApplicationToken = \"SECRET\"; }",
        "Action set = () => ConfigFile.Services.ApplicationToken = \"SECRET\";",
    ];
    for spelling in spellings {
        let found = seen(&in_method(spelling));
        let [(FactKind::Assignment, sink, Origin::Literal)] = found.as_slice() else { panic!("{spelling}: {found:?}") };
        assert!(sink.ends_with("ConfigFile.Services.ApplicationToken"), "{sink}");
    }
}

#[test]
fn usings_are_resolved() {
    for code in [
        "using CF = SuperOffice.Configuration.ConfigFile; class A { void M() { CF.Services.ApplicationToken = \"SECRET\"; } }",
        "using static SuperOffice.Configuration.ConfigFile; class A { void M() { Services.ApplicationToken = \"SECRET\"; } }",
        "using CF = SuperOffice.Configuration.ConfigFile;\nCF.Services.ApplicationToken = \"SECRET\";",
    ] {
        let found = seen(code);
        let [(FactKind::Assignment, sink, Origin::Literal)] = found.as_slice() else { panic!("{code}: {found:?}") };
        assert_eq!(sink, "SuperOffice.Configuration.ConfigFile.Services.ApplicationToken");
    }
}

#[test]
fn reading_or_naming_the_property_is_no_fact() {
    for harmless in [
        "var token = ConfigFile.Services.ApplicationToken;",
        "if (ConfigFile.Services.ApplicationToken == \"SECRET\") { }",
        "request.Token = ConfigFile.Services.ApplicationToken;",
        "Use(ConfigFile.Services.ApplicationToken);",
        "var s = \"ConfigFile.Services.ApplicationToken = \\\"SECRET\\\";\";",
        "var s = nameof(ConfigFile.Services.ApplicationToken);",
        "var s = $\"{ConfigFile.Services.ApplicationToken}\";",
        "MyConfigFile.Services.ApplicationToken = \"SECRET\";",
        "ConfigFile.Services.ApplicationTokenName = \"SECRET\";",
        "var x = configuration[\"ClientSecret\"];",
        "var clientSecretName = \"SECRET\";",
        "string clientSecret;",
        "headers.TryGetValue(\"SO-AppToken\", out var value);",
        "headers.Remove(\"SO-AppToken\", \"SECRET\");",
        "// ConfigFile.Services.ApplicationToken = configuration[\"Token\"];",
        "// ConfigFile.Services.ApplicationToken = \"YOUR_TOKEN\";",
        "/* set ConfigFile.Services.ApplicationToken in web.config */",
        "// the ClientSecret = \"a b c\" of the docs",
    ] {
        assert_eq!(seen(&in_method(harmless)), [], "{harmless}");
    }
    for harmless in [
        "class A { public string ClientSecret { get; set; } }",
        "class A { string _x; public string ClientSecret { get { return _x; } set { _x = value; } } }",
        "record A(string ClientSecret);",
        "interface I { string ClientSecret { get; } }",
        "class A { void Send(string applicationToken) { } }",
        "enum E { ClientSecret = 5 }",
        "[JsonProperty(\"ClientSecret\")] class A { }",
    ] {
        let written: Vec<_> = facts(harmless).into_iter().filter(|fact| fact.shape.is_some()).collect();
        assert_eq!(written, [], "{harmless}");
    }
}

#[test]
fn members_and_variables_of_a_watched_name_are_found_wherever_they_are_set() {
    for (code, sink, origin) in [
        ("class A { const string ClientSecret = \"SECRET\"; }", "A.ClientSecret", Origin::Literal),
        ("class A { private static readonly string _clientSecret = \"SECRET\"; }", "A._clientSecret", Origin::Literal),
        ("class A { string m_clientSecret = @\"SECRET\"; }", "A.m_clientSecret", Origin::Literal),
        ("class A { string AppToken => \"SECRET\"; }", "A.AppToken", Origin::Literal),
        ("class A { string AppToken { get { return \"SECRET\"; } } }", "A.AppToken", Origin::Literal),
        ("class A { string AppToken { get => \"SECRET\"; } }", "A.AppToken", Origin::Literal),
        ("class A { string AppToken { get; set; } = \"SECRET\"; }", "A.AppToken", Origin::Literal),
        ("class A { string AppToken { get; } = null; }", "A.AppToken", Origin::Placeholder),
        ("class A { A(string clientSecret = \"SECRET\") { } }", "clientSecret", Origin::Literal),
        ("class A { A() { this.ClientSecret = \"SECRET\"; } }", "ClientSecret", Origin::Literal),
        ("class A { void M() { string clientSecret = \"SECRET\"; } }", "clientSecret", Origin::Literal),
        ("var x = new SystemUserInfo { ClientSecret = \"SECRET\" };", "SystemUserInfo.ClientSecret", Origin::Literal),
        ("SystemUserInfo x = new() { ClientSecret = \"SECRET\" };", "SystemUserInfo.ClientSecret", Origin::Literal),
        ("var x = new Outer { Info = { ClientSecret = \"SECRET\" } };", "Outer.Info.ClientSecret", Origin::Literal),
        ("var x = new SystemUserInfo(); x.ClientSecret = \"SECRET\";", "SystemUserInfo.ClientSecret", Origin::Literal),
        ("var y = x with { ClientSecret = \"SECRET\" };", "x.ClientSecret", Origin::Literal),
        ("var y = new { client_secret = \"SECRET\" };", "client_secret", Origin::Literal),
        ("services.AddSuperOffice(options => { options.ClientSecret = \"SECRET\"; });", "AddSuperOffice.ClientSecret", Origin::Literal),
        ("services.AddOAuth(\"Contoso\", o => o.ClientSecret = \"SECRET\");", "AddOAuth.Contoso.ClientSecret", Origin::Literal),
        ("services.Configure<TokenOptions>((o) => { o.ClientSecret = \"SECRET\"; });", "TokenOptions.ClientSecret", Origin::Literal),
        ("apps.ForEach(o => o.ClientSecret = \"SECRET\");", "o.ClientSecret", Origin::Literal),
        ("class A { const string soClientSecretProd = \"SECRET\"; }", "A.soClientSecretProd", Origin::Literal),
        (
            "services.AddSuperOffice(options => options.ClientSecret = Configuration[\"ClientSecret\"]);",
            "AddSuperOffice.ClientSecret",
            Origin::Configuration,
        ),
    ] {
        let found = facts(code);
        let [fact] = found.as_slice() else { panic!("{code}: {found:?}") };
        assert!(fact.sink == sink || fact.sink == format!("A.{sink}"), "{code}: {}", fact.sink);
        assert_eq!((fact.kind, fact.origin), (FactKind::Assignment, origin), "{code}");
    }
}

#[test]
fn arguments_headers_and_dictionary_entries_are_found() {
    for (code, sink) in [
        ("var c = new Client(applicationToken: \"SECRET\");", "Client.applicationToken"),
        ("api.Connect(id: 1, applicationToken: \"SECRET\");", "api.Connect.applicationToken"),
        ("[Auth(ClientSecret = \"SECRET\")] class A { }", "Auth.ClientSecret"),
        ("client.DefaultRequestHeaders.Add(\"SO-AppToken\", \"SECRET\");", "SO-AppToken"),
        ("request.AddHeader(\"so-apptoken\", \"SECRET\");", "so-apptoken"),
        ("var h = MessageHeader.CreateHeader(\"ApplicationToken\", \"http://vendor.example/ns\", \"SECRET\");", "ApplicationToken"),
        ("request.AddHeader(name: \"SO-AppToken\", value: \"SECRET\");", "SO-AppToken"),
        ("request.AddHeader(value: \"SECRET\", name: \"SO-AppToken\");", "SO-AppToken"),
        ("request.Headers.Add(\"SO-AppToken\", [\"SECRET\"]);", "SO-AppToken"),
        ("request.Headers.Add(\"SO-AppToken: SECRET\");", "SO-AppToken"),
        ("request.Headers.Add(HeaderNames.ApplicationToken, \"SECRET\");", "ApplicationToken"),
        ("class C { void M() { h.Add(N.Token, \"SECRET\"); } } class N { public const string Token = \"SO-AppToken\"; }", "SO-AppToken"),
        ("var body = \"grant_type=refresh_token&ApplicationToken=SECRET&x=\" + x;", "ApplicationToken"),
        ("var body = $\"ApplicationToken=SECRET&x={x}\";", "ApplicationToken"),
        ("request.Headers[\"SO-AppToken\"] = \"SECRET\";", "SO-AppToken"),
        ("var d = new Dictionary<string, string> { [\"SO-AppToken\"] = \"SECRET\" };", "SO-AppToken"),
        ("var d = new Dictionary<string, string> { { \"SO-AppToken\", \"SECRET\" } };", "SO-AppToken"),
        ("var p = new KeyValuePair<string, string>(\"SO-AppToken\", \"SECRET\");", "SO-AppToken"),
        ("const string Header = \"SO-AppToken\"; request.Headers[Header] = \"SECRET\";", "SO-AppToken"),
        ("class C { C(string id, string applicationToken) { } static C M() => new C(\"a\", \"SECRET\"); }", "C.applicationToken"),
    ] {
        let found = facts(code);
        let [fact] = found.as_slice() else { panic!("{code}: {found:?}") };
        assert_eq!((fact.kind, fact.sink.as_str(), fact.origin), (FactKind::Argument, sink, Origin::Literal), "{code}");
    }
}

#[test]
fn every_form_of_literal_is_a_literal_with_the_same_shape() {
    for literal in [
        "\"SECRET\"",
        "@\"SECRET\"",
        "\"\"\"SECRET\"\"\"",
        "$\"SECRET\"",
        "\"09d5a1b2c3d4e5f6\" + \"0718293a4b5c6dc1\"",
        "\"09d5a1b2\" + \"c3d4e5f6\" + (\"07182\" + \"93a4b5c6dc1\")",
        "(string)\"SECRET\"",
        "\"SECRET\".Trim()",
        "string.Concat(\"09d5a1b2c3d4e5f6\", \"0718293a4b5c6dc1\")",
        "given ?? \"SECRET\"",
        "configuration[\"ClientSecret\"] ?? \"SECRET\"",
        "Environment.GetEnvironmentVariable(\"X\") ?? \"SECRET\"",
        "given == null ? \"SECRET\" : given",
        "given switch { \"a\" => configuration[\"b\"], _ => \"SECRET\" }",
        "configuration.GetValue<string>(\"ClientSecret\", \"SECRET\")",
        "\"\\u0030\\u0039d5a1b2c3d4e5f60718293a4b5c6dc1\"",
        "new Secret(\"SECRET\")",
        "new[] { \"SECRET\" }",
    ] {
        let found = facts(&in_method(&format!("options.ClientSecret = {literal};")));
        let [fact] = found.as_slice() else { panic!("{literal}: {found:?}") };
        assert_eq!(fact.origin, Origin::Literal, "{literal}");
        assert_eq!((fact.shape.as_deref(), fact.masked.as_deref()), (Some("32 hex"), Some("09d…c1(32)")), "{literal}");
    }
}

#[test]
fn constants_are_followed_within_the_file() {
    for (code, what) in [
        ("class A { const string T = \"SECRET\"; void M(O o) { o.ClientSecret = T; } }", "constant A.T"),
        ("class A { static readonly string T = \"SECRET\"; void M(O o) { o.ClientSecret = A.T; } }", "constant A.T"),
        ("class A { string t; A() { t = \"SECRET\"; } void M(O o) { o.ClientSecret = this.t; } }", "field A.t"),
        ("class A { string T => \"SECRET\"; void M(O o) { o.ClientSecret = T; } }", "property A.T"),
        ("class A { string T() { return \"SECRET\"; } void M(O o) { o.ClientSecret = T(); } }", "method A.T"),
        ("class A { void M(O o) { var t = \"SECRET\"; o.ClientSecret = t; } }", "variable t"),
        ("class A { void M(O o) { string t; t = \"SECRET\"; o.ClientSecret = t.Trim(); } }", "variable t"),
        (
            "class A { void M(O o) { o.ClientSecret = B.T; } } namespace N { static class B { public const string T = \"SECRET\"; } }",
            "constant B.T",
        ),
        (
            "class A { const string P = \"09d5a1b2c3d4e5f6\", T = P + \"0718293a4b5c6dc1\"; void M(O o) { o.ClientSecret = T; } }",
            "constant A.T",
        ),
        ("class A { void M(O o) { o.ClientSecret = new B().T; } } class B { public string T = \"SECRET\"; }", "field B.T"),
        ("class A { Lazy<string> l = new Lazy<string>(() => \"SECRET\"); void M(O o) { o.ClientSecret = l.Value; } }", "field A.l"),
        ("class A { B b = new B(); void M(O o) { o.ClientSecret = b.T; } } class B { public string T = \"SECRET\"; }", "field B.T"),
        ("class A : B { void M(O o) { o.ClientSecret = T; } } class B { protected const string T = \"SECRET\"; }", "constant B.T"),
        (
            "using B = N.Secrets; class A { void M(O o) { o.ClientSecret = B.T; } } namespace N { class Secrets { public const string T = \"SECRET\"; } }",
            "constant Secrets.T",
        ),
    ] {
        let found = facts(code);
        let [fact] = found.as_slice() else { panic!("{code}: {found:?}") };
        assert_eq!(fact.origin, Origin::Constant, "{code}");
        assert_eq!(fact.trace.first().map(|stop| stop.what.as_str()), Some(what), "{code}");
        assert_eq!(fact.masked.as_deref(), Some("09d…c1(32)"), "{code}");
    }
}

#[test]
fn what_is_not_written_in_the_source_has_its_origin_told() {
    for (value, origin) in [
        ("configuration[\"ClientSecret\"]", Origin::Configuration),
        ("configuration?[\"ClientSecret\"]", Origin::Configuration),
        ("ConfigurationManager.AppSettings[\"ClientSecret\"]", Origin::Configuration),
        ("builder.Configuration[\"SuperOffice:ClientSecret\"]", Origin::Configuration),
        ("configuration.GetSection(\"SuperOffice\")[\"ClientSecret\"]", Origin::Configuration),
        ("configuration.GetSection(\"SuperOffice\").GetValue<string>(\"ClientSecret\")", Origin::Configuration),
        ("configuration.GetValue<string>(\"ClientSecret\")", Origin::Configuration),
        ("_options.Value.ClientSecret", Origin::Configuration),
        ("Properties.Settings.Default.ClientSecret", Origin::Configuration),
        ("await secrets.GetSecretAsync(\"ClientSecret\")", Origin::Configuration),
        ("Environment.GetEnvironmentVariable(\"CLIENT_SECRET\")", Origin::Environment),
        ("System.Environment.GetEnvironmentVariable(\"CLIENT_SECRET\")!.Trim()", Origin::Environment),
        ("Environment.GetEnvironmentVariables()[\"X\"]", Origin::Environment),
        ("Environment.GetEnvironmentVariable(\"X\") ?? throw new Exception(\"X is missing\")", Origin::Environment),
        ("Environment.GetEnvironmentVariable(\"X\") ?? \"\"", Origin::Environment),
        ("$\"Bearer {given}\"", Origin::Parameter),
        ("given", Origin::Parameter),
        ("given.Trim()", Origin::Parameter),
        ("textBox.Text", Origin::Unknown),
        ("Console.ReadLine()", Origin::Unknown),
        ("File.ReadAllText(\"secret.txt\")", Origin::Unknown),
        ("\"\"", Origin::Placeholder),
        ("null", Origin::Placeholder),
        ("string.Empty", Origin::Placeholder),
        ("\"YOUR_CLIENT_SECRET\"", Origin::Placeholder),
        ("\"ClientSecret\"", Origin::Placeholder),
        ("\"<client secret>\"", Origin::Placeholder),
    ] {
        assert_eq!(origins(&format!("options.ClientSecret = {value};")), [origin], "{value}");
    }
}

#[test]
fn a_variable_is_followed_to_where_it_is_read() {
    let code = "var token = configuration[\"Token\"]; if (token == null) { token = \"\"; } ConfigFile.Services.ApplicationToken = token;";
    assert_eq!(origins(code), [Origin::Configuration]);
    let leaking =
        "var token = configuration[\"Token\"]; if (token == null) { token = \"SECRET\"; } ConfigFile.Services.ApplicationToken = token;";
    assert_eq!(origins(leaking), [Origin::Constant]);
}

#[test]
fn variables_that_mean_each_other_end_as_unknown() {
    assert_eq!(origins("string a = b, b = a; a = a.Trim() + b; b = a + b + a; o.ClientSecret = a;"), [Origin::Unknown]);
}

#[test]
fn a_real_value_that_is_commented_out_is_a_fact_in_a_comment() {
    for comment in [
        "// ConfigFile.Services.ApplicationToken = \"SECRET\";",
        "//options.ClientSecret=\"SECRET\";",
        "/* options.ClientSecret = \"SECRET\"; */",
        "/* first the secret,\n     * options.ClientSecret = \"SECRET\";\n     * then the rest */",
        "//   ClientSecret = \"SECRET\",",
        "/// const string ClientSecret = \"SECRET\";",
        "/// <summary>Sets <c>ConfigFile.Services.ApplicationToken = \"SECRET\"</c> at the start.</summary>",
        "// options.ClientSecret =\n    //     \"SECRET\";",
        "/* options.ClientSecret =\n    \"SECRET\"; */",
    ] {
        let found = facts(&in_method(comment));
        let [fact] = found.as_slice() else { panic!("{comment}: {found:?}") };
        assert!(fact.in_comment && fact.origin == Origin::Literal, "{comment}: {fact:?}");
    }
}

#[test]
fn names_that_only_resemble_a_watched_one_need_a_value_that_looks_random() {
    for harmless in [
        "class A { const string ClientSecretKey = \"Contoso:ClientSecret\"; }",
        "class A { const string ClientSecretHash = \"SECRET\"; }",
        "class A { const string ClientSecretLabel = \"The secret of the client\"; }",
        "class A { string ClientSecretProd = Configuration[\"ClientSecret\"]; }",
        "class A { const string DevClientSecret = \"ClientSecretOfDev\"; }",
        "var sent = body == \"ApplicationToken=SECRET\";",
        "Assert.Equal(\"ApplicationToken=SECRET\", body);",
        "body.Should().Contain(\"ApplicationToken=SECRET\");",
        "var body = $\"ApplicationToken={token}&x={x}\";",
        "log.Info(\"ApplicationToken: the token is missing in web.config\");",
    ] {
        assert_eq!(facts(harmless), [], "{harmless}");
    }
}

#[test]
fn a_file_that_the_grammar_does_not_understand_is_read_line_by_line() {
    let code = "class A {\n  void M( {\n    #if X\n    if (a ?? ) = {\n    ConfigFile.Services.ApplicationToken = \"SECRET\";\n  }}}} )\n";
    let found = facts(code);
    assert_eq!(found.iter().map(|fact| (fact.line, fact.column, fact.origin)).collect::<Vec<_>>(), [(5, 5, Origin::Literal)], "{found:?}");
}

#[test]
fn both_sides_of_a_condition_of_the_preprocessor_are_read() {
    let code = "class A { void M(O o) {\n#if DEBUG\n o.ClientSecret = \"SECRET\";\n#else\n o.ClientSecret = Configuration[\"ClientSecret\"];\n#endif\n } }";
    assert_eq!(facts(code).into_iter().map(|fact| fact.origin).collect::<Vec<_>>(), [Origin::Literal, Origin::Configuration]);
}

#[test]
fn what_is_compiled_for_debugging_alone_is_guarded_as_what_is_run_in_development() {
    let vocabulary = Vocabulary { setting: vec!["ServerCertificateValidationCallback".to_owned()], ..Vocabulary::default() };
    let set = "S.ServerCertificateValidationCallback = (a, b, c, d) => true;";
    let code = format!(
        "class A {{ void M() {{\n#if DEBUG && NET48\n {set}\n#elif !DEBUG\n {set}\n#else\n {set}\n#endif\n }}\n#if DEBUG\n void N() {{ {set} }}\n#endif\n void O() {{ {set} }}\n }}"
    );
    let found = all_facts_in("A.cs", &code, &vocabulary);
    let told: Vec<(u32, Option<&str>)> = found.iter().map(|fact| (fact.line, fact.guard.as_deref())).collect();
    assert_eq!(told, [(3, Some("development")), (5, None), (7, Some("development")), (11, Some("development")), (13, None)]);
    let within = format!("class A {{ object o = new H {{\n#if DEBUG\n {}\n#endif\n }}; }}", set.trim_start_matches("S.").replace(';', ","));
    let found = all_facts_in("A.cs", &within, &vocabulary);
    assert_eq!(found.iter().map(|fact| fact.guard.as_deref()).collect::<Vec<_>>(), [Some("development")], "{found:?}");
}

#[test]
fn a_condition_of_the_preprocessor_within_a_value_leaves_the_next_value_where_it_is() {
    let vocabulary = Vocabulary { setting: vec!["SecurityProtocol".to_owned()], ..Vocabulary::default() };
    let code =
        "class A { void M() {\n S.SecurityProtocol |=\n#if NET40\n (P)3072;\n#else\n P.Tls12;\n#endif\n S.SecurityProtocol = P.Tls;\n} }";
    let found = all_facts_in("A.cs", code, &vocabulary);
    let told: Vec<(u32, Option<&str>)> = found.iter().map(|fact| (fact.line, fact.value.as_deref())).collect();
    assert!(told.contains(&(8, Some("P.Tls"))) && !told.contains(&(2, Some("P.Tls"))), "{told:?}");
}

#[test]
fn a_fact_spans_its_assignment_in_utf_16_columns() {
    let found = facts("/* \u{1F511} */ x.ClientSecret =\r\n  \"SECRET\";");
    let [fact] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((fact.line, fact.column, fact.end_line, fact.end_column), (1, 10, 2, 37));
}

#[test]
fn hostile_code_costs_neither_stack_nor_much_time() {
    let started = std::time::Instant::now();
    for code in [
        format!("x.ClientSecret = {}\"a\"{};", "(".repeat(20_000), ")".repeat(20_000)),
        format!("x.ClientSecret = \"a\"{};", " + \"a\"".repeat(20_000)),
        format!("x{}.ClientSecret = \"a\";", ".a".repeat(20_000)),
        format!(
            "class A {{ void M() {{ {} x.ClientSecret = a0; }} }}",
            (0..400).map(|n| format!("var a{n} = a{m} + a{m};", m = n + 1)).collect::<Vec<_>>().concat()
        ),
        format!("{} x.ClientSecret = \"a\";", "{".repeat(20_000)),
        "/*ClientSecret*/".repeat(5_000),
        "ClientSecret = ".repeat(5_000),
    ] {
        facts(&code);
    }
    assert!(started.elapsed() < std::time::Duration::from_mins(1), "{:?}", started.elapsed());
}

fn reading(text: &str) -> Reading {
    let vocabulary = Vocabulary { assignment: vec!["ClientSecret".to_owned()], ..Vocabulary::default() };
    let watch = Watch::new(&vocabulary);
    super::read(&Document {
        text,
        path: "",
        lines: Lines::new(text),
        parts: &[],
        mentions: None,
        watch: &watch,
        stop: &AtomicBool::new(false),
    })
}

#[test]
fn a_file_too_large_for_the_parser_is_read_line_by_line_and_is_a_gap() {
    let found = reading(&format!("class A {{ {}\n ClientSecret = \"x1y2z3w4v5u6t7s8\";\n }}", "a<".repeat(super::parsing::LARGEST)));
    assert_eq!((found.places.len(), found.gap.is_some_and(|gap| gap.contains("too large"))), (1, true));
}

#[test]
fn what_is_hardly_csharp_is_a_gap_where_a_watched_name_stands() {
    let broken = "]] @@ ))) \\ ".repeat(20);
    assert!(reading(&format!("{broken} x.ClientSecret = \"x1y2z3\" {broken}")).gap.is_some());
    assert!(reading("class A { void M() { x.ClientSecret = \"x1y2z3w4v5u6t7s8\"; } }").gap.is_none());
}

#[test]
fn what_ends_a_line_ends_a_comment() {
    for mark in ['\u{2028}', '\u{2029}', '\u{85}'] {
        let code = in_method(&format!("// harmless{mark}options.ClientSecret = \"SECRET\";"));
        let found = facts(&code);
        assert!(found.iter().any(|fact| !fact.in_comment && fact.sink.ends_with("ClientSecret")), "{mark:?}: {found:#?}");
    }
}
