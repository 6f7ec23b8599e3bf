// A CDI specification: what a container gets that is given devices of a vendor (Container Device Interface 1.0, SPEC.md, "CDI JSON
// Specification"). Pure: the files are read elsewhere.
import { readValue } from "../../../spec/config/read-value.ts";
import { array, integer, object, oneOf, optional, type Shape, string, uint32, where } from "../../../spec/json/shape.ts";
import { DEVICE_TYPES, type DeviceType, HOOK_KINDS } from "../../../spec/runtime/names.ts";
import { absolutePath, environment, strings } from "../../../spec/runtime/shapes/common.ts";
import { CDI_DEVICE, CDI_KIND } from "./name.ts";

export interface CdiSpec {
  readonly cdiVersion: string;
  /** `vendor.com/class` */
  readonly kind: string;
  readonly devices: readonly CdiDevice[];
  /** For a container that is given any of the devices. */
  readonly containerEdits?: CdiEdits;
}

export interface CdiDevice {
  readonly name: string;
  readonly containerEdits: CdiEdits;
}

export interface CdiEdits {
  readonly env?: readonly string[];
  readonly deviceNodes?: readonly CdiNode[];
  readonly mounts?: readonly CdiMount[];
  readonly hooks?: readonly CdiHook[];
  readonly additionalGids?: readonly number[];
}

export interface CdiNode {
  readonly path: string;
  /** Where the host has it, if elsewhere. */
  readonly hostPath?: string;
  readonly type?: DeviceType;
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly permissions?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface CdiMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly type?: string;
  readonly options?: readonly string[];
}

export interface CdiHook {
  readonly hookName: (typeof HOOK_KINDS)[number];
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly timeout?: number;
}

const node = object<CdiNode>({
  path: absolutePath,
  hostPath: optional(absolutePath),
  type: optional(oneOf(DEVICE_TYPES)),
  major: optional(integer(0, 0xfff)),
  minor: optional(integer(0, 0xf_ffff)),
  fileMode: optional(integer(0, 0o7777)),
  permissions: optional(where(string, (text) => /^[rwm]{0,3}$/.test(text), "must be made of r, w and m")),
  uid: optional(uint32),
  gid: optional(uint32),
});

const edits: Shape<CdiEdits> = object<CdiEdits>({
  env: optional(environment),
  deviceNodes: optional(array(node)),
  mounts: optional(
    array(object<CdiMount>({ hostPath: absolutePath, containerPath: absolutePath, type: optional(string), options: optional(strings) })),
  ),
  hooks: optional(
    array(
      object<CdiHook>({
        hookName: oneOf(HOOK_KINDS),
        path: absolutePath,
        args: optional(strings),
        env: optional(environment),
        timeout: optional(integer(1, 2_147_483)),
      }),
    ),
  ),
  additionalGids: optional(array(uint32)),
});

const specShape = object<CdiSpec>({
  cdiVersion: where(string, (text) => /^v?[01]\.\d+\.\d+$/.test(text), "is no version that this build knows: 0.x and 1.x"),
  kind: where(string, (text) => CDI_KIND.test(text), "must be vendor.com/class"),
  devices: array(
    object<CdiDevice>({
      name: where(string, (text) => CDI_DEVICE.test(text), "is not the name of a device"),
      containerEdits: edits,
    }),
  ),
  containerEdits: optional(edits),
});

/** @throws InvalidInputError with every problem and its field */
export function parseCdiSpec(value: unknown, path: string): CdiSpec {
  return readValue(value, { subject: `the CDI specification ${path}`, shape: specShape });
}
