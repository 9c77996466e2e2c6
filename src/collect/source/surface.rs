//! What a file is for, told by its name and its folders.

use crate::{
    collect::source::{glance::Style, readers::reader_for},
    evidence::Surface,
};

/// Whether a file with these folders and this name, both in small letters, is of a kind.
type Test = fn(&[&str], &str) -> bool;

/// What a file is for. The first table that knows a file answers, so that a test of a browser script is a test.
pub(super) fn surface(path: &str) -> Surface {
    let lower = path.to_lowercase();
    let name_as_written = path.rsplit('/').next().unwrap_or(path);
    if is_test_class(name_as_written) && !is_vendored(&[], &lower) {
        return Surface::Test;
    }
    let mut folders: Vec<&str> = lower.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    let tables: [(Surface, Test); 6] = [
        (Surface::Vendored, is_vendored),
        (Surface::Test, is_test),
        (Surface::Documentation, is_documentation),
        (Surface::Pipeline, is_pipeline),
        (Surface::Client, is_client),
        (Surface::Browser, is_browser),
    ];
    tables.iter().find(|(_, is_one)| is_one(&folders, name)).map_or(Surface::App, |(surface, _)| *surface)
}

/// Whether a file holds what is shown to people, in one of their languages: a text beside the name `password` is a label there.
pub(super) fn holds_texts(path: &str) -> bool {
    const FOLDERS: [&str; 12] = [
        "locale",
        "locales",
        "_locales",
        "i18n",
        "l10n",
        "lang",
        "langs",
        "language",
        "languages",
        "messages",
        "translation",
        "translations",
    ];
    const STEMS: [&str; 4] = ["messages", "strings", "texts", "translation"];
    const FORMATS: [&str; 8] = ["properties", "xml", "json", "yml", "yaml", "php", "ts", "js"];
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let (stem, format) = name.rsplit_once('.').unwrap_or((name, ""));
    let (stem, format) = (stem.to_lowercase(), format.to_lowercase());
    let is_format = FORMATS.contains(&format.as_str());
    let is_bundle =
        STEMS.iter().any(|start| stem.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_', '-'])));
    (is_format && (is_bundle || is_language(&stem) || parts.any(|folder| FOLDERS.contains(&folder.to_lowercase().as_str()))))
        || ["resx", "po", "xlf"].contains(&format.as_str())
}

/// Whether a file by its name only shows how another is written: `.env.example`, `appsettings.template.json`, `config.sample.php`.
pub(super) fn is_sample(path: &str) -> bool {
    const WORDS: [&str; 5] = ["example", "sample", "template", "dist", "tpl"];
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let mut words = name.split(['.', '-', '_']);
    words.any(|word| WORDS.contains(&word))
}

/// `nb`, `en-us`, `de_ch`; not `qa` or `db`, which hold no texts.
fn is_language(stem: &str) -> bool {
    const LANGUAGES: [&str; 28] = [
        "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hu", "is", "it", "ja", "lt", "lv", "nb", "nl", "nn", "no", "pl", "pt", "ro",
        "ru", "sk", "sv", "tr", "uk", "zh",
    ];
    let (language, region) = stem.split_once(['-', '_']).unwrap_or((stem, "xx"));
    LANGUAGES.contains(&language) && region.len() == 2
}

fn is_vendored(folders: &[&str], name: &str) -> bool {
    const FOLDERS: [&str; 8] =
        ["node_modules", "bower_components", "vendor", "third_party", "thirdparty", "site-packages", "connected services", ".yarn"];
    const ENDS: [&str; 8] = [".min.js", ".min.css", ".bundle.js", ".chunk.js", ".designer.cs", ".designer.vb", ".g.cs", ".generated.cs"];
    let is_library = folders.windows(2).any(|pair| pair == ["wwwroot", "lib"]);
    let is_locked =
        ["package-lock.json", "yarn.lock", "pnpm-lock.yaml", "composer.lock", "packages.lock.json", "reference.cs"].contains(&name);
    is_library || is_locked || folders.iter().any(|folder| FOLDERS.contains(folder)) || ENDS.iter().any(|end| name.ends_with(end))
}

/// `SignInTests.cs`, unlike `Latest.cs`.
fn is_test_class(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    ["Tests", "Test", "Spec"].iter().any(|end| stem.strip_suffix(end).is_some_and(|before| !before.is_empty()))
}

fn is_test(folders: &[&str], name: &str) -> bool {
    const FOLDERS: [&str; 10] =
        ["test", "tests", "spec", "specs", "__tests__", "__mocks__", "mocks", "testdata", "unittests", "integrationtests"];
    const NAMES: [&str; 7] = [".test.", ".tests.", ".spec.", "_test.", "_tests.", "_spec.", ".stories."];
    // There a specification is what the program reads: `fetch_spec.py`.
    const WITHOUT_SPECS: [&str; 6] = ["cs", "java", "php", "ps1", "py", "vb"];
    let is_named = |part: &str| part != "_spec." || !WITHOUT_SPECS.contains(&extension(name));
    let is_folder =
        |folder: &&str| FOLDERS.contains(folder) || [".tests", ".test", "-tests", "_tests"].iter().any(|end| folder.ends_with(end));
    let is_program = reader_for(name).is_some_and(|reader| reader.style == Style::Program);
    folders.iter().any(is_folder)
        || ["tests.py", "conftest.py"].contains(&name)
        || (is_program
            && (name.starts_with("test_") || NAMES.iter().any(|part| is_named(part) && name.find(part).is_some_and(|at| at > 0))))
}

fn is_documentation(folders: &[&str], name: &str) -> bool {
    const ENDS: [&str; 7] = [".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc", ".txt"];
    let is_prose = ENDS.iter().any(|end| name.ends_with(end)) && name != "requirements.txt";
    is_prose || ["readme", "changelog", "contributing"].contains(&name) || folders.iter().any(|folder| ["docs", "doc"].contains(folder))
}

fn is_pipeline(folders: &[&str], name: &str) -> bool {
    const NAMES: [&str; 5] = [".gitlab-ci.yml", ".travis.yml", "jenkinsfile", "bitbucket-pipelines.yml", "appveyor.yml"];
    let is_yaml = [".yml", ".yaml"].iter().any(|end| name.ends_with(end));
    folders.windows(2).any(|pair| pair == [".github", "workflows"])
        || folders.iter().any(|folder| [".circleci", ".azuredevops", "terraform", "helm", "charts"].contains(folder))
        || NAMES.contains(&name)
        || (is_yaml && (name.contains("pipeline") || name.contains("compose")))
        || name.contains("dockerfile")
        || [".tf", ".tfvars", ".bicep", ".bicepparam"].iter().any(|end| name.ends_with(end))
}

fn is_client(folders: &[&str], name: &str) -> bool {
    const FOLDERS: [&str; 6] = ["ios", "android", "xamarin", "flutter", "electron", "maui"];
    const NAMES: [&str; 6] =
        ["mauiprogram.cs", "mainactivity.java", "mainactivity.kt", "androidmanifest.xml", "info.plist", "appdelegate.cs"];
    const ENDS: [&str; 5] = [".xaml", ".xaml.cs", ".swift", ".dart", ".designer.resx"];
    // On a server it lies in `src/main/kotlin`, of an app in a folder of that name.
    let is_kotlin = extension(name) == "kt" && (folders.contains(&"app") || !folders.contains(&"main"));
    let is_resource = folders.windows(2).any(|pair| pair == ["res", "values"]);
    folders.iter().any(|folder| FOLDERS.contains(folder) || [".android", ".ios", ".maui"].iter().any(|end| folder.ends_with(end)))
        || is_resource
        || NAMES.contains(&name)
        || ENDS.iter().any(|end| name.ends_with(end))
        || is_kotlin
}

fn extension(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn is_browser(folders: &[&str], name: &str) -> bool {
    const FOLDERS: [&str; 5] = ["wwwroot", "clientapp", "public_html", "frontend", "webclient"];
    const ENDS: [&str; 6] = [".html", ".htm", ".vue", ".svelte", ".component.ts", ".jsx"];
    let is_script = [".js", ".mjs", ".ts", ".tsx", ".json"].iter().any(|end| name.ends_with(end));
    let is_environment = folders.last() == Some(&"environments") && name.starts_with("environment") && extension(name) == "ts";
    (is_script && folders.iter().any(|folder| FOLDERS.contains(folder) || ["public", "static", "assets"].contains(folder)))
        || is_environment
        || ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_texts_are_known_by_their_folders_and_names() {
        let texts = [
            "src/locales/nb.json",
            "resources/lang/en/auth.php",
            "Texts.nb.resx",
            "messages_nb.properties",
            "res/strings.xml",
            "app/en-US.json",
        ];
        let others = ["appsettings.json", "src/language.ts", "config/qa.json", "src/texts/app.config", "messages.cs", "lang/Program.cs"];
        assert!(texts.iter().all(|path| holds_texts(path)));
        assert_eq!(others.iter().filter(|path| holds_texts(path)).count(), 0);
    }

    #[test]
    fn files_that_show_how_another_is_written_are_known_by_their_names() {
        let samples = [".env.example", "src/appsettings.template.json", "config.sample.php", "env-example", "app.ini.dist"];
        let others = [".env", "examples/appsettings.json", "Distance.json", "district.env"];
        assert!(samples.iter().all(|path| is_sample(path)));
        assert_eq!(others.iter().filter(|path| is_sample(path)).count(), 0);
    }

    #[test]
    fn names_and_folders_tell_what_a_file_is_for() {
        for (path, expected) in [
            ("src/Program.cs", Surface::App),
            ("samples/Web/Startup.cs", Surface::App),
            ("src/latest.cs", Surface::App),
            ("web.config", Surface::App),
            ("requirements.txt", Surface::App),
            ("My.Tests/SignIn.cs", Surface::Test),
            ("src/signin.test.ts", Surface::Test),
            ("cypress/panel_spec.js", Surface::Test),
            ("scripts/fetch_spec.py", Surface::App),
            ("tests/test_signin.py", Surface::Test),
            ("shop/tests.py", Surface::Test),
            ("src/SignInTests.cs", Surface::Test),
            ("README.md", Surface::Documentation),
            ("docs/setup.html", Surface::Documentation),
            (".github/workflows/build.yml", Surface::Pipeline),
            ("docker-compose.yml", Surface::Pipeline),
            ("infra/main.bicep", Surface::Pipeline),
            ("App/MauiProgram.cs", Surface::Client),
            ("App/Views/Main.xaml.cs", Surface::Client),
            ("Web/wwwroot/js/site.js", Surface::Browser),
            ("src/environments/environment.prod.ts", Surface::Browser),
            ("Web/wwwroot/lib/jquery/jquery.js", Surface::Vendored),
            ("node_modules/a/test/b.js", Surface::Vendored),
        ] {
            assert_eq!(surface(path), expected, "{path}");
        }
    }
}
