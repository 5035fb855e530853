-- Rows as Strapi writes them, in the tables that it has made: of each article a draft, and the published
-- row, with one document id. Run where data.sql has left its files.
create temp table given (
    id int, slug text, title text, excerpt text, body text, published_at timestamptz, topic int, author int
);
create temp table tagged (article int, tag int, position int);
create temp table named (id int, name text, slug text);
\copy given from 'articles.tsv'
\copy tagged from 'article_tags.tsv'

-- 24 characters, of which peer.mjs knows how they are made.
create function pg_temp.document(kind text, id int) returns text language sql
as $$ select 'd' || substr(md5(kind || id), 1, 23) $$;

\copy named from 'tags.tsv'
insert into tags (id, document_id, name, slug, created_at, updated_at, published_at)
select id, pg_temp.document('tag', id), name, slug, now(), now(), now() from named order by id;
truncate named;
\copy named from 'topics.tsv'
insert into topics (id, document_id, name, slug, created_at, updated_at, published_at)
select id, pg_temp.document('topic', id), name, slug, now(), now(), now() from named order by id;
truncate named;
\copy named from 'authors.tsv'
insert into authors (id, document_id, name, slug, created_at, updated_at, published_at)
select id, pg_temp.document('author', id), name, slug, now(), now(), now() from named order by id;

-- The drafts first, then the published ones, `apart` further on.
create temp table states as
    select 0 as apart, true as draft union all select (select max(id) from given), false;
insert into articles (id, document_id, title, slug, excerpt, body, created_at, updated_at, published_at)
select id + apart, pg_temp.document('article', id), title, slug, excerpt, body, published_at, published_at,
    case when not draft then published_at end
from given, states order by draft desc, id;
insert into articles_tags_lnk (article_id, tag_id, tag_ord)
select article + apart, tag, position + 1 from tagged, states order by draft desc, article, position;
insert into articles_topic_lnk (article_id, topic_id) select id + apart, topic from given, states order by draft desc, id;
insert into articles_author_lnk (article_id, author_id) select id + apart, author from given, states order by draft desc, id;

select setval(pg_get_serial_sequence('tags', 'id'), max(id)) from tags;
select setval(pg_get_serial_sequence('topics', 'id'), max(id)) from topics;
select setval(pg_get_serial_sequence('authors', 'id'), max(id)) from authors;
select setval(pg_get_serial_sequence('articles', 'id'), max(id)) from articles;

-- What its queries filter and sort by, and it does not index itself.
create index on articles (slug);
create index on articles (published_at desc, id desc);
create index on tags (slug);
