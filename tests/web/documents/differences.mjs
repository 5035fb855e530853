// Known differences from graphql-js, with reasons. They do not count as failures.

/** Each entry has the reason, and a function that recognises the difference. */
export const DIFFERENCES = [
  {
    why: "a variable in an input object of which exactly one field is given must never be null (September 2025, 5.8.5); graphql-js does not see that where the input object itself must not be null",
    explains: ({ ours }) => /where exactly one field is given, it must never be null/.test(ours.message ?? ""),
  },
  {
    why: "the document exceeds a limit; graphql-js has no limits",
    explains: ({ ours }) => ours.code === "LIMIT_EXCEEDED",
  },
  {
    why: "the document costs more than is allowed; graphql-js has no cost limit",
    explains: ({ ours }) => ours.code === "COST_EXCEEDED" || /asks for too much/.test(ours.message ?? ""),
  },
];

export function explanation(difference) {
  return DIFFERENCES.find(({ explains }) => explains(difference))?.why;
}
