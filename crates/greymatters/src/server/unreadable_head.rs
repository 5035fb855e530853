//! Answers to requests whose head cannot be read. hyper makes them without the service, so this module adds their headers.

use std::borrow::Cow;

/// The answer to a client that does not finish the head of its request in time.
pub(super) const LATE: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncache-control: private, no-store\r\n\
    x-content-type-options: nosniff\r\ncontent-length: 0\r\n\r\n";
/// A header that answers of hyper itself may have already.
const CLOSE: &[u8] = b"connection: close\r\n";
/// The headers that every answer has, and answers of hyper itself lack. The connection closes after such an answer.
const ADDED: &[u8] =
    b"connection: close\r\ncache-control: private, no-store\r\nx-content-type-options: nosniff\r\n";
/// The maximum length of an answer of hyper itself: a status line and three short headers.
const MAX_LENGTH: usize = 200;

/// Finds an answer of hyper itself at the end of these bytes. Returns its position and its bytes.
///
/// Such an answer has only the headers that this function names. Every answer of the service has others.
pub(super) fn find(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let head = bytes.strip_suffix(b"\r\n\r\n")?;
    let since = head.len().saturating_sub(MAX_LENGTH);
    let start = since + head[since..].windows(10).rposition(|window| window == b"HTTP/1.1 4")?;
    let mut lines = std::str::from_utf8(&head[start..]).ok()?.split("\r\n");
    let status = lines.next()?;
    let is_refusal =
        ["400 ", "414 ", "431 "].iter().any(|code| status["HTTP/1.1 ".len()..].starts_with(code));
    let is_own =
        |line: &str| line == "connection: close" || line == "content-length: 0" || line.starts_with("date: ");
    (is_refusal && lines.all(is_own)).then_some((start, &bytes[start..]))
}

/// Adds the headers that every answer has to an answer of hyper itself.
pub(super) fn completed(answer: &[u8]) -> Cow<'_, [u8]> {
    let Some(head) = answer.strip_suffix(b"\r\n") else { return Cow::Borrowed(answer) };
    let lines = head.split_inclusive(|byte| *byte == b'\n').filter(|line| *line != CLOSE);
    let mut completed: Vec<u8> = lines.flatten().copied().collect();
    completed.extend_from_slice(ADDED);
    completed.extend_from_slice(b"\r\n");
    Cow::Owned(completed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_hyper_itself_is_found_after_another_and_gets_headers() {
        let own = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: now\r\n\r\n";
        let after = [b"HTTP/1.1 200 OK\r\n\r\n{}".as_slice(), own].concat();
        assert_eq!(find(&after), Some((21, own.as_slice())));
        let completed = completed(own);
        let expected = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: now\r\nconnection: close\r\n\
            cache-control: private, no-store\r\nx-content-type-options: nosniff\r\n\r\n";
        assert_eq!(completed.as_ref(), expected);
        for other in [
            b"HTTP/1.1 400 Bad Request\r\nx-request-id: a\r\ncontent-length: 0\r\n\r\n".as_slice(),
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\n\r\n{}",
            b"\r\n\r\n",
        ] {
            assert_eq!(find(other), None);
        }
    }
}
