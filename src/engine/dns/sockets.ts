// The name server's sockets: those of networks that are served, opened and closed as networks come and go.
import type { ServedNetwork } from "../../network/dns/served.ts";
import { type Adopted, type Listening, listen, type Respond } from "./listen.ts";
import type { Redirects } from "./redirect.ts";
import type { Listened } from "./status.ts";

export interface SocketOptions {
  readonly port: number;
  /** Where the port may be another's, and our table leads to where it is listened instead. */
  readonly redirects?: Redirects;
  /** Those of a name server that was killed. */
  readonly adopted: readonly Adopted[];
  /** To be called after each change, so that the next name server has them. */
  keep(): void;
  respondFor(network: ServedNetwork): Respond;
}

interface Socket {
  readonly listening: Listening;
  readonly where: Listened;
}

/** A free port for UDP may be taken for TCP. */
const TRIES = 8;

export class Sockets implements Disposable {
  readonly #open = new Map<string, Socket>();
  readonly #options: SocketOptions;
  readonly #adopted: Map<string, Adopted>;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#adopted = new Map(options.adopted.map((one) => [`${one.address} ${one.port}`, one]));
  }

  /** Closes the sockets of networks that are no more, opens those that are missing. */
  async adjust(networks: readonly ServedNetwork[]): Promise<readonly Listened[]> {
    const wanted = networks.flatMap((network) =>
      network.gateways.map((address) => ({ key: `${network.id} ${address}`, address, network })),
    );
    const surplus = [...this.#open].filter(([key]) => !wanted.some((one) => one.key === key));
    for (const [key, socket] of surplus) this.#close(key, socket);
    if (surplus.length > 0) this.#options.keep(); // else what is opened below would find its port taken
    const before = this.#open.size;
    if (this.#dropAdopted(wanted)) this.#options.keep();
    const status: Listened[] = [];
    for (const { key, address, network } of wanted) {
      try {
        const socket = this.#open.get(key) ?? (await this.#listen(address, this.#options.respondFor(network)));
        this.#open.set(key, socket);
        status.push(socket.where);
      } catch (error) {
        status.push({ address, problem: problemOf(error) });
      }
    }
    if (this.#open.size > before) this.#options.keep();
    return status;
  }

  /** Lets go of what nobody needs; a port that is not the right one was a makeshift. */
  #dropAdopted(wanted: readonly { readonly address: string }[]): boolean {
    const needless = [...this.#adopted].filter(
      ([, { address, port }]) => port !== this.#options.port || !wanted.some((one) => one.address === address),
    );
    for (const [key, one] of needless) {
      one[Symbol.dispose]();
      this.#adopted.delete(key);
    }
    return needless.length > 0;
  }

  #adopt(address: string, respond: Respond): Listening | undefined {
    const key = `${address} ${this.#options.port}`;
    const adopted = this.#adopted.get(key);
    this.#adopted.delete(key);
    adopted?.give(respond);
    return adopted;
  }

  [Symbol.dispose](): void {
    for (const [key, socket] of this.#open) this.#close(key, socket);
  }

  #close(key: string, { listening, where }: Socket): void {
    listening[Symbol.dispose]();
    this.#open.delete(key);
    if (where.port !== this.#options.port) this.#options.redirects?.end(where);
  }

  async #listen(address: string, respond: Respond): Promise<Socket> {
    const { port, redirects } = this.#options;
    try {
      return { listening: this.#adopt(address, respond) ?? (await listen(address, port, respond)), where: { address, port } };
    } catch (error) {
      if (redirects === undefined || codeOf(error) !== "EADDRINUSE") throw error;
    }
    const listening = await listenAnywhere(address, respond);
    const where = { address, port: listening.port };
    try {
      redirects.begin(where);
    } catch (error) {
      listening[Symbol.dispose]();
      throw new Error(`port ${port} is another program's, and cannot be led past it: ${problemOf(error)}`);
    }
    return { listening, where };
  }
}

async function listenAnywhere(address: string, respond: Respond): Promise<Listening> {
  for (let tries = 1; ; tries++) {
    try {
      return await listen(address, 0, respond);
    } catch (error) {
      if (tries === TRIES || codeOf(error) !== "EADDRINUSE") throw error;
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function problemOf(error: unknown): string {
  return codeOf(error)?.match(/^E[A-Z]+$/)?.[0] ?? (error instanceof Error ? error.message : String(error));
}
