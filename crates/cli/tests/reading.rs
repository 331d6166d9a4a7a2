//! The inventory as apps read it, and files published straight to it, from the
//! command line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dramatis_inventory::testing::Inventory;
use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

struct Desk<'a> {
    inventory: &'a Inventory,
    url: String,
    folder: tempfile::TempDir,
}

impl<'a> Desk<'a> {
    fn at(inventory: &'a Inventory, url: &str) -> Self {
        Self {
            inventory,
            url: url.to_owned(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_dramatis"))
            .args(args)
            .env("DRAMATIS_TOKEN", &self.inventory.token)
            .env("DRAMATIS_STORE", self.path("store"))
            .env("DRAMATIS_INVENTORY_URL", &self.url)
            .output()
            .unwrap()
    }

    fn ends(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        String::from_utf8(if code == 0 {
            output.stdout
        } else {
            output.stderr
        })
        .unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ends(0, &[&["--json"], args].concat())).unwrap()
    }
}

fn runtime(word: &str) -> String {
    format!(
        r#"{{"schema":"dramatis.runtime/1","name":"Lantern engine","description":"{word}","tags":["Local"],"runtime":"lantern"}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_published_from_files_found_fetched_and_its_lineage_shown() {
    let inventory = Inventory::start().await;
    let desk = Desk::at(&inventory, &inventory.url);
    let engine = desk.file("engine.json", &runtime("one"));
    let first = desk.json(&["publish-file", "runtime", &engine]);
    assert_eq!(first["outcome"], "published");
    assert!(!desk.path("engine.json.waiting").exists());
    let same = desk.ends(0, &["publish-file", "runtime", &engine]);
    assert!(
        same.contains("ana/engine#1 already says the same"),
        "{same}"
    );
    desk.file("engine.json", &runtime("two"));
    let second = desk.json(&["publish-file", "runtime", &engine, "--notes", "More."]);
    assert_eq!(second["release"]["number"], 2);

    let release = &second["release"];
    let member = |hash: &Value| {
        format!(
            r#"{{"item":{},"release":{},"manifest_sha256":{hash}}}"#,
            release["item"], release["id"]
        )
    };
    let pack = |members: &str| {
        format!(r#"{{"schema":"dramatis.pack/1","name":"All","members":[{members}]}}"#)
    };
    let good = desk.file("all.json", &pack(&member(&release["manifest_sha256"])));
    let odd = desk.file(
        "odd.json",
        &pack(&member(&first["release"]["manifest_sha256"])),
    );
    let broken = desk.file("broken.json", &pack("1"));
    let said = desk.ends(1, &["publish-file", "pack", &broken]);
    assert!(said.contains("members/0"), "{said}");
    let said = desk.ends(1, &["publish-file", "pack", &odd]);
    assert!(said.contains("members/0: "), "{said}");
    let taken = desk.ends(1, &["publish-file", "pack", &good, "--slug", "engine"]);
    assert!(taken.contains("Your runtime has the address"), "{taken}");
    desk.ends(0, &["publish-file", "pack", &good]);
    assert_eq!(
        fs::read_dir(desk.folder.path())
            .unwrap()
            .filter(|entry| {
                entry
                    .as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .ends_with(".waiting")
            })
            .count(),
        0
    );

    let card = r#"{"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"Oda","nickname":"O","description":"d","first_mes":"Hi.","tags":["Mystery"]}}"#;
    let oda = desk.file("oda.json", card);
    let hash = desk.json(&["publish-file", "character", &oda])["release"]["manifest_sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    let again = [
        "publish-file",
        "character",
        &oda,
        "--slug",
        "oda-two",
        "--forked-from",
    ];
    desk.ends(0, &[&again[..], &["ana/oda"]].concat());

    let found = desk.ends(
        0,
        &["search", "oda", "--tag", "mystery", "--creator", "ana"],
    );
    assert!(found.contains("ana/oda#1"), "{found}");
    let found = desk.json(&["search", "--kind", "runtime", "--app", "lantern"]);
    assert_eq!(found["entries"][0]["release"]["number"], 2);
    assert!(
        desk.ends(0, &["search", "nothing"])
            .contains("Nothing is found")
    );

    assert_eq!(desk.ends(0, &["fetch", "ana/oda@stable"]), card);
    assert_eq!(desk.ends(0, &["fetch", &hash]), card);
    let out = desk.path("oda-v2.json");
    let written = desk.json(&[
        "fetch",
        "ana/oda#1",
        "--as",
        "v2",
        "-o",
        out.to_str().unwrap(),
    ]);
    assert!(
        written["losses"].to_string().contains("nickname"),
        "{written}"
    );
    assert!(fs::read_to_string(&out).unwrap().contains("chara_card_v2"));
    let png = desk.path("oda.png");
    // The name says what is meant; the last test says it with --as.
    desk.ends(0, &["fetch", "ana/oda", "-o", png.to_str().unwrap()]);
    assert!(fs::read(&png).unwrap().starts_with(b"\x89PNG"));
    let owned: Value =
        serde_json::from_str(&desk.ends(0, &["fetch", "ana/oda", "--as", "ownership"])).unwrap();
    assert_eq!(owned["properties"]["manifest_sha256"], hash);
    let manifest = desk.ends(0, &["fetch", "ana/oda-two", "--as", "manifest"]);
    assert!(manifest.contains("dramatis.manifest/2"), "{manifest}");
    let nothing = desk.ends(1, &["fetch", "ana/nobody"]);
    assert!(nothing.contains("no such release"), "{nothing}");

    let lineage = desk.ends(0, &["lineage", "ana/oda-two"]);
    assert_eq!(lineage.trim(), "began as ana/oda#1  Oda");
    let lineage = desk.ends(0, &["lineage", "ana/oda"]);
    assert!(lineage.contains("forked: ana/oda-two#1"), "{lineage}");
}

/// Passes everything on, but drops the answer to a publish while `cut` is set.
async fn cutting(upstream: String, cut: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (upstream, cut) = (upstream.clone(), Arc::clone(&cut));
            tokio::spawn(async move {
                let mut far = TcpStream::connect(upstream).await.unwrap();
                let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
                let mut publishing = false;
                loop {
                    tokio::select! {
                        read = near.read(&mut asked) => match read {
                            Ok(count) if count > 0 => {
                                let text = String::from_utf8_lossy(&asked[..count]);
                                publishing |= text.starts_with("POST /v1/releases ");
                                far.write_all(&asked[..count]).await.unwrap();
                            }
                            _ => break,
                        },
                        read = far.read(&mut answered) => match read {
                            Ok(count) if count > 0 => {
                                if publishing && cut.load(Ordering::SeqCst) {
                                    break;
                                }
                                if near.write_all(&answered[..count]).await.is_err() {
                                    break;
                                }
                            }
                            _ => break,
                        },
                    }
                }
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_from_a_file_that_was_cut_off_is_sent_again_as_it_was() {
    let inventory = Inventory::start().await;
    let cut = Arc::new(AtomicBool::new(true));
    let upstream = inventory.url.replace("http://", "");
    let url = cutting(upstream, Arc::clone(&cut)).await;
    let desk = Desk::at(&inventory, &url);
    let engine = desk.file("engine.json", &runtime("one"));
    let publish = ["publish-file", "runtime", engine.as_str()];
    let lost = desk.ends(1, &publish);
    assert!(lost.contains("engine.json.waiting"), "{lost}");
    let waiting = fs::read(desk.path("engine.json.waiting")).unwrap();
    desk.ends(1, &publish);
    assert_eq!(fs::read(desk.path("engine.json.waiting")).unwrap(), waiting);

    cut.store(false, Ordering::SeqCst);
    let found = desk.ends(0, &publish);
    assert!(found.contains("Published as ana/engine#1"), "{found}");
    assert!(!desk.path("engine.json.waiting").exists());
    let found = desk.json(&["search", "--kind", "runtime"]);
    assert_eq!(found["entries"][0]["release"]["number"], 1);

    // A file that was changed while its request waited: what waits goes first.
    cut.store(true, Ordering::SeqCst);
    desk.file("engine.json", &runtime("two"));
    desk.ends(1, &publish);
    desk.file("engine.json", &runtime("three"));
    cut.store(false, Ordering::SeqCst);
    let output = desk.run(&publish);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("says something else by now"));
    let third = desk.ends(0, &publish);
    assert!(third.contains("ana/engine#3"), "{third}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_any_kind_is_published_with_its_portrait() {
    let inventory = Inventory::start().await;
    let desk = Desk::at(&inventory, &inventory.url);
    let portrait = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/mirelle.png");
    let engine = desk.file("engine.json", &runtime("one"));
    let publish = ["publish-file", "runtime", engine.as_str(), "--portrait"];
    let card = desk.file("card.txt", "no picture");
    let refused = desk.ends(1, &[&publish[..], &[card.as_str()]].concat());
    assert!(refused.contains("PNG"), "{refused}");
    assert!(!desk.path("engine.json.waiting").exists());
    let with = [&publish[..], &[portrait]].concat();
    let first = desk.json(&with);
    let manifest = first["release"]["manifest"].as_str().unwrap();
    assert!(manifest.contains(r#""role":"portrait""#), "{manifest}");
    let same = desk.ends(0, &with);
    assert!(same.contains("already says the same"), "{same}");
    // Another picture, here none, is another release.
    let bare = desk.json(&["publish-file", "runtime", &engine]);
    assert_eq!(bare["release"]["number"], 2);

    // A card with one can be had as a picture.
    let card = r#"{"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"Oda","description":"d","first_mes":"Hi."}}"#;
    let oda = desk.file("oda.json", card);
    desk.ends(
        0,
        &["publish-file", "character", &oda, "--portrait", portrait],
    );
    let out = desk.path("oda.png").to_str().unwrap().to_owned();
    desk.ends(0, &["fetch", "ana/oda", "--as", "png", "-o", &out]);
    assert!(fs::read(&out).unwrap().starts_with(b"\x89PNG"));
}
