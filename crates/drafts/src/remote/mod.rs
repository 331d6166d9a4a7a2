//! Talking to an inventory: one request, one answer, or the reason there is none.

mod answer;
mod read;

pub(crate) use answer::Answer;

use crate::{Connection, StudioError};
use dramatis_api::{Code, Position, Problem, headers};
use dramatis_domain::InventoryId;
use reqwest::{Client, Method, header};
use std::{
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
    time::Duration,
};
use url::Url;

/// How long an inventory may take to be reached.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one request may take, a large picture on a slow line included.
const WHOLE: Duration = Duration::from_secs(45);
/// The largest answer that is read.
const LARGEST: usize = 64 << 20;

/// An inventory that can be asked.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    client: Client,
    connection: Connection,
    /// What was changed through it is in every server that has come as far:
    /// sent with each question, so that an answer never misses it.
    reached: Arc<Mutex<Reached>>,
}

/// The farthest position that an inventory told, in which epoch.
type Reached = Option<((InventoryId, i32), Position)>;

/// Why there is no answer of the inventory.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteFault {
    /// It was not reached, or its answer did not come back: whether the
    /// request arrived is not known.
    #[error("{0}")]
    Lost(String),
    /// Something answered that does not speak like an inventory.
    #[error("{0}")]
    Strange(String),
}

/// Where a request goes and what it brings.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
    /// The inventory it is meant for: id and epoch.
    pub(crate) expect: Option<String>,
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
}

impl<'a> Ask<'a> {
    /// A question.
    pub(crate) fn get(path: &'a str) -> Self {
        Self {
            method: Method::GET,
            path,
            query: None,
            key: None,
            expect: None,
            body: None,
        }
    }
}

impl Remote {
    pub(crate) fn new(connection: Connection) -> Result<Self, StudioError> {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            // Somebody else in this process may have chosen one already.
            rustls::crypto::ring::default_provider()
                .install_default()
                .ok();
        });
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("dramatis/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| StudioError::Offline {
                detail: reasons(&error),
            })?;
        Ok(Self {
            client,
            connection,
            reached: Arc::default(),
        })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Result<Answer, RemoteFault> {
        let url = self.url(ask.path, ask.query)?;
        let mut request = self
            .client
            .request(ask.method, url)
            .bearer_auth(self.connection.token.secret());
        if let Some(key) = ask.key {
            request = request.header(headers::IDEMPOTENCY_KEY, format!("\"{key}\""));
        }
        if let Some(expect) = ask.expect {
            request = request.header(headers::EXPECT_INVENTORY, expect);
        }
        if let Some((_, position)) = *self.reached() {
            request = request.header(headers::POSITION, position.to_string());
        }
        if let Some((media_type, bytes)) = ask.body {
            request = request.header(header::CONTENT_TYPE, media_type).body(bytes);
        }
        let mut response = request
            .send()
            .await
            .map_err(|error| RemoteFault::Lost(reasons(&error)))?;
        let head = answer::Head::of(&response);
        self.remember(&head);
        let mut body = Vec::new();
        loop {
            let chunk = response
                .chunk()
                .await
                .map_err(|error| RemoteFault::Lost(reasons(&error)))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > LARGEST {
                return Err(RemoteFault::Strange(format!(
                    "the answer is larger than {LARGEST} bytes"
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { head, body })
    }

    /// Answers may overtake each other: the farthest position counts. After a
    /// restore from a backup positions begin anew.
    fn remember(&self, head: &answer::Head) {
        let Some((inventory, position)) = head.inventory.zip(head.position) else {
            return;
        };
        let mut reached = self.reached();
        *reached = match *reached {
            Some((of, before)) if of == inventory => Some((of, before.max(position))),
            _ => Some((inventory, position)),
        };
    }

    fn reached(&self) -> MutexGuard<'_, Reached> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn url(&self, path: &str, query: Option<&str>) -> Result<Url, RemoteFault> {
        // Joined by hand: `Url::join` would drop the last part of a base
        // address without a slash at its end.
        let base = self.connection.base_url.as_str().trim_end_matches('/');
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{base}{path}{query}")
            .parse()
            .map_err(|_| RemoteFault::Strange("the address cannot be read".to_owned()))
    }
}

impl From<RemoteFault> for StudioError {
    fn from(fault: RemoteFault) -> Self {
        match fault {
            RemoteFault::Lost(detail) => Self::Offline { detail },
            RemoteFault::Strange(detail) => Self::Answer { detail },
        }
    }
}

/// An error with what is behind it, in one line; never with the address'
/// password or query.
fn reasons(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    if error.is_connect() {
        return "no connection could be made".to_owned();
    }
    let mut source = std::error::Error::source(error);
    let mut deepest = "the connection was lost".to_owned();
    while let Some(inner) = source {
        deepest = inner.to_string();
        source = inner.source();
    }
    deepest
}

/// What the inventory said, where it is no success.
pub(crate) fn problem(answer: &Answer) -> Option<(Problem, Option<Code>)> {
    let problem: Problem = serde_json::from_slice(&answer.body).ok()?;
    // A stranger's JSON is no problem of an inventory.
    if !problem.kind.starts_with("urn:dramatis:problem:") || problem.status != answer.head.status {
        return None;
    }
    let code = problem.code.parse().ok();
    Some((problem, code))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Token, view::InventoryKind};
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    #[tokio::test]
    async fn a_question_brings_the_farthest_position_that_was_told_in_this_epoch() {
        let server = MockServer::start().await;
        let remote = Remote::new(Connection {
            base_url: server.uri().parse().unwrap(),
            token: Token::new("token"),
            kind: InventoryKind::ThisComputer,
        })
        .unwrap();
        let id = InventoryId(uuid::Uuid::from_u128(1));
        // The second answer was overtaken; before the last, a backup was restored.
        for (epoch, position) in [(1, "1/20"), (1, "0/FF"), (1, "1/21"), (2, "0/5")] {
            server.reset().await;
            let answer = ResponseTemplate::new(200)
                .insert_header(headers::INVENTORY, headers::inventory(id, epoch))
                .insert_header(headers::POSITION, position);
            Mock::given(any()).respond_with(answer).mount(&server).await;
            remote.ask(Ask::get("/v1/whoami")).await.unwrap();
            let expected = match (epoch, position) {
                (1, "0/FF") => "1/20",
                (_, told) => told,
            };
            remote.ask(Ask::get("/v1/whoami")).await.unwrap();
            let sent = server.received_requests().await.unwrap();
            let brought = sent[1].headers.get(headers::POSITION).unwrap();
            assert_eq!(brought, expected);
        }
    }
}
