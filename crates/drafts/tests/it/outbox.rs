use crate::{bench::*, peer::*};
use dramatis_api::Code;
use dramatis_drafts::{Connection, Studio, Token, view::*};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) async fn frozen(bench: &Bench, peer: &Peer) -> (Studio, String, OutboxEntry) {
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    let entry = studio.publish(&id, "stable", "").await.unwrap();
    (studio, id, entry)
}

pub(crate) async fn entry(studio: &Studio, key: &str) -> OutboxEntry {
    studio.outbox_entry(key).await.unwrap()
}

#[tokio::test]
async fn an_inventory_that_is_busy_is_asked_again_with_the_same_key_and_bytes() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, _, frozen) = frozen(&bench, &peer).await;
    peer.say(&[
        Say::No(Code::Unavailable),
        Say::No(Code::Busy),
        Say::Page(502),
        Say::Page(200),
        Say::No(Code::Internal),
    ]);
    let mut waits = Vec::new();
    for _ in 0..5 {
        studio.settle_once().await.unwrap();
        let now = entry(&studio, &frozen.key).await;
        assert_eq!(now.state, OutboxState::Retrying);
        waits.push(now.next_attempt_at.unwrap());
        // Not before its time.
        let sent = peer.requests().len();
        studio.settle_once().await.unwrap();
        assert_eq!(peer.requests().len(), sent);
        bench.pass_seconds(61);
    }
    studio.settle_once().await.unwrap();
    assert_eq!(
        entry(&studio, &frozen.key).await.state,
        OutboxState::Settled
    );
    let heard = peer.requests();
    assert_eq!((heard.len(), keys(&heard)), (6, 1));
    assert!(heard.iter().all(|one| one.body == heard[0].body));
    assert!(waits.is_sorted());
}

#[tokio::test]
async fn the_next_attempt_survives_a_restart_and_honours_retry_after() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, _, frozen) = frozen(&bench, &peer).await;
    peer.say(&[Say::Later(Code::RateLimited, 600)]);
    studio.settle_once().await.unwrap();
    studio.close().await;
    let studio = bench.open().await;
    studio.set_connection(Some(peer.connection("token")));
    bench.pass_seconds(500);
    studio.settle_once().await.unwrap();
    assert_eq!(
        (
            peer.requests().len(),
            entry(&studio, &frozen.key).await.state
        ),
        (1, OutboxState::Retrying)
    );
    bench.pass_seconds(101);
    studio.settle_once().await.unwrap();
    assert_eq!(
        (
            peer.requests().len(),
            entry(&studio, &frozen.key).await.state
        ),
        (2, OutboxState::Settled)
    );
}

#[tokio::test]
async fn send_now_does_not_wait_for_the_time() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, _, frozen) = frozen(&bench, &peer).await;
    peer.say(&[Say::Later(Code::RateLimited, 600)]);
    studio.settle_once().await.unwrap();
    studio.outbox_send_now().await.unwrap();
    studio.settle_once().await.unwrap();
    assert_eq!(
        entry(&studio, &frozen.key).await.state,
        OutboxState::Settled
    );
}

/// Passes everything, until a publish was passed: its answer is not.
async fn pass_until_published(client: TcpStream, server: TcpStream) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut published = false;
    loop {
        tokio::select! {
            read = from_client.read(&mut asked) => {
                let Ok(read @ 1..) = read else { return };
                published |= asked[..read].windows(18).any(|window| window == b"POST /v1/releases ");
                to_server.write_all(&asked[..read]).await.unwrap();
            }
            read = from_server.read(&mut answered) => {
                let Ok(read @ 1..) = read else { return };
                if published {
                    return;
                }
                to_client.write_all(&answered[..read]).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_dropped_is_settled_by_the_same_key() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, _, frozen) = frozen(&bench, &peer).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = Connection {
        base_url: format!("http://{}/", listener.local_addr().unwrap())
            .parse()
            .unwrap(),
        token: Token::new("token"),
        kind: InventoryKind::ThisComputer,
    };
    let upstream = peer.server.address().to_owned();
    let dropping = tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(upstream).await.unwrap();
            tokio::spawn(pass_until_published(client, server));
        }
    });
    studio.set_connection(Some(relay));
    studio.settle_once().await.unwrap();
    let unknown = entry(&studio, &frozen.key).await;
    assert_eq!(
        (unknown.state, unknown.ever_sent),
        (OutboxState::Retrying, true)
    );
    assert_eq!(peer.requests().len(), 1);
    dropping.abort();

    studio.set_connection(Some(peer.connection("token")));
    bench.pass_seconds(61);
    studio.settle_once().await.unwrap();
    assert_eq!(
        entry(&studio, &frozen.key).await.state,
        OutboxState::Settled
    );
    let heard = peer.requests();
    assert_eq!(
        (heard.len(), keys(&heard), heard[0] == heard[1]),
        (2, 1, true)
    );
}

