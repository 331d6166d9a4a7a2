//! The key that webhooks' secrets are sealed under. It lies in a file, never in
//! the database: whoever reads a backup cannot sign.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};

/// What is sealed begins with the number of this form.
const FORM: u8 = 1;

/// The keys of the file: the first one seals, each one opens.
#[derive(Clone, Debug)]
pub struct SealingKey {
    keys: Arc<[LessSafeKey]>,
}

/// Why there is no key, or it does not fit.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The file.
    #[error("the webhooks' key file {path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// Anybody may read it.
    #[error(
        "everybody on this machine may read the webhooks' key file {0}. Nothing was read; take that right away with `chmod o-rwx`, and make a new key where others could have read it"
    )]
    Open(String),
    /// Not a key.
    #[error(
        "the webhooks' key file {0} holds no key: one line each of 32 bytes in base64, as `dramatis-inventory webhook key FILE` makes them"
    )]
    Malformed(String),
    /// Sealed under another key, or changed.
    #[error(
        "a webhook's secret does not open with this key. Give the key file it was made with; a new key goes in front of the old ones, one a line"
    )]
    Other,
}

impl SealingKey {
    /// The keys of a file that not everybody may read.
    ///
    /// # Errors
    /// Where there is no such file, or no key in it.
    pub fn read(path: &Path) -> Result<Self, KeyFault> {
        let name = path.display().to_string();
        let io = |source| KeyFault::Io {
            path: name.clone(),
            source,
        };
        let mode = fs::metadata(path).map_err(io)?.permissions().mode();
        if mode & 0o007 != 0 {
            return Err(KeyFault::Open(name));
        }
        let text = fs::read_to_string(path).map_err(io)?;
        let keys: Option<Vec<_>> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(key)
            .collect();
        match keys {
            Some(keys) if !keys.is_empty() => Ok(Self { keys: keys.into() }),
            _ => Err(KeyFault::Malformed(name)),
        }
    }

    /// Makes a new key in a new file that only its owner may read.
    ///
    /// # Errors
    /// Where there is such a file already, or none can be made.
    pub fn make(path: &Path) -> Result<(), KeyFault> {
        let write = || {
            let mut file = File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            writeln!(
                file,
                "{}",
                BASE64_STANDARD.encode(rand::random::<[u8; 32]>())
            )?;
            file.sync_all()
        };
        write().map_err(|source| KeyFault::Io {
            path: path.display().to_string(),
            source,
        })
    }

    /// Seals; opens again only in the same `place`.
    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut text = plain.to_vec();
        let key = self.keys.first().ok_or(KeyFault::Other)?;
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place),
            &mut text,
        )
        .map_err(|_| KeyFault::Other)?;
        Ok([&[FORM], nonce.as_slice(), &text].concat())
    }

    /// What was sealed in this `place`.
    pub(crate) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let rest = sealed.strip_prefix(&[FORM]).ok_or(KeyFault::Other)?;
        let (nonce, text) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(KeyFault::Other)?;
        self.keys
            .iter()
            .find_map(|key| {
                let mut text = text.to_vec();
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let plain = key.open_in_place(nonce, Aad::from(place), &mut text).ok()?;
                Some(plain.to_vec())
            })
            .ok_or(KeyFault::Other)
    }
}

fn key(line: &str) -> Option<LessSafeKey> {
    let bytes = BASE64_STANDARD.decode(line).ok()?;
    Some(LessSafeKey::new(
        UnboundKey::new(&AES_256_GCM, &bytes).ok()?,
    ))
}
