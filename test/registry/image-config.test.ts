import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/registry/digest.ts";
import { type ImageConfig, imageConfigBytes, parseImageConfig } from "../../src/registry/image-config.ts";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

const whole: ImageConfig = {
  created: "2024-01-01T00:00:00Z",
  author: "team",
  architecture: "arm64",
  os: "linux",
  variant: "v8",
  config: {
    User: "1000:1000",
    ExposedPorts: ["443/tcp", "8080/tcp"],
    Env: ["PATH=/bin"],
    Entrypoint: ["/app"],
    Cmd: [],
    Volumes: ["/data"],
    WorkingDir: "/srv",
    Labels: { a: "1", b: "2" },
    StopSignal: "SIGINT",
    ArgsEscaped: true,
    Healthcheck: {
      Test: ["CMD", "true"],
      Interval: 30_000_000_000,
      Timeout: 1,
      StartPeriod: 2,
      StartInterval: 3,
      Retries: 4,
    },
    Shell: ["/bin/bash", "-c"],
    OnBuild: ["RUN true"],
  },
  diffIds: [digestOf("layer")],
  history: [
    { created: "2024-01-01T00:00:00Z", created_by: "RUN", author: "x", comment: "c", empty_layer: true },
  ],
};

describe("an image config", () => {
  test("is read back as it was written, Docker's own fields too", () => {
    expect(parseImageConfig(imageConfigBytes(whole), "x")).toEqual(whole);
  });

  test("is the same bytes whatever the order of its maps", () => {
    const turned = {
      ...whole,
      config: { ...whole.config, Labels: { b: "2", a: "1" }, ExposedPorts: ["8080/tcp", "443/tcp"] },
    };
    expect(imageConfigBytes(turned)).toEqual(imageConfigBytes(whole));
  });

  test("of few fields has no empty ones", () => {
    const bytes = imageConfigBytes({
      architecture: "amd64",
      os: "linux",
      config: {},
      diffIds: [],
      history: [],
    });
    expect(Buffer.from(bytes).toString()).toBe(
      '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]},"history":[]}',
    );
  });

  test("may say null where Docker does, and what no specification has is left out", () => {
    const read = parseImageConfig(
      json({
        architecture: "amd64",
        os: "linux",
        docker_version: "18",
        config: { Env: null, Volumes: null, OnBuild: null, Labels: null, Healthcheck: null, Hostname: "h" },
        rootfs: { type: "layers", diff_ids: [] },
        history: null,
      }),
      "x",
    );
    expect(read).toEqual({ architecture: "amd64", os: "linux", config: {}, diffIds: [], history: [] });
  });

  test.each([
    [{ os: "linux", rootfs: { diff_ids: [] } }, "architecture: expected a string, got nothing"],
    [{ os: "linux", architecture: "amd64" }, "rootfs: expected an object, got nothing"],
    [
      { os: "linux", architecture: "amd64", rootfs: { diff_ids: [] }, config: { Env: "A=1" } },
      'config.Env: expected a list, got "A=1"',
    ],
    [
      { os: "linux", architecture: "amd64", rootfs: { diff_ids: [] }, config: { ArgsEscaped: "no" } },
      "config.ArgsEscaped: expected true or false",
    ],
  ])("%j is refused with its place", (value, message) => {
    const read = () => parseImageConfig(json(value), "base");
    expect(read).toThrow(
      expect.objectContaining({ code: "base-unusable", message: expect.stringContaining("base: ") }),
    );
    expect(read).toThrow(message);
  });
});
