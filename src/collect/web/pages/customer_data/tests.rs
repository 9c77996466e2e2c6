use super::*;
use crate::collect::web::pages::markup;

fn kinds(page: &str) -> Vec<String> {
    let markup = markup::read(page);
    let mut found = in_markup(&markup, "vendor.no");
    for script in &markup.scripts {
        found.add(match script.kind.as_str() {
            "application/ld+json" => Counted::default(),
            _ if script.is_data() => in_json(&script.text, "vendor.no"),
            _ => in_script(&script.text, "vendor.no"),
        });
    }
    found.facts().into_iter().map(|data| data.kind).collect()
}

#[test]
fn pages_with_data_of_customers_are_seen() {
    for page in [
        "<dl><dt>Name<dd>Kari Nordmann<dt>Phone<dd>+47 912 34 567<dt>Address<dd>Storgata 1</dl>",
        "<p><b>Navn:</b> Kari Nordmann</p><p><b>Telefon:</b> 912 34 567</p>",
        "<div>E-mail</div><div>kari@fjordfisk.no</div><div>Company</div><div>Fjord Fisk AS</div>",
        "<table><tr><th>Contact</th><td>Kari Nordmann</td></tr><tr><th>E-mail</th><td>kari@fjordfisk.no</td></tr></table>",
        "<table><thead><tr><th>Name<th>E-mail</thead><tbody><tr><td>Kari<td>kari@fjordfisk.no<tr><td>Ola<td>ola@fjordfisk.no</table>",
        "<table><tr><th>Firma<th>Beløp<th>Selger<tr><td>Fjord Fisk AS<td>120 000<td>ON<tr><td>Bergen Bil AS<td>90 000<td>KN</table>",
        "<table><tr><td>Kari<td>+47 912 34 567<tr><td>Ola<td>+47 912 34 568</table>",
        "<form><input name=name value='Kari Nordmann'><input name=email type=email value='kari@fjordfisk.no'></form>",
        "<li>kari@fjordfisk.no<li>ola@bergenbil.no<li>per@oslotaxi.no",
        "<script id=__NEXT_DATA__ type=application/json>{\"props\":{\"person\":{\"name\":\"Kari Nordmann\",\"email\":\"kari@fjordfisk.no\"}}}</script>",
        "<script>window.__STATE__ = {\"sales\":[{\"saleId\":12,\"heading\":\"Boat engines\"}]};</script>",
        "<script>self.__next_f.push([1,\"{\\\"name\\\":\\\"Kari Nordmann\\\",\\\"email\\\":\\\"kari@fjordfisk.no\\\"}\"])</script>",
        "<script>var p = { name: 'Kari Nordmann', email: 'kari@fjordfisk.no' };</script>",
    ] {
        assert!(!kinds(page).is_empty(), "{page}");
    }
}

#[test]
fn pages_without_data_of_customers_are_left_alone() {
    for page in [
        "<h1>Vendor</h1><p>Mail us: support@vendor.no or kari@vendor.no</p>",
        "<p>Phone: +47 22 33 44 55</p><p>E-mail: post@vendor.no</p><p>Address: Storgata 1, 0155 Oslo</p>",
        "<p>Questions? Ask kari.nordmann@gmail.com</p>",
        "<footer><p>Name: Kari Nordmann</p><p>Phone: +47 912 34 567</p></footer>",
        "<table><tr><th>Plan<th>Price<tr><td>Small<td>990<tr><td>Large<td>1 990</table>",
        "<table><tr><th>Name<th>Provider<th>Purpose<th>Expiry<tr><td>_ga<td>Google<td>Statistics<td>2 years<tr><td>sid<td>us<td>Session<td>-</table>",
        "<table><tr><th>Name<th>Company<th>Purpose<tr><td>_ga<td>Google<td>Statistics</table>",
        "<table><tr><th>Field<th>Example<tr><td>email<td>kari@example.com<tr><td>phone<td>12345678</table>",
        "<form><label>E-mail</label><input name=email type=email placeholder='you@company.com'><label>Name</label><input name=name></form>",
        "<script type=application/ld+json>{\"@type\":\"Organization\",\"name\":\"Vendor\",\"email\":\"kari@other.no\",\"telephone\":\"+47 22 33 44 55\"}</script>",
        "<script>window.i18n = {\"email\":\"E-mail\",\"name\":\"Name\",\"phone\":\"Phone\"};</script>",
        "<script>window.config = {\"name\":\"App\",\"email\":\"support@vendor.no\",\"phone\":\"+47 22 33 44 55\"};</script>",
        "<script>window.__STATE__ = {\"user\":null,\"contactId\":0,\"name\":\"\"};</script>",
        "<div id=root></div><script src=/static/js/main.3f2a.js></script>",
        "<p>Updated: 2026-01-12</p><p>Version: 10.2.3.4</p>",
        "<img src=logo@2x.png><p>logo@2x.png a@3x.png b@2x.png</p>",
    ] {
        assert_eq!(kinds(page), Vec::<String>::new(), "{page}");
    }
}

#[test]
fn json_lists_and_cards_are_records() {
    assert_eq!(in_json(r#"[{"contactId":7,"name":"Fjord Fisk AS"},{"contactId":8,"name":"Bergen Bil AS"}]"#, "vendor.no").records, 2);
    assert_eq!(in_json(r#"{"error":"unauthorized","message":"Sign in first"}"#, "vendor.no").records, 0);
    assert_eq!(in_json("{{{", "vendor.no").records, 0);
    let mut found = Found::default();
    in_text_body("BEGIN:VCARD\nFN:Kari\nEND:VCARD", "vendor.no", &mut found);
    assert_eq!(found.facts().len(), 1);
}

#[test]
fn numbers_of_phones_are_no_dates_or_versions() {
    for number in ["+47 912 34 567", "912 34 567", "(0)20 7946 0958", "0047 22334455"] {
        assert!(is_phone(number), "{number}");
    }
    for other in ["2026-01-12", "12.01.2026", "10.20.30.40", "120 000", "v1.2.3", "2026-01-12 10:00"] {
        assert!(!is_phone(other), "{other}");
    }
}
