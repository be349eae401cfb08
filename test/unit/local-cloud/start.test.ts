import { describe, expect, it } from 'vitest';
import { isSignedBy } from '../../../lambdas/runtime/hub-signature.ts';
import { curlExamples } from '../../../local/cloud/curl-examples.ts';
import { parseStartArguments } from '../../../local/start.ts';
import { LOCAL_APP_SECRET } from '../../../local/webhook-payload.ts';

describe('parseStartArguments', () => {
  it('needs none', () => {
    expect(parseStartArguments([])).toEqual({ help: false, graphUrl: undefined, token: undefined });
  });

  it('accepts a server in place of Graph, and a token', () => {
    expect(parseStartArguments(['--graph-url', 'http://127.0.0.1:9000', '--token=t'])).toEqual({
      help: false,
      graphUrl: 'http://127.0.0.1:9000',
      token: 't',
    });
  });

  it.each([[['--bogus']], [['--graph-url']], [['extra']], [['--token']]])('refuses %s, with the help', (args) => {
    expect(() => parseStartArguments(args)).toThrow(/Usage: npm start/);
  });

  it('refuses a server on another machine', () => {
    expect(() => parseStartArguments(['--graph-url', 'https://graph.facebook.com'])).toThrow(/must be on this machine/);
  });

  it('does not print a token that is in the wrong place', () => {
    expect(() => parseStartArguments(['EAA-secret'])).toThrow(/^(?!.*EAA-secret).*$/s);
  });
});

describe('curlExamples', () => {
  const examples = curlExamples({
    keyApiUrl: 'http://127.0.0.1:4566/restapis/def456/local/_user_request_',
    apiUrl: 'http://127.0.0.1:1/restapis/x/local/_user_request_',
    accessKeyId: 'LOCAL1',
    secretAccessKey: 'secret',
  });

  it('forwards a webhook that is signed as it is sent', () => {
    const { command = '' } = examples.find((example) => example.command.includes('/webhooks/whatsapp')) ?? {};
    const [, signature = '', body = ''] = /x-hub-signature-256: (\S+)'.* -d '([^']*)'/.exec(command) ?? [];
    expect(isSignedBy(LOCAL_APP_SECRET, { signature, body })).toBe(true);
  });

  it.each([
    ['POST', '/block_users"'],
    ['DELETE', '/block_users"'],
    ['', '/block_users?'],
    ['', '/block_users/16505551234"'],
    ['', '/history"'],
    ['POST', '/block_users/lookup"'],
    ['', '/blocklist"'],
    ['', '/operations?'],
    ['', '/jobs/$JOB"'],
    ['POST', '/jobs"'],
    ['', '/jobs?batch_id=$BATCH"'],
    ['', '/jobs/$JOB/users"'],
    ['PUT', '/protected_users/16505559999"'],
    ['', '/protected_users/16505559999"'],
    ['', '/protected_users"'],
    ['DELETE', '/protected_users/16505559999"'],
    ['', '/health"'],
    ['POST', '/keys"'],
    ['', '/keys"'],
    ['POST', '/keys/$KEY_ID/rotate"'],
    ['DELETE', '/keys/$KEY_ID"'],
  ])('has the route %s %s', (method, path) => {
    const found = examples.filter(
      ({ command }) => command.includes(path) && command.includes(method && `-X ${method}`),
    );
    expect(found).not.toHaveLength(0);
  });
});
