import { describe, expect, test } from "bun:test";
import { clientSettings, proxiesOf } from "./client-settings.ts";

const OWN = { config: "/c", data: "/d", home: "/home/me" };

describe("proxies of the environment", () => {
  for (const [env, proxies] of [
    [{}, {}],
    [
      { HTTP_PROXY: "http://p:1", HTTPS_PROXY: "p:2", NO_PROXY: "a.example, .b.example" },
      {
        http: "http://p:1",
        https: "http://p:2",
        noProxy: ["a.example", ".b.example"],
      },
    ],
    [{ https_proxy: "http://lower", HTTPS_PROXY: "http://upper" }, { https: "http://lower" }],
    [{ https_proxy: "", HTTPS_PROXY: "http://upper" }, { https: "http://upper" }],
  ] as const)
    test(`${JSON.stringify(env)} means ${JSON.stringify(proxies)}`, () => expect<unknown>(proxiesOf(env)).toEqual(proxies));
});

describe("places of credentials", () => {
  test("are docker's and podman's usual ones beside our own", () => {
    expect(clientSettings({ XDG_RUNTIME_DIR: "/run/user/1" }, OWN).credentials).toMatchObject({
      directory: "/c/credentials",
      keyFile: "/d/credentials.key",
      dockerConfig: "/home/me/.docker/config.json",
      authFiles: ["/run/user/1/containers/auth.json", "/home/me/.config/containers/auth.json"],
    });
  });

  test("are those that the variables name", () => {
    const env = { DOCKER_CONFIG: "/docker", REGISTRY_AUTH_FILE: "/auth.json", XDG_RUNTIME_DIR: "/run/user/1" };
    expect(clientSettings(env, OWN).credentials).toMatchObject({ dockerConfig: "/docker/config.json", authFiles: ["/auth.json"] });
  });

  test("give helpers what finds key rings, and no more of the environment", () => {
    const env = { PATH: "/bin", DBUS_SESSION_BUS_ADDRESS: "unix:x", GNUPGHOME: "/g", AWS_PROFILE: "p", SECRET: "s", XDG_DATA_HOME: "/x" };
    const { SECRET: _, ...passed } = env;
    expect(clientSettings(env, OWN).credentials.env).toEqual(passed);
    expect(clientSettings({}, OWN).credentials.env).toHaveProperty("PATH");
  });
});
