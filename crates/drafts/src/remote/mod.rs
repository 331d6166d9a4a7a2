//! Talking to an inventory: the generated client, as this studio uses it.

mod read;

use crate::{Connection, StudioError};
use dramatis_api::Position;
use dramatis_client::{Bytes, Client, Head, Request};
use dramatis_domain::InventoryId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use dramatis_client::SendFault as RemoteFault;

/// A whole answer, however it is read.
pub(crate) type Answer = dramatis_client::Answer<Bytes>;

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

impl Remote {
    pub(crate) fn new(connection: Connection) -> Result<Self, StudioError> {
        Ok(Self {
            client: Client::new()?,
            connection,
            reached: Arc::default(),
        })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn ask<T>(
        &self,
        request: Request<T>,
    ) -> Result<dramatis_client::Answer<T>, RemoteFault> {
        let request = match *self.reached() {
            Some((_, position)) => request.having_seen(position),
            None => request,
        };
        let Connection {
            base_url, token, ..
        } = &self.connection;
        let answer = self
            .client
            .send(base_url, Some(token.secret()), request)
            .await?;
        self.remember(&answer.head);
        Ok(answer)
    }

    /// Answers may overtake each other: the farthest position counts. After a
    /// restore from a backup positions begin anew.
    fn remember(&self, head: &Head) {
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
}

impl From<RemoteFault> for StudioError {
    fn from(fault: RemoteFault) -> Self {
        match fault {
            RemoteFault::Lost(detail) => Self::Offline { detail },
            RemoteFault::Strange(detail) => Self::Answer { detail },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Token, view::InventoryKind};
    use dramatis_api::headers;
    use dramatis_client::operations;
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
            remote.ask(operations::account_whoami()).await.unwrap();
            let expected = match (epoch, position) {
                (1, "0/FF") => "1/20",
                (_, told) => told,
            };
            remote.ask(operations::account_whoami()).await.unwrap();
            let sent = server.received_requests().await.unwrap();
            let brought = sent[1].headers.get(headers::POSITION).unwrap();
            assert_eq!(brought, expected);
        }
    }
}
