//! Writing authors.

use domain::{
    AuditAction, AuditRecord, AuditSubject, Author, AuthorId, Edition, Remedy, Scope, Slug, Taxonomy,
    Timestamp, UserError, Version,
};
use persistence::Write;

use super::labels::{self, Label, LabelChange, check_slug, find, find_pair};
use crate::{App, Caller, Field, Idempotency, WriteResult, text};

/// The input for a new author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorInput {
    /// The display name.
    pub name: String,
    /// The slug. Without one, it is made from the name.
    pub slug: Option<String>,
    /// The job title.
    pub job_title: Option<String>,
    /// A short biography.
    pub bio: Option<String>,
}

/// The changes of an author. A field that is left out keeps its value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthorUpdate {
    /// The display name.
    pub name: Option<String>,
    /// The slug.
    pub slug: Option<String>,
    /// The job title.
    pub job_title: Field<String>,
    /// A short biography.
    pub bio: Field<String>,
}

impl App {
    /// Creates an author.
    ///
    /// # Errors
    /// When the input is wrong, the slug is taken, or the caller lacks the scope.
    pub async fn create_author(
        &self,
        caller: &Caller,
        input: &AuthorInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<(Author, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let name = text::name(&input.name, "name")?;
        let slug = text::slug(input.slug.as_deref(), &name)?;
        let job_title = text::line(input.job_title.as_deref(), "jobTitle")?;
        let bio = text::line(input.bio.as_deref(), "bio")?;
        self.create_label(caller, idempotency, |taxonomy, id| {
            check_slug::<Author>(taxonomy, &slug, None)?;
            Ok(Author {
                id,
                version: 1,
                slug: slug.clone(),
                name: name.clone(),
                job_title: job_title.clone(),
                bio: bio.clone(),
                merged_into: None,
            })
        })
        .await
    }

    /// Changes fields of an author. Their articles keep them, and their former slug keeps working.
    ///
    /// # Errors
    /// When the author does not exist, has another version, the input is wrong, or the slug is taken.
    pub async fn update_author(
        &self,
        caller: &Caller,
        id: AuthorId,
        expected: Version,
        input: &AuthorUpdate,
    ) -> WriteResult<(Author, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let AuthorUpdate { name, slug, job_title, bio } = input;
        let name = name.as_deref().map(|name| text::name(name, "name")).transpose()?;
        let slug = text::given_slug(slug.as_deref())?;
        let job_title = text::line_field(job_title, "jobTitle")?;
        let bio = text::line_field(bio, "bio")?;
        self.change_label(caller, |taxonomy, _| {
            let current = find::<Author>(taxonomy, id, "id")?;
            current.expect(expected)?;
            let next = Author {
                version: current.version + 1,
                name: name.clone().unwrap_or_else(|| current.name.clone()),
                slug: slug.clone().unwrap_or_else(|| current.slug.clone()),
                job_title: job_title.clone().apply(current.job_title.clone()),
                bio: bio.clone().apply(current.bio.clone()),
                ..current.clone()
            };
            check_slug::<Author>(taxonomy, &next.slug, Some(id))?;
            let unchanged = |current: &Author, next: &Author| {
                *current == Author { version: current.version, ..next.clone() }
            };
            let write = |author, old_slug| Write::Author { author, old_slug };
            Ok(LabelChange::update(current, next, AuditAction::AuthorUpdated, unchanged, write))
        })
        .await
    }

    /// Merges an author into another one. Their articles name the other author instead, and their slugs return the
    /// other author.
    ///
    /// # Errors
    /// When one of the authors does not exist, both are the same, or the author has another version.
    pub async fn merge_authors(
        &self,
        caller: &Caller,
        id: AuthorId,
        expected: Version,
        into: AuthorId,
    ) -> WriteResult<(Author, Edition)> {
        caller.require(Scope::ContentPublish)?;
        self.change_label(caller, |taxonomy, _| {
            let (source, target) = find_pair::<Author>(taxonomy, (id, expected), into, "into")?;
            let write = Write::AuthorMerged { source: source.id, target: target.id };
            Ok(LabelChange::replacement(source, target, AuditAction::AuthorMerged, write))
        })
        .await
    }
}

impl Label for Author {
    type Id = AuthorId;

    const KIND: &'static str = "author";

    const LIST: Remedy = Remedy::ListAuthors;

    const CREATED: AuditAction = AuditAction::AuthorCreated;

    fn id(&self) -> AuthorId {
        self.id
    }

    fn slug(&self) -> &Slug {
        &self.slug
    }

    fn name(&self) -> &str {
        &self.name
    }

    /// Authors cannot be deleted, only merged.
    fn is_deleted(&self) -> bool {
        false
    }

    fn find(taxonomy: &Taxonomy, id: AuthorId) -> Option<&Self> {
        taxonomy.author(id)
    }

    fn slug_owner<'a>(taxonomy: &'a Taxonomy, slug: &Slug) -> Option<&'a Self> {
        taxonomy.author_slug_owner(slug.as_str())
    }

    fn expect(&self, expected: Version) -> Result<(), UserError> {
        Self::expect(self, expected)
    }

    fn insertion(self) -> Write {
        Write::NewAuthor(self)
    }

    fn record(&self, action: AuditAction, now: Timestamp, actor: &str) -> AuditRecord {
        let Self { id, version, slug, name, job_title: _, bio: _, merged_into: _ } = self;
        labels::record(now, actor, action, AuditSubject::Author(*id), (name, slug)).of_version(*version)
    }
}
