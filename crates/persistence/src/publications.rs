//! What readers get, and its history.

use std::collections::HashMap;

use domain::{
    ArticleId, ArticleOrder, Body, BodyForms, Content, Cursor, Direction, EditionId, EditionMark,
    EditionNumber, Heading, Id, InlineImage, LabelId, OrderField, Predicate, Publication, PublicationFields,
    Seo, Slug, SortKey, Span, title_key,
};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement, UpdateStatement};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait, Select, Statement,
};
use serde::{Deserialize, Serialize};

use crate::convert::{self, HeroColumns, id_bytes, instant, micros};
use crate::entity::{label_count, publication, publication_body};
use crate::page_query::{PageQuery, Reading, count};
use crate::page_text;
use crate::plan::{CountPlan, Counting, PagePlan, Way};
use crate::publication_row::{self, SeaCells};
use crate::sizes::{Dates, day, start_of};
use crate::{Batch, NewPublication, Place, StoreError, snapshot};

/// What readers get.
#[derive(Debug)]
pub struct Publications<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Publications<'_, C> {
    /// The part of the ordered list of matching articles, and whether there are more beyond its far
    /// end. One statement, whose cost does not grow with the publication for the latest articles, of
    /// all or of some labels.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn page(
        &self,
        predicate: &Predicate,
        order: ArticleOrder,
        span: &Span,
        fields: PublicationFields,
    ) -> Result<Page, StoreError> {
        self.page_of(&PageQuery { predicate, order, span, fields, reading: Reading::Usual }).await
    }

    /// The same, read as it is planned; nothing when that was given up, and the other way is to be taken.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn planned_page(
        &self,
        plan: &PagePlan,
        is_second: bool,
        order: ArticleOrder,
        span: &Span,
        fields: PublicationFields,
    ) -> Result<Option<Page>, StoreError> {
        let way = match &plan.otherwise {
            Some((otherwise, _)) if is_second => otherwise,
            _ => &plan.way,
        };
        let query = |reading| PageQuery { predicate: &plan.predicate, order, span, fields, reading };
        match way {
            Way::Sorted(driver) => self.page_of(&query(Reading::Sorted(driver))).await.map(Some),
            Way::InOrder { labels, at_most: None } => {
                let labels = labels.as_ref();
                self.page_of(&query(Reading::InOrder { labels, stop: None })).await.map(Some)
            }
            Way::InOrder { labels, at_most: Some(rows) } => {
                let labels = labels.as_ref();
                let place = query(Reading::Usual).place_after(*rows, labels, self.0.get_database_backend());
                let stop = match self.0.query_one(&place).await? {
                    Some(row) => Some(place_of(&row, order.field)?),
                    None => None,
                };
                let page = self.page_of(&query(Reading::InOrder { labels, stop: stop.as_ref() })).await?;
                Ok((stop.is_none() || page.more).then_some(page))
            }
        }
    }

    pub(crate) async fn page_of(&self, query: &PageQuery<'_>) -> Result<Page, StoreError> {
        if *query.predicate == Predicate::FALSE {
            return Ok(Page::default());
        }
        let rows = self.0.query_all_raw(page_text::statement(query, self.0.get_database_backend())).await?;
        let rows = rows.iter().map(|row| publication_row::read_seen(&mut SeaCells::of(row), query.fields));
        Page::of(rows.collect::<Result<_, _>>()?, query.order, query.span)
    }

    /// How many articles match, counted as it is planned.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count(&self, plan: &CountPlan) -> Result<i64, StoreError> {
        let mut plan = plan;
        let mut is_complement = false;
        while let Counting::Complement(rest) = &plan.counting {
            plan = rest;
            is_complement = !is_complement;
        }
        let counted = match &plan.counting {
            Counting::Nothing => 0,
            Counting::All => self.dated(Dates::ALL).await?,
            Counting::Label(label) => {
                let row = label_count::Entity::find_by_id(label.0).one(self.0).await?;
                row.map_or(0, |row| row.articles)
            }
            Counting::Dated => self.dated(dates(&plan.predicate)).await?,
            counting @ (Counting::Over(_) | Counting::Scan | Counting::Complement(_)) => {
                let query = count(&plan.predicate, counting, self.0.get_database_backend());
                self.number(self.0.query_one(&query).await?)?
            }
        };
        if is_complement { Ok(self.dated(Dates::ALL).await? - counted) } else { Ok(counted) }
    }

    /// How many articles are dated within a range: whole days are known, the rest is counted.
    async fn dated(&self, dates: Dates) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT CAST(COALESCE((SELECT SUM(articles) FROM day_count WHERE day >= $1 AND day < $2), 0) AS BIGINT) \
             + (SELECT COUNT(*) FROM publication WHERE until_edition IS NULL AND published_at >= $3 AND published_at < $4) \
             + (SELECT COUNT(*) FROM publication WHERE until_edition IS NULL AND published_at >= $5 AND published_at < $6)";
        let Dates { from, before } = dates;
        if from >= before {
            return Ok(0);
        }
        let (first, last) = (day(from), day(before - 1));
        let first_whole = if from == start_of(first) { first } else { first + 1 };
        let after_whole = if before == start_of(last + 1) { last + 1 } else { last };
        let values = if dates == Dates::ALL {
            [i64::MIN, i64::MAX, 0, 0, 0, 0]
        } else if first_whole > after_whole {
            [0, 0, from, before, 0, 0]
        } else {
            [first_whole, after_whole, from, start_of(first_whole), start_of(after_whole), before]
        };
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, SQL, values.map(sea_orm::Value::from));
        self.number(self.0.query_one_raw(statement).await?)
    }

    fn number(&self, row: Option<QueryResult>) -> Result<i64, StoreError> {
        let row = row.ok_or_else(|| StoreError::Damaged("a count has no row".to_owned()))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// The live publications of these articles, in no particular order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_many(&self, ids: &[ArticleId]) -> Result<Vec<Publication>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = publication::Entity::find()
            .filter(publication::Column::Article.is_in(ids.iter().map(|id| id.uuid())))
            .filter(publication::Column::UntilEdition.is_null());
        let rows = self.0.query_all(&whole(found)).await?;
        rows.iter().map(read_whole).collect()
    }

    /// The live publication of an article.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, id: ArticleId) -> Result<Option<Publication>, StoreError> {
        Ok(self.find_many(&[id]).await?.pop())
    }

    /// The live publication that a slug leads to: its own, or, when the slug is an old one or the
    /// article redirects, the one that readers are sent to.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Publication>, StoreError> {
        let (owner, target) = (Alias::new("s"), Alias::new("a"));
        let query = Query::select()
            .expr(Expr::cust("COALESCE(a.redirect_to, a.id)"))
            .from_as(Alias::new("article_slug"), owner.clone())
            .join_as(
                JoinType::InnerJoin,
                Alias::new("article"),
                target.clone(),
                Expr::col((target, Alias::new("id"))).equals((owner.clone(), Alias::new("article"))),
            )
            .and_where(Expr::col((owner.clone(), Alias::new("slug"))).eq(slug.as_str()))
            .and_where(Expr::col((owner, Alias::new("public"))).eq(true))
            .to_owned();
        let found = publication::Entity::find()
            .filter(publication::Column::Article.in_subquery(query))
            .filter(publication::Column::UntilEdition.is_null())
            .limit(1);
        self.0.query_one(&whole(found)).await?.as_ref().map(read_whole).transpose()
    }

    /// The live publication of the article that another system knows by this name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_by_external_ref(&self, external_ref: &str) -> Result<Option<Publication>, StoreError> {
        let found = publication::Entity::find()
            .filter(publication::Column::ExternalRef.eq(external_ref))
            .filter(publication::Column::UntilEdition.is_null())
            // A name can have been passed on in working copies: the last one to publish it has it.
            .order_by_desc(publication::Column::FromEdition)
            .limit(1);
        self.0.query_one(&whole(found)).await?.as_ref().map(read_whole).transpose()
    }

    /// The bodies of these publications, by [`Publication::key`], in these forms; the others are empty.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bodies(&self, keys: &[i64], forms: BodyForms) -> Result<HashMap<i64, Body>, StoreError> {
        self.bodies_where(keys, forms, Condition::all()).await
    }

    /// The same, of publications that were seen in an edition. What was published does not change any more, but
    /// in another history the same keys name other publications.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when the database does not hold that edition any more.
    pub async fn bodies_seen_in(
        &self,
        edition: EditionId,
        keys: &[i64],
        forms: BodyForms,
    ) -> Result<HashMap<i64, Body>, StoreError> {
        let bodies = self.bodies_where(keys, forms, snapshot::holds(edition)).await?;
        if keys.iter().all(|key| bodies.contains_key(key)) { Ok(bodies) } else { Err(StoreError::Moved) }
    }

    async fn bodies_where(
        &self,
        keys: &[i64],
        forms: BodyForms,
        condition: Condition,
    ) -> Result<HashMap<i64, Body>, StoreError> {
        use publication_body::Column as C;
        let mut query = publication_body::Entity::find().select_only().columns([
            C::Publication,
            C::WordCount,
            C::ReadingTimeMinutes,
        ]);
        for (form, column) in FORMS {
            let empty = if matches!(column, C::Outline | C::Images) { "'[]'" } else { "''" };
            query = match forms.contains(form) {
                true => query.column(column),
                false => query.column_as(Expr::cust(empty), sea_orm::IdenStatic::as_str(&column)),
            };
        }
        query
            .filter(C::Publication.is_in(keys.iter().copied()))
            .filter(condition)
            .all(self.0)
            .await?
            .into_iter()
            .map(|row| Ok((row.publication, body(row)?)))
            .collect()
    }

    /// How many bytes the forms of these bodies have, in the order of [`BodyForms::EACH`]. They are not read for that.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn body_lengths(&self, keys: &[i64]) -> Result<HashMap<i64, [u64; 5]>, StoreError> {
        let mut query = Query::select();
        query
            .column(publication_body::Column::Publication)
            .from(publication_body::Entity)
            .and_where(Expr::col(publication_body::Column::Publication).is_in(keys.iter().copied()));
        for (_, column) in FORMS {
            let name = sea_orm::IdenStatic::as_str(&column);
            query.expr(Expr::cust(format!("CAST(octet_length({name}) AS BIGINT)")));
        }
        let rows = self.0.query_all(&query).await?;
        let lengths = rows.iter().map(|row| {
            let mut lengths = [0; 5];
            for (place, length) in lengths.iter_mut().enumerate() {
                *length = row.try_get_by_index::<i64>(1 + place)?.unsigned_abs();
            }
            Ok((row.try_get_by_index(0)?, lengths))
        });
        lengths.collect()
    }

    /// How many live articles each label has; labels without any are left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn label_counts(&self) -> Result<HashMap<LabelId, i64>, StoreError> {
        let rows =
            label_count::Entity::find().filter(label_count::Column::Articles.gt(0)).all(self.0).await?;
        Ok(rows.into_iter().map(|row| (LabelId(row.label), row.articles)).collect())
    }
}

