//! Articles at the desk: one endpoint for each mutation of an article, and one that reads.

use axum::http::Method;

use super::{KeyedEndpoint, RequestBody, Success};

/// The document of a mutation: its variables, what its field takes, and the fragments of what it answers.
macro_rules! mutation {
    ($field:literal, [$($variables:literal),+], [$($arguments:literal),+]) => {
        concat!(
            "mutation (",
            $($variables,)+
            ") {\n  result: ",
            $field,
            "(",
            $($arguments,)+
            ") {\n    ...Written\n  }\n}\n",
            include_str!("../documents/write/written.graphql"),
            include_str!("../documents/write/desk_article.graphql"),
            include_str!("../documents/article_parts.graphql"),
            include_str!("../documents/topic_label.graphql"),
            include_str!("../documents/edition_part.graphql"),
        )
    };
}

/// The document of a mutation of one article, with what it takes besides the article's id and version.
macro_rules! action {
    ($field:literal) => {
        action!($field, "", "")
    };
    ($field:literal, $variables:literal, $arguments:literal) => {
        mutation!(
            $field,
            ["$id: ID!, $expectedVersion: Int!", $variables],
            ["id: $id, expectedVersion: $expectedVersion", $arguments]
        )
    };
}

/// Every endpoint that needs a key, in the order of `OpenAPI`.
pub(in super::super) static ENDPOINTS: [KeyedEndpoint; 14] = [
    KeyedEndpoint {
        name: "deskArticle",
        method: Method::GET,
        path: "/v1/desk/articles/{id}",
        summary: "One article at the desk, public or not",
        description: "Scope: `content:read-drafts`. `ETag` is the version: send it as `If-Match` with the next write.",
        document: concat!(
            "query ($id: ID!) {\n  result: desk {\n    article(id: $id) {\n      ...WrittenArticle\n    }\n  }\n}\n",
            include_str!("../documents/write/desk_article.graphql"),
            include_str!("../documents/article_parts.graphql"),
            include_str!("../documents/topic_label.graphql"),
        ),
        body: RequestBody::None,
        needs_version: false,
        success: Success::Found,
    },
    KeyedEndpoint {
        name: "articleCreate",
        method: Method::POST,
        path: "/v1/articles",
        summary: "Create an article",
        description: "Scope: `content:write`. Nothing of it is public until it is published. With an `Idempotency-Key`, \
                      a request that is sent again within 24 hours creates nothing, and is answered like the first.",
        document: mutation!("articleCreate", ["$input: ArticleInput!"], ["input: $input"]),
        body: RequestBody::Input("ArticleInput"),
        needs_version: false,
        success: Success::Created,
    },
    KeyedEndpoint {
        name: "articleUpdate",
        method: Method::PATCH,
        path: "/v1/articles/{id}",
        summary: "Save a new version of an article's working copy",
        description: "Scope: `content:write`. A merge patch (RFC 7396): a member that is left out stays, and one that is \
                      null is cleared. What is public stays as it is until the next publication.",
        document: action!("articleUpdate", ", $input: ArticleInput!", ", input: $input"),
        body: RequestBody::Input("ArticleInput"),
        needs_version: true,
        success: Success::Article,
    },
    KeyedEndpoint {
        name: "articleDelete",
        method: Method::DELETE,
        path: "/v1/articles/{id}",
        summary: "Delete an article that was never published",
        description: "Scope: `content:write`. Every version of it goes; only the audit log remembers it.",
        document: "mutation ($id: ID!, $expectedVersion: Int!) {\n  result: articleDelete(id: $id, expectedVersion: \
                   $expectedVersion) {\n    deletedId\n    userErrors {\n      code\n      path\n      message\n    }\n  }\n}\n",
        body: RequestBody::None,
        needs_version: true,
        success: Success::Deleted,
    },
    action(
        "articlePublish",
        "/v1/articles/{id}/publish",
        "Publish the working copy, now or at a time",
        "Scope: `content:publish`. The body may hold `at`, `expiresAt` and `acknowledge`, a list of the codes of warnings.",
        action!(
            "articlePublish",
            ", $at: ZonedDateTime, $expiresAt: ZonedDateTime, $acknowledge: [IssueCode!]! = []",
            ", at: $at, expiresAt: $expiresAt, acknowledge: $acknowledge"
        ),
    ),
    action(
        "articleCancelSchedule",
        "/v1/articles/{id}/cancel-schedule",
        "Cancel a scheduled publication",
        "Scope: `content:publish`.",
        action!("articleCancelSchedule"),
    ),
    action(
        "articleWithdraw",
        "/v1/articles/{id}/withdraw",
        "Take an article from the public",
        "Scope: `content:publish`. The body may hold `reason`, and `redirectTo` with what readers get instead.",
        action!(
            "articleWithdraw",
            ", $reason: WithdrawReason! = GONE, $redirectTo: String",
            ", reason: $reason, redirectTo: $redirectTo"
        ),
    ),
    action(
        "articleRestore",
        "/v1/articles/{id}/restore",
        "Make an earlier version the working copy again",
        "Scope: `content:write`. The body holds `toVersion`.",
        action!("articleRestore", ", $toVersion: Int!", ", toVersion: $toVersion"),
    ),
    action(
        "articleSubmit",
        "/v1/articles/{id}/submit",
        "Submit the working copy for review",
        "Scope: `content:write`. The body may hold a `comment`.",
        action!("articleSubmit", ", $comment: String", ", comment: $comment"),
    ),
    action(
        "articleApprove",
        "/v1/articles/{id}/approve",
        "Approve the submitted version",
        "Scope: `content:publish`. The body may hold a `comment`.",
        action!("articleApprove", ", $comment: String", ", comment: $comment"),
    ),
    action(
        "articleRequestChanges",
        "/v1/articles/{id}/request-changes",
        "Send the submitted version back to its writer",
        "Scope: `content:publish`. The body holds a `comment`.",
        action!("articleRequestChanges", ", $comment: String!", ", comment: $comment"),
    ),
    KeyedEndpoint {
        name: "articleMarkReviewed",
        method: Method::POST,
        path: "/v1/articles/{id}/mark-reviewed",
        summary: "Note that what an article says was reviewed",
        description: "Scope: `content:publish`.",
        document: action!("articleMarkReviewed", ", $input: EditorialReviewInput!", ", input: $input"),
        body: RequestBody::Input("EditorialReviewInput"),
        needs_version: true,
        success: Success::Article,
    },
    action(
        "articleArchive",
        "/v1/articles/{id}/archive",
        "Put away an article that is not public",
        "Scope: `content:write`.",
        action!("articleArchive"),
    ),
    action(
        "articleUnarchive",
        "/v1/articles/{id}/unarchive",
        "Take an article out of the archive",
        "Scope: `content:write`.",
        action!("articleUnarchive"),
    ),
];

/// What is done to one article, by POST.
const fn action(
    name: &'static str,
    path: &'static str,
    summary: &'static str,
    description: &'static str,
    document: &'static str,
) -> KeyedEndpoint {
    KeyedEndpoint {
        name,
        method: Method::POST,
        path,
        summary,
        description,
        document,
        body: RequestBody::Variables,
        needs_version: true,
        success: Success::Article,
    }
}
