//! API keys.

use app::{App, KeyInput as Input};
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::{CursorList, Direction, KeyId, PageRequest, SortKey};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::paging::{Place, Total, page};
use crate::graphql::types::scalar::DateTime;
use crate::graphql::types::user_error::{UserError, id_argument, outcome};

/// What a key allows. Reading what is published needs none.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::Scope")]
pub(crate) enum Scope {
    /// `content:write`: create and edit working copies, submit them, archive and delete drafts.
    ContentWrite,
    /// `content:publish`: review, publish and withdraw, and everything else that changes what the public
    /// sees.
    ContentPublish,
    /// `content:read-drafts`: read articles in every state at the desk, and make previews.
    #[graphql(name = "CONTENT_READ_DRAFTS")]
    ReadDrafts,
    /// `admin`: make, replace and revoke keys.
    Admin,
}

/// Whether a key works.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// It works.
    Active,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

/// An API key, without its secret.
#[derive(SimpleObject)]
pub(crate) struct Key {
    /// Its id: what revisions and the audit log are signed with.
    id: ID,
    /// What it is for.
    name: String,
    /// What it allows.
    scopes: Vec<Scope>,
    /// The beginning of its secret, by which people tell keys apart; null for the oldest.
    prefix: Option<String>,
    /// Whether it works now.
    state: KeyState,
    /// When it was made.
    created_at: DateTime,
    /// Who made it; null for the oldest.
    created_by: Option<String>,
    /// When it ends; null when it does not.
    expires_at: Option<DateTime>,
    /// When it was last used, to the minute; null when it never was.
    last_used_at: Option<DateTime>,
    /// When it was revoked; null when it was not.
    revoked_at: Option<DateTime>,
}

impl From<app::ApiKey> for Key {
    fn from(key: app::ApiKey) -> Self {
        let app::ApiKey {
            id,
            name,
            scopes,
            prefix,
            created_at,
            created_by,
            expires_at,
            last_used_at,
            revoked_at,
        } = key;
        let state = match (revoked_at, expires_at) {
            (Some(_), _) => KeyState::Revoked,
            (None, Some(at)) if at <= App::now() => KeyState::Expired,
            (None, _) => KeyState::Active,
        };
        Self {
            id: id.to_string().into(),
            name,
            scopes: scopes.into_iter().map(Scope::from).collect(),
            prefix,
            state,
            created_at: created_at.into(),
            created_by,
            expires_at: expires_at.map(DateTime::from),
            last_used_at: last_used_at.map(DateTime::from),
            revoked_at: revoked_at.map(DateTime::from),
        }
    }
}

pub(crate) type KeyConnection = Connection<Place, Key, Total, EmptyFields>;

/// Resolves `keys`.
pub(crate) async fn keys(ctx: &Context<'_>, request: &PageRequest) -> Result<KeyConnection, ApiError> {
    let span = request.span(CursorList::Keys)?;
    let found = app(ctx).keys(caller(ctx)?).await?;
    let entries = found
        .into_iter()
        .map(|key| (SortKey::Instant(key.created_at), domain::Id::uuid(key.id), key))
        .collect();
    let page = page(CursorList::Keys, entries, Direction::Desc, &span);
    let (before, after) = page.neighbours;
    let mut connection = Connection::with_additional_fields(before, after, Total { total_count: page.total });
    connection.edges = page.entries.into_iter().map(|(place, key)| Edge::new(place, key.into())).collect();
    Ok(connection)
}

/// A new key.
#[derive(InputObject)]
pub(crate) struct KeyInput {
    /// What it is for.
    name: String,
    /// What it allows.
    scopes: Vec<Scope>,
    /// When it ends; left out, never.
    expires_at: Option<DateTime>,
}

impl KeyInput {
    fn input(self) -> Result<Input, domain::UserError> {
        let Self { name, scopes, expires_at } = self;
        Ok(Input {
            name,
            scopes: scopes.into_iter().map(Into::into).collect(),
            expires_at: expires_at.map(|at| at.checked("input.expiresAt")).transpose()?,
        })
    }
}

/// The answer to a change of a key.
#[derive(SimpleObject)]
pub(crate) struct KeyPayload {
    /// The key; null when it was refused.
    key: Option<Key>,
    /// The secret of a new key. It is answered this once, and not kept: only a hash is.
    secret: Option<String>,
    /// Why it was refused, and what to mend.
    user_errors: Vec<UserError>,
}

impl KeyPayload {
    fn made(ctx: &Context<'_>, written: app::WriteResult<app::NewKey>) -> Result<Self, ApiError> {
        let (made, user_errors) = outcome(ctx, written)?;
        let (key, secret) = match made {
            Some(app::NewKey { key, secret }) => (Some(key.into()), Some(secret)),
            None => (None, None),
        };
        Ok(Self { key, secret, user_errors })
    }
}

#[derive(Default)]
pub(crate) struct KeyMutation;

#[Object]
impl KeyMutation {
    /// Makes an API key. Scope: `admin`.
    async fn key_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new key.")] input: KeyInput,
    ) -> Result<KeyPayload, ApiError> {
        KeyPayload::made(
            ctx,
            match input.input() {
                Ok(input) => app(ctx).create_key(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await,
                Err(error) => Err(error.into()),
            },
        )
    }

    /// Ends an API key at once: the one that the request carries, too, if it is that one. Scope: `admin`.
    async fn key_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] id: ID,
    ) -> Result<KeyPayload, ApiError> {
        let written = match id_argument::<KeyId>(&id, "id") {
            Ok(id) => app(ctx).revoke_key(caller(ctx)?, id).await,
            Err(error) => Err(error.into()),
        };
        let (key, user_errors) = outcome(ctx, written)?;
        Ok(KeyPayload { key: key.map(Key::from), secret: None, user_errors })
    }

    /// Makes an API key of the same name, scopes and end as another one, which ends. Scope: `admin`.
    async fn key_rotate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key that is replaced.")] id: ID,
        #[graphql(default = 0, desc = "For how many seconds the old one goes on working; at most 30 days.")]
        overlap_seconds: i32,
    ) -> Result<KeyPayload, ApiError> {
        KeyPayload::made(
            ctx,
            match id_argument::<KeyId>(&id, "id") {
                Ok(id) => app(ctx).rotate_key(caller(ctx)?, id, overlap_seconds).await,
                Err(error) => Err(error.into()),
            },
        )
    }
}
