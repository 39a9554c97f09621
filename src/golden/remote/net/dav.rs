// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing to HTTP servers, and listing: PUT, MKCOL, MOVE, PROPFIND, DELETE (of this program's own temporary folders alone).
//!
//! How a file is created only when none is there, whichever the server can do; a probe asks before anything is sent:
//!
//! 1. WebDAV (RFC 4918): a folder with the file in it is made aside and moved to its place with `Overwrite: F`. A release is a folder of its own; for another
//!    file the place is a folder `NAME.first` beside it, and whatever lies there is then moved to the file's name, by this push or the next. Servers
//!    on file systems (Apache, nginx, wsgidav) look whether the place is free and rename then: two that come at once may both pass the look, and the second rename
//!    is refused by the operating system, which replaces no folder that holds something. So the first content stays, always.
//! 2. Else `If-None-Match: *` on PUT (RFC 9110), when of six requests at once exactly one succeeds. That is what can be seen from here; it is the server's promise
//!    that holds in all cases.
//! 3. Else the server is refused.
//!
//! After each creation the file is read back: who finds another content lost.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use camino::Utf8Path;
use futures_util::future::join_all;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, IF_NONE_MATCH};
use reqwest::{Body, Client, Method, Url};
use tokio::sync::OnceCell;

use super::filter::Filter;
use super::{Length, Net};
use crate::golden::GoldenError;
use crate::golden::remote::{Created, RemoteError, Result};

/// How often a request is made that the server or the network fails.
const TRIES: u32 = 5;

/// Bytes a second that a sending connection must make.
const SLOWEST: u64 = 64 << 10;

/// A server that is written to.
pub(super) struct Dav {
    place: String,
    base: Url,
    client: Client,
    silence: Duration,
    filter: Filter,
    guard: OnceCell<Guard>,
    /// Folders that are there.
    folders: Mutex<BTreeSet<String>>,
}

/// What keeps two creations apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    Move,
    IfNoneMatch,
}

/// What a request came to.
struct Answer {
    status: u16,
    /// As its header says.
    length: Option<u64>,
    body: String,
}

impl Answer {
    fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn text(&self) -> String {
        let body = if self.body.trim().is_empty() { String::new() } else { format!(": {}", self.body) };
        format!("the server answers {}{body}", self.status)
    }
}

