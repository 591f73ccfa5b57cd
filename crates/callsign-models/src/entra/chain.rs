//! The ways to a token that the environment describes.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use secrecy::SecretString;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::identity::{Way, client_secret, managed_identity};
use super::transport::Exchange;

/// Where a virtual machine of Azure's hears of its own identity. Link-local, so that elsewhere
/// nothing is there.
const MACHINES_OWN: (&str, u16) = ("169.254.169.254", 80);

/// How long it takes at most to find out; Azure's SDKs wait as long.
const PROBE: Duration = Duration::from_secs(1);

type Made = azure_core::Result<Arc<dyn TokenCredential>>;

/// What `AZURE_TOKEN_CREDENTIALS` narrows the chain down to.
struct Wanted(Option<String>);

impl Wanted {
    fn has(&self, name: &str, group: &str) -> bool {
        let Some(wanted) = self.0.as_deref() else { return true };
        wanted.eq_ignore_ascii_case(group) || self.names(name)
    }

    fn names(&self, name: &str) -> bool {
        self.0.as_deref().is_some_and(|wanted| wanted.eq_ignore_ascii_case(name))
    }
}

/// The ways, best first.
pub(super) fn ways(read: &dyn Fn(&str) -> Option<String>) -> Vec<Way> {
    let wanted = Wanted(read("AZURE_TOKEN_CREDENTIALS"));
    let client_id = read("AZURE_CLIENT_ID");
    let application = (read("AZURE_TENANT_ID"), &client_id, read("AZURE_CLIENT_SECRET"));
    if wanted.has("EnvironmentCredential", "prod")
        && let (Some(tenant), Some(client), Some(secret)) = application
    {
        let made = client_secret(&tenant, client, &SecretString::from(secret));
        return vec![way("the application's client secret", made)];
    }
    let federated = read("AZURE_FEDERATED_TOKEN_FILE").is_some();
    if federated && wanted.has("WorkloadIdentityCredential", "prod") {
        let made = WorkloadIdentityCredential::new(Some(workload_options(read)));
        return vec![way("the workload identity", made.map(|made| made as _))];
    }
    let mut ways = Vec::new();
    if wanted.has("ManagedIdentityCredential", "prod") {
        let set = ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"].iter().any(|name| read(name).is_some());
        let probed = !set && !wanted.names("ManagedIdentityCredential");
        let made = managed_identity(client_id.as_deref());
        ways.push(Way { probed, ..way("the managed identity", made) });
    }
    if wanted.has("AzureCliCredential", "dev") {
        ways.push(way("az", AzureCliCredential::new(None).map(|made| made as _)));
    }
    if wanted.has("AzureDeveloperCliCredential", "dev") {
        ways.push(way("azd", AzureDeveloperCliCredential::new(None).map(|made| made as _)));
    }
    if ways.is_empty() {
        let why = "it is no credential that is known here, or one whose variables are not set";
        let (name, credential) = ("AZURE_TOKEN_CREDENTIALS", Err(why.to_owned()));
        ways.push(Way { name, credential, probed: false });
    }
    ways
}

fn way(name: &'static str, made: Made) -> Way {
    Way { name, credential: made.map_err(|error| error.to_string()), probed: false }
}

/// The options of a workload; what these variables do not say, the environment does.
pub(super) fn workload_options(
    read: &dyn Fn(&str) -> Option<String>,
) -> WorkloadIdentityCredentialOptions {
    WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: client_options() },
        client_id: read("AZURE_CLIENT_ID"),
        tenant_id: read("AZURE_TENANT_ID"),
        token_file_path: read("AZURE_FEDERATED_TOKEN_FILE").map(Into::into),
    }
}

/// How requests for tokens are sent: over our own client, and not for longer than one who waits
/// for an answer will bear.
pub(super) fn client_options() -> ClientOptions {
    let retry = ExponentialRetryOptions { max_retries: 3, ..Default::default() };
    ClientOptions {
        transport: Some(Transport::new(Arc::new(Exchange::default()))),
        retry: RetryOptions::exponential(retry),
        ..Default::default()
    }
}

/// Whether this machine has a place where it hears of its own identity.
pub(super) async fn is_virtual_machine() -> bool {
    matches!(timeout(PROBE, TcpStream::connect(MACHINES_OWN)).await, Ok(Ok(_)))
}
