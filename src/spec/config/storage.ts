// The part of teu's configuration about what is kept: images that no name, container or build leads to stay for a while, so that a build or
// a pull that comes back finds its layers; named images and volumes are never touched by it.
import { InvalidInputError } from "../../base/errors.ts";
import { parseSize } from "../../base/units.ts";
import { integer, optional, type Shape, string } from "../json/shape.ts";
import { closed, readValue } from "./read-value.ts";

export interface StorageConfig {
  /** Milliseconds since its last use that a dangling image is kept. */
  readonly keepFor: number;
  /** Dangling images that are kept at most. */
  readonly keepCount: number;
  /** Bytes that dangling images may hold alone. */
  readonly keepSize: number;
}

const DAY = 24 * 3_600_000;

export const DEFAULT_STORAGE: StorageConfig = { keepFor: 7 * DAY, keepCount: 100, keepSize: 10 * 1024 ** 3 };

const bytes: Shape<number> = (value, trail) => {
  const text = string(value, trail);
  if (text === undefined) return undefined;
  try {
    return parseSize(text);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return trail.refuse("must be a size, such as 10g");
  }
};

interface Given {
  readonly keepDays?: number;
  readonly keepCount?: number;
  readonly keepSize?: number;
}

const shape = closed<Given>({
  keepDays: optional(integer(0, 36_500)),
  keepCount: optional(integer(0, 1_000_000)),
  keepSize: optional(bytes),
});

/** Reads `storage: { keepDays, keepCount, keepSize }`. @throws InvalidInputError with every problem and its field */
export function parseStorageConfig(value: unknown): StorageConfig {
  if (value === undefined || value === null) return DEFAULT_STORAGE;
  const { keepDays, keepCount, keepSize } = readValue(value, { subject: "the configuration of storage", shape });
  return {
    keepFor: keepDays === undefined ? DEFAULT_STORAGE.keepFor : keepDays * DAY,
    keepCount: keepCount ?? DEFAULT_STORAGE.keepCount,
    keepSize: keepSize ?? DEFAULT_STORAGE.keepSize,
  };
}
