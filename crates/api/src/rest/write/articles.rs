//! The endpoints of articles at the desk: one for each mutation, and one that reads an article.

use axum::http::Method;

use super::{KeyedEndpoint, RequestBody, Success};

/// Makes the document of a mutation from the field, the variables and the arguments.
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
            include_str!("../documents/write/conflict.graphql"),
            include_str!("../documents/write/desk_article.graphql"),
            include_str!("../documents/article_parts.graphql"),
            include_str!("../documents/topic_label.graphql"),
            include_str!("../documents/edition_part.graphql"),
        )
    };
}

/// Makes the document of a mutation of an existing article, with the variables and arguments besides its id and
/// version.
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

/// All endpoints that need an API key, in the order of `OpenAPI`.
pub(in super::super) static ENDPOINTS: [KeyedEndpoint; 14] = [
    KeyedEndpoint {
        name: "deskArticle",
        method: Method::GET,
        path: "/v1/desk/articles/{id}",
        summary: "A single article at the desk, in any state",
        description: "The `ETag` is the version of the article: send it as `If-Match` with the next write. Scope: `content:read-drafts`.",
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
        description: "Nothing of the article is public until it is published. With an `Idempotency-Key`, \
                      a repeated request within 24 hours creates nothing and returns the same article. Scope: `content:write`.",
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
        description: "The body is a merge patch (RFC 7396): a missing member does not change, and null clears a \
                      field. The publication does not change until the article is published again. Scope: `content:write`.",
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
        description: "Deletes all versions of the article. Only the audit log still mentions it. Scope: `content:write`.",
        document: concat!(
            "mutation ($id: ID!, $expectedVersion: Int!) {\n  result: articleDelete(id: $id, expectedVersion: \
             $expectedVersion) {\n    deletedId\n    conflict {\n      ...Conflict\n    }\n    userErrors {\n      \
             ...UserError\n    }\n  }\n}\n",
            include_str!("../documents/write/conflict.graphql"),
        ),
        body: RequestBody::None,
        needs_version: true,
        success: Success::Deleted,
    },
    action(
        "articlePublish",
        "/v1/articles/{id}/publish",
        "Publish the working copy, now or at a scheduled time",
        "The body may contain `at`, the time at which the version becomes public; `expiresAt`, the time at which it expires; `acknowledge`, the codes of the warnings that you accept; and `note`, which tells readers what the publication corrects. Scope: `content:publish`.",
        action!(
            "articlePublish",
            ", $at: ZonedDateTime, $expiresAt: ZonedDateTime, $acknowledge: [IssueCode!]! = [], $note: String",
            ", at: $at, expiresAt: $expiresAt, acknowledge: $acknowledge, note: $note"
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
        "Withdraw an article from the public",
        "The body may contain `reason`; `redirectTo`, the slug or URL that readers get instead; and `note`, which tells readers why. Scope: `content:publish`.",
        action!(
            "articleWithdraw",
            ", $reason: WithdrawReason! = GONE, $redirectTo: String, $note: String",
            ", reason: $reason, redirectTo: $redirectTo, note: $note"
        ),
    ),
    action(
        "articleRestore",
        "/v1/articles/{id}/restore",
        "Restore an earlier version as the working copy",
        "The body contains `toVersion`, the number of the version to restore. Scope: `content:write`.",
        action!("articleRestore", ", $toVersion: Int!", ", toVersion: $toVersion"),
    ),
    action(
        "articleSubmit",
        "/v1/articles/{id}/submit",
        "Submit the working copy for review",
        "The body may contain a `comment` for the reviewer. Scope: `content:write`.",
        action!("articleSubmit", ", $comment: String", ", comment: $comment"),
    ),
    action(
        "articleApprove",
        "/v1/articles/{id}/approve",
        "Approve the submitted version",
        "The body may contain a `comment`. Scope: `content:publish`.",
        action!("articleApprove", ", $comment: String", ", comment: $comment"),
    ),
    action(
        "articleRequestChanges",
        "/v1/articles/{id}/request-changes",
        "Request changes to the submitted version",
        "The body contains a `comment` with the requested changes. Scope: `content:publish`.",
        action!("articleRequestChanges", ", $comment: String!", ", comment: $comment"),
    ),
    KeyedEndpoint {
        name: "articleMarkReviewed",
        method: Method::POST,
        path: "/v1/articles/{id}/mark-reviewed",
        summary: "Record an editorial review",
        description: "Records that the article was found to be still correct. Scope: `content:publish`.",
        document: action!("articleMarkReviewed", ", $input: EditorialReviewInput!", ", input: $input"),
        body: RequestBody::Input("EditorialReviewInput"),
        needs_version: true,
        success: Success::Article,
    },
    action(
        "articleArchive",
        "/v1/articles/{id}/archive",
        "Archive an article that is not public",
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

/// Makes an endpoint for an action on an existing article.
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
