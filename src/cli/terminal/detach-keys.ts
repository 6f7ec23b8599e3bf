// The keys that leave an attached terminal (docker's --detach-keys): a sequence such as `ctrl-p,ctrl-q`.
import { InvalidInputError } from "../../base/errors.ts";

export const DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q";

/** `ctrl-` and one of these: the control characters 0 to 31 by their caret names. */
const CARET = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

/**
 * The bytes of a key sequence; the empty text is none.
 * @throws InvalidInputError when it is not single characters and ctrl-X, separated by commas
 */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === "") return new Uint8Array();
  return Uint8Array.from(text.split(","), (key) => {
    const control = /^ctrl-(.)$/i.exec(key)?.[1];
    const code = control === undefined ? key.codePointAt(0) : CARET.indexOf(control.toLowerCase());
    if (code === undefined || code < 0 || code > 127 || (control === undefined && key.length !== 1)) {
      throw new InvalidInputError("the command line", [
        { field: "--detach-keys", message: `${JSON.stringify(key)} is neither a character nor ctrl-X` },
      ]);
    }
    return code;
  });
}

/** Watches input for the sequence. Input that could be its beginning is held back until it is known. */
export class DetachWatch {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** What is to be sent on, and whether the sequence is complete. */
  feed(input: Uint8Array): { readonly send: Uint8Array; readonly detach: boolean } {
    if (this.#keys.length === 0) return { send: input, detach: false };
    const send: number[] = [];
    for (const byte of input) {
      if (byte !== this.#keys[this.#matched]) {
        send.push(...this.#keys.subarray(0, this.#matched));
        this.#matched = 0;
      }
      if (byte === this.#keys[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#keys.length) return { send: Uint8Array.from(send), detach: true };
      } else send.push(byte);
    }
    return { send: Uint8Array.from(send), detach: false };
  }
}
