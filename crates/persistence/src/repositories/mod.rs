//! Repositories: they read rows as domain values, and build the statements that write them.

mod actors;
mod api_keys;
mod articles;
mod audit;
mod idempotency_keys;
mod previews;
mod publications;
mod taxonomy;

pub(crate) use actors::name_person;
pub use actors::{Actors, Person};
pub use api_keys::{ApiKey, Keys};
pub(crate) use api_keys::{expire_key, insert_key, revoke_key};
pub use articles::{Articles, ImportedArticle, NextDue};
pub(crate) use articles::{
    SlugUse, article_from_row, claim_slug, delete_article, delete_content, insert_article, insert_revision,
    mark_former_slugs, move_redirects, release_slugs, update_article,
};
pub(crate) use audit::audit_row;
pub use audit::{Audit, AuditFilter};
pub use idempotency_keys::{Creation, IdempotentRequest};
pub(crate) use idempotency_keys::{IdempotencyKeys, insert_creation};
pub use previews::{Preview, PreviewTarget, Previews};
pub(crate) use previews::{insert_preview, insert_signing_key, revoke_preview};
pub use publications::{FormerSlug, Publications};
pub(crate) use publications::{PublicationKey, end_publication, ended_articles, insert_publication};
pub use taxonomy::{LabelUse, TaxonomyRows};
pub(crate) use taxonomy::{
    delete_tag, delete_topic, insert_author, insert_tag, insert_topic, merge_author, merge_tag, merge_topic,
    update_author, update_tag, update_topic,
};
