//! The baseline bare axum, which serves the answers from memory. The difference to GreyMatters is the cost of
//! GreyMatters itself.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::get;
use axum::serve::ListenerExt;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::cli::BareOptions;
use crate::failure::{Result, While};

/// A prepared answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Canned {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The prepared answers by path.
pub(crate) type Answers = BTreeMap<String, Canned>;

/// Writes the answers to a file, which [`run`] reads.
pub(crate) fn write(answers: &Answers, path: &Path) -> Result<()> {
    let text = serde_json::to_string(answers).during("the answers")?;
    fs::write(path, text).during(path.display())
}

/// Runs the subcommand `bare`.
pub(crate) fn run(options: &BareOptions) -> Result<()> {
    let BareOptions { listen, answers } = options;
    let text = fs::read_to_string(answers).during(answers.display())?;
    let answers: Answers = serde_json::from_str(&text).during(answers.display())?;
    let mut router = Router::new();
    for (path, Canned { headers, body }) in answers {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().during("a header")?;
                Ok((name, HeaderValue::from_str(value).during("a header")?))
            })
            .collect::<Result<HeaderMap>>()?;
        let body = Bytes::from(body);
        let (get_headers, get_body) = (headers.clone(), body.clone());
        let route = get(async move || (get_headers.clone(), get_body.clone()))
            // The body of the request is read and ignored.
            .post(async move |_posted: Bytes| (headers.clone(), body.clone()));
        router = router.route(&path, route);
    }
    serve(*listen, async || Ok(router))
}

/// Serves a router on the same kind of runtime as the server, until the process ends.
pub(crate) fn serve(listen: SocketAddr, router: impl AsyncFnOnce() -> Result<Router>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().during("the runtime")?;
    runtime.block_on(async {
        let router = router().await?;
        let listener = TcpListener::bind(listen).await.during("listening")?;
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.during("serving")
    })
}
