//! Proxies that the environment names, and TLS, from a process of its own whose environment it is:
//! the variables of this one cannot be changed while other tests run.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the child tells its parent so")]

#[path = "http/server.rs"]
#[allow(dead_code, reason = "it is shared with other tests")]
mod server;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use callsign_core::traits::model::ModelExt;
use callsign_models::chat::model::ChatModel;
use server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const CHILD: &str = "CALLSIGN_PROXIES_CHILD";
const REPLY: &str = r#"{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}]}"#;

/// What the child of [`in_child`] does: it asks a model twice.
#[tokio::test]
async fn a_child() {
    let Ok(address) = std::env::var(CHILD) else { return };
    let model = match ChatModel::builder(address).model("m").build() {
        Ok(model) => model,
        Err(error) => return println!("{error}"),
    };
    for _ in 0..2 {
        match model.complete("hi").await {
            Ok(reply) => println!("said {}", reply.text()),
            Err(error) => println!("{error}"),
        }
    }
}

/// What a process with only these variables says.
fn in_child(address: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let child = Command::new(std::env::current_exe().expect("it runs"))
        .args(["--exact", "a_child", "--nocapture"])
        .env_clear()
        .envs(variables.iter().copied())
        .env(CHILD, address)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{said} {}", String::from_utf8_lossy(&child.stderr));
    assert!(!said.contains("sesame"), "{said}");
    said.lines()
        .filter(|line| line.contains("said ") || line.contains("://"))
        .map(str::to_owned)
        .collect()
}

/// A proxy that makes tunnels to one server, whatever it is asked for.
struct Tunnels {
    address: String,
    /// The heads of the requests for tunnels.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnels {
    async fn to(server: &str, answer: &'static str) -> Self {
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
                stream.write_all(answer.as_bytes()).await.expect("it listens");
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

/// A server that speaks TLS as `model.invalid` before this one, and a file with its certificate.
async fn secured(server: &Server, name: &str) -> (String, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["model.invalid".to_owned()]).expect("made");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("proxies-{name}.pem"));
    fs::write(&file, made.cert.pem()).expect("written");
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("it fits");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let behind = server.address.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut server = TcpStream::connect(&behind).await.expect("it is there");
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    (address, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_passes_plain_requests_on() {
    let proxy = Server::answering("200 OK", "content-type: application/json\r\n", REPLY).await;
    let named = proxy.address.replace("http://", "http://me:sesame%207@");
    for name in ["HTTP_PROXY", "all_proxy"] {
        let said = in_child("http://model.invalid:81/v1", &[(name, &named)]);
        assert_eq!(said, ["said Hi.", "said Hi."]);
    }
    let seen = proxy.seen();
    assert_eq!(seen.len(), 4);
    let line = "POST http://model.invalid:81/v1/chat/completions HTTP/1.1";
    assert_eq!(seen[0].head.lines().next(), Some(line));
    assert_eq!(seen[0].header("host"), Some("model.invalid:81"));
    assert_eq!(seen[0].header("proxy-authorization"), Some("Basic bWU6c2VzYW1lIDc="));
    assert!(seen[0].header("user-agent").is_some_and(|agent| agent.starts_with("callsign/")));
    assert_eq!((seen[0].connection, seen[1].connection), (0, 0), "it was not used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_is_asked_for_what_is_near() {
    let proxy = Server::answering("200 OK", "", REPLY).await;
    let server = Server::answering("200 OK", "", REPLY).await;
    let named = [("ALL_PROXY", &*proxy.address), ("NO_PROXY", "model.invalid")];
    let said = in_child(&format!("{}/v1", server.address), &named);
    assert_eq!(said, ["said Hi.", "said Hi."]);
    assert_eq!(server.seen().len(), 2);
    let said = in_child("http://model.invalid/v1", &named);
    assert!(said[0].contains("there is no such host. Is its name right"), "{said:?}");
    assert!(proxy.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_makes_a_tunnel_for_tls() {
    let server = Server::answering("200 OK", "content-type: application/json\r\n", REPLY).await;
    let (behind, certificate) = secured(&server, "tunnel").await;
    let proxy = Tunnels::to(&behind, "HTTP/1.1 200 Connected\r\n\r\n").await;
    let named = format!("http://me:sesame-8@{}", proxy.address);
    let certificate = certificate.to_str().expect("text");
    let variables = [("HTTPS_PROXY", &*named), ("SSL_CERT_FILE", certificate)];
    let said = in_child("https://model.invalid/v1", &variables);
    assert_eq!(said, ["said Hi.", "said Hi."]);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1, "the tunnel was not used again: {heads:?}");
    let head = heads[0].to_lowercase();
    assert!(head.starts_with("connect model.invalid:443 http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nproxy-authorization: basic bwu6c2vzyw1lltg=\r\n"), "{head}");
    assert!(head.contains("\r\nuser-agent: callsign/"), "{head}");
    let seen = server.seen();
    assert_eq!(seen[0].head.lines().next(), Some("POST /v1/chat/completions HTTP/1.1"));
    assert_eq!(seen[0].header("host"), Some("model.invalid"));
    assert_eq!(seen[0].header("proxy-authorization"), None);
    assert_eq!((seen.len(), seen[1].connection), (2, 0));

    // One that nobody vouches for.
    let (_, another) = secured(&server, "another").await;
    let variables = [("HTTPS_PROXY", &*named), ("SSL_CERT_FILE", another.to_str().expect("text"))];
    let said = in_child("https://model.invalid/v1", &variables);
    let message = format!(
        "can't connect to https://model.invalid/v1/chat/completions through the proxy {}: no \
         secure connection: invalid peer certificate: ",
        proxy.address
    );
    assert!(said[0].starts_with(&message), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_of_no_use() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let closed = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let server = Server::answering("200 OK", "", REPLY).await;
    let behind = server.address.trim_start_matches("http://");
    let wary = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    let wary = Tunnels::to(behind, wary).await.address;
    let refusing = Tunnels::to(behind, "HTTP/1.1 403 Forbidden\r\n\r\n").await.address;
    let (_, certificate) = secured(&server, "useless").await;
    let certificate = certificate.to_str().expect("text");
    for (scheme, proxy, why) in [
        ("http", &*closed, "connection refused. Is the proxy running?"),
        (
            "http",
            "proxy.invalid:3128",
            "there is no such proxy. Is its name right, and is there a network?",
        ),
        ("http", &*wary, "tunnel error: proxy authorization required"),
        ("http", &*refusing, "tunnel error: unsuccessful"),
        ("socks5", &*closed, "only HTTP proxies are supported, and this one speaks SOCKS"),
    ] {
        let named = format!("{scheme}://me:sesame-9@{proxy}");
        let variables = [("ALL_PROXY", &*named), ("SSL_CERT_FILE", certificate)];
        let said = in_child("https://model.invalid/v1", &variables);
        let address = "https://model.invalid/v1/chat/completions";
        let message = format!("can't connect to {address} through the proxy {proxy}: {why}");
        assert_eq!(said, [&*message, &message]);
    }
    assert!(server.seen().is_empty());
}
