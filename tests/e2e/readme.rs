//! The commands, queries and answers in the README are correct.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{CommandExt, Env, Folder, Json, Kind, Server, greymatters};

const ENV: Env = Env { kind: Kind::Sqlite };

/// A fenced block: its language, its text, and its first line.
struct Block {
    language: String,
    text: String,
    line: usize,
}

fn blocks() -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(path).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in readme.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(language), false) => {
                blocks.push(Block { language: language.to_owned(), text: String::new(), line: number + 1 });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let text = &mut blocks.last_mut().unwrap().text;
                text.push_str(line);
                text.push('\n');
            }
            (None, false) => {}
        }
    }
    blocks
}

/// Whether an answer matches the README, where `"…"` stands for anything.
fn is_shown(answer: &Json, shown: &Json) -> bool {
    match (answer, shown) {
        (_, Json::Scalar(text)) if text == "\"…\"" => true,
        (Json::Scalar(answer), Json::Scalar(shown)) => answer == shown,
        (Json::List(answers), Json::List(shown)) => {
            answers.len() == shown.len()
                && answers.iter().zip(shown).all(|(answer, shown)| is_shown(answer, shown))
        }
        (Json::Object(answers), Json::Object(shown)) => {
            answers.len() == shown.len()
                && answers.iter().zip(shown).all(|((name, answer), (shown_name, shown))| {
                    name == shown_name && is_shown(answer, shown)
                })
        }
        _ => false,
    }
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[track_caller]
fn compare(line: usize, answer: &str, shown: &str) {
    let (answer, shown) = (json(answer), json(shown));
    assert!(is_shown(&answer, &shown), "README.md:{line} shows\n{shown}\nand the answer is\n{answer}");
}

#[test]
fn every_query_has_the_answer_in_the_readme() {
    let sample = ENV.sample();
    let blocks = blocks();
    let mut compared = 0;
    for pair in blocks.windows(2) {
        let [query, answer] = pair else { unreachable!() };
        if query.language == "graphql" && answer.language == "json" {
            compare(answer.line, &sample.reader.ask(&query.text).text, &answer.text);
            compared += 1;
        }
    }
    assert!(compared >= 5, "only {compared} queries have an answer in the README");
}

#[test]
fn every_mutation_in_the_readme_succeeds() {
    let folder = Folder::sample();
    let database = ENV.database();
    folder.import(&database, &[]).succeeded();
    // Warnings block a publish, as they do by default.
    let server = Server::start_with(database, &[("GREYMATTERS_CHECK_WARNINGS", "acknowledge")]);
    let mut article = serde_json::Value::Null;
    let for_editors = |text: &str| text.starts_with("mutation") || text.starts_with("query Desk");
    for block in blocks().iter().filter(|block| block.language == "graphql" && for_editors(&block.text)) {
        // Later mutations use the article of an earlier one.
        let data = server.editor.data_with(&block.text, &serde_json::json!({"id": article}));
        for (name, payload) in data.as_object().unwrap() {
            if name == "desk" {
                assert_eq!(payload["articles"]["totalCount"], 1, "{payload:#}");
                continue;
            }
            assert_eq!(payload["userErrors"], serde_json::json!([]), "README.md:{} {name}", block.line);
            if let Some(id) = payload["article"]["id"].as_str() {
                article = id.into();
            }
        }
    }
}

#[test]
fn every_command_in_the_readme_runs() {
    let home = Folder::new("home");
    Folder { path: home.path.join("posts") }.write("2024-02-23-one.md", "---\ntitle: One\n---\nText.\n");
    let sample = ENV.sample();
    let url = format!("sqlite:{}", home.path.join("greymatters.db").display());
    let mut ran = 0;
    for block in blocks().iter().filter(|block| block.language == "console") {
        let mut lines = block.text.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(command) = line.strip_prefix("$ ") else { continue };
            let mut output = String::new();
            while let Some(more) = lines.next_if(|line| !line.starts_with("$ ")) {
                output.push_str(more);
            }
            let at = format!("README.md:{}: {command}", block.line);
            if let Some(arguments) = command.strip_prefix("greymatters ") {
                let words: Vec<_> = arguments.split_whitespace().collect();
                let mut run = greymatters(&words);
                run.current_dir(&home.path);
                if words[0] == "serve" {
                    // The command runs on a free port, until the server listens.
                    let arguments = arguments.replace("0.0.0.0:8080", "127.0.0.1:0");
                    assert_ne!(arguments, words.join(" "), "{at}");
                    Server::serving(&arguments, &url);
                } else {
                    if !arguments.contains("--database-url") {
                        run.env("GREYMATTERS_DATABASE_URL", &url);
                    }
                    let ended = run.run();
                    assert_eq!(ended.code, Some(0), "{at}: {ended:?}");
                }
                ran += 1;
            } else if command.starts_with("curl ") {
                if Command::new("curl").arg("--version").output().is_err() {
                    eprintln!("curl is not installed: {at} was NOT run");
                    continue;
                }
                let command = command.replace("127.0.0.1:8080", &sample.address.to_string());
                let ended = Command::new("sh").args(["-c", &command]).run();
                assert_eq!(ended.code, Some(0), "{at}: {ended:?}");
                compare(block.line, &ended.stdout, &output);
                ran += 1;
            }
        }
    }
    assert!(ran >= 4, "only {ran} commands were run");
}

#[test]
fn the_banner_in_the_readme_is_that_of_dev() {
    let home = Folder::new("home");
    let server = Server::dev("sqlite:greymatters-dev.db", &home.path);
    let banner = server.banner();
    let shown = blocks().into_iter().find(|block| block.text.starts_with("GreyMatters ")).unwrap();
    for line in shown.text.lines() {
        let line = line.replace("127.0.0.1:8080", &server.address.to_string());
        let line = line.split('…').next().unwrap();
        assert!(banner.contains(line.trim_end()), "README.md:{}: {line}\n{banner}", shown.line);
    }
}
