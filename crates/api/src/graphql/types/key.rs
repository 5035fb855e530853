//! API keys.

use app::{App, KeyInput as Input};
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::{CursorList, Direction, KeyId, PageRequest, SortKey};

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::paging::{ListCursor, Total, page};
use crate::graphql::types::scalar::DateTime;
use crate::graphql::types::user_error::{UserError, id_argument, written_or_errors};

/// A permission of an API key. Reading what is published needs none.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::Scope")]
pub(crate) enum Scope {
    /// `content:write`: create and edit working copies, submit them for review, archive articles and delete
    /// drafts.
    ContentWrite,
    /// `content:publish`: review, publish and withdraw articles, and make every other change that the public sees.
    ContentPublish,
    /// `content:read-drafts`: read articles in every state at the desk, and create preview links.
    #[graphql(name = "CONTENT_READ_DRAFTS")]
    ReadDrafts,
    /// `admin`: create, replace and revoke API keys.
    Admin,
}

/// Whether an API key works.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// The key works.
    Active,
    /// The key has expired.
    Expired,
    /// The key was revoked.
    Revoked,
}

/// An API key, without its secret.
#[derive(SimpleObject)]
pub(crate) struct Key {
    /// The id of the key. Revisions and the audit log name it as the actor.
    id: ID,
    /// The name that says what the key is for.
    name: String,
    /// The permissions of the key.
    scopes: Vec<Scope>,
    /// The beginning of the secret, which helps people to tell keys apart. Null for keys from old versions.
    prefix: Option<String>,
    /// Whether the key works now.
    state: KeyState,
    /// The time at which the key was created.
    created_at: DateTime,
    /// The actor who created the key. Null for keys from old versions.
    created_by: Option<String>,
    /// The time at which the key expires. Null if it does not expire.
    expires_at: Option<DateTime>,
    /// The time of the last use, to the minute. Null if the key was never used.
    last_used_at: Option<DateTime>,
    /// The time at which the key was revoked. Null if it was not.
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

pub(crate) type KeyConnection = Connection<ListCursor, Key, Total, EmptyFields>;

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

/// The data of a new API key.
#[derive(InputObject)]
pub(crate) struct KeyInput {
    /// The name that says what the key is for.
    name: String,
    /// The permissions of the key.
    scopes: Vec<Scope>,
    /// The time at which the key expires. Without one, it does not expire.
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

/// The result of a mutation of an API key.
#[derive(SimpleObject)]
pub(crate) struct KeyPayload {
    /// The key. Null if the write was refused.
    key: Option<Key>,
    /// The secret of a new key. It is shown only this once: the server stores only a hash. Null for other
    /// mutations.
    secret: Option<String>,
    /// Why the write was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

impl KeyPayload {
    fn made(ctx: &Context<'_>, written: app::WriteResult<app::NewKey>) -> Result<Self, ApiError> {
        let (made, user_errors) = written_or_errors(ctx, written)?;
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
    /// Creates an API key. Scope: `admin`.
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

    /// Revokes an API key. It stops working at once, even if this request uses it. Scope: `admin`.
    async fn key_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the key.")] id: ID,
    ) -> Result<KeyPayload, ApiError> {
        let written = match id_argument::<KeyId>(&id, "id") {
            Ok(id) => app(ctx).revoke_key(caller(ctx)?, id).await,
            Err(error) => Err(error.into()),
        };
        let (key, user_errors) = written_or_errors(ctx, written)?;
        Ok(KeyPayload { key: key.map(Key::from), secret: None, user_errors })
    }

    /// Replaces an API key by a new one with the same name, permissions and expiry. Scope: `admin`.
    async fn key_rotate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the key to replace.")] id: ID,
        #[graphql(
            default = 0,
            desc = "For how many seconds the old key keeps working: 0 to 2592000 (30 days)."
        )]
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
