//! A wire of ours between a program and Postgres: it knows where one message
//! ends and the next begins, counts round trips, and at the one it was told
//! strikes. So every point at which a program can be cut off is reached by
//! counting, not by places that somebody remembered to name.

use super::frames;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
};

/// Before the request is forwarded, or after its answer came and before it is
/// delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Postgres never hears of it.
    Before,
    /// Postgres has done it, and the program never hears of that.
    After,
}

/// Both sides of a round trip.
pub const SIDES: [Side; 2] = [Side::Before, Side::After];

/// Which round trips are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Those of transactions that may write, from BEGIN to COMMIT.
    Writes,
    /// All, that of connecting included.
    All,
}

/// Where to strike, and with what; the connection is cut both ways in any case.
pub struct Plan {
    /// The round trip, from 1.
    pub at: u32,
    /// Which side of it.
    pub side: Side,
    /// What counts.
    pub counted: Counted,
    /// What else happens: a kill, or nothing.
    pub strike: Box<dyn FnOnce() + Send>,
}

/// What was seen since a plan was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How many round trips counted.
    pub trips: u32,
    /// Which of them was the first COMMIT.
    pub commit: Option<u32>,
    /// Whether the plan's point was reached.
    pub struck: bool,
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    counted: Option<Counted>,
    trips: u32,
    commit: Option<u32>,
    struck: bool,
}

/// The wire. Everything on it is cut when it is dropped.
pub struct Wire {
    port: u16,
    state: Arc<Mutex<State>>,
    hang_up: watch::Sender<u64>,
    alive: watch::Sender<usize>,
    task: JoinHandle<()>,
}

impl Wire {
    /// A wire to the Postgres behind this URL, which has to name a socket.
    pub async fn to(url: &str) -> Self {
        let socket = socket_of(url);
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let (hang_up, heard) = watch::channel(0);
        let alive = watch::Sender::new(0);
        let ends = (listener, socket);
        let task = tokio::spawn(accept(ends, state.clone(), heard, alive.clone()));
        Self {
            port,
            state,
            hang_up,
            alive,
            task,
        }
    }

    /// The same address, by this wire.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).expect("a URL");
        url.set_query(Some("sslmode=disable"));
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(self.port)).expect("a port");
        url.into()
    }

    /// Counts from zero and strikes once, at the plan's point.
    pub fn arm(&self, plan: Plan) {
        let counted = Some(plan.counted);
        *self.state() = State {
            plan: Some(plan),
            counted,
            ..State::default()
        };
    }

    /// Counts from zero and never strikes.
    pub fn count(&self, counted: Counted) {
        *self.state() = State {
            counted: Some(counted),
            ..State::default()
        };
    }

    /// Ends the count and the plan.
    pub fn seen(&self) -> Seen {
        let state = std::mem::take(&mut *self.state());
        Seen {
            trips: state.trips,
            commit: state.commit,
            struck: state.struck,
        }
    }

    /// Cuts every connection, so that the next request begins on a new one,
    /// with every statement to be prepared again. Nothing may be under way.
    pub async fn hang_up(&self) {
        self.hang_up.send_modify(|times| *times += 1);
        let mut alive = self.alive.subscribe();
        alive
            .wait_for(|alive| *alive == 0)
            .await
            .expect("the sender is ours");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.hang_up.send_modify(|times| *times += 1);
        self.task.abort();
    }
}

fn socket_of(url: &str) -> PathBuf {
    let url = url::Url::parse(url).expect("a URL");
    let value = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .expect("the URL names a socket")
    };
    Path::new(&value("host")).join(format!(".s.PGSQL.{}", value("port")))
}

async fn accept(
    (listener, socket): (TcpListener, PathBuf),
    state: Arc<Mutex<State>>,
    heard: watch::Receiver<u64>,
    alive: watch::Sender<usize>,
) {
    while let Ok((program, _)) = listener.accept().await {
        let _ = program.set_nodelay(true);
        let (socket, state, mut heard) = (socket.clone(), state.clone(), heard.clone());
        heard.mark_unchanged();
        let alive = Alive::one_more(&alive);
        tokio::spawn(async move {
            let _alive = alive;
            // A Postgres that is not there looks the same from here as one
            // that hangs up at once: the connection ends.
            let Ok(postgres) = UnixStream::connect(&socket).await else {
                return;
            };
            tokio::select! {
                _ = heard.changed() => {}
                _ = relay(program, postgres, &state) => {}
            }
        });
    }
}

/// A connection, for as long as the value lives.
struct Alive(watch::Sender<usize>);

impl Alive {
    fn one_more(all: &watch::Sender<usize>) -> Self {
        all.send_modify(|alive| *alive += 1);
        Self(all.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.send_modify(|alive| *alive -= 1);
    }
}

/// One connection, half duplex as the protocol is used here: a request whole,
/// its answer whole.
async fn relay(
    mut program: TcpStream,
    mut postgres: UnixStream,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    let (mut from_program, mut to_program) = program.split();
    let (mut from_postgres, mut to_postgres) = postgres.split();
    let mut asked = frames::Reader::default();
    let mut answered = frames::Reader::default();
    let mut writes = false;
    let mut first = true;
    loop {
        let request = tokio::select! {
            request = asked.request(&mut from_program, first) => request?,
            // Nothing is said unasked but that the server ends.
            over = answered.unasked(&mut from_postgres) => return over,
        };
        writes = writes || frames::begins_to_write(&request);
        let trip = count(state, writes, &request);
        if strikes(state, trip, Side::Before) {
            return Ok(());
        }
        tokio::io::AsyncWriteExt::write_all(&mut to_postgres, &request).await?;
        if !frames::is_answered(&request, first) {
            continue;
        }
        first = false;
        let (answer, idle) = answered.answer(&mut from_postgres).await?;
        writes = writes && !idle;
        if strikes(state, trip, Side::After) {
            return Ok(());
        }
        tokio::io::AsyncWriteExt::write_all(&mut to_program, &answer).await?;
    }
}

/// The number of this round trip, where it counts.
fn count(state: &Mutex<State>, writes: bool, request: &[u8]) -> Option<u32> {
    let mut state = state.lock().expect("nobody panics with it");
    let counts = match state.counted? {
        // What is rolled back is rolled back by the cut as well, and it may be
        // asked for beside the next transaction: it would make the count vary.
        Counted::Writes => writes && !frames::is_query(request, b"ROLLBACK\0"),
        Counted::All => !frames::is_goodbye(request),
    };
    counts.then(|| {
        state.trips += 1;
        let trip = state.trips;
        if frames::is_query(request, b"COMMIT") {
            state.commit.get_or_insert(trip);
        }
        trip
    })
}

fn strikes(state: &Mutex<State>, trip: Option<u32>, side: Side) -> bool {
    let mut state = state.lock().expect("nobody panics with it");
    let Some(plan) = state
        .plan
        .take_if(|plan| Some(plan.at) == trip && plan.side == side)
    else {
        return false;
    };
    state.struck = true;
    (plan.strike)();
    true
}
