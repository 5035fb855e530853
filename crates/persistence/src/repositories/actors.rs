//! The names of actors: of API keys, and of people with tokens of an OpenID provider.

use std::collections::HashMap;

use domain::{Id, KeyId};
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryOrder, QuerySelect};

use crate::StoreError;
use crate::entity::{api_key, person};

/// A person who has a token of an OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their name in the audit log.
    pub actor: String,
    /// Their name for people.
    pub name: String,
}

/// The maximum number of names that are read, the newest first for keys.
const MOST_NAMES: u64 = 10_000;

/// The names of actors.
#[derive(Debug)]
pub struct Actors<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Actors<'_, C> {
    /// The names of all actors that are known, by their names in the audit log.
    pub async fn names(&self) -> Result<HashMap<String, String>, StoreError> {
        let keys: Vec<(uuid::Uuid, String)> = api_key::Entity::find()
            .select_only()
            .columns([api_key::Column::Id, api_key::Column::Name])
            .order_by_desc(api_key::Column::Id)
            .limit(MOST_NAMES)
            .into_tuple()
            .all(self.0)
            .await?;
        let people = person::Entity::find().limit(MOST_NAMES).all(self.0).await?;
        let keys = keys.into_iter().map(|(id, name)| (KeyId::from_uuid(id).to_string(), name));
        Ok(keys.chain(people.into_iter().map(|row| (row.actor, row.name))).collect())
    }
}

/// Stores the name of a person. If it is stored already, the statement locks and changes no row.
pub(crate) fn name_person(person: &Person) -> Result<InsertStatement, StoreError> {
    let Person { actor, name } = person;
    let known = Query::select()
        .expr(Expr::val(1))
        .from(person::Entity)
        .and_where(person::Column::Actor.eq(actor.as_str()))
        .and_where(person::Column::Name.eq(name.as_str()))
        .to_owned();
    let new = Query::select()
        .expr(Expr::val(actor.as_str()))
        .expr(Expr::val(name.as_str()))
        .and_where(Expr::exists(known).not())
        .to_owned();
    let mut insert = Query::insert();
    insert
        .into_table(person::Entity)
        .columns([person::Column::Actor, person::Column::Name])
        .select_from(new)
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    let renamed = OnConflict::column(person::Column::Actor).update_column(person::Column::Name).to_owned();
    Ok(insert.on_conflict(renamed).to_owned())
}
