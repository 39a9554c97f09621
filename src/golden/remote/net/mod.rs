// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The network: S3 and HTTP through `object_store`, the only place with an async runtime. Every call blocks until it is done.
//!
//! Timeouts: 10 seconds to connect, [`TIMEOUT`] without a byte while reading (`DFXKIT_HTTP_TIMEOUT`, in seconds), and for sending as long as the size takes at
//! 64 KiB/s, plus that. Answers of the 5xx kind, cut connections and timeouts are tried again with growing pauses. Proxies are those of
//! `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case. Redirects are followed for reading, never from https to http.

mod aws_files;
mod dav;
mod filter;
mod http;
mod netrc;
mod s3;

use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;
use futures_util::StreamExt;
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::{ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig};

use self::filter::Filter;
use super::{Created, Location, Read, RemoteError, Result, SMALL, Sink, Surroundings, Write};
use crate::golden::GoldenError;

/// Silence for so long is a failure.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Opens a store.
pub(super) fn open(location: &Location, surroundings: &dyn Surroundings) -> Result<Box<dyn Write>> {
    // A second call finds it chosen, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let name = location.to_string();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(GoldenError::from)?;
    let bad = |shown: &str, why: String| RemoteError::Address { shown: shown.to_owned(), why };
    let (store, prefix, end, filter): (Arc<dyn ObjectStore>, &str, End, Filter) = match location {
        Location::Directory(dir) => return Err(bad(dir.as_str(), "a directory is no server".into())),
        Location::S3 { bucket, prefix } => {
            let (store, filter) = s3::open(&name, bucket, surroundings)?;
            (Arc::new(store), prefix, End::S3(s3::Probe::default()), filter)
        }
        Location::Http(url) => {
            let (store, dav, filter) = http::open(&name, url, surroundings)?;
            (Arc::new(store), "", End::Http(Box::new(dav)), filter)
        }
    };
    let prefix = Path::parse(prefix).map_err(|e| bad(&name, e.to_string()))?;
    Ok(Box::new(Net { runtime, name, store, prefix, end, filter }))
}

/// A store on the network.
struct Net {
    runtime: tokio::runtime::Runtime,
    name: String,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    end: End,
    filter: Filter,
}

/// How it is written to.
enum End {
    S3(s3::Probe),
    Http(Box<dav::Dav>),
}

impl Net {
    fn path(&self, key: &str) -> Path {
        // Keys are made of release names and hashes: nothing that a path would have to encode.
        let parts = self.prefix.as_ref().split('/').chain(key.split('/')).filter(|p| !p.is_empty());
        parts.collect()
    }

    fn failed(&self, what: &'static str, key: &str, error: &object_store::Error) -> RemoteError {
        let answer = self.filter.chain(error);
        let (place, key) = (self.name.clone(), key.to_owned());
        match error {
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                RemoteError::Denied { place, key, answer }
            }
            _ => RemoteError::Failed { place, what, key, answer },
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        match self.store.get(&self.path(key)).await {
            Ok(found) if found.meta.size > SMALL => Err(RemoteError::Failed {
                place: self.name.clone(),
                what: "read",
                key: key.to_owned(),
                answer: format!("it has {} bytes, which no entry of an archive has", found.meta.size),
            }),
            Ok(found) => {
                found.bytes().await.map(|b| Some(b.to_vec())).map_err(|e| self.failed("read", key, &e))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(self.failed("read", key, &e)),
        }
    }

    async fn stream(&self, key: &str, from: u64, sink: &mut dyn Sink) -> Result<bool> {
        let path = self.path(key);
        let range = (from > 0).then_some(GetRange::Offset(from));
        let mut answer = self.store.get_opts(&path, GetOptions { range, ..GetOptions::default() }).await;
        // A server that gives no parts, or holds fewer bytes than came already: from the beginning.
        if from > 0 && answer.is_err() {
            answer = self.store.get(&path).await;
        }
        let found = match answer {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(e) => return Err(self.failed("read", key, &e)),
        };
        let io = |e: std::io::Error| RemoteError::from(GoldenError::from(e));
        sink.begin(found.range.start).map_err(io)?;
        let mut stream = found.into_stream();
        while let Some(piece) = stream.next().await {
            sink.piece(&piece.map_err(|e| self.failed("read", key, &e))?).map_err(io)?;
        }
        Ok(true)
    }
}

impl Read for Net {
    fn name(&self) -> &str {
        &self.name
    }

    fn stat(&self, key: &str) -> Result<Option<u64>> {
        self.runtime.block_on(async {
            if let End::Http(dav) = &self.end {
                match dav.stat(key).await? {
                    Length::Known(size) => return Ok(Some(size)),
                    Length::Missing => return Ok(None),
                    // Apache leaves the length of an empty file out; others that of all files.
                    Length::Unsaid => {}
                }
                let mut count = Count(0);
                return Ok(self.stream(key, 0, &mut count).await?.then_some(count.0));
            }
            match self.store.head(&self.path(key)).await {
                Ok(meta) => Ok(Some(meta.size)),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(e) => Err(self.failed("look at", key, &e)),
            }
        })
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.runtime.block_on(self.get(key))
    }

