// Starts GraphiQL. Addresses are relative, so that the page also works below a prefix of a proxy.
"use strict";

// The dialogs' style elements carry the nonce that the Content-Security-Policy asks for.
globalThis.__webpack_nonce__ = document.querySelector("script[nonce]").nonce;

const FIRST_QUERY = `# Welcome to GreyMatters. Run this query with the pink
# button, or with Ctrl-Enter. The book on the left tells
# about every type and field.

# The latest articles, with their tags.
query LatestArticles {
  articles(first: 5) {
    totalCount
    nodes {
      title
      slug
      publishedAt
      excerpt
      tags { name slug }
    }
  }
}

# Mutations need an API key, in the header
# "Authorization: Bearer …". Open the Headers tab below
# and enter
#
#   { "Authorization": "Bearer gmk_…" }
#
# Then take the # signs off this one. It makes a draft,
# which no reader sees.
#
# mutation FirstDraft {
#   articleCreate(
#     input: {title: "My first", body: "It is *Markdown*."}
#   ) {
#     article { id slug version }
#     userErrors { code path message }
#   }
# }
`;

// What GraphiQL remembers of queries that were run: it would keep their headers too, and thereby API keys,
// whatever `shouldPersistHeaders` says.
const HISTORY = ["graphiql:queries", "graphiql:favorites"];

const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key) => localStorage.getItem(key),
  setItem(key, value) {
    const withoutHeaders = (name, part) => (name === "headers" ? undefined : part);
    localStorage.setItem(key, HISTORY.includes(key) ? JSON.stringify(JSON.parse(value), withoutHeaders) : value);
  },
  removeItem: (key) => localStorage.removeItem(key),
  clear() {
    const own = Object.keys(localStorage).filter((key) => key.startsWith("graphiql:"));
    own.forEach((key) => localStorage.removeItem(key));
  },
};

// The token of a preview link that led here: every query is then answered as of the preview.
const preview = new URLSearchParams(location.search).get("preview");

async function fetcher({ query, variables, operationName }, { headers } = {}) {
  const response = await fetch("graphql", {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json, application/json;q=0.9",
      "Content-Type": "application/json",
      ...(preview && { "X-Preview": preview }),
      ...headers,
    },
    body: JSON.stringify({ query, variables, operationName }),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${response.status} ${response.statusText}: ${text.slice(0, 500)}`);
  }
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(
    GraphiQL,
    {
      fetcher,
      storage,
      defaultQuery: FIRST_QUERY,
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    },
    React.createElement(GraphiQL.Logo, null, preview ? "GreyMatters: preview" : "GreyMatters"),
  ),
);
