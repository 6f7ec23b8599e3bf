// The version of this build and of the runtime specification that it implements.
import manifest from "../../package.json" with { type: "json" };

export const VERSION: string = manifest.version;
export const SPEC_VERSION = "1.3.0";
