import { expect, it } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import { beforeSending, lookAgain } from "../../src/registry/doubt.ts";

function answering(...answers: readonly (string | undefined)[]) {
  const slept: number[] = [];
  let looks = 0;
  return {
    slept,
    look: async () => answers[Math.min(looks++, answers.length - 1)],
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
}

it("what is denied once is found by a second look", async () => {
  const { look, sleep, slept } = answering(undefined, "there");
  expect(await lookAgain(look, { sleep })).toBe("there");
  expect(slept).toEqual([250]);
});

it("what is denied three times is not there", async () => {
  const { look, sleep, slept } = answering(undefined);
  expect(await lookAgain(look, { sleep })).toBeUndefined();
  expect(slept).toEqual([250, 1_000]);
});

it("a registry that still tells the former digest is asked again", async () => {
  const { look, sleep } = answering("former", "former", "new");
  expect(await lookAgain(look, { sleep, fits: (found) => found === "new" })).toBe("new");
});

it("what is there at once costs no time", async () => {
  const { look, sleep, slept } = answering("there");
  expect(await lookAgain(look, { sleep })).toBe("there");
  expect(slept).toEqual([]);
});

it("what a registry cannot tell is not there for who would send it, unless nobody answers", async () => {
  const failing = (cause?: Error) => async (): Promise<string | undefined> => {
    throw new FactoryError("registry-unavailable", "HEAD failed", cause === undefined ? {} : { cause });
  };
  expect(await beforeSending(async () => "there")).toBe("there");
  expect(await beforeSending(failing())).toBeUndefined();
  await expect(beforeSending(failing(new Error("refused")))).rejects.toThrow("HEAD failed");
  const refused = async () => {
    throw new FactoryError("credentials-invalid", "HEAD answered 403");
  };
  await expect(beforeSending(refused)).rejects.toThrow("403");
});
