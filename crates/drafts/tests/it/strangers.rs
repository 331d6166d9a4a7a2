use crate::{
    bench::*,
    outbox::{entry, frozen},
    peer::*,
};
use dramatis_api::Code;
use dramatis_drafts::view::*;

#[tokio::test]
async fn another_inventory_account_or_epoch_gets_nothing() {
    for (change, expected) in [
        (
            (|script: &mut Script| script.inventory = 9) as fn(&mut Script),
            "other_inventory",
        ),
        (|script| script.account = 9, "other_account"),
        (|script| script.epoch = 2, "inventory_restored"),
    ] {
        let (bench, peer) = (Bench::new(), Peer::start().await);
        let (studio, _, frozen) = frozen(&bench, &peer).await;
        studio.close().await;
        change(&mut peer.script.lock().unwrap());
        let studio = bench.open().await;
        studio.set_connection(Some(peer.connection("token")));
        studio.settle_once().await.unwrap();
        let held = entry(&studio, &frozen.key).await;
        assert_eq!(
            (
                held.state,
                held.last_error.unwrap().code.as_str(),
                held.ever_sent
            ),
            (OutboxState::NeedsYou, expected, false)
        );
        assert!(peer.requests().is_empty());
        if expected == "inventory_restored" {
            // The person decides: the same request, once.
            assert_eq!(
                studio.outbox_retry(&frozen.key).await.unwrap().key,
                frozen.key
            );
        } else {
            assert_eq!(code(studio.outbox_retry(&frozen.key).await), "cannot_retry");
            let mut script = peer.script.lock().unwrap();
            (script.inventory, script.account, script.epoch) = (1, 3, 1);
            drop(script);
            studio.set_connection(Some(peer.connection("back")));
        }
        studio.settle_once().await.unwrap();
        assert_eq!(
            entry(&studio, &frozen.key).await.state,
            OutboxState::Settled
        );
    }
}

#[tokio::test]
async fn an_epoch_that_changes_while_the_studio_runs_is_seen_in_the_answer() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, _, frozen) = frozen(&bench, &peer).await;
    peer.script.lock().unwrap().epoch = 2;
    peer.say(&[Say::No(Code::WrongInventory)]);
    studio.settle_once().await.unwrap();
    let held = entry(&studio, &frozen.key).await;
    assert_eq!(held.last_error.unwrap().code, "inventory_restored");
}
