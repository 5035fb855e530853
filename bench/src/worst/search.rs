//! The search: from the dearest requests that were found so far, to others that differ a little.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::question::{Family, LONGEST, Maker, Question, Sent};
use super::trial::{Target, Trial, Verdict};
use crate::failure::Result;
use crate::random::Random;

/// How many requests of each kind are kept, to go on from.
const KEPT: usize = 10;
/// How often a request that was refused is made smaller, in the hope that it is accepted.
const SHRINKS: usize = 5;
/// How often the dearest are sent again in the end; the median is told.
const REPEATS: usize = 5;
/// How many of each kind are sent again.
const CONFIRMED: usize = 4;
/// What costs less than this is not looked at for its price: what is measured then is noise.
const NOISE: Duration = Duration::from_millis(2);

/// When a search ends: after so many requests, or so long, whichever comes first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
}

/// Requests that are compared with each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    family: Family,
    verdict: Verdict,
    /// The code of the error, or `price` for those that cost most for what the server takes them to cost.
    code: String,
}

#[derive(Debug, Clone)]
struct Candidate {
    question: Question,
    trial: Trial,
    score: f64,
}

/// The dearest request of its kind.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) family: Family,
    pub(crate) verdict: Verdict,
    pub(crate) code: String,
    /// The one of several trials that lies in the middle.
    pub(crate) trial: Trial,
    pub(crate) sent: Sent,
}

/// What a search came to.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    pub(crate) requests: u64,
    pub(crate) accepted: u64,
    pub(crate) deaths: u32,
}

/// Searches for the dearest requests that a server accepts and refuses.
pub(crate) fn search(target: &mut Target, maker: &Maker, seed: u64, bounds: Bounds) -> Result<Found> {
    let mut search = Search {
        target,
        maker,
        random: Random::new(seed, 0),
        pools: BTreeMap::new(),
        sent: 0,
        accepted: 0,
        bar: bar(bounds.requests),
    };
    search.begin(bounds)?;
    while search.sent < bounds.requests && search.bar.elapsed() < bounds.time {
        search.step()?;
    }
    search.bar.finish_and_clear();
    search.confirmed()
}

struct Search<'a> {
    target: &'a mut Target,
    maker: &'a Maker,
    random: Random,
    pools: BTreeMap<Kind, Vec<Candidate>>,
    sent: u64,
    accepted: u64,
    bar: ProgressBar,
}

