/** The version of the runtime specification that this program implements, as `ociVersion` of state, features and new configurations. */
export const OCI_VERSION = "1.3.0";
