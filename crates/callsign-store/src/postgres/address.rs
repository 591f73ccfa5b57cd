//! The URL of a database: settings that the driver does not know, and a form without secrets.

use std::path::PathBuf;
use std::time::Duration;

use callsign_types::traits::store::StoreError;
use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::rows::{failed, refused};

/// The default time limit for connecting to one address of the server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A parsed database URL.
#[derive(Debug)]
pub(super) struct Address {
    /// The driver's configuration. Its `Debug` omits the password.
    pub(super) config: Config,
    /// The file of CA certificates that are trusted instead of the system's.
    pub(super) authorities: Option<PathBuf>,
    /// Whether TLS is disabled.
    pub(super) is_plain: bool,
    /// The URL without user, password and settings, for messages.
    pub(super) shown: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            // The message omits the URL, which may contain a password.
            return Err(refused(
                "not a PostgreSQL URL; pass one such as `postgres://user:password@host/database`"
                    .to_owned(),
            ));
        }
        let (url, authorities) = split_settings(url)?;
        // The driver's error names the setting and omits its value.
        let mut config: Config = url.parse().map_err(|error| {
            failed("cannot parse the PostgreSQL URL; see the cause".to_owned(), error)
        })?;
        let shown = without_secrets(&config);
        if shown.contains('@') {
            return Err(refused(
                "the PostgreSQL URL has more than one `@`; write `%40` for an `@` in the password"
                    .to_owned(),
            ));
        }
        let is_local = config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)));
        if is_local {
            config.ssl_mode(SslMode::Disable);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("callsign");
        }
        let is_plain = config.get_ssl_mode() == SslMode::Disable;
        Ok(Self { config, authorities, is_plain, shown })
    }
}

/// Removes the settings that the driver does not know from `url`, or replaces them by equivalent
/// ones. Returns the new URL and the value of `sslrootcert`.
fn split_settings(url: &str) -> Result<(String, Option<PathBuf>), StoreError> {
    // The search starts after the `@`, because a password may contain a `?`.
    let after_user = url.find('@').unwrap_or_default();
    let Some(start) = url[after_user..].find('?').map(|at| after_user + at) else {
        return Ok((url.to_owned(), None));
    };
    let (mut known, mut authorities) = (Vec::new(), None);
    for setting in url[start + 1..].split('&') {
        match setting.split_once('=') {
            Some(("sslmode", "allow")) => known.push("sslmode=prefer".to_owned()),
            // Certificates are always verified, so that both modes are the same as `require`.
            Some(("sslmode", "verify-ca" | "verify-full")) => {
                known.push("sslmode=require".to_owned());
            }
            Some(("sslrootcert", "system")) => {}
            Some(("sslrootcert", file)) => {
                let file = percent_decode_str(file).decode_utf8().map_err(|error| {
                    failed("`sslrootcert` in the PostgreSQL URL is not UTF-8".to_owned(), error)
                })?;
                authorities = Some(PathBuf::from(file.into_owned()));
            }
            _ => known.push(setting.to_owned()),
        }
    }
    let mut url = url[..start].to_owned();
    if !known.is_empty() {
        url.push('?');
        url.push_str(&known.join("&"));
    }
    Ok((url, authorities))
}

fn without_secrets(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(at, host)| {
            let host = match host {
                Host::Tcp(name) => name.clone(),
                #[cfg(unix)]
                Host::Unix(folder) => folder.display().to_string(),
            };
            // A single port applies to all hosts.
            let port = ports.get(at).or(ports.first().filter(|_| ports.len() == 1));
            port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
        })
        .collect();
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("postgres://{}/{database}", hosts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_url_has_no_user_password_or_settings() {
        for (url, shown) in [
            ("postgres://ada:secret@db.example:6432/trips", "postgres://db.example:6432/trips"),
            ("postgresql://ada:secret@a,b/trips", "postgres://a:5432,b:5432/trips"),
            ("postgres://ada:s%40cret?@a/t?connect_timeout=3", "postgres://a:5432/t"),
            ("postgres://ada@%2Frun%2Fpg/trips", "postgres:///run/pg:5432/trips"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.shown, shown, "{url}");
            assert!(!format!("{address:?}").contains("cret"), "{address:?}");
        }
    }

    #[test]
    fn sslmode_of_libpq_selects_the_mode_of_the_driver() {
        let cases = [
            ("postgres://a/t", SslMode::Prefer),
            ("postgres://a/t?sslmode=allow", SslMode::Prefer),
            ("postgres://a/t?sslmode=disable", SslMode::Disable),
            ("postgres://a/t?sslmode=require&connect_timeout=3", SslMode::Require),
            ("postgres://a/t?connect_timeout=3&sslmode=verify-full", SslMode::Require),
            ("postgres://a/t?sslmode=verify-ca&sslrootcert=system", SslMode::Require),
            ("postgres://%2Frun%2Fpg/t?sslmode=require", SslMode::Disable),
        ];
        for (url, mode) in cases {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.config.get_ssl_mode(), mode, "{url}");
            assert_eq!(address.is_plain, mode == SslMode::Disable, "{url}");
            assert_eq!(address.authorities, None);
        }
        let address = Address::parse("postgres://a/t?sslrootcert=%2Fca%20s.pem").unwrap();
        assert_eq!(address.authorities, Some(PathBuf::from("/ca s.pem")));
    }

    #[test]
    fn errors_of_invalid_urls_omit_the_password() {
        for (url, expected) in [
            ("mysql://ada:secret@a/t", "not a PostgreSQL URL"),
            ("host=a password=secret", "not a PostgreSQL URL"),
            ("postgres://ada:p@secret@a/t", "write `%40`"),
            ("postgres://ada:secret@a/t?sslmode=maybe", "cannot parse"),
            ("postgres://ada:secret@a:port/t", "cannot parse"),
            ("postgres://ada:secret@a/t?colour=blue", "cannot parse"),
        ] {
            let error = Address::parse(url).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains(expected), "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
