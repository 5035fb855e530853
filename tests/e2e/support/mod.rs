//! Support for the tests: databases, servers, clients, files.

#[macro_use]
mod both;
pub(crate) mod bulk;
mod client;
mod clock;
mod command;
mod database;
mod desk;
mod env;
mod folder;
#[expect(dead_code, reason = "the tests of `oidc` use the rest")]
pub(crate) mod issuer;
mod json;
pub(crate) mod pooler;
pub(crate) mod postgres;
pub(crate) mod scratch;
mod server;
pub(crate) mod sql;

pub(crate) use client::{Answer, Client, GRAPHQL_RESPONSE};
pub(crate) use clock::{ahead, instant};
pub(crate) use command::{CommandExt, Ended, greymatters};
pub(crate) use database::{Database, Kind};
pub(crate) use desk::Saved;
pub(crate) use env::Env;
pub(crate) use folder::Folder;
pub(crate) use json::Json;
pub(crate) use server::{STATEMENTS, Server, within};