/// Ends the live publication of an article.
pub(crate) fn ending(article: ArticleId, edition: EditionNumber) -> UpdateStatement {
    publication::Entity::update_many()
        .set(publication::ActiveModel { until_edition: Set(Some(edition)), ..Default::default() })
        .filter(publication::Column::Article.eq(article.uuid()))
        .filter(publication::Column::UntilEdition.is_null())
        .into_query()
}

/// Keeps a publication and its body; after `ended`, as an article has one live publication. Returns the key of the
/// publication.
pub(crate) fn insertion(
    publication: &NewPublication,
    ended: Option<Place>,
    batch: &mut Batch,
) -> Result<PublicationKey, StoreError> {
    let row = row(publication)?;
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in publication::Column::iter() {
        let Some(value) = row.get(column).into_value() else { continue };
        let mut value = Expr::val(value);
        if let (publication::Column::FromEdition, Some(ended), true) =
            (column, ended, batch.is_one_statement())
        {
            // Parts of one statement run in no order but that in which they read each other.
            value = value.add(Expr::cust(format!("0 * (SELECT count(*) FROM {})", ended.name())));
        }
        columns.push(column);
        values.push(value);
    }
    let mut insert = Query::insert();
    insert.into_table(publication::Entity).columns(columns);
    insert.values(values).map_err(|error| StoreError::Refused(error.to_string()))?;
    let key = if batch.is_one_statement() {
        insert.returning(Query::returning().column(publication::Column::Id));
        PublicationKey::ReturnedBy(batch.push(insert))
    } else {
        batch.push(insert);
        PublicationKey::LiveOf(publication.article)
    };
    let body = body_row(&publication.body)?;
    let (mut columns, mut values) = (vec![publication_body::Column::Publication], vec![key.expression()]);
    for column in publication_body::Column::iter() {
        if let Some(value) = body.get(column).into_value() {
            columns.push(column);
            values.push(Expr::val(value));
        }
    }
    let mut insert = Query::insert();
    insert.into_table(publication_body::Entity).columns(columns);
    insert.values(values).map_err(|error| StoreError::Refused(error.to_string()))?;
    batch.push(insert);
    Ok(key)
}

