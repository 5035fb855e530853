//! Prepares files before the transaction of their batch: parses, renders and checks them.

use std::collections::HashMap;

use domain::{Article, ArticleId, Body, Content, Image, LIMITS, Locale, Seo, Slug, Timestamp};
use editorial::checks::{self, BrokenBefore, IssueCode, Policy, Severity};
use importer::markdown::{Dropped, Note, Refusal, SourceArticle, SourceImage};
use richtext::RichText;

use super::digest::{self, Digests};
use super::identity::Identity;
use super::labels::Named;
use super::{ImportFile, ImportOptions, KeptContent, WithoutAlt};
use crate::render;

/// The maximum size of a file in bytes: the largest body, and front matter.
const MAX_FILE: usize = LIMITS.body + (64 << 10);

/// A parsed file.
#[derive(Debug)]
pub(super) struct PreparedFile<'f> {
    pub(super) file: &'f ImportFile,
    pub(super) identity: &'f Identity,
    pub(super) parsed: Result<Parsed, Refusal>,
}

/// The content of a parsed file.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) source: SourceArticle,
    /// The digests that tell whether the file has changed.
    pub(super) digests: Digests,
    /// The external reference that is made from the path.
    pub(super) path_ref: String,
    /// `None` until the body is needed.
    pub(super) rendered: Option<Rendered>,
}

/// The rendered content of a file, without its slug and its labels.
#[derive(Debug)]
pub(super) struct Rendered {
    /// Notes about content that was left out or changed.
    pub(super) notes: Vec<Note>,
    /// The content that was dropped.
    pub(super) dropped: Vec<Dropped>,
    /// Whether the article stays a draft, because the file says so or its date is in the future.
    pub(super) is_draft: bool,
    /// The content and the body, or why the file is refused.
    pub(super) article: Result<(Content, Body, Named), Refusal>,
    /// Why the article cannot be published.
    pub(super) publishable: Result<(), Refusal>,
    /// What the body contains.
    pub(super) kept: KeptContent,
}

impl<'f> PreparedFile<'f> {
    /// Parses a file.
    pub(super) fn parse(file: &'f ImportFile, identity: &'f Identity, options: &ImportOptions) -> Self {
        Self { file, identity, parsed: parse(file, options) }
    }

    /// Whether its article was imported from this file in its current state.
    pub(super) fn is_unchanged(&self, known: &HashMap<ArticleId, Article>, options: &ImportOptions) -> bool {
        let Ok(parsed) = &self.parsed else { return true };
        let article = self.identity.article.and_then(|id| known.get(&id));
        self.identity.moved_from.is_none()
            && article.is_some_and(|article| is_unchanged(article, &parsed.digests, options))
    }

    /// Renders and checks the file, unless that is done already.
    pub(super) async fn render(&mut self, options: &ImportOptions, now: Timestamp) {
        let Ok(parsed) = &mut self.parsed else { return };
        if parsed.rendered.is_some() {
            return;
        }
        let source = &mut parsed.source;
        let is_early = source.published_at.is_some_and(|at| at > now);
        let has_expired = source.expires_at.is_some_and(|at| at <= now);
        let is_draft = source.draft || is_early || has_expired;
        let mut findings = Findings {
            notes: source.notes.clone(),
            dropped: source.dropped.clone(),
            kept: KeptContent::default(),
        };
        if !source.draft && is_early {
            findings.note("its date is in the future: saved as a draft");
        }
        if !source.draft && has_expired {
            findings.note("its expiry date has passed: saved as a draft");
        }
        if source.expires_at.is_some() && !has_expired {
            findings.note("its expiry date is not imported: set the end with `articlePublish(expiresAt:)`");
            findings.drop_one("expiry date");
        }
        // The body moves, so that it is not in memory twice.
        let body = std::mem::take(&mut source.body);
        let source = SourceArticle { body, ..source.clone() };
        let mut publishable = Ok(());
        let article = article(source, self.file, options, &mut findings, &mut publishable, now).await;
        let Findings { notes, dropped, kept } = findings;
        parsed.rendered = Some(Rendered { notes, dropped, is_draft, article, publishable, kept });
    }
}

