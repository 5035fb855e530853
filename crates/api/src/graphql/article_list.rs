//! Lists of articles, written in one go.
//!
//! Left to the executor, each field of each article, tag and author is a future of its own: for a page of
//! twenty that is most of what an answer costs. Nearly all that lists are asked for is at hand, though, once
//! the page has been read. So what is asked is looked at once for the whole list, and its JSON is written
//! straight from the articles. Whatever needs more (an argument, a directive, another statement) is left to
//! the executor as before, and so are documents whose answers are merged.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_list;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use domain::{Parts, Publication, Subject};

use super::article::{Article, ArticleEdge};
use super::context::{Reader, RequestView};
use super::cost::Ledger;
use super::json::{scalar, string};

/// The articles of a page.
pub(crate) struct ArticleList<'a>(pub(crate) &'a [ArticleEdge]);

impl ArticleList<'_> {
    fn articles(&self) -> impl Iterator<Item = &Article> {
        self.0.iter().map(|edge| &edge.node)
    }
}

impl OutputType for ArticleList<'_> {
    fn type_name() -> Cow<'static, str> {
        Vec::<Article>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<Article>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<Article>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let may_write = ctx.data_opt::<RequestView>().is_some_and(RequestView::may_write);
        let read = self.0.first().map_or(Parts::ALL, |edge| edge.node.parts().0.parts);
        match may_write.then(|| Plan::of(ctx)).flatten().filter(|plan| read.has(plan.needs())) {
            Some(plan) => {
                let ledger = ctx.data_unchecked::<Arc<Ledger>>();
                let written = plan.written(self.articles(), ledger.longest());
                // A list that is cut off is refused with the whole answer.
                let _ = ledger.answer(written.len() as u64);
                Ok(Value::Binary(written.into()))
            }
            None => resolve_list(ctx, field, self.articles(), Some(self.0.len())).await,
        }
    }
}

/// What is asked of each article.
struct Plan<'a>(Vec<(&'a str, Part<'a>)>);

