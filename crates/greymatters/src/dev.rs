//! `greymatters dev`: a local server with a sample publication.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use app::import::{ImportOptions, Settings};
use app::{App, Caller, KeyError, KeyInput};
use domain::Scope;

use crate::cli::DevOptions;
use crate::failure::Failure;
use crate::serve::Serving;
use crate::telemetry::LogQueue;
use crate::{database, import, sample, serve};

/// Serves the sample publication.
pub(crate) async fn run(options: DevOptions, log: &LogQueue) -> Result<(), Failure> {
    let basis = options.answer_basis();
    let DevOptions { listen, database_url, serving } = options;
    let identity = serving.oidc.verifier()?;
    let listeners = listen.bind().await?;
    let app = database::open_for_node(&database_url, &serving).await?;
    if app.view().await?.edition().number == 0 {
        let options = ImportOptions::new("sample", Settings::default());
        import::import(&app, &sample::files(&serving.delivery.public_url()), &options).await?;
    }
    let key = development_key(&app, &database_url).await?;
    let address = serve::address(&listeners)?;
    print_banner(&app, address, &database_url, &key).await?;
    let serving = Serving { options: &serving, basis, log };
    serve::serve(listeners, app, identity, serving).await
}

/// Returns the development key. It is stored in a file next to the database, which has only the hash of the key.
async fn development_key(app: &App, database_url: &str) -> Result<String, Failure> {
    let path = key_file(database_url);
    if let Ok(known) = fs::read_to_string(&path) {
        let known = known.trim();
        match app.authenticate(known).await {
            // A key of an older version may lack a scope. It is replaced.
            Ok(caller) if Scope::ALL.iter().all(|scope| caller.scopes.contains(scope)) => {
                return Ok(known.to_owned());
            }
            Err(KeyError::Store(error)) => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
    }
    let input = KeyInput { name: "development".to_owned(), scopes: Scope::ALL.to_vec(), expires_at: None };
    let secret = app.create_key(&Caller::operator(), &input, None).await?.secret;
    write_private(&path, &secret).map_err(|cause| Failure::File { path, cause })?;
    Ok(secret)
}

fn key_file(database_url: &str) -> PathBuf {
    match database_url.strip_prefix("sqlite:") {
        Some(path) => {
            let path = path.split('?').next().unwrap_or(path);
            let path = path.strip_prefix("//").unwrap_or(path);
            PathBuf::from(format!("{path}.key"))
        }
        None => PathBuf::from("greymatters-dev.key"),
    }
}

/// Writes a file that only its owner can read.
fn write_private(path: &PathBuf, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{text}")
}

async fn print_banner(app: &App, address: SocketAddr, database_url: &str, key: &str) -> Result<(), Failure> {
    let view = app.view().await?;
    let articles = view.count(&domain::Predicate::TRUE).await?;
    let edition = view.edition().number;
    let base = format!("http://{address}");
    let database = match database_url.split_once("://") {
        Some((scheme, rest)) if rest.contains('@') => {
            format!("{scheme}://…@{}", rest.rsplit('@').next().unwrap_or_default())
        }
        _ => database_url.to_owned(),
    };
    let note = if app.has_newer_database() {
        "\nA later version has migrated the database: this program reads it and refuses every write.\n"
    } else {
        ""
    };
    println!(
        "\nGreyMatters {version}: {articles} articles, edition {edition}\n{note}\n\
         \x20 GraphiQL   {base}/graphiql\n\
         \x20 GraphQL    {base}/graphql\n\
         \x20 Health     {base}/healthz\n\
         \x20 Database   {database}\n\
         \x20 Key        {key}\n\
         \x20            (for mutations: send it as `Authorization: Bearer {short}…`)\n\n\
         A first query for GraphiQL:\n\n\
         \x20 {{ articles(first: 3) {{ totalCount nodes {{ title publishedAt tags {{ name }} }} }} }}\n\n\
         or for another terminal:\n\n\
         \x20 curl -s {base}/graphql -H 'Content-Type: application/json' \\\n\
         \x20   -d '{{\"query\":\"{{ articles(first: 3) {{ nodes {{ title publishedAt }} }} }}\"}}'\n\n\
         Ctrl-C stops it.\n",
        version = env!("CARGO_PKG_VERSION"),
        short = &key[..key.len().min(8)],
    );
    // A closed pipe must not stop the server.
    let _ = std::io::stdout().flush();
    Ok(())
}
