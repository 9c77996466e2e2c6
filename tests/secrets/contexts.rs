//! Where a secret may stand.

use std::{fs, path::Path};

/// A file with a place for a secret, `{S}`.
pub(super) struct Planted {
    pub(super) file: &'static str,
    pub(super) code: &'static str,
    pub(super) form: Form,
}

/// How a file is written down.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Plain,
    /// With CR LF at the ends of lines.
    Crlf,
    Utf16,
}

impl Planted {
    pub(super) fn plant(&self, folder: &Path, index: usize, secret: &str) {
        let folder = folder.join(format!("c{index}"));
        fs::create_dir_all(&folder).expect("folders can be made");
        let text = self.code.replace("{S}", secret);
        let bytes = match self.form {
            Form::Plain => text.into_bytes(),
            Form::Crlf => text.replace('\n', "\r\n").into_bytes(),
            Form::Utf16 => [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
        };
        fs::write(folder.join(self.file), bytes).expect("files can be written");
    }
}

const fn plain(file: &'static str, code: &'static str) -> Planted {
    Planted { file, code, form: Form::Plain }
}

const SETTINGS: &str = "SO_CLIENT_SECRET={S}\nConfigFile.Services.ApplicationToken = \"{S}\";\n";
const WEB_CONFIG: &str = "<configuration><appSettings><add key=\"SuperOfficeClientSecret\" value=\"{S}\"/></appSettings></configuration>\n";

/// Names of files that hold the secret too, and what else they hold.
pub(super) const NAMES: [(&str, &str); 4] =
    [("{S}.env", SETTINGS), ("backup-{S}.txt", SETTINGS), ("{S}/web.config", WEB_CONFIG), ("token_{S}.cs", SETTINGS)];

pub(super) const CONTEXTS: &[Planted] = &[
    // Names in one word, and a switch that holds a password.
    plain("a.env", "PGPASSWORD={S}\n"),
    plain("docker-compose.yml", "services:\n  web:\n    environment:\n      PGPASSWORD: {S}\n"),
    plain("run.sh", "PGPASSWORD={S} psql\nexport PGPASSWORD={S}\n"),
    plain(
        "send.php",
        "<?php\ncurl_setopt($c, CURLOPT_USERPWD, \"kari:{S}\");\n$cred = \"kari:{S}\";\ncurl_setopt($c, CURLOPT_USERPWD, $cred);\n",
    ),
    plain("Global.cs", "class A { void B() { ConfigFile.Services.ApplicationToken = \"{S}\"; } }\n"),
    plain(
        "Secrets.cs",
        "namespace N { static class Secrets { public const string Token = @\"{S}\"; }\nclass A { void B() { SuperOffice.Configuration.ConfigFile.Services.ApplicationToken = Secrets.Token; } } }\n",
    ),
    plain("Twice.cs", "class A { void B() { Log(\"{S}\"); options.ClientSecret = \"{S}\"; /* was {S} */ } } // {S}\n"),
    plain("Parts.cs", "class A { string ClientSecret => \"{S}\" + Suffix + \"abcdef{S}\"; }\n"),
    plain(
        "Beside.cs",
        "class A { void B() { x.Authenticate(\"{S}\"); options.ClientSecret = \"f00dfacecafe4242deadbeef12345678\"; y = \"{S}\"; } }\n",
    ),
    plain(
        "Header.cs",
        "class A { void B() { client.DefaultRequestHeaders.Add(\"SO-AppToken\", \"{S}\"); client.DefaultRequestHeaders.Add(\"Authorization\", \"Bearer {S}\"); } }\n",
    ),
    plain("Comment.cs", "// ConfigFile.Services.ApplicationToken = \"{S}\";\n/* options.ClientSecret = \"{S}\" */\nclass A { }\n"),
    plain(
        "Interpolated.cs",
        "class A { void B() { var ClientSecret = $\"{x}{S}{y}\"; var url = $\"https://a.example/?client_secret={S}&x={y}\"; } }\n",
    ),
    Planted {
        file: "Startup.cs",
        code: "class A\n{\n\tvoid B()\n\t{\n\t\toptions.ClientSecret =\n\t\t\t\"{S}\";\n\t}\n}\n",
        form: Form::Crlf,
    },
    Planted { file: "Wide.cs", code: "class A { void B() { options.ClientSecret = \"{S}\"; } }\n", form: Form::Utf16 },
    plain("Raw.cs", "class A { string ClientSecret = \"\"\"\n  {S}\n  \"\"\"; }\n"),
    plain("app.js", "const superoffice = { clientId: 'a', clientSecret: '{S}' };\nconst key = process.env.SO_CLIENT_SECRET || `{S}`;\n"),
    plain("app.min.js", "!function(){var a=1;var superoffice={clientSecret:\"{S}\",b:\"{S}\"};fetch('https://a.example/?usec={S}')}();\n"),
    plain(
        "page.ts",
        "export class A { private clientSecret = \"{S}\"; url = `https://x.example/callback?client_secret={S}`; }\nlocalStorage.setItem('token', '{S}');\n",
    ),
    plain("page.tsx", "export const A = () => <Panel clientSecret=\"{S}\" token={'{S}'}>{S}</Panel>;\n"),
    plain(
        "login.php",
        "<?php\ndefine('SO_CLIENT_SECRET', '{S}');\n$config = ['client_secret' => SO_CLIENT_SECRET, 'password' => \"{S}\"];\nerror_log(\"{S}\");\n",
    ),
    plain(
        "app.py",
        "CLIENT_SECRET = os.environ.get('SO_CLIENT_SECRET', '{S}')\nrequests.post(url, data={'grant_type': 'password', 'password': '{S}'}, verify=False)\nlogging.info('token %s', '{S}')\n",
    ),
    plain(
        "App.java",
        "class App { static final String CLIENT_SECRET = \"{S}\"; void b() { builder.clientSecret(CLIENT_SECRET); log.info(\"{S}\"); } }\n",
    ),
    plain(
        "Module.vb",
        "Module A\n  Const ClientSecret As String = \"{S}\" ' {S}\n  Sub B()\n    ConfigFile.Services.ApplicationToken = \"{S}\"\n  End Sub\nEnd Module\n",
    ),
    plain(
        "deploy.ps1",
        "$ClientSecret = \"{S}\"\n# $ClientSecret = '{S}'\nInvoke-RestMethod -Headers @{ 'SO-AppToken' = '{S}' } -Uri \"https://a.example/?client_secret={S}\"\n",
    ),
    plain(
        "web.config",
        "<?xml version=\"1.0\"?>\n<configuration><appSettings><add key=\"ClientSecret\"\n   value=\"{S}\" /></appSettings><connectionStrings><add name=\"A\" connectionString=\"Server=a;User Id=b;Password={S};\" /></connectionStrings>\n<!-- <add key=\"ApplicationToken\" value=\"{S}\" /> --></configuration>\n",
    ),
    plain(
        "settings.xml",
        "<settings><setting name=\"ApplicationToken\"><value>{S}</value></setting><ClientSecret>{S}</ClientSecret></settings>\n",
    ),
    plain(
        "appsettings.json",
        "{ \"SuperOffice\": { \"ClientSecret\": \"{S}\", // \"{S}\"\n \"SystemUserToken\": \"{S}\" }, \"ConnectionStrings\": { \"A\": \"Server=a;Password={S}\" } }\n",
    ),
    plain(
        "postman_collection.json",
        "{ \"item\": [ { \"request\": { \"header\": [ { \"key\": \"SO-AppToken\", \"value\": \"{S}\" } ], \"url\": \"https://a.example/?client_secret={S}\" } } ] }\n",
    ),
    plain(
        "docker-compose.yaml",
        "services:\n  app:\n    environment:\n      SO_CLIENT_SECRET: {S}\n      OTHER: \"{S}\" # {S}\n      - DB_PASSWORD={S}\n",
    ),
    plain("values.yml", "superoffice:\n  clientSecret: >-\n    {S}\n  appToken: |\n    {S}\n"),
    plain(".env", "SO_CLIENT_SECRET={S}\nDB_PASSWORD=\"{S}\" # {S}\nURL=https://admin:{S}@host.example/\n"),
    plain("app.properties", "superoffice.client-secret={S}\nspring.datasource.password = {S}\n"),
    plain("config.toml", "[superoffice]\nclient_secret = \"{S}\"\napp_token = '''{S}'''\n"),
    plain("run.sh", "export SO_CLIENT_SECRET='{S}'\ncurl -u admin:{S} -H \"SO-AppToken: {S}\" 'https://a.example/?client_secret={S}'\n"),
    plain("Dockerfile", "FROM a\nENV SO_CLIENT_SECRET={S}\nARG CLIENT_SECRET=\"{S}\"\n"),
    plain(
        "calls.http",
        "POST https://a.example/token?client_secret={S}\nSO-AppToken: {S}\nAuthorization: Basic {S}\n\nclient_secret={S}&grant_type=password&password={S}\n",
    ),
    plain(
        "main.tf",
        "variable \"client_secret\" {\n  default = \"{S}\" # {S}\n}\nresource \"a\" \"b\" { app_settings = { SO_CLIENT_SECRET = \"{S}\" } }\n",
    ),
    plain(
        "notebook.ipynb",
        "{ \"cells\": [ { \"cell_type\": \"code\", \"source\": [ \"client_secret = '{S}'\\n\", \"print('{S}')\" ], \"outputs\": [ { \"text\": [ \"{S}\" ] } ] } ] }\n",
    ),
    plain("README.md", "Use this: `clientSecret = \"{S}\"`\n\n    SO_CLIENT_SECRET={S}\n\nhttps://a.example/?client_secret={S}\n"),
    plain(
        "Login.cshtml",
        "@{ var ClientSecret = \"{S}\"; }\n<form action=\"/x?client_secret={S}\"><input name=\"password\" value=\"{S}\"></form>\n<script>var clientSecret = '{S}';</script>\n",
    ),
    plain("script.crmscript", "String clientSecret = \"{S}\";\nHTTP h; h.addHeader(\"SO-AppToken\", \"{S}\");\n"),
    plain(
        "client.go",
        "package a\n\nconst clientSecret = \"{S}\" // {S}\n\nfunc b(r *http.Request) {\n\tr.Header.Set(\"SO-AppToken\", \"{S}\")\n\tc := oauth2.Config{ClientSecret: \"{S}\"}\n\tlog.Println(\"{S}\")\n}\n",
    ),
    plain(
        "Api.kt",
        "object Config { const val CLIENT_SECRET = \"{S}\" }\nval form = mapOf(\"client_secret\" to \"{S}\", \"{S}\" to 1)\nval text = \"\"\"{S}\"\"\"\n/* {S} */\n",
    ),
    plain(
        "Api.swift",
        "let clientSecret = \"{S}\"\nrequest.setValue(\"{S}\", forHTTPHeaderField: \"SO-AppToken\")\nlet form = [\"client_secret\": \"{S}\"]\n",
    ),
    plain("api.dart", "const clientSecret = '{S}';\nfinal headers = {'SO-AppToken': '{S}', '{S}': 'x'};\n"),
    plain(
        "client.rb",
        "CLIENT_SECRET = '{S}' # {S}\nconfig = { client_secret: \"{S}\", :password => '{S}' }\nrequest.basic_auth 'portal', '{S}'\n=begin\nclient_secret = {S}\n=end\n",
    ),
    plain(
        "client.pl",
        "my $client_secret = '{S}';\n$self->{client_secret} = \"{S}\";\nmy %form = ( client_secret => '{S}', '{S}' => 1 );\n",
    ),
    plain(
        "client.rs",
        "const CLIENT_SECRET: &str = \"{S}\";\nfn a() { b(Config { client_secret: \"{S}\".into() }); println!(\"{S}\"); }\n",
    ),
    plain("client.h", "#define CLIENT_SECRET \"{S}\"\nstatic const char *password = \"{S}\"; // {S}\n"),
    plain("Main.pas", "const\n  ClientSecret = '{S}'; { {S} }\nbegin\n  Params.AddHeader('SO-AppToken', '{S}');\nend.\n"),
    plain("client.lua", "local client_secret = '{S}' -- {S}\nlocal c = { client_secret = [[{S}]] }\n"),
    plain("calls.vbs", "clientSecret = \"{S}\" ' {S}\nhttp.setRequestHeader \"SO-AppToken\", \"{S}\"\n"),
    plain(
        "page.jsp",
        "<% String clientSecret = \"{S}\"; %>\n<%! static final String PASSWORD = \"{S}\"; %>\n<input value=\"<%= \"{S}\" %>\">\n",
    ),
    plain("build.gradle", "android {\n  storePassword '{S}'\n  buildConfigField \"String\", \"CLIENT_SECRET\", \"\\\"{S}\\\"\"\n}\n"),
    plain(
        "Allowed.cs",
        "class A { void B() { options.ClientSecret = \"{S}\"; // redflag:allow secret-in-code it is {S} of the sandbox\n } }\n",
    ),
    plain("Keys.cs", "class A { void B() { map[\"{S}\"].ClientSecret = \"{S}\"; map[\"Foo {S}\"] = \"{S}\"; } }\n"),
    plain(
        "Long.cs",
        "class A { void B() { Call(\"a long text that goes on and on for a while, so that the line has to be cut somewhere in the middle of what stands here\", \"{S}\", \"and another long text that goes on for a while to come to the end of what is kept\"); options.ClientSecret = \"{S}\"; Call(\"more\", \"{S}\"); } }\n",
    ),
];
