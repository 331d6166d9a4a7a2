//! A wire between studio and inventory that can be cut: before a request, or
//! after it, when the inventory has answered and nobody hears it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU8, AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
};

/// What happens on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Weather {
    /// Everything passes.
    Fair = 0,
    /// Nothing passes: connections end at once.
    Cut = 1,
    /// Requests pass; the answer to a POST is thrown away and the wire cut.
    AnswersLost = 2,
    /// Requests pass; the answer to a POST is held until the weather changes,
    /// or for good.
    AnswersHeld = 3,
    /// A POST goes out and never arrives: the wire is cut under it.
    RequestsLost = 4,
}

/// The wire; its address is what a studio is given.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: Mutex<String>,
    weather: AtomicU8,
    lost: AtomicUsize,
    told: Notify,
}

impl Wire {
    /// A wire to the inventory at `url`.
    pub(crate) async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::new(Shared {
            target: Mutex::new(host(url)),
            weather: AtomicU8::new(Weather::Fair as u8),
            lost: AtomicUsize::new(0),
            told: Notify::new(),
        });
        let wire = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            shared: Arc::clone(&shared),
        };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, Arc::clone(&shared)));
            }
        });
        wire
    }

    /// Leads to another service from now on.
    pub(crate) fn lead_to(&self, url: &str) {
        *self.shared.target.lock().unwrap() = host(url);
    }

    pub(crate) fn set(&self, weather: Weather) {
        self.shared.weather.store(weather as u8, Ordering::SeqCst);
        self.shared.told.notify_waiters();
    }

    /// How many requests and answers were lost, or are held.
    pub(crate) fn unheard(&self) -> usize {
        self.shared.lost.load(Ordering::SeqCst)
    }

    /// Waits until one more answer than `before` is unheard.
    pub(crate) async fn unheard_after(&self, before: usize) {
        loop {
            let told = self.shared.told.notified();
            if self.unheard() > before {
                return;
            }
            told.await;
        }
    }
}

impl Shared {
    fn weather(&self) -> u8 {
        self.weather.load(Ordering::SeqCst)
    }

    fn is(&self, weather: Weather) -> bool {
        self.weather() == weather as u8
    }
}

/// One connection. Ends both sides when either ends.
async fn carry(near: TcpStream, shared: Arc<Shared>) {
    if shared.is(Weather::Cut) {
        return;
    }
    let target = shared.target.lock().unwrap().clone();
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    let posting = Arc::new(AtomicU8::new(0));
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    tokio::select! {
        () = requests(near_in, far_out, &shared, &posting) => {}
        () = answers(far_in, near_out, &shared, &posting) => {}
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    posting: &AtomicU8,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if shared.is(Weather::Cut) {
            return;
        }
        let bytes = &buffer[..length];
        // The client sends a request's head in one piece.
        if bytes.starts_with(b"POST ") {
            posting.store(1, Ordering::SeqCst);
            if shared.is(Weather::RequestsLost) {
                shared.lost.fetch_add(1, Ordering::SeqCst);
                shared.told.notify_waiters();
                return;
            }
        } else if bytes.starts_with(b"GET ")
            || bytes.starts_with(b"PUT ")
            || bytes.starts_with(b"HEAD ")
        {
            posting.store(0, Ordering::SeqCst);
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    posting: &AtomicU8,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let posted = posting.load(Ordering::SeqCst) == 1;
        if shared.is(Weather::Cut) {
            return;
        }
        if posted && (shared.is(Weather::AnswersLost) || shared.is(Weather::AnswersHeld)) {
            shared.lost.fetch_add(1, Ordering::SeqCst);
            let held = shared.is(Weather::AnswersHeld);
            shared.told.notify_waiters();
            while held && shared.is(Weather::AnswersHeld) {
                shared.told.notified().await;
            }
            if !held || shared.is(Weather::Cut) {
                return;
            }
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

fn host(url: &str) -> String {
    url.trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned()
}
