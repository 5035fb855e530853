//! Measures the write: an article is created and then published. GreyMatters writes to copies of its databases.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::graphql_query::{GraphqlQuery, Pointers};
use super::lane::{Kind, Lane, Way, ask};
use super::lanes::title;
use super::pass::{self, Pass};
use super::{ARTICLES, Bench, progress};
use crate::dataset::Dataset;
use crate::failure::{Result, failed};
use crate::load::Operation;
use crate::random::Random;
use crate::server::make_key;
use crate::storage::Storage;
use crate::words::Prose;
use crate::writer::{Template, Writer, WrittenArticles};

/// The numbers of concurrent connections. More connections would only wait for each other, because publishing is
/// serialised.
pub(crate) const CONNECTIONS: [usize; 2] = [1, 8];
/// The maximum number of articles that a pass writes.
const OPERATIONS: u64 = 400;
/// The number of warm-up passes, for systems with a just-in-time compiler.
const WARM_UP: usize = 2;
/// The length of the body of an article, in bytes.
const TEXT: usize = 2_900;
/// The number of tags of an article.
const TAGS: usize = 4;
const START: Duration = Duration::from_secs(60);

const CREATE: &str = "mutation($input: ArticleInput!) { articleCreate(input: $input) { article { id version } \
                      userErrors { code path message } } }";
const PUBLISH: &str = "mutation($id: ID!, $version: Int!) { articlePublish(id: $id, expectedVersion: $version) \
                       { article { id version } edition { number } userErrors { code path message } } }";

/// The measurements of the writes of one lane.
pub(crate) struct Written {
    pub(crate) lane: String,
    pub(crate) kind: Kind,
    pub(crate) database: Option<&'static str>,
    pub(crate) missing: Option<String>,
    /// The passes, for each of [`CONNECTIONS`].
    pub(crate) passes: Vec<Vec<Pass>>,
}

