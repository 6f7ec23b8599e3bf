// What a copy tells of blobs, as people are told of layers on their way in and out (docker's words for them are the command line's).
import type { Digest } from "../../base/digest.ts";
import type { CopyEvent, CopyState, OnProgress } from "../../image/copy/progress.ts";
import type { LayerEvent, LayerState, ProgressSink } from "../../image/ports/progress.ts";
import { mediaTypeFacts } from "../../spec/image/media-types.ts";

type Words = Readonly<Record<CopyState, LayerState>>;

// biome-ignore format: table
const INWARD: Words = {
  waiting: "found", exists: "present", skipped: "present", copying: "downloading", done: "downloaded", extracting: "extracting", complete: "pulled",
};
// biome-ignore format: table
const OUTWARD: Words = {
  waiting: "preparing", exists: "present-there", skipped: "present-there", copying: "pushing", done: "pushed", extracting: "preparing", complete: "preparing",
};

export interface InwardProgress {
  readonly onProgress: OnProgress;
  /** All is there: layers that were unpacked before have come to their end, too. */
  finish(): void;
}

/** Layers that come in. */
export function inwardProgress(sink: ProgressSink): InwardProgress {
  const open = new Map<Digest, LayerEvent>();
  return {
    onProgress(event) {
      if (!isLayer(event)) return;
      const told = layerEvent(event, INWARD[event.state]);
      if (told.state === "downloaded") open.set(event.digest, told);
      if (told.state === "pulled") open.delete(event.digest);
      sink(told);
    },
    finish() {
      for (const { id, digest } of open.values()) sink({ kind: "layer", id, digest, state: "pulled" });
      open.clear();
    },
  };
}

/** Layers that go out; `mountedFrom` knows those that the registry took from another repository. */
export function outwardProgress(sink: ProgressSink, mountedFrom: (digest: Digest) => string | undefined): OnProgress {
  return (event) => {
    if (!isLayer(event)) return;
    const from = event.state === "exists" ? mountedFrom(event.digest) : undefined;
    sink(from === undefined ? layerEvent(event, OUTWARD[event.state]) : { ...layerEvent(event, "mounted"), detail: from });
  };
}

function isLayer({ mediaType }: CopyEvent): boolean {
  const { kind } = mediaTypeFacts(mediaType);
  return kind === "layer" || kind === "other";
}

function layerEvent({ id, digest, current, total }: CopyEvent, state: LayerState): LayerEvent {
  return {
    kind: "layer",
    id,
    digest,
    state,
    ...(current === undefined ? {} : { current }),
    ...(total === undefined ? {} : { total }),
  };
}
