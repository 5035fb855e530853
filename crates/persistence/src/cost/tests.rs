//! Tests of the plans and their costs.

use std::collections::BTreeSet;

use domain::{
    ArticleId, ArticleOrder, Direction, Id, InstantRange, LabelId, Locale, OrderField, Predicate, Span,
    Timestamp,
};
use uuid::Uuid;

use super::*;

/// The default budget of a request.
const MAXIMUM: u64 = 200_000;

fn label(n: u128) -> LabelId {
    LabelId(Uuid::from_u128(n))
}

fn set(labels: impl IntoIterator<Item = u128>) -> Predicate {
    Predicate::Labelled(labels.into_iter().map(label).collect())
}

/// A million articles over five years. One article in n + 1 has the n-th of two hundred tags. Each topic has 120,000
/// articles, and each author has 30,000.
fn million() -> Sizes {
    let tags = (1..=200).map(|n| (label(n), 1_000_000 / (n as i64 + 1)));
    let others =
        (1_000..1_012).map(|n| (label(n), 120_000)).chain((2_000..2_050).map(|n| (label(n), 30_000)));
    Sizes::new(tags.chain(others), (18_900..20_726).map(|day| (day, 548)))
}

fn dates(days: i64) -> Predicate {
    Predicate::Published(range(19_500, 19_500 + days))
}

/// The instants from one day to another.
fn range(first: i64, end: i64) -> InstantRange {
    let at = |day: i64| Timestamp::from_microsecond(day * DAY + 1_000).unwrap();
    InstantRange { gte: Some(at(first)), lt: Some(at(end)), ..InstantRange::default() }
}

fn orders() -> impl Iterator<Item = ArticleOrder> {
    [OrderField::PublishedAt, OrderField::UpdatedAt, OrderField::Title].into_iter().flat_map(|field| {
        [Direction::Asc, Direction::Desc].map(|direction| ArticleOrder { field, direction })
    })
}

fn page(limit: usize) -> Span {
    Span { after: None, before: None, limit, backward: false, offset: 0 }
}

#[test]
fn pages_of_three_labels_and_a_range_of_dates_are_affordable_at_a_million() {
    let sizes = million();
    let candidates = [1, 2, 5, 8, 20, 200, 1_000, 2_000];
    let ranges = [None, Some(1), Some(30), Some(365), Some(1_200)];
    let mut highest = 0;
    let pairs = candidates.iter().flat_map(|a| candidates.map(|b| (*a, b)));
    for ((a, b), c) in pairs.flat_map(|pair| candidates.map(|c| (pair, c))) {
        for range in ranges {
            let within = || range.map(dates).into_iter();
            let all =
                Predicate::All(vec![set([a]), set([b]), set([c])].into_iter().chain(within()).collect());
            let any = Predicate::All([set([a, b, c])].into_iter().chain(within()).collect());
            let none = Predicate::Not(Box::new(set([a, b, c])));
            let none = Predicate::All([none].into_iter().chain(within()).collect());
            for predicate in [all.simplify(), any.simplify(), none.simplify()] {
                for order in orders() {
                    let plan = PagePlan::of(&sizes, &predicate, order, &page(100));
                    highest = highest.max(plan.cost());
                    assert!(plan.cost() <= MAXIMUM, "{a} {b} {c} {range:?} {order:?}: {plan:?}");
                }
            }
        }
    }
    assert!(highest > 10_000, "{highest}");
}

#[test]
fn pages_of_articles_that_were_updated_in_a_range_of_dates_are_affordable() {
    let updated = |first, end| Predicate::Updated(range(first, end));
    for direction in [Direction::Asc, Direction::Desc] {
        let order = ArticleOrder { field: OrderField::UpdatedAt, direction };
        for (first, end) in [(20_725, 20_726), (18_900, 20_726), (30_000, 30_001), (1, 2)] {
            let plan = PagePlan::of(&million(), &updated(first, end), order, &page(100));
            assert!(plan.fallback.is_none() && plan.cost() < 1_000, "{first} {end}: {plan:?}");
        }
    }
    // With up to three labels, also if no article matches.
    let sizes = Sizes::new((1..=200).map(|n| (label(n), 10_000 / (n as i64 + 1))), [(19_500, 10_000)]);
    let none = Predicate::Not(Box::new(set([1, 2, 3])));
    for labels in [set([1]), set([1, 2, 3]), none] {
        for order in orders() {
            let predicate = Predicate::All(vec![labels.clone(), updated(1, 2)]);
            let plan = PagePlan::of(&sizes, &predicate, order, &page(100));
            // In the order of the range, no row outside of it is read, so the method is not abandoned.
            let fallback = plan.fallback.as_ref().filter(|_| order.field != OrderField::UpdatedAt);
            let fallback = fallback.map_or(0, |(_, cost)| *cost);
            assert!(plan.cost() + fallback <= 28_000, "{order:?}: {plan:?}");
        }
    }
}

