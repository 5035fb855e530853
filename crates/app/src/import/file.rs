//! One file: read, checked in full, and only then written.

use std::collections::HashMap;

use domain::{
    Article, AuditAction, Content, Image, LIMITS, Locale, Revision, Seo, Slug, Source, Timestamp, UserError,
    Version, WithdrawReason,
};
use editorial::checks::{self, IssueCode, Policy, Severity};
use importer::markdown::{Note, Refusal, SourceArticle, SourceImage};
use persistence::EditionTx;
use richtext::RichText;
use sha2::{Digest, Sha256};

use super::labels::{Labels, Named};
use super::{FileReport, ImportFile, ImportOptions, Outcome, WithoutAlt};
use crate::articles::Write;
use crate::input::Applied;
use crate::{StoreError, WriteError, WriteResult, articles, env, render};

/// Front matter beside the largest body.
const MAX_FILE: usize = LIMITS.body + (64 << 10);

/// The transaction that a file is imported in, and what it has to know.
pub(super) struct Batch<'a> {
    pub(super) tx: EditionTx,
    pub(super) labels: Labels<'a>,
    pub(super) options: &'a ImportOptions,
    pub(super) actor: &'a str,
}

impl Batch<'_> {
    /// Imports one file.
    pub(super) async fn import(&mut self, file: &ImportFile, now: Timestamp) -> WriteResult<FileReport> {
        let mut notes = Vec::new();
        let outcome = match self.attempt(file, now, &mut notes).await {
            Ok(outcome) => outcome,
            Err(Failure::Refused(refusal)) => refused(refusal),
            Err(Failure::Write(error)) => return Err(error),
        };
        Ok(FileReport { path: file.path.clone(), outcome, notes })
    }

    async fn attempt(
        &mut self,
        file: &ImportFile,
        now: Timestamp,
        notes: &mut Vec<Note>,
    ) -> Result<Outcome, Failure> {
        let Self { tx, labels, options, actor } = self;
        if file.bytes.len() > MAX_FILE {
            let reason =
                format!("the file has {} bytes and may have {MAX_FILE}: split the article", file.bytes.len());
            return Err(refusal(reason).into());
        }
        let source = importer::markdown::parse(&file.path, &file.bytes, &options.keys)?;
        let digest = digest(file, options);
        let external_ref =
            source.external_ref.clone().unwrap_or_else(|| format!("{}/{}", options.source, file.path));
        let known = known(tx, &external_ref).await?;
        if let Some((article, _)) = &known {
            match &article.source {
                Some(last) if last.digest == digest && last.version == article.version => {
                    return Ok(Outcome::Unchanged);
                }
                _ if options.overwrite => {}
                Some(last) if last.digest == digest => return Ok(Outcome::Unchanged),
                Some(last) if last.version == article.version => {}
                _ => return Err(edited_here(article).into()),
            }
            if article.archived_at.is_some() {
                let reason = "the article was archived here: take it out (`articleUnarchive`) and import again, or leave the file out";
                return Err(refusal(reason).into());
            }
        }

        // Everything that can be wrong with the file is found before anything is written.
        let named = Named::parse(&source.tags, &source.topics, &source.authors).map_err(refusal)?;
        let updated_at = source.updated_at;
        let is_draft = source.draft || source.published_at.is_some_and(|at| at > now);
        notes.extend(source.notes.iter().cloned());
        if !source.draft && is_draft {
            notes.push(note("its date is still to come: kept as a draft"));
        }
        let slug = slug(tx, &source, known.as_ref().map(|(article, revision)| (article, revision))).await?;
        let mut content = content(source, slug, options, notes)?;
        let rich = render::markdown(&content.body).await;
        check(&content, &rich, is_draft, now).map_err(|refusal| at_image(refusal, &rich, &file.bytes))?;
        let body = render::into_body(&content.body, rich);

        (content.tags, content.topics, content.authors) = labels.ids(tx, named).await?;
        let fresh = known.is_none();
        let applied = Applied { content, external_ref: Some(external_ref), slug_is_free: false };
        let saved = match known {
            None => {
                articles::create(&tx.articles(), env::new_id(now), applied, Write::by(actor, now)).await?
            }
            Some((article, revision)) => {
                articles::save(&tx.articles(), article, revision, applied, Write::by(actor, now)).await?
            }
        };
        let version = saved.article.version;
        let article = Article { source: Some(Source { digest, version }), ..saved.article };
        let content = &saved.revision.content;
        if is_draft {
            keep_as_draft(tx, article, version, now, actor).await?;
            return Ok(Outcome::Draft);
        }
        if article.published_as_is().is_some() {
            tx.articles().update(&article).await?;
            return Ok(Outcome::Updated);
        }
        let shown = match (updated_at, content.published_at) {
            (Some(at), _) => domain::truncate(at).min(now),
            (None, Some(at)) if fresh => at,
            (None, _) => now,
        };
        let article = article.publish(version, content.published_at, now, tx.edition())?;
        articles::make_public(tx, &labels.taxonomy, &article, version, content, &body, shown).await?;
        record(tx, &article, AuditAction::ArticlePublished, now, actor).await?;
        Ok(if fresh { Outcome::Imported } else { Outcome::Updated })
    }
}

