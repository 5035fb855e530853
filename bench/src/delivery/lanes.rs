//! Starts all lanes.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::bare::{self, Answers, Canned};
use super::graphql_query::{GraphqlQuery, Pointers, READS};
use super::lane::{Kind, Lane, Process, Row, Way, ask, first_answer};
use super::peers::{Peers, Ready, chosen};
use super::{ARTICLES, Bench, nginx};
use crate::affinity::Affinity;
use crate::answer::Answer;
use crate::cli::{Database, RunOptions};
use crate::failure::{Failure, Result, While, failed};
use crate::figures::Summary;
use crate::held::HeldProcess;
use crate::http::{Connection, Request};
use crate::server::{Server, Setting, free_address};
use crate::storage::Storage;

/// The time that one of our servers has to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The number of measured starts.
const STARTS: usize = 5;
/// The headers that the baselines also send, because any content server would. Other headers of GreyMatters count as
/// its own cost.
const BASELINE_HEADERS: [&str; 4] = ["content-type", "etag", "cache-control", "vary"];

/// The peers, with the results of their set-up.
pub(crate) struct PeerSetup {
    peers: Peers,
    ready: Vec<(String, Result<Ready>)>,
}

/// The commands that remove the articles of this run from the peers.
pub(crate) type CleanupCommands = Vec<(std::rc::Rc<Peers>, String)>;

/// The expected slugs, by read.
pub(crate) type Expected = [Vec<String>; 3];

/// Sets up the peers. Meanwhile, no server may use the source database.
pub(crate) fn set_up_peers(
    work_dir: &Path,
    storages: &[Storage],
    options: &RunOptions,
    run: &str,
) -> PeerSetup {
    let storage = storages.iter().find(|storage| storage.database == Database::Postgres);
    let peers = Peers {
        dir: options.peers_dir.clone(),
        work: work_dir.join("peers"),
        source: storage.map(|storage| storage.url(ARTICLES)).unwrap_or_default(),
        affinity: Affinity::ANYWHERE,
        run: run.to_owned(),
    };
    let set_up = |name: String| {
        eprintln!(
            "peers: setting up {name}; its log is {}",
            peers.work.join(format!("{name}-setup.log")).display()
        );
        let ready = match storage {
            Some(_) => peers.set_up(&name),
            None => failed("peers copy their articles from PostgreSQL: add `postgres` to `--databases`"),
        };
        if let Err(failure) = &ready {
            eprintln!("peers: {name}: {failure}");
        }
        (name, ready)
    };
    let ready = chosen(&options.peers).into_iter().map(set_up).collect();
    PeerSetup { peers, ready }
}

