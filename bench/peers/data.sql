-- Writes the articles of GreyMatters' own tables to files in the current directory, in PostgreSQL's
-- text format. Ids are small numbers: articles by date, the rest by slug. An article keeps its first
-- topic and its first author; dates keep their milliseconds, which is what every peer can hold but Ghost.
create temp view tags as select row_number() over (order by slug) as id, name, slug, id as source from tag;
create temp view topics as select row_number() over (order by slug) as id, name, slug, id as source from topic;
create temp view authors as select row_number() over (order by slug) as id, name, slug, id as source from author;
create temp view numbered as
    select row_number() over (order by published_at, article) as id, id as publication, slug, title, deck,
        tags, topics, authors, published_at
    from publication where until_edition is null;
create temp view articles as
    select p.id, p.slug, p.title,
        coalesce(p.deck, rtrim(left(regexp_replace(b.text, '\s+', ' ', 'g'), 180))) as excerpt,
        b.markdown as body,
        timestamptz 'epoch' + p.published_at / 1000 * interval '1 millisecond' as published_at,
        topics.id as topic_id, authors.id as author_id
    from numbered p
    join publication_body b on b.publication = p.publication
    join topics on topics.source = encode(substring(p.topics for 16), 'hex')::uuid
    join authors on authors.source = encode(substring(p.authors for 16), 'hex')::uuid;
create temp view rendered as
    select p.id, b.html, b.text from numbered p join publication_body b on b.publication = p.publication;
create temp view article_tags as
    select p.id as article_id, tags.id as tag_id, place as position
    from numbered p, generate_series(0, length(p.tags) / 16 - 1) place, tags
    where tags.source = encode(substring(p.tags from 16 * place + 1 for 16), 'hex')::uuid;

\copy (select id, name, slug from tags order by id) to 'tags.tsv'
\copy (select id, name, slug from topics order by id) to 'topics.tsv'
\copy (select id, name, slug from authors order by id) to 'authors.tsv'
\copy (select * from articles order by id) to 'articles.tsv'
\copy (select * from rendered order by id) to 'rendered.tsv'
\copy (select * from article_tags order by article_id, position) to 'article_tags.tsv'
\copy (select json_build_object('tag', (select id from tags where slug = 'patient-outreach'), 'slug', (select slug from articles order by published_at desc, id desc offset 99 limit 1))) to 'facts.json'
