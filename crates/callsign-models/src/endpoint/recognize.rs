//! Selection of the profile that an address implies.

use std::borrow::Cow;

use callsign_types::error::Error;

use super::profile::Profile;

/// Returns the profile that the host and the path imply.
///
/// # Errors
/// Returns a configuration error for an Azure OpenAI resource without a deployment and without the
/// v1 API in its path. Neither route can be assumed, and the bare address has no route.
pub(super) fn recognize(host: &str, path: &str) -> Result<Profile, Error> {
    let host = host.to_ascii_lowercase();
    let mut profile = of_host(&host, path.trim_end_matches('/'))?;
    // Azure's sovereign clouds have the same services under their own domains.
    let sovereign = [".azure.us", ".azure.cn"].into_iter().find(|cloud| host.ends_with(cloud));
    if let (Some(cloud), Some(scope)) = (sovereign, &profile.token_scope) {
        profile.token_scope = Some(Cow::Owned(scope.replace(".azure.com", cloud)));
    }
    Ok(profile)
}

fn of_host(host: &str, path: &str) -> Result<Profile, Error> {
    let clouds = [".azure.com", ".azure.us", ".azure.cn"];
    // The host without the cloud's domain, if it is one of Azure's.
    let azure = clouds.into_iter().find_map(|cloud| host.strip_suffix(cloud));
    let is = |service: &str| azure.is_some_and(|name| name.ends_with(service));
    if is(".models.ai") || is(".inference.ai") {
        return Ok(Profile::model_inference());
    }
    // Gateways serve this path on other hosts, and no other provider uses it.
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
            "endpoint https://{host}{path} names no deployment; use an address that ends in \
             /openai/deployments/<deployment>, or in /openai/v1 with the deployment name as the \
             model"
        )));
    }
    Ok(match host {
        "api.openai.com" => Profile::openai(),
        "api.mistral.ai" => Profile::mistral(),
        // DeepSeek supports strict schemas at its beta address only.
        "api.deepseek.com" => {
            Profile { takes_strict: path.ends_with("/beta"), ..Profile::deepseek() }
        }
        "api.x.ai" => Profile::xai(),
        "openrouter.ai" => Profile::openrouter(),
        "api.moonshot.ai" | "api.moonshot.cn" | "api.kimi.com" => Profile::moonshot(),
        "api.z.ai" | "open.bigmodel.cn" => Profile::zai(),
        "api.minimax.io" | "api.minimaxi.com" => Profile::minimax(),
        _ => Profile::openai_compatible(),
    })
}
