//! A backup taken while the service goes on, restored into a fresh cluster: a
//! real pg_dump and pg_restore, and what has to follow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::headers;
use dramatis_domain::Digest;
use dramatis_inventory::{
    App, StartFault, VerifyFault, open_store, replay,
    testing::{Backup, Inventory, PrivateCluster, command},
    verify,
};
use support::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_older_backup_is_restored_verifies_and_takes_what_is_sent_again_once() {
    let (first, second) = (PrivateCluster::start().await, PrivateCluster::empty().await);
    let mut inventory = Inventory::on(&first).await;
    inventory.resume(None).await;
    let picture = png("portrait");
    upload(&inventory, Digest::of(&picture), picture.clone()).await;
    let one = publish_with_portrait("mirelle", &picture);
    let item = dramatis_domain::Manifest::parse_canonical(one.manifest.as_bytes())
        .unwrap()
        .item;
    let two = publish(item, "mirelle", Some(manifest_hash(&one)), "b");
    let (before, after) = (key(), key());
    let send_one = |inventory: &Inventory| {
        publishing(&client(), &inventory.url, &inventory.token, before, &one)
    };
    let send_two = |inventory: &Inventory| {
        publishing(&client(), &inventory.url, &inventory.token, after, &two)
    };
    let kept = send(send_one(&inventory)).await.unwrap();
    assert_eq!(kept.status, 201, "{}", kept.body);
    let whoami = format!("{}/v1/whoami", inventory.url);
    let asked = client().get(whoami).bearer_auth(&inventory.token);
    let old = asked.send().await.unwrap().headers()[headers::INVENTORY].clone();

    let backup = Backup::take(&inventory, &first);
    assert_eq!(send(send_two(&inventory)).await.unwrap().status, 201);
    inventory.pause().await;

    backup.restore(&second);
    inventory.stands_in(&second, "dramatis");
    // It is not served before the epoch is raised.
    let refused = App::start(&inventory.settings()).await;
    assert!(matches!(refused, Err(StartFault::Restored)));
    assert_eq!(command(&inventory, &["restored"])["epoch"], 2);
    inventory.resume(None).await;

    let store = open_store(&inventory.settings().blobs).unwrap();
    let verified = verify(inventory.admin_url(), Some(store.as_ref()))
        .await
        .unwrap();
    assert_eq!((verified.releases, verified.blobs), (1, Some(1)));
    replay(inventory.admin_url(), |_| {}).await.unwrap();
    let told = "SELECT count(*) FROM event WHERE action = 'inventory.restored' AND after = '{\"epoch\":2}'";
    assert_eq!(count(&inventory, told).await, 1);

    // What was answered before the backup is answered so again.
    let again = send(send_one(&inventory)).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.body, kept.body);
    // What was answered after it is gone: for the old epoch nothing is done …
    let stale = send_two(&inventory).header(headers::EXPECT_INVENTORY, old);
    let stale = send(stale).await.unwrap();
    assert_eq!(
        (stale.status, stale.code().as_str()),
        (409, "wrong_inventory")
    );
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 1);
    // … and sent again on purpose, by the same key, it is done once.
    let sent = send(send_two(&inventory)).await.unwrap();
    assert_eq!((sent.status, sent.replayed), (201, false), "{}", sent.body);
    let twice = send(send_two(&inventory)).await.unwrap();
    assert_eq!((twice.replayed, &twice.body), (true, &sent.body));
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 2);
    verify(inventory.admin_url(), Some(store.as_ref()))
        .await
        .unwrap();

    // Files that were not restored with it are named.
    for file in files(inventory.blobs()) {
        std::fs::remove_file(file).unwrap();
    }
    match verify(inventory.admin_url(), Some(store.as_ref())).await {
        Err(VerifyFault::Off { place, .. }) => {
            assert!(place.contains(&Digest::of(&picture).hex()), "{place}");
        }
        other => panic!("{other:?}"),
    }
}

/// Every table is in the dump: a role that may not read one would break it, and
/// a row it may not see would be missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_every_row_of_every_table() {
    let (first, second) = (PrivateCluster::start().await, PrivateCluster::empty().await);
    let mut inventory = Inventory::on(&first).await;
    inventory.resume(None).await;
    let request = publish(item(), "mirelle", None, "a");
    let sent = publishing(&client(), &inventory.url, &inventory.token, key(), &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    inventory.pause().await;
    let rows = "SELECT string_agg(c.relname || '=' || (xpath('/row/c/text()',
                    query_to_xml('SELECT count(*) AS c FROM ' || quote_ident(c.relname), false, true, '')))[1]::text, ' ' ORDER BY c.relname)
                FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'";
    let all = |inventory: &Inventory| {
        let admin = inventory.admin.clone();
        async move {
            sqlx::query_scalar::<_, String>(rows)
                .fetch_one(&admin)
                .await
                .unwrap()
        }
    };
    let before = all(&inventory).await;
    let backup = Backup::take(&inventory, &first);
    backup.restore(&second);
    inventory.stands_in(&second, "dramatis");
    assert_eq!(all(&inventory).await, before);
}
