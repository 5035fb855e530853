//! Writing authors.

use domain::{AuditAction, AuditRecord, AuditSubject, Author, AuthorId, Edition, Scope, Taxonomy, Timestamp};
use persistence::Write;

use crate::labels::{self, Label, line_for, name_for, slug_for, slug_taken};
use crate::{App, Caller, Idempotency, WriteResult};

/// What an editor sends of an author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorInput {
    /// The name as it is printed.
    pub name: String,
    /// The name in web addresses; without one it is made of the name.
    pub slug: Option<String>,
    /// What the author does.
    pub job_title: Option<String>,
    /// A sentence or two about the author.
    pub bio: Option<String>,
}

impl App {
    /// Makes an author.
    ///
    /// # Errors
    /// When the name is blank, the slug is taken, or the caller may not.
    pub async fn create_author(
        &self,
        caller: &Caller,
        input: &AuthorInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<(Author, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let name = name_for(&input.name, "input.name")?;
        let slug = slug_for(input.slug.as_deref(), &name, "input.slug")?;
        let job_title = line_for(input.job_title.as_deref(), "input.jobTitle")?;
        let bio = line_for(input.bio.as_deref(), "input.bio")?;
        self.create_label(caller, idempotency, |taxonomy, id| {
            if let Some(owner) = taxonomy.author_by_slug(slug.as_str()) {
                return Err(slug_taken("input.slug", &slug, format_args!("the author “{}”", owner.name)));
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
