//! The same claims for every language: what a program sets, and where the value comes from, whatever its spelling.

use std::{fs, sync::atomic::AtomicBool};

use proptest::prelude::*;

use crate::{
    collect::source::{all_facts_in, readers::READERS, scan},
    evidence::{Confidence, FactKind, Language, MissingSetting, Origin, SourceFact, Vocabulary},
};

const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

fn vocabulary() -> Vocabulary {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let missing = |of: &str, setting: &str| MissingSetting { of: of.into(), setting: setting.into(), unless: Vec::new() };
    Vocabulary {
        assignment: names(&[
            "clientSecret",
            "client_secret",
            "CLIENT_SECRET",
            "APPTOKEN",
            "appToken",
            "ApplicationToken",
            "ConfigFile.Services.ApplicationToken",
        ]),
        argument: names(&["SO-AppToken", "client_secret", "clientSecret", "application_token", "SystemUserToken.token"]),
        setting: names(&[
            "CURLOPT_SSL_VERIFYPEER",
            "display_errors",
            "httponly",
            "httpOnly",
            "verify",
            "verify_signature",
            "SESSION_COOKIE_SECURE",
            "ServicePointManager.SecurityProtocol",
            "ServerCertificateValidationCallback",
            "SkipCertificateCheck",
            "TokenValidationParameters.ValidateIssuer",
            "setHostnameVerifier",
        ]),
        call: names(&["jwt.decode", "SoSession.Authenticate"]),
        logged: names(&["clientSecret", "client_secret", "ticket"]),
        missing: vec![missing("setcookie", "httponly"), missing("HttpCookie", "HttpOnly"), missing("Cookie", "HttpOnly")],
        ..Vocabulary::default()
    }
}

fn facts(path: &str, code: &str) -> Vec<SourceFact> {
    all_facts_in(path, &code.replace("SECRET_VALUE", SECRET), &vocabulary())
}

fn folder(files: &[(&str, &str)]) -> Vec<SourceFact> {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content.replace("SECRET_VALUE", SECRET)).unwrap();
    }
    scan(&[folder.path().to_owned()], &crate::evidence::Extent::default(), &vocabulary(), &AtomicBool::new(false)).facts
}

/// Every case in which no fact is as asked.
fn failed(cases: &[(&str, &str)], is_one: impl Fn(&SourceFact) -> bool) -> Vec<String> {
    let found = cases.iter().map(|(path, code)| (path, code, facts(path, code)));
    found.filter(|(_, _, found)| !found.iter().any(&is_one)).map(|(path, code, found)| format!("{path}: {code}: {found:#?}")).collect()
}

