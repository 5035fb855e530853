//! The cost and the limits of one request.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::{App, Budget, StoreError};
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument};
use async_graphql::{Context, InputType, Name, Response, ServerError};
use async_graphql_value::ConstValue;
use domain::{PageRequest, Span, TimeZone};
use serde_json::{Map, Value, json};

use super::count::{Articles, Count, Part};
use super::entries::BODY_TEXT;
use crate::AppState;
use crate::graphql::document::variable::Given;
use crate::graphql::error::{ApiError, CHEAPER, ErrorCode, cost_refusal};
use crate::graphql::execution::context::RequestView;
use crate::graphql::execution::json;
use crate::graphql::types::article_where::{ArticleOrder, ArticleWhere};

/// The flag that sets the maximum cost of a request.
const FLAG: &str = "--max-cost";
/// The flag that sets the maximum length of an answer.
const ANSWER_FLAG: &str = "--max-answer";
/// The number of bytes of an answer that cost one unit.
pub(super) const BYTES_PER_UNIT: u64 = 300;
/// The lower bound of the maximum cost, however few articles there are.
const FLOOR: u64 = 32_000;
/// The number of articles that add one unit to the maximum cost, up to the limit of the flag.
const ARTICLES_PER_UNIT: u64 = 6;
/// The number of parts of a request whose costs are reported: the most expensive ones.
const MAX_REPORTED_FIELDS: usize = 20;

/// The cost and the limits of one request.
pub(crate) struct Ledger {
    budget: Budget,
    /// The maximum length of the answer, in bytes.
    longest: u64,
    /// The known length of the answer, in bytes.
    bytes: AtomicU64,
    /// The costs of the parts, the most expensive first.
    parts: Vec<Part>,
}

impl Ledger {
    /// Computes the cost of an operation.
    ///
    /// # Errors
    /// The answer, if the cost exceeds the limit or the database does not answer.
    pub(crate) async fn open(
        state: &AppState,
        document: &ExecutableDocument,
        variables: &Map<String, Value>,
        view: &RequestView,
    ) -> Result<Arc<Self>, Box<Response>> {
        let (app, maximum) = (&state.app, state.limits.cost);
        let opened = |maximum, parts| Self::new(maximum, state.limits.answer, parts);
        let allowed = |size: u64| maximum.min(FLOOR.saturating_add(size / ARTICLES_PER_UNIT));
        // Whatever costs more is refused, so nothing beyond it is counted.
        let counted_up_to = app.known_size().map_or(maximum, allowed);
        let DocumentOperations::Single(operation) = &document.operations else {
            return Ok(opened(maximum, Vec::new()));
        };
        let count = Count::of(
            state.documents.schema(),
            &state.introspection,
            counted_up_to,
            document,
            Given { operation: &operation.node, values: variables },
        );
        let Count { mut parts, articles, introspected, .. } = count;
        if introspected > state.limits.answer {
            let ledger = opened(maximum, parts);
            ledger.bytes.store(introspected, Ordering::Relaxed);
            return Err(Box::new(ledger.refusal()));
        }
        for articles in &articles {
            match articles_cost(app, view, articles).await {
                Ok(more) => more.into_iter().for_each(|part| add(&mut parts, part)),
                Err(error) => return Err(Box::new(error.answer(Some(&articles.name)))),
            }
            // The request is refused, whatever the other lists cost.
            if requested(&parts) > counted_up_to {
                break;
            }
        }
        parts.sort_by_key(|part| Reverse(part.cost));
        let requested = requested(&parts);
        // The maximum depends on the number of articles, which is known once rows are looked up.
        let size = match app.known_size() {
            Some(size) => size,
            None if requested <= FLOOR || requested > maximum => 0,
            None => {
                let first = articles.first().map(|articles| articles.name.as_str());
                size(app, view).await.map_err(|error| Box::new(error.answer(first)))?
            }
        };
        opened(allowed(size), parts).accepted(requested)
    }

    fn new(maximum: u64, longest: u64, parts: Vec<Part>) -> Arc<Self> {
        Arc::new(Self { budget: Budget::new(maximum), longest, bytes: AtomicU64::new(0), parts })
    }

