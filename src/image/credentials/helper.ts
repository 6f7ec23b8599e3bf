// docker's credential helpers: programs docker-credential-NAME with the verbs get, store and erase, which read from their standard
// input and speak JSON (docker/docker-credential-helpers, "Development").
import { TeuError } from "../../base/errors.ts";
import { runProgram } from "../../kernel/launch/program.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, object } from "../../spec/json/shape.ts";
import { type Credential, fromNamedSecret, toNamedSecret } from "./credential.ts";

interface HelperAnswer {
  readonly Username: string;
  readonly Secret: string;
}

const ANSWER = object<HelperAnswer>({ Username: anyString, Secret: anyString });

/** They may ask a person to unlock a key ring. */
const TIMEOUT = 120_000;
/** What helpers print, with status 1, when there is nothing to get. */
const NOT_FOUND = /credentials not found|no usable password|not be found in the keychain/i;

export class CredentialHelper {
  readonly name: string;
  readonly #env: Readonly<Record<string, string>>;

  /** `name` is checked by whoever reads the configuration; `env` is the helper's whole environment, its PATH among it. */
  constructor(name: string, env: Readonly<Record<string, string>>) {
    this.name = `docker-credential-${name}`;
    this.#env = env;
  }

  /** The credential kept for a server, as docker names it. @throws TeuError `unavailable` when the helper fails. */
  async get(server: string): Promise<Credential | undefined> {
    const { exitCode, stdout, text } = await this.#run("get", server);
    if (exitCode !== 0) {
      if (NOT_FOUND.test(text)) return undefined;
      throw this.#failed("get", exitCode, text);
    }
    const { Username, Secret } = readJson(stdout, { subject: `the answer of ${this.name}`, shape: ANSWER }).value;
    return Secret === "" ? undefined : fromNamedSecret({ username: Username, secret: Secret });
  }

  /** @throws TeuError */
  async store(server: string, credential: Credential): Promise<void> {
    const { username, secret } = toNamedSecret(credential);
    const { exitCode, text } = await this.#run("store", JSON.stringify({ ServerURL: server, Username: username, Secret: secret }));
    if (exitCode !== 0) throw this.#failed("store", exitCode, text);
  }

  /** Nothing happens when there is nothing. @throws TeuError */
  async erase(server: string): Promise<void> {
    const { exitCode, text } = await this.#run("erase", server);
    if (exitCode !== 0 && !NOT_FOUND.test(text)) throw this.#failed("erase", exitCode, text);
  }

  async #run(verb: string, input: string) {
    const { exitCode, stdout, stderr } = await runProgram([this.name, verb], { input, env: this.#env, timeout: TIMEOUT });
    return { exitCode, stdout, text: `${Buffer.from(stdout).toString("utf8")} ${stderr}`.trim() };
  }

  /** What `get` prints may be a secret even when it fails: only the first line is shown, and none of it that looks like JSON. */
  #failed(verb: string, exitCode: number, text: string): TeuError {
    const said = text.includes("{") ? "" : `: ${(text.split("\n")[0] ?? "").replaceAll(/\p{Cc}/gu, " ").slice(0, 200)}`;
    return new TeuError("unavailable", `${this.name} ${verb} ended with status ${exitCode}${said}`);
  }
}
