//! Opening the database.

use app::{App, Settings};
use persistence::Store;

use crate::cli::DatabaseOptions;
use crate::failure::Failure;

/// Opens the publication and brings its database up to date.
pub(crate) async fn open(url: &str) -> Result<App, Failure> {
    open_with(url, None, Settings::default()).await
}

/// The same, of a publication that decides some things for itself, and of which there may be a copy to
/// read from.
pub(crate) async fn open_with(url: &str, read_url: Option<&str>, settings: Settings) -> Result<App, Failure> {
    let mut store = Store::connect(url).await?;
    if let Some(read_url) = read_url {
        store = store.with_replica(read_url).await?;
    }
    let applied = store.migrate().await?;
    if applied > 0 {
        tracing::info!(migrations = applied, "the database was brought up to date");
    }
    Ok(App::new(store, settings))
}

/// `greymatters migrate`.
pub(crate) async fn migrate(options: &DatabaseOptions) -> Result<(), Failure> {
    let applied = Store::connect(&options.database_url).await?.migrate().await?;
    match applied {
        0 => println!("The database is up to date."),
        1 => println!("The database is up to date: 1 migration was applied."),
        applied => println!("The database is up to date: {applied} migrations were applied."),
    }
    Ok(())
}
