//! Writes the JSON of lists of articles directly.
//!
//! The executor would resolve each field of each article, tag and author as a future of its own. For a page of
//! twenty articles, that would be most of the cost of an answer. But once the page has been read, nearly
//! everything that lists select is in memory. Therefore this module plans once for the whole list what is
//! selected, and writes the JSON from the articles. If a selection needs more (an argument, a directive, another
//! statement), or if the document merges fields, the executor resolves the list.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_list;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use domain::{PublicationFields, Subject};

use crate::graphql::execution::article_fields::{RowField, WriteField, row_field};
use crate::graphql::execution::context::RequestView;
use crate::graphql::execution::cost::Ledger;
use crate::graphql::execution::json::{list, object, string};
use crate::graphql::types::article::Article;
use crate::graphql::types::article_connection::ArticleEdge;

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
        let may_preserialize = ctx.data_opt::<RequestView>().is_some_and(RequestView::may_preserialize);
        let read = self.0.first().map_or(PublicationFields::all(), |edge| edge.node.publication().read);
        let plan = may_preserialize.then(|| Plan::of(ctx)).flatten();
        match plan.filter(|plan| read.contains(plan.reads)) {
            Some(plan) => {
                let ledger = ctx.data_unchecked::<Arc<Ledger>>();
                let written = plan.json(self.articles(), ledger.longest());
                // The answer exceeds its limit, so the ledger has recorded an error for the whole answer.
                let _ = ledger.answer(written.len() as u64);
                Ok(Value::Binary(written.into()))
            }
            None => resolve_list(ctx, field, self.articles(), Some(self.0.len())).await,
        }
    }
}

/// The fields to write for each article.
struct Plan<'a> {
    /// The fields with their response keys.
    fields: Vec<(&'a str, PlannedField<'a>)>,
    /// The optional fields that must have been read.
    reads: PublicationFields,
}

enum PlannedField<'a> {
    Row(WriteField),
    Authors(Vec<(&'a str, LabelField)>),
    Topics(Vec<(&'a str, LabelField)>),
    Tags(Vec<(&'a str, LabelField)>),
}

/// The fields of an article that this module writes in addition to those in its row.
#[cfg(test)]
pub(crate) const LABELS: [&str; 3] = ["authors", "topics", "tags"];

/// A field of an author, a topic or a tag.
enum LabelField {
    TypeName,
    Id,
    Name,
    Slug,
}

impl<'a> Plan<'a> {
    /// Plans the selected fields. Returns `None` if the executor must resolve one of them.
    fn of(ctx: &ContextSelectionSet<'a>) -> Option<Self> {
        let walker = SelectionWalker { ctx };
        let mut plan = Self { fields: Vec::new(), reads: PublicationFields::empty() };
        walker.fields(&ctx.item.node, "Article", &mut |key, field| {
            let planned = match field.name.node.as_str() {
                "authors" => PlannedField::Authors(walker.labels(field, "Author")?),
                "topics" => PlannedField::Topics(walker.labels(field, "Topic")?),
                "tags" => PlannedField::Tags(walker.labels(field, "Tag")?),
                name => {
                    let RowField { reads, write, .. } = row_field(name)?;
                    plan.reads |= *reads;
                    PlannedField::Row((*write)?)
                }
            };
            plan.fields.push((key, planned));
            Some(())
        })?;
        Some(plan)
    }

    /// Writes the list as JSON. Stops when it is longer than an answer may be.
    fn json<'b>(&self, articles: impl Iterator<Item = &'b Article>, longest: u64) -> Vec<u8> {
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
            self.write(article, &mut out, &mut mentioned);
            last = Some(article.reader());
        }
        out.push(b']');
        if let Some(reader) = last {
            reader.mentions.note_all_of(mentioned);
        }
        out
    }

    /// Writes one article, and notes the tags, topics and authors that it shows.
    fn write(&self, article: &Article, out: &mut Vec<u8>, mentioned: &mut Vec<Subject>) {
        let publication = article.publication();
        let taxonomy = article.reader().view.taxonomy();
        object(keyed(&self.fields), out, |planned, out| match planned {
            PlannedField::Row(write) => write(publication, out),
            PlannedField::Authors(fields) => {
                let authors = taxonomy.resolve_authors(&publication.authors);
                list(authors.into_iter(), out, |author, out| {
                    mentioned.push(Subject::Author(author.id));
                    object(keyed(fields), out, |field, out| {
                        field.write("Author", &author.id, &author.name, author.slug.as_str(), out);
                    });
                });
            }
            PlannedField::Topics(fields) => {
                let topics = taxonomy.resolve_topics(&publication.topics);
                list(topics.into_iter(), out, |topic, out| {
                    mentioned.push(Subject::Topic(topic.id));
                    object(keyed(fields), out, |field, out| {
                        field.write("Topic", &topic.id, &topic.name, topic.slug.as_str(), out);
                    });
                });
            }
            PlannedField::Tags(fields) => {
                list(taxonomy.resolve_tags(&publication.tags).into_iter(), out, |tag, out| {
                    mentioned.push(Subject::Tag(tag.id));
                    object(keyed(fields), out, |field, out| {
                        field.write("Tag", &tag.id, &tag.name, tag.slug.as_str(), out);
                    });
                });
            }
        });
    }
}

impl LabelField {
    fn write(&self, type_name: &str, id: &impl ToString, name: &str, slug: &str, out: &mut Vec<u8>) {
        match self {
            Self::TypeName => string(type_name, out),
            Self::Id => string(&id.to_string(), out),
            Self::Name => string(name, out),
            Self::Slug => string(slug, out),
        }
    }
}

/// Goes through selected fields.
struct SelectionWalker<'a, 'b> {
    ctx: &'b ContextSelectionSet<'a>,
}

impl<'a> SelectionWalker<'a, '_> {
    /// Calls `each` for every field that is selected for a type, including those in fragments. Returns `None` if a
    /// field has arguments or directives.
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
                    let matches = condition.is_none_or(|condition| condition.node.on.node == type_name);
                    if !matches || !fragment.directives.is_empty() {
                        return None;
                    }
                    self.fields(&fragment.selection_set.node, type_name, each)?;
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.ctx.query_env.fragments.get(&spread.node.fragment_name.node)?;
                    let matches = fragment.node.type_condition.node.on.node == type_name;
                    if !matches || !spread.node.directives.is_empty() || !fragment.node.directives.is_empty()
                    {
                        return None;
                    }
                    self.fields(&fragment.node.selection_set.node, type_name, each)?;
                }
            }
        }
        Some(())
    }

    fn labels(&self, field: &'a Field, type_name: &str) -> Option<Vec<(&'a str, LabelField)>> {
        let mut fields = Vec::new();
        self.fields(&field.selection_set.node, type_name, &mut |key, field| {
            let field = match field.name.node.as_str() {
                "__typename" => LabelField::TypeName,
                "id" => LabelField::Id,
                "name" => LabelField::Name,
                "slug" => LabelField::Slug,
                _ => return None,
            };
            fields.push((key, field));
            Some(())
        })?;
        Some(fields)
    }
}

/// Iterates over fields with their response keys.
fn keyed<'a, T>(fields: &'a [(&'a str, T)]) -> impl Iterator<Item = (&'a str, &'a T)> {
    fields.iter().map(|(key, field)| (*key, field))
}
