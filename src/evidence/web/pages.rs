//! What a page and its scripts hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Reading;

/// A page, as it comes before any script of it runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "a page answers that many questions")]
pub struct Page {
    /// The title; absent when there is none.
    pub title: Option<String>,
    /// Its forms.
    pub forms: Vec<Form>,
    /// Whether it has a field for a password, in a form or not.
    pub password_field: bool,
    /// Whether a script of it makes such a field: a weak sign, for libraries can do so without ever doing it.
    pub scripted_password_field: bool,
    /// Words of the platform that the page says near that field; empty when there are none.
    pub speaks_of: Vec<String>,
    /// Whether it offers a way to sign in with the platform: a link, a form or a script that leads to a sign-in host.
    pub leads_to_sign_in: bool,
    /// Whether it opens sign-in in a window of its own, as identity providers that refuse frames require.
    pub opens_window: bool,
    /// What looks like data of a customer and not like a shell: see [`CustomerData`].
    pub data: Vec<CustomerData>,
    /// What looks like records of a business and names nobody, so that somebody has to look at it: invoices, orders, lists to choose from.
    pub records: Vec<CustomerData>,
    /// What it fetches by itself from its own site, asked for as a stranger would.
    pub requests: Vec<PageRequest>,
    /// Characters of text that a reader sees.
    pub text_length: u64,
    /// Sub-resources and forms of an https page that use plain http.
    pub mixed_content: Vec<MixedContent>,
    /// Secrets and unsafe storage found in the page or in scripts of the same site.
    pub script_findings: Vec<ScriptFinding>,
    /// Scripts of other sites without Subresource Integrity, by URL.
    pub foreign_scripts: Vec<String>,
    /// API paths of the same site that its scripts call.
    pub api_paths: Vec<String>,
    /// Whether the page and the scripts of the same site were read to their ends, so that what is not listed is not there; unknown when they were not.
    pub complete: Reading<bool>,
    /// Why that is unknown; absent otherwise.
    pub reason: Option<String>,
}

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Form {
    /// Where it posts to, resolved and masked.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Whether it has a password field.
    pub password: bool,
    /// Whether it has a field for a user name or e-mail address.
    pub user_name: bool,
    /// Whether it has a hidden field that looks like an anti-forgery token.
    pub anti_forgery: bool,
}

/// A sign that a page shows data of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerData {
    /// What kind of data: `e-mail addresses`, `phone numbers`, `table of records`, `record`, `contact cards`, `embedded JSON records`, `list of records`,
    /// `list to choose from`, `amounts`, `greeting by name`.
    pub kind: String,
    /// How many of them.
    pub count: u64,
}

/// Something that a page fetches from its own site: for a script, as a frame, as a part of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PageRequest {
    /// What was asked, masked.
    pub url: String,
    /// What asks for it: `script`, `frame`, `element`.
    pub by: String,
    /// HTTP status code; absent without a response.
    pub status: Option<u16>,
    /// Whether a stranger gets data of a customer; unknown where the answer decides neither way.
    pub shows_data: Reading<bool>,
    /// Whether strangers are turned away: 401, 403, or a redirect to sign in.
    pub turned_away: bool,
    /// What the answer shows of a customer.
    pub data: Vec<CustomerData>,
    /// Why it is known or not, in words.
    pub reason: String,
}

/// A sub-resource or form that uses plain http on an https page (Mixed Content, section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MixedContent {
    /// The element: `script`, `iframe`, `img`, `form`.
    pub element: String,
    /// The URL, masked.
    pub url: String,
    /// Whether browsers block it rather than upgrade it.
    pub blockable: bool,
}

/// Something in a script that has no place in a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScriptFinding {
    /// What it is, by its name in the data file: `application-token`, `client-secret`, `ticket`, `access-token`, `token`,
    /// `private-key`, `token-storage`, `cookie-writing`.
    pub kind: String,
    /// The script's URL, or the page's own for an inline one.
    pub url: String,
    /// Line, from 1.
    pub line: u64,
    /// The value masked; absent when the finding is no value.
    pub masked: Option<String>,
}
