//! Which object store: a folder, or S3 by its address.

use object_store::{
    ObjectStore, RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem, prefix::PrefixStore,
};
use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};
use url::Url;

/// Where files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobStore {
    /// A folder of this computer; made where it is missing.
    Folder(PathBuf),
    /// `s3://BUCKET/PREFIX`. Keys, region and endpoint come from the environment
    /// variables that S3 clients know: `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP` …
    S3(Url),
}

impl FromStr for BlobStore {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match Url::parse(text) {
            Ok(url) if url.scheme() == "s3" => Self::S3(url),
            _ => Self::Folder(PathBuf::from(text)),
        })
    }
}

impl fmt::Display for BlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::S3(url) => url.fmt(f),
        }
    }
}

/// Opens the store. A folder's files are synced before they count as written.
///
/// # Errors
/// Where the folder cannot be made, or the address or its keys make no sense.
pub fn open(place: &BlobStore) -> object_store::Result<Arc<dyn ObjectStore>> {
    match place {
        BlobStore::Folder(path) => {
            std::fs::create_dir_all(path).map_err(|source| object_store::Error::Generic {
                store: "folder",
                source: Box::new(source),
            })?;
            let folder = LocalFileSystem::new_with_prefix(path)?
                .with_automatic_cleanup(true)
                .with_fsync(true);
            Ok(Arc::new(folder))
        }
        BlobStore::S3(url) => {
            // Without one the client panics; the program may have one already.
            rustls::crypto::ring::default_provider()
                .install_default()
                .ok();
            // Whoever waits for the answer sends the same request again.
            let patience = RetryConfig {
                max_retries: 3,
                retry_timeout: Duration::from_secs(20),
                ..RetryConfig::default()
            };
            let bucket = AmazonS3Builder::from_env()
                .with_url(url.as_str())
                .with_retry(patience)
                .build()?;
            let prefix = url.path().trim_matches('/');
            Ok(if prefix.is_empty() {
                Arc::new(bucket)
            } else {
                Arc::new(PrefixStore::new(bucket, prefix))
            })
        }
    }
}
