//! What to do about an error that a service answered with.

use std::time::Duration;

use callsign_core::words::error::ErrorKind;

use super::body::Told;
use super::kind::is_no_such_model;
use super::place::Place;
use super::text::one_line;

/// What to do about it, where there is something to say.
pub(super) fn hint(
    place: &Place,
    kind: ErrorKind,
    status: Option<u16>,
    told: &Told,
    wait: Option<Duration>,
) -> Option<String> {
    Some(match kind {
        ErrorKind::Authentication => place.credential_hint(status),
        ErrorKind::Retired => "Choose another one.".to_owned(),
        ErrorKind::NotFound => not_found(place, told),
        ErrorKind::InvalidRequest if told.is_any(&["no_model_name"]) => {
            "Name the model.".to_owned()
        }
        ErrorKind::ContextLength => "Shorten it, or ask a model that reads more.".to_owned(),
        ErrorKind::ContentFiltered => return told.categories(),
        ErrorKind::QuotaExhausted => "Waiting will not help.".to_owned(),
        ErrorKind::RateLimited => match wait {
            Some(wait) => format!("It asks to wait {} s.", wait.as_secs_f64()),
            None => "Wait a while, and ask less often.".to_owned(),
        },
        ErrorKind::Protocol if status.is_some_and(|status| (300..400).contains(&status)) => {
            "It points elsewhere; set the endpoint to that address.".to_owned()
        }
        _ => return None,
    })
}

/// The likely reason why something is not there.
fn not_found(place: &Place, told: &Told) -> String {
    let address = &place.address;
    let model = place.model.as_deref();
    if is_no_such_model(told) && !address.contains("/openai/deployments/") {
        return match model {
            Some(model) => format!("Is \"{}\" the model's name there?", one_line(model)),
            None => "Name a model that is there.".to_owned(),
        };
    }
    let version = match &place.api_version {
        Some(version) => format!(" and the api-version ({})", one_line(version)),
        None => String::new(),
    };
    if address.contains("/openai/deployments/") {
        return format!("Check the deployment's name in the address{version}.");
    }
    if address.contains(".services.ai.azure.com") && !address.contains("/models/") {
        return "The address of such a resource ends in /models, or in /openai/v1.".to_owned();
    }
    if address.contains("/v1/") {
        return match model {
            Some(model) => format!("Check the address and the model (\"{}\").", one_line(model)),
            None => "Check the address.".to_owned(),
        };
    }
    if place.api_version.is_some() {
        return format!("Check the address, which may have to end in /models,{version}.")
            .replace(",.", ".");
    }
    "Check the address: most of these services have it end in /v1.".to_owned()
}
