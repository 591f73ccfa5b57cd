//! Proxies from the environment, and TLS. Each case runs in a child process, because the
//! environment variables of this process cannot be changed while other tests run.
#![allow(clippy::print_stdout, reason = "the child process reports to its parent")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use callsign_models::chat::model::ChatModel;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::traits::model::ModelExt;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::server::Server;

const CHILD: &str = "CALLSIGN_PROXIES_CHILD";
const REPLY: &str = r#"{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}]}"#;

/// The code of the child process of [`in_child`]: sends two requests to a model.
#[tokio::test]
async fn child() {
    let Ok(address) = std::env::var(CHILD) else { return };
    let model = match ChatModel::builder(address).model("m").retry(RetryPolicy::none()).build() {
        Ok(model) => model,
        Err(error) => return println!("{error}"),
    };
    for _ in 0..2 {
        match model.complete("hi").await {
            Ok(reply) => println!("text: {}", reply.text()),
            Err(error) => println!("{error}"),
        }
    }
}

/// Runs a child process with only these environment variables and returns its output.
fn in_child(address: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let child = Command::new(std::env::current_exe().expect("it runs"))
        .args(["--exact", "proxies::child", "--nocapture"])
        .env_clear()
        .envs(variables.iter().copied())
        .env(CHILD, address)
        .output()
        .expect("it runs");
    let output = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{output} {}", String::from_utf8_lossy(&child.stderr));
    assert!(!output.contains("sesame"), "{output}");
    output
        .lines()
        .filter(|line| line.contains("text: ") || line.contains("://"))
        .map(str::to_owned)
        .collect()
}

/// A proxy that opens tunnels to one server, whatever target is requested.
struct TunnelProxy {
    address: String,
    /// The heads of the `CONNECT` requests.
    heads: Arc<Mutex<Vec<String>>>,
}

impl TunnelProxy {
    async fn to(server: &str, response: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (kept, server) = (heads.clone(), server.to_owned());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.expect("a head"));
                }
                kept.lock()
                    .expect("not poisoned")
                    .push(String::from_utf8_lossy(&head).into_owned());
                stream.write_all(response.as_bytes()).await.expect("it listens");
                let mut server = TcpStream::connect(&server).await.expect("it is there");
                tokio::spawn(async move { copy_bidirectional(&mut stream, &mut server).await });
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("not poisoned").clone()
    }
}

/// Starts a TLS server for `model.invalid` in front of `server`. Returns its address and the file
/// with its certificate.
async fn secured(server: &Server, name: &str) -> (String, PathBuf) {
    secured_by(server, name, "model.invalid", |_| {}).await
}