/// Whether an article was imported from a file with these digests, so that there is nothing to import.
pub(super) fn is_unchanged(article: &Article, digests: &Digests, options: &ImportOptions) -> bool {
    article.source.as_ref().is_some_and(|last| {
        let known = if last.file.is_some() { digests.current } else { digests.before };
        last.digest == known && (last.version == article.version || !options.overwrite)
    })
}

fn parse(file: &ImportFile, options: &ImportOptions) -> Result<Parsed, Refusal> {
    if file.bytes.len() > MAX_FILE {
        let reason =
            format!("the file has {} bytes and may have {MAX_FILE}: split the article", file.bytes.len());
        return Err(refusal(reason));
    }
    let source = importer::markdown::parse(&file.path, &file.bytes, &options.settings)?;
    let path_ref = format!("{}/{}", options.source, file.path);
    let names = std::iter::once(&path_ref).chain(&source.external_ref);
    if names.into_iter().any(|name| name.chars().count() > LIMITS.external_ref || name.contains('\0')) {
        let reason = format!(
            "the path, or the id in its front matter, is longer than {} characters: shorten it",
            LIMITS.external_ref
        );
        return Err(refusal(reason));
    }
    Ok(Parsed { source, digests: digest::of(file, options), path_ref, rendered: None })
}

/// Makes the content and the body, and checks both.
async fn article(
    source: SourceArticle,
    file: &ImportFile,
    options: &ImportOptions,
    findings: &mut Findings,
    publishable: &mut Result<(), Refusal>,
    now: Timestamp,
) -> Result<(Content, Body, Named), Refusal> {
    let mut left_out = Vec::new();
    let named = Named::parse(&source.tags, &source.topics, &source.authors, options.slugs, &mut left_out)
        .map_err(refusal)?;
    for message in left_out {
        findings.note(message);
    }
    let content = content(source, options, findings)?;
    let rich = render::markdown(&content.body).await;
    findings.kept = KeptContent {
        words: usize::try_from(rich.word_count).unwrap_or(usize::MAX),
        pictures: rich.images.len(),
        links: rich.links.len(),
        headings: rich.outline.len(),
    };
    findings.drop_html(&rich, &file.bytes);
    let problems = content.problems();
    if !problems.is_empty() {
        let messages: Vec<String> = problems.into_iter().map(|problem| problem.full_message()).collect();
        return Err(refusal(messages.join("; ")));
    }
    *publishable =
        check(&content, &rich, findings, now).map_err(|refusal| at_image(refusal, &rich, &file.bytes));
    if options.is_strict {
        findings.require_nothing_dropped()?;
    }
    let body = render::into_body(&content.body, rich);
    let body = match options.dry_run {
        false => body,
        // A dry run is one batch, so its bodies would fill the memory. Nothing reads them.
        true => Body { html: String::new(), text: String::new(), markdown: String::new(), ..body },
    };
    Ok((content, body, named))
}

/// Makes the content, with a placeholder for the slug and without labels.
fn content(
    source: SourceArticle,
    options: &ImportOptions,
    findings: &mut Findings,
) -> Result<Content, Refusal> {
    let SourceArticle {
        title,
        slug: _,
        file_slug: _,
        deck,
        published_at,
        updated_at: _,
        expires_at: _,
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
        dropped: _,
    } = source;
    let locale = locale
        .map(|text| text.parse::<Locale>())
        .transpose()
        .map_err(|error| refusal(format!("`locale`: {error}")))?
        .unwrap_or_else(Locale::english);
    let slug = Slug::from_text("untitled").map_err(|error| refusal(error.to_string()))?;
    Ok(Content {
        slug,
        locale,
        title,
        deck,
        excerpt,
        body: strip_nul(body),
        hero_image: image.and_then(|image| hero_image(image, options, findings)),
        seo: Seo { title: seo_title, description: seo_description },
        authors: Vec::new(),
        topics: Vec::new(),
        tags: Vec::new(),
        aliases,
        published_at: published_at.map(domain::truncate),
    })
}

