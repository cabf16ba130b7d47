import type { ValidateFunction } from "ajv";

export const image: ValidateFunction;
export const defaults: ValidateFunction;
export const imagesWithDefaults: ValidateFunction;
