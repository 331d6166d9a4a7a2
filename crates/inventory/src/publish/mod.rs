//! Publishing: what was frozen on a device becomes a release, once.

mod base;
mod check;
mod effect;
mod facts;
mod refers;

pub(crate) use check::Submission;
pub(crate) use facts::move_channel;
pub(crate) use refers::still_offered;

use crate::{
    app::App,
    audit::chain::{Circumstances, Origin},
    auth::Caller,
    error::Fault,
    exchange::{self, Answer, Ask, fingerprint},
    request_id,
};
use dramatis_api::Code;
use dramatis_api::{
    audit::Device,
    publish::{PublishRequest, SaltedText},
};
use dramatis_domain::{DeviceId, IdempotencyKey, limits, salted::Salted};

/// Above this many bytes of card, hashing and checking go to a thread that may block.
const LARGE: usize = 64 * 1024;

/// Publishes.
pub(crate) async fn publish(
    app: &App,
    caller: Caller,
    key: IdempotencyKey,
    request: PublishRequest,
) -> Result<Answer, Fault> {
    let device = origin(&request.device)?;
    let (fingerprint, submission) = if request.card.len() > LARGE {
        tokio::task::spawn_blocking(move || examine(request))
            .await
            .map_err(Fault::internal)??
    } else {
        examine(request)?
    };
    let item = match &submission {
        Ok(submission) => Some(submission.manifest.item),
        Err(_) => None,
    };
    let about = Circumstances {
        caller,
        device: Some(device),
        request_id: request_id::current().unwrap_or_default(),
        key: Some(key),
    };
    let ask = Ask {
        about,
        operation: "publish",
        fingerprint,
        item,
    };
    exchange::settle(app, &ask, &effect::Publish { submission }).await
}

type Examined = (
    dramatis_domain::Digest,
    Result<Box<Submission>, Box<dramatis_api::Problem>>,
);

/// The fingerprint, and what the rules say: pure, before any lock is taken.
fn examine(request: PublishRequest) -> Result<Examined, Fault> {
    let fingerprint = fingerprint::of("publish", "", &request)?;
    match check::check(request) {
        Ok(submission) => Ok((fingerprint, Ok(Box::new(submission)))),
        Err(problem) if exchange::is_kept(&problem) => Ok((fingerprint, Err(problem))),
        Err(problem) => Err(Fault::from(*problem)),
    }
}

/// The studio a request names.
pub(crate) fn origin(device: &Device) -> Result<Origin, Fault> {
    let name = salted(&device.name, "device/name", limits::DEVICE_NAME)?;
    Ok(Origin {
        id: DeviceId(device.id),
        name,
    })
}

/// A salted text of a request, within `most` bytes.
pub(crate) fn salted(text: &SaltedText, field: &str, most: usize) -> Result<Salted, Fault> {
    let mut salt = [0; 16];
    if hex::decode_to_slice(&text.salt, &mut salt).is_err() {
        return Err(Fault::new(
            Code::BadRequest,
            format!("{field}: the salt has to be 16 bytes in hex."),
        ));
    }
    if text.value.len() > most {
        return Err(Fault::new(
            Code::BadRequest,
            format!("{field}: {} bytes; {most} is the most.", text.value.len()),
        ));
    }
    if text.value.contains('\0') {
        return Err(Fault::new(
            Code::BadRequest,
            format!("{field}: a NUL character is not taken."),
        ));
    }
    Ok(Salted::new(salt, text.value.clone()))
}
