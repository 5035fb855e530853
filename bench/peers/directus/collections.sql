insert into directus_collections (collection, hidden, singleton)
values ('articles', false, false), ('tags', false, false), ('topics', false, false), ('authors', false, false),
    ('article_tags', true, false);
insert into directus_fields (collection, field, special, interface) values ('articles', 'tags', 'm2m', 'list-m2m');
insert into directus_relations (many_collection, many_field, one_collection, one_field, junction_field, sort_field)
values ('article_tags', 'article_id', 'articles', 'tags', 'tag_id', 'position'),
    ('article_tags', 'tag_id', 'tags', null, 'article_id', null),
    ('articles', 'topic_id', 'topics', null, null, null),
    ('articles', 'author_id', 'authors', null, null, null);
-- The public policy may read all, and the filter on the status comes with the query: a right with a
-- filter on rows was not heeded, it seems for want of a licence.
insert into directus_permissions (policy, collection, action, permissions, fields)
select policy, collection, 'read', '{}', '*'
from directus_access, unnest(array['articles', 'tags', 'topics', 'authors', 'article_tags']) collection
where role is null and "user" is null;
