//! Whether this node is alive, and whether it should get traffic.

use app::{Schema, StoreError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::EditionId;
use serde_json::json;

use crate::AppState;
use crate::graphql::ErrorCode;

/// `/healthz`: the process is alive.
pub(crate) async fn healthz() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `/readyz`: the database answers, and its schema can be read. One that is newer than this program is no reason
/// to send readers elsewhere; that writes are refused is said in the body.
pub(crate) async fn readyz(State(state): State<AppState>) -> Response {
    let store = state.app.store();
    if state.stopping.has_begun() {
        let body = Json(json!({"status": "unavailable", "reason": "the server is about to stop"}));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    }
    if let Some(stale) = state.app.stale() {
        let seconds = stale.as_secs();
        tracing::warn!(seconds, "not ready: the database has not answered for too long");
        let reason = format!("the database has not answered for {seconds} seconds");
        let body = Json(json!({"status": "unavailable", "reason": reason}));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    }
    if let Err(error) = store.check_file() {
        let body = Json(json!({"status": "unavailable", "reason": error.to_string()}));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    }
    let ready = match store.schema().await {
        Ok(Schema::Older(missing)) => Err(StoreError::NotMigrated(missing)),
        Ok(schema) => state.app.view().await.map(|view| (schema, view.edition().id())),
        Err(error) => Err(error),
    };
    match ready {
        Ok((schema, EditionId { number, mark })) => {
            let mut body = json!({"status": "ready", "edition": number, "mark": mark.to_string()});
            if let Schema::Newer(unknown) = schema {
                let applied = unknown.join(", ");
                body["writes"] = ErrorCode::UpgradeRequired.as_str().into();
                body["reason"] =
                    format!("the database is newer than this program: a later version has applied {applied}")
                        .into();
            }
            Json(body).into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "not ready");
            let body = Json(
                json!({"status": "unavailable", "reason": "the database does not answer, or is not migrated"}),
            );
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
