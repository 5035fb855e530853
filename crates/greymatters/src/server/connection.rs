//! One connection, from its first byte to its end.

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
use super::stream::Watched;
use super::{Answering, Answers, unreadable_head};

/// How many bytes the head of a request may have, and how many bytes are buffered each way.
const BUFFERED: usize = 16 << 10;
/// How long, and for how many bytes, a client that is still sending may go on after its last answer. Without
/// this, its system would throw that answer away.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1 << 20;
/// Serves a connection until it ends.
pub(super) async fn serve<S: Answers>(stream: TcpStream, open: Admitted, answers: S, stopping: Stopping) {
    let activity = &open.activity;
    // Until something has come, there is nothing to be kept for it.
    tokio::select! {
        readable = stream.readable() => if readable.is_err() { return },
        () = activity.told() => return,
    }
    let service = Tracked { answers: answers.clone(), activity: Arc::clone(activity), stopping };
    let mut http = http1::Builder::new();
    // Times are watched in one place, `connections`.
    http.max_buf_size(BUFFERED).header_read_timeout(None);
    let watched = Watched::new(stream, Arc::clone(activity));
    let mut connection = http.serve_connection(TokioIo::new(watched), service);
    let result = loop {
        tokio::select! {
            biased;
            result = &mut connection => break result,
            // It is looked at above what that means, but for a client that does not read.
            () = activity.told() => if activity.ends() == End::Unread { return },
        }
    };
    if let Err(error) = &result {
        tracing::debug!(%error, "a connection broke off");
        // What hyper itself answers has come past nobody.
        if error.is_parse_too_large() {
            answers.note_unreadable_head(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        } else if error.is_parse() {
            answers.note_unreadable_head(StatusCode::BAD_REQUEST);
        }
    }
    let Watched { mut stream, own_answer, .. } = connection.into_parts().io.into_inner();
    match (own_answer, activity.ends()) {
        (_, End::Unread) => return,
        (Some(answer), _) => {
            let answer = unreadable_head::completed(&answer);
            let _ = tokio::time::timeout(LINGER, stream.write_all(&answer)).await;
        }
        (None, End::GivesWay) => return,
        // A head that was finished at the last moment was answered.
        (None, End::LateHead) if result.is_err() => {
            answers.note_unreadable_head(StatusCode::REQUEST_TIMEOUT);
            let _ = tokio::time::timeout(LINGER, stream.write_all(unreadable_head::LATE)).await;
        }
        (None, End::None | End::WhenIdle | End::LateHead) => {}
    }
    let _ = tokio::time::timeout(LINGER, linger(stream)).await;
}

/// Reads, and forgets, until the client has closed its side.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut forgotten = [0; 1024];
    let mut length = 0;
    while length < LINGER_BYTES {
        match stream.read(&mut forgotten).await {
            Ok(0) | Err(_) => return,
            Ok(read) => length += read,
        }
    }
}

/// The service, for one connection: notes what that is doing, and has it end once the server is stopping.
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
        self.activity.begun();
        TrackedAnswer {
            answer: self.answers.answer(request),
            activity: Arc::clone(&self.activity),
            stopping: self.stopping.clone(),
        }
    }
}

/// An answer that is being made.
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

/// The body of an answer. It is dropped once all of it has been handed over.
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
