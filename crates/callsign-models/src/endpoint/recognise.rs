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
    let clouds = [".azure.com", ".azure.us", ".azure.cn"];
    // What is left before the cloud's name, where it is one of Azure's.
    let azure = clouds.into_iter().find_map(|cloud| host.strip_suffix(cloud));
    let is = |service: &str| azure.is_some_and(|name| name.ends_with(service));
    if is(".models.ai") || is(".inference.ai") {
        return Ok(Profile::model_inference());
    }
    // Gateways serve this path on hosts of their own, and nobody else has it.
    if path.contains("/openai/deployments/") {
        return Ok(Profile::azure_deployment());
    }
    if azure.is_some() && path.ends_with("/openai/v1") {
        return Ok(Profile::azure_v1());
    }
    if is(".services.ai") {
        return Ok(Profile::foundry_models());
    }
    if azure.is_some() && host.contains(".openai.") {
        return Err(Error::configuration(format!(
            "the address https://{host}{path} names no deployment: it should end in \
             /openai/deployments/<deployment>, or in /openai/v1 with the deployment's name as \
             the model"
        )));
    }
    Ok(match host {
        "api.openai.com" => Profile::openai(),
        "api.mistral.ai" => Profile::mistral(),
        // DeepSeek has the strict form of schemas at its beta address alone.
        "api.deepseek.com" => {
            Profile { takes_strict: path.ends_with("/beta"), ..Profile::deepseek() }
        }
        "api.x.ai" => Profile::xai(),
        "openrouter.ai" => Profile::openrouter(),
        _ => Profile::openai_compatible(),
    })
}