    fn list(&self, key: &str) -> Result<Option<Vec<String>>> {
        self.runtime.block_on(async {
            let mut names: Vec<String> = match &self.end {
                End::S3(_) => {
                    let path = self.path(key);
                    let path = (!path.as_ref().is_empty()).then_some(&path);
                    let found = self.store.list_with_delimiter(path).await;
                    let found = found.map_err(|e| self.failed("list", key, &e))?;
                    let all = found.objects.iter().map(|o| &o.location).chain(&found.common_prefixes);
                    all.filter_map(|p| p.filename().map(str::to_owned)).collect()
                }
                End::Http(dav) => match dav.list(key).await? {
                    Some(names) => names,
                    None => return Ok(None),
                },
            };
            names.sort();
            names.dedup();
            Ok(Some(names))
        })
    }

    fn fetch(&self, key: &str, from: u64, sink: &mut dyn Sink) -> Result<bool> {
        self.runtime.block_on(self.stream(key, from, sink))
    }
}

impl Write for Net {
    fn ready(&self) -> Result<()> {
        self.runtime.block_on(async {
            match &self.end {
                End::S3(probe) => probe.ready(self).await,
                End::Http(dav) => dav.ready(self).await,
            }
        })
    }

    fn send(&self, key: &str, file: &Utf8Path, size: u64) -> Result<()> {
        self.runtime.block_on(async {
            match &self.end {
                End::S3(_) => s3::send(self, key, file, size).await,
                End::Http(dav) => dav.send(key, file, size).await,
            }
        })
    }

    fn create(&self, key: &str, bytes: &[u8]) -> Result<Created> {
        self.runtime.block_on(async {
            match &self.end {
                End::S3(_) => s3::create(self, key, bytes).await,
                End::Http(dav) => dav.create(self, key, bytes).await,
            }
        })
    }
}

/// What a server says of the size of an object.
enum Length {
    Known(u64),
    Missing,
    Unsaid,
}

/// Counts bytes.
struct Count(u64);

impl Sink for Count {
    fn begin(&mut self, offset: u64) -> std::io::Result<()> {
        self.0 = offset;
        Ok(())
    }
    fn piece(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0 += bytes.len() as u64;
        Ok(())
    }
}

/// What requests are retried.
fn retries() -> RetryConfig {
    RetryConfig { max_retries: 4, retry_timeout: Duration::from_mins(2), ..RetryConfig::default() }
}

/// Gives `object_store` our client: one set of timeouts, proxies and redirects for everything.
#[derive(Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

/// Silence that is borne.
fn patience(surroundings: &dyn Surroundings) -> Duration {
    let seconds = surroundings.var("DFXKIT_HTTP_TIMEOUT").and_then(|s| s.parse().ok()).filter(|s| *s > 0);
    seconds.map_or(TIMEOUT, Duration::from_secs)
}

/// A client. `silence` limits the wait for the next byte of an answer, also while the request is being sent.
fn client(
    place: &str,
    surroundings: &dyn Surroundings,
    filter: &mut Filter,
    headers: reqwest::header::HeaderMap,
    silence: Option<Duration>,
) -> Result<reqwest::Client> {
    let bad = |why: String| RemoteError::Address { shown: place.to_owned(), why };
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("dfxkit/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .default_headers(headers)
        .referer(false)
        .redirect(reqwest::redirect::Policy::custom(|attempt| {
            let before = attempt.previous();
            let lost =
                before.last().is_some_and(|b| b.scheme() == "https") && attempt.url().scheme() != "https";
            if lost || before.len() > 5 { attempt.stop() } else { attempt.follow() }
        }))
        .no_proxy();
    if let Some(silence) = silence {
        builder = builder.read_timeout(silence);
    }
    let var = |name: &str| surroundings.var(name).or_else(|| surroundings.var(&name.to_ascii_lowercase()));
    let except = var("NO_PROXY").and_then(|list| reqwest::NoProxy::from_string(&list));
    for (name, make) in [
        ("HTTPS_PROXY", reqwest::Proxy::https as fn(String) -> reqwest::Result<reqwest::Proxy>),
        ("HTTP_PROXY", reqwest::Proxy::http),
        ("ALL_PROXY", reqwest::Proxy::all),
    ] {
        if let Some(url) = var(name) {
            filter.hide_user(&url);
            let no_proxy =
                |_| RemoteError::Variable { name: name.into(), why: "it is no address of a proxy".into() };
            let proxy = make(url).map_err(no_proxy)?;
            builder = builder.proxy(proxy.no_proxy(except.clone()));
        }
    }
    builder.build().map_err(|e| bad(filter.chain(&e)))
}
