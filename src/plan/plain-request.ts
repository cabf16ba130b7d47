import type { PlanRequest } from "./plan-step.ts";

/** What a build by hand asks for that steps over nothing and forces nothing; `now` is in milliseconds since 1970. */
export function plainRequest(images: readonly string[], now: number): PlanRequest {
  return {
    images,
    mode: "manual",
    now,
    force: false,
    epoch: undefined,
    allowPlatformLoss: false,
    allowHeld: false,
  };
}
