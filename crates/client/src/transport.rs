//! The wire.

use crate::{
    answer::{Answer, Head},
    request::Request,
};
use dramatis_api::{headers, pace};
use reqwest::header;
use std::{sync::Once, time::Duration};
use url::Url;

/// How long an inventory may take to be reached.
const CONNECT: Duration = Duration::from_secs(5);
/// How long nothing may be heard of a request; what it sends has its time on
/// the line beside it.
const SILENCE: Duration = Duration::from_secs(45);
/// A process on this computer that takes longer to say that it lives does not.
const HERE: Duration = Duration::from_secs(3);
/// The largest answer that is read.
const LARGEST: usize = 64 << 20;

/// Sends requests. Cheap to clone; connections are shared.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    silence: Duration,
}

/// Why there is no answer of the inventory.
#[derive(Debug, thiserror::Error)]
pub enum SendFault {
    /// It was not reached, or its answer did not come back: whether the
    /// request arrived is not known.
    #[error("{0}")]
    Lost(String),
    /// Something answered that does not speak like an inventory.
    #[error("{0}")]
    Strange(String),
}

impl Client {
    /// For any inventory.
    ///
    /// # Errors
    /// Where the system's settings cannot be used.
    pub fn new() -> Result<Self, SendFault> {
        Self::built(
            builder()
                .connect_timeout(CONNECT)
                .redirect(reqwest::redirect::Policy::none()),
            SILENCE,
        )
    }

    /// For loopback only, so without any proxy the desktop may have set.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_this_computer() -> Result<Self, SendFault> {
        Self::built(builder().no_proxy(), HERE)
    }

    fn built(builder: reqwest::ClientBuilder, silence: Duration) -> Result<Self, SendFault> {
        builder
            .build()
            .map(|http| Self { http, silence })
            .map_err(|error| SendFault::Lost(reasons(&error)))
    }

    /// Sends a request to the inventory at `root` and reads the whole answer.
    ///
    /// # Errors
    /// Where no whole answer came back.
    pub async fn send<T>(
        &self,
        root: &Url,
        token: Option<&str>,
        asked: Request<T>,
    ) -> Result<Answer<T>, SendFault> {
        let mut url = address(root, &asked.path)?;
        if !asked.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&asked.query);
        }
        let mut request = self.http.request(asked.method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = asked.key {
            request = request.header(headers::IDEMPOTENCY_KEY, headers::quoted_key(key));
        }
        if let Some(expect) = asked.expect {
            request = request.header(headers::EXPECT_INVENTORY, expect);
        }
        if let Some(position) = asked.seen {
            request = request.header(headers::POSITION, position.to_string());
        }
        let mut patience = self.silence;
        if let Some((media_type, bytes)) = asked.body {
            patience += pace::on_the_line(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            request = request.header(header::CONTENT_TYPE, media_type).body(bytes);
        }
        let mut response = within(patience, request.send()).await?;
        let head = Head::of(&response);
        let mut body = Vec::new();
        loop {
            let chunk = within(self.silence, response.chunk()).await?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > LARGEST {
                return Err(SendFault::Strange(format!(
                    "the answer is larger than {LARGEST} bytes"
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer::new(head, body))
    }
}

/// What is heard in time.
async fn within<T>(
    patience: Duration,
    heard: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, SendFault> {
    match tokio::time::timeout(patience, heard).await {
        Ok(heard) => heard.map_err(|error| SendFault::Lost(reasons(&error))),
        Err(_) => Err(SendFault::Lost("it did not answer in time".to_owned())),
    }
}

fn builder() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Somebody else in this process may have chosen one already.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
    });
    reqwest::Client::builder().user_agent(concat!("dramatis/", env!("CARGO_PKG_VERSION")))
}

/// Joined by hand: `Url::join` would drop the last part of a base address
/// without a slash at its end.
fn address(root: &Url, path: &str) -> Result<Url, SendFault> {
    let root = root.as_str().trim_end_matches('/');
    format!("{root}{path}")
        .parse()
        .map_err(|_| SendFault::Strange("the address cannot be read".to_owned()))
}

/// An error with what is behind it, in one line; never with the address'
/// password or query.
fn reasons(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    if error.is_connect() {
        return "no connection could be made".to_owned();
    }
    let mut source = std::error::Error::source(error);
    let mut deepest = "the connection was lost".to_owned();
    while let Some(inner) = source {
        deepest = inner.to_string();
        source = inner.source();
    }
    deepest
}
