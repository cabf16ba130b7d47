const http = process.getBuiltinModule("node:http");

/** As `node:http` has them. Importing that by its name loads all of undici too, which nothing here uses: 45 ms and 14 MB. */
export const { Agent, STATUS_CODES, get, request } = http;
