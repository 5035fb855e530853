// The real program, with a new sample publication.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DEFAULT_PROGRAM = fileURLToPath(new URL("../../target/debug/greymatters", import.meta.url));
const START_TIMEOUT = 60_000;

/** Starts `greymatters dev`. Returns its address, an API key, and a function that stops it. */
export async function start() {
  const program = process.env.GREYMATTERS_BIN ?? DEFAULT_PROGRAM;
  if (!existsSync(program)) {
    throw new Error(`${program} is missing: build it with "cargo build", or name another one in GREYMATTERS_BIN`);
  }
  const folder = await mkdtemp(join(tmpdir(), "greymatters-web-"));
  const options = ["dev", "--listen", "127.0.0.1:0", "--database-url", `sqlite:${join(folder, "test.db")}`];
  const running = spawn(program, options, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(running, "exit");

  const stop = async () => {
    if (running.exitCode === null && running.signalCode === null) {
      running.kill("SIGTERM");
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await banner(running, ended)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads the address and the key that the program prints when it listens. */
async function banner(running, ended) {
  let output = "";
  let logged = "";
  running.stderr.setEncoding("utf8").on("data", (text) => (logged = (logged + text).slice(-10_000)));
  let timer;
  try {
    return await new Promise((resolve, reject) => {
      const giveUp = (why) => reject(new Error(`the program ${why}\n${output}\n${logged}`));
      running.stdout.setEncoding("utf8").on("data", (text) => {
        output += text;
        const base = output.match(/GraphQL\s+(http:\S+)\/graphql\n/)?.[1];
        const key = output.match(/Key\s+(gmk_\S+)\n/)?.[1];
        if (base && key) resolve({ base, key });
      });
      running.once("error", (error) => giveUp(`did not start: ${error.message}`));
      ended.then(([code, signal]) => giveUp(`ended with ${code ?? signal}`), reject);
      timer = setTimeout(() => giveUp("did not print its address and key in time"), START_TIMEOUT);
    });
  } finally {
    clearTimeout(timer);
  }
}
