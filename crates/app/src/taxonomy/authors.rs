//! Writing authors.

use domain::{AuditAction, AuditRecord, AuditSubject, Author, AuthorId, Edition, Scope, Taxonomy, Timestamp};
use persistence::Write;

use super::labels::{self, Label, slug_taken};
use crate::{App, Caller, Idempotency, WriteResult, text};

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
            if let Some(owner) = taxonomy.author_by_slug(slug.as_str()) {
                return Err(slug_taken(&slug, format_args!("the author “{}”", owner.name)));
            }
            Ok(Author {
                id,
                slug: slug.clone(),
                name: name.clone(),
                job_title: job_title.clone(),
                bio: bio.clone(),
            })
        })
        .await
    }
}

impl Label for Author {
    type Id = AuthorId;

    const CREATED: AuditAction = AuditAction::AuthorCreated;

    fn id(&self) -> AuthorId {
        self.id
    }

    fn find(taxonomy: &Taxonomy, id: AuthorId) -> Option<&Self> {
        taxonomy.author(id)
    }

    fn insertion(self) -> Write {
        Write::NewAuthor(self)
    }

    fn record(&self, action: AuditAction, now: Timestamp, actor: &str) -> AuditRecord {
        let Self { id, slug, name, job_title: _, bio: _ } = self;
        labels::record(now, actor, action, AuditSubject::Author(*id), (name, slug))
    }
}
