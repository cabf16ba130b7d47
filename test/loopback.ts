import { once } from "node:events";
import { Server as HttpServer } from "node:http";
import type { Server } from "node:net";

export interface OnLoopback {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Ends the server, and whatever is still asked of it by HTTP. */
  readonly stop: () => Promise<void>;
}

/** Has a server listen on a free port of loopback. */
export async function onLoopback(server: Server): Promise<OnLoopback> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return {
    address: `127.0.0.1:${bound.port}`,
    stop: async () => {
      if (server instanceof HttpServer) server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
