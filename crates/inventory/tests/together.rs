//! What many ask at the same moment is answered as each would be alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::ItemKind;
use dramatis_inventory::testing::Inventory;
use futures::future::join_all;
use serde_json::{Value, json};
use support::*;

/// A release by its id takes the longer way.
async fn alone(inventory: &Inventory, id: &str) -> Value {
    let answer = get(&client(), inventory, &format!("/v1/releases/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_together_is_answered_as_each_alone_and_of_this_moment() {
    let inventory = Inventory::start().await;
    let (_, olga) = inventory.another_creator("olga", &["operator"]).await;
    let slugs: Vec<String> = (0..24).map(|number| format!("one-{number}")).collect();
    let mut requests = Vec::new();
    for slug in &slugs {
        let request = publish(item(), slug, None, slug);
        published(&inventory, &request).await;
        requests.push(request);
    }
    // Ones that are not plainly published, among those that are: with a notice,
    // and without one again.
    take_step(
        &inventory,
        &inventory.token,
        &requests[1],
        "published",
        "deprecated",
    )
    .await;
    take_step(&inventory, &olga, &requests[2], "published", "quarantined").await;
    take_step(&inventory, &olga, &requests[3], "published", "quarantined").await;
    let path = format!("/v1/releases/{}/steps", manifest_of(&requests[3]).release);
    let body = json!({ "from": "quarantined", "to": "published", "device": device(),
                       "message": { "salt": "03".repeat(16), "value": "Fine." } });
    let back = mutation(&client(), &inventory.url, &path, &olga, key(), &body);
    assert_eq!(send(back).await.unwrap().status, 200);
    let pack = publish_kind(
        ItemKind::Pack,
        item(),
        "pack",
        None,
        pack("a pack", &[&requests[0]]),
    );
    published(&inventory, &pack).await;
    requests.push(pack);
    let slugs: Vec<&str> = slugs.iter().map(String::as_str).chain(["pack"]).collect();

    let client = client();
    let ask = |path: String| {
        let request = client
            .get(format!("{}{path}", inventory.url))
            .bearer_auth(&inventory.token);
        async move { send(request).await.unwrap() }
    };
    let by_channel = join_all(
        slugs
            .iter()
            .map(|slug| ask(format!("/v1/resolve/ana/{slug}/stable"))),
    );
    let by_hash = join_all(
        requests
            .iter()
            .map(|request| ask(format!("/v1/releases/{}/manifest", manifest_hash(request)))),
    );
    let by_id = join_all(requests.iter().map(|request| {
        ask(format!(
            "/v1/releases/{}/manifest",
            manifest_of(request).release
        ))
    }));
    let nobody = join_all((0..8).map(|_| ask("/v1/resolve/ana/nobody/stable".to_owned())));
    let (by_channel, by_hash, by_id, nobody) = futures::join!(by_channel, by_hash, by_id, nobody);
    assert!(nobody.iter().all(|answer| answer.code() == "not_found"));
    for (at, request) in requests.iter().enumerate() {
        let id = manifest_of(request).release.to_string();
        assert_eq!(by_hash[at].body, request.manifest, "{at}");
        assert_eq!(by_id[at].body, request.manifest, "{at}");
        if at == 2 {
            assert_eq!(by_channel[at].code(), "quarantined");
            continue;
        }
        let resolved = by_channel[at].json();
        assert_eq!(resolved["release"], alone(&inventory, &id).await, "{at}");
        assert_eq!(resolved["release"]["notice"].is_object(), at == 1, "{at}");
    }

    // A token that is revoked while many ask with another is refused at once.
    let (token_id, token) = {
        let scopes = ["read".to_owned()];
        let account = inventory.account;
        let made =
            inventory
                .provisioner
                .create_token(inventory.tenant, account, "other", &scopes, None);
        made.await.unwrap()
    };
    let who = |token: String| {
        let request = client
            .get(format!("{}/v1/whoami", inventory.url))
            .bearer_auth(token);
        async move { send(request).await.unwrap().status }
    };
    assert_eq!(who(token.reveal().to_owned()).await, 200);
    inventory
        .provisioner
        .revoke_token(inventory.tenant, token_id)
        .await
        .unwrap();
    let asked = (0..32).map(|at| {
        let token = if at % 2 == 0 {
            token.reveal()
        } else {
            &inventory.token
        };
        who(token.to_owned())
    });
    for (at, status) in join_all(asked).await.into_iter().enumerate() {
        assert_eq!(status, if at % 2 == 0 { 401 } else { 200 }, "{at}");
    }
}
