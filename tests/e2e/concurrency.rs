//! Many clients at the same time.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::{Folder, Saved, Server, within};

/// The number of concurrent publishers.
const PUBLISHERS: usize = 16;
/// The number of articles that each of them publishes.
const ARTICLES_EACH: usize = 4;

const STATE: &str = "{
    edition { number }
    articles(first: 100, orderBy: { field: TITLE, direction: ASC }) { totalCount nodes { title version edition { number } } }
}";

/// Stops the readers when it is dropped.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Publishes from 16 threads concurrently on these servers. Returns the editions in ascending order.
fn publish_concurrently(servers: &[&Server]) -> Vec<i64> {
    let barrier = Barrier::new(PUBLISHERS);
    let mut editions: Vec<i64> = std::thread::scope(|scope| {
        let publishers: Vec<_> = (0..PUBLISHERS)
            .map(|publisher| {
                let (barrier, editor) = (&barrier, &servers[publisher % servers.len()].editor);
                scope.spawn(move || {
                    let drafts: Vec<Saved> = (0..ARTICLES_EACH)
                        .map(|number| {
                            editor.create(json!({"title": format!("{publisher} {number}"), "body": "x"}))
                        })
                        .collect();
                    barrier.wait();
                    drafts.iter().map(|draft| editor.publish(draft)).collect::<Vec<_>>()
                })
            })
            .collect();
        publishers.into_iter().flat_map(|publisher| publisher.join().unwrap()).collect()
    });
    editions.sort_unstable();
    editions
}

/// Asserts that an answer belongs to one edition. In these tests, each edition makes one article public, and nothing
/// else happens.
fn assert_consistent(state: &Value) {
    let edition = state["edition"]["number"].as_i64().unwrap();
    let nodes = state["articles"]["nodes"].as_array().unwrap();
    assert_eq!(state["articles"]["totalCount"], json!(edition), "{state:#}");
    assert_eq!(nodes.len() as i64, edition, "{state:#}");
    let mut made: Vec<_> = nodes.iter().map(|node| node["edition"]["number"].as_i64().unwrap()).collect();
    made.sort_unstable();
    assert_eq!(made, (1..=edition).collect::<Vec<_>>());
}

