// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! S3 and what speaks like it. Creation is `If-None-Match: *` on PUT, which Amazon's S3 decides atomically; a server that ignores it is found by the
//! probe and refused. Objects beyond [`PART`] go in parts; a push that is killed leaves parts behind, which a life-cycle rule of the bucket removes.

use std::time::Duration;

use camino::Utf8Path;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use tokio::io::AsyncReadExt;
use tokio::sync::OnceCell;

use super::aws_files::{self, Profile};
use super::filter::Filter;
use super::{Connector, Net, client, patience, retries};
use crate::golden::GoldenError;
use crate::golden::remote::{Created, RemoteError, Result, Surroundings};

/// Size of a part; S3 takes from 5 MiB on, and at most 10000 of them.
const PART: u64 = 16 << 20;

/// How often a creation is tried that neither succeeds nor finds anything.
const TRIES: u32 = 5;

/// Where keys come from when neither the environment nor a file has them: `object_store` follows these.
const ELSEWHERE: [&str; 4] = [
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_SKIP_SIGNATURE",
];

/// Further variables of the usual environment.
const FURTHER: [&str; 7] = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    "AWS_REQUEST_PAYER",
    "AWS_SERVER_SIDE_ENCRYPTION",
    "AWS_SSE_KMS_KEY_ID",
];

/// Opens a bucket.
pub(super) fn open(place: &str, bucket: &str, surroundings: &dyn Surroundings) -> Result<(AmazonS3, Filter)> {
    let none = |why: String| RemoteError::Credentials { place: place.to_owned(), why };
    let var = |name: &str| surroundings.var(name);
    let mut filter = Filter::default();
    let profile = aws_files::read(surroundings).map_err(none)?;
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_retry(retries());
    for name in ELSEWHERE.into_iter().chain(FURTHER) {
        if let Some(value) = var(name)
            && let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
        {
            builder = builder.with_config(key, value);
        }
    }
    let environment = Profile {
        access_key_id: var("AWS_ACCESS_KEY_ID"),
        secret_access_key: var("AWS_SECRET_ACCESS_KEY"),
        session_token: var("AWS_SESSION_TOKEN"),
        ..Profile::default()
    };
    // A pair is taken whole from one place.
    let keys = if environment.access_key_id.is_some() { &environment } else { &profile };
    match (&keys.access_key_id, &keys.secret_access_key) {
        (Some(id), Some(secret)) => {
            filter.hide(secret);
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
            if let Some(token) = &keys.session_token {
                filter.hide(token);
                builder = builder.with_token(token);
            }
        }
        (Some(_), None) => return Err(none("there is an access key id and no secret access key".into())),
        _ if ELSEWHERE.iter().any(|name| var(name).is_some()) => {}
        _ => return Err(none(profile.nothing.unwrap_or_default())),
    }
    let region = var("AWS_REGION").or_else(|| var("AWS_DEFAULT_REGION")).or(profile.region);
    builder = builder.with_region(region.unwrap_or_else(|| "us-east-1".into()));
    let endpoint = var("AWS_ENDPOINT_URL_S3").or_else(|| var("AWS_ENDPOINT_URL")).or(profile.endpoint_url);
    if let Some(endpoint) = endpoint {
        if endpoint.contains(['@', '?', '#']) {
            return Err(RemoteError::Variable {
                name: "AWS_ENDPOINT_URL (or the endpoint_url of the profile)".into(),
                why: "it holds a user name, password, query or fragment".into(),
            });
        }
        builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
    }
    let headers = reqwest::header::HeaderMap::new();
    // An answer to a part comes after the part was sent: twice the silence.
    let client = client(place, surroundings, &mut filter, headers, Some(patience(surroundings) * 2))?;
    let store = builder.with_http_connector(Connector(client)).build();
    let bad = |why: String| RemoteError::Address { shown: place.to_owned(), why };
    Ok((store.map_err(|e| bad(filter.chain(&e)))?, filter))
}

/// Whether the server honours conditions, asked once.
#[derive(Default)]
pub(super) struct Probe(OnceCell<()>);

impl Probe {
    /// A small object is created twice: the second creation must be refused. It stays, so that the next push asks once only.
    pub(super) async fn ready(&self, net: &Net) -> Result<()> {
        self.0.get_or_try_init(|| probe(net)).await.copied()
    }
}

fn only_new() -> PutOptions {
    PutOptions { mode: PutMode::Create, ..PutOptions::default() }
}

async fn probe(net: &Net) -> Result<()> {
    let key = ".dfxkit-probe";
    let path = net.path(key);
    let text = "dfxkit looks with this whether the server creates an object only when none is there.\n";
    let mut tried = String::new();
    for _ in 0..2 {
        match net.store.put_opts(&path, PutPayload::from_static(text.as_bytes()), only_new()).await {
            Ok(_) => "PUT with If-None-Match: * succeeds twice".clone_into(&mut tried),
            Err(object_store::Error::AlreadyExists { .. }) => return Ok(()),
            Err(
                e @ (object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. }),
            ) => {
                tried = net.filter.chain(&e);
                break;
            }
            Err(e) => return Err(net.failed("create", key, &e)),
        }
    }
    Err(RemoteError::NoCreate { place: net.name.clone(), tried })
}

/// Sends a file.
pub(super) async fn send(net: &Net, key: &str, file: &Utf8Path, size: u64) -> Result<()> {
    let io = |e: std::io::Error| RemoteError::from(GoldenError::from(e));
    let path = net.path(key);
    let mut file = tokio::fs::File::open(file).await.map_err(io)?;
    if size <= PART {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        file.read_to_end(&mut bytes).await.map_err(io)?;
        let sent = net.store.put(&path, PutPayload::from(bytes)).await;
        return sent.map(|_| ()).map_err(|e| net.failed("send", key, &e));
    }
    let mut upload = net.store.put_multipart(&path).await.map_err(|e| net.failed("send", key, &e))?;
    let sent = parts(net, key, &mut file, PART.max(size / 9000), &mut *upload).await;
    if sent.is_err() {
        let _ = upload.abort().await;
    }
    sent
}

async fn parts(
    net: &Net,
    key: &str,
    file: &mut tokio::fs::File,
    size: u64,
    upload: &mut dyn MultipartUpload,
) -> Result<()> {
    loop {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let read = (&mut *file).take(size).read_to_end(&mut bytes).await;
        if read.map_err(GoldenError::from)? == 0 {
            break;
        }
        upload.put_part(PutPayload::from(bytes)).await.map_err(|e| net.failed("send", key, &e))?;
    }
    upload.complete().await.map(|_| ()).map_err(|e| net.failed("send", key, &e))
}

/// Creates a small object. Whatever the answer was (it may have been lost), what lies there afterwards decides.
pub(super) async fn create(net: &Net, key: &str, bytes: &[u8]) -> Result<Created> {
    let path = net.path(key);
    let mut tries = 0;
    loop {
        tries += 1;
        let sent = net.store.put_opts(&path, PutPayload::from(bytes.to_vec()), only_new()).await;
        match net.get(key).await? {
            Some(there) if there == bytes => return Ok(Created::New),
            Some(there) => return Ok(Created::There(there)),
            None => {}
        }
        // Not there: another's creation under way (409), or a failure.
        if tries >= TRIES {
            return Err(match sent {
                Err(e) => net.failed("create", key, &e),
                Ok(_) => RemoteError::Failed {
                    place: net.name.clone(),
                    what: "create",
                    key: key.to_owned(),
                    answer: "it was accepted, and is not there".into(),
                },
            });
        }
        tokio::time::sleep(Duration::from_millis(200 * u64::from(tries))).await;
    }
}
