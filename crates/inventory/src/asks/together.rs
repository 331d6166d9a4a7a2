//! Questions that are asked at the same moment are put to the database
//! together. Whoever asks while none is under way is served at once; whoever
//! asks meanwhile waits for the next round, which takes all of them. Nothing is
//! kept: every answer was read after its question was asked.

use crate::{error::Fault, traces::step};
use dramatis_api::Problem;
use dramatis_domain::TenantId;
use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use tracing::Instrument as _;

/// Rounds of one tenant under way at the same time, at most: half of the
/// connections that there are by default.
const ROUNDS: usize = 16;
/// Another round begins beside the one under way where so many wait, ...
const MANY: usize = 64;
/// ... or where one takes so long: nobody waits behind one that hangs.
const LONG: Duration = Duration::from_millis(50);
/// The most questions of a round.
const MOST: usize = 256;

/// What a round brings: an answer for each question that has one.
pub(crate) type Answers<Q, A> = HashMap<Q, A>;

type Round<Q, A> = Pin<Box<dyn Future<Output = Result<Answers<Q, A>, Fault>> + Send + 'static>>;
type Ask<Q, A> = dyn Fn(TenantId, Vec<Q>) -> Round<Q, A> + Send + Sync;
type Waits<Q, A> = (Q, oneshot::Sender<Result<Option<A>, Box<Problem>>>);

/// One kind of question. An answer goes to everybody who asked it.
pub(crate) struct Together<Q, A> {
    /// What is asked for, for whoever traces it.
    of: &'static str,
    ask: Arc<Ask<Q, A>>,
    /// When a round is given up.
    limit: Duration,
    long: Duration,
    tenants: Arc<Mutex<HashMap<TenantId, Tenant<Q, A>>>>,
}

struct Tenant<Q, A> {
    rounds: usize,
    /// When the newest of them began.
    began: Instant,
    waiting: Vec<Waits<Q, A>>,
}

impl<Q, A> Clone for Together<Q, A> {
    fn clone(&self) -> Self {
        Self {
            of: self.of,
            ask: Arc::clone(&self.ask),
            limit: self.limit,
            long: self.long,
            tenants: Arc::clone(&self.tenants),
        }
    }
}

