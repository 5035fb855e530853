//! A simple model of what the program does with articles.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::step::{Action, Step, Target, noted};

/// A publication with its drafts.
#[derive(Debug, Default)]
pub(crate) struct Model {
    four_eyes: bool,
    pub(crate) articles: Vec<Article>,
    pub(crate) edition: i64,
    /// The owner of each slug, and whether it was ever public.
    slugs: BTreeMap<String, (usize, bool)>,
}

/// An article. Its index in the list of all articles identifies it.
#[derive(Debug, Clone)]
pub(crate) struct Article {
    pub(crate) id: String,
    pub(crate) versions: Vec<SavedVersion>,
    public: Option<Public>,
    withdrawn: Option<Withdrawn>,
    was_public: bool,
    review: Option<(&'static str, usize)>,
    /// The scheduled version.
    pub(crate) schedule: Option<usize>,
    /// Whether the schedule has a note.
    schedule_note: bool,
    /// Whether the withdrawal has a note.
    withdraw_note: bool,
    /// The number of notes about corrections.
    corrections: usize,
    is_archived: bool,
    is_deleted: bool,
    was_reviewed: bool,
}

/// A saved version.
#[derive(Debug, Clone)]
pub(crate) struct SavedVersion {
    pub(crate) title: String,
    pub(crate) slug: String,
    pub(crate) by: usize,
}

#[derive(Debug, Clone)]
struct Public {
    version: usize,
    edition: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Withdrawn {
    Gone,
    To(usize),
    Url(String),
}

const ACTIONS: [&str; 12] = [
    "UPDATE",
    "RESTORE",
    "SUBMIT",
    "APPROVE",
    "REQUEST_CHANGES",
    "PUBLISH",
    "CANCEL_SCHEDULE",
    "WITHDRAW",
    "MARK_REVIEWED",
    "ARCHIVE",
    "UNARCHIVE",
    "DELETE",
];

/// The code of a refusal.
pub(crate) type Refusal = &'static str;

impl Model {
    /// An empty model.
    pub(crate) fn new(four_eyes: bool) -> Self {
        Self { four_eyes, ..Self::default() }
    }

    /// Creates an article. Its id comes from the answer of the program.
    pub(crate) fn create(&mut self, saved: SavedVersion) -> Result<(), Refusal> {
        let place = self.articles.len();
        self.claim(&saved.slug, place, false)?;
        self.articles.push(Article {
            id: String::new(),
            versions: vec![saved],
            public: None,
            withdrawn: None,
            was_public: false,
            review: None,
            schedule: None,
            schedule_note: false,
            withdraw_note: false,
            corrections: 0,
            is_archived: false,
            is_deleted: false,
            was_reviewed: false,
        });
        Ok(())
    }

