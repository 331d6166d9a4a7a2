use crate::{
    bench::*,
    outbox::{entry, frozen},
    peer::*,
};
use dramatis_api::{Code, receipt::Receipt};
use dramatis_drafts::view::*;

#[tokio::test]
async fn cancel_before_it_was_sent_is_final_at_once() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, id, frozen) = frozen(&bench, &peer).await;
    let cancelled = studio.outbox_cancel(&frozen.key).await.unwrap();
    assert_eq!(
        (cancelled.state, cancelled.cancelling),
        (OutboxState::Cancelled, false)
    );
    studio.settle_once().await.unwrap();
    assert!(peer.requests().is_empty());
    assert_eq!(
        code(studio.outbox_cancel(&frozen.key).await),
        "cannot_cancel"
    );
    let character = studio.open_character(&id).await.unwrap();
    assert!(!character.slug_locked);
    studio.publish(&id, "stable", "").await.unwrap();
}

#[tokio::test]
async fn cancel_while_the_answer_is_unknown_is_decided_by_the_inventory() {
    for won in [true, false] {
        let (bench, peer) = (Bench::new(), Peer::start().await);
        let (studio, _, frozen) = frozen(&bench, &peer).await;
        peer.say(&[Say::No(Code::Unavailable)]);
        studio.settle_once().await.unwrap();
        let asked = studio.outbox_cancel(&frozen.key).await.unwrap();
        assert_eq!(
            (asked.state, asked.cancelling, asked.can_cancel),
            (OutboxState::Retrying, true, false)
        );
        let sent = peer.requests()[0].clone();
        let answer = published(
            &sent.body,
            1,
            dramatis_api::publish::PublishOutcome::Published,
        );
        peer.script.lock().unwrap().cancel.push_back(Receipt {
            key: frozen.key.parse().unwrap(),
            operation: if won {
                "cancel".into()
            } else {
                "publish".into()
            },
            cancelled: won,
            status: if won { 409 } else { 201 },
            body: serde_json::to_string(&answer).unwrap(),
            created_at: "2026-11-21T12:00:00Z".into(),
        });
        studio.settle_once().await.unwrap();
        let end = entry(&studio, &frozen.key).await;
        let expected = if won {
            OutboxState::Cancelled
        } else {
            OutboxState::Settled
        };
        assert_eq!((end.state, end.cancelling), (expected, false));
        assert!(end.outcome.unwrap().starts_with(if won {
            "Cancelled"
        } else {
            "Published as release 1"
        }));
        // The request itself was not sent again.
        assert_eq!(peer.requests().len(), 1);
    }
}
