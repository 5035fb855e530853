//! Generates text from a list of words.

use crate::random::Random;

/// The words.
const WORDS: &str = "access accessible acquisition advocate agenda alert ambulance analytics answer appointment \
approval archive article assessment audience audit author availability banner baseline benefit billing booking \
brand briefing broadcast budget calendar call campaign cancer captions cardiology care careers caption channel \
checklist choice clarity clinic clinician coaching communication community compassion compliance consent contact \
content conversion coordinator cost coverage creative crisis dashboard data deadline decision delivery demand \
department design diagnosis digital directory discharge distance doctor donor draft editor education email \
emergency empathy engagement enrollment equity estimate event evidence experience explainer facility family \
feedback findability follow form forum foundation frequency funnel glossary goal governance guide guideline habit \
headline health hearing heart home hospital hour image impact improvement inbox index inquiry insight inspection \
insurance interview invitation journey keyword kindness landing language layout leadership letter library listing \
literacy local location loyalty maintenance management map market maternity measure media medicine meeting message \
metric mobile moderation monitor morning mother navigation neighborhood network newsletter notice nurse nutrition \
oncology online opening operation opinion outcome outpatient outreach owner page parent parking partner patient \
pediatric performance phone photo physician plain plan podcast policy portal practice pregnancy prevention preview \
price privacy process profile program progress promise prompt proof provider public publication quality question \
queue rating reader reading recall receptionist recovery recruitment redirect referral region registration reminder \
report reputation request research response responsibility result retention review rhythm safety satisfaction \
schedule screening search season segment sender seniors sequence service session signup simple site social source \
speaker specialist sponsor staff standard statement station story strategy structure study style subject summary \
support surgeon surgery survey symptom target team technology template test text therapy ticket timeline title \
tone topic traffic training transcript translation transport treatment trend trial trust update urgent usability \
vaccine value video visit visitor voice volunteer waiting website weekend wellness window workflow workshop writer";

/// Generates text.
#[derive(Debug)]
pub(crate) struct Prose(Vec<&'static str>);

impl Prose {
    pub(crate) fn new() -> Self {
        Self(WORDS.split_whitespace().collect())
    }

    /// Generates lower-case words separated by spaces.
    pub(crate) fn words(&self, random: &mut Random, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| *random.pick(&self.0)).collect();
        words.join(" ")
    }

    /// Generates a headline.
    pub(crate) fn title(&self, random: &mut Random) -> String {
        let count = random.between(5, 9);
        capital(&self.words(random, count))
    }

    pub(crate) fn sentence(&self, random: &mut Random) -> String {
        let count = random.between(7, 15);
        format!("{}.", capital(&self.words(random, count)))
    }

    fn paragraph(&self, random: &mut Random) -> String {
        let sentences: Vec<String> = (0..random.between(3, 6)).map(|_| self.sentence(random)).collect();
        sentences.join(" ")
    }

    /// Generates Markdown of about `length` bytes, with paragraphs, headings, lists, quotations and links.
    pub(crate) fn markdown(&self, random: &mut Random, length: usize) -> String {
        let mut text = self.paragraph(random);
        let mut blocks = 0;
        while text.len() < length {
            let block = match blocks % 7 {
                0 | 4 => {
                    let count = random.between(3, 6);
                    format!("## {}", capital(&self.words(random, count)))
                }
                2 => {
                    let items: Vec<String> = (0..4).map(|_| format!("- {}", self.sentence(random))).collect();
                    items.join("\n")
                }
                3 => format!(
                    "{} See [{}](https://hospital.example/{}) and *{}*.",
                    self.sentence(random),
                    self.words(random, 2),
                    self.words(random, 2).replace(' ', "-"),
                    self.words(random, 3)
                ),
                6 => format!("> {}", self.sentence(random)),
                _ => self.paragraph(random),
            };
            text.push_str("\n\n");
            text.push_str(&block);
            blocks += 1;
        }
        text.push('\n');
        text
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
