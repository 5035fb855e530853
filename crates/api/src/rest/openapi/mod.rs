//! Makes the `OpenAPI` 3.1 description from the definitions of the endpoints.

mod headers;
mod keyed;
mod parameters;
mod problem_document;
mod reading;
mod responses;
mod schemas;
mod types;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use self::schemas::Schemas;
use super::{read, write};

/// Returns the description of the REST API for `/openapi.json`.
#[must_use]
pub fn openapi() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        // The description depends only on the program, and a test requests it.
        let document = document().expect("every stored document matches the schema");
        format!("{document:#}\n")
    });
    &TEXT
}

fn document() -> Option<Value> {
    let mut schemas = Schemas::new(&crate::graphql::sdl())?;
    let mut paths = Map::new();
    for endpoint in &read::ENDPOINTS {
        let answer = schemas.answer(endpoint)?;
        paths.insert(endpoint.path.to_owned(), json!({"get": reading::operation(endpoint, &answer)?}));
    }
    let mut refused = Map::new();
    for endpoint in &write::ENDPOINTS {
        let operation = keyed::operation(&mut schemas, endpoint)?;
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_lowercase()] = operation;
        refused.extend(schemas.refused(endpoint).unwrap_or_default());
    }
    let user_error_codes = schemas.words("UserErrorCode")?;
    let mut components: Map<_, _> = schemas.components.into_iter().collect();
    components.insert("Problem".to_owned(), problem_document::schema(refused, user_error_codes));
    Some(json!({
        "openapi": "3.1.1",
        "info": {
            "title": "GreyMatters over REST",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Read published articles, tags, topics and authors as plain JSON. Write articles with an API key.",
            "description": "Reading public content needs no API key. Every answer names the edition of the publication to which it belongs. Unknown parameters are refused, because a misspelt filter would otherwise return too much. Writing needs an API key. A write to an existing article sends the version on which it is based as `If-Match`. The GraphQL API at /graphql can do all of this, and more.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": parameters::minimum_edition(),
            "headers": headers::all(),
            "responses": responses::all(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`gmk_…`), or a token of the OpenID provider.",
                },
            },
        },
    }))
}

/// The tags that group the endpoints.
fn tags() -> Value {
    let of = |name: &str, description: &str| json!({"name": name, "description": description});
    json!([
        of("articles", "Published articles."),
        of("tags", "Tags: labels without a hierarchy."),
        of("topics", "The curated topic tree."),
        of("authors", "The authors of articles."),
        of("edition", "The edition: the state of everything that the public can see."),
        of("desk", "Articles at the desk, for editors. Needs an API key."),
    ])
}
