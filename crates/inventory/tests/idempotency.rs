//! The idempotency contract, point by point (inventory.md).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::headers;
use dramatis_inventory::testing::Inventory;
use support::*;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_with_one_key_get_one_release_and_identical_bytes() {
    let inventory = Inventory::start().await;
    let second = inventory.process(None).await;
    let (client, key, request) = (client(), key(), publish(item(), "mirelle", None, "a"));
    let tasks: Vec<_> = (0..64)
        .map(|index| {
            let url = if index % 2 == 0 {
                &inventory.url
            } else {
                &second.url
            };
            tokio::spawn(send(publishing(
                &client,
                url,
                &inventory.token,
                key,
                &request,
            )))
        })
        .collect();
    let mut bodies = Vec::new();
    let mut fresh = 0;
    for task in tasks {
        let answer = task.await.unwrap().unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        fresh += u32::from(!answer.replayed);
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!((bodies.len(), fresh), (1, 1));
    assert_exactly_one_release(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_another_body_is_422_and_nothing_is_done() {
    let inventory = Inventory::start().await;
    let (client, key, item) = (client(), key(), item());
    let request = publish(item, "mirelle", None, "a");
    send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    let other = publish(item, "mirelle", Some(manifest_hash(&request)), "b");
    let answer = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &other,
    ))
    .await
    .unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "idempotency_key_reused")
    );
    assert_exactly_one_release(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_missing_or_malformed_is_400() {
    let inventory = Inventory::start().await;
    let (client, request) = (client(), publish(item(), "mirelle", None, "a"));
    let bare = || {
        client
            .post(format!("{}/v1/releases", inventory.url))
            .bearer_auth(&inventory.token)
            .json(&request)
    };
    let answer = send(bare()).await.unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "idempotency_key_missing")
    );
    for malformed in [
        "7b2e0f6e-1111-4222-8333-444455556666",
        "\"x\"",
        "\"\"",
        "\"7b2e0f6e111142228333444455556666\"",
    ] {
        let answer = send(bare().header(headers::IDEMPOTENCY_KEY, malformed))
            .await
            .unwrap();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "idempotency_key_malformed"),
            "{malformed}"
        );
    }
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM idempotency_key").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_a_new_token_and_a_retry_give_one_release() {
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
    inventory
        .provisioner
        .revoke_token(inventory.tenant, inventory.token_id)
        .await
        .unwrap();
    // Authorisation is looked at again before a replay.
    let refused = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "unauthorized")
    );
    let token = inventory.another_token().await;
    let again = send(publishing(&client, &inventory.url, &token, key, &request))
        .await
        .unwrap();
    assert!(again.replayed);
    assert_eq!(again.body, first.body);
    assert_exactly_one_release(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_401_before_anything_was_done_and_a_new_token_give_one_release() {
    let inventory = Inventory::start().await;
    let (client, key, request) = (client(), key(), publish(item(), "mirelle", None, "a"));
    inventory
        .provisioner
        .revoke_token(inventory.tenant, inventory.token_id)
        .await
        .unwrap();
    let refused = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(refused.status, 401);
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM idempotency_key").await,
        0
    );
    let token = inventory.another_token().await;
    let answer = send(publishing(&client, &inventory.url, &token, key, &request))
        .await
        .unwrap();
    assert_eq!((answer.status, answer.replayed), (201, false));
    assert_exactly_one_release(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_wrong_expired_or_of_another_tenant_is_told_apart_from_nobody() {
    let inventory = Inventory::start().await;
    let client = client();
    let ask = |token: String| {
        send(
            client
                .get(format!("{}/v1/whoami", inventory.url))
                .bearer_auth(token),
        )
    };
    assert_eq!(ask(inventory.token.clone()).await.unwrap().status, 200);

    let mut mistyped = inventory.token.clone();
    mistyped.replace_range(50..51, if &mistyped[50..51] == "0" { "1" } else { "0" });
    let unknown = dramatis_inventory::Token::mint(inventory.tenant, [9; 20])
        .reveal()
        .to_owned();
    let yesterday = time::OffsetDateTime::now_utc() - time::Duration::days(1);
    let (_, expired) = inventory
        .token_for(inventory.account, &["read".into()], Some(yesterday))
        .await;
    // The same secret under another tenant's id is another token.
    let elsewhere =
        dramatis_inventory::Token::mint(dramatis_domain::TenantId(uuid::Uuid::now_v7()), [9; 20]);
    for token in [
        mistyped,
        unknown,
        expired.reveal().to_owned(),
        elsewhere.reveal().to_owned(),
        "nonsense".into(),
    ] {
        let answer = ask(token).await.unwrap();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "unauthorized")
        );
    }
    let (_, reader) = inventory
        .token_for(inventory.account, &["read".into()], None)
        .await;
    let request = publish(item(), "mirelle", None, "a");
    let answer = send(publishing(
        &client,
        &inventory.url,
        reader.reveal(),
        key(),
        &request,
    ))
    .await
    .unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_kept_and_comes_again_byte_for_byte_even_when_its_cause_is_gone() {
    let inventory = Inventory::start().await;
    let (client, key, one) = (client(), key(), item());
    let first = publish(one, "mirelle", None, "a");
    send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        support::key(),
        &first,
    ))
    .await
    .unwrap();
    // Another character under the same slug.
    let taken = publish(item(), "mirelle", None, "b");
    let refused = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &taken,
    ))
    .await
    .unwrap();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "slug_taken"),
        "{}",
        refused.body
    );
    let again = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &taken,
    ))
    .await
    .unwrap();
    assert!(again.replayed);
    assert_eq!(again.body, refused.body);
    assert_eq!(
        count(
            &inventory,
            "SELECT count(*) FROM receipt WHERE outcome = 'refused'"
        )
        .await,
        1
    );
    assert_eq!(count(&inventory, "SELECT count(*) FROM item").await, 1);
    assert_eq!(
        count(
            &inventory,
            "SELECT count(*) FROM event WHERE action = 'request.refused'"
        )
        .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_may_use_the_same_key() {
    let inventory = Inventory::start().await;
    let (_, ben) = inventory.another_creator("ben", &[]).await;
    let (client, key) = (client(), key());
    for (token, word) in [(&inventory.token, "a"), (&ben, "b")] {
        let request = publish(item(), "mirelle", None, word);
        let answer = send(publishing(&client, &inventory.url, token, key, &request))
            .await
            .unwrap();
        assert_eq!(
            (answer.status, answer.replayed),
            (201, false),
            "{}",
            answer.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_and_publish_race_and_exactly_one_of_them_wins() {
    let inventory = Inventory::start().await;
    let second = inventory.process(None).await;
    let client = client();
    let (mut cancelled, mut published) = (0, 0);
    for round in 0..30 {
        let (key, request) = (key(), publish(item(), &format!("c-{round}"), None, "a"));
        let cancel = client
            .post(format!("{}/v1/receipts/{key}/cancel", second.url))
            .bearer_auth(&inventory.token);
        let publishing = publishing(&client, &inventory.url, &inventory.token, key, &request);
        let (cancel, publish) = if round % 2 == 0 {
            let (publish, cancel) = tokio::join!(send(publishing), send(cancel));
            (cancel.unwrap(), publish.unwrap())
        } else {
            let (cancel, publish) = tokio::join!(send(cancel), send(publishing));
            (cancel.unwrap(), publish.unwrap())
        };
        assert_eq!(cancel.status, 200, "{}", cancel.body);
        let receipt = cancel.json();
        if receipt["cancelled"] == true {
            cancelled += 1;
            assert_eq!(
                (publish.status, publish.code().as_str()),
                (409, "cancelled")
            );
            assert_eq!(receipt["body"], publish.body.as_str());
        } else {
            published += 1;
            assert_eq!(publish.status, 201, "{}", publish.body);
            assert_eq!(receipt["body"], publish.body.as_str());
        }
    }
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM release").await,
        published
    );
    assert_eq!(
        count(
            &inventory,
            "SELECT count(*) FROM receipt WHERE outcome = 'cancelled'"
        )
        .await,
        cancelled
    );
    assert_eq!(cancelled + published, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_key_stays_cancelled_and_a_settled_one_shows_its_receipt() {
    let inventory = Inventory::start().await;
    let client = client();
    let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
    let missing = get(&client, &inventory, &format!("/v1/receipts/{key}")).await;
    assert_eq!(
        (missing.status, missing.code().as_str()),
        (404, "not_found")
    );
    let cancel = || {
        send(
            client
                .post(format!("{}/v1/receipts/{key}/cancel", inventory.url))
                .bearer_auth(&inventory.token),
        )
    };
    let first = cancel().await.unwrap();
    assert_eq!(first.json()["cancelled"], true);
    assert_eq!(cancel().await.unwrap().body, first.body);
    let refused = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(
        (refused.status, refused.code().as_str(), refused.replayed),
        (409, "cancelled", true)
    );
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 0);
    let shown = get(&client, &inventory, &format!("/v1/receipts/{key}")).await;
    assert_eq!(shown.body, first.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_another_inventory_or_epoch_does_nothing() {
    let inventory = Inventory::start().await;
    let (client, request) = (client(), publish(item(), "mirelle", None, "a"));
    let here = client
        .get(format!("{}/health", inventory.url))
        .send()
        .await
        .unwrap();
    let here = here.headers()[headers::INVENTORY]
        .to_str()
        .unwrap()
        .to_owned();
    let (id, epoch) = headers::parse_inventory(&here).unwrap();
    let later = headers::inventory(id, epoch + 1);
    let other = headers::inventory(dramatis_domain::InventoryId(uuid::Uuid::now_v7()), epoch);
    for (expected, status) in [
        (later, 409),
        (other, 409),
        ("nonsense".to_owned(), 400),
        (here, 201),
    ] {
        let request = publishing(&client, &inventory.url, &inventory.token, key(), &request)
            .header(headers::EXPECT_INVENTORY, &expected);
        let answer = send(request).await.unwrap();
        assert_eq!(answer.status, status, "{expected}: {}", answer.body);
    }
    assert_exactly_one_release(&inventory).await;
}
