//! Recorded error responses: each gets the right kind and a message on one line.

use std::collections::BTreeMap;

use callsign_types::error::ErrorKind::{self, *};
use http::HeaderMap;

use super::interactions;
use crate::error::request_info::RequestInfo;
use crate::error::status::status_error;

/// Recordings whose kind depends on the body, not only on the status.
const KINDS_FROM_BODY: [(&str, ErrorKind); 12] = [
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

/// The number of recordings of each kind.
const KIND_COUNTS: [(&str, usize); 8] = [
    ("Authentication", 9),
    ("ContextLength", 5),
    ("InvalidRequest", 23),
    ("ModelRetired", 1),
    ("NotFound", 13),
    ("RateLimited", 1),
    ("Server", 6),
    ("UnsupportedParameter", 7),
];

#[test]
fn recorded_errors_have_a_kind_and_a_message_on_one_line() {
    let test = "recorded_errors_have_a_kind_and_a_message_on_one_line";
    let Some(all) = interactions(test) else { return };
    let mut kinds = BTreeMap::<String, usize>::new();
    let mut from_body = 0;
    for it in all.iter().filter(|it| !(200..300).contains(&it.status)) {
        let info = RequestInfo {
            address: "https://example.com/v1/chat/completions".into(),
            api_version: None,
            request_id: "id".to_owned(),
            model: None,
            secrets: Default::default(),
            has_credential: true,
            token_scope: None,
        };
        let error = status_error(&info, it.status, &HeaderMap::new(), &it.response);
        let message = error.to_string();
        println!("{} {} {:?} {message}", it.id, it.status, error.kind());
        if let Some((_, kind)) = KINDS_FROM_BODY.iter().find(|(id, _)| it.id == *id) {
            assert_eq!(error.kind(), *kind, "{}", it.id);
            from_body += 1;
        }
        assert!(message.chars().count() < 550 && !message.contains('\n'), "{message}");
        assert_eq!(error.body(), Some(&*it.response));
        *kinds.entry(format!("{:?}", error.kind())).or_default() += 1;
    }
    let count: usize = kinds.values().sum();
    println!("{count} errors: {kinds:?}");
    let kinds: Vec<_> = kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(kinds, KIND_COUNTS);
    assert!(count > 60, "only {count} errors are recorded");
    assert_eq!(from_body, KINDS_FROM_BODY.len());
}
