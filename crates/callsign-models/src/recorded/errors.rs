//! Errors that real services answered with: each has a kind, and one line.

use std::collections::BTreeMap;

use callsign_core::words::error::ErrorKind::{self, *};
use http::HeaderMap;

use super::interactions;
use crate::failure::place::Place;
use crate::failure::status::of_status;

/// Recordings whose kind is not what their status alone says.
const TOLD: [(&str, ErrorKind); 12] = [
    ("87bb65bf547a", UnsupportedParameter),
    ("c5884cfb014f", UnsupportedParameter),
    ("e5557f34fc35", UnsupportedParameter),
    ("35a57b9d4120", UnsupportedParameter),
    ("647d25873bff", NotFound),
    ("22555a1f6cab", NotFound),
    ("7cada518f774", NotFound),
    ("ec1ab0089618", ContextLength),
    ("eca90ff4797f", ContextLength),
    ("ba7269564a26", ContextLength),
    ("5f8e3bbf164e", ContextLength),
    ("e7f184fdc22f", ContextLength),
];

/// How many there are of each kind.
const KINDS: [(&str, usize); 8] = [
    ("Authentication", 9),
    ("ContextLength", 5),
    ("InvalidRequest", 25),
    ("NotFound", 13),
    ("RateLimited", 1),
    ("Retired", 1),
    ("Server", 4),
    ("UnsupportedParameter", 7),
];

#[test]
fn every_recorded_error_becomes_one_line_of_some_kind() {
    let test = "every_recorded_error_becomes_one_line_of_some_kind";
    let Some(all) = interactions(test) else { return };
    let mut kinds = BTreeMap::<String, usize>::new();
    let mut told = 0;
    for it in all.iter().filter(|it| !(200..300).contains(&it.status)) {
        let place = Place {
            address: "https://example.com/v1/chat/completions".into(),
            api_version: None,
            request_id: "id".to_owned(),
            model: None,
            secrets: Default::default(),
            has_key: true,
            token_scope: None,
        };
        let error = of_status(&place, it.status, &HeaderMap::new(), &it.response);
        let message = error.to_string();
        println!("{} {} {:?} {message}", it.id, it.status, error.kind());
        if let Some((_, kind)) = TOLD.iter().find(|(id, _)| it.id == *id) {
            assert_eq!(error.kind(), *kind, "{}", it.id);
            told += 1;
        }
        assert!(message.chars().count() < 550 && !message.contains('\n'), "{message}");
        assert_eq!(error.body(), Some(&*it.response));
        *kinds.entry(format!("{:?}", error.kind())).or_default() += 1;
    }
    let count: usize = kinds.values().sum();
    println!("{count} errors: {kinds:?}");
    let kinds: Vec<_> = kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(kinds, KINDS);
    assert!(count > 60, "so few errors were there");
    assert_eq!(told, TOLD.len());
}
