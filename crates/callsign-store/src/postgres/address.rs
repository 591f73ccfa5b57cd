//! The URL of a database: what of it the driver does not know, and what may be shown of it.

use std::path::PathBuf;
use std::time::Duration;

use callsign_core::traits::store::StoreError;
use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::rows::{failed, refused};

/// How long the driver tries to reach one address of the server, unless the URL says it.
const REACHED: Duration = Duration::from_secs(10);

/// Where the database is, and how to connect to it.
#[derive(Debug)]
pub(super) struct Address {
    /// For the driver. Its `Debug` leaves the password out.
    pub(super) config: Config,
    /// The file of the authorities that are trusted in place of the system's.
    pub(super) authorities: Option<PathBuf>,
    /// Whether TLS is never asked for.
    pub(super) is_plain: bool,
    /// For messages: the URL without user, password and settings.
    pub(super) shown: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            // Not shown, because it may have a password in it.
            return Err(refused(
                "this is no URL of a PostgreSQL database; give one as \
                 `postgres://user:password@host/database`"
                    .to_owned(),
            ));
        }
        let (url, authorities) = settings(url)?;
        // The driver's words name settings and none of their values.
        let mut config: Config = url.parse().map_err(|error| {
            failed("the URL of the PostgreSQL database cannot be read; see the cause".into(), error)
        })?;
        let shown = shown(&config);
        if shown.contains('@') {
            return Err(refused(
                "the URL of the PostgreSQL database has an `@` too many: write `%40` for one in \
                 the password"
                    .to_owned(),
            ));
        }
        let is_local = config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)));
        if is_local {
            config.ssl_mode(SslMode::Disable);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(REACHED);
        }
        if config.get_application_name().is_none() {
            config.application_name("callsign");
        }
        let is_plain = config.get_ssl_mode() == SslMode::Disable;
        Ok(Self { config, authorities, is_plain, shown })
    }
}

/// Takes what the driver does not know out of a URL's settings, or puts it in its words.
fn settings(url: &str) -> Result<(String, Option<PathBuf>), StoreError> {
    // What is before the `@` is the driver's, because a password may have a `?` in it.
    let after_user = url.find('@').unwrap_or_default();
    let Some(start) = url[after_user..].find('?').map(|at| after_user + at) else {
        return Ok((url.to_owned(), None));
    };
    let (mut known, mut authorities) = (Vec::new(), None);
    for setting in url[start + 1..].split('&') {
        match setting.split_once('=') {
            Some(("sslmode", "allow")) => known.push("sslmode=prefer".to_owned()),
            // A certificate is checked whenever there is TLS.
            Some(("sslmode", "verify-ca" | "verify-full")) => {
                known.push("sslmode=require".to_owned());
            }
            Some(("sslrootcert", "system")) => {}
            Some(("sslrootcert", file)) => {
                let file = percent_decode_str(file).decode_utf8().map_err(|error| {
                    failed("`sslrootcert` in the URL is no UTF-8".to_owned(), error)
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

fn shown(config: &Config) -> String {
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
    fn what_is_shown() {
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
    fn how_tls_is_asked_for() {
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
    fn what_is_refused_shows_no_password() {
        for (url, says) in [
            ("mysql://ada:secret@a/t", "no URL of a PostgreSQL database"),
            ("host=a password=secret", "no URL of a PostgreSQL database"),
            ("postgres://ada:p@secret@a/t", "write `%40`"),
            ("postgres://ada:secret@a/t?sslmode=maybe", "cannot be read"),
            ("postgres://ada:secret@a:port/t", "cannot be read"),
            ("postgres://ada:secret@a/t?colour=blue", "cannot be read"),
        ] {
            let error = Address::parse(url).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains(says), "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
