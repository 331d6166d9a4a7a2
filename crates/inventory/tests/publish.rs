//! Publishing, from the first request on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::testing::Inventory;
use support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_makes_one_release_with_chain_channel_and_receipt() {
    let inventory = Inventory::start().await;
    let (client, key, request) = (client(), key(), publish(item(), "mirelle", None, "a"));
    let first = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(first.status, 201, "{}", first.body);
    let body = first.json();
    assert_eq!(body["outcome"], "published");
    assert_eq!(body["release"]["number"], 1);
    assert_eq!(body["release"]["channels"][0], "stable");
    assert_exactly_one_release(&inventory).await;

    let again = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert!(again.replayed);
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_exactly_one_release(&inventory).await;
}
