//! `OpenAPI` 3.1, out of the endpoints' own descriptions.

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

/// The description of the REST API, as `/openapi.json` answers it.
#[must_use]
pub fn openapi() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        // It is made of what is compiled in, and a test asks for it.
        let document = document().expect("every document fits the graph");
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
            "summary": "Published articles, tags, topics and authors, as plain JSON; with a key, writing articles",
            "description": "Reading what is public needs no key. Every answer belongs to one edition of the publication, which it tells. A parameter that is not known is refused, so that a slip of the pen does not widen a filter. Articles are written with a key: a write to what exists sends the version that it is based on as `If-Match`. All of this, and more, over GraphQL at /graphql.",
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

/// What belongs together: each list with its things.
fn tags() -> Value {
    let of = |name: &str, description: &str| json!({"name": name, "description": description});
    json!([
        of("articles", "What is published."),
        of("tags", "Flat labels."),
        of("topics", "The curated tree of subjects."),
        of("authors", "Whose names stand above articles."),
        of("edition", "The state of everything that the public can see."),
        of("desk", "What editors see and do. Needs a key."),
    ])
}

fn operation(endpoint: &Endpoint, answer: &Value) -> Option<Value> {
    let Endpoint { name, path, summary, description, document: _, parameters, shape, example } = endpoint;
    let example: Value = serde_json::from_str(example).ok()?;
    let slug = endpoint.has_slug().then(|| match endpoint.has_id() {
        true => path_parameter("id", "The name in web addresses, or the id."),
        false => path_parameter("slug", "The name in web addresses."),
    });
    let at_least = ["EditionAtLeast", "EditionAtLeastHeader"]
        .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    let parameters: Vec<_> =
        slug.into_iter().chain(parameters.iter().map(parameter)).chain(at_least).collect();
    let mut found = json!({
        "description": "The answer.",
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

/// An endpoint that needs a key.
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
            .push(path_parameter("id", "The article's id at the desk (`desk_…`) or as readers see it."));
    }
    if *needs_version {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": true,
            "description": "The version that this is based on: the article's `ETag`.",
            "schema": {"type": "string", "pattern": "^\"[1-9][0-9]*\"$", "examples": ["\"3\""]},
        }));
    }
    if *success == Success::Created {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Makes the request safe to repeat: 1 to 255 printable ASCII characters, new for each article.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }));
    }
    let mut responses = json!({});
    let headers = described(&["X-Request-Id", "Edition", "RateLimit", "RateLimit-Policy"]);
    let (status, what) = match success {
        Success::Created => ("201", "The article was created."),
        Success::Deleted => ("204", "The article was deleted."),
        Success::Article => ("200", "The write was done."),
        Success::Found => ("200", "The article."),
    };
    responses[status] = json!({"description": what, "headers": headers});
    if let Some(answer) = schemas.written(endpoint) {
        responses[status]["content"] = json!({"application/json": {"schema": answer}});
        responses[status]["headers"]["ETag"] = json!({
            "description": "The version, for the `If-Match` of the next write.",
            "schema": {"type": "string"},
            "example": "\"3\"",
        });
    }
    if *success == Success::Created {
        responses[status]["headers"]["Location"] =
            json!({"description": "The article at the desk.", "schema": {"type": "string"}});
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
            // A number or a flag, as JSON writes it.
            Kind::Number(..) | Kind::Flag | Kind::Negated => {
                serde_json::from_str(default).unwrap_or_default()
            }
            _ => (*default).into(),
        };
    }
    let description = match needs {
        Some(other) => format!("{description} Goes with `{other}`."),
        None => (*description).to_owned(),
    };
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

