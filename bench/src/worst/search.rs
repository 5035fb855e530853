//! The search: it changes the most expensive probes that it has found, and measures the results (hill climbing).

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::probe::{Family, MAX_BYTES, Probe, ProbeGenerator, ProbeRequest};
use super::target::{Target, Trial, Verdict};
use crate::failure::Result;
use crate::random::Random;

/// The number of probes of each kind that the search continues from.
const POOL_SIZE: usize = 10;
/// The number of attempts to get a probe accepted. Each attempt is smaller than the one before.
const ATTEMPTS: usize = 5;
/// The number of repetitions of the most expensive probes at the end. The report has their median.
const REPEATS: usize = 5;
/// The number of probes of each kind that are repeated at the end.
const REPEATED_PROBES: usize = 4;
/// Requests that take less CPU time are not compared with their cost, because the measurement is too inaccurate.
const MIN_CPU: Duration = Duration::from_millis(2);

/// The kind of accepted probes whose CPU time is high in relation to the cost that the server reports.
const UNDERPRICED: &str = "price";

/// The end of a search: a number of requests or a duration, whichever is reached first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
}

/// The kind of a probe. The search compares only probes of the same kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    family: Family,
    verdict: Verdict,
    /// The code of the error, or [`UNDERPRICED`].
    code: String,
}

#[derive(Debug, Clone)]
struct Candidate {
    probe: Probe,
    trial: Trial,
    score: f64,
}

/// The most expensive probe of its kind.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) family: Family,
    pub(crate) verdict: Verdict,
    pub(crate) code: String,
    /// The trial with the median CPU time.
    pub(crate) trial: Trial,
    pub(crate) request: ProbeRequest,
}

/// The result of a search.
#[derive(Debug)]
pub(crate) struct SearchResult {
    pub(crate) findings: Vec<Finding>,
    pub(crate) requests: u64,
    pub(crate) accepted: u64,
    pub(crate) crashes: u32,
}

/// Searches for the most expensive requests that a server accepts and refuses.
pub(crate) fn search(
    target: &mut Target,
    generator: &ProbeGenerator,
    seed: u64,
    bounds: Bounds,
) -> Result<SearchResult> {
    let mut search = Search {
        target,
        generator,
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
    search.repeat_most_expensive()
}

struct Search<'a> {
    target: &'a mut Target,
    generator: &'a ProbeGenerator,
    random: Random,
    pools: BTreeMap<Kind, Vec<Candidate>>,
    sent: u64,
    accepted: u64,
    bar: ProgressBar,
}

