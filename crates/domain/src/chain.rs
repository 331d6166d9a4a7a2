//! The hash chain over a stream's events:
//! `hash = SHA-256(tag ‖ previous hash ‖ event bytes)` (inventory.md, Audit).

use crate::{
    Digest, TenantId,
    event::{Event, Stream},
};

/// FROZEN, like the event's format.
const LINK: &[u8] = b"dramatis.chain.1\0";
const GENESIS: &[u8] = b"dramatis.genesis.1\0";

/// Where a chain stands: its last event's number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last event; 0 for an empty chain.
    pub seq: u64,
    /// The hash of the last event, or the genesis value.
    pub hash: Digest,
    /// The time of the last event in microseconds; `i64::MIN` for an empty chain.
    pub time_us: i64,
}

/// The first thing that is off in a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A number is missing, or stands twice.
    #[error("event {expected} is missing: the next one found is {found}")]
    Gap {
        /// The number that had to come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The event does not name the one before it.
    #[error("event {seq} does not follow from event {}: the link between them is broken", seq - 1)]
    Link {
        /// The event whose link is off.
        seq: u64,
    },
    /// The event's content is not what was hashed.
    #[error("event {seq} was changed after it was written: its hash does not fit its content")]
    Hash {
        /// The event that was changed.
        seq: u64,
    },
    /// The event belongs to another chain.
    #[error("event {seq} belongs to another history")]
    Stream {
        /// The event in question.
        seq: u64,
    },
    /// Time runs backwards.
    #[error("event {seq} is dated before the one it follows")]
    Time {
        /// The event in question.
        seq: u64,
    },
}

impl Head {
    /// The head of a chain without events.
    #[must_use]
    pub fn genesis(tenant: TenantId, stream: Stream) -> Self {
        let name: &[u8] = match &stream {
            Stream::Item(item) => item.0.as_bytes(),
            Stream::Tenant => b"tenant",
        };
        Self {
            seq: 0,
            hash: Digest::of_parts(&[GENESIS, tenant.0.as_bytes(), name]),
            time_us: i64::MIN,
        }
    }

    /// The head after `event`, without checking that it fits: for the writer.
    #[must_use]
    pub fn after(&self, event: &Event) -> Self {
        Self {
            seq: event.seq,
            hash: link(self.hash, event),
            time_us: event.time_us,
        }
    }

    /// Checks that `event` is the next of this chain, with the link and the
    /// hash that were stored beside it.
    ///
    /// # Errors
    /// The first thing that is off.
    pub fn verify_next(
        &self,
        tenant: TenantId,
        stream: Stream,
        event: &Event,
        prev: Digest,
        hash: Digest,
    ) -> Result<Self, ChainFault> {
        let seq = event.seq;
        if seq != self.seq + 1 {
            return Err(ChainFault::Gap {
                expected: self.seq + 1,
                found: seq,
            });
        }
        if event.tenant != tenant || event.stream != stream {
            return Err(ChainFault::Stream { seq });
        }
        if link(prev, event) != hash {
            return Err(ChainFault::Hash { seq });
        }
        if prev != self.hash {
            return Err(ChainFault::Link { seq });
        }
        if event.time_us <= self.time_us {
            return Err(ChainFault::Time { seq });
        }
        Ok(Self {
            seq,
            hash,
            time_us: event.time_us,
        })
    }
}

/// The hash of `event` behind `previous`.
#[must_use]
pub fn link(previous: Digest, event: &Event) -> Digest {
    Digest::of_parts(&[LINK, previous.as_bytes(), &event.bytes()])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::event::tests::sample;

    #[test]
    fn frozen_links() {
        let one = sample(1);
        let head = Head::genesis(one.tenant, one.stream);
        insta::assert_snapshot!(format!("{}\n{}", head.hash, head.after(&one).hash));
    }

    #[test]
    fn a_whole_chain_verifies_and_each_fault_is_named() {
        let (one, two) = (sample(1), sample(2));
        let (tenant, stream) = (one.tenant, one.stream);
        let start = Head::genesis(tenant, stream);
        let first = start.after(&one);
        let second = first.after(&two);
        let head = start
            .verify_next(tenant, stream, &one, start.hash, first.hash)
            .unwrap();
        assert_eq!(
            head.verify_next(tenant, stream, &two, first.hash, second.hash)
                .unwrap(),
            second
        );

        let mut changed = two.clone();
        changed.action.push('!');
        assert_eq!(
            head.verify_next(tenant, stream, &changed, first.hash, second.hash),
            Err(ChainFault::Hash { seq: 2 })
        );
        assert_eq!(
            start.verify_next(tenant, stream, &two, first.hash, second.hash),
            Err(ChainFault::Gap {
                expected: 1,
                found: 2
            })
        );
        let other = start.after(&sample(1)).hash;
        assert_eq!(other, first.hash);
        let forged_prev = Digest::of(b"x");
        let forged_hash = link(forged_prev, &two);
        assert_eq!(
            head.verify_next(tenant, stream, &two, forged_prev, forged_hash),
            Err(ChainFault::Link { seq: 2 })
        );
        assert_eq!(
            head.verify_next(tenant, Stream::Tenant, &two, first.hash, second.hash),
            Err(ChainFault::Stream { seq: 2 })
        );
    }
}
