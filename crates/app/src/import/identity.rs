//! Which article each file of an import belongs to.
//!
//! The name of the source and the path identify a file, and so does an id in its front matter that no other file of the
//! source has. A file that was moved is recognised by that id, or else by its bytes. Articles that were imported before
//! files were recorded have only their external reference, which was made from the id or from the path.

use std::collections::{BTreeMap, HashMap};

use domain::ArticleId;
use persistence::ImportedArticle;

/// A file of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunFile {
    pub(super) path: String,
    /// The id in its front matter.
    pub(super) id: Option<String>,
    /// The title in its front matter.
    pub(super) title: Option<String>,
    /// The digest of its bytes.
    pub(super) bytes: [u8; 32],
    /// The digest that an import made before files were recorded.
    pub(super) digest_before: [u8; 32],
}

/// What identifies a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The article that an earlier import made from the file.
    pub(super) article: Option<ArticleId>,
    /// The path that the file had at the last import, if it has been moved since.
    pub(super) moved_from: Option<String>,
    /// The id in its front matter.
    pub(super) id: Option<String>,
    /// Another file of the source with the same id. Then only the path identifies the file.
    pub(super) same_id: Option<String>,
    /// The digest of its bytes.
    pub(super) bytes: [u8; 32],
}

/// The identities of all files of an import.
#[derive(Debug)]
pub(super) struct Identities {
    /// One for each file, in the same order.
    pub(super) files: Vec<Identity>,
    /// The articles of this source whose files are missing, with the paths of the files, in the order of the paths.
    pub(super) missing: Vec<(String, ImportedArticle)>,
}

/// Finds the article of each file. Each article belongs to at most one file.
pub(super) fn resolve(source: &str, files: &[RunFile], known: Vec<ImportedArticle>) -> Identities {
    let mut matching = Matching::new(source, files, &known);
    matching.match_paths(|file, known| known.file.is_none() || id_of(known) == file.id.as_deref());
    matching.match_ids();
    matching.match_paths(|_, _| true);
    matching.match_external_refs();
    matching.match_bytes();
    let Matching { paths, same_ids, found, used, .. } = matching;
    let identities = files.iter().enumerate().map(|(place, file)| {
        let article = found[place];
        Identity {
            article: article.map(|article| known[article].id),
            moved_from: article.and_then(|article| paths[article].clone()).filter(|path| *path != file.path),
            id: file.id.clone(),
            same_id: same_ids[place].clone(),
            bytes: file.bytes,
        }
    });
    let identities = identities.collect();
    let missing = known.into_iter().zip(used).zip(paths).filter_map(|((article, used), path)| match path {
        Some(path) if !used => Some((path, article)),
        _ => None,
    });
    let mut missing: Vec<_> = missing.collect();
    missing.sort_by(|(one, _), (other, _)| one.cmp(other));
    Identities { files: identities, missing }
}

/// The search for the articles of all files.
struct Matching<'a> {
    files: &'a [RunFile],
    known: &'a [ImportedArticle],
    /// The path of each known article at its last import from this source.
    paths: Vec<Option<String>>,
    /// For each file, another file with the same id.
    same_ids: Vec<Option<String>>,
    /// For each file, the place of its article.
    found: Vec<Option<usize>>,
    /// For each known article, whether it has a file.
    used: Vec<bool>,
}

impl<'a> Matching<'a> {
    fn new(source: &str, files: &'a [RunFile], known: &'a [ImportedArticle]) -> Self {
        let prefix = format!("{source}/");
        let path = |article: &ImportedArticle| match &article.file {
            Some(file) => Some(file.path.clone()),
            None => article.external_ref.as_deref()?.strip_prefix(&prefix).map(str::to_owned),
        };
        let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, file) in files.iter().enumerate() {
            if let Some(id) = &file.id {
                by_id.entry(id).or_default().push(place);
            }
        }
        let same_id = |place: usize| {
            let same = by_id.get(files[place].id.as_deref()?)?;
            same.iter().find(|other| **other != place).map(|other| files[*other].path.clone())
        };
        Self {
            files,
            known,
            paths: known.iter().map(path).collect(),
            same_ids: (0..files.len()).map(same_id).collect(),
            found: vec![None; files.len()],
            used: vec![false; known.len()],
        }
    }

    /// Matches files with articles that had the same path, if `fits`.
    fn match_paths(&mut self, fits: impl Fn(&RunFile, &ImportedArticle) -> bool) {
        let by_path: HashMap<String, usize> = (0..self.known.len())
            .filter(|article| !self.used[*article])
            .filter_map(|article| Some((self.paths[article].clone()?, article)))
            .collect();
        self.match_each(|this, place| {
            let article = *by_path.get(&this.files[place].path)?;
            fits(&this.files[place], &this.known[article]).then_some(article)
        });
    }

    /// Matches files with articles whose files had the same id.
    fn match_ids(&mut self) {
        let known = self.known;
        let by_id: HashMap<&str, usize> =
            (0..known.len()).filter_map(|article| Some((id_of(&known[article])?, article))).collect();
        self.match_each(|this, place| {
            let id = this.files[place].id.as_deref().filter(|_| this.same_ids[place].is_none())?;
            by_id.get(id).copied()
        });
    }

    /// Matches files with articles that were imported before files were recorded. Another source may have used the same
    /// id, so the file must be unchanged or have the same title.
    fn match_external_refs(&mut self) {
        let known = self.known;
        let by_ref: HashMap<&str, usize> = (0..known.len())
            .filter(|article| known[*article].file.is_none())
            .filter_map(|article| Some((known[article].external_ref.as_deref()?, article)))
            .collect();
        let candidate = |file: &RunFile| by_ref.get(file.id.as_deref()?).copied();
        self.match_each(|this, place| {
            let file = &this.files[place];
            candidate(file).filter(|article| known[*article].digest == file.digest_before)
        });
        self.match_each(|this, place| {
            let file = &this.files[place];
            candidate(file).filter(|article| file.title.as_ref() == Some(&known[*article].title))
        });
    }

    /// Matches files with articles whose files are missing and had the same bytes. Among several, those with the same
    /// file name come first.
    fn match_bytes(&mut self) {
        let known = self.known;
        let mut by_bytes: BTreeMap<[u8; 32], Vec<usize>> = BTreeMap::new();
        for article in
            (0..known.len()).filter(|article| !self.used[*article] && self.paths[*article].is_some())
        {
            let digest = known[article].file.as_ref().map_or(known[article].digest, |file| file.bytes);
            by_bytes.entry(digest).or_default().push(article);
        }
        for must_have_same_name in [true, false] {
            self.match_each(|this, place| {
                let file = &this.files[place];
                let recorded = by_bytes.get(&file.bytes).into_iter().flatten();
                let before = by_bytes.get(&file.digest_before).into_iter().flatten();
                recorded.chain(before).copied().find(|article| {
                    let path = this.paths[*article].as_deref().unwrap_or_default();
                    !this.used[*article] && (!must_have_same_name || name_of(path) == name_of(&file.path))
                })
            });
        }
    }

    /// Matches every file that has no article yet with the unused article that `find` returns.
    fn match_each(&mut self, find: impl Fn(&Self, usize) -> Option<usize>) {
        for place in 0..self.files.len() {
            if self.found[place].is_some() {
                continue;
            }
            if let Some(article) = find(self, place).filter(|article| !self.used[*article]) {
                self.found[place] = Some(article);
                self.used[article] = true;
            }
        }
    }
}

