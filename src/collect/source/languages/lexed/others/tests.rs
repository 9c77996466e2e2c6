use crate::{
    collect::source::all_facts_in,
    evidence::{FactKind, Origin, SourceFact, Vocabulary},
};

const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

fn facts(path: &str, code: &str) -> Vec<SourceFact> {
    let vocabulary = Vocabulary {
        assignment: vec!["ClientSecret".into(), "client_secret".into(), "password".into()],
        argument: vec!["SO-AppToken".into()],
        setting: vec!["InsecureSkipVerify".into()],
        logged: vec!["access_token".into()],
        ..Vocabulary::default()
    };
    all_facts_in(path, &code.replace("SECRET_VALUE", SECRET), &vocabulary)
}

#[test]
fn a_written_secret_is_found_in_every_family() {
    let missed: Vec<_> = [
        ("a.go", "package main\nconst clientSecret = \"SECRET_VALUE\""),
        ("a.go", "const (\n\tname = \"x\"\n\tclientSecret string = \"SECRET_VALUE\"\n)"),
        ("a.go", "func f() {\n\tclientSecret := \"SECRET_VALUE\"\n}"),
        ("a.go", "func f() {\n\tc := oauth2.Config{\n\t\tClientID: \"x\",\n\t\tClientSecret: \"SECRET_VALUE\",\n\t}\n}"),
        ("a.go", "func (c *Client) f(r *http.Request) error {\n\tr.Header.Set(\"SO-AppToken\", \"SECRET_VALUE\")\n\treturn nil\n}"),
        ("a.go", "var headers = map[string]string{\n\t\"SO-AppToken\": \"SECRET_VALUE\",\n}"),
        ("a.go", "const token = \"SECRET_VALUE\"\nfunc f(r *http.Request) { r.Header.Set(\"SO-AppToken\", token) }"),
        ("a.kt", "object Config {\n    const val CLIENT_SECRET: String = \"SECRET_VALUE\"\n}"),
        ("a.kt", "class Api(private val clientSecret: String = \"SECRET_VALUE\") {\n}"),
        ("a.kt", "val form = mapOf(\"grant_type\" to \"x\", \"client_secret\" to \"SECRET_VALUE\")"),
        ("a.kt", "fun f() {\n    val request = Request.Builder()\n        .url(url)\n        .addHeader(\"SO-AppToken\", \"SECRET_VALUE\")\n        .build()\n}"),
        ("a.kt", "val clientSecret = System.getenv(\"X\") ?: \"SECRET_VALUE\""),
        ("a.swift", "struct Api { static let clientSecret: String = \"SECRET_VALUE\" }"),
        ("a.swift", "func f() {\n  let form = [\"client_secret\": \"SECRET_VALUE\", \"code\": code]\n}"),
        ("a.swift", "let api = Api(id: \"x\", clientSecret: \"SECRET_VALUE\")"),
        ("a.swift", "request.setValue(\"SECRET_VALUE\", forHTTPHeaderField: \"SO-AppToken\")"),
        ("a.m", "static NSString *const clientSecret = @\"SECRET_VALUE\";"),
        ("a.m", "#define CLIENT_SECRET @\"SECRET_VALUE\""),
        ("a.dart", "class Api {\n  static const String clientSecret = 'SECRET_VALUE';\n}"),
        ("a.dart", "final headers = {\n  'SO-AppToken': 'SECRET_VALUE',\n};"),
        ("a.dart", "final api = Api(\n  id: 'x',\n  clientSecret: 'SECRET_VALUE',\n);"),
        ("a.rs", "const CLIENT_SECRET: &'static str = \"SECRET_VALUE\";"),
        ("a.rs", "fn f<'a>(x: &'a str) { let c = Config { id: x, client_secret: \"SECRET_VALUE\".to_string() }; }"),
        ("a.c", "static const char *client_secret = \"SECRET_VALUE\";"),
        ("a.h", "#define CLIENT_SECRET \"SECRET_VALUE\""),
        ("a.cpp", "const std::string clientSecret = \"SECRET_VALUE\";"),
        ("a.scala", "val form = Map(\"client_secret\" -> \"SECRET_VALUE\")"),
        ("build.gradle", "android {\n  defaultConfig {\n    clientSecret = 'SECRET_VALUE'\n  }\n}"),
        ("a.fs", "let clientSecret = \"SECRET_VALUE\""),
        ("a.rb", "CLIENT_SECRET = 'SECRET_VALUE'"),
        ("a.rb", "config = { client_secret: \"SECRET_VALUE\", id: 'x' }"),
        ("a.rb", "connect(:id => 'x', :client_secret => 'SECRET_VALUE')"),
        ("a.rb", "def f(x)\n  @client_secret = 'SECRET_VALUE'\nend"),
        ("a.rb", "client_secret = ENV['X'] || 'SECRET_VALUE'"),
        ("a.rb", "request['SO-AppToken'] = 'SECRET_VALUE'"),
        ("a.ex", "config :app, client_secret: \"SECRET_VALUE\""),
        ("a.pl", "my $client_secret = 'SECRET_VALUE';"),
        ("a.pl", "my %form = ( id => 'x', client_secret => 'SECRET_VALUE' );"),
        ("a.pl", "$self->{client_secret} = 'SECRET_VALUE';"),
        ("a.r", "client_secret <- \"SECRET_VALUE\""),
        ("a.jl", "client_secret = \"SECRET_VALUE\""),
        ("a.lua", "local client_secret = \"SECRET_VALUE\" -- of the app"),
        ("a.lua", "local config = { client_secret = 'SECRET_VALUE' }"),
        ("a.pas", "const\n  ClientSecret = 'SECRET_VALUE';"),
        ("a.pas", "const ClientSecret: string = 'SECRET_VALUE';"),
        ("a.pas", "begin\n  Request.Headers.Values['SO-AppToken'] := 'SECRET_VALUE';\nend."),
        ("Api.cls", "public class Api {\n  private static final String CLIENT_SECRET = 'SECRET_VALUE';\n}"),
    ]
    .into_iter()
    .filter(|(path, code)| !facts(path, code).iter().any(|fact| matches!(fact.origin, Origin::Literal | Origin::Constant) && !fact.in_comment))
    .collect();
    assert_eq!(missed, []);
}

