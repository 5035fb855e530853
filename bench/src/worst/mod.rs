//! `worst`: searches for the requests that cost most.

mod document;
mod grammar;
mod literal;
mod mutation;
mod previews;
mod question;
mod raw;
mod refusals;
mod report;
mod rest;
mod search;
mod seeds;
mod trial;
mod values;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use documents::Schema;
use serde_json::Value;

use self::grammar::Grammar;
use self::question::Maker;
use self::rest::Endpoints;
use self::search::Bounds;
use self::seeds::Seeds;
use self::trial::Target;
use self::values::Values;
use crate::cli::{WorstOptions, WorstPart};
use crate::failure::{Result, While};
use crate::generate::server_beside;
use crate::grid::Grid;
use crate::http::{Connection, Request};
use crate::place::Place;
use crate::report::{circumstances, load};
use crate::run::work_dir;

/// `worst`: fails when something cost more than it may.
pub(crate) fn run(options: &WorstOptions) -> Result<ExitCode> {
    let work_dir = work_dir(options.place.work_dir.as_deref())?;
    let program = server_beside(options.place.server.as_deref())?;
    let folder = work_dir.join("worst");
    fs::create_dir_all(&folder).during(folder.display())?;
    let (mut grids, mut holds) = (Vec::new(), true);
    let load_before = load();
    for database in &options.place.databases {
        let place = Place::open(*database, options.place.postgres_url.as_deref(), &work_dir)?;
        for articles in &options.articles {
            let (of_place, within) = measure(&place, *articles, &program, &folder, options)?;
            for grid in &of_place {
                // Whoever reads only the beginning has closed the pipe; the file has everything.
                let _ = writeln!(std::io::stdout(), "{}", grid.text());
            }
            grids.extend(of_place);
            holds &= within;
        }
    }
    let path = folder.join("worst.md");
    let tables: Vec<String> = grids.iter().map(Grid::markdown).collect();
    let text = format!("{}\n\n{}", circumstances(&program, &load_before), tables.join("\n"));
    fs::write(&path, text).during(path.display())?;
    let folder = folder.display();
    let _ = writeln!(
        std::io::stdout(),
        "The requests and worst.md are in {folder}. To send one again (with `-H 'Accept-Encoding: br'`, where an encoding is named):\n  \
         curl -s http://ADDRESS/graphql -H 'Content-Type: application/json' --data-binary @FILE.json\n  \
         curl -gs \"http://ADDRESS$(cat FILE.txt)\""
    );
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The tables of one publication, and whether everything stayed within its bound.
fn measure(
    place: &Place,
    articles: u32,
    program: &Path,
    folder: &Path,
    options: &WorstOptions,
) -> Result<(Vec<Grid>, bool)> {
    place.stored(program, articles, false)?;
    let name = format!("{}-{articles}", place.name());
    let title = format!("{}, {articles} articles", place.name());
    let database = place.cluster().map(|cluster| cluster.pid());
    let log = folder.join(format!("{name}.log"));
    let (mut grids, mut holds) = (Vec::new(), true);
    if options.parts.contains(&WorstPart::Search) {
        eprintln!("searching: {title}");
        let mut target = Target::start(program.to_owned(), place.url(articles), log.clone(), database)?;
        let maker = maker(target.connection()?)?;
        let bounds = Bounds { requests: options.requests, time: Duration::from_secs(options.seconds) };
        let found = search::search(&mut target, &maker, options.seed, bounds)?;
        grids.push(report::table(&found, articles, &title, folder, &name)?);
        holds &= report::holds(&found, articles);
    }
    if options.parts.contains(&WorstPart::Refusals) {
        grids.push(refusals::measure(
            program,
            &place.url(articles),
            &log,
            database,
            options.refusals,
            &title,
        )?);
    }
    if options.parts.contains(&WorstPart::Previews) {
        eprintln!("publishing beside previews: {title}");
        let copy = place.copy(articles)?;
        grids.push(previews::measure(program, &copy.url(), &log, options.publishes, &title)?);
    }
    Ok((grids, holds))
}

/// What questions are made with, asked of the server.
fn maker(connection: &mut Connection) -> Result<Maker> {
    let answer = connection.ask(&Request::graphql(Schema::INTROSPECTION))?;
    let introspection: Value = serde_json::from_slice(&answer.body).during("the schema")?;
    let schema = Schema::from_introspection(&introspection["data"]).during("the schema")?;
    let none: [(&str, &str); 0] = [];
    let answer = connection.ask(&Request::new("GET", "/openapi.json", &none, None))?;
    let description: Value =
        serde_json::from_slice(&answer.body).during("the description of the REST API")?;
    let endpoints = Endpoints::new(&description);
    let grammar = Grammar::new(&introspection, Values::ask(connection)?)?;
    let seeds = Seeds::new(&schema, &grammar, &endpoints);
    Ok(Maker { grammar, endpoints, seeds })
}
