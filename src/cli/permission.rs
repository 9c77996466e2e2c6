//! The statement without which no forged request is sent.

use time::Date;

use super::{arguments::CheckArguments, failure::Failure};
use crate::{collect::Permission, decisions::day, evidence::Authorisation, manifest::Manifest, wording::visible};

/// What to do where nobody allowed it.
const REMEDY: &str = "name the person with `--authorised-by NAME`, or in the manifest: `authorised: { by: NAME, until: 2026-12-31 }`";

/// The permission for forged requests; absent where none are asked for. A name on the command line goes into the manifest as it is recorded.
///
/// Endpoints in production are only allowed when they are named with `--endpoint`.
pub(super) fn permission(arguments: &CheckArguments, manifest: &mut Manifest, today: Date) -> Result<Option<Permission>, Failure> {
    if !arguments.forging.active {
        return Ok(None);
    }
    if let Some(by) = &arguments.forging.authorised_by {
        manifest.app.authorised = Some(Authorisation { by: visible(by.trim()), until: None });
    } else {
        in_force(manifest.app.authorised.as_ref(), today)?;
    }
    let statement = manifest.app.authorised.clone().filter(|statement| !statement.by.trim().is_empty());
    let statement = statement.ok_or_else(|| Failure::Usage(format!("nobody is named who allows forged requests; {REMEDY}")))?;
    Ok(Some(Permission { statement, production: !arguments.endpoint.is_empty() }))
}

/// A statement that stands in a file holds until a day that it names.
fn in_force(statement: Option<&Authorisation>, today: Date) -> Result<(), Failure> {
    let refusal = match statement.map(|statement| statement.until.as_deref()) {
        None => format!("`--active` sends forged requests, which the owner of the app must allow; {REMEDY}"),
        Some(None) => "`authorised` in the manifest has no last day; add `until: 2026-12-31`".to_owned(),
        Some(Some(until)) => match day(until) {
            None => format!("`authorised.until` in the manifest is `{}`; write the day as 2026-12-31", visible(until)),
            Some(last) if last < today => {
                format!("`authorised` in the manifest ended on {last}; ask the owner again, or use `--authorised-by NAME`")
            }
            Some(_) => return Ok(()),
        },
    };
    Err(Failure::Usage(refusal))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 21);

    fn refusal(until: Option<&str>) -> Option<String> {
        let statement = Authorisation { by: "Kari".into(), until: until.map(Into::into) };
        in_force(Some(&statement), TODAY).err().map(|failure| failure.to_string())
    }

    #[test]
    fn a_statement_holds_until_the_end_of_its_last_day() {
        assert_eq!(refusal(Some("2026-11-21")), None);
        assert_eq!(refusal(Some("2027-01-01")), None);
        for (until, why) in [
            (Some("2026-11-20"), "ended on 2026-11-20"),
            (Some("soon"), "is `soon`"),
            (Some("2026-13-01"), "write the day"),
            (None, "no last day"),
        ] {
            assert!(refusal(until).is_some_and(|told| told.contains(why)), "{until:?}");
        }
        assert!(in_force(None, TODAY).unwrap_err().to_string().contains("--authorised-by NAME"));
    }
}
