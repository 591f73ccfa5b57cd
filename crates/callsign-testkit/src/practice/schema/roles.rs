//! What a parameter wants, guessed from its name and description.

use super::{Role, Shape};
use crate::practice::lexicon::split_identifier;

/// What a parameter's name, what it stands in and its description suggest.
pub(super) fn role(name: &str, path: &[String], description: &str, shape: &Shape) -> Role {
    let words = split_identifier(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let says = |list: &[&str]| list.iter().any(|part| description.contains(part));
    let format = match shape {
        Shape::Text { format } => format.as_str(),
        Shape::Integer { .. } if has(&["flight"]) && !has(&["count", "limit"]) => {
            return Role::FlightCode;
        }
        _ => return Role::Plain,
    };
    match () {
        () if has(&["email", "mail"]) || format == "email" => Role::Email,
        () if has(&["date", "day", "when", "checkin", "checkout"])
            || matches!(format, "date" | "date-time") =>
        {
            Role::Date(has(&["end", "return", "checkout", "until", "to", "back", "last"]))
        }
        () if has(&["time", "hour", "after", "before", "earliest", "latest"])
            || format == "time" =>
        {
            Role::Time
        }
        () if has(&["flight", "flights"]) => Role::FlightCode,
        () if has(&["number", "code", "ident", "id"])
            && says(&["flight number", "flight code"]) =>
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
        () if has(&FREE) => Role::FreeText,
        () if says(&["yyyy-mm-dd"]) => Role::Date(false),
        () if says(&["city", "town", "country", "place", "location"]) => Role::Place,
        () if says(&["full name", "name of the passenger", "person"]) => Role::Person,
        () => Role::Plain,
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
const FREE: [&str; 22] = [
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
