//! Writing authors.

use domain::{AuditAction, AuditSubject, Author, AuthorId, Change, Edition, Id, Scope, Subject};

use crate::error::retry;
use crate::labels::{Labelling, line_for, name_for, slug_for, slug_taken};
use crate::{App, Caller, Idempotency, WriteResult, env, idempotency};

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
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let name = name_for(&input.name, "input.name")?;
        let slug = slug_for(input.slug.as_deref(), &name, "input.slug")?;
        let job_title = line_for(input.job_title.as_deref(), "input.jobTitle")?;
        let bio = line_for(input.bio.as_deref(), "input.bio")?;
        retry!({
            let (tx, taxonomy) = self.begin_edition(caller.origin()).await?;
            let now = env::now();
            let id: AuthorId = env::new_id(now);
            let (keys, edition) = (tx.idempotency_keys(), Some(tx.edition()));
            if let Some(creation) = idempotency::note(&keys, request.as_ref(), id, edition, now).await? {
                drop(tx);
                let id = AuthorId::from_uuid(creation.id);
                let author = taxonomy.author(id).ok_or_else(|| idempotency::gone(id))?;
                return Ok((author.clone(), self.edition_of(&creation).await?));
            }
            if let Some(owner) = taxonomy.author_by_slug(slug.as_str()) {
                return Err(
                    slug_taken("input.slug", &slug, format_args!("the author “{}”", owner.name)).into()
                );
            }
            let author = Author {
                id,
                slug: slug.clone(),
                name: name.clone(),
                job_title: job_title.clone(),
                bio: bio.clone(),
            };
            tx.taxonomy().insert_author(&author).await?;
            let what = labelling(AuditAction::AuthorCreated, &author);
            let change = Change::upserted(Subject::Author(author.id));
            let edition = self.commit_change(tx, change, caller, what).await?;
            Ok((author, edition))
        })
    }
}

pub(crate) fn labelling(action: AuditAction, author: &Author) -> Labelling<'_> {
    let Author { id, slug, name, job_title: _, bio: _ } = author;
    Labelling { action, subject: AuditSubject::Author(*id), version: None, name, slug }
}