impl Bench<'_> {
    /// Measures the milliseconds from the start of GreyMatters to its first answer, by database.
    pub(crate) fn starts(&self) -> Result<Vec<(&'static str, Summary)>> {
        let first = GraphqlQuery::reads("")[0].post();
        let of = |storage: &Storage| {
            let took = (0..STARTS).map(|_| {
                let mut process = self.spawn(&storage.url(ARTICLES), "start", true)?;
                Ok(first_answer(&mut process, &first, START_TIMEOUT)?.as_secs_f64() * 1e3)
            });
            let seen = Summary::of(took.collect::<Result<Vec<f64>>>()?);
            seen.map(|seen| (storage.database.name(), seen)).ok_or_else(|| Failure("no start".to_owned()))
        };
        self.storages.iter().map(of).collect()
    }

    /// Starts all lanes, in the order of the report.
    pub(crate) fn lanes(&self, team: Option<PeerSetup>) -> Result<(Vec<Lane>, Expected, CleanupCommands)> {
        let mut ours = Vec::new();
        let mut slug = None;
        for storage in self.storages {
            for cache in [true, false] {
                ours.push(self.ours(storage, cache, &mut slug)?);
            }
        }
        let Some(slug) = slug else { return failed("there is no database") };
        let (expected, answers) = expected(&ours)?;
        let mut lanes = vec![
            self.bare(Kind::Bare, "bare axum", &answers),
            self.bare(Kind::Control, "bare axum again", &answers),
            self.nginx(&answers),
        ];
        lanes.extend(self.storages.iter().map(|storage| self.hand_sql(storage, &slug)));
        lanes.extend(ours);
        let mut cleanup = CleanupCommands::new();
        if let Some(PeerSetup { mut peers, ready }) = team {
            peers.affinity = self.affinity;
            let peers = std::rc::Rc::new(peers);
            for (name, ready) in ready {
                eprintln!("peers: starting {name}");
                let (lane, clean) = Peers::lane(&peers, &name, ready);
                if let Err(why) = &lane.process {
                    eprintln!("peers: {name}: {why}");
                }
                cleanup.extend(clean.map(|clean| (std::rc::Rc::clone(&peers), clean)));
                lanes.push(lane);
            }
        }
        for lane in &mut lanes {
            lane.check(&expected);
        }
        Ok((lanes, expected, cleanup))
    }

    /// Starts GreyMatters without waiting for it.
    pub(crate) fn spawn(&self, url: &str, log: &str, cache: bool) -> Result<Process> {
        let setting = Setting { levels: "warn", cache, affinity: self.affinity };
        let (held, address) = Server::spawn(self.program, url, &self.log(log), setting)?.into_parts();
        Ok(Process { held, address })
    }

    /// Starts GreyMatters. The first lane determines the slug of the article for the third read.
    fn ours(&self, storage: &Storage, cache: bool, slug: &mut Option<String>) -> Result<Lane> {
        let database = storage.database.name();
        let (kind, suffix) = if cache { (Kind::Ours, "") } else { (Kind::Uncached, ", no cache") };
        let name = format!("GreyMatters, {}{suffix}", title(storage.database));
        let about = if cache { "default settings" } else { "without the answer cache" };
        let mut lane = Lane::new(kind, &name, about);
        lane.database = Some(database);
        let log = format!("greymatters-{database}{}", if cache { "" } else { "-no-cache" });
        lane.started(
            self.spawn(&storage.url(ARTICLES), &log, cache),
            &GraphqlQuery::reads("")[0].post(),
            START_TIMEOUT,
        );
        let address = match &lane.process {
            Ok(process) => process.address,
            Err(why) => return failed(format_args!("{name}: {why}: see {}", self.log(&log).display())),
        };
        let slug = match slug {
            Some(slug) => slug,
            None => slug.insert(last_slug(&ask(address, &GraphqlQuery::latest().get(&[]))?)?),
        };
        for (read, query) in GraphqlQuery::reads(slug).iter().enumerate() {
            if !cache {
                lane.rows.push(Row::new(read, Way::Post, query.post()));
                continue;
            }
            let get = query.get(&[]);
            let etag = ask(address, &get)?.header("etag").map(str::to_owned);
            lane.rows.push(Row::new(read, Way::Get, get));
            lane.rows.push(Row::new(read, Way::Post, query.post()));
            let known = etag.as_deref().unwrap_or_default();
            let mut row = Row::new(read, Way::Unchanged, query.get(&[("If-None-Match", known)]));
            row.missing = etag.is_none().then(|| "no ETag".to_owned());
            lane.rows.push(row);
        }
        Ok(lane)
    }

    fn bare(&self, kind: Kind, name: &str, answers: &Answers) -> Lane {
        let mut lane = Lane::new(kind, name, "axum that serves the same bytes from memory");
        lane.rows = get_rows();
        if kind == Kind::Bare {
            // The POST has the body of a real request.
            for (read, query) in GraphqlQuery::reads("a-slug").iter().enumerate() {
                lane.rows.push(Row::new(read, Way::Post, query.post_to(path(read))));
            }
        }
        let file = self.dir.join("answers.json");
        let started = bare::write(answers, &file)
            .and_then(|()| self.own("bare", &["--answers".as_ref(), file.as_os_str()]));
        let first = lane.rows[0].request.clone();
        lane.started(started, &first, START_TIMEOUT);
        lane
    }

    fn hand_sql(&self, storage: &Storage, slug: &str) -> Lane {
        let name = format!("SQL by hand, {}", title(storage.database));
        let mut lane = Lane::new(Kind::HandSql, &name, "axum and one statement whose result is the JSON");
        lane.database = Some(storage.database.name());
        lane.rows = get_rows();
        let url = storage.url(ARTICLES);
        let arguments = ["--database-url", &url, "--slug", slug].map(std::ffi::OsStr::new);
        let first = lane.rows[0].request.clone();
        lane.started(self.own("hand-sql", &arguments), &first, START_TIMEOUT);
        lane
    }

    fn nginx(&self, answers: &Answers) -> Lane {
        let mut lane = Lane::new(Kind::Nginx, "nginx", "the same bytes, from a file");
        lane.rows = get_rows();
        let dir = self.dir.join("nginx");
        let started = free_address().and_then(|address| {
            std::fs::create_dir_all(&dir).during(dir.display())?;
            Ok(Process { held: nginx::start(&dir, address, answers, self.affinity)?, address })
        });
        let first = lane.rows[0].request.clone();
        lane.started(started, &first, START_TIMEOUT);
        lane
    }

    /// Starts one of the servers of this program.
    fn own(&self, command: &str, arguments: &[&std::ffi::OsStr]) -> Result<Process> {
        let address = free_address()?;
        let own = std::env::current_exe().during("finding this program")?;
        let mut program = self.affinity.program(&own);
        program.args([command, "--listen", &address.to_string()]).args(arguments);
        Ok(Process { held: HeldProcess::start(&program, "TERM", &self.log(command), None)?, address })
    }
}

