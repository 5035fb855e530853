//! The write: an article is created, then published. GreyMatters writes to copies of its databases.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::asked::{Asked, Places};
use super::lane::{Kind, Lane, Way, ask};
use super::lanes::title;
use super::pass::{self, Pass};
use super::{ARTICLES, Bench, progress};
use crate::dataset::Dataset;
use crate::failure::{Result, failed};
use crate::load::Operation;
use crate::place::Place;
use crate::random::Random;
use crate::server::make_key;
use crate::words::Prose;
use crate::writer::{Made, Template, Writer};

/// From how many connections at once. More would only wait for each other: publishing is one after the
/// other everywhere that it is in order.
pub(crate) const CONNECTIONS: [usize; 2] = [1, 8];
/// How many articles a pass writes at most.
const OPERATIONS: u64 = 400;
/// How many passes come first that nothing is noted of: what is compiled while it runs costs several times as
/// much until it is.
const WARM_UP: usize = 2;
/// How long an article's text is, in bytes.
const TEXT: usize = 2_900;
/// How many tags it has.
const TAGS: usize = 4;
const START: Duration = Duration::from_secs(60);

const CREATE: &str = "mutation($input: ArticleInput!) { articleCreate(input: $input) { article { id version } \
                      userErrors { code path message } } }";
const PUBLISH: &str = "mutation($id: ID!, $version: Int!) { articlePublish(id: $id, expectedVersion: $version) \
                       { article { id version } edition { number } userErrors { code path message } } }";

/// What writing costs in one lane.
pub(crate) struct Written {
    pub(crate) lane: String,
    pub(crate) kind: Kind,
    pub(crate) database: Option<&'static str>,
    pub(crate) missing: Option<String>,
    /// By number of connections.
    pub(crate) passes: Vec<Vec<Pass>>,
}

impl Bench<'_> {
    /// Measures the writes of GreyMatters on every database, and of the peers that are there.
    pub(crate) fn writes(&self, peers: &mut [Lane]) -> Result<Vec<Written>> {
        let mut copies = Vec::new();
        let mut ours = Vec::new();
        for place in self.places {
            let copy = place.copy(ARTICLES)?;
            ours.push(self.writing(place, &copy.url())?);
            copies.push(copy);
        }
        let mut written: Vec<Written> = ours.iter().chain(peers.iter()).map(Written::of).collect();
        let passes = self.options.passes as usize;
        let passes = WARM_UP + passes;
        let bar = progress("measuring writes", passes * CONNECTIONS.len() * written.len());
        for pass in 0..passes {
            for (place, connections) in CONNECTIONS.into_iter().enumerate() {
                for step in 0..written.len() {
                    let turn = (pass + step) % written.len();
                    let lane = ours.iter_mut().chain(peers.iter_mut()).nth(turn);
                    bar.inc(1);
                    let (Some(lane), written) = (lane, &mut written[turn]) else { continue };
                    if written.missing.is_some() {
                        continue;
                    }
                    bar.set_message(lane.name.clone());
                    match lane.may_write().and_then(|()| self.write(lane, connections)) {
                        Ok(_) if pass < WARM_UP => {}
                        Ok(measured) => written.passes[place].push(measured),
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
        // The servers end before their databases are removed.
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

    /// GreyMatters on a database that may be written to.
    fn writing(&self, place: &Place, url: &str) -> Result<Lane> {
        let name = format!("GreyMatters, {}", title(place.database));
        let mut lane = Lane::new(Kind::Ours, &name, "on a copy");
        lane.database = Some(place.database.name());
        lane.writer = Some(Arc::new(self.writer(url)?));
        let first = Asked::reads("")[0].get(&[]);
        lane.rows.push(super::lane::Row::new(0, Way::Get, first.clone()));
        lane.started(self.spawn(url, &format!("writing-{}", place.name()), true), &first, START);
        Ok(lane)
    }

    /// Writes articles to the database at this address.
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
        // The version is a number, so it takes the place of a string with its marks.
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
            Made::new(self.run),
        );
        Ok(writer.refusing_at("/data/articlePublish/userErrors"))
    }
}

impl Written {
    fn of(lane: &Lane) -> Self {
        let missing = match &lane.process {
            Err(why) => Some(why.clone()),
            Ok(_) if lane.writer.is_none() && lane.renew.is_none() => {
                Some("it is not told how to write".to_owned())
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

/// Makes sure that the newest article is one that was just published, with its tags.
fn newest_is_ours(lane: &Lane) -> Result<()> {
    let (Ok(process), Some(writer), Some(row)) =
        (&lane.process, &lane.writer, lane.rows.iter().find(|row| row.read == 0))
    else {
        return failed("it cannot be asked");
    };
    let answer = ask(process.address, &row.request)?;
    let places: &Places = &lane.places;
    let (slug, tags) = places.newest(&answer)?;
    if !writer.has_published(&slug) {
        return failed(format_args!("the newest article is {slug}, which was not just published"));
    }
    let least = if lane.kind == Kind::Ours { TAGS } else { 1 };
    if tags < least {
        return failed(format_args!("the newest article has {tags} tags"));
    }
    Ok(())
}
