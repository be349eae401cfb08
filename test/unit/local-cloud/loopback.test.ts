import { describe, expect, it } from 'vitest';
import {
  awsChildEnvironment,
  LOCAL_CREDENTIALS,
  requireLocalCredentials,
  requireLoopback,
} from '../../../local/cloud/loopback.ts';

describe('requireLoopback', () => {
  it.each(['http://127.0.0.1:4566', 'http://127.9.9.9:1', 'http://localhost:4566/', 'http://[::1]:4566'])(
    'admits %s',
    (url) => {
      expect(requireLoopback(url, 'It').href).toContain('http://');
    },
  );

  it.each([
    'https://graph.facebook.com',
    'http://graph.facebook.com',
    'http://10.0.0.1:4566',
    'http://0.0.0.0:4566',
    'http://169.254.169.254',
    'http://127.0.0.1@example.com',
    'http://user:word@127.0.0.1:80',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://[::ffff:10.0.0.1]',
    'https://127.0.0.1:4566',
    'ftp://127.0.0.1',
  ])('refuses %s', (url) => {
    expect(() => requireLoopback(url, 'It')).toThrow(/must be on this machine/);
  });

  it('refuses a text that is not a URL, by name', () => {
    expect(() => requireLoopback('127.0.0.1:4566', '--graph-url')).toThrow(/^--graph-url/);
    expect(() => requireLoopback('', '--graph-url')).toThrow('--graph-url is not a URL');
  });

  // A URL parser reads these as addresses; the guard must see what the client will connect to.
  it('recognises other spellings of an address', () => {
    expect(requireLoopback('http://2130706433:80', 'It').hostname).toBe('127.0.0.1');
    expect(() => requireLoopback('http://167772161:80', 'It')).toThrow(/must be on this machine/);
  });
});

describe('requireLocalCredentials', () => {
  const dummy = {
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
  };

  it('admits those of the run', () => {
    expect(() => requireLocalCredentials(dummy)).not.toThrow();
  });

  it.each([
    ['another key', { ...dummy, AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE' }],
    ['another secret', { ...dummy, AWS_SECRET_ACCESS_KEY: 'other' }],
    ['a session token', { ...dummy, AWS_SESSION_TOKEN: 'x' }],
    ['a profile', { ...dummy, AWS_PROFILE: 'production' }],
    ['none', {}],
  ])('refuses %s', (_what, env) => {
    expect(() => requireLocalCredentials(env)).toThrow(/its own credentials/);
  });
});

describe('awsChildEnvironment', () => {
  const env = awsChildEnvironment('http://127.0.0.1:4566/', '/tmp/run');

  it('points every AWS client at this machine, with the dummy credentials', () => {
    expect(env).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: '/tmp/run',
    });
  });

  it('takes nothing from the environment of the caller', () => {
    process.env.AWS_PROFILE = 'production';
    process.env.HTTPS_PROXY = 'http://proxy.example.com';
    try {
      const built = awsChildEnvironment('http://127.0.0.1:4566', '/tmp/run');
      expect(built).not.toHaveProperty('AWS_PROFILE');
      expect(built).not.toHaveProperty('HTTPS_PROXY');
    } finally {
      delete process.env.AWS_PROFILE;
      delete process.env.HTTPS_PROXY;
    }
  });

  it('finds the Node of the project first', () => {
    expect(env.PATH?.split(':')[0]).toMatch(/node_modules\/\.bin$/);
  });

  it('refuses an endpoint elsewhere', () => {
    expect(() => awsChildEnvironment('https://dynamodb.us-east-1.amazonaws.com', '/tmp/run')).toThrow(
      /must be on this machine/,
    );
  });
});