/// What is sent.
#[derive(Clone, Copy)]
enum Content<'a> {
    None,
    Bytes(&'a [u8]),
    File(&'a Utf8Path, u64),
}

impl Dav {
    pub(super) fn new(place: String, base: Url, client: Client, silence: Duration, filter: Filter) -> Self {
        let (guard, folders) = (OnceCell::new(), Mutex::default());
        Self { place, base, client, silence, filter, guard, folders }
    }

    fn url(&self, key: &str, folder: bool) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}{key}{}",
            self.base.path(),
            if folder && !key.is_empty() { "/" } else { "" }
        ));
        url
    }

    fn failed(&self, what: &'static str, key: &str, answer: &Answer) -> RemoteError {
        let (place, key) = (self.place.clone(), key.to_owned());
        let text = self.filter.clean(&answer.text());
        match answer.status {
            401 | 403 | 407 => RemoteError::Denied { place, key, answer: text },
            _ => RemoteError::Failed { place, what, key, answer: text },
        }
    }

    /// Makes a request, again when the server (5xx, 429) or the network fails; the last failure of the network is an error.
    async fn request(
        &self,
        method: &str,
        url: Url,
        headers: &[(&str, &str)],
        content: Content<'_>,
    ) -> Result<Answer> {
        let key = url.path().strip_prefix(self.base.path()).unwrap_or(url.path()).to_owned();
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.once(method, url.clone(), headers, content).await?;
            match answer {
                Ok(answer) if tries >= TRIES || !(answer.status >= 500 || answer.status == 429) => {
                    return Ok(answer);
                }
                // Not implemented: asking again helps nobody.
                Ok(answer) if answer.status == 501 => return Ok(answer),
                Err(text) if tries >= TRIES => {
                    let what = if matches!(content, Content::None) { "ask for" } else { "send" };
                    let (place, answer) = (self.place.clone(), format!("{text} (tried {tries} times)"));
                    return Err(RemoteError::Failed { place, what, key, answer });
                }
                _ => tokio::time::sleep(Duration::from_millis(100 << tries)).await,
            }
        }
    }

    /// One request; the inner error is the network's.
    async fn once(
        &self,
        method: &str,
        url: Url,
        headers: &[(&str, &str)],
        content: Content<'_>,
    ) -> Result<std::result::Result<Answer, String>> {
        let method = Method::from_bytes(method.as_bytes()).expect("the methods here are tokens");
        let mut request = self.client.request(method, url).timeout(self.silence);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match content {
            Content::None => {}
            Content::Bytes(bytes) => {
                request = request.header(CONTENT_TYPE, "application/octet-stream").body(bytes.to_vec());
            }
            Content::File(path, size) => {
                let file = tokio::fs::File::open(path).await.map_err(GoldenError::from)?;
                request = request
                    .header(CONTENT_TYPE, "application/octet-stream")
                    // Known beforehand: many servers take no chunks.
                    .header(CONTENT_LENGTH, size)
                    .timeout(self.silence + Duration::from_secs(size / SLOWEST))
                    .body(Body::from(file));
            }
        }
        let sent = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let length = response.headers().get(CONTENT_LENGTH);
            let length = length.and_then(|l| l.to_str().ok()).and_then(|l| l.parse().ok());
            Ok::<_, reqwest::Error>(Answer { status, length, body: response.text().await? })
        };
        Ok(sent.await.map_err(|e| self.filter.chain(&e)))
    }

    /// Makes the folders above a key.
    async fn folders_above(&self, key: &str) -> Result<()> {
        let mut above = String::new();
        let parts: Vec<&str> = key.split('/').collect();
        // The store's own folder may be new, too. What the server says does not matter here: the request that follows tells.
        for part in std::iter::once("").chain(parts[..parts.len() - 1].iter().copied()) {
            if !part.is_empty() {
                above = if above.is_empty() { part.to_owned() } else { format!("{above}/{part}") };
            }
            let there = self.folders.lock().unwrap_or_else(PoisonError::into_inner).contains(&above);
            if there {
                continue;
            }
            let mut answer = self.request("MKCOL", self.url(&above, true), &[], Content::None).await?;
            if above.is_empty() && matches!(answer.status, 404 | 409) {
                answer = self.own_folder().await?;
            }
            // 405: it is there.
            if answer.ok() || answer.status == 405 {
                self.folders.lock().unwrap_or_else(PoisonError::into_inner).insert(above.clone());
            }
        }
        Ok(())
    }

    /// Makes the store's own folder with those above it; gives the last answer.
    async fn own_folder(&self) -> Result<Answer> {
        let path = self.base.path();
        let mut answer = Answer { status: 405, length: None, body: String::new() };
        for (end, _) in path.match_indices('/').skip(1) {
            let mut url = self.base.clone();
            url.set_path(&path[..=end]);
            answer = self.request("MKCOL", url, &[], Content::None).await?;
        }
        Ok(answer)
    }

    async fn put(&self, key: &str, headers: &[(&str, &str)], content: Content<'_>) -> Result<Answer> {
        let answer = self.request("PUT", self.url(key, false), headers, content).await?;
        // Servers say either when the folder is not there.
        if matches!(answer.status, 404 | 409) {
            self.folders_above(key).await?;
            return self.request("PUT", self.url(key, false), headers, content).await;
        }
        Ok(answer)
    }

    /// Sends a file.
    pub(super) async fn send(&self, key: &str, file: &Utf8Path, size: u64) -> Result<()> {
        // Beforehand where folders are known to be needed: nginx says 500 when one is not there.
        if self.guard.get() == Some(&Guard::Move) {
            self.folders_above(key).await?;
        }
        let answer = self.put(key, &[], Content::File(file, size)).await?;
        if answer.ok() { Ok(()) } else { Err(self.failed("send", key, &answer)) }
    }

    /// Size of an object.
    pub(super) async fn stat(&self, key: &str) -> Result<Length> {
        let answer = self.request("HEAD", self.url(key, false), &[], Content::None).await?;
        match (answer.status, answer.length) {
            (200, Some(size)) => Ok(Length::Known(size)),
            // Some say so of folders and of what is gone.
            (404 | 410, _) => Ok(Length::Missing),
            // Not said, or no HEAD at all: asked by reading.
            (200 | 405 | 501, _) => Ok(Length::Unsaid),
            _ => Err(self.failed("look at", key, &answer)),
        }
    }

    /// Names in a folder; none when the server does not list.
    pub(super) async fn list(&self, key: &str) -> Result<Option<Vec<String>>> {
        let url = self.url(key, true);
        let own = url.path().trim_end_matches('/').to_owned();
        let answer = self.request("PROPFIND", url, &[("Depth", "1")], Content::None).await?;
        match answer.status {
            207 => {}
            404 => return Ok(Some(Vec::new())),
            401 | 407 => return Err(self.failed("list", key, &answer)),
            status if status >= 500 && status != 501 => return Err(self.failed("list", key, &answer)),
            _ => return Ok(None),
        }
        let Ok(tree) = roxmltree::Document::parse(&answer.body) else {
            return Err(self.failed("list", key, &Answer { body: "what is no XML".into(), ..answer }));
        };
        let hrefs = tree.descendants().filter(|n| n.tag_name().name() == "href").filter_map(|n| n.text());
        let names = hrefs.filter_map(|href| {
            let path =
                href.split_once("://").map_or(href, |(_, rest)| rest.find('/').map_or("", |i| &rest[i..]));
            let path = decoded(path.trim_end_matches('/'));
            (path != decoded(&own)).then(|| path.rsplit('/').next().unwrap_or_default().to_owned())
        });
        Ok(Some(names.filter(|n| !n.is_empty()).collect()))
    }

    /// Finds out what keeps two creations apart, once.
    pub(super) async fn ready(&self, net: &Net) -> Result<()> {
        self.guard.get_or_try_init(|| self.probe(net)).await.map(|_| ())
    }

    async fn probe(&self, net: &Net) -> Result<Guard> {
        let by_move = match self.probe_move(net).await? {
            Ok(()) => return Ok(Guard::Move),
            Err(why) => why,
        };
        let by_condition = match self.probe_condition().await? {
            Ok(()) => return Ok(Guard::IfNoneMatch),
            Err(why) => why,
        };
        let tried = self.filter.clean(&format!("{by_move}; {by_condition}"));
        Err(RemoteError::NoCreate { place: self.place.clone(), tried })
    }

    /// The inner error says why not.
    async fn probe_move(&self, net: &Net) -> Result<std::result::Result<(), String>> {
        let mut made = Vec::new();
        for content in ["first", "second"] {
            match self.stage("probe", content.as_bytes()).await? {
                Ok(folder) => made.push(folder),
                Err(answer) if matches!(answer.status, 401 | 407) => {
                    return Err(self.failed("create", ".push", &answer));
                }
                Err(answer) => {
                    return Ok(Err(format!("no WebDAV: MKCOL and PUT: {}", answer.text())));
                }
            }
        }
        let target = unique(".push-");
        let first = self.move_folder(&made[0], &target).await?;
        let second = self.move_folder(&made[1], &target).await?;
        let there = net.get(&format!("{target}/probe")).await?;
        for folder in made.iter().chain([&target]) {
            self.remove(folder).await;
        }
        Ok(if !first.ok() {
            Err(format!("MOVE of a folder: {}", first.text()))
        } else if there.as_deref() != Some(b"first") {
            Err("MOVE with Overwrite: F replaces a folder".into())
        } else if second.ok() {
            Err(format!("MOVE with Overwrite: F answers {} where a folder is", second.status))
        } else {
            Ok(())
        })
    }

    async fn probe_condition(&self) -> Result<std::result::Result<(), String>> {
        let key = unique(".push-");
        let contents: Vec<String> = (0..6).map(|i| format!("probe {i}")).collect();
        let answers = join_all(contents.iter().map(|c| self.create_once(&key, c.as_bytes()))).await;
        let answers = answers.into_iter().collect::<Result<Vec<_>>>()?;
        self.remove_file(&key).await;
        if let Some(denied) = answers.iter().find(|a| matches!(a.status, 401 | 403 | 407)) {
            return Err(self.failed("create", &key, denied));
        }
        let won = answers.iter().filter(|a| a.ok()).count();
        let lost = answers.iter().filter(|a| matches!(a.status, 409 | 412)).count();
        Ok(if (won, lost) == (1, 5) {
            Ok(())
        } else {
            Err(format!(
                "of 6 PUTs at once with If-None-Match: * {won} succeed and {lost} are refused as they should be"
            ))
        })
    }

    async fn create_once(&self, key: &str, bytes: &[u8]) -> Result<Answer> {
        self.put(key, &[(IF_NONE_MATCH.as_str(), "*")], Content::Bytes(bytes)).await
    }

    /// Creates a small file unless one is there.
    pub(super) async fn create(&self, net: &Net, key: &str, bytes: &[u8]) -> Result<Created> {
        let guard = *self.guard.get_or_try_init(|| self.probe(net)).await?;
        let answer = match guard {
            Guard::IfNoneMatch => self.create_once(key, bytes).await?,
            Guard::Move => self.create_by_move(net, key, bytes).await?,
        };
        // Whatever the answer was, what lies there now decides.
        match net.get(key).await? {
            Some(there) if there == bytes => Ok(Created::New),
            Some(there) => Ok(Created::There(there)),
            None => Err(self.failed("create", key, &answer)),
        }
    }

    async fn create_by_move(&self, net: &Net, key: &str, bytes: &[u8]) -> Result<Answer> {
        let (folder, name) = key.rsplit_once('/').expect("entries lie in folders");
        let staged = match self.stage(name, bytes).await? {
            Ok(staged) => staged,
            Err(answer) => return Ok(answer),
        };
        // A release is its own folder.
        if !folder.contains('/') {
            let answer = self.move_folder(&staged, folder).await?;
            self.remove(&staged).await;
            // Some servers move into a folder that came in between.
            self.remove(&format!("{folder}/{staged}")).await;
            return Ok(answer);
        }
        self.folders_above(key).await?;
        let first = format!("{key}.first");
        let mut answer = self.move_folder(&staged, &first).await?;
        self.remove(&staged).await;
        self.remove(&format!("{first}/{staged}")).await;
        // The first content, ours or another's, gets its name.
        if let Some(there) = net.get(&format!("{first}/{name}")).await?
            && net.get(key).await?.is_none()
            && let Ok(copy) = self.stage(name, &there).await?
        {
            let to = self.url(key, false);
            let from = self.url(&format!("{copy}/{name}"), false);
            let headers = [("Destination", to.as_str()), ("Overwrite", "T")];
            answer = self.request("MOVE", from, &headers, Content::None).await?;
            self.remove(&copy).await;
        }
        Ok(answer)
    }

    /// Makes a folder of a new name with a file in it; gives its name, or what the server said against it.
    async fn stage(&self, name: &str, bytes: &[u8]) -> Result<std::result::Result<String, Answer>> {
        let folder = unique(".push-");
        let mut answer = self.request("MKCOL", self.url(&folder, true), &[], Content::None).await?;
        if matches!(answer.status, 404 | 409) {
            self.folders_above(&folder).await?;
            answer = self.request("MKCOL", self.url(&folder, true), &[], Content::None).await?;
        }
        if answer.ok() {
            let url = self.url(&format!("{folder}/{name}"), false);
            answer = self.request("PUT", url, &[], Content::Bytes(bytes)).await?;
        }
        Ok(if answer.ok() { Ok(folder) } else { Err(answer) })
    }

    async fn move_folder(&self, from: &str, to: &str) -> Result<Answer> {
        let to = self.url(to, true);
        let headers = [("Destination", to.as_str()), ("Overwrite", "F"), ("Depth", "infinity")];
        self.request("MOVE", self.url(from, true), &headers, Content::None).await
    }

    /// Removes one of this program's temporary folders; that it stays does no harm.
    async fn remove(&self, folder: &str) {
        let own = folder.rsplit('/').next().is_some_and(|name| name.starts_with(".push-"));
        debug_assert!(own, "nothing else is ever removed from a store: {folder}");
        if own {
            let depth = [("Depth", "infinity")];
            let _ = self.once("DELETE", self.url(folder, true), &depth, Content::None).await;
        }
    }

    async fn remove_file(&self, key: &str) {
        if key.starts_with(".push-") {
            let _ = self.once("DELETE", self.url(key, false), &[], Content::None).await;
        }
    }
}

/// A name that nobody else has.
fn unique(prefix: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let me = crate::exec::lock::Holder::me("");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let text = format!("{now} {count} {} {} {} {}", me.pid, me.start_ticks, me.boot, me.host);
    format!("{prefix}{}", &crate::hash::sha256(text.as_bytes())[..16])
}

/// Percent-encoded characters as they are.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok()).filter(|_| first == b'%');
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_name_is_decoded(text in "[%0-9a-g\u{e4}]{0,20}", other in ".{0,20}") {
            decoded(&text);
            decoded(&other);
        }
    }

    #[test]
    fn names_are_decoded_and_unique() {
        assert_eq!(decoded("/a%2Bb/%zz%4"), "/a+b/%zz%4");
        assert_ne!(unique("x"), unique("x"));
    }
}