/// What else any endpoint can answer with, in the order of their statuses.
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
        "The request shows a key that is unknown, has ended or was revoked. None is needed.",
        example(
            "Unauthorized",
            401,
            "UNAUTHENTICATED",
            "the API key is not known: make one with `greymatters key create`",
        ),
    );
    unauthenticated["headers"]["WWW-Authenticate"] =
        json!({"description": "What is wrong with the key (RFC 6750).", "schema": {"type": "string"}});
    let mut key_needed = problem(
        "The request shows no key, or one that is unknown, has ended or was revoked.",
        example(
            "Unauthorized",
            401,
            "UNAUTHENTICATED",
            "mutations need an API key: send it as `Authorization: Bearer gmk_…`",
        ),
    );
    key_needed["headers"]["WWW-Authenticate"] = unauthenticated["headers"]["WWW-Authenticate"].clone();
    let mut forbidden = problem(
        "The key does not have the scope that this needs.",
        example(
            "Forbidden",
            403,
            ErrorCode::Forbidden.as_str(),
            "this needs the scope `content:publish`, which the key or token does not have",
        ),
    );
    forbidden["headers"]["WWW-Authenticate"] = unauthenticated["headers"]["WWW-Authenticate"].clone();
    let mut stale = problem(
        "The article was saved since by somebody else. `conflict` tells the current version and what was changed, and \
         `ETag` is the one to send next.",
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
        unavailable(ErrorCode::ServiceUnavailable, "the database does not answer; try again in a moment");
    let busy = unavailable(
        ErrorCode::ServiceUnavailable,
        "the server is busy: no place was free within 2000 ms (`--max-wait`); try again in a moment",
    );
    let mut unavailable = problem(
        "The server cannot answer now: the database does not answer (`SERVICE_UNAVAILABLE`) or has no room left \
         (`STORAGE_FULL`), too many requests run at once (`SERVICE_UNAVAILABLE`, with the `limit`), or the edition \
         that is wanted at least is not known to this node yet (`EDITION_NOT_REACHED`).",
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
        "The client asks more often than it may.",
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
        "BadRequest": problem("A parameter is unknown, or has a value that cannot be used; or the request costs more than it may (`COST_EXCEEDED`).", unknown),
        "Unauthenticated": unauthenticated,
        "NotFound": problem(
            "There is no such thing, or it is not published.",
            example("Not Found", 404, "NOT_FOUND", "`no-such-article` is not the slug of anything published here"),
        ),
        "NotModified": {
            "description": "The client has it already: `If-None-Match` names its `ETag`.",
            "headers": described(&["X-Request-Id", "Edition", "ETag"]),
        },
        "EditionUnknown": problem(
            "The edition that is wanted at least is of another history: the database was restored, or failed over to \
             a copy that lagged. Drop what you hold, and read again without it.",
            example(
                "Conflict",
                409,
                ErrorCode::EditionUnknown.as_str(),
                "edition 100 has another mark here: it is of another history; drop what you hold, and read again",
            ),
        ),
        "RateLimited": rate_limited,
        "NotAcceptable": problem(
            "`Accept` lets no JSON pass.",
            example("Not Acceptable", 406, "BAD_REQUEST", "answers are `application/json`, and `application/problem+json`: accept them"),
        ),
        "Gone": problem(
            "It was withdrawn for good.",
            example("Gone", 410, "GONE", "`visiting-hours-2020` was withdrawn, and nothing stands in its place"),
        ),
        "TooLong": problem(
            "The query string is too long.",
            example("URI Too Long", 414, "BAD_REQUEST", "the query string is longer than 8192 bytes: ask in several requests"),
        ),
        "Internal": problem(
            "Something went wrong on the server's side.",
            example("Internal Server Error", 500, "INTERNAL_SERVER_ERROR", "something went wrong on our side; the log tells what, under this request id"),
        ),
        "Unavailable": unavailable,
        "KeyNeeded": key_needed,
        "Forbidden": forbidden,
        "NoSuchArticle": problem(
            "There is no article with this id.",
            example("Not Found", 404, "NOT_FOUND", "there is no such article"),
        ),
        "BadBody": problem(
            "The body, a parameter or a header cannot be read.",
            example("Bad Request", 400, "BAD_USER_INPUT", "`title` must be a `String`, and is the number 1"),
        ),
        "WrongState": problem(
            "The article is not in a state in which this can be done.",
            example("Conflict", 409, "INVALID_STATE", "the article is not public, so it cannot be withdrawn"),
        ),
        "Stale": stale,
        "BodyTooLong": problem(
            "The body is too long (`--max-body`).",
            example("Content Too Large", 413, "LIMIT_EXCEEDED", "the request is longer than 8388608 bytes (`--max-body`): send less at once"),
        ),
        "WrongType": problem(
            "The body is of another media type.",
            example("Unsupported Media Type", 415, "BAD_REQUEST", "send the body as `application/json`, in UTF-8"),
        ),
        "Refused": problem(
            "The write is refused: `userErrors` tells why, and what to mend. Nothing was written.",
            example("Unprocessable Content", 422, "REQUIRED", "an article needs a title"),
        ),
        "VersionRequired": problem(
            "The request lacks `If-Match`.",
            example("Precondition Required", 428, VERSION_REQUIRED, "name the version that this is based on: send the article's `ETag` as `If-Match`"),
        ),
        "Moved": {
            "description": "It is elsewhere now, for good.",
            "headers": {
                "X-Request-Id": header("X-Request-Id"),
                "Edition": header("Edition"),
                "ETag": header("ETag"),
                "Location": {
                    "description": "Its present address, or that of what stands in its place.",
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

/// How to insist on an edition.
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
    let wanted = "Wait until this node knows this edition: its number, or its number and mark, as the header \
                  `Edition` tells them.";
    json!({
        "EditionAtLeast": parameter(
            at_least::PARAMETER,
            "query",
            &format!("{wanted} Caches on the way tell addresses apart by it."),
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
        "Edition": text("The edition that the answer belongs to, with its mark (RFC 8941).", "100;mark=c5ujmnomdtrvk"),
        "ETag": text("What to send as `If-None-Match` to hear whether the answer has changed.", "\"100.c5ujmnomdtrvk.0x3VJ0Zq3mC1TtXe\""),
        "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}, "example": 1},
        "RateLimit-Policy": text(
            "The quotas of the client, if there are any (draft-ietf-httpapi-ratelimit-headers-10). Left out of answers that caches may keep for everybody.",
            "\"address\";q=100;w=1",
        ),
        "RateLimit": text(
            "What is left of the quotas (draft-ietf-httpapi-ratelimit-headers-10).",
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
        "description": "What is wrong, and how to mend it (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "`about:blank`: the status and the code tell it all."},
            "title": text("The name of the status."),
            "status": {"type": "integer", "description": "The status of the answer."},
            "detail": text("What is wrong and how to mend it, for people."),
            "code": {
                "type": "string",
                "description": "The stable code, for programs. More may be added.",
                "examples": codes,
            },
            "parameter": text("The parameter that is at fault."),
            "member": text("The member of the body that is at fault."),
            "cost": cost_schema(),
            "limit": limit_schema(),
            "requestId": text("The id of the request, as in the log and the header `X-Request-Id`."),
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
        "description": "With `COST_EXCEEDED`: what the request costs.",
        "properties": {
            "requested": {"type": "integer", "description": "What it costs."},
            "maximum": {"type": "integer", "description": "What it may cost."},
            "fields": {
                "type": "array",
                "description": "What its parts cost, the dearest first.",
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
        "description": "The limit that the request is beyond, if it is one.",
        "properties": {
            "name": {"type": "string", "description": "Its name."},
            "value": {"type": "integer", "description": "How much there may be."},
            "requested": {"type": ["integer", "null"], "description": "How much was asked for, as far as it is known."},
            "flag": {"type": "string", "description": "The flag of the server that sets it."},
        },
        "required": ["name", "value", "requested", "flag"],
    })
}

fn link_header() -> Value {
    json!({
        "description": "Where the next page (`rel=\"next\"`) and the one before (`rel=\"prev\"`) are, relative to this one (RFC 8288). Left out at the ends.",
        "schema": {"type": "string"},
        "example": "<?tag=accessibility&first=20&after=cAGPpmSx>; rel=\"next\"",
    })
}

fn request_id_header() -> Value {
    json!({"description": "The id of the request: its own, if it sent one.", "schema": {"type": "string"}})
}
