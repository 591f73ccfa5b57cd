//! Which profile an address speaks for.

use std::borrow::Cow;

use callsign_core::words::error::Error;

use super::profile::Profile;

/// The profile that the host and the path speak for.
///
/// # Errors
/// The address of an Azure OpenAI resource that names neither a deployment nor the v1 API: it
/// could be either, and neither is there.
pub(super) fn recognise(host: &str, path: &str) -> Result<Profile, Error> {
    let host = host.to_ascii_lowercase();
    let mut profile = of_host(&host, path.trim_end_matches('/'))?;
    // The clouds of governments and of China have the same services under names of their own.
    let own = [".azure.us", ".azure.cn"].into_iter().find(|cloud| host.ends_with(cloud));
    if let (Some(cloud), Some(scope)) = (own, &profile.token_scope) {
        profile.token_scope = Some(Cow::Owned(scope.replace(".azure.com", cloud)));
    }
    Ok(profile)
}

fn of_host(host: &str, path: &str) -> Result<Profile, Error> {
    let azure = ends_with_any(host, &[".azure.com", ".azure.us", ".azure.cn"]);
    if ends_with_any(host, &[".models.ai.azure.com", ".inference.ai.azure.com"]) {
        return Ok(Profile::model_inference());
    }
    // Gateways serve this path on hosts of their own, and nobody else has it.
    if path.contains("/openai/deployments/") {
        return Ok(Profile::azure_deployment());
    }
    if azure && path.ends_with("/openai/v1") {
        return Ok(Profile::azure_v1());
    }
    if host.ends_with(".services.ai.azure.com") {
        return Ok(Profile::foundry_models());
    }
    if azure && host.contains(".openai.") {
        return Err(Error::configuration(format!(
            "the address https://{host}{path} names no deployment: it should end in \
             /openai/deployments/<deployment>, or in /openai/v1 with the deployment's name as \
             the model"
        )));
    }
    if host == "api.openai.com" {
        return Ok(Profile::openai());
    }
    Ok(Profile::openai_compatible())
}

fn ends_with_any(host: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| host.ends_with(end))
}