fn is_written(fact: &SourceFact) -> bool {
    matches!(fact.origin, Origin::Literal | Origin::Constant) && fact.masked.as_deref() == Some("09d…c1(32)") && !fact.in_comment
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_secret_is_found_however_it_is_set() {
    let cases = [
        ("a.php", "<?php define('APPTOKEN', 'SECRET_VALUE');"),
        ("a.php", "<?php const APPTOKEN = \"SECRET_VALUE\";"),
        ("a.php", "<?php $config->clientSecret = 'SECRET_VALUE';"),
        ("a.php", "<?php class A { const APPTOKEN = 'SECRET_VALUE'; }"),
        ("a.php", "<?php class A { private static ?string $clientSecret = 'SECRET_VALUE'; }"),
        ("config/services.php", "<?php return ['superoffice' => ['client_secret' => 'SECRET_VALUE', 'x' => 1]];"),
        ("config/services.php", "<?php return ['client_secret' => env('SO_SECRET', 'SECRET_VALUE')];"),
        ("a.php", "<?php $x['client_secret'] = getenv('X') ?: 'SECRET_VALUE';"),
        ("a.php", "<?php $body = \"client_secret=SECRET_VALUE&code=$code\";"),
        ("a.php", "<?php new Client(clientSecret: 'SECRET_VALUE');"),
        ("a.php", "<?php $client->setClientSecret('SECRET_VALUE');"),
        ("a.php", "<?php curl_setopt($c, CURLOPT_HTTPHEADER, ['SO-AppToken: SECRET_VALUE']);"),
        ("a.php", "<?php $s = <<<EOT\nSECRET_VALUE\nEOT;\n$client->clientSecret = trim($s);"),
        ("a.php", "<html><?php function f() { $k = 'SECRET_VALUE'; $c->clientSecret = $k; } ?></html>"),
        ("a.py", "CLIENT_SECRET = 'SECRET_VALUE'"),
        ("a.py", "client.client_secret = b'SECRET_VALUE'.decode()"),
        ("a.py", "requests.post(url, headers={'SO-AppToken': 'SECRET_VALUE'})"),
        ("a.py", "requests.post(url, data=dict(client_secret='SECRET_VALUE'))"),
        ("a.py", "class Settings(BaseSettings):\n    client_secret: str = 'SECRET_VALUE'"),
        ("a.py", "class Settings(BaseModel):\n    client_secret: SecretStr = Field('SECRET_VALUE', env='X')"),
        ("a.py", "client_secret = os.environ.get('X', 'SECRET_VALUE')"),
        ("a.py", "client_secret = os.getenv('X') or 'SECRET_VALUE'"),
        ("a.py", "def f(client_secret='SECRET_VALUE'):\n    pass"),
        ("a.py", "def f():\n    s = ('09d5a1b2c3d4e5f6'\n         '0718293a4b5c6dc1')\n    x.client_secret = s"),
        ("a.py", "client_id, client_secret = 'a', 'SECRET_VALUE'"),
        ("a.py", "url = f'{base}?client_secret=SECRET_VALUE&x=1'"),
        ("a.py", "session.headers['SO-AppToken'] = 'SECRET_VALUE'"),
        ("a.py", "session.headers.update({'SO-AppToken': 'SECRET_VALUE'})"),
        ("a.py", "def f(application_token):\n    pass\nf('SECRET_VALUE')"),
        ("a.py", "self.client_secret = client_secret = 'SECRET_VALUE'"),
        ("A.java", "class A { private static final String CLIENT_SECRET = \"SECRET_VALUE\"; }"),
        ("A.java", "class A { void f() { port.setApplicationToken(\"SECRET_VALUE\"); } }"),
        ("A.java", "class A { Client c = Client.builder().clientSecret(\"SECRET_VALUE\").build(); }"),
        ("A.java", "class A { void f() { request.addHeader(\"SO-AppToken\", \"SECRET_VALUE\"); } }"),
        ("A.java", "class A { void f() { this.clientSecret = Optional.ofNullable(x).orElse(\"SECRET_VALUE\"); } }"),
        ("A.java", "interface Keys { String APPTOKEN = \"SECRET_VALUE\"; }"),
        ("A.java", "class A { @Value(\"${so.secret:SECRET_VALUE}\") private String clientSecret; }"),
        ("A.java", "class A { String body = \"\"\"\n    client_secret=SECRET_VALUE&x=1\n    \"\"\"; }"),
        ("A.java", "class A { void f() { final String k = \"09d5a1b2c3d4e5f6\" + \"0718293a4b5c6dc1\"; x.clientSecret = k; } }"),
        ("A.java", "class A { void f() { map.put(\"client_secret\", \"SECRET_VALUE\"); } }"),
        ("a.vb", "Module M\n Public Const CLIENT_SECRET As String = \"SECRET_VALUE\"\nEnd Module"),
        ("a.vb", "Sub F()\n ConfigFile.Services.ApplicationToken = \"SECRET_VALUE\"\nEnd Sub"),
        ("a.vb", "Dim x = New Info With {.ClientId = \"a\", .ClientSecret = \"SECRET_VALUE\"}"),
        ("a.vb", "With client\n .ClientSecret = \"SECRET_VALUE\"\nEnd With"),
        ("a.vb", "request.Headers.Add(\"SO-AppToken\", _\n \"SECRET_VALUE\")"),
        ("a.vb", "headers(\"SO-AppToken\") = \"SECRET_VALUE\""),
        ("a.vb", "Dim s = \"09d5a1b2c3d4e5f6\" &\n \"0718293a4b5c6dc1\"\nclient.ClientSecret = s"),
        ("a.vb", "F(clientSecret:=\"SECRET_VALUE\")"),
        ("a.vb", "x.ClientSecret = If(Environment.GetEnvironmentVariable(\"X\"), \"SECRET_VALUE\")"),
        ("a.vb", "Class A\n Public ReadOnly Property ClientSecret As String = \"SECRET_VALUE\"\nEnd Class"),
        ("a.vb", "If x Then client.ClientSecret = \"SECRET_VALUE\""),
        (
            "a.vb",
            "Class A\n ReadOnly Property ClientSecret As String\n  Get\n   Return \"SECRET_VALUE\"\n  End Get\n End Property\nEnd Class",
        ),
        (
            "a.vb",
            "<Serializable()> Public Class A(Of T)\n Inherits B\n Private Sub F(sender As Object, e As EventArgs) Handles Me.Load\n  Select Case x\n   Case 1 : y = 2\n  End Select\n  Task.Run(Sub()\n   client.ClientSecret = \"SECRET_VALUE\"\n  End Sub)\n End Sub\nEnd Class",
        ),
        ("a.vb", "If a = 1 Then\n x = 2\nElseIf b Then\n c.ClientSecret = \"SECRET_VALUE\"\nElse\n x = 3\nEnd If"),
        ("a.vb", "Dim d = New Dictionary(Of String, String) From {{\"client_secret\", \"SECRET_VALUE\"}, {\"a\", \"b\"}}"),
        ("a.ps1", "$clientSecret = 'SECRET_VALUE' | ConvertTo-SecureString -AsPlainText -Force"),
        ("a.ps1", "class A { [string]$ClientSecret = 'SECRET_VALUE' }"),
        ("a.ps1", "try { if ($x -eq 1) { $o.ClientSecret = 'SECRET_VALUE' } } catch [System.Exception] { throw $_ }"),
        ("a.ps1", "New-Object Info -Property @{ ClientSecret = 'SECRET_VALUE' }"),
        ("a.php", "<?php const K = 'SECRET_VALUE'; $h = ['SO-AppToken: ' . K];"),
        ("a.py", "K = 'SECRET_VALUE'\nbody = f'grant_type=x&client_secret={K}'"),
        ("a.js", "const body = 'client_secret=' + 'SECRET_VALUE'"),
        ("a.ps1", "$clientSecret = 'SECRET_VALUE'"),
        ("a.ps1", "$headers = @{\n 'SO-AppToken' = 'SECRET_VALUE'\n Accept = 'x' }"),
        ("a.ps1", "Connect-X -Id a -ClientSecret \"SECRET_VALUE\" -Force"),
        ("a.ps1", "Invoke-RestMethod $url `\r\n -Headers @{ \"SO-AppToken\" = \"SECRET_VALUE\" }"),
        ("a.ps1", "param(\n [Parameter(Mandatory=$true)]\n [string]$ClientSecret = \"SECRET_VALUE\"\n)"),
        ("a.ps1", "$body = @\"\ngrant_type=x&client_secret=SECRET_VALUE&code=1\n\"@"),
        ("a.ps1", "$clientSecret = ConvertTo-SecureString 'SECRET_VALUE' -AsPlainText -Force"),
        ("a.ps1", "[SuperOffice.Configuration.ConfigFile]::Services.ApplicationToken = \"SECRET_VALUE\""),
        ("a.ps1", "function F { $k = 'SECRET_VALUE'; $x.ClientSecret = $k }"),
        ("a.crmscript", "String clientSecret = \"SECRET_VALUE\";"),
        ("a.crmscript", "HTTP http;\nhttp.addHeader(\"SO-AppToken\", \"SECRET_VALUE\");"),
        ("a.vbs", "http.setRequestHeader \"SO-AppToken\", \"SECRET_VALUE\""),
        ("a.crmscript", "Void f() { String k = \"09d5a1b2c3d4e5f6\" + \"0718293a4b5c6dc1\"; x.clientSecret = k; }"),
    ];
    let failed = failed(&cases, is_written);
    assert!(failed.is_empty(), "{} of {}: {failed:#?}", failed.len(), cases.len());
}

#[test]
fn what_comes_from_elsewhere_is_told_by_its_origin() {
    for (path, code, origin) in [
        ("a.php", "<?php $c->clientSecret = getenv('X');", Origin::Environment),
        ("a.php", "<?php $c->clientSecret = $_ENV['X'] ?? '';", Origin::Environment),
        ("a.php", "<?php return ['client_secret' => env('SO_SECRET')];", Origin::Environment),
        ("a.php", "<?php $c->clientSecret = config('services.superoffice.client_secret');", Origin::Configuration),
        ("a.php", "<?php function f($s) { $c->clientSecret = $s; }", Origin::Parameter),
        ("a.php", "<?php $c->clientSecret = $_POST['secret'];", Origin::Parameter),
        ("a.php", "<?php $c->clientSecret = 'YOUR_CLIENT_SECRET';", Origin::Placeholder),
        ("a.php", "<?php $c->clientSecret = null;", Origin::Placeholder),
        ("a.php", "<?php $c->clientSecret = \"{$x->y}abc\";", Origin::Unknown),
        ("a.py", "client_secret = os.environ['X']", Origin::Environment),
        ("a.py", "client_secret = os.getenv('X')", Origin::Environment),
        ("a.py", "client_secret = config('SO_SECRET')", Origin::Configuration),
        ("a.py", "client_secret = secret_client.get_secret('so').value", Origin::SecretStore),
        ("a.py", "def f(s):\n    x.client_secret = s", Origin::Parameter),
        ("a.py", "client_secret = '<your secret>'", Origin::Placeholder),
        ("A.java", "class A { String clientSecret = System.getenv(\"X\"); }", Origin::Environment),
        ("A.java", "class A { @Value(\"${so.secret}\") String clientSecret; }", Origin::Configuration),
        ("A.java", "class A { A(String s) { this.clientSecret = s; } }", Origin::Parameter),
        ("A.java", "class A { String clientSecret = \"changeme\"; }", Origin::Placeholder),
        ("a.vb", "x.ClientSecret = ConfigurationManager.AppSettings(\"ClientSecret\")", Origin::Configuration),
        ("a.vb", "x.ClientSecret = Environment.GetEnvironmentVariable(\"X\")", Origin::Environment),
        ("a.vb", "Sub F(s As String)\n x.ClientSecret = s\nEnd Sub", Origin::Parameter),
        ("a.vb", "x.ClientSecret = Nothing", Origin::Placeholder),
        ("a.ps1", "$clientSecret = $env:SO_SECRET", Origin::Environment),
        ("a.ps1", "$clientSecret = Get-AzKeyVaultSecret -VaultName a -Name b", Origin::SecretStore),
        ("a.ps1", "$clientSecret = Read-Host 'Secret'", Origin::Parameter),
        ("a.ps1", "function F { param($s) $x.ClientSecret = $s }", Origin::Parameter),
        ("a.ps1", "$clientSecret = '<your secret>'", Origin::Placeholder),
        ("a.crmscript", "String f(String s) { x.clientSecret = s; }", Origin::Parameter),
    ] {
        let found = facts(path, code);
        assert!(found.iter().any(|fact| fact.origin == origin), "{path}: {code}: {found:#?}");
        assert!(!found.iter().any(is_written), "{path}: {code}: {found:#?}");
    }
}

#[test]
fn a_constant_is_followed_to_the_file_that_defines_it() {
    let over_files = [
        ("settings.php", "<?php define('SO_TOKEN', 'SECRET_VALUE');", "b.php", "<?php $c->clientSecret = SO_TOKEN;"),
        (
            "K.php",
            "<?php namespace App\\Keys; class K { const T = 'SECRET_VALUE'; }",
            "b.php",
            "<?php use App\\Keys\\K; $c->clientSecret = K::T;",
        ),
        ("K.php", "<?php class K { public static $t = 'SECRET_VALUE'; }", "b.php", "<?php $c->clientSecret = K::$t;"),
        ("app/settings.py", "SO_KEY = 'SECRET_VALUE'", "b.py", "from app.settings import SO_KEY\nclient.client_secret = SO_KEY"),
        ("app/settings.py", "SO_KEY = 'SECRET_VALUE'", "b.py", "from . import settings as s\nclient.client_secret = s.SO_KEY"),
        ("keys.py", "class Keys:\n    so = 'SECRET_VALUE'", "b.py", "from keys import Keys\nclient.client_secret = Keys.so"),
        ("keys.py", "KEYS = {'so': 'SECRET_VALUE'}", "b.py", "from keys import KEYS\nclient.client_secret = KEYS['so']"),
        (
            "K.java",
            "package x.y; public final class K { public static final String T = \"SECRET_VALUE\"; }",
            "B.java",
            "package x; import x.y.K; class B { void f() { c.clientSecret = K.T; } }",
        ),
        (
            "K.java",
            "package x.y; public interface K { String T = \"SECRET_VALUE\"; }",
            "B.java",
            "import static x.y.K.T; class B { void f() { c.setClientSecret(T); } }",
        ),
        (
            "K.vb",
            "Public Module K\n Public Const T As String = \"SECRET_VALUE\"\nEnd Module",
            "b.vb",
            "Module B\n Sub F()\n  c.ClientSecret = K.T\n End Sub\nEnd Module",
        ),
        (
            "settings.php",
            "<?php return ['so' => ['secret' => 'SECRET_VALUE']];",
            "b.php",
            "<?php function f($c) { $keys = require __DIR__ . '/settings.php'; $c->clientSecret = $keys['so']['secret']; }",
        ),
        ("K.java", "enum K { SO(\"SECRET_VALUE\"); }", "B.java", "class B { void f() { c.clientSecret = K.SO; } }"),
    ];
    for (one, defined, other, used) in over_files {
        let found = folder(&[(one, defined), (other, used)]);
        let fact = found.iter().find(|fact| fact.uses.iter().any(|used| used.path == other));
        assert_eq!(fact.map(|fact| (fact.origin, fact.path.as_str())), Some((Origin::Constant, one)), "{defined} {used}: {found:#?}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn switches_show_what_they_are_set_to() {
    for (path, code, watched, value) in [
        ("a.php", "<?php curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false);", "CURLOPT_SSL_VERIFYPEER", "false"),
        ("a.php", "<?php curl_setopt_array($c, [CURLOPT_SSL_VERIFYPEER => 0]);", "CURLOPT_SSL_VERIFYPEER", "0"),
        ("a.php", "<?php ini_set('display_errors', 1);", "display_errors", "1"),
        ("a.php", "<?php new Client(['verify' => false]);", "verify", "false"),
        ("a.php", "<?php setcookie('a', $v, 0, '/', '', true, false);", "httponly", "false"),
        ("a.py", "requests.get(url, verify=False)", "verify", "false"),
        ("a.py", "session.verify = False", "verify", "false"),
        ("a.py", "jwt.decode(t, options={'verify_signature': False})", "verify_signature", "false"),
        ("a.py", "SESSION_COOKIE_SECURE = False", "SESSION_COOKIE_SECURE", "false"),
        ("A.java", "class A { void f() { cookie.setHttpOnly(false); } }", "httpOnly", "false"),
        (
            "a.vb",
            "ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls Or SecurityProtocolType.Tls11",
            "ServicePointManager.SecurityProtocol",
            "SecurityProtocolType.Tls | SecurityProtocolType.Tls11",
        ),
        ("a.vb", "X.ServerCertificateValidationCallback = Function(a, b, c, d) True", "ServerCertificateValidationCallback", "always true"),
        (
            "a.vb",
            "Dim p = New TokenValidationParameters With {.ValidateIssuer = False}",
            "TokenValidationParameters.ValidateIssuer",
            "false",
        ),
        (
            "a.ps1",
            "[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls -bor [Net.SecurityProtocolType]::Tls11",
            "ServicePointManager.SecurityProtocol",
            "SecurityProtocolType.Tls | SecurityProtocolType.Tls11",
        ),
        (
            "a.ps1",
            "[System.Net.ServicePointManager]::ServerCertificateValidationCallback = { $true }",
            "ServerCertificateValidationCallback",
            "always true",
        ),
        ("a.ps1", "Invoke-WebRequest $u -SkipCertificateCheck", "SkipCertificateCheck", "true"),
        (
            "A.cs",
            "ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls | SecurityProtocolType.Tls11;",
            "ServicePointManager.SecurityProtocol",
            "SecurityProtocolType.Tls | SecurityProtocolType.Tls11",
        ),
        (
            "A.cs",
            "class A { void F() { handler.ServerCertificateValidationCallback += (a, b, c, d) => true; } }",
            "ServerCertificateValidationCallback",
            "always true",
        ),
        (
            "A.cs",
            "class A { void F() { X.ServerCertificateValidationCallback = delegate { return true; }; } }",
            "ServerCertificateValidationCallback",
            "always true",
        ),
        ("A.cs", "var p = new TokenValidationParameters { ValidateIssuer = false };", "TokenValidationParameters.ValidateIssuer", "false"),
        (
            "A.cs",
            "class A { TokenValidationParameters P => new() { ValidateIssuer = false }; }",
            "TokenValidationParameters.ValidateIssuer",
            "false",
        ),
    ] {
        let found = facts(path, code);
        let is_one = |fact: &&SourceFact| fact.kind == FactKind::Setting && fact.watched.eq_ignore_ascii_case(watched);
        let fact = found.iter().find(is_one);
        assert_eq!(fact.map(|fact| fact.value.as_deref()), Some(Some(value)), "{path}: {code}: {found:#?}");
    }
}

/// What must hold of the environment, by the language and the condition around a switch that is off.
fn guard(path: &str, condition: &str) -> Option<String> {
    let code = match path {
        "a.py" => format!("if {condition}:\n    session.verify = False"),
        "a.js" => format!("if ({condition}) {{ client.verify = false; }}"),
        "a.php" => format!("<?php if ({condition}) {{ ini_set('display_errors', 1); }}"),
        "A.java" => format!("class A {{ void f() {{ if ({condition}) {{ cookie.setHttpOnly(false); }} }} }}"),
        "A.cs" => {
            format!("class A {{ void F() {{ if ({condition}) {{ p.ServerCertificateValidationCallback = (a, b, c, d) => true; }} }} }}")
        }
        "a.vb" => format!("If {condition} Then\nX.ServerCertificateValidationCallback = Function(a, b, c, d) True\nEnd If"),
        "a.ps1" => format!("if ({condition}) {{ Invoke-WebRequest $u -SkipCertificateCheck }}"),
        _ => unreachable!("{path}"),
    };
    let found = facts(path, &code);
    found.iter().find(|fact| fact.kind == FactKind::Setting).unwrap_or_else(|| panic!("{path}: {code}: {found:#?}")).guard.clone()
}

#[test]
fn a_condition_that_rules_production_out_is_told_from_one_that_does_not() {
    for (path, condition) in [
        ("a.js", "process.env.NODE_ENV === 'development'"),
        ("a.js", "process.env.NODE_ENV !== 'production'"),
        ("a.js", "!isProduction && retries > 2"),
        ("a.js", "isDev === true"),
        ("a.py", "settings.DEBUG"),
        ("a.py", "not settings.is_production()"),
        ("a.py", "os.environ['ENV'] != 'production'"),
        ("a.php", "$env !== 'production'"),
        ("a.php", "!$app->isProduction()"),
        ("A.java", "!environment.acceptsProfiles(\"production\")"),
        ("A.java", "isDevelopment == true"),
        ("A.cs", "env.IsDevelopment()"),
        ("A.cs", "!env.IsProduction()"),
        ("A.cs", "env.IsEnvironment(\"Development\")"),
        ("A.cs", "env.IsProduction() == false"),
        ("A.cs", "env.EnvironmentName != \"Production\""),
        ("a.vb", "Not env.IsProduction()"),
        ("a.vb", "name <> \"production\""),
        ("a.ps1", "-not $isProduction"),
        ("a.ps1", "$env:STAGE -ne 'production'"),
    ] {
        assert_eq!(guard(path, condition).as_deref(), Some("development"), "{path}: {condition}");
    }
    for (path, condition) in [
        ("a.js", "process.env.NODE_ENV === 'production'"),
        ("a.js", "process.env.NODE_ENV !== 'development'"),
        ("a.js", "isDev === false"),
        ("a.js", "!isPreProduction"),
        ("a.js", "retries > 2"),
        ("a.py", "not settings.DEBUG"),
        ("a.py", "env not in development"),
        ("a.php", "$env != 'dev'"),
        ("A.java", "!isDevelopment"),
        ("A.cs", "!env.IsDevelopment()"),
        ("A.cs", "env.IsProduction()"),
        ("a.vb", "Not Debugger.IsAttached"),
        ("a.ps1", "$env:STAGE -ne 'development'"),
    ] {
        assert_eq!(guard(path, condition), None, "{path}: {condition}");
    }
}

#[test]
fn a_condition_that_asks_for_an_option_is_told_from_one_that_does_not() {
    for (path, condition) in [
        ("a.js", "options.allowUnauthorizedCerts === true"),
        ("a.js", "credentials.ssl === true && credentials.disableTlsVerification === true"),
        ("a.js", "process.env.ALLOW_INSECURE === 'true'"),
        ("a.js", "options.verify === false"),
        ("a.py", "args.no_verify"),
        ("a.py", "not self.verify_ssl"),
        ("a.py", "app.config.get('INSECURE')"),
        ("a.php", "!$this->sslVerifyHost && !$this->sslVerifyCert"),
        ("A.java", "settings.trustAllCertificates"),
        ("A.cs", "options.Value.IgnoreSslErrors"),
        ("A.cs", "_settings.AllowInvalidCertificates == true"),
        ("A.cs", "url.Length > 0 && settings.AllowInvalidCertificates"),
        ("A.cs", "!options.RequireHttpsMetadata"),
        ("A.java", "isOpen && (settings.trustAllCertificates)"),
    ] {
        assert_eq!(guard(path, condition).as_deref(), Some("asked"), "{path}: {condition}");
    }
    for (path, condition) in [
        ("a.js", "options.verify"),
        ("a.js", "options.allowUnauthorizedCerts === false"),
        ("a.js", "!options.insecure"),
        ("a.js", "options.insecure || isOpen"),
        ("a.py", "args.insecure or is_open"),
        ("a.php", "$this->insecure || $isOpen"),
        ("A.cs", "settings.AllowInvalidCertificates || isOpen"),
        ("A.java", "settings.trustAllCertificates || isOpen"),
        ("a.js", "url.startsWith('https')"),
        ("a.py", "self.verify_ssl"),
        ("a.py", "not healthCheckDone"),
        ("a.py", "insecure(url)"),
        ("A.java", "!isVerified"),
        ("A.cs", "handler.SupportsAutomaticDecompression"),
        ("A.cs", "options.RequireHttpsMetadata"),
        ("A.cs", "!options.RequireConfirmedAccount"),
    ] {
        assert_eq!(guard(path, condition), None, "{path}: {condition}");
    }
    let switched_on = "const ALLOW_INSECURE = true; if (ALLOW_INSECURE) { client.verify = false; }";
    let found = facts("a.js", switched_on);
    assert!(found.iter().any(|fact| fact.kind == FactKind::Setting && fact.guard.is_none()), "{found:#?}");
}

#[test]
fn what_is_passed_by_a_name_says_which() {
    let code = "class A { const string ApiSecret = \"SECRET_VALUE\"; void F(string given) { SoSession.Authenticate(ApiSecret, given, Encoding.UTF8.GetBytes(ApiSecret)); } }";
    let found = facts("A.cs", code);
    let held_in = |fact: &SourceFact| fact.arguments.iter().map(|argument| argument.held_in.clone()).collect::<Vec<_>>();
    let call = found.iter().find(|fact| fact.kind == FactKind::Call).unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(held_in(call), [Some("ApiSecret".to_owned()), None, Some("ApiSecret".to_owned())]);
}

#[test]
fn a_switch_that_is_left_out_is_told_from_one_that_is_set() {
    let missing = |path: &str, code: &str| facts(path, code).iter().any(|fact| fact.origin == Origin::Absent);
    for (path, code) in [
        ("a.php", "<?php setcookie('a', $v);"),
        ("a.php", "<?php setcookie('a', $v, ['secure' => true]);"),
        ("A.java", "class A { void f() { Cookie c = new Cookie(\"a\", v); c.setSecure(true); r.addCookie(c); } }"),
        ("A.cs", "class A { void F() { Response.Cookies.Add(new HttpCookie(\"a\", v)); } }"),
        ("a.vb", "Dim c As New HttpCookie(\"a\")\nc.Secure = True"),
    ] {
        assert!(missing(path, code), "{code}");
    }
    for (path, code) in [
        ("a.php", "<?php setcookie('a', $v, 0, '/', '', true, true);"),
        ("a.php", "<?php setcookie('a', $v, ['httponly' => true]);"),
        ("A.java", "class A { void f() { Cookie c = new Cookie(\"a\", v); c.setHttpOnly(true); r.addCookie(c); } }"),
        ("A.cs", "class A { void F() { var c = new HttpCookie(\"a\", v) { HttpOnly = true }; } }"),
        ("A.cs", "class A { void F() { var c = new HttpCookie(\"a\", v); c.HttpOnly = true; } }"),
        ("a.vb", "Dim c As New HttpCookie(\"a\")\nc.HttpOnly = True"),
    ] {
        assert!(!missing(path, code), "{code}");
    }
}

#[test]
fn calls_and_logs_are_facts() {
    for (path, code, kind) in [
        ("a.php", "<?php error_log($clientSecret);", FactKind::Log),
        ("a.php", "<?php echo \"secret: {$config->clientSecret}\";", FactKind::Log),
        ("a.php", "<?php Log::info('t', ['s' => $clientSecret]);", FactKind::Log),
        ("a.py", "logger.info('secret %s', client_secret)", FactKind::Log),
        ("a.py", "print(f'ticket {ticket}')", FactKind::Log),
        ("a.py", "claims = jwt.decode(token, key)", FactKind::Call),
        ("A.java", "class A { void f() { log.debug(\"s {}\", clientSecret); } }", FactKind::Log),
        ("A.java", "class A { void f() { System.out.println(\"s \" + this.ticket); } }", FactKind::Log),
        ("A.cs", "class A { void F() { _logger.LogInformation(\"s {S}\", options.ClientSecret); } }", FactKind::Log),
        ("A.cs", "class A { void F() { log?.Debug($\"ticket {ticket}\"); } }", FactKind::Log),
        ("A.cs", "class A { void F() { using var s = SoSession.Authenticate(user, password); } }", FactKind::Call),
        ("a.vb", "Console.WriteLine(\"ticket \" & ticket)", FactKind::Log),
        ("a.vb", "Using s = SoSession.Authenticate(\"user\", password)\nEnd Using", FactKind::Call),
        ("a.ps1", "Write-Host \"secret $clientSecret\"", FactKind::Log),
        ("a.ps1", "Write-Output $config.ClientSecret", FactKind::Log),
        ("a.ps1", "$config.ClientSecret | Write-Host", FactKind::Log),
    ] {
        let found = facts(path, code);
        assert!(found.iter().any(|fact| fact.kind == kind), "{path}: {code}: {found:#?}");
    }
}

#[test]
fn a_commented_out_secret_is_a_fact_of_its_own() {
    for (path, code) in [
        ("a.php", "<?php # $c->clientSecret = 'SECRET_VALUE';\n$a = 1;"),
        ("a.php", "<?php /* $c->clientSecret = 'SECRET_VALUE'; */"),
        ("a.py", "a = 1\n# client_secret = 'SECRET_VALUE'\n"),
        ("a.vb", "' client.ClientSecret = \"SECRET_VALUE\"\nDim a = 1"),
        ("a.ps1", "# $clientSecret = 'SECRET_VALUE'\n$a = 1"),
        ("a.ps1", "<#\n$clientSecret = 'SECRET_VALUE'\n#>"),
        ("a.crmscript", "// clientSecret = \"SECRET_VALUE\";"),
        ("A.java", "class A { // clientSecret = \"SECRET_VALUE\";\n }"),
    ] {
        let found = facts(path, code);
        assert!(found.len() == 1 && found[0].in_comment, "{path}: {code}: {found:#?}");
    }
}

#[test]
fn lines_that_no_grammar_understands_are_read_with_low_confidence() {
    let cases = [
        ("a.js", "function (((( {\n  %% clientSecret = 'SECRET_VALUE' ;; @@ }}}"),
        ("a.js", "x = {\n<<<<<<< HEAD\n  clientSecret: 'SECRET_VALUE',\n=======\n>>>>>>> x\n}"),
        ("a.php", "<?php class { %% clientSecret = 'SECRET_VALUE' @@ ((("),
        ("a.php", "<?php\n<<<<<<< HEAD\n$x = ['client_secret' => 'SECRET_VALUE'\n=======\n>>>>>>> x\n"),
        ("a.py", "def (((:\n  ??? client_secret = 'SECRET_VALUE' ***\n"),
        ("A.java", "class { %% clientSecret = \"SECRET_VALUE\" @@ ((("),
    ];
    let failed = failed(&cases, |fact| is_written(fact) && fact.confidence == Confidence::Low);
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn what_only_resembles_a_secret_that_is_set_is_none() {
    for (path, code) in [
        ("a.php", "<?php if ($c->clientSecret === 'SECRET_VALUE') {}"),
        ("a.php", "<?php $x = ['clientSecret' => $request->input('clientSecret')];"),
        ("a.py", "if client_secret == 'SECRET_VALUE':\n    pass"),
        ("a.py", "parser.add_argument('--client-secret', help='the secret')"),
        ("A.java", "class A { boolean f() { return clientSecret.equals(\"SECRET_VALUE\"); } }"),
        ("a.vb", "If client.ClientSecret = \"SECRET_VALUE\" Then\nEnd If"),
        ("a.vb", "Dim s = ConfigurationManager.AppSettings(\"ClientSecret\")"),
        ("a.ps1", "if ($clientSecret -eq 'SECRET_VALUE') { }"),
        ("a.ps1", "param([string]$ClientSecret)\nInvoke-X -ClientSecret $ClientSecret"),
        ("a.crmscript", "if (clientSecret == \"SECRET_VALUE\") { }"),
        ("a.crmscript", "String clientSecret = getVariable(\"secret\");"),
    ] {
        let found = facts(path, code);
        assert!(!found.iter().any(|fact| matches!(fact.origin, Origin::Literal | Origin::Constant)), "{path}: {code}: {found:#?}");
    }
}

#[test]
fn line_endings_change_nothing_but_columns_stay() {
    for (path, code) in [
        ("a.php", "<?php\n\n$c->clientSecret = 'SECRET_VALUE';\n"),
        ("a.py", "import os\n\nclient_secret = 'SECRET_VALUE'\n"),
        ("a.vb", "Module M\n\nConst ClientSecret = \"SECRET_VALUE\"\nEnd Module\n"),
        ("a.ps1", "$a = 1\n\n$clientSecret = 'SECRET_VALUE'\n"),
        ("a.crmscript", "#setLanguageLevel 4;\n\nString clientSecret = \"SECRET_VALUE\";\n"),
        ("A.java", "class A {\n\nString clientSecret = \"SECRET_VALUE\";\n}\n"),
    ] {
        let (unix, dos) = (facts(path, code), facts(path, &code.replace('\n', "\r\n")));
        assert_eq!((unix.len(), &unix), (1, &dos), "{path}");
        assert_eq!(unix[0].line, 3, "{path}");
    }
}

#[test]
fn deep_nesting_takes_bounded_room() {
    let programs = READERS.iter().filter(|reader| reader.defines && reader.language != Language::CSharp);
    let names = ["a.js", "a.ts", "a.php", "a.py", "A.java", "a.vb", "a.ps1", "a.crmscript", "a.go"];
    assert_eq!(programs.count(), names.len());
    for name in names.into_iter().chain(["a.kt", "a.rs", "a.rb", "a.pas", "a.lua"]) {
        for part in [
            "(", "[", "{", "f(", "if(a){", "a.b().", "!", "a?b:", "x=", "<?php ", "\"{$", "new A(", "'a'.", "@{", "if a:\n ", "f'{",
            "With a\n",
        ] {
            let _ = facts(name, &format!("{}; x.clientSecret = 'SECRET_VALUE'", part.repeat(3_000)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_read(code in "[ \n\r\"'$@#{}()\\[\\]<>=:;.,&|?!+*/_`~%^-]{0,60}(clientSecret|define|def|class|With|If|New|End|é)?[ \n\"'$@#{}()=:;.,&a-z0-9_-]{0,60}") {
        for name in ["a.js", "a.php", "a.py", "A.java", "A.cs", "a.vb", "a.ps1", "a.crmscript", "a.kt", "a.rs", "a.rb", "a.pas", "a.lua"] {
            let _ = facts(name, &code);
        }
    }
}

#[test]
fn a_secret_that_is_painted_over_is_not_logged() {
    for (path, painted, shown) in [
        ("a.ps1", "Write-Debug \"is $($clientSecret -replace '.', '*')\"", "Write-Debug \"is $($clientSecret)\""),
        ("a.js", "console.log(clientSecret.replace(/./g, '*'));", "console.log(clientSecret.replace('a', 'b'));"),
    ] {
        assert!(facts(path, painted).is_empty(), "{painted}");
        assert_eq!(facts(path, shown).into_iter().map(|fact| fact.kind).collect::<Vec<_>>(), [FactKind::Log], "{shown}");
    }
}

#[test]
fn the_attributes_of_an_element_are_set_on_it() {
    let found =
        facts("a.tsx", "export const App = () => <Auth.Provider clientSecret=\"SECRET_VALUE\" {...rest}><A b={1} /></Auth.Provider>;");
    let told: Vec<(&str, Origin)> = found.iter().map(|fact| (fact.sink.as_str(), fact.origin)).collect();
    assert_eq!(told, [("Auth.Provider.clientSecret", Origin::Literal)]);
}
