//! Parsing of flight numbers as people write them.

use super::load::AirlineRow;

/// Parses `DL 1443`, `dl1443`, `Delta 1443` or `flight B6-63`.
///
/// Returns the index in `airlines` and the number.
pub(super) fn parse(text: &str, airlines: &[AirlineRow]) -> Option<(usize, u16)> {
    let normalized = normalize(text);
    let normalized = normalized.strip_prefix("flight").unwrap_or(&normalized);
    parse_with_code(normalized, airlines).or_else(|| parse_with_name(normalized, airlines))
}

/// Parses an airline code and a number.
fn parse_with_code(normalized: &str, airlines: &[AirlineRow]) -> Option<(usize, u16)> {
    // Codes have two characters and can end with a digit: `b663` is JetBlue's flight 63.
    let (code, number) = normalized.split_at_checked(2)?;
    let airline = airlines.iter().position(|airline| airline.code.eq_ignore_ascii_case(code))?;
    Some((airline, number.parse().ok()?))
}

/// Parses an airline name and a number. The name may be any prefix that only one airline has.
fn parse_with_name(normalized: &str, airlines: &[AirlineRow]) -> Option<(usize, u16)> {
    let name = normalized.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = normalized[name.len()..].parse().ok()?;
    let name = name.trim_end_matches("flight");
    let has_prefix =
        |&index: &usize| !name.is_empty() && normalize(airlines[index].name).starts_with(name);
    let mut matching = (0..airlines.len()).filter(has_prefix);
    match (matching.next(), matching.next()) {
        (Some(airline), None) => Some((airline, number)),
        _ => None,
    }
}

/// Returns the flight number in the format of the timetable, such as `DL 1443`.
pub(super) fn format(airline: &AirlineRow, number: u16) -> String {
    format!("{} {number}", airline.code)
}

/// Returns the lower-case letters and digits of `text`.
///
/// It makes `Delta Airlines` a prefix of `Delta Air Lines Inc.`.
fn normalize(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flight_numbers_parse_as_people_write_them() {
        let airlines = [
            AirlineRow { code: "AA", name: "American Airlines Inc." },
            AirlineRow { code: "B6", name: "JetBlue Airways" },
            AirlineRow { code: "DL", name: "Delta Air Lines Inc." },
            AirlineRow { code: "US", name: "US Airways Inc." },
            AirlineRow { code: "UA", name: "United Air Lines Inc." },
        ];
        let cases = [
            ("DL 1443", Some("DL 1443")),
            ("dl1443", Some("DL 1443")),
            ("Delta 1443", Some("DL 1443")),
            ("Delta Airlines flight 1443", Some("DL 1443")),
            ("flight B6-63", Some("B6 63")),
            ("B663", Some("B6 63")),
            ("US Airways 15", Some("US 15")),
            ("UA #0015", Some("UA 15")),
            ("U 15", None),
            ("1443", None),
            ("DL", None),
            ("DL 99999", None),
            ("Lufthansa 400", None),
            ("", None),
            ("é1", None),
        ];
        for (text, expected) in cases {
            let found =
                parse(text, &airlines).map(|(airline, number)| format(&airlines[airline], number));
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
    }
}