/// Makes the hero image. Without alternative text, it is left out if the options say so.
fn hero_image(image: SourceImage, options: &ImportOptions, findings: &mut Findings) -> Option<Image> {
    let SourceImage { url, alt, caption, credit, width, height } = image;
    if alt.is_none() && options.without_alt == WithoutAlt::LeaveOut {
        findings.note(format!("the image `{url}` has no alternative text and was left out"));
        findings.drop_one("hero image without alternative text");
        return None;
    }
    Some(Image { url, alt, caption, credit, width, height })
}

/// Replaces NUL by U+FFFD, as CommonMark does. Databases cannot store NUL in a text.
fn strip_nul(body: String) -> String {
    if body.contains('\0') { body.replace('\0', "\u{fffd}") } else { body }
}

/// Applies the rules for publishing. Warnings do not prevent an import. The text was public on another site, so its broken
/// links are warnings, as they will be when an editor publishes it again.
fn check(content: &Content, rich: &RichText, findings: &mut Findings, now: Timestamp) -> Result<(), Refusal> {
    let policy = Policy::default();
    let issues = checks::check(content, rich, &policy, now, &HashMap::new(), &BrokenBefore::All);
    let dead = issues.iter().filter(|issue| {
        // Links to other articles cannot be checked before all files are imported.
        issue.code == IssueCode::InternalLinkBroken && issue.message.starts_with("the link `#")
    });
    for issue in dead {
        findings.note(issue.message.clone());
    }
    let errors = issues.into_iter().filter(|issue| issue.severity == Severity::Error);
    let problems: Vec<String> = errors.map(|issue| issue.message).collect();
    if problems.is_empty() { Ok(()) } else { Err(refusal(problems.join("; "))) }
}

/// Adds the line of the first image without alternative text to a refusal.
fn at_image(refusal: Refusal, rich: &RichText, file: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(file);
    let line = rich.images.iter().filter(|image| image.alt.trim().is_empty()).find_map(|image| {
        // The URL may have been assembled from several parts. Its last part occurs in the file.
        let name = image.url.rsplit('/').find(|part| !part.is_empty())?;
        let at = text.find(&image.url).or_else(|| text.find(name))?;
        u32::try_from(text[..at].matches('\n').count() + 1).ok()
    });
    Refusal { line: refusal.line.or(line), ..refusal }
}

/// Makes a refusal of the whole file.
pub(super) fn refusal(reason: impl Into<String>) -> Refusal {
    Refusal { line: None, field: None, reason: reason.into() }
}

/// What an editor should know about the file.
struct Findings {
    notes: Vec<Note>,
    dropped: Vec<Dropped>,
    kept: KeptContent,
}

impl Findings {
    /// Adds a note about the whole file.
    fn note(&mut self, message: impl Into<String>) {
        self.notes.push(Note { line: 1, message: message.into() });
    }

    /// Counts dropped content of the front matter.
    fn drop_one(&mut self, what: &str) {
        self.dropped.push(Dropped { what: what.to_owned(), count: 1, line: 1 });
    }

    /// Counts the elements that are removed from the page. Tags of templates may have changed the numbers of lines, so the
    /// line is that of the first such element in the file.
    fn drop_html(&mut self, rich: &RichText, file: &[u8]) {
        if rich.removed_html.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(file).to_lowercase();
        for removed in &rich.removed_html {
            let what = format!("<{}>", removed.name);
            if let Some(known) = self.dropped.iter_mut().find(|dropped| dropped.what == what) {
                known.count += 1;
                continue;
            }
            let at = text.find(&format!("<{}", removed.name)).unwrap_or(0);
            let line = u32::try_from(text[..at].matches('\n').count() + 1).unwrap_or(u32::MAX);
            self.notes
                .push(Note { line, message: format!("`{what}` was dropped: it is removed from the page") });
            self.dropped.push(Dropped { what, count: 1, line });
        }
    }

    fn require_nothing_dropped(&self) -> Result<(), Refusal> {
        let Some(first) = self.dropped.first() else { return Ok(()) };
        let what: Vec<_> = self.dropped.iter().map(|dropped| format!("`{}`", dropped.what)).collect();
        let reason = format!(
            "this would be dropped: {}. Say with --map-tag what the tags stand for, or import without --strict",
            what.join(", ")
        );
        Err(Refusal { line: Some(first.line), field: None, reason })
    }
}
