use std::collections::BTreeSet;

use super::*;
use crate::{Id, ReviewPolicy, Verdict, Version};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn article() -> Article {
    Article::create(ArticleId::new(NOW, [0; 10]), None, "T".to_owned(), NOW)
}

fn verdict(version: Version, by: &str) -> Verdict {
    Verdict { version, by: by.to_owned(), at: NOW, comment: None }
}

fn schedule(version: Version) -> Schedule {
    Schedule { version, publish: ZonedInstant::utc(NOW), expires: None, by: "a".to_owned(), note: None }
}

#[test]
fn every_transition_refuses_a_stale_version() {
    let edited = article().edit(1, "U".to_owned(), NOW).unwrap();
    let refused = [
        edited.clone().edit(1, "V".to_owned(), NOW),
        edited.clone().submit(1, verdict(1, "a")),
        edited.clone().approve(1, verdict(1, "a"), ReviewPolicy::None, &BTreeSet::new()),
        edited.clone().request_changes(1, verdict(1, "a")),
        edited.clone().publish(1, None, NOW, 1),
        edited.clone().schedule(1, schedule(1)),
        edited.clone().cancel_schedule(1),
        edited.clone().withdraw(1, WithdrawReason::Gone, None, NOW),
        edited.clone().mark_reviewed(1, NOW, None, None),
        edited.clone().archive(1, NOW),
        edited.unarchive(1),
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().code, UserErrorCode::StaleVersion);
    }
}

#[test]
fn an_invalid_state_error_names_the_state_and_the_open_actions() {
    let refusal = article().withdraw(1, WithdrawReason::Gone, None, NOW).unwrap_err();
    assert_eq!(refusal.code, UserErrorCode::InvalidState);
    assert_eq!(
        refusal.message,
        "the article is DRAFT: only a published article can be withdrawn; its state allows UPDATE, SUBMIT, PUBLISH, \
        MARK_REVIEWED, ARCHIVE, DELETE"
    );
    let archived = article().archive(1, NOW).unwrap();
    let refusal = archived.edit(1, "U".to_owned(), NOW).unwrap_err();
    assert!(refusal.message.ends_with("its state allows UNARCHIVE"), "{refusal}");
}

#[test]
fn a_withdrawn_article_can_be_published_again_but_not_deleted() {
    let published = article().publish(1, None, NOW, 1).unwrap();
    assert!(published.require(Action::Delete).is_err());
    assert!(published.require(Action::Archive).is_err());
    let withdrawn = published.withdraw(1, WithdrawReason::Gone, None, NOW).unwrap();
    assert_eq!(withdrawn.stage(), Stage::Withdrawn);
    assert!(withdrawn.require(Action::Delete).is_err());
    assert!(withdrawn.publish(1, None, NOW, 2).is_ok());
}

#[test]
fn an_edit_changes_neither_the_publication_nor_the_schedule() {
    let published = article().publish(1, None, NOW, 7).unwrap();
    assert_eq!(published.published_as_is(), Some(7));
    let edited = published.edit(1, "U".to_owned(), NOW).unwrap();
    assert_eq!(edited.state, ArticleState::Published { version: 1, edition: 7 });
    assert_eq!(edited.published_as_is(), None);
    let scheduled = edited.schedule(2, schedule(2)).unwrap().edit(2, "V".to_owned(), NOW).unwrap();
    let due = scheduled.schedule.clone().unwrap();
    let fired = scheduled.publish_scheduled(due, None, 8);
    assert_eq!(fired.state, ArticleState::Published { version: 2, edition: 8 });
    assert_eq!((fired.version, fired.has_unpublished_changes(), fired.schedule), (3, true, None));
}

#[test]
fn under_four_eyes_somebody_else_approves_exactly_one_version() {
    let policy = ReviewPolicy::FourEyes;
    let writers = BTreeSet::from(["writer".to_owned()]);
    let submitted = article().submit(1, verdict(1, "writer")).unwrap();
    assert_eq!(submitted.stage(), Stage::InReview);
    let own = submitted.clone().approve(1, verdict(1, "writer"), policy, &writers);
    assert_eq!(own.unwrap_err().code, UserErrorCode::FourEyes);
    let approved = submitted.approve(1, verdict(1, "editor"), policy, &writers).unwrap();
    assert_eq!(policy.may_publish(1, &approved.review), Ok(()));
    let edited = approved.edit(1, "U".to_owned(), NOW).unwrap();
    assert!(policy.may_publish(2, &edited.review).is_err());
    assert_eq!(edited.stage(), Stage::InReview);
}

