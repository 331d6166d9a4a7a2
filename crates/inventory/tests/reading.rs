//! Releases as apps take them: what is kept for how long, who sees what, and
//! the files they are made of.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::{headers, reading::ResolvedMany};
use dramatis_cards::{blank_picture, read};
use dramatis_domain::{Digest, Manifest, manifest::Asset};
use dramatis_inventory::testing::Inventory;
use serde_json::{Value, json};
use support::*;

const FOR_GOOD: &str = "private, max-age=31536000, immutable";

async fn fetch(
    inventory: &Inventory,
    path: &str,
    token: &str,
    has: Option<&str>,
) -> reqwest::Response {
    let mut request = client()
        .get(format!("{}{path}", inventory.url))
        .bearer_auth(token);
    if let Some(tag) = has {
        request = request.header("if-none-match", tag);
    }
    request.send().await.unwrap()
}

fn header<'a>(response: &'a reqwest::Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
        .unwrap_or_default()
}

async fn released(
    inventory: &Inventory,
    request: &dramatis_api::publish::PublishRequest,
) -> String {
    let answer = send(publishing(
        &client(),
        &inventory.url,
        &inventory.token,
        key(),
        request,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["release"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_kept_for_good_and_channels_briefly_each_under_a_strong_tag() {
    let inventory = Inventory::start().await;
    let first = publish(item(), "mirelle", None, "a");
    released(&inventory, &first).await;
    let hash = manifest_hash(&first);
    for (path, bytes) in [
        (format!("/v1/releases/{hash}/manifest"), &first.manifest),
        (format!("/v1/releases/{hash}/card"), &first.card),
    ] {
        let answer = fetch(&inventory, &path, &inventory.token, None).await;
        assert_eq!(answer.status(), 200, "{path}");
        let tag = header(&answer, "etag").to_owned();
        assert_eq!(tag, format!("\"{}\"", Digest::of(bytes.as_bytes())));
        assert_eq!(header(&answer, "cache-control"), FOR_GOOD, "{path}");
        assert_eq!(&answer.text().await.unwrap(), bytes);
        let again = fetch(&inventory, &path, &inventory.token, Some(&tag)).await;
        assert_eq!(
            (
                again.status().as_u16(),
                header(&again, "etag"),
                header(&again, "cache-control")
            ),
            (304, tag.as_str(), FOR_GOOD)
        );
        assert!(again.bytes().await.unwrap().is_empty());
        let other = fetch(&inventory, &path, &inventory.token, Some("\"sha256:00\"")).await;
        assert_eq!(other.status(), 200);
    }
    for path in [
        "/v1/resolve/ana/mirelle/stable",
        "/v1/resolve/ana/mirelle/releases/1",
    ] {
        let answer = fetch(&inventory, path, &inventory.token, None).await;
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "cache-control")),
            (200, "private, max-age=10"),
            "{path}"
        );
        let tag = header(&answer, "etag").to_owned();
        assert_eq!(
            fetch(&inventory, path, &inventory.token, Some(&tag))
                .await
                .status(),
            304
        );
        // A newer release moves the channel: the tag is another.
        if path.ends_with("stable") {
            let mut second = publish(item(), "other", None, "b");
            second.channel = None;
            released(&inventory, &second).await;
            assert_eq!(
                fetch(&inventory, path, &inventory.token, Some(&tag))
                    .await
                    .status(),
                304
            );
            let parsed = Manifest::parse_canonical(first.manifest.as_bytes()).unwrap();
            released(
                &inventory,
                &publish(parsed.item, "mirelle", Some(hash), "c"),
            )
            .await;
            assert_eq!(
                fetch(&inventory, path, &inventory.token, Some(&tag))
                    .await
                    .status(),
                200
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_set_is_kept_for_good_by_its_hash_and_briefly_as_the_current_one() {
    let inventory = Inventory::start().await;
    let hash = dramatis_domain::rules::current(dramatis_domain::ItemKind::Character)
        .unwrap()
        .1;
    for (name, keep) in [
        (hash.to_string(), FOR_GOOD),
        ("current".to_owned(), "private, max-age=10"),
    ] {
        let path = format!("/v1/rule-sets/{name}");
        let tag = format!("\"{hash}\"");
        for (has, status) in [
            (None, 200),
            (Some("\"sha256:00\""), 200),
            (Some(&*tag), 304),
        ] {
            let answer = fetch(&inventory, &path, &inventory.token, has).await;
            assert_eq!(answer.status(), status, "{path}");
            assert_eq!(header(&answer, "etag"), tag, "{path}");
            assert_eq!(header(&answer, "cache-control"), keep, "{path}");
            let bytes = answer.bytes().await.unwrap();
            assert_eq!(Digest::of(&bytes) == hash, status == 200, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_taken_as_v2_v3_and_png_with_its_losses_said() {
    let inventory = Inventory::start().await;
    let portrait = blank_picture();
    let digest = Digest::of(&portrait);
    let put = client()
        .put(format!("{}/v1/blobs/{}", inventory.url, digest.hex()))
        .bearer_auth(&inventory.token)
        .body(portrait.clone());
    assert!(send(put).await.unwrap().status < 300);
    let card = card("a")
        .replace("chara_card_v2", "chara_card_v3")
        .replace(r#""spec_version":"2.0""#, r#""spec_version":"3.0""#)
        .replace(r#""name":"Mirelle""#, r#""name":"Mirelle","nickname":"Mi""#);
    let mut manifest =
        Manifest::parse_canonical(publish(item(), "m", None, "x").manifest.as_bytes()).unwrap();
    manifest.card = Digest::of(card.as_bytes());
    manifest.assets = vec![Asset {
        role: "portrait".into(),
        sha256: digest,
        size: portrait.len() as u32,
        media_type: "image/png".into(),
    }];
    let request = with_manifest(&manifest, "mirelle", card.clone());
    let id = released(&inventory, &request).await;

    let v3 = fetch(
        &inventory,
        &format!("/v1/releases/{id}/card?as=v3"),
        &inventory.token,
        None,
    )
    .await;
    assert_eq!(header(&v3, headers::LOSSES), "");
    assert_eq!(
        v3.text().await.unwrap(),
        card,
        "in its own format it is its very bytes"
    );
    let v2 = fetch(
        &inventory,
        &format!("/v1/releases/{id}/card?as=v2"),
        &inventory.token,
        None,
    )
    .await;
    assert_eq!(
        (v2.status().as_u16(), header(&v2, "cache-control")),
        (200, FOR_GOOD)
    );
    assert!(
        header(&v2, headers::LOSSES).contains("=/data/nickname"),
        "{}",
        header(&v2, headers::LOSSES)
    );
    let text = v2.text().await.unwrap();
    assert!(
        text.contains("chara_card_v2") && text.contains("123456789012345678901234567890"),
        "{text}"
    );

    let png = fetch(
        &inventory,
        &format!("/v1/releases/{id}/png"),
        &inventory.token,
        None,
    )
    .await;
    assert_eq!(
        (
            png.status().as_u16(),
            header(&png, "content-type"),
            header(&png, "cache-control")
        ),
        (200, "image/png", FOR_GOOD)
    );
    let tag = header(&png, "etag").to_owned();
    let bytes = png.bytes().await.unwrap();
    assert_eq!(tag, format!("\"{}\"", Digest::of(&bytes)));
    assert_eq!(read(&bytes).unwrap().document.text(), card);
    assert_eq!(
        dramatis_cards::strip_card(&bytes).unwrap(),
        portrait,
        "the portrait's own bytes"
    );
    assert_eq!(
        fetch(
            &inventory,
            &format!("/v1/releases/{id}/png"),
            &inventory.token,
            Some(&tag)
        )
        .await
        .status(),
        304
    );

    // Without a portrait it lies in a blank sheet.
    let plain = released(&inventory, &publish(item(), "plain", None, "x")).await;
    let png = fetch(
        &inventory,
        &format!("/v1/releases/{plain}/png"),
        &inventory.token,
        None,
    )
    .await;
    assert_eq!(
        read(&png.bytes().await.unwrap()).unwrap().document.text(),
        support::card("x")
    );
    let odd = fetch(
        &inventory,
        &format!("/v1/releases/{plain}/card?as=v9"),
        &inventory.token,
        None,
    )
    .await;
    assert_eq!(odd.status(), 400);
}

/// product.md, Lifecycle of a release: each state that a published release can
/// come to, by every way to name it, for a stranger and for its owner.
#[tokio::test(flavor = "multi_thread")]
async fn who_sees_a_release_in_which_state_by_which_name() {
    let inventory = Inventory::start().await;
    let (_, stranger) = inventory.another_creator("ben", &[]).await;
    let (_, operator) = inventory.another_creator("olga", &["operator"]).await;
    let request = publish(item(), "mirelle", None, "a");
    let id = released(&inventory, &request).await;
    let hash = manifest_hash(&request);
    let words = json!({ "salt": "02".repeat(16), "value": "Why." });
    let step = async |token: &str, from: &str, to: &str, more: Value| {
        let mut body = json!({ "from": from, "to": to, "device": device() });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        let path = format!("/v1/releases/{id}/steps");
        let answer = send(mutation(
            &client(),
            &inventory.url,
            &path,
            token,
            key(),
            &body,
        ))
        .await
        .unwrap();
        assert_eq!(answer.status, 200, "{to}: {}", answer.body);
    };
    let by_hash = [
        format!("/v1/releases/{hash}"),
        format!("/v1/releases/{id}"),
        format!("/v1/releases/{hash}/manifest"),
        format!("/v1/releases/{hash}/card"),
        format!("/v1/releases/{hash}/card?as=v3"),
        format!("/v1/releases/{hash}/png"),
        "/v1/resolve/ana/mirelle/releases/1".to_owned(),
    ];
    let stands = async |state: &str, channel: u16, others: u16, listed: usize| {
        for token in [&stranger, &inventory.token] {
            let answer = fetch(&inventory, "/v1/resolve/ana/mirelle/stable", token, None).await;
            assert_eq!(answer.status().as_u16(), channel, "{state} by channel");
            for path in &by_hash {
                let answer = fetch(&inventory, path, token, None).await;
                let wanted = if token == &stranger { others } else { 200 };
                assert_eq!(answer.status().as_u16(), wanted, "{state}: {path}");
                if wanted == 200
                    && matches!(state, "revoked" | "quarantined")
                    && path.contains("sha256")
                    && path.matches('/').count() > 3
                {
                    assert_eq!(
                        header(&answer, "cache-control"),
                        "private, no-store",
                        "{state}: {path}"
                    );
                }
            }
            let listing = fetch(&inventory, "/v1/listing", token, None)
                .await
                .json::<Value>()
                .await
                .unwrap();
            assert_eq!(
                listing["entries"].as_array().unwrap().len(),
                listed,
                "{state} in lists"
            );
        }
    };
    let none = json!({});
    let why = json!({ "message": words });
    stands("published", 200, 200, 1).await;
    step(&inventory.token, "published", "deprecated", why.clone()).await;
    stands("deprecated", 200, 200, 1).await;
    step(&inventory.token, "deprecated", "archived", none.clone()).await;
    stands("archived", 404, 200, 0).await;
    step(&operator, "archived", "quarantined", why.clone()).await;
    stands("quarantined", 451, 451, 0).await;
    step(&operator, "quarantined", "archived", why).await;
    step(
        &inventory.token,
        "archived",
        "revoked",
        json!({ "message": words, "reason_code": "rights" }),
    )
    .await;
    stands("revoked", 410, 410, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_addresses_get_each_its_own_answer_or_problem() {
    let inventory = Inventory::start().await;
    let request = publish(item(), "mirelle", None, "a");
    let id = released(&inventory, &request).await;
    let hash = manifest_hash(&request).to_string();
    let addresses = [
        "ana/mirelle",
        "ana/mirelle@stable",
        "ana/mirelle#1",
        &hash,
        &id,
        "ana/mirelle@beta",
        "ana/mirelle#2",
        "nonsense",
    ];
    let ask = async |addresses: &[&str]| {
        let request = client()
            .post(format!("{}/v1/resolve", inventory.url))
            .bearer_auth(&inventory.token);
        send(request.json(&json!({ "addresses": addresses })))
            .await
            .unwrap()
    };
    let answer = ask(&addresses).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let many: ResolvedMany = serde_json::from_str(&answer.body).unwrap();
    let said: Vec<_> = many
        .answers
        .iter()
        .map(|one| match (&one.release, &one.problem) {
            (Some(release), None) => release.number.to_string(),
            (None, Some(problem)) => problem.code.clone(),
            both => panic!("{both:?}"),
        })
        .collect();
    assert_eq!(
        said,
        [
            "1",
            "1",
            "1",
            "1",
            "1",
            "not_found",
            "not_found",
            "bad_request"
        ]
    );
    assert!(
        many.answers
            .iter()
            .map(|one| one.address.as_str())
            .eq(addresses)
    );
    let many: Vec<&str> = std::iter::repeat_n("ana/mirelle", 101).collect();
    assert_eq!(ask(&many).await.status, 400);
}
