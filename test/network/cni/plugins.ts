// The plugins of Debian that lists of these tests begin with.
/** A bridge of both families, whose addresses host-local writes down in a directory. */
export const bridgePlugin = (dataDir: string) => ({
  type: "bridge",
  bridge: "cni0",
  isGateway: true,
  ipMasq: true,
  hairpinMode: true,
  ipam: {
    type: "host-local",
    dataDir,
    ranges: [[{ subnet: "10.77.0.0/24" }], [{ subnet: "fd77::/64" }]],
    routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
  },
});
