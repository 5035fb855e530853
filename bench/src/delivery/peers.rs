//! The other systems ("peers"). Each has a folder below `bench/peers` with the scripts that set it up and start it.
//! The README there documents the format of `peer.json`, which this module reads.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::graphql_query::Pointers;
use super::lane::{Kind, Lane, Process, Row, Way};
use crate::affinity::Affinity;
use crate::failure::{Result, While, failed};
use crate::held::HeldProcess;
use crate::http::Request;
use crate::server::free_address;
use crate::writer::{Template, Writer, WrittenArticles};

/// All peers, in the order of the report.
pub(crate) const NAMES: [&str; 7] =
    ["mercurius", "mercurius-history", "postgraphile", "directus", "strapi", "payload", "ghost"];
/// The time to set up one peer, which may have to be compiled.
const SETUP_TIMEOUT: Duration = Duration::from_secs(45 * 60);
/// The time that a peer has to start.
const START_TIMEOUT: Duration = Duration::from_secs(180);

/// The environment of the peers.
pub(crate) struct Peers {
    /// The folder with one folder for each peer.
    pub(crate) dir: PathBuf,
    /// The folder in which they are installed.
    pub(crate) work: PathBuf,
    /// The URL of our PostgreSQL database, from which they copy their articles.
    pub(crate) source: String,
    pub(crate) affinity: Affinity,
    /// A text that makes the slugs of this run unique.
    pub(crate) run: String,
}

/// A peer that is set up.
pub(crate) struct Ready {
    name: String,
    description: Description,
}

/// The content of its `peer.json`.
#[derive(Debug, Deserialize)]
struct Description {
    version: String,
    #[serde(default)]
    about: String,
    articles: Reads<String>,
    slug: String,
    tags: Option<String>,
    requests: Requests,
    clean: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Reads<T> {
    q1: T,
    q2: T,
    q3: T,
}

#[derive(Debug, Deserialize)]
struct Requests {
    #[serde(flatten)]
    reads: Reads<Sent>,
    create: Option<Create>,
    publish: Option<Sent>,
}

/// A request, as `peer.json` describes it.
#[derive(Debug, Clone, Deserialize)]
struct Sent {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    /// A command that prints more headers, which expire soon.
    headers_command: Option<Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Create {
    #[serde(flatten)]
    request: Sent,
    id: String,
    updated: Option<String>,
}

impl Peers {
    /// Sets up a peer. This takes long the first time.
    pub(crate) fn set_up(&self, name: &str) -> Result<Ready> {
        if !self.dir.join(name).is_dir() {
            return failed(format_args!("there is no `{}`", self.dir.join(name).display()));
        }
        fs::create_dir_all(&self.work).during(self.work.display())?;
        let log = self.work.join(format!("{name}-setup.log"));
        if log.exists() {
            fs::remove_file(&log).during(log.display())?;
        }
        let mut command = Command::new(self.dir.join("setup"));
        command.arg(name);
        self.environment(&mut command);
        let succeeded = HeldProcess::start(&command, "TERM", &log, None)?.succeeds(SETUP_TIMEOUT)?;
        if !succeeded {
            let text = fs::read(&log).during(log.display())?;
            let text = String::from_utf8_lossy(&text);
            return failed(text.trim_end().lines().last().unwrap_or("its set-up fails"));
        }
        let path = self.work.join(name).join("peer.json");
        let text = fs::read_to_string(&path).during(path.display())?;
        Ok(Ready { name: name.to_owned(), description: serde_json::from_str(&text).during(path.display())? })
    }

    /// Returns the lane of a peer, started if it is set up, and the command that removes the articles of this run.
    pub(crate) fn lane(this: &Rc<Self>, name: &str, ready: Result<Ready>) -> (Lane, Option<String>) {
        let mut lane = Lane::new(Kind::Peer, name, "");
        let ready = match ready {
            Ok(ready) => ready,
            Err(failure) => {
                lane.process = Err(format!("not set up: {failure}"));
                return (lane, None);
            }
        };
        let Description { version, about, articles, slug, tags, requests, clean } = ready.description;
        lane.about = format!("{version} {about}").trim().to_owned();
        let Reads { q1, q2, q3 } = articles;
        lane.pointers = Pointers { articles: [q1, q2, q3], slug, tags };
        let started = this.start(&ready.name);
        let address = started.as_ref().map(|process| process.address.to_string()).unwrap_or_default();
        let Requests { reads: Reads { q1, q2, q3 }, create, publish } = requests;
        lane.rows = [q1, q2, q3].iter().enumerate().map(|(read, sent)| sent.row(read, &address)).collect();
        let first = lane.rows[0].request.clone();
        lane.started(started, &first, START_TIMEOUT);
        if let (Ok(_), Some(create), Some(publish)) = (&lane.process, create, publish) {
            let (peers, written) = (Rc::clone(this), WrittenArticles::new(&this.run));
            lane.renew = Some(Box::new(move || {
                let Create { request, id, updated } = create.clone();
                let template = |sent: Sent| {
                    let more = peers.headers(&sent, &address)?;
                    Ok(sent.template(&address, &more))
                };
                Ok(Writer::new(
                    template(request)?,
                    template(publish.clone())?,
                    id,
                    updated,
                    Arc::clone(&written),
                ))
            }));
        }
        (lane, clean)
    }

