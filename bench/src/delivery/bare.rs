//! The least that could answer: axum with the bytes in memory. What GreyMatters adds to it is what
//! GreyMatters costs.

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

/// An answer to be given as it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Canned {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Answers by path.
pub(crate) type Answers = BTreeMap<String, Canned>;

/// Keeps answers for [`run`] to read.
pub(crate) fn write(answers: &Answers, path: &Path) -> Result<()> {
    let text = serde_json::to_string(answers).during("the answers")?;
    fs::write(path, text).during(path.display())
}

/// `bare`.
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
            // What is posted is read, and nothing is done with it.
            .post(async move |_posted: Bytes| (headers.clone(), body.clone()));
        router = router.route(&path, route);
    }
    serve(*listen, async || Ok(router))
}

/// Serves a router on the same runtime as the server does, until it is ended.
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
