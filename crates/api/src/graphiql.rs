//! GraphiQL, the explorer of the GraphQL API. Everything that its page loads is in the program, so it works in
//! networks without internet access.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::AppState;
use crate::static_answer::{self, ASK_FIRST, ETag, IMMUTABLE, StaticAnswer};

/// The page. Its URLs are relative, and include all of `ASSETS`.
const PAGE: &str = include_str!("../assets/graphiql/page.html");

/// The files that the page loads.
const ASSETS: [Asset; 6] = [
    Asset {
        path: "/graphiql/page.js",
        media_type: JAVASCRIPT,
        cache_control: ASK_FIRST,
        bytes: include_bytes!("../assets/graphiql/page.js"),
    },
    Asset {
        path: "/graphiql/page.css",
        media_type: CSS,
        cache_control: ASK_FIRST,
        bytes: include_bytes!("../assets/graphiql/page.css"),
    },
    Asset {
        path: "/graphiql/graphiql-4.1.2/graphiql.min.js",
        media_type: JAVASCRIPT,
        cache_control: IMMUTABLE,
        bytes: include_bytes!("../assets/graphiql/graphiql-4.1.2/graphiql.min.js"),
    },
    Asset {
        path: "/graphiql/graphiql-4.1.2/graphiql.min.css",
        media_type: CSS,
        cache_control: IMMUTABLE,
        bytes: include_bytes!("../assets/graphiql/graphiql-4.1.2/graphiql.min.css"),
    },
    Asset {
        path: "/graphiql/react-18.3.1/react.production.min.js",
        media_type: JAVASCRIPT,
        cache_control: IMMUTABLE,
        bytes: include_bytes!("../assets/graphiql/react-18.3.1/react.production.min.js"),
    },
    Asset {
        path: "/graphiql/react-dom-18.3.1/react-dom.production.min.js",
        media_type: JAVASCRIPT,
        cache_control: IMMUTABLE,
        bytes: include_bytes!("../assets/graphiql/react-dom-18.3.1/react-dom.production.min.js"),
    },
];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

const REFERRER_POLICY: (HeaderName, &str) = (header::REFERRER_POLICY, "no-referrer");

pub(crate) fn routes() -> Router<AppState> {
    let routes = Router::new()
        .route("/graphiql", get(page))
        .route("/graphiql/", get(|| async { Redirect::permanent("../graphiql") }));
    ASSETS.into_iter().fold(routes, |routes, Asset { path, media_type, cache_control, bytes }| {
        let asset = Arc::new(StaticAnswer::new(media_type, cache_control, bytes));
        routes.route(path, get(move |headers: HeaderMap| async move { asset.answer(&headers) }))
    })
}

/// Answers with the page. Its ETag is weak, because pages differ in their nonces. A 304 has no policy header, so
/// the browser keeps using the policy of the page that it has.
async fn page(headers: HeaderMap) -> Response {
    static ETAG: ETag = ETag::new();
    let etag = ETAG.of(PAGE.as_bytes(), "W/");
    if static_answer::client_has(&headers, etag) {
        return static_answer::not_modified(etag, &ASK_FIRST);
    }
    let nonce = nonce();
    // The scripts of GraphiQL are files. It creates some styles at run time, with the nonce. Nothing may be loaded
    // from, or sent to, another host.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; font-src data:; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), REFERRER_POLICY];
    let cache = [(header::CACHE_CONTROL, ASK_FIRST), (header::ETAG, etag.clone())];
    let policy = [(header::CONTENT_SECURITY_POLICY, policy)];
    (headers, cache, policy, PAGE.replace("{nonce}", &nonce)).into_response()
}

/// Returns a random word that nobody can guess, for one answer.
fn nonce() -> String {
    let mut bytes = [0; 16];
    // Without randomness there is no nonce, and GraphiQL lacks some styles.
    getrandom::fill(&mut bytes)
        .map_or_else(|_| String::new(), |()| format!("{:032x}", u128::from_be_bytes(bytes)))
}

struct Asset {
    path: &'static str,
    media_type: &'static str,
    cache_control: HeaderValue,
    bytes: &'static [u8],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_loads_the_assets_and_nothing_else() {
        let addresses =
            PAGE.split('"').filter(|text| text.starts_with("graphiql/")).map(|path| format!("/{path}"));
        let mut referenced: Vec<String> = addresses.collect();
        let mut served: Vec<&str> = ASSETS.iter().map(|asset| asset.path).collect();
        referenced.sort();
        served.sort_unstable();
        assert_eq!(referenced, served);
        assert!(!PAGE.contains("://"), "the page names another host");
    }
}
