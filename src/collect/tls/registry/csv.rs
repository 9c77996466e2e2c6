//! Reads IANA's registries as they publish them (RFC 4180): quoted fields may hold commas and line ends.

/// What a registry assigns: the first column and the second, without ranges and without what is reserved or unassigned.
pub(super) fn assignments(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    Records { rest: text }.skip(1).filter_map(|record| {
        let (value, description) = (*record.first()?, *record.get(1)?);
        let assigned = !description.starts_with("Reserved") && !description.starts_with("Unassigned");
        assigned.then_some((value, description))
    })
}

struct Records {
    rest: &'static str,
}

impl Iterator for Records {
    type Item = Vec<&'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let mut record = Vec::new();
        loop {
            let (field, rest) = field(self.rest);
            record.push(field);
            self.rest = rest.strip_prefix(',').unwrap_or(rest);
            if self.rest.len() == rest.len() {
                self.rest = rest.trim_start_matches(['\r', '\n']);
                return Some(record);
            }
        }
    }
}

/// The first field, and the rest from its comma or line end on.
fn field(text: &str) -> (&str, &str) {
    let (field, rest) = match text.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
        Some((field, rest)) => (Some(field), rest),
        None => (None, text),
    };
    let end = rest.find([',', '\r', '\n']).unwrap_or(rest.len());
    let (plain, rest) = rest.split_at(end);
    (field.unwrap_or(plain), rest)
}

/// A number as the registries write it: `0x0403`, `0x13,0x01` or decimal.
pub(super) fn number(value: &str) -> Option<u16> {
    match value.split_once(',') {
        Some((high, low)) => Some(u16::from_be_bytes([byte(high)?, byte(low)?])),
        None => match value.strip_prefix("0x") {
            Some(digits) => u16::from_str_radix(digits, 16).ok(),
            None => value.parse().ok(),
        },
    }
}

fn byte(value: &str) -> Option<u8> {
    u8::from_str_radix(value.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AS_PUBLISHED: &str = "Value,Description,DTLS-OK,Recommended,Reference,Comment\n\
        \"0x00,0x46\",TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA,Y,N,[RFC5932],\n\
        \"0x00,0x47-4F\",\"Reserved to avoid conflicts with         \ndeployed implementations\",,,[Pasi_Eronen],\n\
        \"0x00,0x50-58\",Reserved to avoid conflicts,,,\"[Pasi Eronen, <pasi.eronen&nokia.com>, 2008-04-04.  2008-04-04]\",\n\
        \"0x00,0x5D-5F\",Unassigned,,,,\n\
        \"0x00,0x67\",TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,Y,N,[RFC5246],\r\n";

    #[test]
    fn a_registry_is_read_as_it_is_published() {
        let read: Vec<_> = assignments(AS_PUBLISHED).collect();
        let expected = [("0x00,0x46", "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA"), ("0x00,0x67", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256")];
        assert_eq!(read, expected);
    }

    #[test]
    fn numbers_are_read_in_all_three_spellings() {
        assert_eq!([number("0x13,0x01"), number("0x0403"), number("4588")], [Some(0x1301), Some(0x0403), Some(4588)]);
        assert_eq!([number("0x00,0x47-4F"), number("261-507"), number("")], [None, None, None]);
    }
}