    /// Applies a step to an article.
    pub(crate) fn act(&mut self, place: usize, step: &Step, expected: usize) -> Result<(), Refusal> {
        let article = &self.articles[place];
        if article.is_deleted {
            return Err("NOT_FOUND");
        }
        if expected != article.version() {
            return Err("STALE_VERSION");
        }
        let version = article.version();
        if !self.open(place).contains(&step.action.name()) {
            return Err("INVALID_STATE");
        }
        match &step.action {
            Action::Update { .. } => {
                let saved = step.saved_version(place, article.current());
                self.save(place, saved)?;
            }
            Action::Restore { to } => {
                let Some(old) = article.versions.get(to.wrapping_sub(1)) else { return Err("NOT_FOUND") };
                let saved = SavedVersion { by: step.by, ..old.clone() };
                self.save(place, saved)?;
            }
            Action::Submit => self.articles[place].review = Some(("REQUESTED", version)),
            Action::RequestChanges => {
                let article = &mut self.articles[place];
                article.review = Some(("CHANGES_REQUESTED", version));
                article.schedule = article.schedule.filter(|scheduled| *scheduled != version);
            }
            Action::Approve => {
                let unseen = article.public.as_ref().map_or(0, |public| public.version);
                if self.four_eyes && article.versions[unseen..].iter().any(|saved| saved.by == step.by) {
                    return Err("FOUR_EYES");
                }
                self.articles[place].review = Some(("APPROVED", version));
            }
            Action::Publish { note } => {
                if *note && !article.is_correctable() {
                    return Err("INVALID");
                }
                if article.is_public_as_is() {
                    return Ok(());
                }
                self.need_approval(place)?;
                self.articles[place].corrections += usize::from(*note);
                self.publish(place, version);
                self.articles[place].schedule = None;
                self.release(place);
            }
            Action::Schedule { note } => {
                if article.is_public_as_is() {
                    return Err("INVALID_STATE");
                }
                if *note && !article.is_correctable() {
                    return Err("INVALID");
                }
                self.need_approval(place)?;
                self.articles[place].schedule = Some(version);
                self.articles[place].schedule_note = *note;
                self.release(place);
            }
            Action::CancelSchedule => {
                self.articles[place].schedule = None;
                self.release(place);
            }
            Action::Withdraw { target, note } => {
                self.withdraw(place, target)?;
                self.articles[place].withdraw_note = *note;
            }
            Action::MarkReviewed => self.articles[place].was_reviewed = true,
            Action::Archive => {
                let article = &mut self.articles[place];
                (article.is_archived, article.review) = (true, None);
            }
            Action::Unarchive => self.articles[place].is_archived = false,
            Action::Delete => {
                self.articles[place].is_deleted = true;
                self.slugs.retain(|_, (owner, _)| *owner != place);
            }
        }
        Ok(())
    }

    /// Saves the version of the faster of two editors.
    pub(crate) fn save_winner(&mut self, place: usize, saved: SavedVersion) {
        // The article has this slug already.
        self.save(place, saved).unwrap();
    }

    /// Applies the schedule of an article.
    pub(crate) fn apply_schedule(&mut self, place: usize) {
        if let Some(version) = self.articles[place].schedule.take() {
            let note = self.articles[place].schedule_note;
            self.articles[place].corrections += usize::from(note);
            self.publish(place, version);
        }
    }

    /// The open actions of an article.
    pub(crate) fn open(&self, place: usize) -> Vec<&'static str> {
        let article = &self.articles[place];
        if article.is_archived {
            return vec!["UNARCHIVE"];
        }
        let (is_public, is_scheduled) = (article.public.is_some(), article.schedule.is_some());
        let review = article.review.map(|(state, _)| state);
        let is_open = matches!(review, Some("REQUESTED" | "APPROVED"));
        let mut open = vec![
            (true, "UPDATE"),
            (true, "PUBLISH"),
            (true, "MARK_REVIEWED"),
            (article.version() > 1, "RESTORE"),
            (!is_open && !article.is_public_as_is(), "SUBMIT"),
            (review == Some("REQUESTED"), "APPROVE"),
            (is_open, "REQUEST_CHANGES"),
            (is_scheduled, "CANCEL_SCHEDULE"),
            (is_public, "WITHDRAW"),
            (!is_public && !is_scheduled, "ARCHIVE"),
            (!article.was_public && !is_scheduled, "DELETE"),
        ];
        open.retain(|(is_open, _)| *is_open);
        let mut open: Vec<_> = open.into_iter().map(|(_, name)| name).collect();
        open.sort_unstable();
        open
    }

    /// The actions that an editor with all scopes, who has written nothing, can take on an article.
    fn open_to_others(&self, place: usize) -> Vec<&'static str> {
        let mut open = self.open(place);
        if !self.articles[place].is_public_as_is() && self.need_approval(place).is_err() {
            open.retain(|action| *action != "PUBLISH");
        }
        open
    }

    /// The other actions, and why these editors cannot take them.
    fn closed_to_others(&self, place: usize) -> BTreeMap<&'static str, &'static str> {
        let (open, allowed) = (self.open_to_others(place), self.open(place));
        let reason = |action| if allowed.contains(action) { "APPROVAL_REQUIRED" } else { "INVALID_STATE" };
        let closed = ACTIONS.iter().filter(|action| !open.contains(action));
        closed.map(|action| (*action, reason(action))).collect()
    }

