#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, HttpClient, Request, RetryOptions, StatusCode, Transport,
};

use super::*;

const SCOPE: &str = "https://ai.azure.com/.default";

/// What Entra ID says, and what it was asked.
#[derive(Debug)]
struct Told {
    status: StatusCode,
    body: &'static str,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl HttpClient for Told {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body() else { return Err(stream()) };
        let asked = format!("{} {}", request.url(), String::from_utf8_lossy(body));
        self.asked.lock().expect("whole").push(asked);
        Ok(AsyncRawResponse::from_bytes(self.status, Headers::new(), self.body))
    }
}

fn stream() -> azure_core::Error {
    azure_core::Error::with_message(azure_core::error::ErrorKind::Other, "a stream")
}

/// An application, to which Entra ID says this.
fn application(status: StatusCode, body: &'static str) -> (Entra, Arc<Told>) {
    let told = Arc::new(Told { status, body, asked: Mutex::default() });
    let client_options = ClientOptions {
        transport: Some(Transport::new(told.clone())),
        retry: RetryOptions::none(),
        ..Default::default()
    };
    let options = ClientSecretCredentialOptions { client_options };
    let secret = "sesame-7".to_owned().into();
    let made = ClientSecretCredential::new("tenant", "client".to_owned(), secret, Some(options));
    let mut entra = Entra::one("the application's client secret", made.expect("well-formed"));
    entra.secrets = Secrets::of("sesame-7");
    (entra, told)
}

#[tokio::test]
async fn an_application_asks_for_the_scope() {
    let body = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"token-1"}"#;
    let (entra, told) = application(StatusCode::Ok, body);
    let token = entra.token(SCOPE).await.expect("given");
    assert_eq!(token.secret.expose_secret(), "token-1");
    let left = token.expires_at.expect("an end").duration_since(SystemTime::now());
    assert!(left.expect("it is to come") > Duration::from_secs(3000));
    let asked = told.asked.lock().expect("whole").join("\n");
    assert_eq!(
        asked,
        "https://login.microsoftonline.com/tenant/oauth2/v2.0/token client_id=client&\
         client_secret=sesame-7&grant_type=client_credentials&\
         scope=https%3A%2F%2Fai.azure.com%2F.default"
    );
    assert!(!format!("{entra:?} {token:?}").contains("sesame"));
}

#[tokio::test]
async fn an_application_that_is_not_let_in() {
    let body = r#"{"error_codes":[7000215],"error_description":"AADSTS7000215: Invalid client secret sesame-7."}"#;
    let (entra, _) = application(StatusCode::Unauthorized, body);
    let error = entra.token(SCOPE).await.expect_err("it is not let in");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let told = error.to_string();
    assert!(
        told.starts_with("Microsoft Entra ID gave no token for the scope https://ai"),
        "{told}"
    );
    assert!(told.contains("AADSTS7000215: Invalid client secret [redacted]."), "{told}");
    assert!(!format!("{error:?}").contains("sesame"));
}

#[tokio::test]
async fn entra_id_that_is_busy_or_broken_may_be_asked_again() {
    let body = r#"{"error_codes":[90033],"error_description":"AADSTS90033: A transient error."}"#;
    for status in [429, 500, 503, 408] {
        let (mut entra, _) = application(StatusCode::from(status), body);
        entra.ways.push(Way { name: "az", credential: Err("none".to_owned()), probed: false });
        let error = entra.token(SCOPE).await.expect_err("it is busy");
        assert_eq!(error.kind(), ErrorKind::Server, "{status}: {error}");
    }
    let (entra, _) = application(StatusCode::BadRequest, body);
    assert_eq!(entra.token(SCOPE).await.expect_err("no").kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn no_scope_is_said_before_anything_is_asked() {
    let (entra, told) = application(StatusCode::Ok, "{}");
    let error = entra.token("").await.expect_err("there is no scope");
    assert!(error.is_configuration() && error.to_string().contains(".token_scope("), "{error}");
    assert!(told.asked.lock().expect("whole").is_empty());
}

#[test]
fn what_is_malformed_is_said_at_once() {
    let refused = Entra::client_secret("no tenant", "client", "sesame-7").expect_err("malformed");
    assert!(refused.is_configuration() && refused.to_string().contains("tenant"), "{refused}");
    assert!(!format!("{refused:?}").contains("sesame"));
}

#[test]
fn the_environment_says_which_ways_there_are() {
    let ways = |variables: &[(&str, &str)]| {
        let read = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let entra = Entra::described_by(&read);
        entra.ways.iter().map(|way| (way.name, way.probed)).collect::<Vec<_>>()
    };
    let identity = ("the managed identity", true);
    let (az, azd) = (("az", false), ("azd", false));
    let application = [
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", "s"),
        ("AZURE_TOKEN_CREDENTIALS", "dev"),
    ];
    assert_eq!(ways(&[]), [identity, az, azd]);
    assert_eq!(ways(&application[..3]), [("the application's client secret", false)]);
    assert_eq!(ways(&application[..2]), [identity, az, azd]);
    assert_eq!(ways(&application), [az, azd], "the developer is meant");
    assert_eq!(ways(&[("AZURE_TOKEN_CREDENTIALS", "prod")]), [identity]);
    assert_eq!(ways(&[("AZURE_TOKEN_CREDENTIALS", "azureclicredential")]), [az]);
    let named = ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential");
    assert_eq!(ways(&[named]), [("the managed identity", false)], "it is there for certain");
    assert_eq!(ways(&[("AZURE_FEDERATED_TOKEN_FILE", "f")]), [("the workload identity", false)]);
}
