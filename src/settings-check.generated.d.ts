import type { ValidateFunction } from "ajv";

export const settings: ValidateFunction;
