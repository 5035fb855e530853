//! `greymatters health`: asks a running server whether it is ready.

use std::time::Duration;

use ureq::Agent;

use crate::cli::HealthOptions;
use crate::failure::Failure;

/// Requests `/readyz` and prints the answer.
pub(crate) async fn run(options: HealthOptions) -> Result<(), Failure> {
    let HealthOptions { url, listen, timeout } = options;
    let server = url.unwrap_or_else(|| format!("http://{}", listen.on_this_machine()));
    let server = server.trim_end_matches('/');
    let url = format!("{}/readyz", server.strip_suffix("/readyz").unwrap_or(server));
    let target = url.clone();
    let answer = tokio::task::spawn_blocking(move || ask(&target, timeout)).await;
    match answer.map_err(|error| error.to_string()).and_then(|answer| answer) {
        Ok(answer) => {
            println!("{answer}");
            Ok(())
        }
        Err(reason) => Err(Failure::NotReady { url, reason }),
    }
}

/// Returns the answer of a ready server. Otherwise fails with the reason why it is not ready.
fn ask(url: &str, timeout: Duration) -> Result<String, String> {
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(timeout));
    let agent: Agent = config.build().into();
    let mut response = agent.get(url).call().map_err(|error| error.to_string())?;
    let body = response.body_mut().with_config().limit(64 << 10).read_to_string();
    let body = body.map_err(|error| error.to_string())?;
    if response.status().is_success() {
        return Ok(body);
    }
    let reason = serde_json::from_str::<serde_json::Value>(&body).ok();
    let reason = reason.as_ref().and_then(|answer| answer["reason"].as_str());
    Err(match reason {
        Some(reason) => reason.to_owned(),
        None => format!("the server answers {}", response.status()),
    })
}
