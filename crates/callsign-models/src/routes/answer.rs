//! Answers that are one JSON object.

use bytes::Bytes;
use callsign_core::words::error::Error;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::connection::answer::Answer;
use crate::connection::link::Link;
use crate::connection::patience::Patience;
use crate::failure::place::Place;
use crate::failure::reply;
use crate::wire::fault::Fault;

/// Reads the body of an answer whose status says that it is one.
///
/// # Errors
/// As the connection fails; a protocol error where the body is no JSON object; the service's own
/// error where it reports one there.
pub(super) async fn object(
    link: &Link,
    place: &Place,
    response: &mut Answer,
) -> Result<Map<String, Value>, Error> {
    let status = response.status.as_u16();
    let headers = std::mem::take(&mut response.headers);
    let body = link.read_whole(place, response, Bytes::new(), &mut Patience::default()).await?;
    match serde_json::from_slice(&body) {
        Ok(Value::Object(mut fields)) => match fields.remove("error") {
            // Some say there that nothing is wrong.
            None | Some(Value::Null | Value::Bool(false)) => Ok(fields),
            Some(report) => {
                // Gateways report a bare text; an error's text is in `message` elsewhere.
                let report = match report {
                    Value::Object(_) => report,
                    Value::String(text) => json!({ "message": text }),
                    other => json!({ "message": other.to_string() }),
                };
                Err(reply::of_fault(place, &headers, Fault::Reported(report)))
            }
        },
        _ => {
            let body = String::from_utf8_lossy(&body);
            let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            Err(reply::of_foreign(place, status, kind, &body))
        }
    }
}

/// Takes a text out of the fields. Null counts as none, and what is no text stays among them.
pub(super) fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name)? {
        Value::String(text) => Some(text),
        Value::Null => None,
        other => {
            fields.insert(name.to_owned(), other);
            None
        }
    }
}
