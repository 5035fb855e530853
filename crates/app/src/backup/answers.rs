//! Digests of everything that the public sees. A backup contains them, and a restore compares them.

use std::collections::HashMap;

use domain::{
    ArticleOrder, Author, Body, BodyForms, Correction, Cursor, CursorList, Direction, Edition, Heading, Id,
    Image, InlineImage, LabelId, OrderField, Predicate, Publication, PublicationFields, RedirectTarget, Seo,
    SortKey, Span, Tag, Timestamp, Topic, TopicId,
};
use persistence::{AnswerDigest, Answers, Budget, FormerSlug};
use sha2::{Digest, Sha256};

use super::Watcher;
use crate::{StoreError, View};

/// The version of the questions and of the digest format. Increment it with every change of either: digests of different
/// versions are not compared.
pub(super) const VERSION: i64 = 2;

/// The number of articles or former slugs per page.
const PAGE: usize = 100;

/// Reads everything that the public can see, and digests it.
pub(super) async fn digests(view: &View, watcher: &dyn Watcher) -> Result<Answers, StoreError> {
    let counts = view.label_counts().await?;
    let digests = vec![
        articles(view, watcher).await?,
        tags(view, &counts),
        topics(view, &counts),
        authors(view, &counts),
        redirects(view).await?,
        edition(view),
    ];
    Ok(Answers { version: VERSION, digests })
}

/// Digests every article with its body, the newest first.
async fn articles(view: &View, watcher: &dyn Watcher) -> Result<AnswerDigest, StoreError> {
    let mut answer = Answer::to("every article, with its text");
    let order = ArticleOrder { field: OrderField::PublishedAt, direction: Direction::Desc };
    let budget = Budget::unlimited();
    let mut after = None;
    loop {
        let span = Span { after, before: None, limit: PAGE, backward: false, offset: 0 };
        let (articles, more) =
            view.page(&Predicate::TRUE, order, &span, PublicationFields::all(), &budget).await?;
        let keys: Vec<_> = articles.iter().map(|article| article.key).collect();
        let bodies = view.bodies(&keys, BodyForms::all()).await?;
        for article in &articles {
            answer.article(article);
            answer.optional(bodies.get(&article.key), Answer::body);
        }
        watcher.advance(None, articles.len() as u64);
        after = match articles.last().filter(|_| more) {
            None => return Ok(answer.digest()),
            Some(last) => Some(Cursor {
                list: CursorList::ArticlesByPublishedAt,
                key: SortKey::Instant(last.published_at),
                id: last.article.uuid(),
            }),
        };
    }
}

fn tags(view: &View, counts: &HashMap<LabelId, i64>) -> AnswerDigest {
    let mut answer = Answer::to("every tag, and how many articles it has");
    let mut tags: Vec<_> = view.taxonomy().tags().collect();
    tags.sort_unstable_by_key(|tag| tag.id);
    for tag in tags {
        let Tag { id, version, slug, name, merged_into: _, deleted_at: _ } = tag;
        answer.entry();
        answer.text(&id.to_string());
        answer.number((*version).into());
        answer.text(slug.as_str());
        answer.text(name);
        answer.number(counts.get(&LabelId::from(*id)).copied().unwrap_or_default());
    }
    answer.digest()
}

/// Digests every topic, parents before their children.
fn topics(view: &View, counts: &HashMap<LabelId, i64>) -> AnswerDigest {
    fn below(answer: &mut Answer, view: &View, counts: &HashMap<LabelId, i64>, parent: Option<TopicId>) {
        for topic in view.taxonomy().children(parent) {
            let Topic {
                id,
                version,
                slug,
                name,
                description,
                parent,
                position,
                merged_into: _,
                deleted_at: _,
            } = topic;
            answer.entry();
            answer.text(&id.to_string());
            answer.number((*version).into());
            answer.text(slug.as_str());
            answer.text(name);
            answer.optional(description.as_deref(), Answer::text);
            answer.optional(parent.as_ref(), |answer, id| answer.text(&id.to_string()));
            answer.number((*position).into());
            answer.number(counts.get(&LabelId::from(*id)).copied().unwrap_or_default());
            below(answer, view, counts, Some(*id));
        }
    }
    let mut answer = Answer::to("the tree of topics, and how many articles each has");
    below(&mut answer, view, counts, None);
    answer.digest()
}

fn authors(view: &View, counts: &HashMap<LabelId, i64>) -> AnswerDigest {
    let mut answer = Answer::to("every author, and how many articles each has");
    let mut authors: Vec<_> = view.taxonomy().authors().collect();
    authors.sort_unstable_by_key(|author| author.id);
    for author in authors {
        let Author { id, version, slug, name, job_title, bio, merged_into: _ } = author;
        answer.entry();
        answer.text(&id.to_string());
        answer.number((*version).into());
        answer.text(slug.as_str());
        answer.text(name);
        answer.optional(job_title.as_deref(), Answer::text);
        answer.optional(bio.as_deref(), Answer::text);
        answer.number(counts.get(&LabelId::from(*id)).copied().unwrap_or_default());
    }
    answer.digest()
}

