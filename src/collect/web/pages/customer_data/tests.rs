use super::*;
use crate::collect::web::pages::markup;

fn found(page: &str) -> Found {
    let markup = markup::read(page);
    let mut found = in_markup(&markup, "vendor.no");
    for script in &markup.scripts {
        found.add(match script.kind.as_str() {
            "application/ld+json" => Counted::default(),
            _ if script.is_data() => in_json(&script.text, "vendor.no"),
            _ => in_script(&script.text, "vendor.no"),
        });
    }
    found
}

fn kinds(page: &str) -> Vec<String> {
    found(page).facts().into_iter().map(|data| data.kind).collect()
}

fn doubts(page: &str) -> Vec<String> {
    found(page).doubts(true).into_iter().map(|data| data.kind).collect()
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
        "<script>window.S={\"orders\":[{\"orderNo\":\"SO-1\",\"customer\":\"Fjord Fisk AS\",\"amount\":450.5}]}</script>",
        "<script>window.S=[{\"name\":\"Fjord Fisk AS\",\"email\":\"post@fjordfisk.no\"},{\"name\":\"Bergen Bil AS\",\"email\":\"post@bergenbil.no\"}]</script>",
        "<div id=app data-page='{\"props\":{\"customer\":{\"id\":7,\"name\":\"Fjord Fisk AS\",\"email\":\"post@fjordfisk.no\"}}}'></div>",
        "<div wire:snapshot='{\"data\":{\"people\":[[{\"name\":\"Kari\",\"email\":\"kari@fjordfisk.no\"},{\"s\":\"arr\"}]]}}'></div>",
        "<input type=hidden value='[{\"name\":\"Kari\",\"email\":\"kari@fjordfisk.no\"}]'>",
        "<li data-name='Kari Moen' data-email='kari@fjordfisk.no'>x</li>",
        "<div><h5>Kari Moen</h5><p><a href='mailto:kari@fjordfisk.no'>kari@fjordfisk.no</a></p><p>+47 905 11 222</p></div>",
        "<div><span>Kari Moen</span><span>kari@fjordfisk.no</span><span>+47 905 11 222</span></div>",
        "<address>Vendor AS</address><address>Kari Moen<br>kari@fjordfisk.no<br>+47 905 11 222</address>",
        "<div role=grid><div role=row><b role=columnheader>Name</b><b role=columnheader>Mail</b></div><div role=row><i role=gridcell>Kari</i><i role=gridcell>kari@fjordfisk.no</i></div></div>",
        "<table><tr><th>Name<th>E-mail<tr><td>Fjord Fisk AS<td>post@fjordfisk.no<tr><td>Bergen Bil AS<td>post@bergenbil.no</table>",
        "<select><option value=1>Kari Moen &lt;kari@fjordfisk.no></option></select>",
        "<dl><dt>Firma<dd>Petersen GmbH<dt>Ansprechpartner<dd>Petra Schulz<dt>Straße<dd>Hafenweg 12, Hamburg</dl>",
        "<p>Contacts</p><p>Name: Kari Moen</p><p>E-mail: kari@oslorør.no</p>",
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
        "<script type=application/json>{\"i18n\":{\"contactName\":\"Contact name\",\"name\":\"Kari\",\"email\":\"kari@fjordfisk.no\"}}</script>",
        "<script type=application/json>{\"t\":{\"contactName\":\"Contact name\",\"phone\":\"Phone\",\"email\":\"Please enter your email\",\"help\":\"Mail kari@fjordfisk.no\"}}</script>",
        "<script type=application/json>{\"t\":{\"name\":\"Name\",\"email\":\"name@example.com\",\"phone\":\"Phone\"}}</script>",
        "<ul><li>Contact: Kundesenter</li><li>E-post: hjelp@sync.no</li><li>Telefon: 815 00 123</li></ul>",
        "<h4>Support</h4><p>Contact: Anne Berg</p><p>E-mail: anne.berg@other.no</p><p>Phone: +47 400 10 200</p>",
        "<h4>Contact us</h4><div>Anne Berg</div><div>anne.berg@other.no</div><div>+47 400 10 200</div>",
        "<div>Anne Berg</div><div>anne.berg@other.no</div><div>+47 400 10 200</div><p>Mail support@other.no</p>",
        "<address>Contact: Anne Berg<br>E-mail: anne.berg@other.no<br>Phone: +47 400 10 200</address>",
        "<div class=impressum><div>Kontakt: Anne Berg</div><p>E-Mail: anne.berg@other.de</p><p>Telefon: +49 40 123456</p></div>",
        "<p>Your contact: Anne Berg, anne.berg@other.no, +47 400 10 200</p>",
        "<h3>This is how it looks</h3><table><tr><th>Name<th>E-mail<tr><td>Kari<td>kari@fjordfisk.no<tr><td>Ola<td>ola@fjordfisk.no</table>",
        "<table><tr><th>Name<th>E-mail<tr><td>Sales<td>sales@other.no<tr><td>Billing<td>billing@other.no</table>",
        "<script>window.config={\"support\":{\"name\":\"Anne Berg\",\"email\":\"anne.berg@other.no\",\"phone\":\"+47 400 10 200\"}}</script>",
    ] {
        assert_eq!(kinds(page), Vec::<String>::new(), "{page}");
    }
}

#[test]
fn records_that_name_nobody_ask_for_a_look() {
    for page in [
        "<table><tr><th>Faktura<th>Dato<th>Beløp<tr><td>100234<td>11.10.2026<td>kr 12 500,00</table>",
        "<script>window.S=[{\"invoiceNo\":1001,\"dueDate\":\"2026-10-01\",\"status\":\"open\"}]</script>",
        "<p>Welcome back, Kari Moen!</p>",
        "<p>14 open orders, total NOK 245 300.</p>",
        "<ul><li>#2231 Printer does not print – Kari Moen, 12.10.2026</li><li>#2240 Cannot log in – 14.10.2026</li></ul>",
        "<select><option value=1>Fjord Fisk AS<option value=2>Bergen Bil AS<option value=3>Oslo Rør AS<option value=4>Dal GmbH<option value=5>Moen AB</select>",
    ] {
        assert!(kinds(page).is_empty() && !doubts(page).is_empty(), "{page}: {:?}", kinds(page));
    }
    for page in [
        "<table><tr><th>Plan<th>Price<tr><td>Small<td>€ 49<tr><td>Team<td>€ 199</table>",
        "<p>Prices from NOK 245 per month. Orders by 12 are sent the same day.</p>",
        "<table><tr><th>Version<th>Date<th>Change<tr><td>4.2<td>2026-10-02<td>Faster</table>",
        "<p>Welcome to Acme Orders</p><p>Hello!</p>",
        "<select><option value=1>Norway<option value=2>Sweden<option value=3>United Kingdom<option value=4>Denmark<option value=5>Iceland</select>",
        "<script>window.menu=[{\"order\":1,\"status\":\"on\",\"title\":\"Home\"},{\"order\":2,\"status\":\"on\"}]</script>",
    ] {
        assert!(doubts(page).is_empty(), "{page}: {:?}", doubts(page));
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