enum Part<'a> {
    Own(Own),
    Authors(Vec<(&'a str, Labelling)>),
    Topics(Vec<(&'a str, Labelling)>),
    Tags(Vec<(&'a str, Labelling)>),
}

/// A field of an article's own.
enum Own {
    TypeName,
    Id,
    Slug,
    Locale,
    Title,
    Deck,
    Excerpt,
    PublishedAt,
    UpdatedAt,
    Version,
    ExternalRef,
}

/// A field of an author, a topic or a tag.
enum Labelling {
    TypeName,
    Id,
    Name,
    Slug,
}

impl<'a> Plan<'a> {
    /// What is asked, if all of it is at hand.
    fn of(ctx: &ContextSelectionSet<'a>) -> Option<Self> {
        let look = Look { ctx };
        let mut parts = Vec::new();
        look.fields(&ctx.item.node, "Article", &mut |name, field| {
            let part = match field.name.node.as_str() {
                "__typename" => Part::Own(Own::TypeName),
                "id" => Part::Own(Own::Id),
                "slug" => Part::Own(Own::Slug),
                "locale" => Part::Own(Own::Locale),
                "title" => Part::Own(Own::Title),
                "deck" => Part::Own(Own::Deck),
                "excerpt" => Part::Own(Own::Excerpt),
                "publishedAt" => Part::Own(Own::PublishedAt),
                "updatedAt" => Part::Own(Own::UpdatedAt),
                "version" => Part::Own(Own::Version),
                "externalRef" => Part::Own(Own::ExternalRef),
                "authors" => Part::Authors(look.labels(field, "Author")?),
                "topics" => Part::Topics(look.labels(field, "Topic")?),
                "tags" => Part::Tags(look.labels(field, "Tag")?),
                _ => return None,
            };
            parts.push((name, part));
            Some(())
        })?;
        Some(Self(parts))
    }

    /// What has to have been read of each article.
    fn needs(&self) -> Parts {
        let needed = |part: &Part<'_>| match part {
            Part::Own(Own::Deck) => Parts::DECK,
            Part::Own(Own::Excerpt) => Parts::EXCERPT,
            Part::Own(Own::ExternalRef) => Parts::EXTERNAL_REF,
            _ => Parts::NONE,
        };
        self.0.iter().fold(Parts::NONE, |parts, (_, part)| parts.and(needed(part)))
    }

    /// The list, as JSON; cut off when it is longer than an answer may be.
    fn written<'b>(&self, articles: impl Iterator<Item = &'b Article>, longest: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 << 10);
        out.push(b'[');
        let mut mentioned = Vec::new();
        let mut last = None;
        for (place, article) in articles.enumerate() {
            if out.len() as u64 > longest {
                break;
            }
            if place > 0 {
                out.push(b',');
            }
            let (publication, reader) = article.parts();
            self.article(publication, reader, &mut out, &mut mentioned);
            last = Some(reader);
        }
        out.push(b']');
        if let Some(reader) = last {
            reader.mentions.note_all_of(mentioned);
        }
        out
    }

    fn article(
        &self,
        publication: &Publication,
        reader: &Reader,
        out: &mut Vec<u8>,
        mentioned: &mut Vec<Subject>,
    ) {
        let taxonomy = reader.view.taxonomy();
        object(&self.0, out, |part, out| match part {
            Part::Own(own) => own.write(publication, out),
            Part::Authors(parts) => {
                let authors = publication.authors.iter().filter_map(|id| taxonomy.author(*id));
                list(authors, out, |author, out| {
                    mentioned.push(Subject::Author(author.id));
                    object(parts, out, |part, out| {
                        part.write("Author", &author.id, &author.name, author.slug.as_str(), out);
                    });
                });
            }
            Part::Topics(parts) => {
                let topics = publication.topics.iter().filter_map(|id| taxonomy.topic(*id));
                list(topics, out, |topic, out| {
                    mentioned.push(Subject::Topic(topic.id));
                    object(parts, out, |part, out| {
                        part.write("Topic", &topic.id, &topic.name, topic.slug.as_str(), out);
                    });
                });
            }
            Part::Tags(parts) => {
                list(taxonomy.resolve_tags(&publication.tags).into_iter(), out, |tag, out| {
                    mentioned.push(Subject::Tag(tag.id));
                    object(parts, out, |part, out| {
                        part.write("Tag", &tag.id, &tag.name, tag.slug.as_str(), out);
                    });
                });
            }
        });
    }
}

impl Own {
    fn write(&self, publication: &Publication, out: &mut Vec<u8>) {
        match self {
            Self::TypeName => string("Article", out),
            Self::Id => string(&publication.article.to_string(), out),
            Self::Slug => string(publication.slug.as_str(), out),
            Self::Locale => string(&publication.locale.to_string(), out),
            Self::Title => string(&publication.title, out),
            Self::Deck => scalar(&publication.deck, out),
            Self::Excerpt => string(&publication.excerpt, out),
            Self::PublishedAt => string(&publication.published_at.to_string(), out),
            Self::UpdatedAt => string(&publication.updated_at.to_string(), out),
            Self::Version => scalar(&publication.version, out),
            Self::ExternalRef => scalar(&publication.external_ref, out),
        }
    }
}

impl Labelling {
    fn write(&self, type_name: &str, id: &impl ToString, name: &str, slug: &str, out: &mut Vec<u8>) {
        match self {
            Self::TypeName => string(type_name, out),
            Self::Id => string(&id.to_string(), out),
            Self::Name => string(name, out),
            Self::Slug => string(slug, out),
        }
    }
}

/// Looks at what is asked.
struct Look<'a, 'b> {
    ctx: &'b ContextSelectionSet<'a>,
}

impl<'a> Look<'a, '_> {
    /// Goes through the fields that are asked of a type, fragments for it included; `None` when one of them
    /// is not simply its name.
    fn fields(
        &self,
        set: &'a SelectionSet,
        type_name: &str,
        each: &mut impl FnMut(&'a str, &'a Field) -> Option<()>,
    ) -> Option<()> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    if !field.arguments.is_empty() || !field.directives.is_empty() {
                        return None;
                    }
                    each(field.response_key().node.as_str(), field)?;
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let condition = fragment.type_condition.as_ref();
                    let fits = condition.is_none_or(|condition| condition.node.on.node == type_name);
                    if !fits || !fragment.directives.is_empty() {
                        return None;
                    }
                    self.fields(&fragment.selection_set.node, type_name, each)?;
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.ctx.query_env.fragments.get(&spread.node.fragment_name.node)?;
                    let fits = fragment.node.type_condition.node.on.node == type_name;
                    if !fits || !spread.node.directives.is_empty() || !fragment.node.directives.is_empty() {
                        return None;
                    }
                    self.fields(&fragment.node.selection_set.node, type_name, each)?;
                }
            }
        }
        Some(())
    }

    fn labels(&self, field: &'a Field, type_name: &str) -> Option<Vec<(&'a str, Labelling)>> {
        let mut parts = Vec::new();
        self.fields(&field.selection_set.node, type_name, &mut |name, field| {
            let part = match field.name.node.as_str() {
                "__typename" => Labelling::TypeName,
                "id" => Labelling::Id,
                "name" => Labelling::Name,
                "slug" => Labelling::Slug,
                _ => return None,
            };
            parts.push((name, part));
            Some(())
        })?;
        Some(parts)
    }
}

fn object<P>(parts: &[(&str, P)], out: &mut Vec<u8>, mut write: impl FnMut(&P, &mut Vec<u8>)) {
    out.push(b'{');
    for (place, (name, part)) in parts.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        // Names of GraphQL are letters, digits and `_`.
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        write(part, out);
    }
    out.push(b'}');
}

fn list<T>(entries: impl Iterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (place, entry) in entries.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(entry, out);
    }
    out.push(b']');
}