    fn save(&mut self, place: usize, saved: SavedVersion) -> Result<(), Refusal> {
        let current = self.articles[place].current();
        if (&current.title, &current.slug) == (&saved.title, &saved.slug) {
            return Ok(());
        }
        self.claim(&saved.slug, place, false)?;
        let article = &mut self.articles[place];
        article.versions.push(saved);
        if let Some(("APPROVED", version)) = article.review {
            article.review = Some(("REQUESTED", version));
        }
        self.release(place);
        Ok(())
    }

    fn need_approval(&self, place: usize) -> Result<(), Refusal> {
        let article = &self.articles[place];
        let is_approved = article.review == Some(("APPROVED", article.version()));
        if !self.four_eyes || is_approved { Ok(()) } else { Err("APPROVAL_REQUIRED") }
    }

    fn publish(&mut self, place: usize, version: usize) {
        self.edition += 1;
        let article = &mut self.articles[place];
        article.public = Some(Public { version, edition: self.edition });
        (article.withdrawn, article.was_public) = (None, true);
        if version == article.version() {
            article.review = None;
        }
        let slug = article.versions[version - 1].slug.clone();
        self.slugs.insert(slug, (place, true));
    }

    fn withdraw(&mut self, place: usize, target: &Target) -> Result<(), Refusal> {
        let withdrawn = match target {
            Target::Gone => Withdrawn::Gone,
            Target::Url => Withdrawn::Url(Target::ADDRESS.to_owned()),
            Target::Slug(_) | Target::SlugOf(_) => match self.target_of(&target.slug(self)) {
                None => return Err("NOT_FOUND"),
                Some(to) if to == place => return Err("REDIRECT_LOOP"),
                Some(to) => Withdrawn::To(to),
            },
        };
        if withdrawn != Withdrawn::Gone {
            for other in &mut self.articles {
                if other.withdrawn == Some(Withdrawn::To(place)) {
                    other.withdrawn = Some(withdrawn.clone());
                }
            }
        }
        self.edition += 1;
        let article = &mut self.articles[place];
        (article.public, article.withdrawn, article.schedule) = (None, Some(withdrawn), None);
        self.release(place);
        Ok(())
    }

    /// The public article that a slug leads to.
    fn target_of(&self, slug: &str) -> Option<usize> {
        let (owner, is_public) = *self.slugs.get(slug)?;
        let target = match self.articles[owner].withdrawn {
            Some(Withdrawn::To(other)) => other,
            _ => owner,
        };
        Some(target).filter(|target| is_public && self.articles[*target].public.is_some())
    }

    fn claim(&mut self, slug: &str, place: usize, public: bool) -> Result<(), Refusal> {
        match self.slugs.get(slug) {
            Some((owner, _)) if *owner != place => Err("SLUG_TAKEN"),
            Some(_) => Ok(()),
            None => {
                self.slugs.insert(slug.to_owned(), (place, public));
                Ok(())
            }
        }
    }

    /// Frees the slugs that were never public and are not scheduled.
    fn release(&mut self, place: usize) {
        let article = &self.articles[place];
        let scheduled_slug = article.schedule.map(|version| &article.versions[version - 1].slug);
        self.slugs.retain(|slug, (owner, public)| {
            *owner != place || *public || *slug == article.current().slug || Some(slug) == scheduled_slug
        });
    }

    /// What the desk must show, by id.
    pub(crate) fn desk(&self) -> BTreeMap<String, Value> {
        let existing = self.articles.iter().enumerate().filter(|(_, article)| !article.is_deleted);
        existing.map(|(place, article)| (article.id.clone(), self.desk_article(place, article))).collect()
    }

