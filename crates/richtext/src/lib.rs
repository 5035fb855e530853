//! stub
pub struct RichText {
    pub html: String,
    pub text: String,
    pub outline: Vec<Heading>,
    pub images: Vec<InlineImage>,
    pub links: Vec<Link>,
    pub word_count: u32,
    pub reading_time_minutes: u32,
}
pub struct Heading {
    pub level: u8,
    pub id: String,
    pub text: String,
}
pub struct InlineImage {
    pub url: String,
    pub alt: String,
    pub title: Option<String>,
}
pub struct Link {
    pub url: String,
    pub text: String,
}
pub fn render(m: &str) -> RichText {
    RichText {
        html: m.into(),
        text: m.into(),
        outline: vec![],
        images: vec![],
        links: vec![],
        word_count: 1,
        reading_time_minutes: 1,
    }
}
pub fn excerpt(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}
