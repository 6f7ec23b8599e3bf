// The processes that an engine has at most one of, and where they are called.
import { join } from "node:path";

/** The supervisor does duties; the name server answers containers. */
export type Background = "supervisor" | "dns";

export const doorbellPath = (runRoot: string, who: Background): string => join(runRoot, `${who}.sock`);
