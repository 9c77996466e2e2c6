use super::*;
use crate::evidence::{HoldingSetting, MissingSetting, Vocabulary};

fn watch() -> Watch {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Watch::new(&Vocabulary {
        assignment: names(&["ClientSecret", "*Password", "ConfigFile.Services.ApplicationToken", "Jwt.Key"]),
        argument: names(&["ClientSecret", "client_secret", "SO-AppToken"]),
        config_key: names(&["ClientSecret", "*Password"]),
        setting: names(&["HttpOnly", "verify", "CURLOPT_SSL_VERIFYPEER", "session.cookie_secure", "responseType"]),
        holding: vec![HoldingSetting { setting: "responseType".into(), texts: vec!["token".into()] }],
        call: names(&["jwt.decode", "ValidateToken", "res.cookie", "ResponseCookie.from", "cookies.set", "SMTP.login"]),
        logged: names(&["token"]),
        missing: vec![MissingSetting { of: "CookieOptions".into(), setting: "HttpOnly".into(), unless: Vec::new() }],
        ..Vocabulary::default()
    })
}

fn tells_as(style: Style, text: &str) -> bool {
    let (watch, mut memory) = (watch(), Memory::default());
    let mut glance = Glance::new(&watch, &mut memory, style, text.as_bytes());
    watch.finder().unwrap().find_overlapping_iter(text).any(|found| glance.tells(found.range()))
}

#[test]
fn a_value_that_may_be_written_tells() {
    for text in [
        "client.ClientSecret = \"a1b2c3\";",
        "public string ClientSecret { get; set; } = \"a1b2c3\";",
        "string? ClientSecret => @\"a1b2c3\";",
        "$clientSecret = 'a1b2c3';",
        "const x = { clientSecret: `a1b2c3` }",
        "clientSecret:\n    \"a1b2c3\",",
        "define('CLIENT_SECRET', 'a1b2c3');",
        "form.Add(\"client_secret\", \"a1b2c3\");",
        "builder.setClientSecret(\"a1b2c3\")",
        "var x = \"a1b2c3\"; client.ClientSecret = x;",
        "const x = 'a1b2c3'; const y = x; const z = y; client.clientSecret = z;",
        "client.ClientSecret = Constants.Sync;",
        "client_secret = os.environ.get('SECRET', 'a1b2c3')",
        "clientSecret: process.env.SECRET || 'a1b2c3'",
        "var url = \"https://x/?client_secret=a1b2c3\";",
        "var body = \"client_secret=\" + \"a1b2c3\";",
        "var json = \"{\\\"client_secret\\\": \\\"a1b2c3\\\"}\";",
        "// ClientSecret = \"a1b2c3\"",
        "connect(\"Server=x;User=y;Password=a1b2c3;\");",
        "ConfigFile.Services.ApplicationToken = configured;",
        "class A { void In(string user, string password) {} void B() { In(\"me\", \"a1b2c3\"); } }",
        "adminPassword = 12345678",
        "-ClientSecret \"a1b2c3\"",
        "[DefaultSettingValue(\"a1b2c3\")] public string ClientSecret { get { return ((string)(this[\"ClientSecret\"])); } }",
        "configuration.setProperty(\"hibernate.connection.adminPassword\", \"a1b2c3\");",
        "Dim adminPassword As String = \"a1b2c3\"",
        "Public Const ClientSecret As String = \"a1b2c3\"",
        "string Secret() { return \"a1b2c3\"; } x.ClientSecret = Secret();",
        "headers: { 'SO-AppToken': 'a1b2c3' }",
        "jwt: 1, Jwt: { Key: 'a1b2c3' }",
        "let jwt = { issuer: 'x',\n key: 'a1b2c3' };",
        "options.key = 'a1b2c3'; jwt = options;",
        "form.Add(\"client_secret\", value: \"a1b2c3\");",
        "args = ['--url', 'http://x', '--password', 'a1b2c3', '--verbose']",
        "write('section', 'client_secret', 'a1b2c3');",
        "if (user.password === \"a1b2c3\") {",
        "if ($_POST['password'] != 'a1b2c3') {",
        "return password.equals(\"a1b2c3\");",
        "const Header = 'ClientSecret'; request.headers.set(Header, 'a1b2c3');",
        "settings[\"mail:adminPassword\"] = \"a1b2c3#\";",
        "form(\"client_secret\") = \"a1b2c3\"",
        "ClientSecret /* of production */ = \"a1b2c3\";",
    ] {
        assert!(tells_as(Style::Program, text), "{text}");
    }
    assert!(tells_as(Style::Keys, "<add value=\"a1b2c3\" key=\"ClientSecret\" />"));
}