/// The key of a publication that the same batch keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PublicationKey {
    /// That part of the one statement returns it.
    ReturnedBy(Place),
    /// It is that of the live publication of this article, once that is kept.
    LiveOf(ArticleId),
}

impl PublicationKey {
    pub(crate) fn expression(self) -> Expr {
        match self {
            Self::ReturnedBy(place) => Expr::cust(format!("(SELECT id FROM {})", place.name())),
            Self::LiveOf(article) => {
                let live = Query::select()
                    .column(publication::Column::Id)
                    .from(publication::Entity)
                    .and_where(publication::Column::Article.eq(article.uuid()))
                    .and_where(publication::Column::UntilEdition.is_null())
                    .to_owned();
                Expr::SubQuery(None, Box::new(live.into()))
            }
        }
    }
}

/// The columns of the forms of a body, in the order of [`BodyForms::EACH`].
const FORMS: [(BodyForms, publication_body::Column); 5] = [
    (BodyForms::MARKDOWN, publication_body::Column::Markdown),
    (BodyForms::HTML, publication_body::Column::Html),
    (BodyForms::TEXT, publication_body::Column::Text),
    (BodyForms::OUTLINE, publication_body::Column::Outline),
    (BodyForms::IMAGES, publication_body::Column::Images),
];

