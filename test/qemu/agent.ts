// The host's end of the line to the guest's agent (guest/agent): scripts out, exit status and output back, one at a time.
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface ScriptResult {
  /** Exit status of the script's shell; 137 when it ran out of time. */
  readonly exitCode: number;
  /** Standard output and error, as written. */
  readonly output: string;
}

/** The line ended before an answer came. */
export class MachineEnded extends Error {}

export interface Agent {
  /** Waits for the guest's greeting. @throws MachineEnded when the line ends first. */
  ready(): Promise<void>;
  /** Runs a shell script as root. Calls wait for each other. @throws MachineEnded when the line ends first. */
  run(script: string, seconds: number): Promise<ScriptResult>;
}

/**
 * Speaks with the agent over QEMU's stdin and stdout.
 * @param describeEnd says why the line ended, for the error: the end of the guest's console.
 */
export function connectAgent(line: { readonly input: Writable; readonly output: Readable }, describeEnd: () => string): Agent {
  const lines = createInterface({ input: line.output })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();

  async function nextLine(): Promise<string> {
    const { done, value } = await lines.next();
    if (done) throw new MachineEnded(`run in guest: the machine ended: ${describeEnd()}`);
    return value;
  }

  async function exchange(script: string, seconds: number): Promise<ScriptResult> {
    line.input.write(`${seconds} ${Buffer.from(script).toString("base64")}\n`);
    const answer = await nextLine();
    const [status, output = ""] = answer.split(" ");
    return { exitCode: Number(status), output: Buffer.from(output, "base64").toString() };
  }

  return {
    async ready() {
      const greeting = await nextLine();
      if (greeting !== "ready") throw new Error(`run in guest: unexpected greeting ${JSON.stringify(greeting)}`);
    },
    run(script, seconds) {
      const result = last.then(() => exchange(script, seconds));
      last = result.catch(() => undefined);
      return result;
    },
  };
}