#[test]
fn a_filter_of_many_labels_is_not_repeated_for_many_ranges() {
    let sizes = million();
    let order = ArticleOrder { field: OrderField::PublishedAt, direction: Direction::Desc };
    let none = |n| Predicate::Not(Box::new(set(1..=n)));
    let twelve = || set(1_000..1_012);
    let few = PagePlan::of(&sizes, &Predicate::All(vec![twelve(), none(2)]), order, &page(20));
    assert!(matches!(few.method, PageMethod::InOrder { labels: Some(_), .. }), "{few:?}");
    let many = PagePlan::of(&sizes, &Predicate::All(vec![twelve(), none(20)]), order, &page(20));
    assert!(matches!(many.method, PageMethod::InOrder { labels: None, .. }), "{many:?}");
}

#[test]
fn known_counts_are_affordable_two_dozen_times_at_a_million() {
    let sizes = million();
    for predicate in
        [Predicate::TRUE, Predicate::FALSE, set([1]), set([1_000]), dates(1), dates(365), dates(1_800)]
    {
        let plan = CountPlan::of(&sizes, &predicate);
        assert!(24 * plan.cost() <= MAXIMUM, "{plan:?}");
        let complement = CountPlan::of(&sizes, &Predicate::Not(Box::new(predicate)));
        assert!(24 * complement.cost() <= MAXIMUM, "{complement:?}");
    }
}

#[test]
fn counts_of_many_terms_are_not_affordable_at_a_million() {
    let sizes = million();
    let locale = || Predicate::InLocale("de".parse::<Locale>().unwrap());
    let tags = || Predicate::Not(Box::new(set(1..=60)));
    for predicate in [
        tags(),
        Predicate::Any(vec![set([1, 2]), dates(9), locale()]),
        Predicate::All(vec![tags(), locale()]),
    ] {
        let plan = CountPlan::of(&sizes, &predicate);
        assert!(plan.cost() > MAXIMUM, "{plan:?}");
    }
}

#[test]
fn a_page_with_dozens_of_terms_is_expensive() {
    let sizes = Sizes::new((1..=200).map(|n| (label(n), 10_000 / (n as i64 + 1))), [(19_500, 10_000)]);
    let all = |terms: u128| Predicate::All((1..=terms).map(|n| set([n])).collect());
    let order = ArticleOrder { field: OrderField::PublishedAt, direction: Direction::Desc };
    assert!(PagePlan::of(&sizes, &all(8), order, &page(100)).cost() < 5_000);
    let pairs = |terms: u128| Predicate::All((1..=terms).map(|n| set([n, n + 1])).collect());
    assert!(PagePlan::of(&sizes, &all(90), order, &page(100)).cost() < 5_000);
    assert!(PagePlan::of(&sizes, &pairs(90), order, &page(100)).cost() > 15_000);
}

#[test]
fn articles_that_are_named_by_id_are_read_by_their_ids() {
    let sizes = million();
    let ids: BTreeSet<_> = (1..=100).map(|n| ArticleId::from_uuid(Uuid::from_u128(n))).collect();
    let named = Predicate::Articles(ids.clone());
    let driver = Driver::Articles(ids);
    for order in orders() {
        for rest in [Predicate::TRUE, set([1]), Predicate::Not(Box::new(set([1, 2, 3]))), dates(1_800)] {
            let predicate = Predicate::All(vec![named.clone(), rest]).simplify();
            let plan = PagePlan::of(&sizes, &predicate, order, &page(100));
            assert_eq!(plan.method, PageMethod::Sorted(driver.clone()), "{plan:?}");
            assert!(plan.cost() < 2_000, "{plan:?}");
            let count = CountPlan::of(&sizes, &predicate);
            assert_eq!(count.method, CountMethod::Over(driver.clone()), "{count:?}");
            assert!(count.cost() < 1_500, "{count:?}");
        }
    }
    let others = CountPlan::of(&sizes, &Predicate::Not(Box::new(named)));
    assert!(matches!(others.method, CountMethod::Complement(_)) && others.cost() < 1_500, "{others:?}");
}

#[test]
fn the_plan_of_a_page_certainly_ends() {
    let sizes = million();
    let order = ArticleOrder { field: OrderField::Title, direction: Direction::Asc };
    let plan = PagePlan::of(&sizes, &Predicate::All(vec![set([1]), set([2])]), order, &page(20));
    assert!(matches!(plan.method, PageMethod::InOrder { labels: None, at_most: Some(_) }), "{plan:?}");
    let rare = PagePlan::of(&sizes, &Predicate::All(vec![set([1]), set([200])]), order, &page(20));
    assert_eq!(rare.method, PageMethod::Sorted(Driver::Labels([label(200)].into())), "{rare:?}");
    let locale = Predicate::InLocale("de".parse::<Locale>().unwrap());
    let day = PagePlan::of(&sizes, &Predicate::All(vec![locale, dates(1)]), order, &page(20));
    assert_eq!(day.method, PageMethod::Sorted(Driver::Dates), "{day:?}");
    let all = PagePlan::of(&sizes, &Predicate::TRUE, order, &page(100));
    assert!(all.fallback.is_none() && all.cost() < 1_000, "{all:?}");
}

#[test]
fn the_part_that_the_fewest_articles_fulfil_is_checked_first() {
    let sizes = million();
    let predicate = Predicate::All(vec![set([1]), dates(1_800), set([200])]);
    let Predicate::All(parts) = CountPlan::of(&sizes, &predicate).predicate else { panic!() };
    assert_eq!(parts[0], set([200]));
}
