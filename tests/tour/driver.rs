//! tauri-driver in front of WebKitWebDriver, and the studio behind both.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use crate::walk::until;

/// A running tauri-driver; the studios it starts use one store.
pub(crate) struct Driver {
    child: Child,
    port: u16,
    studio: PathBuf,
    store: PathBuf,
}

impl Driver {
    pub(crate) async fn start(studio: &Path, inventory: &Path, store: &Path, log: &Path) -> Self {
        let (port, native) = (free_port(), free_port());
        let log = fs::File::create(log).expect("a log");
        let mut command = Command::new("tauri-driver");
        command
            .args(["--port", &port.to_string()])
            .args(["--native-port", &native.to_string()])
            .env("DRAMATIS_STORE", store)
            .env("DRAMATIS_INVENTORY_BIN", inventory)
            .env_remove("DRAMATIS_INVENTORY_URL")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .kill_on_drop(true);
        let child = command.spawn().expect("tauri-driver is installed");
        for port in [port, native] {
            until("the driver listens", Duration::from_secs(20), async || {
                TcpStream::connect(("127.0.0.1", port)).await.ok()
            })
            .await
            .expect("the driver listens");
        }
        Self {
            child,
            port,
            studio: studio.to_owned(),
            store: store.to_owned(),
        }
    }

    /// Starts the studio and gives its window.
    pub(crate) async fn open(&self) -> Client {
        let mut wanted = Capabilities::new();
        wanted.insert("browserName".into(), json!("wry"));
        wanted.insert(
            "tauri:options".into(),
            json!({ "application": self.studio, "args": ["--store", self.store] }),
        );
        ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("the studio opens its window")
    }

    /// The studio that uses our store, if one runs.
    pub(crate) fn studio(&self) -> Option<Pid> {
        let processes = fs::read_dir("/proc").expect("/proc").flatten();
        let mut ours = processes.filter_map(|process| {
            let pid = process.file_name().to_str()?.parse().ok()?;
            let words = fs::read(process.path().join("cmdline")).ok()?;
            let mut words = words.split(|byte| *byte == 0);
            let program = words.next()? == self.studio.as_os_str().as_encoded_bytes();
            let store = words.any(|word| word == self.store.as_os_str().as_encoded_bytes());
            (program && store).then_some(Pid::from_raw(pid))
        });
        ours.next()
    }

    /// Ends the studio with a signal and waits until it has ended.
    pub(crate) async fn end_studio(&self, signal: Signal) -> Result<(), String> {
        let pid = self.studio().ok_or("the studio does not run")?;
        kill(pid, signal).map_err(|why| why.to_string())?;
        until(
            "the studio has ended",
            Duration::from_secs(60),
            async || self.studio().is_none().then_some(()),
        )
        .await
    }

    /// Ends the driver in order: killed, it would leave WebKitWebDriver behind.
    pub(crate) async fn stop(mut self) {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        let _ = self.child.wait().await;
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