#[tokio::test]
async fn a_401_pauses_the_whole_queue_and_a_new_token_goes_on_with_the_same_key() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, _, frozen) = frozen(&bench, &peer).await;
    peer.say(&[Say::No(Code::Unauthorized)]);
    studio.settle_once().await.unwrap();
    assert_eq!(
        studio.status().await.unwrap().connection,
        ConnectionState::SignedOut
    );
    assert_eq!(
        entry(&studio, &frozen.key).await.state,
        OutboxState::Waiting
    );
    studio.settle_once().await.unwrap();
    assert_eq!(peer.requests().len(), 1);
    assert_eq!(
        code(studio.sign_in(peer.connection("revoked")).await),
        "unauthorized"
    );
    studio.sign_in(peer.connection("fresh")).await.unwrap();
    studio.settle_once().await.unwrap();
    assert_eq!(
        entry(&studio, &frozen.key).await.state,
        OutboxState::Settled
    );
    assert_eq!(keys(&peer.requests()), 1);
}

#[tokio::test]
async fn a_picture_that_cannot_be_uploaded_holds_back_its_request_only() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, _, frozen) = frozen(&bench, &peer).await;
    let other = studio.create_character("Ben").await.unwrap();
    write(&studio, &other, "description", "d").await;
    write(&studio, &other, "first_mes", "f").await;
    let without = studio.publish(&other, "stable", "").await.unwrap();
    peer.script
        .lock()
        .unwrap()
        .uploads
        .extend([Say::No(Code::Unavailable), Say::Done]);
    studio.settle_once().await.unwrap();
    let held = entry(&studio, &frozen.key).await;
    assert_eq!((held.state, held.ever_sent), (OutboxState::Retrying, false));
    assert_eq!(
        entry(&studio, &without.key).await.state,
        OutboxState::Settled
    );
    bench.pass_seconds(61);
    studio.settle_once().await.unwrap();
    assert_eq!(
        entry(&studio, &frozen.key).await.state,
        OutboxState::Settled
    );
}

#[tokio::test]
async fn a_picture_that_got_lost_there_is_uploaded_again() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (studio, _, frozen) = frozen(&bench, &peer).await;
    peer.say(&[Say::No(Code::BlobMissing)]);
    studio.settle_once().await.unwrap();
    bench.pass_seconds(61);
    studio.settle_once().await.unwrap();
    assert_eq!(
        entry(&studio, &frozen.key).await.state,
        OutboxState::Settled
    );
    assert_eq!(
        peer.paths()
            .iter()
            .filter(|path| path.starts_with("/v1/blobs/"))
            .count(),
        2
    );
}

#[tokio::test]
async fn two_processes_send_every_request_once() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let (one, id, _) = frozen(&bench, &peer).await;
    for round in 0..4 {
        write(&one, &id, "personality", &format!("calm {round}")).await;
        one.publish(&id, "stable", "").await.unwrap();
    }
    let two = bench.open().await;
    two.set_connection(Some(peer.connection("token")));
    let (a, b) = tokio::join!(one.settle_once(), two.settle_once());
    a.unwrap();
    b.unwrap();
    one.settle_once().await.unwrap();
    let heard = peer.requests();
    assert_eq!((heard.len(), keys(&heard)), (5, 5));
    assert!(
        one.list_outbox()
            .await
            .unwrap()
            .iter()
            .all(|entry| entry.state == OutboxState::Settled)
    );
}

#[tokio::test]
async fn the_sender_settles_by_itself_when_the_inventory_comes_back() {
    let peer = Peer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let studio = Studio::open(options(&folder.path().join("s"), &folder.path().join("e")))
        .await
        .unwrap();
    peer.sign_in(&studio).await;
    studio.set_connection(Some(nobody()));
    let _sender = studio.run_sender();
    let mut news = studio.subscribe();
    let id = mirelle(&studio).await;
    let frozen = studio.publish(&id, "stable", "").await.unwrap();
    studio.set_connection(Some(peer.connection("token")));
    let settled = async {
        while entry(&studio, &frozen.key).await.state != OutboxState::Settled {
            news.recv().await.ok();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), settled)
        .await
        .expect("it settles by itself");
}
