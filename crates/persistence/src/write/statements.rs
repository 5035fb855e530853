//! The statements that keep what a write set says.

use domain::{Edition, EditionId, Slug, Subject};
use sea_orm::sea_query::{Expr, Query, SelectStatement, UpdateStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryTrait};

use super::batch::Batch;
use super::write_set::{NewPublication, NextEdition, SlugClaim, Write, WriteSet};
use crate::articles::SlugUse;
use crate::editions::Successor;
use crate::entity::{article, audit, change, edition, edition_counter};
use crate::{
    Head, StoreError, WriteOrigin, articles, changes, convert, idempotency, keys, listing, previews,
    publications, revisions, taxonomy,
};
use domain::{ArticleId, Change, Id};

/// The articles that a decision rests on, each with the transaction that had last written its row. Where the rows are
/// held, nothing has to be looked at again.
pub(super) type SeenArticles = std::collections::BTreeMap<ArticleId, String>;

/// Adds the statements that keep all this. A row that was seen, and is written, must be as it was.
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
            Write::Audit(record) => records.push(crate::audit::row(&record, origin)?),
            write => add(write, seen, edition.as_ref(), batch)?,
        }
    }
    if !records.is_empty() {
        // Parts of one statement run in no order, but the entries of the log are in theirs.
        batch.push(audit::Entity::insert_many(records).into_query());
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
        // All of them come at the end.
        Write::Audit(_) => {}
        Write::Creation { request, created, edition, at } => {
            _ = batch.push(idempotency::insertion(request, created, edition, at));
        }
        Write::NewArticle(article) => _ = batch.push(articles::insertion(&article)),
        Write::Article(article) => {
            let mut change = articles::change(&article)?;
            match seen.remove(&article.id) {
                Some(written_by) => {
                    change.and_where(Expr::cust_with_values("article.xmin::text = $1", [written_by]));
                    batch.push_condition(change);
                }
                None => _ = batch.push(change),
            }
        }
        Write::ArticleRemoved(id) => {
            for statement in revisions::deletions(id) {
                batch.push(statement);
            }
            let mut deletion = articles::deletion(id);
            match seen.remove(&id) {
                Some(written_by) => {
                    deletion.and_where(Expr::cust_with_values("article.xmin::text = $1", [written_by]));
                    batch.push_condition(deletion);
                }
                None => _ = batch.push(deletion),
            }
        }
        Write::Revision(revision) => revisions::insertion(&revision, batch)?,
        Write::SlugClaimed(SlugClaim { slug, owner, is_public, is_required }) => {
            let used = match (is_public, is_required) {
                (false, _) => SlugUse::WorkingCopy,
                (true, true) => SlugUse::Present,
                // An alias.
                (true, false) => SlugUse::Former,
            };
            let claim = articles::slug_claim(&slug, owner, used);
            if is_required {
                batch.push_condition(claim);
            } else {
                batch.push(claim);
            }
        }
        Write::SlugsReleased { owner, keep } => _ = batch.push(articles::slug_release(owner, &keep)),
        Write::Published(publication) => publish(&publication, batch)?,
        Write::Withdrawn(article) => {
            let edition = edition.ok_or_else(no_edition)?.edition.number;
            listing::remove(article, batch);
            batch.push(publications::ending(article, edition));
            batch.push(articles::former_slugs(article, &[]));
        }
        Write::RedirectsMoved { from, to } => _ = batch.push(articles::redirects_moved(from, &to)),
        Write::NewTag(tag) => _ = batch.push(taxonomy::tag_insertion(&tag)),
        Write::Tag { tag, old_slug } => taxonomy::change_tag(&tag, old_slug.as_ref(), batch)?,
        Write::TagMerged { source, target } => {
            batch.push(taxonomy::tag_merge(source, target));
            listing::relabel(source.into(), target.into(), batch)?;
        }
        Write::NewTopic(topic) => _ = batch.push(taxonomy::topic_insertion(&topic)),
        Write::Topic(topic) => _ = batch.push(taxonomy::topic_change(&topic)?),
        Write::NewAuthor(author) => _ = batch.push(taxonomy::author_insertion(&author)),
        Write::NewPreview(preview) => _ = batch.push(previews::insertion(&preview)),
        Write::PreviewRevoked { id, at } => _ = batch.push(previews::revocation(id, at)),
        Write::SigningKey { secret, at } => _ = batch.push(previews::signing_key_insertion(&secret, at)),
        Write::NewKey { key, hash } => _ = batch.push(keys::insertion(&key, &hash)),
        Write::KeyRevoked { id, at } => batch.push_condition(keys::revocation(id, at)),
        Write::KeyExpires { id, at } => batch.push_condition(keys::expiry(id, at)),
    }
    Ok(())
}

