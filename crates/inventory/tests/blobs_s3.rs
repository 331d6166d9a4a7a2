//! Files in S3: the same promises over a server that speaks its protocol,
//! signatures and multipart uploads included.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::Digest;
use dramatis_inventory::testing::{Inventory, ServiceProcess, binary};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use std::path::Path;
use support::{load::until, *};
use tokio::{io::AsyncWriteExt as _, process::Command};

const BUCKET: &str = "files";
const SECRET: &str = "not a secret: it is made for this test";

/// A server over a folder; its address. Ends with the test's runtime.
async fn s3(folder: &Path) -> String {
    std::fs::create_dir(folder.join(BUCKET)).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("operator", SECRET));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(socket), service)
                    .await
                    .ok();
            });
        }
    });
    address
}

/// The real program, with the keys where S3 clients look for them.
fn program(arguments: &[&str], endpoint: &str) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .args(["--blobs", "s3://files/team"])
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "operator")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("DRAMATIS_LOG", "error");
    command
}

async fn said(mut command: Command) -> serde_json::Value {
    let output = command.output().await.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_lie_in_s3_come_back_verify_and_are_collected() {
    let bucket = tempfile::tempdir().unwrap();
    let endpoint = s3(bucket.path()).await;
    let mut inventory = Inventory::without_service().await;
    let mut serve = program(
        &["serve", "--listen", "127.0.0.1:0", "--rate", "0"],
        &endpoint,
    );
    serve.env("INVENTORY_DATABASE_URL", inventory.service_url());
    let process = ServiceProcess::spawn(serve).await;
    inventory.url.clone_from(&process.url);

    // Eleven megabytes go in three parts.
    let (portrait, unnamed) = (png(&"portrait".repeat(1_400_000)), png("unnamed"));
    let digest = Digest::of(&portrait);
    for picture in [&portrait, &unnamed] {
        let kept = upload(&inventory, Digest::of(picture), picture.clone()).await;
        assert_eq!(kept.status, 201, "{}", kept.body);
    }
    assert_eq!(
        upload(&inventory, digest, portrait.clone()).await.status,
        200
    );
    let broken = upload(&inventory, Digest::of(b"other"), png("other")).await;
    assert_eq!(broken.code(), "digest_mismatch");
    let request = publish_with_portrait("mirelle", &portrait);
    let sent = publishing(&client(), &process.url, &inventory.token, key(), &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    let path = format!("{}/v1/blobs/{}", process.url, digest.hex());
    let found = client().get(path).bearer_auth(&inventory.token);
    assert!(found.send().await.unwrap().bytes().await.unwrap() == portrait);

    let mut verify = program(&["verify"], &endpoint);
    verify.env("INVENTORY_DATABASE_URL", inventory.admin_url());
    let verified = said(verify).await["verified"].to_string();
    assert!(verified.contains("2 files"), "{verified}");

    let mut collect = program(&["collect", "--keep-days", "0"], &endpoint);
    collect.env("INVENTORY_WORKER_DATABASE_URL", inventory.worker_url());
    let collected = said(collect).await;
    assert_eq!(collected["collected"]["unnamed"], 1, "{collected}");
    assert_eq!(stored(bucket.path()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_s3_that_refuses_or_is_gone_keeps_nothing_and_says_to_come_back() {
    let inventory = Inventory::without_service().await;
    let mut serve = program(
        &["serve", "--listen", "127.0.0.1:0", "--rate", "0"],
        "http://127.0.0.1:9",
    );
    serve.env("INVENTORY_DATABASE_URL", inventory.service_url());
    let process = ServiceProcess::spawn(serve).await;
    let picture = png("portrait");
    let put = client()
        .put(format!(
            "{}/v1/blobs/{}",
            process.url,
            Digest::of(&picture).hex()
        ))
        .bearer_auth(&inventory.token)
        .body(picture);
    let answer = send(put).await.unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (503, "unavailable")
    );
    assert_eq!(count(&inventory, "SELECT count(*) FROM blob").await, 0);
}

/// S3 keeps the parts of an upload until somebody ends it.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_sender_is_gone_leaves_no_parts_in_s3() {
    let bucket = tempfile::tempdir().unwrap();
    let endpoint = s3(bucket.path()).await;
    let inventory = Inventory::without_service().await;
    let mut serve = program(
        &["serve", "--listen", "127.0.0.1:0", "--rate", "0"],
        &endpoint,
    );
    serve.env("INVENTORY_DATABASE_URL", inventory.service_url());
    let process = ServiceProcess::spawn(serve).await;
    // Twelve megabytes, of which two parts arrive.
    let picture = png(&"portrait".repeat(1_500_000));
    let address = process.url.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT /v1/blobs/{} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        Digest::of(&picture).hex(),
        inventory.token,
        picture.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&picture[..11_000_000]).await.unwrap();
    let parts = || files(bucket.path()).len();
    until("parts lie there", || parts() > 1).await;
    drop(socket);
    until("they are gone", || parts() == 0).await;
    assert_eq!(count(&inventory, "SELECT count(*) FROM blob").await, 0);
}

/// Objects in the bucket; the server keeps notes of its own beside them.
fn stored(folder: &Path) -> usize {
    files(&folder.join(BUCKET)).len()
}
