-- What is kept beside the articles. Those that are there already have a version and a publication each.
alter table articles add version int not null default 1, add published_version int;
create table revisions (
    article_id int not null references articles on delete cascade,
    version int not null,
    created_at timestamptz not null default now(),
    actor text not null,
    slug text not null,
    title text not null,
    excerpt text,
    body text,
    topic_id int not null,
    author_id int not null,
    tag_ids int[] not null,
    primary key (article_id, version)
);
insert into revisions
    select id, 1, created_at, 'import', slug, title, excerpt, body, topic_id, author_id,
        coalesce((select array_agg(tag_id order by position) from article_tags where article_id = id), '{}')
    from articles;
update articles set published_version = version;
create table edition_counter (id int primary key check (id = 1), number bigint not null);
insert into edition_counter values (1, 1);
create table editions (number bigint primary key, at timestamptz not null default now(), actor text not null);
insert into editions (number, actor) values (1, 'import');
create table outbox (
    id bigint generated always as identity primary key,
    edition bigint not null references editions,
    kind text not null,
    article_id int not null,
    sent_at timestamptz
);
create index on outbox (id) where sent_at is null;
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null,
    article_id int not null,
    version int
);
create index on audit (article_id, id);
vacuum full articles;