/// The place that a row tells: what a list is ordered by, and an article's id.
fn place_of(row: &QueryResult, field: OrderField) -> Result<Cursor, StoreError> {
    let key = match field {
        OrderField::PublishedAt | OrderField::UpdatedAt => {
            SortKey::Instant(instant(row.try_get_by_index(0)?)?)
        }
        OrderField::Title => SortKey::Text(row.try_get_by_index(0)?),
    };
    Ok(Cursor { list: field.into(), key, id: row.try_get_by_index(1)? })
}

/// The dates that a condition names, if it names nothing else.
fn dates(predicate: &Predicate) -> Dates {
    match predicate {
        Predicate::Published(range) => Dates::of(range),
        _ => Dates::ALL,
    }
}

/// A part of a list.
#[derive(Debug, Default)]
pub struct Page {
    /// The articles, in the order that was asked for.
    pub articles: Vec<Publication>,
    /// Whether there are more beyond its far end.
    pub more: bool,
    /// The mark of the edition that it was seen in; nothing when there is no article to tell.
    pub seen: Option<EditionMark>,
}

impl Page {
    /// A page out of rows as the database cut them out, in no order.
    pub(crate) fn of(
        rows: Vec<(Publication, EditionMark)>,
        order: ArticleOrder,
        span: &Span,
    ) -> Result<Self, StoreError> {
        let seen = rows.first().map(|(_, seen)| *seen);
        let mut articles: Vec<_> = rows.into_iter().map(|(publication, _)| publication).collect();
        // In the order of reading, to cut what is beyond; then in the order that was asked for.
        let ascending = order.direction == Direction::Asc;
        sort(&mut articles, order.field, ascending != span.backward);
        let more = articles.len() > span.limit;
        articles.truncate(span.limit);
        if span.backward {
            articles.reverse();
        }
        Ok(Self { articles, more, seen })
    }
}

/// Sorts a page as the database cut it out: by the sort column, and by id where that is equal.
fn sort(page: &mut [Publication], field: OrderField, ascending: bool) {
    match field {
        OrderField::PublishedAt => page.sort_by_key(|found| (found.published_at, found.article)),
        OrderField::UpdatedAt => page.sort_by_key(|found| (found.updated_at, found.article)),
        OrderField::Title => page.sort_by_cached_key(|found| (title_key(&found.title), found.article)),
    }
    if !ascending {
        page.reverse();
    }
}

/// Selects all that a publication has.
fn whole(found: Select<publication::Entity>) -> SelectStatement {
    found.select_only().columns(publication_row::columns(PublicationFields::all())).into_query()
}