#[test]
fn what_functions_give_back_and_are_given_tells() {
    for text in [
        "string GetClientSecret() => \"a1b2c3\";",
        "string ClientSecret\n{\n  get\n  {\n    return \"a1b2c3\";\n  }\n}",
        "def client_secret(self):\n    return 'a1b2c3'",
        "Function GetClientSecret() As String\n  Return \"a1b2c3\"\nEnd Function",
        "ReadOnly Property ClientSecret As String\n  Get\n    Return \"a1b2c3\"",
        "class A { constructor(id, clientSecret) { } } new A('me', 'a1b2c3');",
        "class A:\n  def __init__(self, client_secret):\n    pass\nA('a1b2c3')",
        "function open(clientSecret: string) { } open('a1b2c3');",
        "Sub Open(clientSecret As String)\n  Run()\nEnd Sub\nOpen(\"a1b2c3\")",
    ] {
        assert!(tells_as(Style::Program, text), "{text}");
    }
    for text in [
        "string GetClientSecret() => Configuration[\"Portal:ClientSecret\"];",
        "string GetClientSecret() { return vault.Read(); } string Other() { return \"a1b2c3\"; }",
        "string ClientSecret\n{\n  get\n  {\n    return Environment.GetEnvironmentVariable(\"A\");\n  }\n}",
        "def client_secret(self):\n    return os.environ['A']\n\ndef other():\n    return 'a1b2c3'",
        "class A { constructor(id, clientSecret) { } } new A(me, process.env.SECRET);",
        "function open(clientSecret: string) { }",
    ] {
        assert!(!tells_as(Style::Program, text), "{text}");
    }
}

#[test]
fn a_mere_mention_does_not() {
    for text in [
        "client.ClientSecret = configuration[\"ClientSecret\"];",
        "client.ClientSecret = Environment.GetEnvironmentVariable(\"SECRET\");",
        "public string ClientSecret { get; set; }",
        "public string Password { get; set; } = string.Empty;",
        "password: \"\",",
        "clientSecret: 'client_secret',",
        "clientSecret: process.env.CLIENT_SECRET,",
        "if (password == \"required\") {",
        "model.Password = input.Password;",
        "/// <param name=\"password\">The password of the user.</param>",
        "function login(user, password) { return post(user, password); }",
        "<input type=\"password\" name=\"password\" placeholder=\"Password\">",
        "// the password must be at least eight characters long",
        "resetPassword(\"now\")",
        "let jwt = []; jwt.push(key);",
        "let jwt = parse(keys); for (const key of jwt) { use(key); }",
        "input = { type: 'adminPassword', label: 'a1b2c3' };",
        "$input = ['type' => 'adminPassword', 'label' => 'a1b2c3'];",
        "let names = ['user', 'adminPassword', 'a1b2c3', 'host'];",
        "options.ClientSecret = options.Other;",
        "this.password = password;",
        "const adminPassword = await (0, keys.generate)(0); server.adminPassword = adminPassword;",
        "const one = two; const two = one; server.adminPassword = one;",
        "x.adminPassword = make(given); use(make(1)); return 'a1b2c3';",
        ":param client_secret: The secret of the APP that is asked for",
        "if ((kind === 'adminPassword') || 'a1b2c3') {",
        "switch (key) { case \"adminPassword\": \"a1b2c3\" }",
        " * of host, user/adminPassword build a url",
        "logger.info('token expired')",
        "const token = read();",
        "httpOnlyMode();",
    ] {
        assert!(!tells_as(Style::Program, text), "{text}");
    }
}

#[test]
fn switches_calls_and_logs_tell_by_what_follows_and_precedes_them() {
    for text in [
        "cookie.HttpOnly = false;",
        "cookie.setHttpOnly(false);",
        "curl_setopt($handle, CURLOPT_SSL_VERIFYPEER, false);",
        "ini_set('session.cookie_secure', 0);",
        "self.m_session.cookie_secure = 0",
        "requests.get(url, verify=False)",
        "jwt.decode(token)",
        "from jwt import decode\ndecode(token)",
        "handler.ValidateToken(token, parameters, out _);",
        "res.cookie('session', token)",
        "res?.cookie('session', token)",
        "return ResponseCookie.from(name, value).build();",
        "cookies.set (name, value)",
        "axios.get(url, { responseType: 'id_token token' })",
        "options.responseType = 'code ' + more;",
        "options.responseType = type;",
        "let path = 'a//b'; cookie.HttpOnly = false;",
        "/* why */ cookie.HttpOnly = false;",
        "new CookieOptions { Path = path }",
        "CookieOptions options = new();",
        "Dim options As New CookieOptions",
        "console.log('got', token);",
        "logger.LogInformation($\"got {token}\");",
        "echo $token;",
        "data = {'kind': kind(1), 'token': self.x}\nlogger.debug('sent %s', data)",
        "var data = new { token = x };\nlogger.LogDebug(\"{data}\", data);",
    ] {
        assert!(tells_as(Style::Program, text), "{text}");
    }
    for text in [
        "jwt.encode(token)",
        "a session with a cookie_secure word",
        "obsession(1); sessions(2); cookie_secure = 0;",
        "IList<CookieOptions> All();",
        "send(token);",
        "data = {'token': self.x}\nsend(data)",
        "cookie.HttpOnly = !isDevelopment;",
        "axios.get(url, { responseType: 'arraybuffer' })",
        "options.responseType = \"json\";",
        "let one = 1;\n    // without HttpOnly\n    const other = 2;",
    ] {
        assert!(!tells_as(Style::Program, text), "{text}");
    }
}

