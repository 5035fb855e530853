//! Articles, their revisions and their slugs, as editors see them.

use domain::{
    Article, ArticleId, ArticleState, Content, Id, Revision, Seo, Slug, Source, Version, WithdrawReason,
};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect,
};

use crate::StoreError;
use crate::convert::{self, HeroColumns, id_bytes, ids, instant, micros, parsed};
use crate::entity::{article, article_slug, revision};

/// Articles, as editors see them.
#[derive(Debug)]
pub struct Articles<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Articles<'_, C> {
    /// The article.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        article::Entity::find_by_id(id.uuid()).one(self.0).await?.map(article).transpose()
    }

    /// The article, held until the transaction ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_for_update(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        let mut query = article::Entity::find_by_id(id.uuid());
        if self.0.get_database_backend() == DbBackend::Postgres {
            query = query.lock(LockType::Update);
        }
        query.one(self.0).await?.map(article).transpose()
    }

    /// The article that another system knows by this name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_by_external_ref(&self, external_ref: &str) -> Result<Option<Article>, StoreError> {
        let query = article::Entity::find().filter(article::Column::ExternalRef.eq(external_ref));
        query.one(self.0).await?.map(article).transpose()
    }

    /// One revision.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revision(&self, id: ArticleId, version: Version) -> Result<Option<Revision>, StoreError> {
        revision::Entity::find_by_id((id.uuid(), version)).one(self.0).await?.map(revision).transpose()
    }

    /// Keeps a new article.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its external reference has just been taken.
    pub async fn insert(&self, article: &Article) -> Result<(), StoreError> {
        article::Entity::insert(row(article)).exec_without_returning(self.0).await?;
        Ok(())
    }

    /// Keeps what has changed of an article.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn update(&self, article: &Article) -> Result<(), StoreError> {
        article::Entity::update(row(article)).exec(self.0).await?;
        Ok(())
    }

    /// Keeps a new revision.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of that version already.
    pub async fn insert_revision(&self, revision: &Revision) -> Result<(), StoreError> {
        revision::Entity::insert(revision_row(revision)?).exec_without_returning(self.0).await?;
        Ok(())
    }

    /// The article that a slug belongs to.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn slug_owner(&self, slug: &Slug) -> Result<Option<ArticleId>, StoreError> {
        let found = article_slug::Entity::find_by_id(slug.as_str()).one(self.0).await?;
        Ok(found.map(|row| ArticleId::from_uuid(row.article)))
    }

    /// Gives a free slug to an article; one that it has already stays as it is, or becomes public.
    /// Answers whether the article has it now: somebody else may just have taken it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim_slug(&self, slug: &Slug, owner: ArticleId, public: bool) -> Result<bool, StoreError> {
        let was_public = Expr::col((article_slug::Entity, article_slug::Column::Public));
        let mut conflict = OnConflict::column(article_slug::Column::Slug);
        conflict
            .value(article_slug::Column::Public, if public { Expr::val(true) } else { was_public })
            .action_and_where(
                Expr::col((article_slug::Entity, article_slug::Column::Article)).eq(owner.uuid()),
            );
        let claimed = article_slug::Entity::insert(article_slug::ActiveModel {
            slug: Set(slug.to_string()),
            article: Set(owner.uuid()),
            public: Set(public),
        })
        .on_conflict(conflict)
        .exec_without_returning(self.0)
        .await?;
        Ok(claimed > 0)
    }

    /// Frees the slugs of an article that were never public, but for the one that it goes by now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release_slugs(&self, owner: ArticleId, keep: &Slug) -> Result<(), StoreError> {
        article_slug::Entity::delete_many()
            .filter(article_slug::Column::Article.eq(owner.uuid()))
            .filter(article_slug::Column::Public.eq(false))
            .filter(article_slug::Column::Slug.ne(keep.as_str()))
            .exec(self.0)
            .await?;
        Ok(())
    }

    /// Points every redirect that ends at `from` to `to` instead.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn follow_redirects(&self, from: ArticleId, to: ArticleId) -> Result<(), StoreError> {
        article::Entity::update_many()
            .set(article::ActiveModel { redirect_to: Set(Some(to.uuid())), ..Default::default() })
            .filter(article::Column::RedirectTo.eq(from.uuid()))
            .exec(self.0)
            .await?;
        Ok(())
    }
}