/// Ends the publication that is replaced, if one is; keeps the new one; and has the listing follow.
fn publish(publication: &NewPublication, batch: &mut Batch) -> Result<(), StoreError> {
    let mut ended = None;
    if publication.replaces {
        listing::leave(publication, batch);
        let ending = publications::ending(publication.article, publication.edition);
        ended = Some(batch.push_counted(ending));
        // No row may be written twice in one statement: the claims of the same write say of their slugs what they are.
        let aliases = publication.content.aliases.iter().filter_map(|alias| Slug::of_address(alias));
        let claimed: Vec<Slug> = aliases.chain([publication.content.slug.clone()]).collect();
        batch.push(articles::former_slugs(publication.article, &claimed));
    } else {
        listing::count(publication, batch);
    }
    let key = publications::insertion(publication, ended, batch)?;
    listing::enter(publication, key, batch);
    Ok(())
}

/// Looks whether the rows that a decision rests on, and does not write, are as they were.
pub(super) fn add_conditions(seen: SeenArticles, batch: &mut Batch) {
    for (id, written_by) in seen {
        let mut unchanged = Query::select();
        unchanged
            .expr(Expr::cust("1"))
            .from(article::Entity)
            .and_where(article::Column::Id.eq(id.uuid()))
            .and_where(Expr::cust_with_values("article.xmin::text = $1", [written_by]))
            .lock_exclusive();
        batch.push_condition(unchanged);
    }
}

/// Finds a row when the tags, topics and authors are those of this edition.
pub(super) fn taxonomy_condition(id: EditionId) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("1"))
        .from(edition_counter::Entity)
        .and_where(edition_counter::Column::Taxonomy.eq(id.number))
        .and_where(edition_counter::Column::TaxonomyMark.eq(convert::mark_number(id.mark)))
        .to_owned()
}

/// Appends the edition that comes after `last`, with its changes, and announces it. Where the counter is not held, it
/// must be as it was.
pub(super) fn add_edition(
    next: &NextEdition,
    last: (EditionId, EditionId),
    changed: &[Change],
    is_held: bool,
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
    let rows = changed.iter().zip(0..).map(|(change, position)| changes::row(number, position, *change));
    for chunk in rows.collect::<Vec<_>>().chunks(500) {
        batch.push(change::Entity::insert_many(chunk.to_vec()).into_query());
    }
    let taxonomy_changed = changed.iter().any(|change| !matches!(change.subject, Subject::Article(_)));
    let taxonomy = if taxonomy_changed { edition.id() } else { taxonomy };
    let made = Successor { previous, head: Head { edition: *edition, taxonomy } };
    batch.announce(&made);
    let mut counter = counter(&made.head);
    if is_held {
        batch.push(counter);
    } else {
        counter
            .and_where(edition_counter::Column::Number.eq(previous.number))
            .and_where(edition_counter::Column::Mark.eq(convert::mark_number(previous.mark)));
        batch.push_condition(counter);
    }
    made
}

fn counter(head: &Head) -> UpdateStatement {
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

/// A write that the public sees names the edition that shows it.
pub(super) fn no_edition() -> StoreError {
    StoreError::Refused("a write that the public sees names no edition".to_owned())
}