/// The outcome of a refused file.
pub(super) fn refused(refusal: Refusal) -> Outcome {
    let Refusal { line, field, reason } = refusal;
    let reason = match field {
        Some(field) => format!("`{field}`: {reason}"),
        None => reason,
    };
    Outcome::Refused { line, reason }
}

/// Why a file was not imported: a fault of the file, or one that ends the import.
enum Failure {
    Refused(Refusal),
    Write(WriteError),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Write(error.into())
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        Self::Refused(refusal(error.full_message()))
    }
}

fn refusal(reason: impl Into<String>) -> Refusal {
    Refusal { line: None, field: None, reason: reason.into() }
}

/// The article that the file became at an earlier import.
async fn known(tx: &EditionTx, external_ref: &str) -> Result<Option<(Article, Revision)>, Failure> {
    if external_ref.chars().count() > LIMITS.external_ref || external_ref.contains('\0') {
        let reason = format!(
            "the path, or the id in its front matter, is longer than {} characters: shorten it",
            LIMITS.external_ref
        );
        return Err(refusal(reason).into());
    }
    let Some(article) = tx.articles().find_by_external_ref(external_ref).await? else { return Ok(None) };
    let Some(article) = tx.articles().find_for_update(article.id).await? else { return Ok(None) };
    let revision = tx.articles().revision(article.id, article.version).await?;
    Ok(revision.map(|revision| (article, revision)))
}

fn edited_here(article: &Article) -> Refusal {
    refusal(format!(
        "the article was edited or withdrawn here since the file was imported (it is at version {}): import with \
         --overwrite to replace that (the edits stay among its versions), or leave the file out",
        article.version
    ))
}

/// What the file is told apart by from its next version, and from itself under other options.
fn digest(file: &ImportFile, options: &ImportOptions) -> [u8; 32] {
    let ImportOptions { source: _, keys, dry_run: _, without_alt, overwrite: _ } = options;
    let mut hash = Sha256::new();
    for (field, keys) in keys.fields() {
        hash.update(format!("{field}={}\n", keys.join(",")));
    }
    hash.update(format!("{without_alt:?}\n"));
    hash.update(&file.bytes);
    hash.finalize().into()
}

/// The slug that the file names; or the one that the article has; or one made of the file's name,
/// numbered when that is taken.
async fn slug(
    tx: &EditionTx,
    source: &SourceArticle,
    known: Option<(&Article, &Revision)>,
) -> Result<Slug, Failure> {
    if let Some(given) = &source.slug {
        let slug = Slug::from_text(given).map_err(|error| refusal(format!("`slug`: {error}")))?;
        return match tx.articles().slug_owner(&slug).await? {
            Some(owner) if known.is_none_or(|(article, _)| article.id != owner) => {
                Err(refusal(format!("the slug `{slug}` belongs to {owner}: name another one in `slug`"))
                    .into())
            }
            _ => Ok(slug),
        };
    }
    if let Some((_, revision)) = known {
        return Ok(revision.content.slug.clone());
    }
    let slug = Slug::from_text(&source.file_slug)
        .or_else(|_| Slug::from_text(&source.title))
        .map_err(|_| refusal("no slug can be made of the file's name or its title: name one in `slug`"))?;
    Ok(articles::free_slug(&tx.articles(), slug, env::new_id(Timestamp::UNIX_EPOCH)).await?)
}

