//! What a host that serves https is asked on plain http.

use url::Url;

/// The URL of plain http that a visitor would type: the same host and path on port 80, without the query, which may hold secrets.
pub(super) fn plain_url(url: &Url) -> Option<Url> {
    let mut plain = url.clone();
    plain.set_query(None);
    plain.set_fragment(None);
    plain.set_port(None).ok()?;
    plain.set_scheme("http").ok()?;
    Some(plain)
}