impl Search<'_> {
    /// Sends the first probes.
    fn begin(&mut self, bounds: Bounds) -> Result<()> {
        let all: Vec<_> = self.generator.first_probes().collect();
        for probe in all {
            if self.sent < bounds.requests && self.bar.elapsed() < bounds.time {
                self.send_until_accepted(probe)?;
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        // Most expensive requests are documents.
        let family = match self.random.below(10) {
            0..5 => Family::Graph,
            5..7 => Family::Rest,
            7..9 => Family::Text,
            _ => Family::Variables,
        };
        let is_for_refusals = self.random.below(4) == 0;
        let parent = if self.random.below(8) == 0 { None } else { self.parent(family, is_for_refusals) };
        let other = self.parent(family, false);
        let probe = match parent {
            None => self.generator.fresh(&mut self.random, family),
            Some(mut probe) => {
                for _ in 0..self.random.between(1, 3) {
                    probe = self.generator.mutated(&mut self.random, &probe, other.as_ref());
                }
                Some(probe)
            }
        };
        match probe {
            Some(probe) if is_for_refusals => self.send(probe).map(|_| ()),
            Some(probe) => self.send_until_accepted(probe),
            None => Ok(()),
        }
    }

    /// Picks a probe to continue from. It prefers expensive ones.
    fn parent(&mut self, family: Family, is_refused: bool) -> Option<Probe> {
        let is_wanted =
            |kind: &&Kind| kind.family == family && (kind.verdict == Verdict::Refused) == is_refused;
        let kinds: Vec<Kind> = self.pools.keys().filter(is_wanted).cloned().collect();
        if kinds.is_empty() {
            return None;
        }
        let pool = self.pools.get(self.random.pick(&kinds))?;
        let place = self.random.below(pool.len()).min(self.random.below(pool.len()));
        Some(pool[place].probe.clone())
    }

    /// Sends a probe. While it is refused, sends smaller versions of it.
    fn send_until_accepted(&mut self, mut probe: Probe) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let verdict = self.send(probe.clone())?;
            if verdict != Some(Verdict::Refused) {
                break;
            }
            probe = probe.shrunk(&mut self.random);
        }
        Ok(())
    }

    fn send(&mut self, probe: Probe) -> Result<Option<Verdict>> {
        let request = probe.request(self.sent);
        if request.bytes() > MAX_BYTES {
            return Ok(Some(Verdict::Refused));
        }
        let trial = self.target.send(&request)?;
        self.sent += 1;
        self.bar.set_position(self.sent);
        let verdict = trial.verdict;
        self.accepted += u64::from(verdict == Verdict::Accepted);
        self.record(probe, trial);
        Ok(Some(verdict))
    }

    fn record(&mut self, probe: Probe, trial: Trial) {
        let family = probe.family();
        let cpu = trial.cpu().as_secs_f64();
        let verdict = trial.verdict;
        if let Some(cost) =
            trial.cost.filter(|cost| *cost > 0.0 && verdict == Verdict::Accepted && trial.cpu() > MIN_CPU)
        {
            let kind = Kind { family, verdict, code: UNDERPRICED.to_owned() };
            self.insert(kind, Candidate { probe: probe.clone(), trial: trial.clone(), score: cpu / cost });
        }
        // Errors of single fields do not matter if the document was executed.
        let code =
            if verdict == Verdict::Accepted { String::new() } else { trial.code.clone().unwrap_or_default() };
        let is_most_expensive =
            self.insert(Kind { family, verdict, code }, Candidate { probe, trial, score: cpu });
        if is_most_expensive {
            self.show_progress();
        }
    }

    /// Adds a probe to the pool of its kind if it is among the most expensive. Returns whether it is the first of them.
    fn insert(&mut self, kind: Kind, candidate: Candidate) -> bool {
        let pool = self.pools.entry(kind).or_default();
        let place = pool.partition_point(|known| known.score > candidate.score);
        pool.insert(place, candidate);
        pool.truncate(POOL_SIZE);
        place == 0
    }

    fn show_progress(&self) {
        let highest = |verdict: Verdict| {
            let of_verdict =
                self.pools.iter().filter(|(kind, _)| kind.verdict == verdict && kind.code != UNDERPRICED);
            let costs =
                of_verdict.filter_map(|(_, pool)| Some(pool.first()?.trial.cpu().as_secs_f64() * 1e3));
            costs.fold(0.0, f64::max)
        };
        let (accepted, refused, failed) =
            (highest(Verdict::Accepted), highest(Verdict::Refused), highest(Verdict::Failed));
        self.bar.set_message(format!(
            "worst: accepted {accepted:.0} ms, refused {refused:.0} ms, failed {failed:.0} ms"
        ));
    }

    /// Repeats the most expensive probes of each kind, and returns the result.
    fn repeat_most_expensive(mut self) -> Result<SearchResult> {
        let mut findings = Vec::new();
        for (kind, pool) in std::mem::take(&mut self.pools) {
            let Kind { family, verdict, code } = kind;
            let mut most_expensive: Option<Finding> = None;
            for Candidate { probe, .. } in pool.into_iter().take(REPEATED_PROBES) {
                let mut trials = Vec::new();
                for _ in 0..REPEATS {
                    self.sent += 1;
                    let trial = self.target.send(&probe.request(self.sent))?;
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
                if most_expensive.as_ref().is_none_or(|known| known.trial.cpu() < trial.cpu()) {
                    most_expensive = Some(Finding {
                        family,
                        verdict,
                        code: code.clone(),
                        trial,
                        request: probe.request(0),
                    });
                }
            }
            findings.extend(most_expensive);
        }
        findings.sort_by_key(|finding| (finding.verdict, std::cmp::Reverse(finding.trial.cpu())));
        Ok(SearchResult {
            findings,
            requests: self.sent,
            accepted: self.accepted,
            crashes: self.target.crashes,
        })
    }
}

fn bar(requests: u64) -> ProgressBar {
    let bar = ProgressBar::new(requests);
    let style = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} requests, {elapsed} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
