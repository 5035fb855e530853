//! `greymatters key`.

use crate::cli::KeyOptions;
use crate::database;
use crate::failure::Failure;

/// Makes a key and prints it, alone, so that a shell can take it.
pub(crate) async fn create(options: KeyOptions) -> Result<(), Failure> {
    let KeyOptions { scopes, name, database } = options;
    let made = database::open(&database.database_url).await?.create_key(&name, &scopes).await?;
    println!("{}", made.secret);
    Ok(())
}
