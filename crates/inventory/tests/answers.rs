//! Kept answers: hashed with their claims, so that what is given again as
//! genuine is what was answered.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::publish::SaltedText;
use dramatis_domain::salted::Salted;
use dramatis_inventory::{Eraser, PrivacyFault, Request, VerifyFault, testing::Inventory, verify};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::*;

/// Every hash of an answer there is.
async fn hashes(inventory: &Inventory) -> Vec<Option<Vec<u8>>> {
    sqlx::query_scalar("SELECT row_sha256 FROM receipt ORDER BY recorded_at")
        .fetch_all(&inventory.admin)
        .await
        .unwrap()
}

async fn off(inventory: &Inventory) -> String {
    match verify(inventory.admin_url(), None).await {
        Err(VerifyFault::Off { place, what }) => format!("{place}: {what}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn success_refusal_and_cancelling_are_hashed_and_what_an_older_program_keeps_is_taken() {
    let inventory = Inventory::start().await;
    let request = publish(item(), "mirelle", None, "a");
    published(&inventory, &request).await;
    let taken = publish(item(), "mirelle", None, "b");
    let refused = publishing(&client(), &inventory.url, &inventory.token, key(), &taken);
    assert_eq!(send(refused).await.unwrap().status, 409);
    let cancelled = client()
        .post(format!("{}/v1/receipts/{}/cancel", inventory.url, key()))
        .bearer_auth(&inventory.token);
    assert_eq!(send(cancelled).await.unwrap().status, 200);
    let kept = hashes(&inventory).await;
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(Option::is_some), "{kept:?}");
    verify(inventory.admin_url(), None).await.unwrap();

    // A refusal, of which no item's history tells.
    let flip = "UPDATE receipt SET body = set_byte(body, 0, get_byte(body, 0) # 1) WHERE outcome = 'refused'";
    behind(&inventory, flip).await;
    assert!(off(&inventory).await.contains("do not fit their hash"));
    behind(&inventory, flip).await;

    // What the program before 0120 writes beside this one.
    let old = format!(
        "BEGIN; SET LOCAL app.tenant = '{}';
         INSERT INTO idempotency_key (tenant_id, account_id, key, operation, fingerprint)
         SELECT tenant_id, account_id, gen_random_uuid(), 'old', fingerprint FROM idempotency_key LIMIT 1;
         INSERT INTO receipt (tenant_id, account_id, key, outcome, status, content_type, body)
         SELECT tenant_id, account_id, key, 'refused', 409, 'text/plain', 'x' FROM idempotency_key WHERE operation = 'old';
         COMMIT",
        inventory.tenant
    );
    let mut service = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    sqlx::raw_sql(AssertSqlSafe(old))
        .execute(&mut service)
        .await
        .unwrap();
    verify(inventory.admin_url(), None).await.unwrap();
    let half = "UPDATE receipt SET row_format = NULL WHERE row_format IS NOT NULL";
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    let half = format!("SET session_replication_role = replica; {half}");
    let fault = sqlx::raw_sql(AssertSqlSafe(half))
        .execute(&mut db)
        .await
        .unwrap_err();
    let fault = fault.as_database_error().unwrap();
    assert_eq!(fault.constraint(), Some("receipt_hash_has_its_format"));

    behind(
        &inventory,
        "DELETE FROM receipt WHERE outcome = 'cancelled'",
    )
    .await;
    assert!(off(&inventory).await.contains("there is no answer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_hashes_what_it_leaves_and_makes_nothing_genuine_that_was_changed() {
    let inventory = Inventory::start().await;
    let mut request = publish(item(), "mirelle", None, "a");
    let mut manifest = manifest_of(&request);
    let notes = Salted::new([9; 16], "Ana wrote these notes herself");
    manifest.notes = Some(notes.digest());
    request = with_manifest(&manifest, "mirelle", request.card);
    request.notes = Some(SaltedText {
        salt: "09".repeat(16),
        value: notes.value,
    });
    published(&inventory, &request).await;
    let before = hashes(&inventory).await;
    let eraser = Eraser::open(&inventory.eraser_url()).unwrap();
    let order = Request {
        account: "ana".into(),
        ground: "asked for it".into(),
        contents: vec![],
    };
    let more = "UPDATE receipt SET status = status # 1";
    behind(&inventory, more).await;
    let refused = eraser.erase(inventory.tenant, &order, None, false).await;
    assert!(
        matches!(&refused, Err(PrivacyFault::Refused(why)) if why.contains("behind the inventory's back")),
        "{refused:?}"
    );
    behind(&inventory, more).await;
    eraser
        .erase(inventory.tenant, &order, None, false)
        .await
        .unwrap();
    let after = hashes(&inventory).await;
    assert!(after[0].is_some() && after != before);
    verify(inventory.admin_url(), None).await.unwrap();

    // The program before 0120 hashes nothing: what it leaves has no hash.
    let old = "INSERT INTO erasure (tenant_id, what, sha256, order_id, at)
               SELECT tenant_id, 'receipt', sha256(body), gen_random_uuid(), now() FROM receipt";
    behind(&inventory, old).await;
    let rewrite = format!(
        "BEGIN; SET LOCAL app.tenant = '{}'; UPDATE receipt SET body = '{{}}'; COMMIT",
        inventory.tenant
    );
    let mut db = PgConnection::connect(&inventory.eraser_url())
        .await
        .unwrap();
    sqlx::raw_sql(AssertSqlSafe(rewrite))
        .execute(&mut db)
        .await
        .unwrap();
    assert_eq!(hashes(&inventory).await, [None]);
}