#[test]
fn requesting_changes_to_the_scheduled_version_cancels_the_schedule() {
    let submitted = article().submit(1, verdict(1, "a")).unwrap().schedule(1, schedule(1)).unwrap();
    let edited = submitted.clone().edit(1, "U".to_owned(), NOW).unwrap();
    assert_eq!(submitted.request_changes(1, verdict(1, "b")).unwrap().schedule, None);
    assert!(edited.request_changes(2, verdict(2, "b")).unwrap().schedule.is_some());
}

#[test]
fn publishing_or_withdrawing_cancels_the_schedule() {
    let scheduled = article().schedule(1, schedule(1)).unwrap();
    assert_eq!(scheduled.stage(), Stage::Scheduled);
    let published = scheduled.publish(1, None, NOW, 1).unwrap();
    assert_eq!(published.schedule, None);
    assert_eq!(published.clone().schedule(1, schedule(1)).unwrap_err().code, UserErrorCode::InvalidState);
    let again = published.edit(1, "U".to_owned(), NOW).unwrap().schedule(2, schedule(2)).unwrap();
    assert_eq!(again.clone().withdraw(2, WithdrawReason::Gone, None, NOW).unwrap().schedule, None);
    assert!(again.withdraw_when_due(WithdrawReason::Gone, NOW).schedule.is_some());
}

#[test]
fn only_a_change_of_what_was_public_can_have_a_correction() {
    let draft = article();
    assert_eq!(draft.expect_correctable().unwrap_err().path, ["note"]);
    let published = draft.publish(1, None, NOW, 1).unwrap();
    assert!(published.expect_correctable().is_err(), "this version is public already");
    let edited = published.edit(1, "U".to_owned(), NOW).unwrap();
    assert_eq!(edited.expect_correctable(), Ok(()));
    let due = Schedule { note: Some("A name.".to_owned()), ..schedule(2) };
    let scheduled = edited.schedule(2, due.clone()).unwrap();
    assert_eq!(scheduled.corrections, []);
    let mut corrected = scheduled.publish_scheduled(due, None, 2);
    assert_eq!(corrected.corrections, [Correction { at: NOW, note: "A name.".to_owned() }]);
    for number in 0..crate::LIMITS.list {
        corrected = corrected.corrected(NOW, Some(number.to_string()));
    }
    assert_eq!(corrected.corrections.len(), crate::LIMITS.list);
    assert_eq!(corrected.corrections[0].note, "0");
    let edited = corrected.edit(2, "V".to_owned(), NOW).unwrap();
    assert!(edited.expect_correctable().is_err(), "it has the maximum number of notes");
}

#[test]
fn an_action_is_open_unless_a_scope_the_state_or_the_review_policy_is_against_it() {
    let writers = BTreeSet::from(["ann".to_owned()]);
    let obstacles = |article: &Article, action: Action, actor: &str, scopes: &[crate::Scope]| {
        article.obstacles(action, Editor { actor, scopes }, ReviewPolicy::FourEyes, &writers)
    };
    let all = &crate::Scope::ALL;
    let draft = article();
    assert_eq!(obstacles(&draft, Action::Update, "ann", all), []);
    let missing = Obstacle::Scope(crate::Scope::ContentPublish);
    assert_eq!(obstacles(&draft, Action::Withdraw, "ann", &[])[0], missing);
    assert!(matches!(obstacles(&draft, Action::Withdraw, "ann", &[])[1], Obstacle::State(_)));
    let code = |found: Vec<Obstacle>| match &found[..] {
        [] => None,
        [Obstacle::Review(error)] => Some(error.code),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(obstacles(&draft, Action::Publish, "bob", all)), Some(UserErrorCode::ApprovalRequired));
    let submitted = draft.submit(1, verdict(1, "ann")).unwrap();
    assert_eq!(code(obstacles(&submitted, Action::Approve, "ann", all)), Some(UserErrorCode::FourEyes));
    assert_eq!(code(obstacles(&submitted, Action::Approve, "bob", all)), None);
    let approved = submitted.approve(1, verdict(1, "bob"), ReviewPolicy::FourEyes, &writers).unwrap();
    assert_eq!(code(obstacles(&approved, Action::Publish, "ann", all)), None);
    let published = approved.publish(1, None, NOW, 1).unwrap();
    assert_eq!(code(obstacles(&published, Action::Publish, "ann", all)), None);
}
