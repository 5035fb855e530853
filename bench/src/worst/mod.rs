//! `worst`: searches for the most expensive requests.

mod document;
mod grammar;
mod literal;
mod mutation;
mod previews;
mod probe;
mod raw;
mod refusals;
mod report;
mod rest;
mod search;
mod seeds;
mod target;
mod values;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use documents::Schema;
use serde_json::Value;

use self::grammar::Grammar;
use self::probe::ProbeGenerator;
use self::rest::Endpoints;
use self::search::Bounds;
use self::seeds::Seeds;
use self::target::Target;
use self::values::Values;
use crate::cli::{WorstOptions, WorstPart};
use crate::failure::{Result, While};
use crate::generate::server_beside;
use crate::grid::Grid;
use crate::http::{Connection, Request};
use crate::report::{circumstances, load};
use crate::run::work_dir;
use crate::storage::Storage;

/// Runs the subcommand `worst`. It fails if a request exceeded its maximum CPU time.
pub(crate) fn run(options: &WorstOptions) -> Result<ExitCode> {
    let work_dir = work_dir(options.storage.work_dir.as_deref())?;
    let program = server_beside(options.storage.server.as_deref())?;
    let folder = work_dir.join("worst");
    fs::create_dir_all(&folder).during(folder.display())?;
    let (mut grids, mut is_within_limits) = (Vec::new(), true);
    let load_before = load();
    for database in &options.storage.databases {
        let storage = Storage::open(*database, options.storage.postgres_url.as_deref(), &work_dir)?;
        for articles in &options.articles {
            let (tables_of_publication, is_within) =
                measure(&storage, *articles, &program, &folder, options)?;
            for grid in &tables_of_publication {
                // The output may be a closed pipe. The file has everything.
                let _ = writeln!(std::io::stdout(), "{}", grid.text());
            }
            grids.extend(tables_of_publication);
            is_within_limits &= is_within;
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
    Ok(if is_within_limits { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the tables of one publication, and whether every request stayed within its maximum CPU time.
fn measure(
    storage: &Storage,
    articles: u32,
    program: &Path,
    folder: &Path,
    options: &WorstOptions,
) -> Result<(Vec<Grid>, bool)> {
    storage.stored(program, articles, false)?;
    let name = format!("{}-{articles}", storage.name());
    let title = format!("{}, {articles} articles", storage.name());
    let database = storage.cluster().map(|cluster| cluster.pid());
    let log = folder.join(format!("{name}.log"));
    let (mut grids, mut is_within_limits) = (Vec::new(), true);
    if options.parts.contains(&WorstPart::Search) {
        eprintln!("searching: {title}");
        let mut target = Target::start(program.to_owned(), storage.url(articles), log.clone(), database)?;
        let generator = generator(target.connection()?)?;
        let bounds = Bounds { requests: options.requests, time: Duration::from_secs(options.seconds) };
        let result = search::search(&mut target, &generator, options.seed, bounds)?;
        grids.push(report::table(&result, articles, &title, folder, &name)?);
        is_within_limits &= report::is_within_limits(&result, articles);
    }
    if options.parts.contains(&WorstPart::Refusals) {
        grids.push(refusals::measure(
            program,
            &storage.url(articles),
            &log,
            database,
            options.refusals,
            &title,
        )?);
    }
    if options.parts.contains(&WorstPart::Previews) {
        eprintln!("publishing beside previews: {title}");
        let copy = storage.copy(articles)?;
        grids.push(previews::measure(program, &copy.url(), &log, options.publishes, &title)?);
    }
    Ok((grids, is_within_limits))
}

/// Creates the probe generator, with the schema and the values of the server.
fn generator(connection: &mut Connection) -> Result<ProbeGenerator> {
    let answer = connection.ask(&Request::graphql(Schema::INTROSPECTION))?;
    let introspection: Value = serde_json::from_slice(&answer.body).during("the schema")?;
    let schema = Schema::from_introspection(&introspection["data"]).during("the schema")?;
    let none: [(&str, &str); 0] = [];
    let answer = connection.ask(&Request::new("GET", "/openapi.json", &none, None))?;
    let description: Value =
        serde_json::from_slice(&answer.body).during("the description of the REST API")?;
    let endpoints = Endpoints::new(&description);
    let grammar = Grammar::new(&introspection, Values::read(connection)?)?;
    let seeds = Seeds::new(&schema, &grammar, &endpoints);
    Ok(ProbeGenerator { grammar, endpoints, seeds })
}
