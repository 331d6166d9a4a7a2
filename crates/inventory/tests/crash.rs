//! kill -9 of the service at every failpoint: afterwards the same key settles
//! it, with one release, one chain, one outbox row (inventory.md, Proof).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::testing::{FAILPOINTS, Inventory};
use support::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_service_dies_at_every_failpoint_and_the_same_key_settles_it() {
    let client = client();
    for failpoint in FAILPOINTS {
        let mut inventory = Inventory::without_service().await;
        let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
        let mut process = inventory.process(Some(&format!("{failpoint}=abort"))).await;
        let lost = send(publishing(&client, &process.url, &inventory.token, key, &request)).await;
        assert!(lost.is_err(), "{failpoint}: an answer came: {lost:?}");
        assert!(!process.wait().await, "{failpoint}: the service did not die");

        inventory.resume(None).await;
        let settled = send(publishing(&client, &inventory.url, &inventory.token, key, &request)).await.unwrap();
        assert_eq!(settled.status, 201, "{failpoint}: {}", settled.body);
        let committed = matches!(*failpoint, "publish.after_commit" | "publish.before_answer");
        assert_eq!(settled.replayed, committed, "{failpoint}");
        assert_exactly_one_release(&inventory).await;
        let again = send(publishing(&client, &inventory.url, &inventory.token, key, &request)).await.unwrap();
        assert_eq!(again.body, settled.body, "{failpoint}");
    }
}
