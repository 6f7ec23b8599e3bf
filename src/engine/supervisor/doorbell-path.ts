// Where the supervisor is called.
import { join } from "node:path";

export const doorbellPath = (runRoot: string): string => join(runRoot, "supervisor.sock");
