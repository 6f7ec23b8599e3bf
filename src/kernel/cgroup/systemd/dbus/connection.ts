// A D-Bus connection over a Unix socket, as small as talking to systemd allows: SASL EXTERNAL, calls with replies,
// signals (D-Bus Specification, "Authentication Protocol").
import { connect, type Socket } from "node:net";
import { TeuError } from "../../../../base/errors.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPE, type Message, messageLength } from "./message.ts";
import type { DBusValue } from "./signature.ts";

export interface BusSocket {
  readonly path: string;
  /** True for a bus, which wants Hello first and routes by destination; false for systemd's private socket. */
  readonly bus: boolean;
}

/** An error that the other side replied with. */
export class DBusError extends TeuError {
  /** `org.freedesktop.systemd1.UnitExists` */
  readonly error: string;

  constructor(error: string, message: string) {
    super("unavailable", message);
    this.error = error;
  }
}

export interface MethodCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly DBusValue[];
}

export interface DBusConnection extends Disposable {
  /** Whether a bus is in between: signals are then received only by a match rule. */
  readonly bus: boolean;
  /** Calls a method; the reply's values. Throws DBusError for an error reply, TeuError `unavailable` when the peer is gone. */
  call(call: MethodCall): Promise<readonly DBusValue[]>;
  /** Every signal received from now on. */
  onSignal(listener: (signal: Message) => void): void;
}

/** Milliseconds for a connection, and for each reply. */
const TIMEOUT = 30_000;

/** Opens the first of the sockets that answers. */
export async function connectDBus(sockets: readonly BusSocket[]): Promise<DBusConnection> {
  const problems: string[] = [];
  for (const socket of sockets) {
    try {
      return await open(socket);
    } catch (error) {
      problems.push(`${socket.path}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new TeuError("unavailable", `connect to systemd: ${problems.join("; ") || "no socket is known"}`);
}

async function open({ path, bus }: BusSocket): Promise<DBusConnection> {
  const socket = connect({ path });
  try {
    await authenticate(socket);
    const connection = new Connection(socket, bus);
    if (bus) await connection.call({ destination: BUS, path: "/org/freedesktop/DBus", interface: BUS, member: "Hello" });
    return connection;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

const BUS = "org.freedesktop.DBus";

/**
 * The identity is left for the server to take from the socket's credentials, as sd-bus does: no uid is named, so none can
 * be the wrong one for a caller in a user namespace. The server's last line is `OK <guid>`.
 */
function authenticate(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = "";
  const onData = (data: Buffer) => {
    text += data.toString("latin1");
    const lines = text.split("\r\n");
    if (lines.some((line) => line.startsWith("OK "))) {
      socket.write("BEGIN\r\n");
      resolve();
    } else if (lines.some((line) => line.startsWith("REJECTED") || line.startsWith("ERROR"))) {
      reject(new TeuError("denied", `authenticate: ${lines[0]}`));
    }
  };
  const fail = (error?: Error) => reject(error ?? new TeuError("unavailable", "authenticate: the peer hung up"));
  const timer = setTimeout(fail, TIMEOUT, new TeuError("unavailable", "authenticate: timed out"));
  socket.on("data", onData);
  socket.on("error", fail);
  socket.on("close", fail);
  socket.write("\0AUTH EXTERNAL\r\nDATA\r\n");
  return promise.finally(() => {
    clearTimeout(timer);
    socket.off("data", onData);
    socket.off("error", fail);
    socket.off("close", fail);
  });
}

interface Waiting {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

class Connection implements DBusConnection {
  readonly bus: boolean;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: ((signal: Message) => void)[] = [];
  #received: Uint8Array = new Uint8Array(0);
  #serial = 0;

  constructor(socket: Socket, bus: boolean) {
    this.bus = bus;
    this.#socket = socket;
    socket.on("data", (data: Buffer) => this.#onData(data));
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new TeuError("unavailable", "the connection to systemd was closed")));
  }

  onSignal(listener: (signal: Message) => void): void {
    this.#listeners.push(listener);
  }

  async call({ body = [], signature, ...where }: MethodCall): Promise<readonly DBusValue[]> {
    const serial = ++this.#serial;
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#waiting.set(serial, { resolve, reject });
    const timer = setTimeout(() => reject(new TeuError("unavailable", `call ${where.member}: timed out`)), TIMEOUT);
    const fields = { ...where, ...(signature === undefined ? {} : { signature }) };
    this.#socket.write(encodeMessage({ type: MESSAGE_TYPE.call, serial, fields, body }));
    const reply = await promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(serial);
    });
    if (reply.type !== MESSAGE_TYPE.error) return reply.body;
    const [text] = reply.body;
    const name = String(reply.fields.error ?? "unknown error");
    throw new DBusError(name, `call ${where.member}: ${typeof text === "string" ? text : name}`);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #onData(data: Uint8Array): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    try {
      for (;;) {
        const length = messageLength(this.#received);
        if (length === undefined || this.#received.length < length) return;
        const message = decodeMessage(this.#received.slice(0, length));
        this.#received = this.#received.subarray(length);
        this.#onMessage(message);
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
    }
  }

  #onMessage(message: Message): void {
    if (message.type === MESSAGE_TYPE.signal) for (const listener of this.#listeners) listener(message);
    else this.#waiting.get(Number(message.fields.replySerial))?.resolve(message);
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
