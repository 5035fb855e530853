//! Parses HTTP responses incrementally, while their bytes arrive.

use crate::failure::{Failure, Result, While, failed};

/// The initial size of the buffer, in bytes.
const INITIAL_SIZE: usize = 64 << 10;
/// The maximum size of the head of a response, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// A complete response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The headers, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The facts about a complete response that are known without copying it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) status: u16,
    /// The length of the body, in bytes.
    pub(crate) length: usize,
    /// Whether the server closes the connection after it.
    pub(crate) closes: bool,
}

/// A response that is arriving. The buffer is reused for the next response.
pub(crate) struct Incoming {
    buffer: Vec<u8>,
    filled: usize,
    head: Option<Head>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    status: u16,
    /// The length of the head in bytes, including the empty line.
    end: usize,
    length: Length,
    closes: bool,
}

#[derive(Debug, Clone, Copy)]
enum Length {
    Bytes(usize),
    /// A chunked body: the position of the next chunk, and the length of the content so far.
    Chunks {
        at: usize,
        content: usize,
    },
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; INITIAL_SIZE], filled: 0, head: None }
    }

    /// Returns the free part of the buffer.
    pub(crate) fn free_space(&mut self) -> &mut [u8] {
        if self.buffer.len() - self.filled < INITIAL_SIZE / 2 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        &mut self.buffer[self.filled..]
    }

    /// Records that `bytes` bytes were written to the free part.
    pub(crate) fn grow(&mut self, bytes: usize) {
        self.filled += bytes;
    }

    /// Returns the facts about the response once it is complete.
    pub(crate) fn arrived(&mut self) -> Result<Option<Arrived>> {
        let received = &self.buffer[..self.filled];
        let head = match &mut self.head {
            Some(head) => head,
            None => match head(received)? {
                Some(head) => self.head.insert(head),
                None if received.len() > MAX_HEAD => return failed("the head of an answer has no end"),
                None => return Ok(None),
            },
        };
        let length = match &mut head.length {
            Length::Bytes(length) => (received.len() >= head.end + *length).then_some(*length),
            Length::Chunks { at, content } => chunks(received, at, content, |_| ())?.then_some(*content),
        };
        Ok(length.map(|length| Arrived { status: head.status, length, closes: head.closes }))
    }

    /// Copies the complete response.
    pub(crate) fn read(&self) -> Result<Answer> {
        let Some(head) = self.head else { return failed("there is no answer") };
        let text = String::from_utf8_lossy(&self.buffer[..head.end]);
        let lines = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers =
            lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let body = match head.length {
            Length::Bytes(length) => self.buffer[head.end..head.end + length].to_vec(),
            Length::Chunks { .. } => {
                let (mut at, mut content, mut body) = (head.end, 0, Vec::new());
                chunks(&self.buffer[..self.filled], &mut at, &mut content, |part| {
                    body.extend_from_slice(part);
                })?;
                body
            }
        };
        Ok(Answer { status: head.status, headers, body })
    }

    /// Empties the buffer for the next response.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
        self.head = None;
    }
}

fn head(received: &[u8]) -> Result<Option<Head>> {
    let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let end = end + 4;
    let text = std::str::from_utf8(&received[..end]).during("the head of an answer")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
    let status: u16 = status.ok_or_else(|| Failure("this is not HTTP/1.1".to_owned()))?;
    let mut length = None;
    let mut closes = false;
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(Length::Bytes(value.parse().during("the length of an answer")?));
        } else if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
            length = Some(Length::Chunks { at: end, content: 0 });
        } else if name.eq_ignore_ascii_case("connection") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    let length = match (status, length) {
        (204 | 304, _) => Length::Bytes(0),
        (_, Some(length)) => length,
        (_, None) => return failed("an answer does not tell its length"),
    };
    Ok(Some(Head { status, end, length, closes }))
}

/// Reads the chunks that have arrived. Returns whether the last one was among them.
fn chunks(received: &[u8], at: &mut usize, content: &mut usize, mut take: impl FnMut(&[u8])) -> Result<bool> {
    loop {
        let rest = received.get(*at..).unwrap_or_default();
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else { return Ok(false) };
        let size = std::str::from_utf8(&rest[..line]).during("a chunk")?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).during("the length of a chunk")?;
        let begin = line + 2;
        if rest.len() < begin.saturating_add(size).saturating_add(2) {
            return Ok(false);
        }
        take(&rest[begin..begin + size]);
        *at += begin + size + 2;
        *content += size;
        if size == 0 {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a response in parts of `step` bytes. Returns the number of bytes after which it was complete.
    fn complete_after(answer: &[u8], step: usize) -> (usize, Arrived, Answer) {
        let mut incoming = Incoming::new();
        let mut fed = 0;
        for part in answer.chunks(step) {
            incoming.free_space()[..part.len()].copy_from_slice(part);
            incoming.grow(part.len());
            fed += part.len();
            if let Some(arrived) = incoming.arrived().unwrap() {
                return (fed, arrived, incoming.read().unwrap());
            }
        }
        panic!("the response is never complete");
    }

    #[test]
    fn a_response_is_complete_after_its_last_byte() {
        let known = b"HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\nhello";
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                        2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n";
        let none = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n";
        for step in [1, 7, 1_000] {
            let (fed, arrived, answer) = complete_after(known, step);
            assert_eq!((fed, arrived.length, arrived.closes), (known.len(), 5, false));
            assert_eq!((answer.header("etag"), answer.body.as_slice()), (Some("\"a\""), &b"hello"[..]));
            let (fed, arrived, answer) = complete_after(chunked, step);
            assert_eq!((fed, arrived.length, arrived.closes), (chunked.len(), 5, true));
            assert_eq!(answer.body, b"hello");
            let (fed, arrived, _) = complete_after(none, step);
            assert_eq!((fed, arrived), (none.len(), Arrived { status: 304, length: 0, closes: false }));
        }
    }

    #[test]
    fn malformed_http_is_refused() {
        for wrong in
            ["SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
        {
            let mut incoming = Incoming::new();
            incoming.free_space()[..wrong.len()].copy_from_slice(wrong.as_bytes());
            incoming.grow(wrong.len());
            assert!(incoming.arrived().is_err(), "{wrong}");
        }
    }
}