/// Digests every former slug with its target.
async fn redirects(view: &View) -> Result<AnswerDigest, StoreError> {
    let mut answer = Answer::to("every former slug, and where it leads");
    let mut after = None;
    loop {
        let span = Span { after, before: None, limit: PAGE, backward: false, offset: 0 };
        let (slugs, more) = view.redirects(&span).await?;
        for former in &slugs {
            let FormerSlug { slug, target, withdrawn_at, note } = former;
            answer.entry();
            answer.text(slug.as_str());
            answer.optional(target.as_ref(), |answer, target| match target {
                RedirectTarget::Article(id) => answer.text(&id.to_string()),
                RedirectTarget::Url(url) => answer.text(url),
            });
            answer.optional(withdrawn_at.as_ref(), Answer::instant);
            answer.optional(note.as_deref(), Answer::text);
        }
        after = match slugs.last().filter(|_| more) {
            None => return Ok(answer.digest()),
            Some(last) => Some(Cursor {
                list: CursorList::Redirects,
                key: SortKey::Text(last.slug.to_string()),
                id: uuid::Uuid::nil(),
            }),
        };
    }
}

fn edition(view: &View) -> AnswerDigest {
    let mut answer = Answer::to("the edition");
    answer.entry();
    let Edition { number, mark, at } = view.edition();
    answer.number(number);
    answer.text(&mark.to_string());
    answer.instant(&at);
    answer.digest()
}

/// The digest of an answer in progress. Values of variable length are preceded by their length, so that different answers
/// never feed the same bytes.
struct Answer {
    question: &'static str,
    entries: u64,
    hash: Sha256,
}

impl Answer {
    fn to(question: &'static str) -> Self {
        Self { question, entries: 0, hash: Sha256::new() }
    }

    fn digest(self) -> AnswerDigest {
        let Self { question, entries, hash } = self;
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        AnswerDigest { question: question.to_owned(), entries, sha256 }
    }

    fn entry(&mut self) {
        self.entries += 1;
    }

    fn number(&mut self, number: i64) {
        self.hash.update(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.hash.update((text.len() as u64).to_be_bytes());
        self.hash.update(text);
    }

    fn instant(&mut self, at: &Timestamp) {
        self.number(at.as_microsecond());
    }

    fn optional<T: ?Sized>(&mut self, value: Option<&T>, add: impl FnOnce(&mut Self, &T)) {
        self.number(value.is_some().into());
        if let Some(value) = value {
            add(self, value);
        }
    }

    fn list<T>(&mut self, values: &[T], mut add: impl FnMut(&mut Self, &T)) {
        self.hash.update((values.len() as u64).to_be_bytes());
        for value in values {
            add(self, value);
        }
    }

    fn article(&mut self, article: &Publication) {
        let Publication {
            key: _,
            article,
            version,
            edition,
            slug,
            locale,
            title,
            deck,
            excerpt,
            hero_image,
            seo: Seo { title: seo_title, description: seo_description },
            external_ref,
            authors,
            topics,
            tags,
            aliases,
            corrections,
            published_at,
            updated_at,
            read: _,
        } = article;
        self.entry();
        self.text(&article.to_string());
        self.number((*version).into());
        self.number(*edition);
        self.text(slug.as_str());
        self.text(locale.as_str());
        self.text(title);
        self.optional(deck.as_deref(), Self::text);
        self.text(excerpt);
        self.optional(hero_image.as_ref(), Self::image);
        self.optional(seo_title.as_deref(), Self::text);
        self.optional(seo_description.as_deref(), Self::text);
        self.optional(external_ref.as_deref(), Self::text);
        self.list(authors, |answer, id| answer.text(&id.to_string()));
        self.list(topics, |answer, id| answer.text(&id.to_string()));
        self.list(tags, |answer, id| answer.text(&id.to_string()));
        self.list(aliases, |answer, alias| answer.text(alias));
        self.list(corrections, |answer, Correction { at, note }| {
            answer.instant(at);
            answer.text(note);
        });
        self.instant(published_at);
        self.instant(updated_at);
    }

    fn image(&mut self, image: &Image) {
        let Image { url, alt, caption, credit, width, height } = image;
        self.text(url);
        for text in [alt, caption, credit] {
            self.optional(text.as_deref(), Self::text);
        }
        for pixels in [width, height] {
            self.optional(pixels.as_ref(), |answer, pixels| answer.number((*pixels).into()));
        }
    }

    fn body(&mut self, body: &Body) {
        let Body { markdown, html, text, outline, images, word_count, reading_time_minutes } = body;
        self.text(markdown);
        self.text(html);
        self.text(text);
        self.list(outline, |answer, heading| {
            let Heading { level, id, text } = heading;
            answer.number((*level).into());
            answer.text(id);
            answer.text(text);
        });
        self.list(images, |answer, image| {
            let InlineImage { url, alt, title } = image;
            answer.text(url);
            answer.text(alt);
            answer.optional(title.as_deref(), Self::text);
        });
        self.number((*word_count).into());
        self.number((*reading_time_minutes).into());
    }
}
