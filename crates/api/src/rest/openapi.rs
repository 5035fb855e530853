//! Makes the `OpenAPI` 3.1 description from the definitions of the endpoints.

use std::sync::LazyLock;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::ENDPOINTS;
use super::endpoint::{Endpoint, Kind, Parameter, Shape};
use super::problem;
use super::schemas::Schemas;
use super::write::{self, KeyedEndpoint, MERGE_PATCH, Success, VERSION_REQUIRED};
use crate::at_least;
use crate::graphql::ErrorCode;

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
    for endpoint in &ENDPOINTS {
        let answer = schemas.answer(endpoint)?;
        paths.insert(endpoint.path.to_owned(), json!({"get": operation(endpoint, &answer)?}));
    }
    let mut refused = Map::new();
    for endpoint in &write::ENDPOINTS {
        let operation = keyed_operation(&mut schemas, endpoint)?;
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_lowercase()] = operation;
        refused.extend(schemas.refused(endpoint).unwrap_or_default());
    }
    let user_error_codes = schemas.words("UserErrorCode")?;
    let mut components: Map<_, _> = schemas.components.into_iter().collect();
    components.insert("Problem".to_owned(), problem_schema(refused, user_error_codes));
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
            "parameters": at_least_parameters(),
            "headers": headers(),
            "responses": responses(),
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

fn operation(endpoint: &Endpoint, answer: &Value) -> Option<Value> {
    let Endpoint { name, path, summary, description, document: _, parameters, shape, example } = endpoint;
    let example: Value = serde_json::from_str(example).ok()?;
    let slug = endpoint.has_slug().then(|| match endpoint.has_id() {
        true => path_parameter("id", "The slug or the id."),
        false => path_parameter("slug", "The slug."),
    });
    let at_least = ["EditionAtLeast", "EditionAtLeastHeader"]
        .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    let parameters: Vec<_> =
        slug.into_iter().chain(parameters.iter().map(parameter)).chain(at_least).collect();
    let mut found = json!({
        "description": "The requested data.",
        "headers": described(&["X-Request-Id", "Edition", "ETag", "RateLimit", "RateLimit-Policy"]),
        "content": {"application/json": {"schema": answer, "example": example}},
    });
    if matches!(shape, Shape::List(_)) {
        found["headers"]["Link"] = header("Link");
    }
    let mut responses = json!({"200": found});
    let mut problem = |status: &str, name: &str| {
        responses[status] = json!({"$ref": format!("#/components/responses/{name}")});
    };
    for (status, name) in RESPONSES {
        problem(status, name);
    }
    if endpoint.has_slug() {
        problem("404", "NotFound");
    }
    if matches!(*name, "article" | "tag") {
        problem("308", "Moved");
    }
    if *name == "article" {
        problem("410", "Gone");
    }
    let mut operation = json!({
        "operationId": name,
        "tags": [path.split('/').nth(2)?],
        "summary": summary,
        "parameters": parameters,
        "responses": responses,
    });
    if !description.is_empty() {
        operation["description"] = (*description).into();
    }
    Some(operation)
}

fn path_parameter(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
    })
}

