//! What the reader of XML promises.

use proptest::prelude::*;

use super::*;
use crate::{
    collect::source::{all_facts_in, decode::Lines, watch::Watch},
    evidence::{Origin, SourceFact, Vocabulary},
};

const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

fn vocabulary() -> Vocabulary {
    Vocabulary { config_key: vec!["ApplicationToken".to_owned(), "ClientSecret".to_owned()], ..Vocabulary::default() }
}

fn facts(text: &str) -> Vec<SourceFact> {
    all_facts_in("Web.Release.config", &text.replace("SECRET", SECRET).replace(&format!("_{SECRET}"), "_SECRET"), &vocabulary())
}

#[test]
fn every_way_to_write_a_key_is_found_with_its_path() {
    for (text, sink) in [
        (
            r#"<?xml version="1.0"?><configuration><SuperOffice><Services><add key="ApplicationToken" value="SECRET"/></Services></SuperOffice></configuration>"#,
            "configuration/SuperOffice/Services/add[@key='ApplicationToken']",
        ),
        ("<appSettings><add\n  value='SECRET'\n  key='ApplicationToken' /></appSettings>", "appSettings/add[@key='ApplicationToken']"),
        (
            r#"<appSettings><add key="SuperOffice:ClientSecret" value="SECRET"/></appSettings>"#,
            "appSettings/add[@key='SuperOffice:ClientSecret']",
        ),
        (
            r#"<a><add key="ApplicationToken" value="SECRET" xdt:Transform="SetAttributes" xdt:Locator="Match(key)"/></a>"#,
            "a/add[@key='ApplicationToken']",
        ),
        (
            r#"<e><environmentVariable name="SuperOffice__ClientSecret" value="SECRET"/></e>"#,
            "e/environmentVariable[@name='SuperOffice__ClientSecret']",
        ),
        (r#"<superOffice applicationToken="SECRET"/>"#, "superOffice/@applicationToken"),
        ("<a><ApplicationToken>\n  SECRET\n</ApplicationToken></a>", "a/ApplicationToken"),
        ("<a><ApplicationToken><![CDATA[SECRET]]></ApplicationToken></a>", "a/ApplicationToken"),
        (
            r#"<S><setting name="ApplicationToken" serializeAs="String"><value>SECRET</value></setting></S>"#,
            "S/setting[@name='ApplicationToken']/value",
        ),
        (r#"<a><add key="ApplicationToken">SECRET</add></a>"#, "a/add[@key='ApplicationToken']"),
        (r#"<a><add key="ApplicationToken" value="&#x30;9d5a1b2c3d4e5f60718293a4b5c6dc1"/></a>"#, "a/add[@key='ApplicationToken']"),
        (r#"<a><b></x><add key="ApplicationToken" value="SECRET"></a>"#, "a/b/add[@key='ApplicationToken']"),
        (r#"<a b=c & <add key="ApplicationToken" value="SECRET""#, ""),
    ] {
        let found = facts(text);
        let described: Vec<_> = found.iter().map(|fact| (fact.sink.as_str(), fact.origin, fact.masked.as_deref())).collect();
        let expected = [(sink, Origin::Literal, Some("09d…c1(32)"))];
        assert_eq!(described, if sink.is_empty() { &expected[..0] } else { &expected }, "{text}");
    }
}

#[test]
fn stand_ins_are_placeholders_and_look_alikes_are_nothing() {
    for stand_in in ["", "#{ApplicationToken}", "YOUR_TOKEN", "%TOKEN%", "__ApplicationToken__", "[@token]"] {
        let found = facts(&format!(r#"<a><add key="ApplicationToken" value="{stand_in}"/></a>"#));
        assert_eq!(found.iter().map(|fact| fact.origin).collect::<Vec<_>>(), [Origin::Placeholder], "{stand_in}");
    }
    for harmless in [
        r#"<a><add key="ApplicationTokenFile" value="SECRET"/></a>"#,
        r#"<a><add key="x" value="ApplicationToken"/></a>"#,
        r#"<a><remove key="ApplicationToken"/></a>"#,
        r#"<a><ApplicationToken configSource="token.config"/></a>"#,
        "<a><ApplicationToken><b>SECRET</b></ApplicationToken></a>",
        r#"<!-- <add key="ApplicationToken" value="YOUR_TOKEN_HERE"/> --><a/>"#,
        r#"<!-- <add key="ApplicationToken" value=""/> --><a/>"#,
        r#"<!DOCTYPE a [<!ENTITY b "<add key='ApplicationToken' value='SECRET'/>">]><a>&b;</a>"#,
    ] {
        assert_eq!(facts(harmless), [], "{harmless}");
    }
}

#[test]
fn a_real_value_that_is_commented_out_keeps_its_path() {
    let found = facts("<a>\n <b><!-- old: </b></a>\n  <add key=\"ApplicationToken\" value=\"SECRET\"/> --></b>\n</a>");
    let [fact] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((fact.sink.as_str(), fact.in_comment, fact.line, fact.column), ("a/b/add[@key='ApplicationToken']", true, 3, 3));
    assert_eq!((fact.end_line, fact.end_column), (3, 73));
}

#[test]
fn other_kinds_of_xml_are_read_too() {
    for (path, text, sink) in [
        (
            "Strings.resx",
            "<root><data name=\"ClientSecret\" xml:space=\"preserve\"><value>SECRET</value></data></root>",
            "root/data[@name='ClientSecret']/value",
        ),
        (
            "Info.plist",
            "<plist><dict><key>A</key><string>b</string><key>ClientSecret</key><string>SECRET</string></dict></plist>",
            "plist/dict/string[@key='ClientSecret']",
        ),
        (
            "AndroidManifest.xml",
            "<application><meta-data android:name=\"so.ClientSecret\" android:value=\"SECRET\"/></application>",
            "application/meta-data[@name='so.ClientSecret']",
        ),
        (
            "res/values/strings.xml",
            "<resources><string name=\"client_secret\">SECRET</string></resources>",
            "resources/string[@name='client_secret']",
        ),
        (
            "App.csproj",
            "<Project><PropertyGroup><ClientSecret>SECRET</ClientSecret></PropertyGroup></Project>",
            "Project/PropertyGroup/ClientSecret",
        ),
        (
            "web.xml",
            "<w><context-param><param-name>client.secret</param-name><param-value>SECRET</param-value></context-param></w>",
            "w/context-param/param-value[@param-name='client.secret']",
        ),
        (
            "user.properties.xml",
            "<properties><entry key=\"client-secret\">SECRET</entry></properties>",
            "properties/entry[@key='client-secret']",
        ),
    ] {
        let text = text.replace("SECRET", SECRET);
        let found = all_facts_in(path, &text, &vocabulary());
        let described: Vec<_> = found.iter().map(|fact| (fact.sink.as_str(), fact.masked.as_deref())).collect();
        assert_eq!(described, [(sink, Some("09d…c1(32)"))], "{text}");
    }
}

#[test]
fn switches_are_settings_in_clear_and_missing_ones_are_told() {
    let vocabulary = Vocabulary {
        setting: ["httpCookies/@requireSSL", "compilation/@debug", "customErrors/@mode", "cookie.secure"].map(str::to_owned).to_vec(),
        missing: vec![crate::evidence::MissingSetting {
            of: "httpCookies".to_owned(),
            setting: "requireSSL".to_owned(),
            unless: Vec::new(),
        }],
        ..Vocabulary::default()
    };
    let seen = |text: &str| -> Vec<(String, Origin, Option<String>)> {
        let found = all_facts_in("web.config", text, &vocabulary);
        found.into_iter().map(|fact| (fact.watched, fact.origin, fact.value)).collect()
    };
    let setting = |name: &str, value: &str| (name.to_owned(), Origin::Literal, Some(value.to_owned()));
    assert_eq!(
        seen(
            "<system.web><httpCookies requireSSL=\"false\"/><compilation debug='true'></compilation><customErrors mode=\"Off\"/></system.web>"
        ),
        [setting("httpCookies/@requireSSL", "false"), setting("compilation/@debug", "true"), setting("customErrors/@mode", "Off")]
    );
    assert_eq!(seen("<a><cookie-config><cookie><secure>false</secure></cookie></cookie-config></a>"), [setting("cookie.secure", "false")]);
    assert_eq!(seen("<a><add key=\"Cookie:Secure\" value=\"false\"/></a>"), [setting("cookie.secure", "false")]);
    for lacking in ["<a><httpCookies httpOnlyCookies='true'/></a>", "<a><httpCookies><b/></httpCookies></a>"] {
        assert_eq!(seen(lacking), [("httpCookies.requireSSL".to_owned(), Origin::Absent, None)], "{lacking}");
    }
    for fine in [
        "<a><httpCookies requireSSL='true'/></a>",
        "<a xdt:Transform='x'><httpCookies/></a>",
        "<a><!-- <httpCookies requireSSL='false'/> --></a>",
    ] {
        assert!(seen(fine).iter().all(|(_, _, value)| value.as_deref() == Some("true")), "{fine}");
    }
}

#[test]
fn a_file_that_breaks_off_is_told_of() {
    let watch = Watch::new(&vocabulary());
    let gap = |text: &str| {
        let stop = std::sync::atomic::AtomicBool::new(false);
        read(&Document { text, path: "web.config", lines: Lines::new(text), parts: &[], mentions: None, watch: &watch, stop: &stop }).gap
    };
    assert_eq!(gap("<a>\n<b c=\"").as_deref(), Some("the XML breaks off in line 2"));
    assert_eq!(gap("<a>\n<!-- ").as_deref(), Some("the XML breaks off in line 2"));
    assert_eq!(gap("ApplicationToken=1").as_deref(), Some("not XML"));
    assert_eq!(gap("<a/>"), None);
}

#[test]
fn hostile_files_cost_little() {
    let started = std::time::Instant::now();
    let deep = format!("{}{}", "<a>".repeat(300_000), "</b>".repeat(300_000));
    let entities = format!("<a ApplicationToken=\"{}\"/>", "&".repeat(1_000_000));
    let bomb = format!("<!DOCTYPE a [{}]><a ApplicationToken='&b;'/>", "<!ENTITY b '&c;&c;&c;'>".repeat(10_000));
    for text in [deep, entities, bomb, "<!--".repeat(300_000), "<a ".repeat(300_000), "<a b=".repeat(300_000)] {
        facts(&text);
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(30), "{:?}", started.elapsed());
}

/// Every watched attribute and leaf text, as the roxmltree crate reads the document.
fn as_roxmltree_reads(document: &roxmltree::Document<'_>) -> Vec<String> {
    let mut values = Vec::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let watched = |name: &str| ["ApplicationToken", "ClientSecret"].contains(&name);
        if node.attribute("key").is_some_and(watched) {
            values.extend(node.attribute("value").map(str::to_owned));
        }
        values.extend(node.attributes().filter(|attribute| watched(attribute.name())).map(|attribute| attribute.value().to_owned()));
        let text: String = node.children().filter(roxmltree::Node::is_text).filter_map(|text| text.text()).collect();
        let is_leaf = !node.children().any(|child| child.is_element()) && !text.trim().is_empty();
        if is_leaf && (watched(node.tag_name().name()) || node.attribute("key").is_some_and(watched)) {
            values.push(text.trim().to_owned());
        }
    }
    values.sort();
    values
}

fn element() -> impl Strategy<Value = String> {
    let name = prop_oneof!["a", "add", "ApplicationToken"];
    let attribute = prop_oneof![
        Just(String::new()),
        "[a-z0-9&]{0,6}".prop_map(|value| format!(" key='ApplicationToken' value=\"{}\"", value.replace('&', "&amp;"))),
        "[a-z0-9 ]{0,6}".prop_map(|value| format!("\n ClientSecret = '{value}' b=\">\"")),
    ];
    let leaf = prop_oneof!["[a-z0-9 ]{0,8}", Just("<![CDATA[x<y]]>".to_owned()), Just("&lt;&#65;&quot;".to_owned())];
    leaf.prop_recursive(4, 30, 4, move |inner| {
        (name.clone(), attribute.clone(), proptest::collection::vec(inner, 0..4))
            .prop_map(|(name, attribute, inside)| format!("<{name}{attribute}>{}</{name}>", inside.concat()))
    })
}

proptest! {
    #[test]
    fn a_sound_document_reads_as_roxmltree_reads_it(inside in element()) {
        let text = format!("<configuration>{inside}</configuration>");
        let document = roxmltree::Document::parse(&text).unwrap();
        let watch = Watch::new(&vocabulary());
        let stop = std::sync::atomic::AtomicBool::new(false);
        let reading = read(&Document { text: &text, path: "", lines: Lines::new(&text), parts: &[], mentions: None, watch: &watch, stop: &stop });
        let written = |place: Place| match place.value { Value::Written(text) => text, _ => String::new() };
        let mut values: Vec<String> = reading.places.into_iter().map(written).collect();
        values.sort();
        prop_assert_eq!(values, as_roxmltree_reads(&document));
    }

    #[test]
    fn any_text_is_read(text in "[<>/!\\-\\[\\]?&;='\"a-z ApplicationToken\\n]{0,200}") {
        facts(&format!("<{text}"));
    }
}
