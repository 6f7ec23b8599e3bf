// Execution domains (personality(2), linux/personality.h) that the specification knows.
import type { PersonalityDomain } from "../../spec/runtime/names.ts";

export const PERSONALITIES: Readonly<Record<PersonalityDomain, number>> = { LINUX: 0x0000, LINUX32: 0x0008 };