impl Bench<'_> {
    /// Measures the writes of GreyMatters on every database, and of the peers.
    pub(crate) fn writes(&self, peers: &mut [Lane]) -> Result<Vec<Written>> {
        let mut copies = Vec::new();
        let mut ours = Vec::new();
        for storage in self.storages {
            let copy = storage.copy(ARTICLES)?;
            ours.push(self.writing(storage, &copy.url())?);
            copies.push(copy);
        }
        let mut written: Vec<Written> = ours.iter().chain(peers.iter()).map(Written::of).collect();
        let passes = self.options.passes as usize;
        let passes = WARM_UP + passes;
        let bar = progress("measuring writes", passes * CONNECTIONS.len() * written.len());
        for pass in 0..passes {
            for (index, connections) in CONNECTIONS.into_iter().enumerate() {
                for step in 0..written.len() {
                    let turn = (pass + step) % written.len();
                    let lane = ours.iter_mut().chain(peers.iter_mut()).nth(turn);
                    bar.inc(1);
                    let (Some(lane), written) = (lane, &mut written[turn]) else { continue };
                    if written.missing.is_some() {
                        continue;
                    }
                    bar.set_message(lane.name.clone());
                    match lane.renew_writer().and_then(|()| self.write(lane, connections)) {
                        Ok(_) if pass < WARM_UP => {}
                        Ok(measured) => written.passes[index].push(measured),
                        Err(failure) => written.missing = Some(failure.to_string()),
                    }
                }
            }
        }
        bar.finish_and_clear();
        for (written, lane) in written.iter_mut().zip(ours.iter().chain(peers.iter())) {
            if written.missing.is_none()
                && let Err(failure) = newest_is_ours(lane)
            {
                written.missing = Some(format!("not measured: {failure}"));
            }
        }
        // The servers must end before their databases are removed.
        drop(ours);
        drop(copies);
        Ok(written)
    }

    fn write(&self, lane: &Lane, connections: usize) -> Result<Pass> {
        let (Ok(process), Some(writer)) = (&lane.process, &lane.writer) else {
            return failed("it does not run");
        };
        let in_cluster = lane.kind == Kind::Peer || lane.database == Some("postgres");
        let cluster = self.cluster().filter(|_| in_cluster);
        let operation = Operation::Write(Arc::clone(writer));
        let limits = self.limits(OPERATIONS);
        pass::measure(&self.generator, process, &operation, connections, limits, cluster)
    }

    /// Starts GreyMatters on a database for the writes.
    fn writing(&self, storage: &Storage, url: &str) -> Result<Lane> {
        let name = format!("GreyMatters, {}", title(storage.database));
        let mut lane = Lane::new(Kind::Ours, &name, "on a copy");
        lane.database = Some(storage.database.name());
        lane.writer = Some(Arc::new(self.writer(url)?));
        let first = GraphqlQuery::reads("")[0].get(&[]);
        lane.rows.push(super::lane::Row::new(0, Way::Get, first.clone()));
        lane.started(self.spawn(url, &format!("writing-{}", storage.name()), true), &first, START);
        Ok(lane)
    }

    /// Makes a writer for the GreyMatters database with this URL. Creates an API key there.
    pub(crate) fn writer(&self, url: &str) -> Result<Writer> {
        let key = make_key(self.program, url)?;
        let dataset = Dataset::new(1);
        let mut random = Random::new(1, 1);
        let slugs = |slugs: Vec<&domain::Slug>| slugs.iter().map(ToString::to_string).collect::<Vec<_>>();
        let input = json!({
            "slug": "__SLUG__",
            "title": "An article that the bench has written",
            "excerpt": "It is about nothing in particular.",
            "body": Prose::new().markdown(&mut random, TEXT),
            "tags": slugs(dataset.tags.iter().take(TAGS).map(|tag| &tag.slug).collect()),
            "topics": slugs(dataset.topics.iter().take(1).map(|topic| &topic.slug).collect()),
            "authors": slugs(dataset.authors.iter().take(1).map(|author| &author.slug).collect()),
        });
        let create = json!({ "query": CREATE, "variables": { "input": input } }).to_string();
        // The version is a number, so the quotes around its placeholder are removed.
        let publish = json!({ "query": PUBLISH, "variables": { "id": "__ID__", "version": "__UPDATED__" } });
        let publish = publish.to_string().replace("\"__UPDATED__\"", "__UPDATED__");
        let template = |body: String| Template {
            method: "POST".to_owned(),
            path: "/graphql".to_owned(),
            headers: [
                ("Content-Type", "application/json"),
                ("Accept", "application/graphql-response+json"),
                ("Authorization", &format!("Bearer {key}")),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            body: Some(body),
        };
        let (id, version) = ("/data/articleCreate/article/id", "/data/articleCreate/article/version");
        let writer = Writer::new(
            template(create),
            template(publish),
            id.to_owned(),
            Some(version.to_owned()),
            WrittenArticles::new(self.run),
        );
        Ok(writer.with_errors_at("/data/articlePublish/userErrors"))
    }
}

impl Written {
    fn of(lane: &Lane) -> Self {
        let missing = match &lane.process {
            Err(why) => Some(why.clone()),
            Ok(_) if lane.writer.is_none() && lane.renew.is_none() => {
                Some("its description has no write requests".to_owned())
            }
            Ok(_) => None,
        };
        Self {
            lane: lane.name.clone(),
            kind: lane.kind,
            database: lane.database,
            missing,
            passes: vec![Vec::new(); CONNECTIONS.len()],
        }
    }
}

/// Checks that the newest article is one that this run has published, with its tags.
fn newest_is_ours(lane: &Lane) -> Result<()> {
    let (Ok(process), Some(writer), Some(row)) =
        (&lane.process, &lane.writer, lane.rows.iter().find(|row| row.read == 0))
    else {
        return failed("it has no Q1 to check");
    };
    let answer = ask(process.address, &row.request)?;
    let pointers: &Pointers = &lane.pointers;
    let (slug, tags) = pointers.newest(&answer)?;
    if !writer.has_published(&slug) {
        return failed(format_args!("the newest article is {slug}, which was not just published"));
    }
    let least = if lane.kind == Kind::Ours { TAGS } else { 1 };
    if tags < least {
        return failed(format_args!("the newest article has {tags} tags"));
    }
    Ok(())
}
