-- Rows as Payload writes them, in the tables that its migration has made: each article, and the
-- published version of it. Run where data.sql has left its files.
create temp table given (
    id int, slug text, title text, excerpt text, body text, published_at timestamptz, topic int, author int
);
create temp table tagged (article int, tag int, position int);
\copy given from 'articles.tsv'
\copy tagged from 'article_tags.tsv'
\copy tags (id, name, slug) from 'tags.tsv'
\copy topics (id, name, slug) from 'topics.tsv'
\copy authors (id, name, slug) from 'authors.tsv'

insert into articles (
    id, title, slug, excerpt, body, published_at, topic_id, author_id, created_at, updated_at, _status)
select id, title, slug, excerpt, body, published_at, topic, author, published_at, published_at, 'published'
from given order by id;
insert into articles_rels ("order", parent_id, path, tags_id)
select position + 1, article, 'tags', tag from tagged order by article, position;

insert into _articles_v (
    id, parent_id, version_title, version_slug, version_excerpt, version_body, version_published_at,
    version_topic_id, version_author_id, version_created_at, version_updated_at, version__status,
    created_at, updated_at, latest)
select id, id, title, slug, excerpt, body, published_at, topic, author, published_at, published_at, 'published',
    published_at, published_at, true
from given order by id;
insert into _articles_v_rels ("order", parent_id, path, tags_id)
select position + 1, article, 'version.tags', tag from tagged order by article, position;

select setval(pg_get_serial_sequence('tags', 'id'), max(id)) from tags;
select setval(pg_get_serial_sequence('topics', 'id'), max(id)) from topics;
select setval(pg_get_serial_sequence('authors', 'id'), max(id)) from authors;
select setval(pg_get_serial_sequence('articles', 'id'), max(id)) from articles;
select setval(pg_get_serial_sequence('_articles_v', 'id'), max(id)) from _articles_v;
