import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way over TCP from the stack to the simulator that can be cut, and repaired, from another process. */
export interface Line {
  /** In place of the simulator's address. */
  readonly url: string;
  /** `POST /cut` and `POST /restore`; see `outage.ts`. */
  readonly controlUrl: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Below what systems give to outgoing connections, so that no other process gets the port while the line is cut. */
const PORTS = { from: 20_000, count: 12_000 } as const;
const PORT_ATTEMPTS = 20;

/** While the line is whole it is not noticed: half-closed and reset connections arrive as such on the other side. */
export async function startLine(targetUrl: string): Promise<Line> {
  const target = { host: HOST, port: Number(new URL(targetUrl).port), allowHalfOpen: true };
  const open = new Set<Socket>();
  const relay = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ ...target, noDelay: true });
    join(near, far, open);
    join(far, near, open);
  });
  const port = await listen(relay);

  const cut = async (): Promise<void> => {
    if (!relay.listening) return;
    const closed = once(relay, 'close');
    relay.close();
    for (const socket of open) socket.resetAndDestroy();
    await closed;
  };
  const restore = async (): Promise<void> => {
    if (!relay.listening) await listenOn(relay, port);
  };
  const control = createHttpServer((request, response) => {
    const run = request.method !== 'POST' ? undefined : { '/cut': cut, '/restore': restore }[request.url ?? ''];
    const done = (status: number, text = ''): void => void response.writeHead(status).end(text);
    if (run === undefined) done(404);
    else
      run().then(
        () => done(204),
        (error: unknown) => done(500, String(error)),
      );
  });
  const controlPort = await listen(control);
  return {
    url: `http://${HOST}:${port}`,
    controlUrl: `http://${HOST}:${controlPort}`,
    async stop() {
      await cut();
      control.close();
      control.closeAllConnections();
    },
  };
}

/** One direction of a connection. */
function join(from: Socket, to: Socket, open: Set<Socket>): void {
  open.add(from);
  from.pipe(to);
  from.on('error', () => to.resetAndDestroy());
  from.on('close', () => {
    open.delete(from);
    to.destroySoon();
  });
}

/** On a port that is free; gives which. */
async function listen(server: Server): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    try {
      await listenOn(server, port);
      return port;
    } catch (error) {
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen(port, HOST);
  await once(server, 'listening');
}
