//! Why a token is refused.

/// Why a token is refused: in words for whoever sent it. They tell nothing that the sender does not
/// know, and hold no character that a `WWW-Authenticate` header cannot carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody needs one that long.
    #[error("the token is longer than {0} bytes: ask the provider for one with fewer claims")]
    TooLong(usize),
    /// It is no signed JWT, or a claim that is needed is missing or of the wrong type.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// It is signed in a way that proves nothing, or that the key is not meant for.
    #[error(
        "the token's algorithm is not allowed: have it signed with RS256, RS384, RS512, PS256, PS384, PS512, ES256, \
         ES384 or EdDSA"
    )]
    Algorithm,
    /// It is a token, but not one that gives access.
    #[error("the token's type (`typ`) is not one of an access token: send the access token")]
    Type,
    /// It demands what is not understood here (RFC 7515, 4.1.11).
    #[error("the token demands an extension (`crit`) that is not understood here")]
    Extension,
    /// Another provider's.
    #[error("the token is of another issuer (`iss`) than the one that is trusted here")]
    Issuer,
    /// For somebody else.
    #[error("the token is for another audience (`aud`): ask the provider for one for this API")]
    Audience,
    /// Too late.
    #[error("the token has expired: get a new one")]
    Expired,
    /// Too early.
    #[error("the token is not yet valid (`nbf`): wait, or set the clocks right")]
    NotYetValid,
    /// The provider does not publish the key.
    #[error("the token is signed with a key (`kid`) that the provider does not publish: get a new one")]
    UnknownKey,
    /// It was not signed by the provider, or was changed since.
    #[error("the token's signature is wrong")]
    Signature,
    /// It cannot be told, and the token may be good all the same.
    #[error(
        "the OpenID provider does not answer, so that the token cannot be verified; try again in a moment"
    )]
    Unavailable,
}
