//! The words by which data of customers is labelled, in the languages of the platform's customers.

/// What a label announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Name,
    Person,
    Email,
    Phone,
    Company,
    Address,
    /// A sale, an amount, an owner, a case.
    Business,
}

impl Key {
    /// Whether two of its kind make a table of a business even without people.
    pub(super) fn is_business(self) -> bool {
        matches!(self, Self::Company | Self::Business | Self::Person)
    }
}

const WORDS: [(Key, &[&str]); 7] = [
    (Key::Name, &["name", "fullname", "displayname", "navn", "namn", "naam"]),
    (
        Key::Person,
        &[
            "contact", "contactperson", "contactname", "person", "personname", "firstname", "lastname", "surname", "kontakt", "kontaktperson", "fornavn",
            "etternavn", "efternavn", "fornamn", "efternamn", "ansprechpartner", "vorname", "nachname", "contactpersoon", "voornaam", "achternaam",
        ],
    ),
    (Key::Email, &["email", "emailaddress", "mail", "epost", "epostadresse", "epostadress", "emailadresse", "emailadres", "personemail", "primaryemail"]),
    (
        Key::Phone,
        &["phone", "phonenumber", "telephone", "tel", "mobile", "mobilephone", "cell", "telefon", "telefonnummer", "mobil", "mobilnummer", "handy", "telefoon", "directphone", "tlf"],
    ),
    (Key::Company, &["company", "companyname", "customer", "customername", "account", "firma", "kunde", "kund", "foretag", "företag", "unternehmen", "bedrijf", "klant", "selskap", "virksomhed"]),
    (Key::Address, &["address", "postaladdress", "streetaddress", "adresse", "adress", "postadresse", "besøksadresse", "adres", "anschrift", "street"]),
    (
        Key::Business,
        &[
            "amount", "sale", "salename", "salesrep", "opportunity", "owner", "associate", "ourcontact", "turnover", "revenue", "orgnr", "orgnumber", "vatnumber",
            "invoice", "invoiceno", "invoicenumber", "ordernumber", "orderno", "beløp", "salg", "selger", "ordre", "faktura", "betrag", "umsatz", "rechnung",
            "bedrag", "belopp", "försäljning", "custid", "customerid", "customernumber", "kundenr", "kundenummer",
        ],
    ),
];

/// What a label announces; absent when it announces nothing of a customer.
pub(super) fn of(label: &str) -> Option<Key> {
    if label.len() > 60 {
        return None;
    }
    let label: String = label.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    WORDS.iter().find(|(_, words)| words.contains(&label.as_str())).map(|(key, _)| *key)
}

/// Whether a header belongs to a table of cookies, prices, settings or an API.
pub(super) fn speaks_of_other_things(header: &str) -> bool {
    const WORDS: [&str; 34] = [
        "purpose", "expiry", "expires", "expiration", "duration", "cookie", "provider", "type", "default", "required", "parameter", "description", "price",
        "plan", "month", "feature", "example", "retention", "processor", "subprocessor", "formål", "varighet", "utløp", "zweck", "ablauf", "ändamål", "doel",
        "pris", "preis", "prijs", "field", "property", "scope", "version",
    ];
    header.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

/// Parts of addresses that belong to a role and not to a person.
pub(super) const ROLES: [&str; 58] = [
    "info", "contact", "support", "sales", "help", "helpdesk", "hello", "hi", "noreply", "no", "donotreply", "privacy", "gdpr", "dpo", "security", "abuse",
    "webmaster", "admin", "administrator", "postmaster", "hostmaster", "office", "mail", "email", "kontakt", "post", "kundeservice", "kundservice", "billing",
    "press", "jobs", "careers", "marketing", "feedback", "team", "service", "services", "legal", "compliance", "accounts", "invoice", "faktura", "salg",
    "firmapost", "personvern", "datenschutz", "klantenservice", "servicedesk", "it", "hr", "partner", "partners", "user", "username", "you", "your", "example",
    "name",
];

/// Domains of addresses in examples.
pub(super) const SAMPLE_DOMAINS: [&str; 18] = [
    "example.com", "example.org", "example.net", "domain.com", "company.com", "yourcompany.com", "yourdomain.com", "mycompany.com", "acme.com", "contoso.com",
    "test.com", "email.com", "sample.com", "sentry.io", "doe.com", "mail.com", "schema.org", "w3.org",
];
