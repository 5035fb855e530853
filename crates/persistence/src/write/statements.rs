//! The statements of a write set.

use domain::{ArticleId, Change, Edition, EditionId, Id, Slug, Subject};
use sea_orm::sea_query::{Expr, Query, SelectStatement, UpdateStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryTrait};

use super::batch::Batch;
use super::write_set::{NewPublication, NextEdition, SlugClaim, Write, WriteSet};
use super::{WriteOrigin, listing};
use crate::editions::{Successor, change_row};
use crate::entity::{article, audit, change, edition, edition_counter};
use crate::repositories as rows;
use crate::repositories::SlugUse;
use crate::{Head, StoreError, convert};

/// The articles that an attempt has read without locking them. Each has the `xmin` of its row, which changes whenever
/// the row is written.
pub(super) type SeenArticles = std::collections::BTreeMap<ArticleId, String>;

/// Adds the statements of all writes. The row of a seen article that is written must be unchanged.
pub(super) fn add_all(
    writes: WriteSet,
    origin: &WriteOrigin,
    seen: &mut SeenArticles,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let WriteSet { writes, edition } = writes;
    let mut records = Vec::new();
    for write in writes {
        match write {
            Write::Audit(record) => records.push(rows::audit_row(&record, origin)?),
            write => add(write, seen, edition.as_ref(), batch)?,
        }
    }
    if !records.is_empty() {
        // One statement inserts all entries, because the parts of a statement have no order.
        batch.push(audit::Entity::insert_many(records).into_query());
        if let Some(person) = &origin.person {
            batch.push(rows::name_person(person)?);
        }
    }
    Ok(())
}

fn add(
    write: Write,
    seen: &mut SeenArticles,
    edition: Option<&NextEdition>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    match write {
        // `add_all` inserts all of them at the end.
        Write::Audit(_) => {}
        Write::Creation { request, created, edition, at } => {
            _ = batch.push(rows::insert_creation(request, created, edition, at));
        }
        Write::NewArticle(article) => _ = batch.push(rows::insert_article(&article)),
        Write::Article(article) => {
            let mut update = rows::update_article(&article)?;
            match seen.remove(&article.id) {
                Some(xmin) => {
                    update.and_where(is_unchanged(xmin));
                    batch.push_condition(update);
                }
                None => _ = batch.push(update),
            }
        }
        Write::ArticleRemoved(id) => {
            for statement in rows::delete_content(id) {
                batch.push(statement);
            }
            let mut deletion = rows::delete_article(id);
            match seen.remove(&id) {
                Some(xmin) => {
                    deletion.and_where(is_unchanged(xmin));
                    batch.push_condition(deletion);
                }
                None => _ = batch.push(deletion),
            }
        }
        Write::Revision(revision) => rows::insert_revision(&revision, batch)?,
        Write::SlugClaimed(SlugClaim { slug, owner, is_public, is_required }) => {
            let used = match (is_public, is_required) {
                (false, _) => SlugUse::WorkingCopy,
                (true, true) => SlugUse::Present,
                // An alias.
                (true, false) => SlugUse::Former,
            };
            let claim = rows::claim_slug(&slug, owner, used);
            if is_required {
                batch.push_condition(claim);
            } else {
                batch.push(claim);
            }
        }
        Write::SlugsReleased { owner, keep } => _ = batch.push(rows::release_slugs(owner, &keep)),
        Write::Published(publication) => publish(&publication, batch)?,
        Write::Withdrawn(article) => {
            let edition = edition.ok_or_else(no_edition)?.edition.number;
            listing::remove_article(article, batch);
            batch.push(rows::end_publication(article, edition));
            batch.push(rows::mark_former_slugs(article, &[]));
        }
        Write::RedirectsMoved { from, to } => _ = batch.push(rows::move_redirects(from, &to)),
        Write::NewTag(tag) => _ = batch.push(rows::insert_tag(&tag)),
        Write::Tag { tag, old_slug } => rows::update_tag(&tag, old_slug.as_ref(), batch)?,
        Write::TagMerged { source, target } => {
            batch.push(rows::merge_tag(source, target));
            listing::merge_labels(source.into(), target.into(), batch)?;
        }
        Write::TagDeleted { id, at } => _ = batch.push(rows::delete_tag(id, at)),
        Write::NewTopic(topic) => _ = batch.push(rows::insert_topic(&topic)),
        Write::Topic { topic, old_slug } => rows::update_topic(&topic, old_slug.as_ref(), batch)?,
        Write::TopicMerged { source, target } => {
            batch.push(rows::merge_topic(source, target));
            listing::merge_labels(source.into(), target.into(), batch)?;
        }
        Write::TopicDeleted { id, at } => _ = batch.push(rows::delete_topic(id, at)),
        Write::NewAuthor(author) => _ = batch.push(rows::insert_author(&author)),
        Write::Author { author, old_slug } => rows::update_author(&author, old_slug.as_ref(), batch)?,
        Write::AuthorMerged { source, target } => {
            batch.push(rows::merge_author(source, target));
            listing::merge_labels(source.into(), target.into(), batch)?;
        }
        Write::NewPreview(preview) => _ = batch.push(rows::insert_preview(&preview)),
        Write::PreviewRevoked { id, at } => _ = batch.push(rows::revoke_preview(id, at)),
        Write::SigningKey { secret, at } => _ = batch.push(rows::insert_signing_key(&secret, at)),
        Write::NewKey { key, hash } => _ = batch.push(rows::insert_key(&key, &hash)),
        Write::KeyRevoked { id, at } => batch.push_condition(rows::revoke_key(id, at)),
        Write::KeyExpires { id, at } => batch.push_condition(rows::expire_key(id, at)),
    }
    Ok(())
}