fn article(row: article::Model) -> Result<Article, StoreError> {
    let article::Model {
        id,
        external_ref,
        version,
        state,
        published_version,
        published_edition,
        redirect_to,
        created_at,
        updated_at,
        first_published_at,
        source_digest,
        source_version,
    } = row;
    let state = match (state.as_str(), published_version, published_edition) {
        ("DRAFT", _, _) => ArticleState::Draft,
        ("PUBLISHED", Some(version), Some(edition)) => ArticleState::Published { version, edition },
        ("WITHDRAWN", _, _) => ArticleState::Withdrawn {
            reason: redirect_to
                .map_or(WithdrawReason::Gone, |to| WithdrawReason::Redirect(ArticleId::from_uuid(to))),
        },
        (other, _, _) => return Err(StoreError::Damaged(format!("an article is in state `{other}`"))),
    };
    let source = source_digest.zip(source_version).map(|(digest, version)| {
        let digest = parsed(<[u8; 32]>::try_from(digest).map_err(|_| "a digest is not of 32 bytes"))?;
        Ok::<_, StoreError>(Source { digest, version })
    });
    Ok(Article {
        id: ArticleId::from_uuid(id),
        external_ref,
        version,
        state,
        created_at: instant(created_at)?,
        updated_at: instant(updated_at)?,
        first_published_at: first_published_at.map(instant).transpose()?,
        source: source.transpose()?,
    })
}

fn row(article: &Article) -> article::ActiveModel {
    let Article { id, external_ref, version, state, created_at, updated_at, first_published_at, source } =
        article;
    let (published_version, published_edition, redirect_to) = match state {
        ArticleState::Published { version, edition } => (Some(*version), Some(*edition), None),
        ArticleState::Withdrawn { reason: WithdrawReason::Redirect(to) } => (None, None, Some(to.uuid())),
        ArticleState::Draft | ArticleState::Withdrawn { reason: WithdrawReason::Gone } => (None, None, None),
    };
    article::Model {
        id: id.uuid(),
        external_ref: external_ref.clone(),
        version: *version,
        state: state.name().to_owned(),
        published_version,
        published_edition,
        redirect_to,
        created_at: micros(*created_at),
        updated_at: micros(*updated_at),
        first_published_at: first_published_at.map(micros),
        source_digest: source.as_ref().map(|source| source.digest.to_vec()),
        source_version: source.as_ref().map(|source| source.version),
    }
    .into_active_model()
    .reset_all()
}

fn revision(row: revision::Model) -> Result<Revision, StoreError> {
    let revision::Model {
        article,
        version,
        slug,
        locale,
        title,
        deck,
        excerpt,
        body,
        hero_url,
        hero_alt,
        hero_caption,
        hero_credit,
        hero_width,
        hero_height,
        seo_title,
        seo_description,
        authors,
        topics,
        tags,
        aliases,
        published_at,
        created_at,
        actor,
    } = row;
    let hero = HeroColumns {
        url: hero_url,
        alt: hero_alt,
        caption: hero_caption,
        credit: hero_credit,
        width: hero_width,
        height: hero_height,
    };
    Ok(Revision {
        article: ArticleId::from_uuid(article),
        version,
        content: Content {
            slug: parsed(Slug::parse(&slug))?,
            locale: parsed(locale.parse::<domain::Locale>())?,
            title,
            deck,
            excerpt,
            body,
            hero_image: hero.into(),
            seo: Seo { title: seo_title, description: seo_description },
            authors: ids(&authors)?,
            topics: ids(&topics)?,
            tags: ids(&tags)?,
            aliases: convert::from_json(&aliases)?,
            published_at: published_at.map(instant).transpose()?,
        },
        created_at: instant(created_at)?,
        actor,
    })
}

fn revision_row(revision: &Revision) -> Result<revision::ActiveModel, StoreError> {
    let Revision { article, version, content, created_at, actor } = revision;
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt,
        body,
        hero_image,
        seo: Seo { title: seo_title, description: seo_description },
        authors,
        topics,
        tags,
        aliases,
        published_at,
    } = content;
    let hero = HeroColumns::from(hero_image.clone());
    let model = revision::Model {
        article: article.uuid(),
        version: *version,
        slug: slug.to_string(),
        locale: locale.to_string(),
        title: title.clone(),
        deck: deck.clone(),
        excerpt: excerpt.clone(),
        body: body.clone(),
        hero_url: hero.url,
        hero_alt: hero.alt,
        hero_caption: hero.caption,
        hero_credit: hero.credit,
        hero_width: hero.width,
        hero_height: hero.height,
        seo_title: seo_title.clone(),
        seo_description: seo_description.clone(),
        authors: id_bytes(authors),
        topics: id_bytes(topics),
        tags: id_bytes(tags),
        aliases: convert::json(aliases)?,
        published_at: published_at.map(micros),
        created_at: micros(*created_at),
        actor: actor.clone(),
    };
    Ok(model.into_active_model())
}
