// What is kept of a health check's output, and what is said of one that took too long: docker's limits and words.

const MOST_BYTES = 4096;

/** Keeps the beginning; the rest is dropped as it comes. */
export class ProbeOutput {
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  #lost = false;

  add(bytes: Uint8Array): void {
    const room = MOST_BYTES - this.#kept;
    if (bytes.length > room) this.#lost = true;
    if (room === 0) return;
    const part = bytes.slice(0, room);
    this.#chunks.push(part);
    this.#kept += part.length;
  }

  /** Bytes that are no UTF-8 are shown as such. */
  text(): string {
    return `${Buffer.concat(this.#chunks).toString("utf8")}${this.#lost ? "..." : ""}`;
  }
}

/** docker's words for a check that took too long, with what it had printed by then. */
export function timeoutText(timeoutMs: number, output: string): string {
  return `Health check exceeded timeout (${goDuration(timeoutMs)})${output === "" ? "" : `: ${output}`}`;
}

const MINUTE = 60;

/** A duration as Go prints it: `1h0m30s`, `1.5s`, `500ms`. */
export function goDuration(ms: number): string {
  if (ms < 1) return ms === 0 ? "0s" : `${ms * 1000}µs`;
  if (ms < 1000) return `${ms}ms`;
  const total = ms / 1000;
  const minutes = Math.floor(total / MINUTE);
  const seconds = `${Number((total - minutes * MINUTE).toFixed(9))}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / MINUTE);
  return `${hours === 0 ? "" : `${hours}h`}${minutes % MINUTE}m${seconds}`;
}
