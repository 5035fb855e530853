//! Makes the `OpenAPI` 3.1 description from the definitions of the endpoints.

mod headers;
mod keyed;
mod limits;
mod parameters;
mod problem_document;
mod reading;
mod responses;
mod schemas;
mod types;

use serde_json::{Map, Value, json};

use self::schemas::Schemas;
use super::{read, write};
use crate::public_url::PublicUrl;

/// Returns the description of the REST API at a server with this URL.
#[must_use]
pub fn openapi(public_url: &PublicUrl) -> String {
    // The description depends only on the program and the URL, and a test requests it.
    let document = document(public_url).expect("every stored document matches the schema");
    format!("{document:#}\n")
}

fn document(public_url: &PublicUrl) -> Option<Value> {
    let server = Some(public_url.address("")).filter(|url| !url.is_empty()).unwrap_or_else(|| "/".to_owned());
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
    limits::add(&mut schemas.components);
    let user_error_codes = schemas.words("UserErrorCode")?;
    let mut components: Map<_, _> = schemas.components.into_iter().collect();
    components.insert("Warnings".to_owned(), warnings());
    components.insert("Problem".to_owned(), problem_document::schema(refused, user_error_codes));
    Some(json!({
        "openapi": "3.1.1",
        "info": {
            "title": "GreyMatters over REST",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Read published articles, tags, topics and authors as plain JSON. Write articles with an API key.",
            "description": "Reading public content needs no API key. Every answer names the edition of the publication to which it belongs. Unknown parameters are refused, because a misspelt filter would otherwise return too much. Writing needs an API key. A write to an existing article sends the version on which it is based as `If-Match`. The GraphQL API at /graphql can do all of this, and more.",
            "contact": {"name": "The operator of this server"},
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": server}],
        "security": [],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": parameters::of_every_endpoint(),
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

/// The schema of the warnings of a list.
fn warnings() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "array",
        "description": "Only if there are any: parameters that have no effect, probably by mistake.",
        "items": {
            "type": "object",
            "properties": {
                "code": text("The code of the warning, for programs: `SLUG_UNKNOWN`. New ones may be added."),
                "parameter": text("The parameter."),
                "detail": text("What is probably wrong, for people."),
            },
            "required": ["code", "parameter", "detail"],
        },
    })
}

/// The tags that group the endpoints.
fn tags() -> Value {
    let of = |name: &str, description: &str| json!({"name": name, "description": description});
    json!([
        of("articles", "Published articles."),
        of("tags", "Tags: labels without a hierarchy."),
        of("topics", "The curated topic tree."),
        of("authors", "The authors of articles."),
        of("redirects", "Former addresses of articles, and where they lead."),
        of("editions", "Editions: the states of everything that the public can see."),
        of("desk", "Articles at the desk, for editors. Needs an API key."),
    ])
}