both! {
    fn editions_have_no_gaps_and_every_answer_belongs_to_one(env: &Env) {
        let first = env.server();
        // On PostgreSQL, several nodes can serve one publication. On SQLite, two processes on one machine can.
        let second = first.beside();
        let servers = [&first, &second];
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let readers: Vec<_> = servers
                .iter()
                .map(|server| {
                    let (reader, done) = (&server.reader, &done);
                    scope.spawn(move || {
                        let mut last = 0;
                        while !done.load(Ordering::Relaxed) {
                            let state = reader.data(STATE);
                            assert_consistent(&state);
                            let edition = state["edition"]["number"].as_i64().unwrap();
                            assert!(edition >= last, "the edition went back from {last} to {edition}");
                            last = edition;
                        }
                    })
                })
                .collect();
            let editions = {
                // The readers stop even if a publisher fails.
                let _stop = Stop(&done);
                publish_concurrently(&servers)
            };
            readers.into_iter().for_each(|reader| reader.join().unwrap());
            let all = (PUBLISHERS * ARTICLES_EACH) as i64;
            assert_eq!(editions, (1..=all).collect::<Vec<_>>());
        });
        for server in servers {
            assert_consistent(&server.reader.data(STATE));
        }
    }

    fn only_one_of_many_concurrent_creations_gets_a_slug(env: &Env) {
        let server = env.server();
        let barrier = Barrier::new(PUBLISHERS);
        let document = "mutation { articleCreate(input: { title: \"T\", slug: \"wanted\", body: \"x\" }) {
            article { id } userErrors { code }
        } }";
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..PUBLISHERS)
                .map(|_| scope.spawn(|| {
                    barrier.wait();
                    server.editor.data(document)["articleCreate"].take()
                }))
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["userErrors"] == json!([]));
        assert_eq!(won.len(), 1, "{answers:#?}");
        assert!(lost.iter().all(|answer| answer["userErrors"][0]["code"] == "SLUG_TAKEN"), "{lost:#?}");
    }

    fn equal_titles_get_different_slugs(env: &Env) {
        let server = env.server();
        let barrier = Barrier::new(PUBLISHERS);
        let document = "mutation { articleCreate(input: { title: \"Alike\", body: \"x\" }) { article { slug } userErrors { code message } } }";
        let mut slugs: Vec<String> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..PUBLISHERS)
                .map(|_| scope.spawn(|| {
                    barrier.wait();
                    let data = server.editor.data(document);
                    let slug = data["articleCreate"]["article"]["slug"].as_str();
                    slug.unwrap_or_else(|| panic!("{data:#}")).to_owned()
                }))
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), PUBLISHERS, "{slugs:?}");
    }

    fn only_one_of_many_concurrent_edits_succeeds(env: &Env) {
        let server = env.server();
        let article = server.editor.create(json!({"title": "T", "body": "x"}));
        let document = "mutation ($id: ID!, $title: String!) {
            articleUpdate(id: $id, expectedVersion: 1, input: { title: $title }) { article { version title } userErrors { code } }
        }";
        let barrier = Barrier::new(PUBLISHERS);
        let saved_titles: Vec<String> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..PUBLISHERS)
                .map(|number| {
                    let (barrier, editor, id) = (&barrier, &server.editor, &article.id);
                    scope.spawn(move || {
                        let title = format!("By {number}");
                        barrier.wait();
                        let data = editor.data_with(document, &json!({"id": id, "title": title}));
                        let errors = &data["articleUpdate"]["userErrors"];
                        assert_eq!(data["articleUpdate"]["article"]["version"], 2, "{data:#}");
                        if *errors == json!([]) {
                            return Some(title);
                        }
                        assert_eq!(errors[0]["code"], "STALE_VERSION", "{data:#}");
                        None
                    })
                })
                .collect();
            writers.into_iter().filter_map(|writer| writer.join().unwrap()).collect()
        });
        assert_eq!(saved_titles.len(), 1);
        let now = server.editor.data_with(document, &json!({"id": article.id, "title": "late"}));
        assert_eq!(now["articleUpdate"]["article"]["title"], json!(saved_titles[0]));
    }

    fn concurrently_created_labels_all_exist(env: &Env) {
        let server = env.server();
        let barrier = Barrier::new(PUBLISHERS);
        std::thread::scope(|scope| {
            for number in 0..PUBLISHERS {
                let (barrier, editor) = (&barrier, &server.editor);
                scope.spawn(move || {
                    barrier.wait();
                    editor.label("tag", json!({"name": format!("T{number}")}));
                    editor.label("author", json!({"name": format!("A{number}")}));
                });
            }
        });
        let data = server.reader.data("{ edition { number } tags { totalCount } authors { totalCount } }");
        assert_eq!(data, json!({
            "edition": {"number": 2 * PUBLISHERS},
            "tags": {"totalCount": PUBLISHERS},
            "authors": {"totalCount": PUBLISHERS},
        }));
    }

    fn a_running_server_shows_an_import(env: &Env) {
        let server = env.server();
        assert_eq!(server.reader.edition(), 0);
        let folder = Folder::new("posts");
        folder.write("one.md", "---\ntitle: One\ntags: [a]\ndate: 2024-01-01\n---\nText.\n");
        folder.import(server.database(), &[]).succeeded();
        let seen = within("the server shows the import", || {
            let data = server.reader.data("{ edition { number } articles { nodes { title tags { slug } } } }");
            (data["edition"]["number"] == 1).then_some(data)
        });
        assert_eq!(seen["articles"]["nodes"], json!([{"title": "One", "tags": [{"slug": "a"}]}]));
    }

    fn imports_and_editors_do_not_block_each_other(env: &Env) {
        let server = env.server();
        let folder = Folder::new("posts");
        for number in 0..120 {
            folder.write(&format!("p{number}.md"), format!("---\ntitle: P {number}\ndate: 2024-01-01\ntags: [a, t{number}]\n---\nText.\n"));
        }
        std::thread::scope(|scope| {
            let import = scope.spawn(|| folder.import(server.database(), &[]).succeeded());
            for number in 0..20 {
                server.editor.published(json!({"title": format!("Desk {number}")}));
                server.editor.label("tag", json!({"name": format!("Desk {number}")}));
            }
            let report = import.join().unwrap();
            assert!(report.contains("120 imported, 0 updated, 0 unchanged, 0 drafts, 0 refused"), "{report}");
        });
        let data = server.reader.data("{ edition { number } articles { totalCount } tags { totalCount } }");
        // Each of 20 articles, 20 tags and three batches of files makes an edition.
        assert_eq!(data, json!({
            "edition": {"number": 43}, "articles": {"totalCount": 140}, "tags": {"totalCount": 141},
        }));
    }

    fn disconnected_clients_do_not_affect_others(env: &Env) {
        let server = env.server();
        let article = server.editor.published(json!({"title": "One"}));
        let key = server.editor.key().unwrap();
        let send_and_disconnect = |document: &str| {
            let body = json!({"query": document}).to_string();
            let mut stream = TcpStream::connect(server.address).unwrap();
            let request = format!(
                "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {key}\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(request.as_bytes()).unwrap();
            let _ = stream.shutdown(Shutdown::Both);
        };
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let send_and_disconnect = &send_and_disconnect;
                scope.spawn(move || {
                    for number in 0..60 {
                        send_and_disconnect("{ articles(first: 100) { totalCount nodes { body { html } } } edition { number } }");
                        let title = format!("T {thread} {number}");
                        send_and_disconnect(&format!("mutation {{ tagCreate(input: {{ name: \"{title}\" }}) {{ tag {{ id }} }} }}"));
                    }
                });
            }
            for _ in 0..100 {
                server.reader.data("{ articles { totalCount nodes { body { html } } } }");
            }
        });
        // Every stored write is complete, and writing still works.
        let before = server.reader.data("{ edition { number } tags { totalCount } }");
        assert_eq!(before["edition"]["number"].as_i64().unwrap() - 1, before["tags"]["totalCount"].as_i64().unwrap());
        let article = server.editor.update(&article, json!({"title": "Two"}));
        let edition = server.editor.publish(&article);
        assert_eq!(server.reader.edition(), edition);
    }
}
