use super::*;

fn check(sentence: &str, expected: &[(&str, EntityKind)]) {
    let sentence = Sentence::read(sentence);
    let found: Vec<(&str, EntityKind)> = sentence
        .entities
        .iter()
        .map(|entity| (sentence.slice(&entity.range), entity.kind.clone()))
        .collect();
    assert_eq!(found, expected, "{}", sentence.source);
}

fn flight_code(carrier: &str, number: &str) -> EntityKind {
    EntityKind::FlightCode { carrier: carrier.into(), number: number.into() }
}

#[test]
fn dates_are_recognized() {
    let full = |text: &str| EntityKind::Date(DateMention::Full(Date::from_iso(text).unwrap()));
    check("on 2013-07-04.", &[("2013-07-04", full("2013-07-04"))]);
    check("on July 4, 2013, please", &[("July 4, 2013", full("2013-07-04"))]);
    check("4 July 2013", &[("4 July 2013", full("2013-07-04"))]);
    check("the 4th of July", &[("4th of July", EntityKind::Date(DateMention::MonthDay(7, 4)))]);
    check("tomorrow's flights", &[("tomorrow", EntityKind::Date(DateMention::Relative(1)))]);
    check("next Monday", &[("next Monday", EntityKind::Date(DateMention::Weekday(0)))]);
    check("7/14/2013", &[("7/14/2013", full("2013-07-14"))]);
    check("7/4/2013", &[("7/4/2013", EntityKind::Date(DateMention::Vague))]);
    check("May I fly in July?", &[("July", EntityKind::Date(DateMention::Vague))]);
}

#[test]
fn times_are_recognized() {
    let at = |minutes| EntityKind::Time(Some(minutes));
    check(
        "after 8pm or 8:30 p.m. or 20:15",
        &[("8pm", at(1200)), ("8:30 p.m", at(1230)), ("20:15", at(1215))],
    );
    check("before noon, at 7", &[("noon", at(720)), ("7", at(420))]);
    check("25:00 at 99", &[("99", EntityKind::Number(99.0))]);
}

#[test]
fn flight_codes_numbers_and_emails_are_recognized() {
    check(
        "UA 1545 and dl42, B6-917",
        &[
            ("UA 1545", flight_code("UA", "1545")),
            ("dl42", flight_code("DL", "42")),
            ("B6-917", flight_code("B6", "917")),
        ],
    );
    check("tell us 3 things", &[("3", EntityKind::Number(3.0))]);
    check(
        "two of 1,000 for $4.50",
        &[
            ("two", EntityKind::Number(2.0)),
            ("1,000", EntityKind::Number(1000.0)),
            ("$4.50", EntityKind::Number(4.5)),
        ],
    );
    check("this one, the second one, one seat", &[("one", EntityKind::Number(1.0))]);
    check("write ada@example.com", &[("ada@example.com", EntityKind::Email)]);
}
