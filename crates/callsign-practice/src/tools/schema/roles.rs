//! Guesses the role of a parameter from its name and description.

use super::{Role, Shape};
use crate::language::lexicon::split_identifier;

/// Guesses a role from the name, the words of the enclosing objects (`path`), and the description in lower case.
pub(super) fn guess_role(name: &str, path: &[String], description: &str, shape: &Shape) -> Role {
    let words = split_identifier(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_described_as = |list: &[&str]| list.iter().any(|part| description.contains(part));
    let format = match shape {
        Shape::String { format } => format.as_str(),
        Shape::Integer { .. } if has(&["flight"]) && !has(&["count", "limit"]) => {
            return Role::FlightCode;
        }
        _ => return Role::Other,
    };
    match () {
        () if has(&["email", "mail"]) || format == "email" => Role::Email,
        () if has(&["date", "day", "when", "checkin", "checkout"])
            || matches!(format, "date" | "date-time") =>
        {
            let ends_range = has(&["end", "return", "checkout", "until", "to", "back", "last"]);
            if ends_range { Role::EndDate } else { Role::Date }
        }
        () if has(&["time", "hour", "after", "before", "earliest", "latest"])
            || format == "time" =>
        {
            Role::Time
        }
        () if has(&["flight", "flights"]) => Role::FlightCode,
        () if has(&["number", "code", "ident", "id"])
            && is_described_as(&["flight number", "flight code"]) =>
        {
            Role::FlightCode
        }
        () if has(&["origin", "from", "departure", "source", "start", "depart", "departing"]) => {
            Role::Origin
        }
        () if has(&["destination", "dest", "to", "arrival", "arriving", "end"]) => {
            Role::Destination
        }
        () if has(&["airline", "carrier"]) => Role::Carrier,
        () if has(&PLACES) => Role::Place,
        () if has(&PEOPLE) => Role::Person,
        () if has(&["name"]) && path.iter().any(|word| PEOPLE.contains(&word.as_str())) => {
            Role::Person
        }
        () if has(&FREE_TEXT) => Role::FreeText,
        () if is_described_as(&["yyyy-mm-dd"]) => Role::Date,
        () if is_described_as(&["city", "town", "country", "place", "location"]) => Role::Place,
        () if is_described_as(&["full name", "name of the passenger", "person"]) => Role::Person,
        () => Role::Other,
    }
}

const PLACES: [&str; 12] = [
    "city", "place", "location", "town", "country", "region", "airport", "where", "address",
    "station", "capital", "cities",
];
const PEOPLE: [&str; 11] = [
    "passenger",
    "person",
    "guest",
    "customer",
    "recipient",
    "user",
    "attendee",
    "traveller",
    "traveler",
    "who",
    "people",
];
const FREE_TEXT: [&str; 22] = [
    "query",
    "text",
    "message",
    "question",
    "search",
    "topic",
    "keyword",
    "keywords",
    "content",
    "body",
    "note",
    "prompt",
    "expression",
    "input",
    "term",
    "phrase",
    "sentence",
    "title",
    "subject",
    "task",
    "reminder",
    "command",
];