/// Starts a TLS server whose certificate is for `host` and has these parameters.
async fn secured_by(
    server: &Server,
    name: &str,
    host: &str,
    set: impl FnOnce(&mut CertificateParams),
) -> (String, PathBuf) {
    let mut params = CertificateParams::new([host.to_owned()]).expect("a name");
    set(&mut params);
    let signing_key = KeyPair::generate().expect("made");
    let cert = params.self_signed(&signing_key).expect("signed");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("proxies-{name}.pem"));
    fs::write(&file, cert.pem()).expect("written");
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("it fits");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let upstream = server.address.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut server = TcpStream::connect(&upstream).await.expect("it is there");
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    (address, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_requests_are_forwarded_by_the_proxy() {
    let proxy = Server::fixed("200 OK", "content-type: application/json\r\n", REPLY).await;
    let named = proxy.address.replace("http://", "http://me:sesame%207@");
    for name in ["HTTP_PROXY", "all_proxy"] {
        let output = in_child("http://model.invalid:81/v1", &[(name, &named)]);
        assert_eq!(output, ["text: Hi.", "text: Hi."]);
    }
    let requests = proxy.requests();
    assert_eq!(requests.len(), 4);
    let line = "POST http://model.invalid:81/v1/chat/completions HTTP/1.1";
    assert_eq!(requests[0].head.lines().next(), Some(line));
    assert_eq!(requests[0].header("host"), Some("model.invalid:81"));
    assert_eq!(requests[0].header("proxy-authorization"), Some("Basic bWU6c2VzYW1lIDc="));
    assert!(requests[0].header("user-agent").is_some_and(|agent| agent.starts_with("callsign/")));
    assert_eq!((requests[0].connection, requests[1].connection), (0, 0), "it was not used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn local_and_excluded_hosts_bypass_the_proxy() {
    let proxy = Server::fixed("200 OK", "", REPLY).await;
    let server = Server::fixed("200 OK", "", REPLY).await;
    let named = [("ALL_PROXY", &*proxy.address), ("NO_PROXY", "model.invalid")];
    let output = in_child(&format!("{}/v1", server.address), &named);
    assert_eq!(output, ["text: Hi.", "text: Hi."]);
    assert_eq!(server.requests().len(), 2);
    let output = in_child("http://model.invalid/v1", &named);
    assert!(output[0].contains("host not found; check its name"), "{output:?}");
    assert!(proxy.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_goes_through_a_tunnel_of_the_proxy() {
    let server = Server::fixed("200 OK", "content-type: application/json\r\n", REPLY).await;
    let (upstream, certificate) = secured(&server, "tunnel").await;
    let proxy = TunnelProxy::to(&upstream, "HTTP/1.1 200 Connected\r\n\r\n").await;
    let named = format!("http://me:sesame-8@{}", proxy.address);
    let certificate = certificate.to_str().expect("text");
    let variables = [("HTTPS_PROXY", &*named), ("SSL_CERT_FILE", certificate)];
    let output = in_child("https://model.invalid/v1", &variables);
    assert_eq!(output, ["text: Hi.", "text: Hi."]);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1, "the tunnel was not used again: {heads:?}");
    let head = heads[0].to_lowercase();
    assert!(head.starts_with("connect model.invalid:443 http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nproxy-authorization: basic bwu6c2vzyw1lltg=\r\n"), "{head}");
    assert!(head.contains("\r\nuser-agent: callsign/"), "{head}");
    let requests = server.requests();
    assert_eq!(requests[0].head.lines().next(), Some("POST /v1/chat/completions HTTP/1.1"));
    assert_eq!(requests[0].header("host"), Some("model.invalid"));
    assert_eq!(requests[0].header("proxy-authorization"), None);
    assert_eq!((requests.len(), requests[1].connection), (2, 0));

    // A certificate that is not trusted.
    let (_, another) = secured(&server, "another").await;
    let variables = [("HTTPS_PROXY", &*named), ("SSL_CERT_FILE", another.to_str().expect("text"))];
    let output = in_child("https://model.invalid/v1", &variables);
    let message = format!(
        "cannot connect to https://model.invalid/v1/chat/completions through the proxy {}: TLS \
         handshake failed: invalid peer certificate: ",
        proxy.address
    );
    assert!(output[0].starts_with(&message), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn proxy_failures_are_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let closed = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let server = Server::fixed("200 OK", "", REPLY).await;
    let upstream = server.address.trim_start_matches("http://");
    let authenticating = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    let tunnel = TunnelProxy::to(upstream, authenticating).await.address;
    let forward = Server::fixed(
        "407 Proxy Authentication Required",
        "proxy-authenticate: Basic\r\n",
        "<html>sesame-9</html>",
    )
    .await;
    let refusing = TunnelProxy::to(upstream, "HTTP/1.1 403 Forbidden\r\n\r\n").await.address;
    let (_, certificate) = secured(&server, "useless").await;
    let certificate = certificate.to_str().expect("text");
    for (scheme, proxy, reason) in [
        ("http", &*closed, "connection refused; check that the proxy is running"),
        ("http", "proxy.invalid:3128", "proxy not found; check its host name and the network"),
        (
            "http",
            &*refusing,
            "the proxy refused the connection; check that it allows connections to this host",
        ),
        ("socks5", &*closed, "SOCKS proxies are not supported; use an HTTP proxy"),
    ] {
        let named = format!("{scheme}://me:sesame-9@{proxy}");
        let variables = [("ALL_PROXY", &*named), ("SSL_CERT_FILE", certificate)];
        let output = in_child("https://model.invalid/v1", &variables);
        let address = "https://model.invalid/v1/chat/completions";
        let message = format!("cannot connect to {address} through the proxy {proxy}: {reason}");
        assert_eq!(output, [&*message, &message]);
    }
    let forward = forward.address.trim_start_matches("http://");
    for (scheme, proxy) in [("https", &*tunnel), ("http", forward)] {
        let named = format!("http://me:sesame-9@{proxy}");
        let variables = [("ALL_PROXY", &*named), ("SSL_CERT_FILE", certificate)];
        let output = in_child(&format!("{scheme}://model.invalid/v1"), &variables);
        let message = format!(
            "authentication failed: the proxy {proxy}, which requests to \
             {scheme}://model.invalid/v1/chat/completions go through, requires other credentials; \
             set a user and a password in its address, as in \
             HTTPS_PROXY=http://user:password@{proxy}"
        );
        assert_eq!(output, [&*message, &message]);
    }
    assert!(server.requests().is_empty());
}

/// Starts a server that responds to whatever it receives as HTTP servers without TLS do.
async fn without_tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    address
}

/// The error of a TLS handshake says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn certificate_errors_name_the_remedy() {
    let server = Server::fixed("200 OK", "", REPLY).await;
    let past = |params: &mut CertificateParams| {
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    };
    let future = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(4000, 1, 1);
    };
    let authority = |params: &mut CertificateParams| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    let renamed = |params: &mut CertificateParams| {
        params.distinguished_name.push(DnType::CommonName, "another issuer");
    };
    let (_, same_name) = secured(&server, "same-name").await;
    let (_, foreign) = secured_by(&server, "foreign", "model.invalid", renamed).await;
    let (unknown, _) = secured(&server, "unknown").await;
    let (ca, ca_file) = secured_by(&server, "authority", "model.invalid", authority).await;
    let (old, old_file) = secured_by(&server, "old", "model.invalid", past).await;
    let (new, new_file) = secured_by(&server, "new", "model.invalid", future).await;
    let (other, other_file) = secured_by(&server, "other", "other.invalid", |_| {}).await;
    let plain = without_tls().await;
    for (upstream, trusted, reason, remedy) in [
        (
            &unknown,
            &foreign,
            "UnknownIssuer",
            "add the issuer's certificate to those of the system",
        ),
        (&unknown, &same_name, "BadSignature", "add the issuer's certificate to those of the"),
        (&ca, &ca_file, "CaUsedAsEndEntity", "create a server certificate with CA:FALSE"),
        (&old, &old_file, "expired", "renew the server's certificate, or check the clock"),
        (&new, &new_file, "not valid yet", "check the clock of this machine"),
        (&other, &other_file, "not valid for name", "check the host name of the endpoint"),
        (&plain, &foreign, "corrupt message", "use http:// if the server has no TLS"),
    ] {
        let proxy = TunnelProxy::to(upstream, "HTTP/1.1 200 Connected\r\n\r\n").await;
        let named = format!("http://{}", proxy.address);
        let trusted = trusted.to_str().expect("text");
        let variables = [("HTTPS_PROXY", &*named), ("SSL_CERT_FILE", trusted)];
        let output = in_child("https://model.invalid/v1", &variables);
        assert!(output[0].contains("TLS handshake failed: "), "{output:?}");
        assert!(output[0].contains(reason) && output[0].contains(remedy), "{reason}: {output:?}");
    }
}
