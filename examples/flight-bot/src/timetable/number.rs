//! Reads flight numbers as people write them.

use super::load::AirlineRow;

/// Reads `DL 1443`, `dl1443`, `Delta 1443`, `flight B6-63`: the airline's place in its table, and
/// the number.
pub(super) fn parse(text: &str, airlines: &[AirlineRow]) -> Option<(usize, u16)> {
    let plain = squeezed(text);
    let plain = plain.strip_prefix("flight").unwrap_or(&plain);
    by_code(plain, airlines).or_else(|| by_name(plain, airlines))
}

/// A code can end with a digit: `b663` is JetBlue's flight 63.
fn by_code(plain: &str, airlines: &[AirlineRow]) -> Option<(usize, u16)> {
    let (code, number) = plain.split_at_checked(2)?;
    let airline = airlines.iter().position(|airline| airline.code.eq_ignore_ascii_case(code))?;
    Some((airline, number.parse().ok()?))
}

/// The name may be short, as long as only one airline's begins with it.
fn by_name(plain: &str, airlines: &[AirlineRow]) -> Option<(usize, u16)> {
    let name = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = plain[name.len()..].parse().ok()?;
    let name = name.trim_end_matches("flight");
    let begins = |&at: &usize| !name.is_empty() && squeezed(airlines[at].name).starts_with(name);
    let mut named = (0..airlines.len()).filter(begins);
    match (named.next(), named.next()) {
        (Some(airline), None) => Some((airline, number)),
        _ => None,
    }
}

/// The number as the timetable writes it.
pub(super) fn written(airline: &AirlineRow, number: u16) -> String {
    format!("{} {number}", airline.code)
}

/// `Delta Air Lines Inc.` is `deltaairlinesinc`, so that `Delta Airlines` begins it.
fn squeezed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
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
                parse(text, &airlines).map(|(airline, number)| written(&airlines[airline], number));
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
    }
}