    fn desk_article(&self, place: usize, article: &Article) -> Value {
        let SavedVersion { title, slug, by: _ } = article.current();
        let note = noted(article.withdraw_note);
        let withdrawal = article.withdrawn.as_ref().map(|withdrawn| match withdrawn {
            Withdrawn::Gone => json!({"reason": "GONE", "articleId": null, "url": null, "note": note}),
            Withdrawn::To(to) => {
                json!({"reason": "REDIRECT", "articleId": self.articles[*to].id, "url": null, "note": note})
            }
            Withdrawn::Url(url) => {
                json!({"reason": "REDIRECT", "articleId": null, "url": url, "note": note})
            }
        });
        json!({
            "id": article.id,
            "version": article.version(),
            "state": article.state(),
            "title": title,
            "slug": slug,
            "openActions": self.open_to_others(place),
            "closedActions": self.closed_to_others(place),
            "publishedVersion": article.public.as_ref().map(|public| public.version),
            "hasUnpublishedChanges": article.public.is_some() && !article.is_public_as_is(),
            "review": {
                "state": article.review.map_or("NONE", |(state, _)| state),
                "version": article.review.map(|(_, version)| version),
            },
            "schedule": article.schedule.map(|version| {
                json!({"version": version, "note": noted(article.schedule_note)})
            }),
            "withdrawal": withdrawal,
            "isArchived": article.is_archived,
            "wasReviewed": article.was_reviewed,
        })
    }

    /// What readers must get, by id.
    pub(crate) fn public(&self) -> BTreeMap<String, Value> {
        let public = self.articles.iter().filter_map(|article| {
            let Public { version, edition } = article.public.as_ref()?;
            let SavedVersion { title, slug, by: _ } = &article.versions[version - 1];
            let edition = json!({"number": edition});
            Some((
                article.id.clone(),
                json!({
                    "id": article.id, "version": version, "title": title, "slug": slug, "edition": edition,
                    "corrections": vec![json!({"note": noted(true)}); article.corrections],
                }),
            ))
        });
        public.collect()
    }

    /// The redirects of former slugs, sorted by slug.
    pub(crate) fn redirects(&self) -> Vec<Value> {
        let former = self.slugs.iter().filter(|(slug, (owner, public))| {
            let article = &self.articles[*owner];
            let now = article.public.as_ref().map(|public| &article.versions[public.version - 1].slug);
            *public && now != Some(*slug)
        });
        former
            .map(|(slug, (owner, _))| {
                let article = self.target_of(slug).map(|to| json!({"id": self.articles[to].id}));
                let url = match &self.articles[*owner].withdrawn {
                    Some(Withdrawn::Url(url)) => Some(url),
                    _ => None,
                };
                let kind = match (&article, url) {
                    (Some(_), _) => "ARTICLE",
                    (None, Some(_)) => "URL",
                    (None, None) => "GONE",
                };
                let owner = &self.articles[*owner];
                let note = owner.withdrawn.as_ref().and_then(|_| noted(owner.withdraw_note));
                json!({"slug": slug, "kind": kind, "article": article, "url": url, "note": note})
            })
            .collect()
    }
}

impl Article {
    pub(crate) fn version(&self) -> usize {
        self.versions.len()
    }

    pub(crate) fn current(&self) -> &SavedVersion {
        &self.versions[self.versions.len() - 1]
    }

    fn is_public_as_is(&self) -> bool {
        self.public.as_ref().is_some_and(|public| public.version == self.version())
    }

    /// Whether a publication of the working copy corrects what was public.
    fn is_correctable(&self) -> bool {
        self.was_public && !self.is_public_as_is()
    }

    fn state(&self) -> &'static str {
        match self.review {
            _ if self.is_archived => "ARCHIVED",
            _ if self.public.is_some() => "PUBLISHED",
            _ if self.schedule.is_some() => "SCHEDULED",
            Some(("REQUESTED" | "APPROVED", _)) => "IN_REVIEW",
            _ if self.withdrawn.is_some() => "WITHDRAWN",
            _ => "DRAFT",
        }
    }
}
