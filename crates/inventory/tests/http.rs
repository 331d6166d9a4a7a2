//! The service's edges: problems, reads, files, description.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::headers;
use dramatis_domain::{Digest, Manifest, manifest::Asset, salted::Salted};
use dramatis_inventory::testing::Inventory;
use serde_json::json;
use support::*;

/// The committed description is the code's. `DRAMATIS_UPDATE=1` writes it anew.
#[test]
fn the_committed_openapi_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let made = dramatis_inventory::openapi_document().unwrap();
    if std::env::var_os("DRAMATIS_UPDATE").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == made,
        "docs/openapi.json is stale: run this test with DRAMATIS_UPDATE=1 and commit the file"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_of_the_api_is_described() {
    let inventory = Inventory::start().await;
    let served = get(&client(), &inventory, "/v1/openapi.json").await.json();
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = include_str!("../../api/src/paths.rs");
    for path in paths
        .lines()
        .filter_map(|line| line.split('"').nth(1))
        .filter(|path| !path.ends_with("openapi.json"))
    {
        assert!(served["paths"][path].is_object(), "{path}");
    }
}

#[test]
fn the_position_is_described_with_every_change_and_every_read() {
    let api: serde_json::Value =
        serde_json::from_str(&dramatis_inventory::openapi_document().unwrap()).unwrap();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let brought = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|one| one["name"] == "Dramatis-Position" && one["in"] == "header");
            let told = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .filter(|(status, _)| status.starts_with('2'))
                .all(|(_, response)| response["headers"]["Dramatis-Position"].is_object());
            let open = operation["security"].is_array();
            let reads = method == "get" || path == dramatis_api::paths::RESOLVE_MANY;
            assert_eq!((brought, told), (reads && !open, !reads), "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_a_problem_with_a_stable_code() {
    let inventory = Inventory::start().await;
    let client = client();
    let url = |path: &str| format!("{}{path}", inventory.url);
    let with_key = |path: &str| {
        client
            .post(url(path))
            .bearer_auth(&inventory.token)
            .header(headers::IDEMPOTENCY_KEY, headers::quoted_key(key()))
    };
    let json = |body: String| {
        with_key("/v1/releases")
            .header("content-type", "application/json")
            .body(body)
    };
    for (request, status, code) in [
        (client.get(url("/nowhere")), 404, "not_found"),
        (
            client.delete(url("/v1/releases")),
            405,
            "method_not_allowed",
        ),
        (client.get(url("/v1/whoami")), 401, "unauthorized"),
        (
            client
                .get(url("/v1/whoami"))
                .header("authorization", "Basic x"),
            401,
            "unauthorized",
        ),
        (json("{".into()), 400, "bad_request"),
        (json("{}".into()), 400, "bad_request"),
        (json(r#"{"slug":1}"#.into()), 400, "bad_request"),
        (with_key("/v1/releases").body("{}"), 415, "unsupported_type"),
        (
            json(format!(r#"{{"slug":"{}"}}"#, "x".repeat(49 * 1024 * 1024))),
            413,
            "too_large",
        ),
        (
            client
                .get(url("/v1/items/nonsense"))
                .bearer_auth(&inventory.token),
            400,
            "bad_request",
        ),
        (
            client
                .get(url("/v1/items?limit=x"))
                .bearer_auth(&inventory.token),
            400,
            "bad_request",
        ),
        (
            client
                .get(url("/v1/items?after=x"))
                .bearer_auth(&inventory.token),
            400,
            "bad_request",
        ),
        (
            client
                .get(url("/v1/releases/nonsense"))
                .bearer_auth(&inventory.token),
            400,
            "bad_request",
        ),
        (
            client
                .get(url(&format!("/v1/releases/{}", uuid::Uuid::now_v7())))
                .bearer_auth(&inventory.token),
            404,
            "not_found",
        ),
        (
            client.get(url("/v1/events")).bearer_auth(&inventory.token),
            403,
            "forbidden",
        ),
    ] {
        let response = request.send().await.unwrap();
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        let request_id = response.headers()[headers::REQUEST_ID]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(response.headers().contains_key(headers::INVENTORY));
        assert_eq!(
            (response.status().as_u16(), kind.as_str()),
            (status, headers::PROBLEM_JSON),
            "{code}"
        );
        let problem: dramatis_api::Problem = response.json().await.unwrap();
        assert_eq!(
            (problem.code.as_str(), problem.status),
            (code, status),
            "{}",
            problem.detail
        );
        assert_eq!(problem.request_id.as_deref(), Some(request_id.as_str()));
    }
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM idempotency_key").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_with_things_missing_lists_every_failure_as_the_studio_does() {
    let inventory = Inventory::start().await;
    let card = r#"{"spec":"chara_card_v2","data":{"name":" "}}"#.to_owned();
    let mut manifest =
        Manifest::parse_canonical(publish(item(), "x", None, "a").manifest.as_bytes()).unwrap();
    manifest.card = Digest::of(card.as_bytes());
    let mut request = with_manifest(&manifest, "Not A Slug", card.clone());
    request.channel = Some("Neither".into());
    let answer = send(publishing(
        &client(),
        &inventory.url,
        &inventory.token,
        key(),
        &request,
    ))
    .await
    .unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (422, "invalid"));
    let problem: dramatis_api::Problem = serde_json::from_str(&answer.body).unwrap();
    let dry_run = dramatis_domain::rules::check(&dramatis_domain::rules::Candidate {
        kind: dramatis_domain::ItemKind::Character,
        card: &card,
        notes: None,
        assets: &[],
    });
    assert!(dry_run.len() >= 3);
    assert_eq!(problem.failures[..dry_run.len()], dry_run);
    let rest: Vec<_> = problem.failures[dry_run.len()..]
        .iter()
        .map(|failure| failure.field.as_str())
        .collect();
    assert_eq!(rest, ["slug", "channel"]);
    assert_eq!(count(&inventory, "SELECT count(*) FROM item").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_does_not_fit_what_was_sent_is_refused() {
    let inventory = Inventory::start().await;
    let client = client();
    let good = publish(item(), "mirelle", None, "a");
    let manifest = || Manifest::parse_canonical(good.manifest.as_bytes()).unwrap();
    let mut spaced = good.clone();
    spaced.manifest.push(' ');
    let mut other_card = good.clone();
    other_card.card = card("b");
    let mut notes = good.clone();
    notes.notes = Some(dramatis_api::publish::SaltedText {
        salt: "00".repeat(16),
        value: "x".into(),
    });
    let mut lorebook = manifest();
    lorebook.kind = dramatis_domain::ItemKind::Lorebook;
    let mut rules = manifest();
    rules.rule_set = Digest::of(b"other rules");
    let asset = |role: &str| Asset {
        role: role.into(),
        sha256: Digest::of(role.as_bytes()),
        size: 1,
        media_type: "image/png".into(),
    };
    let mut unsorted = manifest();
    unsorted.assets = vec![asset("portrait"), asset("background")];
    let card = good.card.clone();
    for request in [
        spaced,
        other_card,
        notes,
        with_manifest(&lorebook, "mirelle", card.clone()),
        with_manifest(&rules, "mirelle", card.clone()),
        with_manifest(&unsorted, "mirelle", card),
    ] {
        let answer = send(publishing(
            &client,
            &inventory.url,
            &inventory.token,
            key(),
            &request,
        ))
        .await
        .unwrap();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "manifest_refused"),
            "{}",
            answer.body
        );
    }
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 0);
    let answer = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key(),
        &good,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 201);
    // The same release under a second key, and its identity on another item.
    let answer = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key(),
        &good,
    ))
    .await
    .unwrap();
    assert_eq!(answer.code(), "base_outdated");
    let mut stolen = manifest();
    stolen.item = item();
    let answer = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key(),
        &with_manifest(&stolen, "other", good.card.clone()),
    ))
    .await
    .unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "manifest_refused"),
        "{}",
        answer.body
    );
    dramatis_inventory::verify(inventory.admin_url(), None)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_and_the_slug_are_checked_and_what_says_the_same_is_unchanged() {
    let inventory = Inventory::start().await;
    let (client, item) = (client(), item());
    let push = async |request: &dramatis_api::publish::PublishRequest| {
        send(publishing(
            &client,
            &inventory.url,
            &inventory.token,
            key(),
            request,
        ))
        .await
        .unwrap()
    };
    let first = publish(item, "mirelle", None, "a");
    assert_eq!(push(&first).await.status, 201);
    assert_eq!(
        push(&publish(item, "mirelle", None, "b")).await.code(),
        "base_outdated"
    );
    assert_eq!(
        push(&publish(item, "mirelle", Some(Digest::of(b"x")), "b"))
            .await
            .code(),
        "base_outdated"
    );
    assert_eq!(
        push(&publish(item, "other", Some(manifest_hash(&first)), "b"))
            .await
            .code(),
        "slug_changed"
    );
    let same = push(&publish(item, "mirelle", Some(manifest_hash(&first)), "a")).await;
    assert_eq!(
        (same.status, same.json()["outcome"].as_str()),
        (200, Some("unchanged"))
    );
    assert_eq!(same.json()["release"]["number"], 1);
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 1);
    assert_eq!(
        count(
            &inventory,
            "SELECT count(*) FROM event WHERE action = 'release.unchanged'"
        )
        .await,
        1
    );
    let second = push(&publish(item, "mirelle", Some(manifest_hash(&first)), "b")).await;
    assert_eq!(
        (second.status, second.json()["release"]["number"].as_i64()),
        (201, Some(2))
    );
    dramatis_inventory::verify(inventory.admin_url(), None)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_verified_while_they_come_in_and_a_release_needs_its_own() {
    let inventory = Inventory::start().await;
    let client = client();
    let bytes = png("portrait");
    let digest = Digest::of(&bytes);
    let mut manifest =
        Manifest::parse_canonical(publish(item(), "mirelle", None, "a").manifest.as_bytes())
            .unwrap();
    manifest.assets = vec![Asset {
        role: "portrait".into(),
        sha256: digest,
        size: u32::try_from(bytes.len()).unwrap(),
        media_type: "image/png".into(),
    }];
    let (key, request) = (key(), with_manifest(&manifest, "mirelle", card("a")));
    let missing = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(
        (missing.status, missing.code().as_str()),
        (409, "blob_missing")
    );

    assert_eq!(
        upload(&inventory, Digest::of(b"other"), bytes.clone())
            .await
            .code(),
        "digest_mismatch"
    );
    assert_eq!(
        upload(&inventory, Digest::of(b"<svg/>"), b"<svg/>".to_vec())
            .await
            .code(),
        "unsupported_type"
    );
    assert_eq!(
        upload(&inventory, Digest::of(b""), Vec::new()).await.code(),
        "unsupported_type"
    );
    let large = png(&"x".repeat(dramatis_domain::limits::BLOB));
    assert_eq!(
        upload(&inventory, Digest::of(&large), large).await.code(),
        "too_large"
    );
    assert_eq!(count(&inventory, "SELECT count(*) FROM blob").await, 0);

    assert_eq!(upload(&inventory, digest, bytes.clone()).await.status, 201);
    assert_eq!(upload(&inventory, digest, bytes.clone()).await.status, 200);
    // The missing file was not kept as the key's answer: the same request now goes through.
    let answer = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key,
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    let path = format!("{}/v1/blobs/{}", inventory.url, digest.hex());
    let found = client
        .get(&path)
        .bearer_auth(&inventory.token)
        .send()
        .await
        .unwrap();
    assert_eq!(found.bytes().await.unwrap(), bytes);
    let head = client
        .head(&path)
        .bearer_auth(&inventory.token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            head.status().as_u16(),
            head.headers()["content-length"].to_str().unwrap()
        ),
        (200, bytes.len().to_string().as_str())
    );
    let nothing = client
        .head(format!(
            "{}/v1/blobs/{}",
            inventory.url,
            Digest::of(b"x").hex()
        ))
        .bearer_auth(&inventory.token);
    assert_eq!(nothing.send().await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn card_bytes_come_back_exactly_and_notes_with_their_salt() {
    let inventory = Inventory::start().await;
    let client = client();
    let notes = Salted::new([7; 16], "Softer opening.");
    let mut manifest =
        Manifest::parse_canonical(publish(item(), "mirelle", None, "a").manifest.as_bytes())
            .unwrap();
    manifest.notes = Some(notes.digest());
    let mut request = with_manifest(&manifest, "mirelle", card("a"));
    request.notes = Some(dramatis_api::publish::SaltedText {
        salt: hex::encode(notes.salt),
        value: notes.value.clone(),
    });
    let answer = send(publishing(
        &client,
        &inventory.url,
        &inventory.token,
        key(),
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    for name in [
        manifest.release.to_string(),
        manifest_hash(&request).to_string(),
    ] {
        let card = client
            .get(format!("{}/v1/releases/{name}/card", inventory.url))
            .bearer_auth(&inventory.token)
            .send()
            .await
            .unwrap();
        let tag = card.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(tag, format!("\"{}\"", manifest.card));
        assert_eq!(card.text().await.unwrap(), request.card);
        let again = client
            .get(format!("{}/v1/releases/{name}/card", inventory.url))
            .bearer_auth(&inventory.token)
            .header("if-none-match", tag);
        assert_eq!(again.send().await.unwrap().status(), 304);
        let release = get(&client, &inventory, &format!("/v1/releases/{name}"))
            .await
            .json();
        assert_eq!(release["manifest"], request.manifest.as_str());
        assert_eq!(release["notes"]["value"], "Softer opening.");
        assert_eq!(release, answer.json()["release"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_listed_newest_change_first_and_paged() {
    let inventory = Inventory::start().await;
    let client = client();
    for index in 0..5 {
        let request = publish(item(), &format!("c-{index}"), None, "a");
        assert_eq!(
            send(publishing(
                &client,
                &inventory.url,
                &inventory.token,
                key(),
                &request
            ))
            .await
            .unwrap()
            .status,
            201
        );
    }
    let mut seen = Vec::new();
    let mut path = "/v1/items?limit=2".to_owned();
    loop {
        let page = get(&client, &inventory, &path).await.json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["slug"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/items?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["c-4", "c-3", "c-2", "c-1", "c-0"]);
    let (_, ben) = inventory.another_creator("ben", &[]).await;
    let listed = send(
        client
            .get(format!("{}/v1/items?creator=ana", inventory.url))
            .bearer_auth(&ben),
    )
    .await
    .unwrap();
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 5);
}

/// What a studio does to verify: recompute the chain from what is returned.
#[tokio::test(flavor = "multi_thread")]
async fn an_items_events_chain_over_pages_and_name_request_device_and_actor() {
    let inventory = Inventory::start().await;
    let (client, item) = (client(), item());
    let request = publish(item, "mirelle", None, "a");
    let sent = publishing(&client, &inventory.url, &inventory.token, key(), &request)
        .header(headers::REQUEST_ID, "studio-1");
    assert_eq!(send(sent).await.unwrap().status, 201);
    let (mut after, mut head) = (0, None);
    loop {
        let page = get(
            &client,
            &inventory,
            &format!("/v1/items/{item}/events?limit=1&after={after}"),
        )
        .await;
        let page: dramatis_api::audit::Events = serde_json::from_str(&page.body).unwrap();
        let Some(record) = page.events.first() else {
            let last: dramatis_domain::chain::Head = head.unwrap();
            assert_eq!((page.head.seq, page.head.hash), (4, last.hash.to_string()));
            break;
        };
        after = record.seq;
        assert_eq!(record.request_id, "studio-1");
        assert_eq!(
            record
                .actor_name
                .as_ref()
                .unwrap()
                .text
                .as_ref()
                .unwrap()
                .value,
            "Ana"
        );
        assert_eq!(
            record
                .device_name
                .as_ref()
                .unwrap()
                .text
                .as_ref()
                .unwrap()
                .value,
            "studio-laptop"
        );
        let tenant = dramatis_domain::TenantId(page.tenant);
        let (event, prev, hash) = record.to_event(tenant, Some(item)).unwrap();
        let start =
            head.unwrap_or_else(|| dramatis_domain::chain::Head::genesis(tenant, event.stream));
        head = Some(
            start
                .verify_next(tenant, event.stream, &event, prev, hash)
                .unwrap(),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn status_rules_and_the_tenants_own_stream() {
    let inventory = Inventory::start().await;
    let client = client();
    assert_eq!(get(&client, &inventory, "/health").await.status, 200);
    assert_eq!(get(&client, &inventory, "/ready").await.status, 200);
    assert!(
        get(&client, &inventory, "/metrics")
            .await
            .body
            .contains("dramatis_requests_total")
    );
    let (rules, digest) =
        dramatis_domain::rules::current(dramatis_domain::ItemKind::Character).unwrap();
    for name in ["current".to_owned(), digest.to_string()] {
        assert_eq!(
            get(&client, &inventory, &format!("/v1/rule-sets/{name}"))
                .await
                .body
                .as_bytes(),
            rules
        );
    }
    assert_eq!(
        get(&client, &inventory, "/v1/whoami").await.json()["rule_set"],
        digest.to_string()
    );
    let (_, auditor) = inventory.another_creator("aud", &["auditor"]).await;
    let stream = send(
        client
            .get(format!("{}/v1/events", inventory.url))
            .bearer_auth(&auditor),
    )
    .await
    .unwrap()
    .json();
    let actions: Vec<_> = stream["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "tenant.created",
            "account.created",
            "token.created",
            "account.created",
            "token.created"
        ]
    );
    assert_eq!(stream["head"]["seq"], json!(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_asks_too_fast_is_told_when_to_come_back() {
    let inventory = Inventory::without_service().await;
    let settings = dramatis_inventory::Settings {
        rate: 1,
        ..inventory.settings()
    };
    let app = dramatis_inventory::App::start(&settings).await.unwrap();
    let listener = dramatis_inventory::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let url = format!("http://{}/v1/whoami", listener.local_addr().unwrap());
    let service = tokio::spawn(app.serve(listener, std::future::pending()));
    let client = client();
    let mut limited = None;
    for _ in 0..6 {
        let response = client
            .get(&url)
            .bearer_auth(&inventory.token)
            .send()
            .await
            .unwrap();
        if response.status() == 429 {
            limited = Some(response);
        }
    }
    let limited = limited.expect("six requests at once are more than four");
    assert!(
        limited.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u32>()
            .unwrap()
            >= 1
    );
    service.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_said_and_the_service_recovers() {
    let mut inventory = Inventory::start().await;
    let client = client();
    let port = inventory.pause().await;
    let down = client.get(format!("{}/health", inventory.url)).send().await;
    assert!(down.is_err(), "it stopped in order");
    inventory.resume(Some(port)).await;
    assert_eq!(get(&client, &inventory, "/ready").await.status, 200);
    // Every pooled connection is cut: the next request finds a fresh one.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dramatis-inventory'";
    sqlx::query(cut).execute(&inventory.admin).await.unwrap();
    assert_eq!(get(&client, &inventory, "/v1/whoami").await.status, 200);
}
