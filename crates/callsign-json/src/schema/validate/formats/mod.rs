//! Formats that draft 7 and earlier versions of JSON Schema check.

mod addresses;
mod times;

/// Returns whether a text has a format.
type Check = fn(&str) -> bool;

/// The value of a `format` keyword that values are checked against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    name: &'static str,
    matches: Check,
}

/// The known formats. Others are annotations.
const FORMATS: [(&str, Check); 13] = [
    ("date", times::is_date),
    ("date-time", times::is_date_time),
    ("email", addresses::is_email),
    ("hostname", addresses::is_host_name),
    ("ipv4", addresses::is_ipv4),
    ("ipv6", addresses::is_ipv6),
    ("json-pointer", is_json_pointer),
    ("regex", is_regex),
    ("time", times::is_time),
    ("uri", addresses::is_uri),
    ("uri-reference", addresses::is_uri_reference),
    ("uuid", is_uuid),
    ("relative-json-pointer", is_relative_pointer),
];

impl Format {
    pub(super) fn named(name: &str) -> Option<Self> {
        let (name, matches) = FORMATS.into_iter().find(|(known, _)| *known == name)?;
        Some(Self { name, matches })
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn matches(self, text: &str) -> bool {
        (self.matches)(text)
    }
}

fn is_regex(text: &str) -> bool {
    use super::pattern::{PatternBudget, PatternError};
    !matches!(PatternBudget::default().compile(text), Err(PatternError::Invalid(_)))
}

/// RFC 6901, section 3.
fn is_json_pointer(text: &str) -> bool {
    let mut escapes = text.split('~').skip(1);
    (text.is_empty() || text.starts_with('/')) && escapes.all(|rest| rest.starts_with(['0', '1']))
}

fn is_relative_pointer(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    !number.is_empty()
        && (number == "0" || !number.starts_with('0'))
        && (rest == "#" || is_json_pointer(rest))
}

/// RFC 9562, section 4.
fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    let lengths = [8, 4, 4, 4, 12];
    let is_hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    lengths.iter().all(|length| groups.next().is_some_and(|it| it.len() == *length && is_hex(it)))
        && groups.next().is_none()
}
