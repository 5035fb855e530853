//! Objects that have an id.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Interface, ObjectType, SchemaBuilder, SubscriptionType};
use domain::NodeId;

use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, reader};
use crate::graphql::types::article::Article;
use crate::graphql::types::author::Author;
use crate::graphql::types::desk::Desk;
use crate::graphql::types::desk_article::DeskArticle;
use crate::graphql::types::tag::{Tag, check_count};
use crate::graphql::types::topic::Topic;

/// An object with an id, by which it can be requested.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id of the object. It is opaque and never changes."))]
pub(crate) enum Node {
    Article(Article),
    Tag(Tag),
    Topic(Topic),
    Author(Author),
    DeskArticle(DeskArticle),
}

/// Registers every type of node in the schema.
pub(crate) fn register<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    builder.register_output_type::<Node>()
}

/// Resolves `node`.
pub(crate) async fn node(ctx: &Context<'_>, id: String) -> Result<Option<Node>, ApiError> {
    Ok(nodes(ctx, "id", vec![id]).await?.pop().flatten())
}

/// Resolves `nodes`. The result has the order of the ids, with null for each object that does not exist.
pub(crate) async fn nodes(
    ctx: &Context<'_>,
    argument: &str,
    ids: Vec<String>,
) -> Result<Vec<Option<Node>>, ApiError> {
    let ids = check_count(argument, ids)?
        .iter()
        .map(|id| id.parse::<NodeId>().map_err(|error| ApiError::argument(argument, error)))
        .collect::<Result<Vec<_>, _>>()?;
    let reader = reader(ctx).await?;
    let articles: Vec<_> =
        ids.iter().filter_map(|id| if let NodeId::Article(id) = id { Some(*id) } else { None }).collect();
    let publications = reader.view.articles(&articles).await?;
    let names: Vec<_> = publications.iter().map(|publication| publication.article).collect();
    let articles: HashMap<_, _> = names.into_iter().zip(Article::all(publications, &reader)).collect();
    let at_desk: Vec<_> = ids
        .iter()
        .filter_map(|id| if let NodeId::DeskArticle(id) = id { Some((*id).into()) } else { None })
        .collect();
    let desk =
        if at_desk.is_empty() { HashMap::new() } else { Desk::open(ctx).await?.named(&at_desk).await? };
    let node = |id| {
        let found = match id {
            NodeId::Article(id) => articles.get(&id).cloned().map(Node::Article),
            NodeId::DeskArticle(id) => desk.get(&id.into()).cloned().map(Node::DeskArticle),
            other => label(other, &reader),
        };
        if found.is_none() {
            reader.mentions.note_all(kind(id));
        }
        found
    };
    Ok(ids.into_iter().map(node).collect())
}

fn kind(id: NodeId) -> SubjectKind {
    match id {
        NodeId::Article(_) | NodeId::DeskArticle(_) => SubjectKind::Articles,
        NodeId::Author(_) => SubjectKind::Authors,
        NodeId::Tag(_) => SubjectKind::Tags,
        NodeId::Topic(_) => SubjectKind::Topics,
    }
}

fn label(id: NodeId, reader: &Arc<Reader>) -> Option<Node> {
    let taxonomy = reader.view.taxonomy();
    match id {
        NodeId::Article(_) | NodeId::DeskArticle(_) => None,
        NodeId::Author(id) => Some(Author::new(taxonomy.author(id)?.clone(), reader).into()),
        NodeId::Tag(id) => Some(Tag::new(taxonomy.tag(id)?.clone(), reader).into()),
        NodeId::Topic(id) => Some(Topic::new(taxonomy.topic(id)?.clone(), reader).into()),
    }
}
