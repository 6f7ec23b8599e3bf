// Files in which this program keeps what it knows of something that runs: without one, or with one that is damaged, it is found out again.
import { readFileSync } from "node:fs";
import { flawIn, type Model } from "./stored-value.ts";

/** What a file has as JSON; undefined where there is none, or what is there is not as the model says, which is as good as none. */
export function readStored<T>(path: string, model: Model): T | undefined {
  try {
    const value = JSON.parse(readFileSync(path, "utf8"));
    return flawIn(value, model) === undefined ? value : undefined;
  } catch {
    return undefined;
  }
}
