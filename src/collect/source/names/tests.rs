use super::*;

fn matched<'a>(names: &'a Names, path: &str) -> Option<&'a str> {
    names.matching(&segments(path).collect::<Vec<_>>()).map(|found| found.entry)
}

fn names(entries: &[&str]) -> Names {
    Names::new(&entries.iter().map(ToString::to_string).collect::<Vec<_>>())
}

#[test]
fn a_name_matches_the_last_segments_without_regard_to_case() {
    let names = names(&["ConfigFile.Services.ApplicationToken"]);
    assert!(matched(&names, "SuperOffice.Configuration.ConfigFile.Services.ApplicationToken").is_some());
    assert!(matched(&names, "configfile.services.applicationtoken").is_some());
    assert!(matched(&names, "Services.ApplicationToken").is_none());
    assert!(matched(&names, "MyConfigFile.Services.ApplicationToken").is_none());
}

#[test]
fn a_single_segment_is_the_whole_identifier_and_a_part_of_one_only_resembles_it() {
    let names = names(&["ClientSecret"]);
    for hit in
        ["clientSecret", "_clientSecret", "m_clientSecret", "options.ClientSecret", "SuperOffice:ClientSecret", "SuperOffice__ClientSecret"]
    {
        assert!(matched(&names, hit).is_some(), "{hit}");
    }
    for near in [
        "NEXT_PUBLIC_SO_CLIENTSECRET",
        "SOClientSecret",
        "SO_CLIENTSECRET",
        "MyClientSecret",
        "ClientSecretProd",
        "clientSecret2",
        "CLIENT_SECRET_TEST",
        "soClientSecrets",
    ] {
        let path: Vec<&str> = segments(near).collect();
        assert!(names.matching(&path).is_some_and(|found| !found.exact), "{near}");
    }
    for same in ["DefaultClientSecret", "FALLBACK_CLIENT_SECRET", "clientSecretFallback"] {
        let path: Vec<&str> = segments(same).collect();
        assert!(names.matching(&path).is_some_and(|found| found.exact), "{same}");
    }
    for miss in ["ClientSecretName", "clientSecretHash", "ClientSecretary", "ClientSecret.Length", "Client.Secret"] {
        assert!(matched(&names, miss).is_none(), "{miss}");
    }
}

#[test]
fn a_key_is_the_same_however_its_words_are_joined() {
    let names = names(&["SuperOffice.ClientSecret", "httpCookies/@requireSSL", "session.cookie_secure", "AppToken"]);
    let found = |path: &str| names.matching_key(&segments(path).collect::<Vec<_>>()).map(|found| (found.entry, found.exact));
    for path in ["superoffice:client-secret", "super-office.client_secret", "SUPEROFFICE__CLIENT_SECRET", "SUPEROFFICE__CLIENTSECRET"] {
        assert_eq!(found(path), Some(("SuperOffice.ClientSecret", true)), "{path}");
    }
    assert_eq!(found("system.web/httpCookies/requireSSL"), Some(("httpCookies/@requireSSL", true)));
    for path in ["server.session.cookie-secure", "session.cookie.secure", "SESSION_COOKIE_SECURE"] {
        assert_eq!(found(path), Some(("session.cookie_secure", true)), "{path}");
    }
    assert_eq!(found("so.app.token"), Some(("AppToken", false)));
    assert_eq!(found("SO_APP_TOKEN_PROD"), Some(("AppToken", false)));
    for miss in ["client_secret", "cookie-secure", "app.tokens.max", "apptokenizer"] {
        assert_eq!(found(miss), None, "{miss}");
    }
}

#[test]
fn an_asterisk_stands_for_how_a_name_begins() {
    let names = names(&["*Password", "db.password"]);
    for (hit, entry) in [
        ("SmtpPassword", "*Password"),
        ("spring.mail.password", "*Password"),
        ("DB_PASSWORD", "*Password"),
        ("password_dev", "*Password"),
        ("smtpPasswordProd", "*Password"),
        ("SMTP_PASSWORD_LIVE", "*Password"),
        ("passwordDefault", "*Password"),
        ("SMTP_PASSWORD_FALLBACK", "*Password"),
        ("PASSWORD_DB", "*Password"),
        ("passwordFtp", "*Password"),
        ("db.password", "db.password"),
    ] {
        assert_eq!(matched(&names, hit), Some(entry), "{hit}");
    }
    for miss in [
        "PasswordHash",
        "PasswordLatest",
        "passwordtest",
        "resetPassword",
        "confirmPasswordTest",
        "isValidPassword",
        "password.length",
        "hashed_password",
        "harPassword",
        "feilPassword",
        "glemtPassword",
    ] {
        assert_eq!(matched(&names, miss), None, "{miss}");
    }
}

#[test]
fn the_most_specific_entry_answers() {
    let names = names(&["ApplicationToken", "ConfigFile.Services.ApplicationToken", "Services.ApplicationToken"]);
    assert_eq!(matched(&names, "ConfigFile.Services.ApplicationToken"), Some("ConfigFile.Services.ApplicationToken"));
    assert_eq!(matched(&names, "request.ApplicationToken"), Some("ApplicationToken"));
}