/// Describes an endpoint that needs an API key.
fn keyed_operation(schemas: &mut Schemas, endpoint: &KeyedEndpoint) -> Option<Value> {
    let KeyedEndpoint {
        name,
        method,
        path,
        summary,
        description,
        document: _,
        body: _,
        needs_version,
        success,
    } = endpoint;
    let mut parameters = Vec::new();
    if path.contains("{id}") {
        parameters
            .push(path_parameter("id", "The id of the article: the one at the desk (`desk_…`) or the one that readers see (`article_…`)."));
    }
    if *needs_version {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": true,
            "description": "The version on which the write is based: the `ETag` of the article.",
            "schema": {"type": "string", "pattern": "^\"[1-9][0-9]*\"$", "examples": ["\"3\""]},
        }));
    }
    if *success == Success::Created {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Makes the request safe to repeat. 1 to 255 printable ASCII characters, different for each article.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }));
    }
    let mut responses = json!({});
    let headers = described(&["X-Request-Id", "Edition", "RateLimit", "RateLimit-Policy"]);
    let (status, what) = match success {
        Success::Created => ("201", "The article was created."),
        Success::Deleted => ("204", "The article was deleted."),
        Success::Article => ("200", "The write succeeded."),
        Success::Found => ("200", "The article."),
    };
    responses[status] = json!({"description": what, "headers": headers});
    if let Some(answer) = schemas.written(endpoint) {
        responses[status]["content"] = json!({"application/json": {"schema": answer}});
        responses[status]["headers"]["ETag"] = json!({
            "description": "The version of the article. Send it as `If-Match` with the next write.",
            "schema": {"type": "string"},
            "example": "\"3\"",
        });
    }
    if *success == Success::Created {
        responses[status]["headers"]["Location"] =
            json!({"description": "The URL of the article at the desk.", "schema": {"type": "string"}});
    }
    let mut refer = |status: &str, name: &str| {
        responses[status] = json!({"$ref": format!("#/components/responses/{name}")});
    };
    for (status, name) in [
        ("401", "KeyNeeded"),
        ("403", "Forbidden"),
        ("406", "NotAcceptable"),
        ("429", "RateLimited"),
        ("500", "Internal"),
        ("503", "Unavailable"),
    ] {
        refer(status, name);
    }
    if path.contains("{id}") {
        refer("404", "NoSuchArticle");
    }
    match success {
        Success::Found => {
            refer("304", "NotModified");
            refer("400", "BadRequest");
        }
        _ => {
            for (status, name) in [
                ("400", "BadBody"),
                ("409", "WrongState"),
                ("413", "BodyTooLong"),
                ("415", "WrongType"),
                ("422", "Refused"),
            ] {
                refer(status, name);
            }
        }
    }
    if *needs_version {
        refer("412", "Stale");
        refer("428", "VersionRequired");
    }
    let mut operation = json!({
        "operationId": name,
        "tags": ["desk"],
        "summary": summary,
        "description": description,
        "security": [{"key": []}],
        "parameters": parameters,
        "responses": responses,
    });
    if let Some((schema, is_required)) = schemas.body(endpoint) {
        let mut content = json!({"application/json": {"schema": schema}});
        if *method == Method::PATCH {
            content[MERGE_PATCH] = content["application/json"].clone();
        }
        operation["requestBody"] = json!({"required": is_required, "content": content});
    }
    Some(operation)
}

