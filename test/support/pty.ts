// A program on a real pseudo-terminal (pty(7)), its controlling terminal: tests send keys, resize, and wait for text, as a person would.
import type { RunOptions } from "./run.ts";
import { commandAs, loginEnvironment } from "./user.ts";

export interface PtyOptions extends Pick<RunOptions, "env" | "cwd" | "user" | "roots"> {
  readonly rows?: number;
  readonly columns?: number;
}

export interface Pty extends AsyncDisposable {
  readonly pid: number;
  /** Exit status; 128 + n after signal n. */
  readonly exited: Promise<number>;
  /** All output so far, escape sequences included. */
  output(): string;
  /** Types: text, or control characters such as KEY.interrupt. */
  send(keys: string): void;
  resize(rows: number, columns: number): void;
  /**
   * Waits for text in the output after the last match, and moves past it.
   * @returns what the expression captured.
   * @throws Error with the whole output when it does not come.
   */
  expect(text: string | RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
}

/** Control characters by what the line discipline makes of them (termios(3)). */
export const KEY = { interrupt: "\x03", endOfFile: "\x04", suspend: "\x1a", quit: "\x1c", detach: "\x10\x11", enter: "\r" } as const;

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Starts a program on a terminal of its own. Disposing kills it. */
export function openPty(argv: readonly string[], options: PtyOptions = {}): Pty {
  const user = options.user;
  if (user !== undefined && options.roots === undefined) throw new Error("running as another user needs roots");
  const login = user !== undefined && options.roots !== undefined ? loginEnvironment(user, options.roots.directory) : process.env;
  const decoder = new TextDecoder();
  let output = "";
  let seen = 0;
  // The terminal has to be made by spawn itself: one made before is not the program's controlling terminal (bun 1.4).
  const child = Bun.spawn([...(user === undefined ? argv : commandAs(user, argv))], {
    cwd: options.cwd ?? "/",
    env: { ...login, TERM: "xterm", ...options.env },
    terminal: {
      rows: options.rows ?? 24,
      cols: options.columns ?? 80,
      data: (_terminal, data) => {
        output += decoder.decode(data, { stream: true });
      },
    },
  });
  const terminal = child.terminal;
  if (terminal === undefined) throw new Error("bun gave the program no terminal");

  return {
    pid: child.pid,
    exited: child.exited,
    output: () => output,
    send: (keys) => void terminal.write(keys),
    resize: (rows, columns) => terminal.resize(columns, rows),
    async expect(text, timeoutMs = 10_000) {
      const pattern = typeof text === "string" ? new RegExp(escapeRegExp(text)) : text;
      const end = performance.now() + timeoutMs;
      for (;;) {
        const found = pattern.exec(output.slice(seen));
        if (found !== null) {
          seen += found.index + found[0].length;
          return found;
        }
        if (performance.now() > end)
          throw new Error(
            `not within ${timeoutMs} ms: ${pattern} in ${JSON.stringify(output.slice(seen))}, after ${JSON.stringify(output.slice(0, seen))}`,
          );
        await Bun.sleep(10);
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill("SIGKILL");
      await child.exited;
      terminal.close();
    },
  };
}
