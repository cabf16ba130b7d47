import { expect, test } from "vitest";
import { isAdministrator, userNamespace } from "../../src/build/rootless.ts";

test("root of a pod without CAP_SYS_ADMIN is told from one that has it", () => {
  const status = (capabilities: string) =>
    `Name:\tnode\nCapEff:\t${capabilities}\nCapBnd:\t000001ffffffffff\n`;
  expect(isAdministrator(status("000001ffffffffff"))).toBe(true);
  expect(isAdministrator(status("00000000802405fb"))).toBe(true);
  expect(isAdministrator(status("00000000800000c0"))).toBe(false);
  expect(isAdministrator(status("0000000000000000"))).toBe(false);
});

test("a user without root enters the namespace that buildah makes", () => {
  expect(userNamespace(1000)).toEqual(["buildah", "unshare"]);
});
