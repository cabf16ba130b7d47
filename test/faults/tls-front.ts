import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer, type TLSSocket } from "node:tls";

/** TLS before a server of loopback that has none. */
export interface TlsFront {
  /** `https://127.0.0.1:<port>`. */
  readonly origin: string;
  /** The certificate, for whoever is to trust it. */
  readonly certificate: string;
  readonly stop: () => Promise<void>;
}

/** `dir` gets key and certificate. */
export async function startTlsFront(dir: string, port: number): Promise<TlsFront> {
  const [key, certificate] = [join(dir, "key.pem"), join(dir, "certificate.pem")];
  const names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", certificate];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...names, ...files],
    {
      stdio: "ignore",
    },
  );
  const sockets = new Set<TLSSocket>();
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (socket) => {
    sockets.add(socket);
    const inner = connect(port, "127.0.0.1");
    socket.on("error", () => inner.destroy()).pipe(inner);
    inner.on("error", () => socket.destroy()).pipe(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