/// Ends the live publication if there is one, inserts the new one, and updates the listing.
fn publish(publication: &NewPublication, batch: &mut Batch) -> Result<(), StoreError> {
    let mut ended = None;
    if publication.replaces {
        listing::remove_outdated(publication, batch);
        let ending = rows::end_publication(publication.article, publication.edition);
        ended = Some(batch.push_counted(ending));
        // One statement cannot write a row twice, and the claims of this write already update the rows of these slugs.
        let aliases = publication.content.aliases.iter().filter_map(|alias| Slug::of_address(alias));
        let claimed: Vec<Slug> = aliases.chain([publication.content.slug.clone()]).collect();
        batch.push(rows::mark_former_slugs(publication.article, &claimed));
    } else {
        listing::count_new(publication, batch);
    }
    let key = rows::insert_publication(publication, ended, batch)?;
    listing::add(publication, key, batch);
    Ok(())
}

/// Adds the conditions that the rows of the remaining seen articles are unchanged.
pub(super) fn add_conditions(seen: SeenArticles, batch: &mut Batch) {
    for (id, xmin) in seen {
        let mut unchanged = Query::select();
        unchanged
            .expr(Expr::cust("1"))
            .from(article::Entity)
            .and_where(article::Column::Id.eq(id.uuid()))
            .and_where(is_unchanged(xmin))
            .lock_exclusive();
        batch.push_condition(unchanged);
    }
}

/// The condition that no tag, topic or author has changed since this edition.
pub(super) fn taxonomy_condition(id: EditionId) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("1"))
        .from(edition_counter::Entity)
        .and_where(edition_counter::Column::Taxonomy.eq(id.number))
        .and_where(edition_counter::Column::TaxonomyMark.eq(convert::mark_number(id.mark)))
        .to_owned()
}

/// Adds the edition after `last` with its changes, and announces it. If the edition counter is not locked, it must be
/// unchanged.
pub(super) fn add_edition(
    next: &NextEdition,
    last: (EditionId, EditionId),
    changed: &[Change],
    holds_locks: bool,
    batch: &mut Batch,
) -> Successor {
    let NextEdition { edition, actor } = next;
    let Edition { number, mark, at } = *edition;
    let (previous, taxonomy) = last;
    let row = edition::ActiveModel {
        number: Set(number),
        at: Set(convert::micros(at)),
        actor: Set(actor.clone()),
        mark: Set(convert::mark_number(mark)),
    };
    batch.push(edition::Entity::insert(row).into_query());
    let rows = changed.iter().zip(0..).map(|(change, position)| change_row(number, position, *change));
    for chunk in rows.collect::<Vec<_>>().chunks(500) {
        batch.push(change::Entity::insert_many(chunk.to_vec()).into_query());
    }
    let taxonomy_changed = changed.iter().any(|change| !matches!(change.subject, Subject::Article(_)));
    let taxonomy = if taxonomy_changed { edition.id() } else { taxonomy };
    let made = Successor { previous, head: Head { edition: *edition, taxonomy } };
    batch.announce(&made);
    let mut counter = set_counter(&made.head);
    if holds_locks {
        batch.push(counter);
    } else {
        counter
            .and_where(edition_counter::Column::Number.eq(previous.number))
            .and_where(edition_counter::Column::Mark.eq(convert::mark_number(previous.mark)));
        batch.push_condition(counter);
    }
    made
}

/// The condition that the row of an article was not written since it was read.
fn is_unchanged(xmin: String) -> Expr {
    Expr::cust_with_values("article.xmin::text = $1", [xmin])
}

/// Sets the edition counter.
fn set_counter(head: &Head) -> UpdateStatement {
    let Head { edition, taxonomy } = head;
    let counter = edition_counter::ActiveModel {
        number: Set(edition.number),
        mark: Set(convert::mark_number(edition.mark)),
        taxonomy: Set(taxonomy.number),
        taxonomy_mark: Set(convert::mark_number(taxonomy.mark)),
        ..Default::default()
    };
    edition_counter::Entity::update_many().set(counter).into_query()
}

/// The error of a write that changes what the public sees and names no edition.
pub(super) fn no_edition() -> StoreError {
    StoreError::Refused("a write that changes what the public sees names no edition".to_owned())
}
