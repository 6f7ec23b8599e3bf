// The socket by which a session that reads hands large files over, open, to one that writes: made with the first of the two, and given to
// the second, whichever that is. It costs them no pass through this process.
import { closeSync } from "node:fs";

export class Exchange implements Disposable {
  /** The end of the socket that the second session gets. */
  #end: number | undefined;

  /** The end that is left, which is then the caller's to close; undefined for the first session, which makes the socket. */
  take(): number | undefined {
    const end = this.#end;
    this.#end = undefined;
    return end;
  }

  give(end: number): void {
    this.#end = end;
  }

  /** Where there never was a second one. */
  [Symbol.dispose](): void {
    const end = this.take();
    if (end !== undefined) closeSync(end);
  }
}
