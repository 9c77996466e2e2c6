//! The HTML report in a real browser: headless Chromium, driven by `tests/browser/check.mjs`.
//!
//! Needs Chromium and Node with the packages of `tests/browser/package.json`; `tests/run` installs both. Where they are missing the check is left out, with
//! a word on what is missing; with `CI=true` that is a failure.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use redflag::{
    assessment::{Assessment, Status, Verdict},
    evidence::{Evidence, Reading, Tls},
    reports::{self, FORMATS},
};

/// Where browsers are looked for, in this order.
const BROWSERS: [&str; 4] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];

#[test]
fn the_page_holds_up_in_a_browser() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let browser = match browser(&folder) {
        Ok(browser) => browser,
        Err(missing) => {
            assert!(!in_ci(), "{missing}");
            // Past the capture of the test runner: what is left out is said even when every test passes.
            writeln!(io::stderr(), "left out: the page was not opened in a browser, because {missing}")
                .expect("standard error takes a line");
            return;
        }
    };
    let pages: Vec<PathBuf> = [
        ("report", flawed_app()),
        ("hostile", hostile_app()),
        ("ready", settled_app(Verdict::Ready)),
        ("incomplete", settled_app(Verdict::Incomplete)),
    ]
    .map(|(name, app)| page(name, &app))
    .into();
    let run = Command::new("node").arg(folder.join("check.mjs")).arg(browser).args(pages).output().expect("node was asked before");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    println!("{said}");
    assert!(run.status.success(), "{said}");
}

/// The browser, or what is missing.
fn browser(folder: &Path) -> Result<&'static str, String> {
    let browser = BROWSERS.into_iter().find(|path| Path::new(path).exists()).ok_or("there is no Chromium")?;
    Command::new("node").arg("--version").output().map_err(|error| format!("node does not run: {error}"))?;
    for package in ["playwright-core", "axe-core"] {
        let installed = folder.join("node_modules").join(package).exists();
        installed.then_some(()).ok_or_else(|| format!("`npm ci` was not run in tests/browser: there is no `{package}`"))?;
    }
    Ok(browser)
}

#[expect(clippy::disallowed_methods, reason = "the switch between leaving out and failing is an environment variable by custom")]
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}

fn flawed_app() -> Assessment {
    serde_json::from_str(include_str!("../fixtures/results/flawed-app.json")).expect("the fixture is a result")
}

/// Nothing found and nothing observed.
fn settled_app(verdict: Verdict) -> Assessment {
    let mut app = flawed_app();
    app.verdict = verdict;
    app.findings.clear();
    app.evidence = Evidence::default();
    for requirement in &mut app.requirements {
        requirement.findings.clear();
        requirement.status = if verdict == Verdict::Ready { Status::Pass } else { Status::NotRun };
    }
    app
}

/// Markup, quotes and very long words where text comes from outside; any script that runs sets `window.harmed`.
fn hostile_app() -> Assessment {
    let mut app = flawed_app();
    let harm =
        "<script>window.harmed=1</script>\"'><img src=https://evil.example/x onerror=window.harmed=1>\u{202e}</title></style>".to_owned();
    app.app.app.name.clone_from(&harm);
    for finding in &mut app.findings {
        finding.message = format!("{harm}{}", "long".repeat(200));
    }
    for requirement in &mut app.requirements {
        requirement.reason.clone_from(&harm);
        requirement.title = "Unbreakable".repeat(20);
    }
    for (number, endpoint) in app.evidence.endpoints.iter_mut().enumerate() {
        endpoint.url = format!("https://a.example/{}", "x".repeat(500));
        endpoint.id = format!("{harm}{number}");
        for tls in endpoint.addresses.iter_mut().filter_map(|address| address.tls.as_mut()) {
            harm_tls(tls, &harm);
        }
        for response in &mut endpoint.responses {
            response.headers.push((harm.clone(), harm.repeat(10)));
        }
        for cookie in &mut endpoint.cookies {
            cookie.name.clone_from(&harm);
        }
    }
    app
}

/// The same in what a server says of itself, and in what a saved result claims of it.
fn harm_tls(tls: &mut Tls, harm: &str) {
    if let Some(rating) = &mut tls.rating {
        rating.grade = Reading::Observed(harm.to_owned());
        rating.advice.push(harm.repeat(3));
        rating.grade_may_be.push(harm.to_owned());
    }
    tls.contradictions.push(harm.to_owned());
    tls.extensions.alpn.push(harm.to_owned());
    for certificate in &mut tls.certificates {
        certificate.subject = format!("CN={harm}");
        certificate.sans.push("a".repeat(300));
    }
    for suite in &mut tls.cipher_suites {
        suite.name.push_str(harm);
    }
    for client in &mut tls.clients {
        client.name.push_str(harm);
    }
}

fn page(name: &str, app: &Assessment) -> PathBuf {
    let html = reports::find("html").unwrap_or_else(|| panic!("there is no html in {FORMATS:?}"));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{}", html.extension));
    let mut bytes = Vec::new();
    (html.write)(app, &mut bytes).expect("a vector takes every byte");
    fs::write(&path, bytes).expect("the folder for temporary files is there");
    path
}