/// The content, without what is filed under yet.
fn content(
    source: SourceArticle,
    slug: Slug,
    options: &ImportOptions,
    notes: &mut Vec<Note>,
) -> Result<Content, Failure> {
    let SourceArticle {
        title,
        slug: _,
        file_slug: _,
        deck,
        published_at,
        updated_at: _,
        draft: _,
        locale,
        tags: _,
        topics: _,
        authors: _,
        excerpt,
        image,
        aliases,
        external_ref: _,
        seo_title,
        seo_description,
        body,
        notes: _,
    } = source;
    let locale = locale
        .map(|text| text.parse::<Locale>())
        .transpose()
        .map_err(|error| refusal(format!("`locale`: {error}")))?
        .unwrap_or_else(Locale::english);
    Ok(Content {
        slug,
        locale,
        title,
        deck,
        excerpt,
        body: strip_nul(body),
        hero_image: image.and_then(|image| hero(image, options, notes)),
        seo: Seo { title: seo_title, description: seo_description },
        authors: Vec::new(),
        topics: Vec::new(),
        tags: Vec::new(),
        aliases,
        published_at: published_at.map(domain::truncate),
    })
}

/// The picture on top; one without alternative text is left out, if that is what is wanted.
fn hero(image: SourceImage, options: &ImportOptions, notes: &mut Vec<Note>) -> Option<Image> {
    let SourceImage { url, alt, caption, credit } = image;
    if alt.is_none() && options.without_alt == WithoutAlt::LeaveOut {
        notes.push(note(format!("the image `{url}` has no alternative text and was left out")));
        return None;
    }
    Some(Image { url, alt, caption, credit, width: None, height: None })
}

/// CommonMark has U+FFFD stand for NUL, which no database keeps in a text.
fn strip_nul(body: String) -> String {
    if body.contains('\0') { body.replace('\0', "\u{fffd}") } else { body }
}

/// The same rules as for an editor, in the words of a file. What is but a warning holds no import up, and
/// neither do links: what they lead to may be imported later.
fn check(content: &Content, rich: &RichText, is_draft: bool, now: Timestamp) -> Result<(), Refusal> {
    let mut problems: Vec<String> =
        content.problems().into_iter().map(|problem| problem.full_message().to_owned()).collect();
    if !is_draft {
        let issues = checks::check(content, rich, &Policy::default(), now, &HashMap::new());
        let errors = issues.into_iter().filter(|issue| issue.severity == Severity::Error);
        let errors = errors.filter(|issue| issue.code != IssueCode::InternalLinkBroken);
        problems.extend(errors.map(|issue| issue.message));
    }
    if problems.is_empty() { Ok(()) } else { Err(refusal(problems.join("; "))) }
}

/// Gives a refusal over pictures without alternative text the line of the first of them.
fn at_image(refusal: Refusal, rich: &RichText, file: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(file);
    let line = rich.images.iter().filter(|image| image.alt.trim().is_empty()).find_map(|image| {
        // The address may have been put together from several parts; its last one stands in the file.
        let name = image.url.rsplit('/').find(|part| !part.is_empty())?;
        let at = text.find(&image.url).or_else(|| text.find(name))?;
        u32::try_from(text[..at].matches('\n').count() + 1).ok()
    });
    Refusal { line: refusal.line.or(line), ..refusal }
}

/// A draft is not public; if it was, it no longer is.
async fn keep_as_draft(
    tx: &mut EditionTx,
    article: Article,
    version: Version,
    now: Timestamp,
    actor: &str,
) -> Result<(), Failure> {
    let article = if matches!(article.state, domain::ArticleState::Published { .. }) {
        tx.withdraw(article.id).await?;
        let source = article.source.clone();
        record(tx, &article, AuditAction::ArticleWithdrawn, now, actor).await?;
        Article { source, ..article.withdraw(version, WithdrawReason::Gone, now)? }
    } else {
        article
    };
    tx.articles().update(&article).await?;
    Ok(())
}

async fn record(
    tx: &EditionTx,
    article: &Article,
    action: AuditAction,
    now: Timestamp,
    actor: &str,
) -> Result<(), StoreError> {
    let record = articles::record(actor, now, action, article);
    tx.audit().record(&record.in_edition(tx.edition())).await
}

fn note(message: impl Into<String>) -> Note {
    Note { line: 1, message: message.into() }
}
