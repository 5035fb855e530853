//! Health checks: whether this node is alive, and whether it should get traffic.

use std::time::Duration;

use app::{Schema, StoreError};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::EditionId;
use serde_json::json;

use crate::AppState;
use crate::graphql::ErrorCode;

/// How long the database may take to say whether it is migrated.
const SCHEMA_TIMEOUT: Duration = Duration::from_millis(700);

/// `/healthz`: the process is alive.
pub(crate) async fn healthz() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `/readyz`: the database answers and this program can read its schema. A node whose database is newer than its
/// program still serves readers; the body says that it refuses writes.
pub(crate) async fn readyz(State(state): State<AppState>) -> Response {
    if state.stopping.has_begun() {
        return unavailable("the server is stopping");
    }
    if let Some(stale) = state.app.stale() {
        return not_ready(format!("the database has not answered for {} seconds", stale.as_secs()));
    }
    if let Err(error) = state.app.check_database_file() {
        // This state is permanent, and was logged when it was found.
        return unavailable(&error.to_string());
    }
    // Other requests ask the database all the time, so this answer does not wait for it.
    if state.app.is_database_away() {
        return not_ready("the database does not answer".to_owned());
    }
    let mut body = json!({"status": "ready"});
    match tokio::time::timeout(SCHEMA_TIMEOUT, state.app.schema()).await {
        Ok(Ok(Schema::Older(missing))) => return not_ready(StoreError::NotMigrated(missing).to_string()),
        Ok(Err(_)) if state.app.is_database_away() => {
            return not_ready("the database does not answer".to_owned());
        }
        Ok(Ok(Schema::Newer(unknown))) => {
            let applied = unknown.join(", ");
            body["writes"] = ErrorCode::UpgradeRequired.as_str().into();
            body["reason"] =
                format!("the database is newer than this program: a newer version has applied {applied}")
                    .into();
        }
        // A busy node is ready, too.
        Ok(Ok(Schema::Current) | Err(_)) | Err(_) => {}
    }
    let EditionId { number, mark } = state.app.latest().edition.id();
    body["edition"] = number.into();
    body["mark"] = mark.to_string().into();
    Json(body).into_response()
}

fn not_ready(reason: String) -> Response {
    tracing::warn!(cause = reason, "this node is not ready");
    unavailable(&reason)
}

fn unavailable(reason: &str) -> Response {
    let body = Json(json!({"status": "unavailable", "reason": reason}));
    (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
}

/// Whether a URL is that of a health check.
pub(crate) fn is_check(uri: &Uri) -> bool {
    ["/healthz", "/readyz"].contains(&uri.path())
}