/// Returns the expected slugs, and the answers for the baselines, as GreyMatters answers them.
fn expected(ours: &[Lane]) -> Result<(Expected, Answers)> {
    let mut slugs = Expected::default();
    let mut answers = Answers::new();
    let Some(Lane { process: Ok(process), rows, .. }) = ours.first() else { return failed("no server runs") };
    // The second answer comes from the cache, and has the headers of all following answers.
    let mut connection = Connection::open(process.address)?;
    for row in rows.iter().filter(|row| row.way == Way::Get) {
        connection.send(&row.request)?;
        let answer = connection.ask(&row.request)?;
        slugs[row.read] = Pointers::ours().slugs(row.read, &answer)?;
        let Answer { headers, body, .. } = answer;
        let headers =
            headers.into_iter().filter(|(name, _)| BASELINE_HEADERS.contains(&name.as_str())).collect();
        let body = String::from_utf8(body).during(READS[row.read])?;
        answers.insert(path(row.read).to_owned(), Canned { headers, body });
    }
    Ok((slugs, answers))
}

/// Returns the last slug of a list.
fn last_slug(answer: &Answer) -> Result<String> {
    let answer: Value = serde_json::from_slice(&answer.body).during("the latest articles")?;
    let list = answer.pointer("/data/articles/nodes").and_then(Value::as_array);
    let slug = list.and_then(|list| list.last()?["slug"].as_str());
    slug.map(str::to_owned).ok_or_else(|| Failure(format!("no articles in {answer}")))
}

/// Returns the path of a read on the lanes without GraphQL.
fn path(read: usize) -> &'static str {
    ["/q1", "/q2", "/q3"][read]
}

fn get_rows() -> Vec<Row> {
    let accept = [("Accept", "application/json")];
    (0..READS.len())
        .map(|read| Row::new(read, Way::Get, Request::new("GET", path(read), &accept, None)))
        .collect()
}

pub(crate) fn title(database: Database) -> &'static str {
    match database {
        Database::Sqlite => "SQLite",
        Database::Postgres => "PostgreSQL",
    }
}
