//! GraphiQL, the explorer of the graph. Everything that its page asks for is in the program: people use it
//! in networks with no way out.

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::AppState;

/// The page. Its addresses are relative, and name all of `ASSETS`.
const PAGE: &str = include_str!("../assets/graphiql/page.html");

/// What the page asks for.
const ASSETS: [Asset; 6] = [
    Asset {
        path: "/graphiql/page.js",
        media_type: JAVASCRIPT,
        cache: ASK_FIRST,
        bytes: include_bytes!("../assets/graphiql/page.js"),
    },
    Asset {
        path: "/graphiql/page.css",
        media_type: CSS,
        cache: ASK_FIRST,
        bytes: include_bytes!("../assets/graphiql/page.css"),
    },
    Asset {
        path: "/graphiql/graphiql-4.1.2/graphiql.min.js",
        media_type: JAVASCRIPT,
        cache: FOR_EVER,
        bytes: include_bytes!("../assets/graphiql/graphiql-4.1.2/graphiql.min.js"),
    },
    Asset {
        path: "/graphiql/graphiql-4.1.2/graphiql.min.css",
        media_type: CSS,
        cache: FOR_EVER,
        bytes: include_bytes!("../assets/graphiql/graphiql-4.1.2/graphiql.min.css"),
    },
    Asset {
        path: "/graphiql/react-18.3.1/react.production.min.js",
        media_type: JAVASCRIPT,
        cache: FOR_EVER,
        bytes: include_bytes!("../assets/graphiql/react-18.3.1/react.production.min.js"),
    },
    Asset {
        path: "/graphiql/react-dom-18.3.1/react-dom.production.min.js",
        media_type: JAVASCRIPT,
        cache: FOR_EVER,
        bytes: include_bytes!("../assets/graphiql/react-dom-18.3.1/react-dom.production.min.js"),
    },
];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// For what changes with this program.
const ASK_FIRST: &str = "no-cache";
/// For what has its version in its path.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

const REFERRER_POLICY: (HeaderName, &str) = (header::REFERRER_POLICY, "no-referrer");
const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");

pub(crate) fn routes() -> Router<AppState> {
    let routes = Router::new()
        .route("/graphiql", get(page))
        .route("/graphiql/", get(|| async { Redirect::permanent("../graphiql") }));
    ASSETS.iter().fold(routes, |routes, asset| routes.route(asset.path, get(|| async { asset.answer() })))
}

async fn page() -> Response {
    let nonce = nonce();
    // The scripts of GraphiQL stand in files; styles it also makes as it goes along, with the nonce. Nothing
    // may come from, or go to, another host.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; font-src data:; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        NO_SNIFFING,
        REFERRER_POLICY,
    ];
    (headers, [(header::CONTENT_SECURITY_POLICY, policy)], PAGE.replace("{nonce}", &nonce)).into_response()
}

/// A word that nobody can guess, for one answer.
fn nonce() -> String {
    let mut bytes = [0; 16];
    // Without randomness there is no nonce that could be guessed, and GraphiQL goes without some styles.
    getrandom::fill(&mut bytes)
        .map_or_else(|_| String::new(), |()| format!("{:032x}", u128::from_be_bytes(bytes)))
}

struct Asset {
    path: &'static str,
    media_type: &'static str,
    cache: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    fn answer(&self) -> Response {
        let headers =
            [(header::CONTENT_TYPE, self.media_type), (header::CACHE_CONTROL, self.cache), NO_SNIFFING];
        (headers, self.bytes).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_for_the_assets_and_nothing_else() {
        let addresses =
            PAGE.split('"').filter(|text| text.starts_with("graphiql/")).map(|path| format!("/{path}"));
        let mut asked: Vec<String> = addresses.collect();
        let mut served: Vec<&str> = ASSETS.iter().map(|asset| asset.path).collect();
        asked.sort();
        served.sort_unstable();
        assert_eq!(asked, served);
        assert!(!PAGE.contains("://"), "the page names another host");
    }
}
