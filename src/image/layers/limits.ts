// What a layer may cost at most. The defaults let every real image pass that we know of, and stop what is made to fill a disk or memory.

export interface LayerLimits {
  /** Entries of one layer, each of which may become an inode, and costs about a hundred bytes of memory. */
  readonly entries: number;
  /** Bytes of the unpacked tar. */
  readonly unpackedBytes: number;
  /** Unpacked bytes for each packed byte, judged once more than `ratioFrom` bytes are unpacked. */
  readonly ratio: number;
  readonly ratioFrom: number;
  /** Size of one file as stat(2) shows it, holes included. */
  readonly fileBytes: number;
  /** Body of one extension header: a PAX record set or a GNU long name. */
  readonly extensionBytes: number;
  /** Extension headers before one entry. */
  readonly extensions: number;
  /** Extended attributes of one entry. */
  readonly xattrs: number;
  /** Ranges of data in one sparse file. */
  readonly extents: number;
}

const KiB = 1024;
const GiB = KiB ** 3;
const TiB = KiB ** 4;

/** Eight GiB of zeros pass whatever they were packed into; a real layer beyond that does not shrink to a two-hundredth. */
export const DEFAULT_LIMITS: LayerLimits = {
  entries: 2_000_000,
  unpackedBytes: 4 * TiB,
  ratio: 200,
  ratioFrom: 8 * GiB,
  fileBytes: 16 * TiB,
  extensionBytes: KiB ** 2,
  extensions: 16,
  xattrs: 512,
  extents: 100_000,
};
