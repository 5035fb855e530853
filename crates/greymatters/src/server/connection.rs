//! Serves one connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use api::Stopping;
use axum::body::{Body as AnswerBody, Bytes, HttpBody};
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::activity::{Activity, End};
use super::connections::Admitted;
use super::stream::WatchedStream;
use super::{Answering, Answers, unreadable_head};

/// The maximum size of the head of a request, and of the buffer for each direction, in bytes.
const BUFFER_SIZE: usize = 16 << 10;
/// How long, and how many bytes, are still read after the last answer. If the client is still sending and the connection
/// were closed at once, the operating system of the client would discard the answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1 << 20;

/// Serves a connection until it ends.
pub(super) async fn serve<S: Answers>(stream: TcpStream, open: Admitted, answers: S, stopping: Stopping) {
    let activity = &open.activity;
    // Buffers are allocated only when the first byte has arrived.
    tokio::select! {
        readable = stream.readable() => if readable.is_err() { return },
        () = activity.told_to_end() => return,
    }
    let service = Tracked { answers: answers.clone(), activity: Arc::clone(activity), stopping };
    let mut http = http1::Builder::new();
    // `connections` watches all timeouts.
    http.max_buf_size(BUFFER_SIZE).header_read_timeout(None);
    let watched = WatchedStream::new(stream, Arc::clone(activity));
    let mut connection = http.serve_connection(TokioIo::new(watched), service);
    let result = loop {
        tokio::select! {
            biased;
            result = &mut connection => break result,
            // This wakes the connection, which then stops reading. Only a client that does not read is dropped here.
            () = activity.told_to_end() => if activity.end_reason() == End::Unread { return },
        }
    };
    if let Err(error) = &result {
        tracing::debug!(%error, "a connection broke off");
        // The service has not seen this request, because hyper answers it.
        if error.is_parse_too_large() {
            answers.note_unreadable_head(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        } else if error.is_parse() {
            answers.note_unreadable_head(StatusCode::BAD_REQUEST);
        }
    }
    let WatchedStream { mut stream, hyper_answer, .. } = connection.into_parts().io.into_inner();
    match (hyper_answer, activity.end_reason()) {
        (_, End::Unread) => return,
        (Some(answer), _) => {
            let answer = unreadable_head::completed(&answer);
            let _ = tokio::time::timeout(LINGER, stream.write_all(&answer)).await;
        }
        (None, End::GivesWay) => return,
        // Without an error, the head was completed at the last moment, and the request was answered.
        (None, End::LateHead) if result.is_err() => {
            answers.note_unreadable_head(StatusCode::REQUEST_TIMEOUT);
            let _ = tokio::time::timeout(LINGER, stream.write_all(unreadable_head::LATE)).await;
        }
        (None, End::None | End::WhenIdle | End::LateHead) => {}
    }
    let _ = tokio::time::timeout(LINGER, linger(stream)).await;
}

/// Reads and discards bytes until the client has closed its side.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut discarded = [0; 1024];
    let mut length = 0;
    while length < LINGER_BYTES {
        match stream.read(&mut discarded).await {
            Ok(0) | Err(_) => return,
            Ok(read) => length += read,
        }
    }
}

/// The service for one connection. Records the activity, and closes the connection when the server is stopping.
struct Tracked<S> {
    answers: S,
    activity: Arc<Activity>,
    stopping: Stopping,
}

impl<S: Answers> Service<Request<Incoming>> for Tracked<S> {
    type Response = Response<Answer>;
    type Error = std::convert::Infallible;
    type Future = TrackedAnswer;

    fn call(&self, request: Request<Incoming>) -> TrackedAnswer {
        self.activity.request_begun();
        TrackedAnswer {
            answer: self.answers.answer(request),
            activity: Arc::clone(&self.activity),
            stopping: self.stopping.clone(),
        }
    }
}

/// An answer in progress.
struct TrackedAnswer {
    answer: Answering,
    activity: Arc<Activity>,
    stopping: Stopping,
}

impl Future for TrackedAnswer {
    type Output = Result<Response<Answer>, std::convert::Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = std::task::ready!(self.answer.as_mut().poll(context))?;
        if self.stopping.has_begun() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let activity = Arc::clone(&self.activity);
        Poll::Ready(Ok(response.map(|body| Answer { body, activity })))
    }
}

/// The body of an answer. It is dropped when the whole body was handed over.
struct Answer {
    body: AnswerBody,
    activity: Arc<Activity>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.activity.answered();
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        HttpBody::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.body)
    }
}
