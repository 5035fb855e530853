//! The reasons why a token is refused.

/// Why a token is refused, as a message for the client. The messages reveal nothing that the client does not
/// know, and contain only characters that are allowed in a `WWW-Authenticate` header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token is too long.
    #[error("the token is longer than {0} bytes: ask the provider for one with fewer claims")]
    TooLong(usize),
    /// The token is not a signed JWT, or a required claim is missing or has the wrong type.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// The signature algorithm is symmetric, unknown or `none`.
    #[error(
        "the token's algorithm is not allowed: have it signed with RS256, RS384, RS512, PS256, PS384, PS512, ES256, \
         ES384 or EdDSA"
    )]
    Algorithm,
    /// The token is not an access token.
    #[error("the token's type (`typ`) is not that of an access token: send the access token")]
    Type,
    /// The token has a critical extension (RFC 7515, section 4.1.11).
    #[error("the token requires an extension (`crit`) that is not supported: get a token without it")]
    Extension,
    /// The token is from another provider.
    #[error("the token is from another issuer (`iss`) than the trusted one: get a token from that one")]
    Issuer,
    /// The token is for another audience.
    #[error("the token is for another audience (`aud`): ask the provider for one for this API")]
    Audience,
    /// The token has expired.
    #[error("the token has expired: get a new one")]
    Expired,
    /// The token is not valid yet.
    #[error("the token is not yet valid (`nbf`): wait, or correct the clocks")]
    NotYetValid,
    /// The provider does not publish the key of the token.
    #[error("the token is signed with a key (`kid`) that the provider does not publish: get a new one")]
    UnknownKey,
    /// The signature does not match: the provider did not sign the token, or the token was changed.
    #[error("the token's signature is wrong: get a new token")]
    Signature,
    /// The token cannot be verified now. It may be valid.
    #[error("the OpenID provider does not answer, so the token cannot be verified: try again in a moment")]
    Unavailable,
}
