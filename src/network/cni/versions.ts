// The versions of the CNI specification that we speak, and what came with which ("Released versions", "Version considerations").

/** Oldest first. Before 0.3.0 there were no chains and no interfaces in results. */
export const VERSIONS = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"] as const;
export type CniVersion = (typeof VERSIONS)[number];

/** The first version with each; what a list is too old for is not done. */
const SINCE = { CHECK: "0.4.0", "prevResult of DEL": "0.4.0", GC: "1.1.0", STATUS: "1.1.0" } as const satisfies Record<string, CniVersion>;

/** Whether a network of this version knows of an operation. */
export function knows(version: CniVersion, what: keyof typeof SINCE): boolean {
  return VERSIONS.indexOf(version) >= VERSIONS.indexOf(SINCE[what]);
}

/** The newest that is both offered and ours, as the specification wants it chosen. */
export function newestOf(offered: readonly string[]): CniVersion | undefined {
  return VERSIONS.findLast((version) => offered.includes(version));
}