fn parameter(parameter: &Parameter) -> Value {
    let Parameter { name, kind, argument: _, description, default, needs } = parameter;
    let list = |schema: Value| json!({"type": "array", "items": schema, "minItems": 1});
    let mut schema = match kind {
        Kind::Slugs => list(json!({"type": "string"})),
        Kind::Text => json!({"type": "string"}),
        Kind::Instant => {
            json!({"type": "string", "format": "date-time", "examples": ["2024-01-01T00:00:00Z"]})
        }
        Kind::Number(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::Flag | Kind::Negated => json!({"type": "boolean"}),
        Kind::Order(fields) => {
            let words: Vec<_> =
                fields.iter().flat_map(|(word, _)| [(*word).to_owned(), format!("-{word}")]).collect();
            json!({"type": "string", "enum": words})
        }
        Kind::Parts(parts) => {
            let words: Vec<_> = parts.iter().map(|(word, _)| *word).collect();
            list(json!({"type": "string", "enum": words}))
        }
    };
    if let Some(default) = default {
        schema["default"] = match kind {
            // Numbers and booleans are written as in JSON.
            Kind::Number(..) | Kind::Flag | Kind::Negated => {
                serde_json::from_str(default).unwrap_or_default()
            }
            _ => (*default).into(),
        };
    }
    let description = match needs {
        Some(other) => format!("{description} Requires `{other}`."),
        None => (*description).to_owned(),
    };
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

/// The responses that every endpoint may return, in the order of their statuses.
const RESPONSES: [(&str, &str); 9] = [
    ("304", "NotModified"),
    ("400", "BadRequest"),
    ("401", "Unauthenticated"),
    ("406", "NotAcceptable"),
    ("409", "EditionUnknown"),
    ("414", "TooLong"),
    ("429", "RateLimited"),
    ("500", "Internal"),
    ("503", "Unavailable"),
];

/// References to headers that are described once.
fn described(names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), header(name))).collect::<Map<_, _>>().into()
}

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn responses() -> Value {
    let problem = |description: &str, example: Value| {
        json!({
            "description": description,
            "headers": described(&["X-Request-Id", "RateLimit", "RateLimit-Policy"]),
            "content": {problem::MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": example,
            }},
        })
    };
    let example = |title: &str, status: u16, code: &str, detail: &str| {
        json!({
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
            "requestId": "5f2b8c7d9e014a36",
        })
    };
    let mut unknown = example(
        "Bad Request",
        400,
        "BAD_USER_INPUT",
        "/v1/articles has no parameter `tags`: did you mean `tag`?",
    );
    unknown["parameter"] = "tags".into();
    let mut unauthenticated = problem(
        "The API key is unknown, expired or revoked. This request needs no API key.",
        example(
            "Unauthorized",
            401,
            "UNAUTHENTICATED",
            "the API key is not known: make one with `greymatters key create`",
        ),
    );
    unauthenticated["headers"]["WWW-Authenticate"] =
        json!({"description": "The problem with the API key (RFC 6750).", "schema": {"type": "string"}});
    let mut key_needed = problem(
        "The API key is missing, unknown, expired or revoked.",
        example(
            "Unauthorized",
            401,
            "UNAUTHENTICATED",
            "mutations need an API key: send it as `Authorization: Bearer gmk_…`",
        ),
    );
    key_needed["headers"]["WWW-Authenticate"] = unauthenticated["headers"]["WWW-Authenticate"].clone();
    let mut forbidden = problem(
        "The API key lacks the required scope.",
        example(
            "Forbidden",
            403,
            ErrorCode::Forbidden.as_str(),
            "this needs the scope `content:publish`, which the key or token does not have",
        ),
    );
    forbidden["headers"]["WWW-Authenticate"] = unauthenticated["headers"]["WWW-Authenticate"].clone();
    let mut stale = problem(
        "Somebody else has saved the article since. `conflict` has the current version and the changes, and \
         `ETag` has the version to send next.",
        example(
            "Precondition Failed",
            412,
            "STALE_VERSION",
            "the article was saved since: it has version 4 now",
        ),
    );
    stale["headers"]["ETag"] =
        json!({"description": "The current version.", "schema": {"type": "string"}, "example": "\"4\""});
    let unavailable =
        |code: ErrorCode, detail: &str| example("Service Unavailable", 503, code.as_str(), detail);
    let limited = |mut example: Value, name: &str, value: u32, flag: &str| {
        example["limit"] = json!({"name": name, "value": value, "requested": null, "flag": flag});
        example
    };
    let away =
        unavailable(ErrorCode::ServiceUnavailable, "the database does not answer: try again in a moment");
    let busy = unavailable(
        ErrorCode::ServiceUnavailable,
        "the server is busy: no place was free within 2000 ms (`--max-wait`): try again in a moment",
    );
    let mut unavailable = problem(
        "The server cannot answer now. The database does not answer (`SERVICE_UNAVAILABLE`), its disk is full \
         (`STORAGE_FULL`), too many requests are running (`SERVICE_UNAVAILABLE`, with the `limit`), or this node \
         does not know the required edition yet (`EDITION_NOT_REACHED`).",
        Value::Null,
    );
    unavailable["content"][problem::MEDIA_TYPE] = json!({
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {
            "away": {"value": away},
            "busy": {"value": limited(busy, "executions", 16, "--max-executions")},
            "late": {"value": unavailable_edition(&example)},
        },
    });
    let mut rate_limited = problem(
        "The client sends too many requests.",
        limited(
            example(
                "Too Many Requests",
                429,
                ErrorCode::RateLimited.as_str(),
                "this address has sent more than 100 requests in a second (`--rate-limit`): try again in 1 s",
            ),
            "rate",
            100,
            "--rate-limit",
        ),
    );
    for found in [&mut unavailable, &mut rate_limited] {
        found["headers"]["Retry-After"] = header("Retry-After");
    }
    json!({
        "BadRequest": problem("A parameter is unknown or has an invalid value, or the request costs more than allowed (`COST_EXCEEDED`).", unknown),
        "Unauthenticated": unauthenticated,
        "NotFound": problem(
            "The object does not exist or is not published.",
            example("Not Found", 404, "NOT_FOUND", "`no-such-article` is not the slug of anything that is published"),
        ),
        "NotModified": {
            "description": "The client already has the answer: `If-None-Match` contains its `ETag`.",
            "headers": described(&["X-Request-Id", "Edition", "ETag"]),
        },
        "EditionUnknown": problem(
            "The required edition belongs to another history: the database was restored, or failed over to \
             a replica that lagged. Discard your data, and read again without requiring an edition.",
            example(
                "Conflict",
                409,
                ErrorCode::EditionUnknown.as_str(),
                "edition 100 has another mark here: it is of another history; drop what you hold, and read again",
            ),
        ),
        "RateLimited": rate_limited,
        "NotAcceptable": problem(
            "`Accept` does not allow JSON.",
            example("Not Acceptable", 406, "BAD_REQUEST", "answers are `application/json` or `application/problem+json`: accept both"),
        ),
        "Gone": problem(
            "The article was withdrawn for good.",
            example("Gone", 410, "GONE", "`visiting-hours-2020` was withdrawn and not replaced"),
        ),
        "TooLong": problem(
            "The query string is too long.",
            example("URI Too Long", 414, "BAD_REQUEST", "the query string is longer than 8192 bytes: send several requests"),
        ),
        "Internal": problem(
            "The server failed.",
            example("Internal Server Error", 500, "INTERNAL_SERVER_ERROR", "the server failed: its log has the details under this request id"),
        ),
        "Unavailable": unavailable,
        "KeyNeeded": key_needed,
        "Forbidden": forbidden,
        "NoSuchArticle": problem(
            "There is no article with this id.",
            example("Not Found", 404, "NOT_FOUND", "there is no such article"),
        ),
        "BadBody": problem(
            "The body, a parameter or a header is invalid.",
            example("Bad Request", 400, "BAD_USER_INPUT", "`title` must be a `String`, and is the number 1"),
        ),
        "WrongState": problem(
            "The action is not possible in the current state of the article.",
            example("Conflict", 409, "INVALID_STATE", "the article is not public, so it cannot be withdrawn"),
        ),
        "Stale": stale,
        "BodyTooLong": problem(
            "The body is too long (`--max-body`).",
            example("Content Too Large", 413, "LIMIT_EXCEEDED", "the request is longer than 8388608 bytes (`--max-body`): send less at once"),
        ),
        "WrongType": problem(
            "The body has another media type.",
            example("Unsupported Media Type", 415, "BAD_REQUEST", "send the body as `application/json`, in UTF-8"),
        ),
        "Refused": problem(
            "The write was refused, and nothing was written. `userErrors` says why.",
            example("Unprocessable Content", 422, "REQUIRED", "an article needs a title"),
        ),
        "VersionRequired": problem(
            "The header `If-Match` is missing.",
            example("Precondition Required", 428, VERSION_REQUIRED, "`If-Match` is missing: send the `ETag` of the article, for example `If-Match: \"3\"`"),
        ),
        "Moved": {
            "description": "The object has another URL now.",
            "headers": {
                "X-Request-Id": header("X-Request-Id"),
                "Edition": header("Edition"),
                "ETag": header("ETag"),
                "Location": {
                    "description": "The current URL of the object, or the URL of its replacement.",
                    "schema": {"type": "string", "format": "uri-reference"},
                },
            },
        },
    })
}

