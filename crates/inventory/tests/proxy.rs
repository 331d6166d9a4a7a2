//! Two service processes behind one port: one is killed under load, comes
//! back, and is stopped in order; nobody's publish fails or happens twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::testing::Inventory;
use nix::sys::signal::Signal;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use support::{
    load::{Seen, publishers, until},
    *,
};
use tokio::net::{TcpListener, TcpStream};

/// Spreads connections over the servers, past those that do not take any.
struct Proxy {
    url: String,
    servers: Arc<Mutex<Vec<SocketAddr>>>,
    taken: Arc<Mutex<Vec<usize>>>,
}

impl Proxy {
    async fn start(servers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let servers: Vec<SocketAddr> = servers.iter().map(|url| address(url)).collect();
        let proxy = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            taken: Arc::new(Mutex::new(vec![0; servers.len()])),
            servers: Arc::new(Mutex::new(servers)),
        };
        let (servers, taken) = (Arc::clone(&proxy.servers), Arc::clone(&proxy.taken));
        tokio::spawn(async move {
            let next = Arc::new(AtomicUsize::new(0));
            loop {
                let (mut from, _) = listener.accept().await.unwrap();
                let all = servers.lock().unwrap().clone();
                let (taken, first) = (Arc::clone(&taken), next.fetch_add(1, Ordering::SeqCst));
                tokio::spawn(async move {
                    for step in 0..all.len() {
                        let server = (first + step) % all.len();
                        if let Ok(mut to) = TcpStream::connect(all[server]).await {
                            taken.lock().unwrap()[server] += 1;
                            let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                            return;
                        }
                    }
                });
            }
        });
        proxy
    }

    fn replace(&self, server: usize, url: &str) {
        self.servers.lock().unwrap()[server] = address(url);
    }

    fn taken(&self, server: usize) -> usize {
        self.taken.lock().unwrap()[server]
    }
}

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_processes_is_killed_under_load_and_no_publish_fails_or_happens_twice() {
    let inventory = Inventory::without_service().await;
    let mut first = inventory.process(None).await;
    let second = inventory.process(None).await;
    let proxy = Proxy::start(&[&first.url, &second.url]).await;
    let seen = Arc::new(Seen::default());
    let writers = publishers(&seen, 6, &proxy.url, &inventory.token);
    let more = |by: usize| {
        let (seen, now) = (Arc::clone(&seen), seen.published.load(Ordering::SeqCst));
        move || seen.published.load(Ordering::SeqCst) > now + by
    };
    until("both serve", || proxy.taken(0) > 0 && proxy.taken(1) > 0).await;
    until("publishes are under way", more(12)).await;

    // kill -9, until somebody lost an answer by it, and twice at least.
    let mut kills = 0;
    while kills < 2 || seen.times(0) == 0 {
        kills += 1;
        assert!(kills < 20, "nobody ever lost an answer");
        first.kill().await;
        until("the other one serves", more(12)).await;
        first = inventory.process(None).await;
        let taken = proxy.taken(0);
        proxy.replace(0, &first.url);
        until("the new one serves", || proxy.taken(0) > taken).await;
        until("publishes go on", more(12)).await;
    }
    seen.enough.store(true, Ordering::SeqCst);
    let mut bodies = BTreeSet::new();
    let client = client();
    for writer in writers {
        for (key, request, answer) in writer.await.unwrap() {
            assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
            let again = send(publishing(
                &client,
                &proxy.url,
                &inventory.token,
                key,
                &request,
            ));
            assert_eq!(again.await.unwrap().body, answer.body);
            assert!(bodies.insert(answer.body), "two publishes, one answer");
        }
    }
    let statuses = seen.statuses.lock().unwrap().clone();
    assert!(
        statuses
            .keys()
            .all(|status| matches!(status, 0 | 201 | 409)),
        "{statuses:?}"
    );
    let published = i64::try_from(bodies.len()).unwrap();
    for table in [
        "SELECT count(*) FROM release",
        "SELECT count(*) FROM receipt",
        "SELECT count(*) FROM outbox",
    ] {
        assert_eq!(count(&inventory, table).await, published, "{table}");
    }
    let verified = dramatis_inventory::verify(inventory.admin_url(), None).await;
    assert_eq!(
        verified.unwrap().releases,
        u64::try_from(published).unwrap()
    );
}

/// SIGTERM: what is under way is answered, what comes later finds the other
/// process; no client loses anything but a connection at rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_asked_to_stop_answers_what_is_under_way() {
    let inventory = Inventory::without_service().await;
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held");
    let failpoint = format!("publish.after_lock=hold:{}", held.display());
    let mut first = inventory.process(Some(&failpoint)).await;
    let client = client();
    let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
    let asked = publishing(&client, &first.url, &inventory.token, key, &request);
    let pending = tokio::spawn(send(asked));
    until("it is under way", || held.exists()).await;
    first.signal(Signal::SIGTERM);
    // It takes no new connection any more.
    let gone = address(&first.url);
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while TcpStream::connect(gone).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("it stops listening");
    std::fs::remove_file(&held).unwrap();
    let answer = pending.await.unwrap().unwrap();
    assert_eq!((answer.status, answer.replayed), (201, false));
    assert!(first.wait().await, "it ends well");
    assert_exactly_one_release(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_news_is_answered_when_the_process_is_asked_to_stop() {
    let inventory = Inventory::without_service().await;
    let mut process = inventory.process(None).await;
    // The first look waits for us, so that it is known to be under way.
    let mut held = inventory.admin.begin().await.unwrap();
    sqlx::query("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let waiting = client()
        .get(format!("{}/v1/feed?wait=20", process.url))
        .bearer_auth(&inventory.token);
    let pending = tokio::spawn(send(waiting));
    let looks = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass";
    while count(&inventory, looks).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    process.signal(Signal::SIGTERM);
    let gone = address(&process.url);
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while TcpStream::connect(gone).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("it stops listening");
    held.rollback().await.unwrap();
    let answer = pending.await.unwrap().unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains(r#""entries":[]"#), "{}", answer.body);
    assert!(process.wait().await, "it ends well");
}
