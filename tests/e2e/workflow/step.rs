//! The steps of editors.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::model::{Model, SavedVersion};

/// The number of editors.
pub(crate) const EDITORS: usize = 3;
/// There are few slugs, so that articles conflict.
const SLUGS: usize = 5;

/// An action of an editor, or another event.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// Creates an article, with or without a slug.
    Create { by: usize, slug: Option<usize> },
    /// Applies an action to an article.
    Step(Step),
    /// Two editors save the same version at once.
    Race { article: usize },
    /// A schedule becomes due.
    Due { article: usize },
}

/// An action of an editor on an article.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The index of the article, modulo the number of articles.
    pub(crate) article: usize,
    pub(crate) by: usize,
    /// The difference between the expected version of the request and the current one.
    pub(crate) version_offset: i64,
    pub(crate) action: Action,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Update {
        title: Option<usize>,
        slug: Option<usize>,
    },
    Restore {
        to: usize,
    },
    Submit,
    Approve,
    RequestChanges,
    /// With or without a note about what it corrects.
    Publish {
        note: bool,
    },
    /// With or without a note about what it corrects.
    Schedule {
        note: bool,
    },
    CancelSchedule,
    /// With or without a note that says why.
    Withdraw {
        target: Target,
        note: bool,
    },
    MarkReviewed,
    Archive,
    Unarchive,
    Delete,
}

/// What a withdrawn article leaves for readers.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Gone,
    Url,
    /// The article with this slug.
    Slug(usize),
    /// The article that the slug of this article's working copy leads to.
    SlugOf(usize),
}

pub(crate) fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..EDITORS, prop::option::of(0..SLUGS)).prop_map(|(by, slug)| Event::Create { by, slug }),
        60 => step().prop_map(Event::Step),
        2 => (0..8_usize).prop_map(|article| Event::Race { article }),
        3 => (0..8_usize).prop_map(|article| Event::Due { article }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let version_offset = prop_oneof![12 => Just(0), 1 => Just(-1), 1 => Just(1)];
    (0..8_usize, 0..EDITORS, version_offset, action())
        .prop_map(|(article, by, version_offset, action)| Step { article, by, version_offset, action })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => (prop::option::weighted(0.8, 0..3_usize), prop::option::weighted(0.4, 0..SLUGS))
            .prop_map(|(title, slug)| Action::Update { title, slug }),
        2 => (0..5_usize).prop_map(|to| Action::Restore { to }),
        4 => Just(Action::Submit),
        5 => Just(Action::Approve),
        2 => Just(Action::RequestChanges),
        9 => note().prop_map(|note| Action::Publish { note }),
        5 => note().prop_map(|note| Action::Schedule { note }),
        2 => Just(Action::CancelSchedule),
        7 => (target(), note()).prop_map(|(target, note)| Action::Withdraw { target, note }),
        1 => Just(Action::MarkReviewed),
        2 => Just(Action::Archive),
        2 => Just(Action::Unarchive),
        1 => Just(Action::Delete),
    ]
}

fn note() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.3)
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        Just(Target::Gone),
        Just(Target::Url),
        (0..SLUGS).prop_map(Target::Slug),
        (0..8_usize).prop_map(Target::SlugOf),
    ]
}

impl Target {
    pub(crate) const ADDRESS: &'static str = "https://www.example/elsewhere";

    /// The slug that the request names.
    pub(crate) fn slug(&self, model: &Model) -> String {
        match self {
            Self::Gone | Self::Url => String::new(),
            Self::Slug(number) => slug(*number),
            Self::SlugOf(article) => model.articles[article % model.articles.len()].current().slug.clone(),
        }
    }

    fn arguments(&self, model: &Model) -> Value {
        match self {
            Self::Gone => json!({"reason": "GONE"}),
            Self::Url => json!({"reason": "REDIRECT", "to": Self::ADDRESS}),
            Self::Slug(_) | Self::SlugOf(_) => json!({"reason": "REDIRECT", "to": self.slug(model)}),
        }
    }
}

