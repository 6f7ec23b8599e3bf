// docker's --disable-content-trust: without a check of signatures, which is docker's default and all that teu has.
import { type FlagValues, UsageError } from "../command.ts";

export const CONTENT_TRUST_FLAGS = {
  "disable-content-trust": { type: "boolean", summary: "Check no signatures (true; teu has no such check)" },
} as const;

/** @throws UsageError for the check that there is not */
export function refuseContentTrust(flags: FlagValues<typeof CONTENT_TRUST_FLAGS>): void {
  if (flags["disable-content-trust"] === false)
    throw new UsageError("--disable-content-trust=false: signatures are not checked by this build");
}