/// Reads a row of [`whole`].
fn read_whole(row: &QueryResult) -> Result<Publication, StoreError> {
    publication_row::read(&mut SeaCells::of(row), PublicationFields::all())
}

fn row(publication: &NewPublication) -> Result<publication::ActiveModel, StoreError> {
    let NewPublication {
        article,
        version,
        edition,
        content,
        excerpt,
        body: _,
        external_ref,
        published_at,
        updated_at,
        replaces: _,
    } = publication;
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt: _,
        body: _,
        hero_image,
        seo: Seo { title: seo_title, description: seo_description },
        authors,
        topics,
        tags,
        aliases,
        published_at: _,
    } = content;
    let hero = HeroColumns::from(hero_image.clone());
    Ok(publication::ActiveModel {
        id: NotSet,
        article: Set(article.uuid()),
        version: Set(*version),
        from_edition: Set(*edition),
        until_edition: Set(None),
        slug: Set(slug.to_string()),
        locale: Set(locale.to_string()),
        title_key: Set(title_key(title)),
        title: Set(title.clone()),
        deck: Set(deck.clone()),
        excerpt: Set(excerpt.clone()),
        hero_url: Set(hero.url),
        hero_alt: Set(hero.alt),
        hero_caption: Set(hero.caption),
        hero_credit: Set(hero.credit),
        hero_width: Set(hero.width),
        hero_height: Set(hero.height),
        seo_title: Set(seo_title.clone()),
        seo_description: Set(seo_description.clone()),
        external_ref: Set(external_ref.clone()),
        authors: Set(id_bytes(authors)),
        topics: Set(id_bytes(topics)),
        tags: Set(id_bytes(tags)),
        aliases: Set(convert::json(aliases)?),
        published_at: Set(micros(*published_at)),
        updated_at: Set(micros(*updated_at)),
    })
}

/// A heading as the `outline` column holds it.
#[derive(Serialize, Deserialize)]
struct HeadingJson<'a> {
    level: u8,
    id: std::borrow::Cow<'a, str>,
    text: std::borrow::Cow<'a, str>,
}

/// A picture as the `images` column holds it.
#[derive(Serialize, Deserialize)]
struct ImageJson<'a> {
    url: std::borrow::Cow<'a, str>,
    alt: std::borrow::Cow<'a, str>,
    title: Option<std::borrow::Cow<'a, str>>,
}

fn body(row: publication_body::Model) -> Result<Body, StoreError> {
    let publication_body::Model {
        publication: _,
        markdown,
        html,
        text,
        outline,
        images,
        word_count,
        reading_time_minutes,
    } = row;
    let outline: Vec<HeadingJson<'_>> = convert::from_json(&outline)?;
    let images: Vec<ImageJson<'_>> = convert::from_json(&images)?;
    Ok(Body {
        markdown,
        html,
        text,
        outline: outline
            .into_iter()
            .map(|HeadingJson { level, id, text }| Heading {
                level,
                id: id.into_owned(),
                text: text.into_owned(),
            })
            .collect(),
        images: images
            .into_iter()
            .map(|ImageJson { url, alt, title }| InlineImage {
                url: url.into_owned(),
                alt: alt.into_owned(),
                title: title.map(std::borrow::Cow::into_owned),
            })
            .collect(),
        word_count,
        reading_time_minutes,
    })
}

fn body_row(body: &Body) -> Result<publication_body::ActiveModel, StoreError> {
    let Body { markdown, html, text, outline, images, word_count, reading_time_minutes } = body;
    let outline: Vec<_> = outline
        .iter()
        .map(|Heading { level, id, text }| HeadingJson { level: *level, id: id.into(), text: text.into() })
        .collect();
    let images: Vec<_> = images
        .iter()
        .map(|InlineImage { url, alt, title }| ImageJson {
            url: url.into(),
            alt: alt.into(),
            title: title.as_ref().map(Into::into),
        })
        .collect();
    Ok(publication_body::ActiveModel {
        publication: NotSet,
        markdown: Set(markdown.clone()),
        html: Set(html.clone()),
        text: Set(text.clone()),
        outline: Set(convert::json(&outline)?),
        images: Set(convert::json(&images)?),
        word_count: Set(*word_count),
        reading_time_minutes: Set(*reading_time_minutes),
    })
}