/// The text of a note, if there is one.
pub(crate) fn noted(note: bool) -> Option<&'static str> {
    note.then_some("A note.")
}

/// A slug that several articles may want.
pub(crate) fn slug(number: usize) -> String {
    format!("s{number}")
}

/// A title that no other article has.
pub(crate) fn title(place: usize, number: usize) -> String {
    format!("Article {place} take {number}")
}

impl Step {
    /// The version that an update saves.
    pub(crate) fn saved_version(&self, place: usize, current: &SavedVersion) -> SavedVersion {
        let Action::Update { title: new, slug: wanted } = &self.action else { return current.clone() };
        SavedVersion {
            title: new.map_or_else(|| current.title.clone(), |number| title(place, number)),
            slug: wanted.map_or_else(|| current.slug.clone(), slug),
            by: self.by,
        }
    }

    /// The mutation of this step, and its variables except for `id` and `version`.
    pub(crate) fn request(&self, place: usize, model: &Model) -> (String, Value) {
        let (name, extra, arguments, variables) = match &self.action {
            Action::Update { title: new, slug: wanted } => {
                let mut input = json!({});
                if let Some(number) = new {
                    input["title"] = title(place, *number).into();
                }
                if let Some(number) = wanted {
                    input["slug"] = slug(*number).into();
                }
                ("articleUpdate", "$input: ArticleInput!", "input: $input", json!({"input": input}))
            }
            Action::Restore { to } => ("articleRestore", "$to: Int!", "toVersion: $to", json!({"to": to})),
            Action::Submit => ("articleSubmit", "", "", json!({})),
            Action::Approve => ("articleApprove", "", "", json!({})),
            Action::RequestChanges => ("articleRequestChanges", "", "comment: \"Say more.\"", json!({})),
            Action::Publish { note } => {
                ("articlePublish", "$note: String", "note: $note", json!({"note": noted(*note)}))
            }
            Action::Schedule { note } => (
                "articlePublish",
                "$note: String",
                "at: \"2100-01-01T09:00:00[Europe/Berlin]\", note: $note",
                json!({"note": noted(*note)}),
            ),
            Action::CancelSchedule => ("articleCancelSchedule", "", "", json!({})),
            Action::Withdraw { target, note } => {
                let mut variables = target.arguments(model);
                variables["note"] = json!(noted(*note));
                (
                    "articleWithdraw",
                    "$reason: WithdrawReason!, $to: String, $note: String",
                    "reason: $reason, redirectTo: $to, note: $note",
                    variables,
                )
            }
            Action::MarkReviewed => {
                ("articleMarkReviewed", "", "input: { dueAt: \"2100-01-01T00:00:00Z\" }", json!({}))
            }
            Action::Archive => ("articleArchive", "", "", json!({})),
            Action::Unarchive => ("articleUnarchive", "", "", json!({})),
            Action::Delete => ("articleDelete", "", "", json!({})),
        };
        let answer = match self.action {
            Action::Delete => "deletedId userErrors { code path message }",
            _ => super::PAYLOAD,
        };
        let document = format!(
            "mutation ($id: ID!, $version: Int!, {extra}) {{
                done: {name}(id: $id, expectedVersion: $version, {arguments}) {{ {answer} }}
            }}"
        );
        (document, variables)
    }
}

impl Action {
    /// The name of this action in `openActions`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Update { .. } => "UPDATE",
            Self::Restore { .. } => "RESTORE",
            Self::Submit => "SUBMIT",
            Self::Approve => "APPROVE",
            Self::RequestChanges => "REQUEST_CHANGES",
            Self::Publish { .. } | Self::Schedule { .. } => "PUBLISH",
            Self::CancelSchedule => "CANCEL_SCHEDULE",
            Self::Withdraw { .. } => "WITHDRAW",
            Self::MarkReviewed => "MARK_REVIEWED",
            Self::Archive => "ARCHIVE",
            Self::Unarchive => "UNARCHIVE",
            Self::Delete => "DELETE",
        }
    }
}
