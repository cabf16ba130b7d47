import type { ValidateFunction } from "ajv";

export const cluster: ValidateFunction;
