//! Reading requests: what cannot be read is said as a problem.

use crate::error::Fault;
use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::request::Parts,
};
use dramatis_api::Code;
use serde::de::DeserializeOwned;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::BytesRejection(fault))
                if fault.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE =>
            {
                Err(Fault::new(
                    Code::TooLarge,
                    "The request is larger than this address takes. Nothing was done.",
                ))
            }
            Err(JsonRejection::BytesRejection(fault)) => Err(Fault::broke_off(fault.body_text())),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Fault::new(
                Code::UnsupportedType,
                "The body has to be sent as application/json.",
            )),
            Err(fault) => Err(Fault::new(Code::BadRequest, fault.body_text())),
        }
    }
}

/// Parameters of the path.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(params)| Self(params))
            .map_err(|fault: PathRejection| Fault::new(Code::BadRequest, fault.body_text()))
    }
}

/// Parameters of the query.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|Query(query)| Self(query))
            .map_err(|fault: QueryRejection| Fault::new(Code::BadRequest, fault.body_text()))
    }
}
