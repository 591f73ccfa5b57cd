//! Responses that are one JSON object.

use bytes::Bytes;
use callsign_types::error::Error;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::error::request_info::RequestInfo;
use crate::error::response as response_error;
use crate::transport::exchange::EndpointClient;
use crate::transport::response::HttpResponse;
use crate::transport::timeout::ReusableTimer;
use crate::wire::response_error::ResponseError;

/// Reads the body of a successful response as a JSON object.
///
/// # Errors
/// Returns a protocol error if the body is not a JSON object, and the provider's error if the
/// object reports one. Other errors are those of reading the body.
pub(super) async fn read_object(
    client: &EndpointClient,
    info: &RequestInfo,
    response: &mut HttpResponse,
) -> Result<Map<String, Value>, Error> {
    let status = response.status.as_u16();
    let headers = std::mem::take(&mut response.headers);
    let body =
        client.read_to_end(info, response, Bytes::new(), &mut ReusableTimer::default()).await?;
    match serde_json::from_slice(&body) {
        Ok(Value::Object(mut fields)) => match fields.remove("error") {
            // Some providers send null or false for no error.
            None | Some(Value::Null | Value::Bool(false)) => Ok(fields),
            Some(report) => {
                // Gateways report a string; the error reader expects the text in `message`.
                let report = match report {
                    Value::Object(_) => report,
                    Value::String(text) => json!({ "message": text }),
                    other => json!({ "message": other.to_string() }),
                };
                Err(response_error::fault_error(info, &headers, ResponseError::Reported(report)))
            }
        },
        _ => {
            let body = String::from_utf8_lossy(&body);
            let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            Err(response_error::foreign_body_error(info, status, kind, &body))
        }
    }
}

/// Removes a string field and returns it. Null counts as absent, and a field of another type is
/// kept.
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
