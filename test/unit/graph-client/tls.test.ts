import https from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../support/self-signed.ts';
import { aCall, clientOf, graphError, people } from './canned-graph.ts';

const change = (url: string, timeoutMs = 5_000) =>
  graphError(clientOf(url).changeUsers(aCall({ timeoutMs }), 'block', people('+16505551234')));

/** A server of any kind on loopback, as the address of a Graph over TLS. */
async function listen(server: Server): Promise<string> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return `https://127.0.0.1:${address.port}`;
}

describe('a handshake that fails: nothing was sent, so nothing was carried out', () => {
  const NOT_REACHED = { kind: 'transient', code: 2, message: 'Graph could not be reached', maybeApplied: false };

  test.each<[string, (socket: Socket) => void]>([
    ['by a reset', (socket) => socket.resetAndDestroy()],
    ['by the end of the connection', (socket) => socket.end()],
    ['since no TLS is spoken there', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('%s', async (_, answer) => {
    const url = await listen(createServer((socket) => socket.once('data', () => answer(socket))));
    expect(await change(url)).toMatchObject(NOT_REACHED);
  });

  test('because it takes too long', async () => {
    const url = await listen(createServer(() => {}));
    expect(await change(url, 60)).toMatchObject(NOT_REACHED);
  });

  test('because no known authority signed the certificate', async () => {
    const requests: (string | undefined)[] = [];
    const url = await listen(https.createServer(selfSigned(), ({ url }) => void requests.push(url)));
    expect(await change(url)).toMatchObject(NOT_REACHED);
    expect(requests).toEqual([]);
  });
});

describe('after the handshake the request may have been carried out', () => {
  async function trusted(listener: (socket: Socket) => void): Promise<string> {
    const identity = selfSigned();
    const before = getCACertificates('default');
    setDefaultCACertificates([identity.cert]);
    onTestFinished(() => setDefaultCACertificates(before));
    return listen(https.createServer(identity, ({ socket }) => listener(socket)));
  }

  test('if the connection breaks', async () => {
    const url = await trusted((socket) => socket.destroy());
    expect(await change(url)).toMatchObject({ kind: 'transient', maybeApplied: true });
  });

  test('if no answer comes in time', async () => {
    const url = await trusted(() => {});
    expect(await change(url, 300)).toMatchObject({ kind: 'timeout', maybeApplied: true });
  });
});
