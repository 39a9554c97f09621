// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! HTTP servers: credentials, and the two clients (one to read with, through `object_store`, one to write with).
//!
//! Credentials: `DFXKIT_HTTP_TOKEN` (sent as a bearer token), else `DFXKIT_HTTP_USER` with `DFXKIT_HTTP_PASSWORD`, else the server's entry in `~/.netrc`
//! (or the file that `NETRC` names), else none. They are not sent over plain http, except to this machine, unless `DFXKIT_HTTP_PLAIN=1` says so.

use object_store::http::{HttpBuilder, HttpStore};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::dav::Dav;
use super::filter::Filter;
use super::{Connector, client, netrc, patience, retries};
use crate::golden::remote::{RemoteError, Result, Surroundings};

/// Opens a path on a server.
pub(super) fn open(
    place: &str,
    url: &str,
    surroundings: &dyn Surroundings,
) -> Result<(HttpStore, Dav, Filter)> {
    let bad = |why: String| RemoteError::Address { shown: place.to_owned(), why };
    let mut base = reqwest::Url::parse(url).map_err(|e| bad(e.to_string()))?;
    let host = base.host_str().ok_or_else(|| bad("it names no server".into()))?.to_owned();
    let mut filter = Filter::default();
    let mut headers = HeaderMap::new();
    if let Some(mut value) = authorization(place, &host, surroundings, &mut filter)? {
        let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        let allowed = surroundings.var("DFXKIT_HTTP_PLAIN").is_some_and(|v| v == "1");
        if base.scheme() != "https" && !local && !allowed {
            return Err(RemoteError::Credentials {
                place: place.to_owned(),
                why: "they are not sent over plain http, where everybody on the way reads them; use https, or set DFXKIT_HTTP_PLAIN=1".into(),
            });
        }
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let silence = patience(surroundings);
    let reading = client(place, surroundings, &mut filter, headers.clone(), Some(silence))?;
    let writing = client(place, surroundings, &mut filter, headers, None)?;
    let store = HttpBuilder::new()
        .with_url(base.as_str())
        .with_retry(retries())
        .with_http_connector(Connector(reading))
        .build()
        .map_err(|e| bad(filter.chain(&e)))?;
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    let dav = Dav::new(place.to_owned(), base, writing, silence, filter.clone());
    Ok((store, dav, filter))
}

fn authorization(
    place: &str,
    host: &str,
    surroundings: &dyn Surroundings,
    filter: &mut Filter,
) -> Result<Option<HeaderValue>> {
    let bad = |why: &str| RemoteError::Credentials { place: place.to_owned(), why: why.to_owned() };
    if let Some(token) = surroundings.var("DFXKIT_HTTP_TOKEN") {
        filter.hide(&token);
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        return value.map(Some).map_err(|_| bad("DFXKIT_HTTP_TOKEN holds characters that no header may"));
    }
    let from_netrc = || {
        let usual = || surroundings.var("HOME").map(|home| format!("{home}/.netrc"));
        let path = surroundings.var("NETRC").or_else(usual)?;
        netrc::lookup(&fs_err::read_to_string(path).ok()?, host)
    };
    let pair = match (surroundings.var("DFXKIT_HTTP_USER"), surroundings.var("DFXKIT_HTTP_PASSWORD")) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => from_netrc(),
        (Some(_), None) => return Err(bad("DFXKIT_HTTP_USER is set and DFXKIT_HTTP_PASSWORD is not")),
        (None, Some(_)) => return Err(bad("DFXKIT_HTTP_PASSWORD is set and DFXKIT_HTTP_USER is not")),
    };
    let Some((user, password)) = pair else { return Ok(None) };
    let encoded = base64(format!("{user}:{password}").as_bytes());
    filter.hide(&password);
    filter.hide(&encoded);
    HeaderValue::from_str(&format!("Basic {encoded}")).map(Some).map_err(|_| bad("they fit no header"))
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0_u32, |n, b| (n << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[((n >> (18 - 6 * i)) & 63) as usize];
            text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
