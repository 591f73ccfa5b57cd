use super::*;

fn check(sentence: &str, expected: &[(&str, MarkKind)]) {
    let sentence = Sentence::read(sentence);
    let found: Vec<(&str, MarkKind)> = sentence
        .marks
        .iter()
        .map(|mark| (sentence.slice(&mark.range), mark.kind.clone()))
        .collect();
    assert_eq!(found, expected, "{}", sentence.source);
}

fn code(carrier: &str, number: &str) -> MarkKind {
    MarkKind::Code { carrier: carrier.into(), number: number.into() }
}

#[test]
fn dates_are_seen() {
    let full = |text: &str| MarkKind::Date(Mention::Full(Day::from_iso(text).unwrap()));
    check("on 2013-07-04.", &[("2013-07-04", full("2013-07-04"))]);
    check("on July 4, 2013, please", &[("July 4, 2013", full("2013-07-04"))]);
    check("4 July 2013", &[("4 July 2013", full("2013-07-04"))]);
    check("the 4th of July", &[("4th of July", MarkKind::Date(Mention::MonthDay(7, 4)))]);
    check("tomorrow's flights", &[("tomorrow", MarkKind::Date(Mention::Relative(1)))]);
    check("next Monday", &[("next Monday", MarkKind::Date(Mention::Weekday(0)))]);
    check("7/14/2013", &[("7/14/2013", full("2013-07-14"))]);
    check("7/4/2013", &[("7/4/2013", MarkKind::Date(Mention::Vague))]);
    check("May I fly in July?", &[("July", MarkKind::Date(Mention::Vague))]);
}

#[test]
fn times_are_seen() {
    let at = |minutes| MarkKind::Time(Some(minutes));
    check(
        "after 8pm or 8:30 p.m. or 20:15",
        &[("8pm", at(1200)), ("8:30 p.m", at(1230)), ("20:15", at(1215))],
    );
    check("before noon, at 7", &[("noon", at(720)), ("7", at(420))]);
    check("25:00 at 99", &[("99", MarkKind::Number(99.0))]);
}

#[test]
fn codes_and_numbers_are_told_apart() {
    check(
        "UA 1545 and dl42, B6-917",
        &[
            ("UA 1545", code("UA", "1545")),
            ("dl42", code("DL", "42")),
            ("B6-917", code("B6", "917")),
        ],
    );
    check("tell us 3 things", &[("3", MarkKind::Number(3.0))]);
    check(
        "two of 1,000 for $4.50",
        &[
            ("two", MarkKind::Number(2.0)),
            ("1,000", MarkKind::Number(1000.0)),
            ("$4.50", MarkKind::Number(4.5)),
        ],
    );
    check("this one, the second one, one seat", &[("one", MarkKind::Number(1.0))]);
    check("write ada@example.com", &[("ada@example.com", MarkKind::Email)]);
}
