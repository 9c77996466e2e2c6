//! The dates of `Expires`, in every form that servers have ever written (RFC 6265, section 5.1.1).

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// The months by their first three letters.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The instant that a cookie date names; absent when it names none.
pub(super) fn parse(text: &str) -> Option<OffsetDateTime> {
    let mut found = Found::default();
    text.split(is_delimiter).filter(|token| !token.is_empty()).for_each(|token| found.take(token));
    let date = Date::from_calendar_date(full_year(found.year?)?, found.month?, found.day?).ok()?;
    Some(PrimitiveDateTime::new(date, found.time?).assume_utc())
}

/// What the tokens gave so far; the first token that fits counts.
#[derive(Default)]
struct Found {
    time: Option<Time>,
    day: Option<u8>,
    month: Option<Month>,
    year: Option<i32>,
}

impl Found {
    fn take(&mut self, token: &str) {
        if self.time.is_none()
            && let Some(time) = time(token)
        {
            self.time = Some(time);
        } else if self.day.is_none()
            && let Some(day) = number(token, 1..=2)
        {
            self.day = u8::try_from(day).ok();
        } else if self.month.is_none()
            && let Some(month) = month(token)
        {
            self.month = Some(month);
        } else if self.year.is_none() {
            self.year = number(token, 2..=4);
        }
    }
}

fn is_delimiter(letter: char) -> bool {
    matches!(letter, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

/// The number that a token starts with, when it has this many digits; whatever follows them is ignored.
fn number(token: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i32> {
    let length = token.bytes().take_while(u8::is_ascii_digit).count();
    digits.contains(&length).then(|| token.get(..length)?.parse().ok())?
}

/// `hh:mm:ss`, each of one or two digits.
fn time(token: &str) -> Option<Time> {
    let mut fields = token.splitn(3, ':');
    let (hour, minute, second) = (whole(fields.next()?)?, whole(fields.next()?)?, number(fields.next()?, 1..=2)?);
    Time::from_hms(hour, minute, u8::try_from(second).ok()?).ok()
}

fn whole(field: &str) -> Option<u8> {
    (field.len() <= 2 && field.bytes().all(|digit| digit.is_ascii_digit())).then(|| field.parse().ok())?
}

fn month(token: &str) -> Option<Month> {
    let start = token.get(..3)?;
    let number = (1..).zip(MONTHS).find_map(|(number, name)| start.eq_ignore_ascii_case(name).then_some(number))?;
    Month::try_from(number).ok()
}

/// Two digits mean 1970 to 2069; before 1601 no date is legal.
fn full_year(year: i32) -> Option<i32> {
    match year {
        0..=69 => year.checked_add(2000),
        70..=99 => year.checked_add(1900),
        1601.. => Some(year),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn every_form_that_servers_write_is_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "6 november 94 8:49:37",
            "08:49:37 1994 Nov 06",
            "Sun, 06 Nov 1994 08:49:37.123 +0000",
            "Sun,06/Nov/1994,08:49:37 UTC",
        ] {
            assert_eq!(parse(text), Some(datetime!(1994-11-06 08:49:37 UTC)), "{text}");
        }
    }

    #[test]
    fn two_digit_years_turn_over_at_1970() {
        assert_eq!(parse("1 Jan 70 0:0:0"), Some(datetime!(1970-01-01 0:00 UTC)));
        assert_eq!(parse("1 Jan 69 0:0:0"), Some(datetime!(2069-01-01 0:00 UTC)));
    }

    #[test]
    fn what_names_no_instant_is_refused() {
        for text in [
            "",
            "0",
            "never",
            "Sun, 06 Nov 1994",
            "30 Feb 2026 0:0:0",
            "1 Jan 1600 0:0:0",
            "1 Jan 2026 24:0:0",
            "32 Jan 2026 0:0:0",
            "1 Foo 2026 0:0:0",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in ".*") {
            let _ = parse(&text);
        }
    }
}
