-- PostGraphile makes a mutation of each: one transaction that writes an article with its tags, and one
-- that publishes it.
create function create_article_with_tags(
    slug text, title text, excerpt text, body text, topic_id int, author_id int, tag_ids int[]
) returns articles language sql volatile as $$
    with article as (
        insert into articles (slug, title, excerpt, body, topic_id, author_id)
        values ($1, $2, $3, $4, $5, $6) returning *
    ), given as (
        insert into article_tags (article_id, tag_id, position)
        select article.id, tag, place from article, unnest($7) with ordinality given (tag, place)
    )
    select * from article
$$;
create function publish_article(id int) returns articles language sql volatile as $$
    update articles set status = 'published', published_at = now(), updated_at = now()
    where articles.id = $1 returning *
$$;
