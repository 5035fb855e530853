// The verdict of the program on documents. Many documents are sent concurrently, over persistent connections.

import { Agent, request } from "node:http";

const MAX_CONCURRENT = 24;

/** Sends these requests to the program, and returns the verdicts in the same order. */
export async function ask(base, requests) {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONCURRENT });
  const answers = new Array(requests.length);
  let next = 0;
  const worker = async () => {
    while (next < requests.length) {
      const index = next++;
      answers[index] = verdict(await post(agent, `${base}/graphql`, requests[index]));
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT }, worker));
  agent.destroy();
  return answers;
}

/** Whether a document was executed. Errors of single fields do not matter. */
function verdict({ status, text }) {
  if (status >= 500) return { valid: undefined, message: `${status}: ${text}` };
  const body = JSON.parse(text);
  if (status !== 401 && status !== 403 && "data" in body) return { valid: true };
  const [first] = body.errors;
  const { code } = first.extensions;
  // The document is valid, but needs a key.
  if (code === "UNAUTHENTICATED" || code === "FORBIDDEN") return { valid: true };
  return { valid: false, code, message: first.message, at: first.locations?.[0] };
}

function post(agent, url, { document, variables, operationName }) {
  const body = JSON.stringify({ query: document, variables, operationName });
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      "content-length": Buffer.byteLength(body),
    };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode, text }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