fn unavailable_edition(example: &impl Fn(&str, u16, &str, &str) -> Value) -> Value {
    let detail = "this node does not know edition 100 yet; try again in a moment";
    example("Service Unavailable", 503, ErrorCode::EditionNotReached.as_str(), detail)
}

/// The parameters that require an edition.
fn at_least_parameters() -> Value {
    let parameter = |name: &str, place: &str, description: &str| {
        json!({
            "name": name,
            "in": place,
            "description": description,
            "schema": {"type": "string", "pattern": "^ *[0-9]+ *(; *mark=[a-z0-9]+)? *$"},
            "examples": {"number": {"value": "100"}, "mark": {"value": "100;mark=c5ujmnomdtrvk"}},
        })
    };
    let wanted = "Waits until this node knows the edition with this number, or this number and mark, in the format of the header \
                  `Edition`.";
    json!({
        "EditionAtLeast": parameter(
            at_least::PARAMETER,
            "query",
            &format!("{wanted} As part of the URL, it is respected by caches."),
        ),
        "EditionAtLeastHeader": parameter("Edition-At-Least", "header", wanted),
    })
}

/// The headers of answers.
fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "Link": link_header(),
        "X-Request-Id": request_id_header(),
        "Edition": text("The edition to which the answer belongs: its number and its mark (RFC 8941).", "100;mark=c5ujmnomdtrvk"),
        "ETag": text("The entity tag of the answer. Send it as `If-None-Match` to check whether the answer has changed.", "\"100.c5ujmnomdtrvk.0x3VJ0Zq3mC1TtXe\""),
        "Retry-After": {"description": "The number of seconds to wait.", "schema": {"type": "integer"}, "example": 1},
        "RateLimit-Policy": text(
            "The quotas of the client, if there are any (draft-ietf-httpapi-ratelimit-headers-10). Answers that shared caches may store do not have it.",
            "\"address\";q=100;w=1",
        ),
        "RateLimit": text(
            "The remaining quotas (draft-ietf-httpapi-ratelimit-headers-10).",
            "\"address\";r=99;t=1",
        ),
    })
}