impl<Q, A> Together<Q, A> {
    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Tenant<Q, A>>> {
        // Whole at every step: a panic elsewhere does not spoil it.
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q, A> Together<Q, A>
where
    Q: Clone + Eq + Hash + Send + 'static,
    A: Clone + Send + 'static,
{
    /// `ask` puts all questions of a round, no two of them alike, at once, and
    /// is given up after `limit`: whoever asked may have gone long before.
    pub(crate) fn new<F>(
        of: &'static str,
        limit: Duration,
        ask: impl Fn(TenantId, Vec<Q>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Answers<Q, A>, Fault>> + Send + 'static,
    {
        Self {
            of,
            ask: Arc::new(move |tenant, questions| Box::pin(ask(tenant, questions))),
            limit,
            long: LONG,
            tenants: Arc::default(),
        }
    }

    /// The answer, where there is one.
    pub(crate) async fn ask(&self, tenant: TenantId, question: Q) -> Result<Option<A>, Fault> {
        let asked = step!("ask in a round", dramatis.asked = self.of);
        self.answer(tenant, question).instrument(asked).await
    }

    async fn answer(&self, tenant: TenantId, question: Q) -> Result<Option<A>, Fault> {
        let (answer, mut answered) = oneshot::channel();
        if self.is_first_of_a_round(tenant, (question, answer)) {
            self.begin(tenant);
        }
        loop {
            match tokio::time::timeout(self.long, &mut answered).await {
                Ok(Ok(Ok(found))) => return Ok(found),
                Ok(Ok(Err(problem))) => {
                    // The round is logged by itself, and belongs to no request.
                    tracing::warn!(detail = problem.detail, "asked in a round that failed");
                    return Err(Fault::Problem(problem));
                }
                Ok(Err(_)) => return Err(Fault::internal("a round ended without answers")),
                Err(_) if self.is_left_waiting(tenant) => self.begin(tenant),
                Err(_) => {}
            }
        }
    }

    fn begin(&self, tenant: TenantId) {
        tokio::spawn(self.clone().rounds(tenant));
    }

    fn is_first_of_a_round(&self, tenant: TenantId, waits: Waits<Q, A>) -> bool {
        let mut tenants = self.lock();
        let of = tenants.entry(tenant).or_insert_with(|| Tenant {
            rounds: 0,
            began: Instant::now(),
            waiting: Vec::new(),
        });
        of.waiting.push(waits);
        let begins = of.rounds == 0 || of.rounds < ROUNDS && of.waiting.len() >= MANY;
        of.rounds += usize::from(begins);
        begins
    }

    /// Whether somebody waits while no round came to its end for long.
    fn is_left_waiting(&self, tenant: TenantId) -> bool {
        let mut tenants = self.lock();
        let Some(of) = tenants.get_mut(&tenant) else {
            return false;
        };
        let left = !of.waiting.is_empty() && of.rounds < ROUNDS && of.began.elapsed() >= self.long;
        of.rounds += usize::from(left);
        left
    }

    /// Round after round, until nobody waits.
    async fn rounds(self, tenant: TenantId) {
        // Dropped by a panic too: the next question then begins a round.
        let mut under_way = UnderWay {
            of: &self,
            tenant,
            ended: false,
        };
        while let Some(round) = under_way.next() {
            let mut questions: Vec<Q> = Vec::with_capacity(round.len());
            let mut waiting: HashMap<Q, Vec<_>> = HashMap::with_capacity(round.len());
            for (question, answer) in round {
                let same = waiting.entry(question).or_insert_with_key(|question| {
                    questions.push(question.clone());
                    Vec::with_capacity(1)
                });
                same.push(answer);
            }
            let asked = tokio::time::timeout(self.limit, (self.ask)(tenant, questions)).await;
            let mut found = asked
                .unwrap_or(Err(Fault::Database(sqlx::Error::PoolTimedOut)))
                .map_err(|fault| Box::new(fault.into_problem()));
            for (question, answers) in waiting {
                let one = match &mut found {
                    Ok(found) => Ok(found.remove(&question)),
                    Err(problem) => Err(problem.clone()),
                };
                // Who gave up waiting is not there to be told.
                for answer in answers {
                    let _ = answer.send(one.clone());
                }
            }
        }
    }
}

struct UnderWay<'a, Q, A> {
    of: &'a Together<Q, A>,
    tenant: TenantId,
    ended: bool,
}

impl<Q, A> UnderWay<'_, Q, A> {
    /// Everybody who waits; where nobody does, these rounds end in the same
    /// step, so that nobody is left waiting.
    fn next(&mut self) -> Option<Vec<Waits<Q, A>>> {
        let mut tenants = self.of.lock();
        let of = tenants.get_mut(&self.tenant)?;
        // Nobody asks for those who gave up waiting.
        of.waiting.retain(|(_, answer)| !answer.is_closed());
        if of.waiting.is_empty() {
            of.rounds -= 1;
            self.ended = true;
            if of.rounds == 0 {
                tenants.remove(&self.tenant);
            }
            return None;
        }
        of.began = Instant::now();
        let most = of.waiting.len().min(MOST);
        Some(of.waiting.drain(..most).collect())
    }
}

impl<Q, A> Drop for UnderWay<'_, Q, A> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut tenants = self.of.lock();
        if let Some(of) = tenants.get_mut(&self.tenant) {
            of.rounds -= 1;
            if of.rounds == 0 {
                // With their senders gone, those who wait are told.
                tenants.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::{Semaphore, mpsc};
    use uuid::Uuid;

    const TENANT: TenantId = TenantId(Uuid::from_u128(1));
    const FOR_EVER: Duration = Duration::from_secs(1_000_000);

    /// Each round tells what it was asked, and ends when it is let.
    fn rounds(
        limit: Duration,
        long: Duration,
    ) -> (
        Together<u32, usize>,
        mpsc::UnboundedReceiver<Vec<u32>>,
        Arc<Semaphore>,
    ) {
        let (told, tell) = mpsc::unbounded_channel();
        let let_go = Arc::new(Semaphore::new(0));
        let (go, count) = (Arc::clone(&let_go), Arc::new(AtomicUsize::new(0)));
        let mut together = Together::new("test", limit, move |_, questions: Vec<u32>| {
            let round = count.fetch_add(1, Ordering::SeqCst) + 1;
            let (told, go) = (told.clone(), Arc::clone(&go));
            async move {
                told.send(questions.clone()).unwrap();
                go.acquire().await.unwrap().forget();
                assert!(!questions.contains(&13), "a panic in a round");
                if questions.contains(&12) {
                    return Err(Fault::internal("a round that fails"));
                }
                let known = questions.into_iter().filter(|one| *one < 10);
                Ok(known.map(|one| (one, round)).collect())
            }
        });
        together.long = long;
        (together, tell, let_go)
    }

    fn ask(
        together: &Together<u32, usize>,
        question: u32,
    ) -> tokio::task::JoinHandle<Result<Option<usize>, Fault>> {
        let together = together.clone();
        tokio::spawn(async move { together.ask(TENANT, question).await })
    }

    async fn waiting(together: &Together<u32, usize>, count: usize) {
        while together.lock().get(&TENANT).unwrap().waiting.len() < count {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn whoever_asks_meanwhile_is_answered_by_a_round_that_began_after() {
        let (together, mut tell, go) = rounds(FOR_EVER, FOR_EVER);
        let first = ask(&together, 1);
        assert_eq!(tell.recv().await.unwrap(), [1]);
        // The same question again, while it is being answered: that answer may
        // be older than this question.
        let (again, other, same, none) = (
            ask(&together, 1),
            ask(&together, 2),
            ask(&together, 2),
            ask(&together, 11),
        );
        waiting(&together, 4).await;
        go.add_permits(2);
        assert_eq!(first.await.unwrap().unwrap(), Some(1));
        assert_eq!(tell.recv().await.unwrap(), [1, 2, 11], "each once");
        for (asked, answer) in [
            (again, Some(2)),
            (other, Some(2)),
            (same, Some(2)),
            (none, None),
        ] {
            assert_eq!(asked.await.unwrap().unwrap(), answer);
        }
        assert!(together.lock().is_empty(), "nothing is kept");
    }

    #[tokio::test]
    async fn a_round_that_fails_or_panics_tells_everybody_and_the_next_one_answers() {
        let (together, mut tell, go) = rounds(FOR_EVER, FOR_EVER);
        for broken in [12, 13] {
            let first = ask(&together, 1);
            tell.recv().await.unwrap();
            let (beside, breaks) = (ask(&together, 2), ask(&together, broken));
            waiting(&together, 2).await;
            go.add_permits(2);
            assert!(first.await.unwrap().is_ok());
            tell.recv().await.unwrap();
            for asked in [beside, breaks] {
                assert!(asked.await.unwrap().is_err());
            }
            let next = ask(&together, 3);
            tell.recv().await.unwrap();
            go.add_permits(1);
            assert!(next.await.unwrap().unwrap().is_some());
        }
    }

    #[tokio::test]
    async fn nobody_waits_behind_a_round_that_hangs() {
        let (together, mut tell, go) = rounds(FOR_EVER, Duration::from_millis(1));
        let hangs = ask(&together, 1);
        assert_eq!(tell.recv().await.unwrap(), [1]);
        // Nobody else comes by to begin a round for it.
        let asked = ask(&together, 2);
        assert_eq!(tell.recv().await.unwrap(), [2]);
        go.add_permits(2);
        assert!(hangs.await.unwrap().is_ok());
        assert!(asked.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn rounds_that_never_end_are_given_up_and_nobody_asks_for_who_went() {
        let (together, mut tell, go) = rounds(Duration::from_millis(200), Duration::from_millis(1));
        let mut hanging = Vec::new();
        for _ in 0..ROUNDS {
            hanging.push(ask(&together, 1));
            tell.recv().await.unwrap();
        }
        // All places are taken: these wait, and one of them goes.
        let (stays, goes) = (ask(&together, 2), ask(&together, 3));
        waiting(&together, 2).await;
        goes.abort();
        assert!(goes.await.unwrap_err().is_cancelled());
        for one in hanging {
            let fault = one.await.unwrap().unwrap_err().into_problem();
            assert_eq!(fault.code, "unavailable");
        }
        assert_eq!(tell.recv().await.unwrap(), [2]);
        go.add_permits(1);
        assert!(stays.await.unwrap().is_ok());
    }
}
