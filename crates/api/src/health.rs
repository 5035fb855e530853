//! Whether this node is alive, and whether it should get traffic.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::EditionId;
use serde_json::json;

use crate::AppState;

/// `/healthz`: the process is alive.
pub(crate) async fn healthz() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `/readyz`: the database answers, and the schema is the one that this program knows.
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
    let ready = match store.check_migrated().await {
        Ok(()) => state.app.view().await.map(|view| view.edition().id()),
        Err(error) => Err(error),
    };
    match ready {
        Ok(EditionId { number, mark }) => {
            let body = json!({"status": "ready", "edition": number, "mark": mark.to_string()});
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