/// The codes of problems.
fn codes() -> Vec<&'static str> {
    let of_graphql = [
        ErrorCode::BadUserInput,
        ErrorCode::BadRequest,
        ErrorCode::CostExceeded,
        ErrorCode::Unauthenticated,
        ErrorCode::Forbidden,
        ErrorCode::LimitExceeded,
        ErrorCode::IdempotencyKeyReused,
        ErrorCode::UpgradeRequired,
        ErrorCode::OutcomeUnknown,
        ErrorCode::EditionUnknown,
        ErrorCode::RateLimited,
        ErrorCode::ServiceUnavailable,
        ErrorCode::StorageFull,
        ErrorCode::EditionNotReached,
        ErrorCode::Internal,
    ];
    of_graphql
        .map(ErrorCode::as_str)
        .into_iter()
        .chain([problem::NOT_FOUND, problem::GONE, VERSION_REQUIRED])
        .collect()
}

fn problem_schema(refused: Map<String, Value>, user_error_codes: Vec<String>) -> Value {
    let codes: Vec<_> = codes().into_iter().map(str::to_owned).chain(user_error_codes).collect();
    let text = |description: &str| json!({"type": "string", "description": description});
    let mut schema = json!({
        "type": "object",
        "description": "A problem with the request, and how to fix it (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Always `about:blank`: the code identifies the problem."},
            "title": text("The name of the status."),
            "status": {"type": "integer", "description": "The HTTP status code."},
            "detail": text("The problem and how to fix it, for people."),
            "code": {
                "type": "string",
                "description": "The code of the problem, for programs. Codes do not change; new ones may be added.",
                "examples": codes,
            },
            "parameter": text("The parameter that is wrong."),
            "member": text("The member of the body that is wrong."),
            "cost": cost_schema(),
            "limit": limit_schema(),
            "requestId": text("The id of the request, which is also in the server's log and in the header `X-Request-Id`."),
        },
        "required": ["type", "title", "status", "detail", "code", "requestId"],
    });
    for (name, member) in refused {
        schema["properties"][name] = member;
    }
    schema
}

fn cost_schema() -> Value {
    json!({
        "type": "object",
        "description": "Only with `COST_EXCEEDED`: the cost of the request.",
        "properties": {
            "requested": {"type": "integer", "description": "The cost of the request."},
            "maximum": {"type": "integer", "description": "The maximum cost."},
            "fields": {
                "type": "array",
                "description": "The costs of the parts, the most expensive first.",
                "items": {
                    "type": "object",
                    "properties": {
                        "path": {"type": "array", "items": {"type": "string"}},
                        "cost": {"type": "integer"},
                    },
                },
            },
        },
    })
}

fn limit_schema() -> Value {
    json!({
        "type": "object",
        "description": "The limit that the request exceeds, if there is one.",
        "properties": {
            "name": {"type": "string", "description": "The name of the limit."},
            "value": {"type": "integer", "description": "The maximum."},
            "requested": {"type": ["integer", "null"], "description": "The requested amount. Null if it is not known."},
            "flag": {"type": "string", "description": "The flag of the server that sets the limit."},
        },
        "required": ["name", "value", "requested", "flag"],
    })
}

fn link_header() -> Value {
    json!({
        "description": "The URLs of the next page (`rel=\"next\"`) and the previous one (`rel=\"prev\"`), relative to this page (RFC 8288). A page at the end of the list has no link in that direction.",
        "schema": {"type": "string"},
        "example": "<?tag=accessibility&first=20&after=cAGPpmSx>; rel=\"next\"",
    })
}

fn request_id_header() -> Value {
    json!({"description": "The id of the request: the one that the client sent, or a new one.", "schema": {"type": "string"}})
}