#[test]
fn what_is_read_from_elsewhere_is_no_written_secret() {
    let told: Vec<_> = [
        ("a.go", "clientSecret := os.Getenv(\"CLIENT_SECRET\")"),
        ("a.go", "type Config struct {\n\tClientSecret string `json:\"SECRET_VALUE\"`\n}"),
        ("a.go", "if clientSecret == \"SECRET_VALUE\" {\n}"),
        ("a.go", "func f(clientSecret string, name string) { g(clientSecret, \"SECRET_VALUE\") }"),
        ("a.kt", "val clientSecret = BuildConfig.CLIENT_SECRET"),
        ("a.kt", "fun login(password: String) {\n    check(password == \"SECRET_VALUE\")\n}"),
        ("a.swift", "enum Keys: String { case clientSecret = \"client_secret\" }"),
        ("a.swift", "textField.type = isShown ? \"password\" : \"SECRET_VALUE\""),
        ("a.dart", "Api({required this.clientSecret, this.name = 'SECRET_VALUE'});"),
        ("a.rs", "struct Config<'a> { client_secret: &'a str, name: String }\nfn f() { g(\"SECRET_VALUE\") }"),
        ("a.rb", "client_secret = ENV.fetch('CLIENT_SECRET')\nputs 'SECRET_VALUE'"),
        ("a.rb", "def f(client_secret)\n  g(client_secret)\nend\nname = 'SECRET_VALUE'"),
        ("a.pl", "my $client_secret = $ENV{CLIENT_SECRET}; print 'SECRET_VALUE';"),
        ("a.r", "client_secret <- Sys.getenv(\"CLIENT_SECRET\")"),
        ("a.pas", "if ClientSecret = 'SECRET_VALUE' then Login;"),
        ("a.lua", "-- client_secret\nlocal name = 'SECRET_VALUE'"),
    ]
    .into_iter()
    .filter(|(path, code)| {
        facts(path, code).iter().any(|fact| matches!(fact.origin, Origin::Literal | Origin::Constant) && !fact.in_comment)
    })
    .collect();
    assert_eq!(told, []);
}

#[test]
fn what_is_filled_into_a_text_is_logged() {
    let missed: Vec<_> = [
        ("a.go", "func f() {\n\tlog.Printf(\"got %s\", t.AccessToken)\n}"),
        ("a.kt", "fun f() {\n    Log.d(\"Api\", \"got $accessToken\")\n}"),
        ("a.kt", "fun f() {\n    println(\"got ${answer.accessToken}\")\n}"),
        ("a.swift", "func f() {\n  print(\"got \\(answer.accessToken)\")\n}"),
        ("a.dart", "void f() {\n  print('got ${answer.accessToken}');\n}"),
        ("a.rb", "def f\n  puts \"got #{answer.access_token}\"\nend"),
        ("a.rb", "Rails.logger.info \"got #{access_token}\""),
        ("a.rs", "fn f() { println!(\"got {}\", access_token); }"),
        ("a.pl", "print \"got $access_token\\n\";"),
    ]
    .into_iter()
    .filter(|(path, code)| !facts(path, code).iter().any(|fact| fact.kind == FactKind::Log))
    .collect();
    assert_eq!(missed, []);
    assert!(facts("a.kt", "val text = \"got $accessToken\"").is_empty());
    assert!(facts("a.rb", "puts 'got #{access_token}'").is_empty());
}

#[test]
fn a_switch_is_told_with_its_value() {
    let found = facts("a.go", "var t = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}");
    assert_eq!(found.iter().map(|fact| fact.value.as_deref()).collect::<Vec<_>>(), [Some("true")]);
}