    fn accepted(self: Arc<Self>, requested: u64) -> Result<Arc<Self>, Box<Response>> {
        // Little has been read from the database so far.
        match self.budget.spend(requested) {
            Ok(()) => Ok(self),
            Err(_) => Err(Box::new(self.refusal())),
        }
    }

    /// Returns the budget for reading from the database.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Returns the maximum length of the answer, in bytes.
    pub(crate) fn longest(&self) -> u64 {
        self.longest
    }

    /// Adds bytes to the length of the answer, before they are written.
    pub(crate) fn answer(&self, bytes: u64) -> Result<(), StoreError> {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.longest { Err(StoreError::OverBudget) } else { Ok(()) }
    }

    /// Charges the cost of bodies by which it exceeds the estimate for this number of texts, before they are read.
    ///
    /// # Errors
    /// [`StoreError::OverBudget`] if the answer would be too long, or the request costs too much.
    pub(crate) fn bodies(&self, bytes: u64, texts: u64) -> Result<(), StoreError> {
        if self.bytes.load(Ordering::Relaxed).saturating_add(bytes) > self.longest {
            self.answer(bytes)?;
        }
        let counted = texts.saturating_mul(BODY_TEXT);
        self.budget.spend((bytes / BYTES_PER_UNIT).saturating_sub(counted))
    }

    /// Charges the entries of a list by which it is longer than estimated.
    pub(crate) fn list(&self, ctx: &Context<'_>, entries: usize, counted: u64) -> Result<(), StoreError> {
        let more = (entries as u64).saturating_sub(counted);
        if more == 0 {
            return Ok(());
        }
        let fields = ctx.field().selection_set().count() as u64;
        let cost = more.saturating_mul(fields);
        self.budget.spend(cost)
    }

    /// Returns the executed answer, or a refusal if the cost turned out to be too high.
    pub(crate) fn settled(&self, response: Response) -> Response {
        let length = json::length(&response.data);
        if length > self.longest {
            self.bytes.fetch_max(length, Ordering::Relaxed);
        }
        if self.is_over() {
            return self.refusal();
        }
        match cost_refusal(&response) {
            Some(error) => self.out_of_time(error),
            None => response,
        }
    }

    /// Refuses a request on which the database has worked for too long, as a whole.
    fn out_of_time(&self, error: &ServerError) -> Response {
        let ServerError { message, extensions, .. } = error;
        let mut refusal = ServerError::new(message.clone(), None);
        refusal.extensions.clone_from(extensions);
        refusal.extensions.get_or_insert_default().set("cost", self.extension());
        Response::from_errors(vec![refusal])
    }

    fn is_over(&self) -> bool {
        self.budget.spent() > self.budget.maximum() || self.bytes.load(Ordering::Relaxed) > self.longest
    }

    /// Returns the cost for `extensions.cost`.
    pub(crate) fn extension(&self) -> ConstValue {
        let parts = self
            .parts
            .iter()
            .take(MAX_REPORTED_FIELDS)
            .map(|Part { path, cost }| json!({"path": path, "cost": cost}));
        let found = self.found_later();
        let parts = parts.chain((found > 0).then(|| json!({"path": [], "cost": found})));
        let cost = json!({
            "requested": self.budget.spent(),
            "maximum": self.budget.maximum(),
            "fields": parts.collect::<Vec<_>>(),
        });
        ConstValue::from_json(cost).unwrap_or_default()
    }

    /// The part of the cost that became known only during the execution.
    fn found_later(&self) -> u64 {
        self.budget.spent().saturating_sub(requested(&self.parts))
    }