#[test]
fn a_secret_tells_where_what_it_is_taken_out_of_may_be_shown_whole() {
    for text in [
        "const answer = await send(form); console.log('got', answer.data); this.held = answer.data.token;",
        "const { token, expires } = data;\nconsole.log(data);",
        "answer = parse(text)\nprint(text)\nheld = answer[\"token\"]",
        "const held = answer.token;\nconsole.log(held);",
        "$held = $answer.token\nWrite-Host $answer",
        "form = { grant_type: kind, token: given };\nconst body = await (await send('/oauth/token', form)).text();\nconsole.log(body);",
    ] {
        assert!(tells_as(Style::Program, text), "{text}");
    }
    // Of a long line it cannot be told what it begins with, and names may be many.
    let list = |names: &str| "[\n".to_owned() + &names.repeat(400) + "]\n";
    assert!(tells_as(Style::Program, &format!("held = answer.token; rest = {}; console.log(answer);", "1 + ".repeat(300))));
    assert!(tells_as(Style::Program, &format!("{}held = answer.token\n{}console.log(answer)", list("one,\n"), list("answer.two,\n"))));
    for text in [
        "const answer = await send(form); console.log('got', answer.status); this.held = answer.data.token;",
        "const { token, expires } = data;\nconsole.log(data.length);",
        "const held = answer.token;\nsend(held);\nconsole.log(other);",
        "form = { grant_type: kind, token: given };\nconst answer = await send('/oauth/token', form);\nconsole.log(answer.status);",
    ] {
        assert!(!tells_as(Style::Program, text), "{text}");
    }
}

#[test]
fn a_function_tells_through_whatever_its_object_is_made_of() {
    let far = "note = 'a line as long as any other, and then some more of it'\n".repeat(3);
    let mentions = "is so\n".repeat(MOST_MENTIONS + 1);
    for text in [
        format!("s = smtplib.SMTP('host')\n{far}s.login('user', 'a1b2c3')"),
        format!("{mentions}s = smtplib.SMTP('host')\n{far}s.login('user', 'a1b2c3')"),
        format!("with smtplib.SMTP_SSL('host', context=context()) as s:\n{far}    s.login('user', 'a1b2c3')"),
        format!("def mail():\n    return smtplib.SMTP('host')\n{far}s = mail()\ns.login('user', 'a1b2c3')"),
        format!("from smtplib import SMTP_SSL as Mail\n{far}s = Mail('host')\ns.login('user', 'a1b2c3')"),
        format!("a = smtplib.SMTP('host')\nself.b = a\n{far}self.b.login('user', 'a1b2c3')"),
        format!("void Send(SMTP mail) {{\n{far}mail.login('user', 'a1b2c3')"),
    ] {
        assert!(tells_as(Style::Program, &text), "{text}");
    }
    for text in [
        format!("import smtplib\ns = requests.Session()\n{far}s.login('user', 'a1b2c3')"),
        format!("import smtplib\ns = noSmtpless.Session()\n{far}s.login('user', 'a1b2c3')"),
    ] {
        assert!(!tells_as(Style::Program, &text), "{text}");
    }
}

#[test]
fn a_key_tells_where_a_value_may_follow() {
    for text in [
        "\"ClientSecret\": \"a1b2c3\"",
        "client_secret = a1b2c3",
        "<add key=\"ClientSecret\"\n value=\"a1b2c3\" />",
        "<password>a1b2c3</password>",
        "- name: DB_PASSWORD\n  value: a1b2c3",
        "--password a1b2c3",
        "- powershell: |\n    Invoke-Thing -Uri x -Password\n",
        "ENV DB_PASSWORD a1b2c3",
        "<settings><setting name=\"Password\">\n  <value>a1b2c3</value></setting></settings>",
    ] {
        assert!(tells_as(Style::Keys, text), "{text}");
    }
    for text in [
        "the password is asked for",
        "resetPasswordPage: yes",
        "what is asked for - password\n",
        "<doc><see cref=\"P:App.Client.ClientSecret\">ClientSecret</see></doc>",
        "<doc><param name=\"password\">The <paramref name=\"user\" />'s own.</param></doc>",
        "<doc><remarks>\n  Password in clear.\n</remarks></doc>",
    ] {
        assert!(!tells_as(Style::Keys, text), "{text}");
    }
    assert!(!tells_as(Style::Prose, "ClientSecret = a1b2c3"));
}

#[test]
fn what_stands_on_one_line_with_a_certificate_or_a_picture_tells() {
    for long in [597, 598, 599, 600, 601, 900, 5_000] {
        let line = format!("const ca = '{}'; const settings = {{ clientSecret: 'a1b2c3' }};", "x".repeat(long));
        assert!(tells_as(Style::Program, &line), "{long}");
        let line = format!("const text = '{} and the clientSecret here';", "x".repeat(long));
        assert!(!tells_as(Style::Program, &line), "{long}");
    }
}
