//! Who may send. An item's publishes land in one order only, for each names
//! the one before it; several clients may have some on the way at once as
//! long as they arrive in that order.

use super::{
    client::{Client, Outcome},
    lane::Lane,
};
use crate::fault::Fault;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// A refusal costs about as much as a publish: this many keep it rare.
const CALM: u32 = 64;

/// Lines of many items.
pub(crate) type Lines = Vec<Arc<Line>>;

/// An item's publishes, sent by any number of clients.
pub(crate) struct Line {
    lane: Mutex<Lane>,
    order: watch::Sender<Order>,
}

#[derive(Clone, Copy, Debug)]
struct Order {
    /// The publishes that have landed.
    landed: u32,
    /// How many may be on the way: one more after every [`CALM`] that landed
    /// in order, one less when one has overtaken another.
    open: u32,
    /// How many have landed in order since that changed.
    calm: u32,
    /// As many as there are clients.
    most: u32,
}

/// A publish that landed.
pub(crate) struct Landed {
    pub(crate) answer: String,
    /// How often it came before its parent and was sent again.
    pub(crate) again: u32,
}

impl Line {
    pub(crate) fn new(lane: Lane) -> Self {
        Self {
            lane: Mutex::new(lane),
            order: watch::Sender::new(Order {
                landed: 0,
                open: 1,
                calm: 0,
                most: 1,
            }),
        }
    }

    /// For how many clients.
    pub(crate) fn open_to(&self, clients: u32) {
        self.order.send_modify(|order| order.most = clients);
    }

    /// Makes one more publish ready where fewer than `count` are.
    pub(crate) fn prepare(&self, count: usize) -> Result<(), Fault> {
        self.lane
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .prepare(count)
    }

    /// Sends the next publish until it has landed.
    pub(crate) async fn publish(&self, client: &Client) -> Result<Landed, Fault> {
        let (number, body) = self
            .lane
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()?;
        let mut turn = self.order.subscribe();
        let mut again = 0;
        loop {
            turn.wait_for(|order| number < order.landed + order.open)
                .await
                .map_err(Fault::made)?;
            match client.publish(&body).await? {
                Outcome::Landed(answer) => {
                    self.order.send_modify(|order| {
                        // Answers may overtake each other.
                        order.landed = order.landed.max(number + 1);
                        order.calm += 1;
                        if order.calm >= CALM {
                            order.open = (order.open + 1).min(order.most);
                            order.calm = 0;
                        }
                    });
                    return Ok(Landed { answer, again });
                }
                Outcome::TooEarly => {
                    again += 1;
                    self.order.send_modify(|order| {
                        order.open = order.open.saturating_sub(1).max(1);
                        order.calm = 0;
                    });
                }
            }
        }
    }
}
