//! Opening the database.

use app::{App, Settings, StoreError};
use persistence::Store;

use crate::cli::DatabaseOptions;
use crate::failure::Failure;

/// Opens the publication and brings its database up to date; one that is newer than this program is only read.
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
    match store.migrate().await {
        Ok(0) => {}
        Ok(applied) => tracing::info!(migrations = applied, "the database was brought up to date"),
        // It can be read, and says by itself that it cannot be written.
        Err(StoreError::UpgradeRequired(_)) => {}
        Err(error) => return Err(error.into()),
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
