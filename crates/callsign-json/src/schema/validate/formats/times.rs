//! Dates and times: RFC 3339, section 5.6.

pub(super) fn is_date_time(text: &str) -> bool {
    let separator = text.char_indices().nth(10).filter(|(_, c)| matches!(c, 't' | 'T' | ' '));
    separator.is_some_and(|(at, _)| is_date(&text[..at]) && is_time(&text[at + 1..]))
}

pub(super) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let number = |part: Option<&str>, digits| part.and_then(|part| number(part, digits));
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    parts.next().is_none() && (1..=days).contains(&day)
}

pub(super) fn is_time(text: &str) -> bool {
    let Some(zone) = text.rfind(['z', 'Z', '+', '-']) else { return false };
    let (time, zone) = text.split_at(zone);
    let (clock, fraction) = time.split_once('.').map_or((time, "0"), |parts| parts);
    let Some([hour, minute, second]) = clock_of(clock) else { return false };
    let offset = match zone {
        "z" | "Z" => Some(0),
        zone => offset(zone),
    };
    let Some(offset) = offset else { return false };
    // A leap second is the last one of a day in UTC.
    let in_utc = (i64::from(hour * 60 + minute) - offset).rem_euclid(24 * 60);
    let is_leap = second == 60 && in_utc == 24 * 60 - 1;
    let has_digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    has_digits && hour < 24 && minute < 60 && (second < 60 || is_leap)
}

fn clock_of(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split(':');
    let mut next = || number(parts.next()?, 2);
    let clock = [next()?, next()?, next()?];
    parts.next().is_none().then_some(clock)
}

/// Returns the minutes of an offset such as `+02:00`.
fn offset(zone: &str) -> Option<i64> {
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

/// Parses a number with exactly this many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