fn id_of(article: &ImportedArticle) -> Option<&str> {
    article.file.as_ref()?.id.as_deref()
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use domain::{Id, SourceFile, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn file(path: &str, id: Option<&str>, content: u8) -> RunFile {
        RunFile {
            path: path.to_owned(),
            id: id.map(str::to_owned),
            title: Some(format!("Title {content}")),
            bytes: [content; 32],
            digest_before: [content + 128; 32],
        }
    }

    fn id(number: usize) -> ArticleId {
        ArticleId::new(Timestamp::UNIX_EPOCH, [u8::try_from(number).unwrap(); 10])
    }

    /// The article that an import of a file makes.
    fn imported(number: usize, file: &RunFile, identity: &Identity) -> ImportedArticle {
        ImportedArticle {
            id: id(number),
            external_ref: None,
            title: String::new(),
            digest: [0; 32],
            file: Some(SourceFile {
                source: "site".to_owned(),
                path: file.path.clone(),
                id: identity.id.clone().filter(|_| identity.same_id.is_none()),
                bytes: file.bytes,
            }),
            is_public: true,
        }
    }

    /// The article that an import made before files were recorded.
    fn before(number: usize, external_ref: &str, file: &RunFile) -> ImportedArticle {
        ImportedArticle {
            id: id(number),
            external_ref: Some(external_ref.to_owned()),
            title: file.title.clone().unwrap(),
            digest: file.digest_before,
            file: None,
            is_public: true,
        }
    }

    fn articles(found: &Identities) -> Vec<Option<ArticleId>> {
        found.files.iter().map(|file| file.article).collect()
    }

    #[test]
    fn articles_of_earlier_versions_are_recognised() {
        let files = [file("a.md", None, 1), file("b.md", Some("7"), 2), file("new/c.md", None, 3)];
        let other_source = file("x.md", Some("7"), 9);
        let known = vec![
            before(1, "site/a.md", &files[0]),
            before(2, "7", &files[1]),
            before(3, "site/c.md", &files[2]),
        ];
        let found = resolve("site", &files, known.clone());
        assert_eq!(articles(&found), [Some(id(1)), Some(id(2)), Some(id(3))]);
        assert_eq!(found.files[2].moved_from.as_deref(), Some("c.md"));
        let found = resolve("other", &[other_source], known);
        assert_eq!(articles(&found), [None]);
        assert_eq!(found.missing, []);
    }

    proptest! {
        #[test]
        fn a_second_import_finds_the_articles_of_the_first(
            paths in prop::collection::btree_set("[ab]/[a-c]\\.md", 1..6),
            ids in prop::collection::vec(prop::option::of("[12]"), 6),
            contents in prop::collection::vec(0u8..3, 6),
        ) {
            let files: Vec<RunFile> = paths.iter().zip(ids).zip(contents)
                .map(|((path, id), content)| file(path, id.as_deref(), content))
                .collect();
            let first = resolve("site", &files, Vec::new());
            let known: Vec<_> = files.iter().zip(&first.files).enumerate()
                .map(|(number, (file, identity))| imported(number, file, identity))
                .collect();
            let again = resolve("site", &files, known.clone());
            let expected: Vec<_> = (0..files.len()).map(|number| Some(id(number))).collect();
            prop_assert_eq!(articles(&again), expected.clone());
            prop_assert!(again.files.iter().all(|file| file.moved_from.is_none()) && again.missing.is_empty());

            // A renamed folder has the same articles, if its files can be told apart.
            let moved: Vec<RunFile> = files.iter()
                .map(|file| RunFile { path: format!("new/{}", file.path), ..file.clone() })
                .collect();
            let found = resolve("site", &moved, known);
            let mut owners = articles(&found);
            prop_assert!(owners.iter().all(Option::is_some) && found.missing.is_empty());
            owners.sort_unstable();
            prop_assert_eq!(owners, expected);
        }
    }
}
