//! A deadline for all database work of the current task.

use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs `work`. Its database reads end within this time, or earlier if their own limits are shorter.
pub async fn within<T>(time: Duration, work: impl Future<Output = T>) -> T {
    DEADLINE.scope(earliest(Instant::now() + time), work).await
}

/// The earlier one of `until` and the deadline of the task.
pub(crate) fn earliest(until: Instant) -> Instant {
    DEADLINE.try_with(|deadline| until.min(*deadline)).unwrap_or(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_inner_deadline_cannot_be_later_than_the_outer_one() {
        let far = Instant::now() + Duration::from_secs(100);
        assert_eq!(earliest(far), far);
        within(Duration::from_secs(10), async {
            let set = earliest(far);
            assert!(set < far);
            within(Duration::from_secs(50), async { assert_eq!(earliest(far), set) }).await;
            within(Duration::from_secs(1), async { assert!(earliest(far) < set) }).await;
        })
        .await;
        assert_eq!(earliest(far), far);
    }
}