    /// Refuses a request that costs too much.
    fn refusal(&self) -> Response {
        let bytes = self.bytes.load(Ordering::Relaxed);
        if bytes > self.longest {
            let longest = self.longest;
            let message = format!(
                "the answer would have at least {bytes} bytes, and may have {longest} (`{ANSWER_FLAG}`): ask for fewer entries \
                 (`first`), forms of bodies, or fields at once"
            );
            return self.refused(message, "answer", longest, bytes, ANSWER_FLAG);
        }
        let (requested, maximum) = (self.budget.spent(), self.budget.maximum());
        let mut message = format!("the request costs {requested}, and may cost {maximum} (`{FLAG}`): ");
        let found = self.found_later();
        if let Some(Part { path, cost }) = self.parts.first() {
            let shown: Vec<_> = path.iter().map(Name::as_str).collect();
            let shown: String = shown.join(".").chars().take(100).collect();
            message.push_str(&format!("`{shown}` costs most, {cost}; "));
        }
        if found > 0 {
            message.push_str(&format!(
                "{found} became known during the execution, because bodies, lists or pages took more than expected; "
            ));
        }
        message.push_str(CHEAPER);
        self.refused(message, "cost", maximum, requested, FLAG)
    }

    fn refused(&self, message: String, name: &str, value: u64, requested: u64, flag: &str) -> Response {
        let mut error = ServerError::new(message, None);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", ErrorCode::CostExceeded.as_str());
        extensions.set("cost", self.extension());
        let limit = json!({"name": name, "value": value, "requested": requested, "flag": flag});
        extensions.set("limit", ConstValue::from_json(limit).unwrap_or_default());
        Response::from_errors(vec![error])
    }
}

/// Adds a part. The costs of one path are added up.
fn add(parts: &mut Vec<Part>, part: Part) {
    match parts.iter_mut().find(|known| known.path == part.path) {
        Some(known) => known.cost = known.cost.saturating_add(part.cost),
        None => parts.push(part),
    }
}

fn requested(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.cost).fold(0, u64::saturating_add)
}

/// Computes the additional cost of a list of articles. Invalid arguments cost nothing, because they are refused
/// anyway.
async fn articles_cost(app: &App, view: &RequestView, articles: &Articles) -> Result<Vec<Part>, ApiError> {
    let Some(PageArguments { filter, order, span }) = PageArguments::of(articles, &app.settings().time_zone)
    else {
        return Ok(Vec::new());
    };
    let part = |name: Option<&Name>, cost| {
        let path = std::iter::once(&articles.name).chain(name).cloned().collect();
        Part { path, cost }
    };
    let mut parts = Vec::new();
    if !articles.is_read && articles.counts.is_empty() {
        return Ok(parts);
    }
    let reader = view.reader(app).await?;
    let Ok(predicate) = reader.view.resolve(&filter) else { return Ok(parts) };
    if articles.is_read
        && let Some(cost) = reader.view.page_cost(&predicate, order, &span).await?
    {
        parts.push(part(None, cost));
    }
    if !articles.counts.is_empty() {
        let cost = reader.view.count_cost(&predicate).await?;
        // The number is the same each time, so it is counted only once.
        parts.extend(articles.counts.iter().take(1).map(|name| part(Some(name), cost)));
    }
    Ok(parts)
}

/// The arguments of a list of articles.
struct PageArguments {
    filter: domain::ArticleFilter,
    order: domain::ArticleOrder,
    span: Span,
}

impl PageArguments {
    fn of(articles: &Articles, zone: &TimeZone) -> Option<Self> {
        let given = |name: &str| {
            let found = articles.arguments.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).filter(|value| *value != ConstValue::Null)
        };
        let filter = match given("where") {
            Some(value) => ArticleWhere::parse(Some(value)).ok()?.filter("where", zone).ok()?,
            None => domain::ArticleFilter::default(),
        };
        let order = match given("orderBy") {
            Some(value) => ArticleOrder::parse(Some(value)).ok()?,
            None => ArticleOrder::default(),
        };
        let order = domain::ArticleOrder::from(order);
        let number = |name: &str| given(name).map(|value| i32::parse(Some(value))).transpose().ok();
        let text = |name: &str| given(name).map(|value| String::parse(Some(value))).transpose().ok();
        let request = PageRequest {
            first: number("first")?,
            after: text("after")?,
            last: number("last")?,
            before: text("before")?,
            offset: number("offset")?,
        };
        Some(Self { filter, order, span: request.span(order.field.into()).ok()? })
    }
}

async fn size(app: &App, view: &RequestView) -> Result<u64, ApiError> {
    let reader = view.reader(app).await?;
    Ok(reader.view.sizes().await?.all())
}
