// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Servers on loopback: moto (S3), wsgidav, nginx, Apache and our own with its faults (`tests/servers/store.py`). One that is not installed is said on
//! stderr. `cargo xtask test` puts them into `target/test-servers`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::support::{Bench, repository};

/// A running server; killed when dropped.
pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
    /// Where it keeps files, if in files.
    pub(super) root: Option<Utf8PathBuf>,
    /// Address of a store on it, without a name of its own.
    base: String,
    pub(super) env: Vec<(&'static str, String)>,
    _dir: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx and Apache have children that an end by force would leave; the others hear this, too.
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        for _ in 0..40 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dir() -> (tempfile::TempDir, Utf8PathBuf) {
    let bench = Bench::new();
    let near = bench.path().parent().unwrap().to_owned();
    let dir = tempfile::tempdir_in(near).unwrap();
    let path = Utf8PathBuf::from_path_buf(dir.path().to_path_buf()).unwrap();
    (dir, path)
}

fn python() -> Command {
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", repository().join("target/test-servers"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A program of Debian: as `cargo xtask test` unpacked it, or as installed.
fn unpacked(name: &str) -> Command {
    let place = repository().join("target/test-servers/usr");
    let program = place.join("sbin").join(name);
    let mut command = Command::new(if program.is_file() { program.as_str() } else { name });
    let libraries: Vec<String> =
        ["x86_64", "aarch64"].iter().map(|a| place.join(format!("lib/{a}-linux-gnu")).to_string()).collect();
    command.env("LD_LIBRARY_PATH", libraries.join(":"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Waits until the port answers; none when the program ends before.
fn answering(child: &mut Child, port: u16) -> Option<()> {
    let begun = Instant::now();
    loop {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(());
        }
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "the server does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Server {
    /// S3; none, said on stderr, when moto is not there.
    pub(super) fn moto() -> Option<Self> {
        let (keep, _) = dir();
        let port = free_port();
        let mut child =
            python().args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]).spawn().ok()?;
        if answering(&mut child, port).is_none() {
            eprintln!("SKIPPED: no S3 server: pip install 'moto[server]'");
            return None;
        }
        let env = vec![
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
            ("AWS_ACCESS_KEY_ID", "AKIATESTTEST".into()),
            ("AWS_SECRET_ACCESS_KEY", "Secret-Of-The-Tests".into()),
        ];
        let server = Self { child, port, root: None, base: "s3://golden".into(), env, _dir: keep };
        assert_eq!(server.raw("PUT", "/golden", b"").0, 200);
        Some(server)
    }

    /// Our own; `flags` as it says.
    pub(super) fn own(flags: &[&str]) -> Option<Self> {
        let (keep, root) = dir();
        let mut command = python();
        command.arg(repository().join("tests/servers/store.py")).arg(&root).args(flags);
        let Ok(mut child) = command.stdout(Stdio::piped()).spawn() else {
            eprintln!("SKIPPED: python3 is not installed");
            return None;
        };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the server prints its port");
        let base = format!("http://127.0.0.1:{port}/repository");
        Some(Self { child, port, root: Some(root.join("repository")), base, env: Vec::new(), _dir: keep })
    }

    /// wsgidav; none, said on stderr, when it is not there.
    pub(super) fn wsgidav() -> Option<Self> {
        let (keep, root) = dir();
        let port = free_port();
        let mut command = python();
        command.args([
            "-m",
            "wsgidav.server.server_cli",
            "--host=127.0.0.1",
            "--auth=anonymous",
            "--server=cheroot",
        ]);
        command.arg(format!("--port={port}")).arg(format!("--root={root}"));
        let mut child = command.current_dir(&root).spawn().ok()?;
        if answering(&mut child, port).is_none() {
            eprintln!("SKIPPED: no WebDAV server: pip install wsgidav cheroot");
            return None;
        }
        let base = format!("http://127.0.0.1:{port}");
        Some(Self { child, port, root: Some(root), base, env: Vec::new(), _dir: keep })
    }

    /// nginx with its WebDAV module; none, said on stderr, when it is not there.
    pub(super) fn nginx() -> Option<Self> {
        let (keep, root) = dir();
        let port = free_port();
        let files = root.join("files");
        fs_err::create_dir_all(&files).unwrap();
        let config = format!(
            "daemon off; pid {root}/pid; error_log {root}/error.log; worker_processes 2; events {{ }}\n\
             http {{ access_log off; client_body_temp_path {root}/body; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n\
             client_max_body_size 1g; server {{ listen 127.0.0.1:{port}; root {files}; dav_methods PUT DELETE MKCOL COPY MOVE; }} }}\n"
        );
        fs_err::write(root.join("nginx.conf"), config).unwrap();
        let spawned = unpacked("nginx")
            .args([
                "-c",
                root.join("nginx.conf").as_str(),
                "-p",
                root.as_str(),
                "-e",
                root.join("e.log").as_str(),
            ])
            .args(["-g", if rustix::process::geteuid().is_root() { "user root;" } else { "" }])
            .spawn();
        let Ok(mut child) = spawned else {
            eprintln!("SKIPPED: nginx is not installed");
            return None;
        };
        if answering(&mut child, port).is_none() {
            eprintln!(
                "SKIPPED: nginx does not start: {}",
                fs_err::read_to_string(root.join("e.log")).unwrap_or_default()
            );
            return None;
        }
        let base = format!("http://127.0.0.1:{port}");
        Some(Self { child, port, root: Some(files), base, env: Vec::new(), _dir: keep })
    }

    /// Apache with `mod_dav`; none, said on stderr, when it is not there.
    pub(super) fn apache() -> Option<Self> {
        use std::os::unix::fs::PermissionsExt;
        let (keep, root) = dir();
        let port = free_port();
        let files = root.join("files");
        fs_err::create_dir_all(&files).unwrap();
        let place = repository().join("target/test-servers/usr/lib/apache2");
        let modules = if place.is_dir() { place } else { "/usr/lib/apache2".into() };
        // It does not serve as root: then another user has to reach the files.
        let user = if rustix::process::geteuid().is_root() {
            for dir in [&root, &files] {
                fs_err::set_permissions(dir, std::fs::Permissions::from_mode(0o777)).unwrap();
            }
            "User nobody\nGroup nogroup\n"
        } else {
            ""
        };
        let mut load = String::new();
        for m in ["mpm_event", "authz_core", "dav", "dav_fs"] {
            load += &format!("LoadModule {m}_module modules/mod_{m}.so\n");
        }
        let config = format!(
            "ServerName 127.0.0.1\nServerRoot {modules}\n{load}{user}Listen 127.0.0.1:{port}\nPidFile {root}/pid\nErrorLog {root}/error.log\n\
             DefaultRuntimeDir {root}\nMutex file:{root} default\nDavLockDB {root}/locks\nDocumentRoot {files}\n\
             <Directory {files}>\nDav On\nRequire all granted\nLimitRequestBody 0\n</Directory>\n"
        );
        fs_err::write(root.join("apache.conf"), config).unwrap();
        let spawned =
            unpacked("apache2").args(["-f", root.join("apache.conf").as_str(), "-DFOREGROUND"]).spawn();
        let Ok(mut child) = spawned else {
            eprintln!("SKIPPED: apache2 is not installed");
            return None;
        };
        if answering(&mut child, port).is_none() {
            let log = fs_err::read_to_string(root.join("error.log")).unwrap_or_default();
            eprintln!("SKIPPED: apache2 does not start: {log}");
            return None;
        }
        let base = format!("http://127.0.0.1:{port}");
        Some(Self { child, port, root: Some(files), base, env: Vec::new(), _dir: keep })
    }

    /// Address of a store with a name of its own.
    pub(super) fn store(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// A request without any client: status and body. Signed for moto's eyes, which look for a signature and not at it.
    pub(super) fn raw(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        const SIGNED: &str = "Authorization: AWS4-HMAC-SHA256 Credential=AKIATESTTEST/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n";
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\nConnection: close\r\n{SIGNED}\r\n",
            self.port,
            body.len()
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer[end + 4..].to_vec())
    }

    /// Arms a fault of our own server.
    pub(super) fn fault(&self, method: &str, matching: &str, kind: &str, count: u32) {
        let fault = serde_json::json!({"method": method, "match": matching, "kind": kind, "count": count});
        assert_eq!(self.raw("POST", "/__fault", fault.to_string().as_bytes()).0, 204);
    }

    /// The requests that our own server has seen.
    pub(super) fn log(&self) -> Vec<String> {
        let text = String::from_utf8(self.raw("GET", "/__log", b"").1).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Puts other bytes in the place of a stored object, or removes it.
    pub(super) fn change(&self, store: &str, key: &str, bytes: Option<&[u8]>) {
        let (method, good, content) = bytes.map_or(("DELETE", 204, &[][..]), |bytes| ("PUT", 200, bytes));
        match (&self.root, bytes) {
            (Some(root), Some(bytes)) => fs_err::write(place(root, store, key), bytes).unwrap(),
            (Some(root), None) => fs_err::remove_file(place(root, store, key)).unwrap(),
            (None, _) => {
                assert_eq!(self.raw(method, &format!("/golden/{store}/{key}"), content).0, good);
            }
        }
    }

    /// What is stored under a key.
    pub(super) fn stored(&self, store: &str, key: &str) -> Option<Vec<u8>> {
        match &self.root {
            Some(root) => fs_err::read(place(root, store, key)).ok(),
            None => Some(self.raw("GET", &format!("/golden/{store}/{key}"), b""))
                .filter(|a| a.0 == 200)
                .map(|a| a.1),
        }
    }
}

fn place(root: &Utf8Path, store: &str, key: &str) -> Utf8PathBuf {
    root.join(store).join(key)
}