    /// Removes the articles of this run.
    pub(crate) fn clean(&self, command: &str) -> Result<()> {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(&self.dir).stdout(Stdio::null());
        self.environment(&mut shell);
        let status = shell.status().during("cleaning up")?;
        if status.success() { Ok(()) } else { failed(format_args!("cleaning up: {status}")) }
    }

    fn start(&self, name: &str) -> Result<Process> {
        let address = free_address()?;
        let log = self.work.join(format!("{name}.log"));
        let mut command = self.affinity.program(&self.dir.join("start"));
        command.arg(name).env("PORT", address.port().to_string());
        self.environment(&mut command);
        Ok(Process { held: HeldProcess::start(&command, "TERM", &log, None)?, address })
    }

    fn headers(&self, sent: &Sent, address: &str) -> Result<BTreeMap<String, String>> {
        let words = sent.headers_command.iter().flatten().collect::<Vec<_>>();
        let Some((program, arguments)) = words.split_first() else { return Ok(BTreeMap::new()) };
        let port = address.rsplit(':').next().unwrap_or_default();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.dir).env("PORT", port).stdin(Stdio::null());
        self.environment(&mut command);
        let output = command.stderr(Stdio::inherit()).output().during("the command for headers")?;
        if !output.status.success() {
            return failed(format_args!("the command for headers: {}", output.status));
        }
        serde_json::from_slice(&output.stdout).during("the command for headers")
    }

    fn environment(&self, command: &mut Command) {
        command.env("BENCH_WORK", &self.work).env("BENCH_SOURCE", &self.source);
    }
}

impl Sent {
    fn row(&self, read: usize, address: &str) -> Row {
        let Template { method, path, headers, body } = self.clone().template(address, &BTreeMap::new());
        let way = if method == "GET" { Way::Get } else { Way::Post };
        Row::new(read, way, Request::new(&method, &path, &headers, body.as_deref()))
    }

    fn template(self, address: &str, more: &BTreeMap<String, String>) -> Template {
        let Self { method, path, mut headers, body, headers_command: _ } = self;
        headers.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
        // Some systems check the `Host` header.
        headers.entry("Host".to_owned()).or_insert_with(|| address.to_owned());
        let body = body.filter(|body| !body.is_null()).map(|body| match body {
            Value::String(text) => text,
            other => other.to_string(),
        });
        Template { method, path, headers: headers.into_iter().collect(), body }
    }
}

/// Returns the named peers, or all when none is named.
pub(crate) fn chosen(named: &[String]) -> Vec<String> {
    if !named.is_empty() {
        return named.to_vec();
    }
    NAMES.map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_of_a_peer_is_parsed() {
        let description: Description = serde_json::from_value(serde_json::json!({
            "name": "stub", "version": "1.0", "about": "a stub", "slug": "/slug",
            "articles": { "q1": "/data/a", "q2": "/data/b", "q3": "/data/c" },
            "requests": {
                "q1": { "method": "GET", "path": "/one" },
                "q2": { "method": "POST", "path": "/two", "headers": { "a": "b" }, "body": "{}" },
                "q3": { "method": "POST", "path": "/three", "headers": {}, "body": { "x": 1 } },
                "create": { "method": "POST", "path": "/new", "body": "{}", "id": "/id" },
                "publish": { "method": "PUT", "path": "/new/__ID__", "headers_command": ["echo", "{}"] }
            }
        }))
        .unwrap();
        assert_eq!(description.requests.create.as_ref().unwrap().id, "/id");
        let Reads { q1, q2, q3 } = description.requests.reads;
        let text = |sent: &Sent| String::from_utf8(sent.row(0, "h:1").request.bytes().to_vec()).unwrap();
        assert_eq!(text(&q1), "GET /one HTTP/1.1\r\nHost: h:1\r\n\r\n");
        assert_eq!(text(&q2), "POST /two HTTP/1.1\r\nHost: h:1\r\na: b\r\nContent-Length: 2\r\n\r\n{}");
        assert!(text(&q3).ends_with("\r\n\r\n{\"x\":1}"));
    }
}