impl Search<'_> {
    /// Sends everything that the search begins with.
    fn begin(&mut self, bounds: Bounds) -> Result<()> {
        let all: Vec<_> = self.maker.beginnings().collect();
        for question in all {
            if self.sent < bounds.requests && self.bar.elapsed() < bounds.time {
                self.try_to_have_accepted(question)?;
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        // Most of what costs something is a document.
        let family = match self.random.below(10) {
            0..5 => Family::Graph,
            5..7 => Family::Rest,
            7..9 => Family::Text,
            _ => Family::Variables,
        };
        let is_for_refusals = self.random.below(4) == 0;
        let parent = if self.random.below(8) == 0 { None } else { self.parent(family, is_for_refusals) };
        let other = self.parent(family, false);
        let question = match parent {
            None => self.maker.fresh(&mut self.random, family),
            Some(mut question) => {
                for _ in 0..self.random.between(1, 3) {
                    question = self.maker.mutated(&mut self.random, &question, other.as_ref());
                }
                Some(question)
            }
        };
        match question {
            Some(question) if is_for_refusals => self.send(question).map(|_| ()),
            Some(question) => self.try_to_have_accepted(question),
            None => Ok(()),
        }
    }

    /// One of those that were kept: the dearer ones more often.
    fn parent(&mut self, family: Family, is_refused: bool) -> Option<Question> {
        let fits = |kind: &&Kind| kind.family == family && (kind.verdict == Verdict::Refused) == is_refused;
        let kinds: Vec<Kind> = self.pools.keys().filter(fits).cloned().collect();
        if kinds.is_empty() {
            return None;
        }
        let pool = self.pools.get(self.random.pick(&kinds))?;
        let place = self.random.below(pool.len()).min(self.random.below(pool.len()));
        Some(pool[place].question.clone())
    }

    /// Sends a request, and smaller and smaller ones while they are refused.
    fn try_to_have_accepted(&mut self, mut question: Question) -> Result<()> {
        for _ in 0..SHRINKS {
            let verdict = self.send(question.clone())?;
            if verdict != Some(Verdict::Refused) {
                break;
            }
            question = question.shrunk(&mut self.random);
        }
        Ok(())
    }

    fn send(&mut self, question: Question) -> Result<Option<Verdict>> {
        let sent = question.write(self.sent);
        if sent.bytes() > LONGEST {
            return Ok(Some(Verdict::Refused));
        }
        let trial = self.target.send(&sent)?;
        self.sent += 1;
        self.bar.set_position(self.sent);
        let verdict = trial.verdict;
        self.accepted += u64::from(verdict == Verdict::Accepted);
        self.keep(question, trial);
        Ok(Some(verdict))
    }

    fn keep(&mut self, question: Question, trial: Trial) {
        let family = question.family();
        let cpu = trial.cpu().as_secs_f64();
        let verdict = trial.verdict;
        if let Some(cost) =
            trial.cost.filter(|cost| *cost > 0.0 && verdict == Verdict::Accepted && trial.cpu() > NOISE)
        {
            let kind = Kind { family, verdict, code: "price".to_owned() };
            self.insert(
                kind,
                Candidate { question: question.clone(), trial: trial.clone(), score: cpu / cost },
            );
        }
        // What was executed is executed whatever became of single fields.
        let code =
            if verdict == Verdict::Accepted { String::new() } else { trial.code.clone().unwrap_or_default() };
        let is_dearest =
            self.insert(Kind { family, verdict, code }, Candidate { question, trial, score: cpu });
        if is_dearest {
            self.tell();
        }
    }

    /// Keeps a request if it is among the dearest of its kind, and answers whether it is the dearest.
    fn insert(&mut self, kind: Kind, candidate: Candidate) -> bool {
        let pool = self.pools.entry(kind).or_default();
        let place = pool.partition_point(|known| known.score > candidate.score);
        pool.insert(place, candidate);
        pool.truncate(KEPT);
        place == 0
    }

    fn tell(&self) {
        let dearest = |verdict: Verdict| {
            let of_verdict =
                self.pools.iter().filter(|(kind, _)| kind.verdict == verdict && kind.code != "price");
            let costs =
                of_verdict.filter_map(|(_, pool)| Some(pool.first()?.trial.cpu().as_secs_f64() * 1e3));
            costs.fold(0.0, f64::max)
        };
        let (accepted, refused, failed) =
            (dearest(Verdict::Accepted), dearest(Verdict::Refused), dearest(Verdict::Failed));
        self.bar.set_message(format!(
            "worst: accepted {accepted:.0} ms, refused {refused:.0} ms, failed {failed:.0} ms"
        ));
    }

    /// Sends the dearest of each kind again, several times.
    fn confirmed(mut self) -> Result<Found> {
        let mut findings = Vec::new();
        for (kind, pool) in std::mem::take(&mut self.pools) {
            let Kind { family, verdict, code } = kind;
            let mut dearest: Option<Finding> = None;
            for Candidate { question, .. } in pool.into_iter().take(CONFIRMED) {
                let mut trials = Vec::new();
                for _ in 0..REPEATS {
                    self.sent += 1;
                    let trial = self.target.send(&question.write(self.sent))?;
                    let is_slow = trial.latency > Duration::from_secs(2);
                    trials.push(trial);
                    if is_slow {
                        break;
                    }
                }
                trials.retain(|trial| trial.verdict == verdict);
                trials.sort_by_key(Trial::cpu);
                if trials.is_empty() {
                    continue;
                }
                let trial = trials.swap_remove(trials.len() / 2);
                if dearest.as_ref().is_none_or(|known| known.trial.cpu() < trial.cpu()) {
                    dearest =
                        Some(Finding { family, verdict, code: code.clone(), trial, sent: question.write(0) });
                }
            }
            findings.extend(dearest);
        }
        findings.sort_by_key(|finding| (finding.verdict, std::cmp::Reverse(finding.trial.cpu())));
        Ok(Found { findings, requests: self.sent, accepted: self.accepted, deaths: self.target.deaths })
    }
}

fn bar(requests: u64) -> ProgressBar {
    let bar = ProgressBar::new(requests);
    let style = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} requests, {elapsed} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
