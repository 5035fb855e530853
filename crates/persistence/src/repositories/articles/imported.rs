//! The articles that were imported from files.

use domain::{ArticleId, Id, SourceFile};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Articles;
use super::row::{digest_of, source_file};
use crate::StoreError;
use crate::entity::article;

/// An article that was imported from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedArticle {
    /// The article.
    pub id: ArticleId,
    /// Its external reference.
    pub external_ref: Option<String>,
    /// The title of its working copy.
    pub title: String,
    /// The digest of the file and of the options of its last import.
    pub digest: [u8; 32],
    /// The file. `None` for an article that was imported before files were recorded.
    pub file: Option<SourceFile>,
    /// Whether it is public.
    pub is_public: bool,
}

impl<C: ConnectionTrait> Articles<'_, C> {
    /// The articles that were imported from this source, and those that were imported from any source before files were
    /// recorded. The oldest come first.
    pub async fn imported_from(&self, source: &str) -> Result<Vec<ImportedArticle>, StoreError> {
        type C = article::Column;
        type Row = (
            uuid::Uuid,
            Option<String>,
            String,
            Option<Vec<u8>>,
            Option<String>,
            Option<String>,
            Option<String>,
            Option<Vec<u8>>,
            String,
        );
        let rows: Vec<Row> = article::Entity::find()
            .select_only()
            .columns([
                C::Id,
                C::ExternalRef,
                C::Title,
                C::SourceDigest,
                C::ImportSource,
                C::ImportPath,
                C::ImportId,
                C::ImportBytes,
                C::State,
            ])
            .filter(C::SourceDigest.is_not_null())
            .filter(C::ImportSource.eq(source).or(C::ImportSource.is_null()))
            .order_by_asc(C::Id)
            .into_tuple()
            .all(self.0)
            .await?;
        let article = |row: Row| {
            let (id, external_ref, title, digest, source, path, file_id, bytes, state) = row;
            Ok(ImportedArticle {
                id: ArticleId::from_uuid(id),
                external_ref,
                title,
                digest: digest_of(digest.unwrap_or_default())?,
                file: source_file(source, path, file_id, bytes)?,
                is_public: state == "PUBLISHED",
            })
        };
        rows.into_iter().map(article).collect()
    }
}
